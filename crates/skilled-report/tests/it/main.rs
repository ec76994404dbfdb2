//! Findings as they are shown: whole texts, compared.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a failed unwrap is a failed test")]

mod github;
mod kit;
mod page;
mod sarif;
mod text;

//! The interface over real connections.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a failed unwrap is a failed test")]

mod batches;
mod document;
mod files;
mod gates;
mod kit;
mod malformed;
mod skills;

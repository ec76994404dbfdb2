//! What is written is what clients read.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a failed unwrap is a failed test")]

mod messages;
mod objects;

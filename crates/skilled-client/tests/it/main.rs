//! The client against a server that plays its part.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a failed unwrap is a failed test")]

mod batches;
mod conversations;
mod downloads;
mod kit;
mod lists;
mod requests;
mod streams;
mod tools;
mod uploads;

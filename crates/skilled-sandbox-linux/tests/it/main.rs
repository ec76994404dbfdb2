//! The backend against real kernels: everything here makes real sandboxes, as whoever runs the tests.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a failed unwrap is a failed test")]

mod kit;
mod shell;

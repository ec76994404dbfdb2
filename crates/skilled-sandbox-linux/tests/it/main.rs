//! The backend against real kernels: everything here makes real sandboxes, as whoever runs the tests.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a failed unwrap is a failed test")]

mod driver;
mod environment;
mod files;
mod files_api;
mod host;
mod kit;
mod lifecycle;
mod network;
mod privileges;
mod processes;
mod shell;
mod skills;
mod syscalls;

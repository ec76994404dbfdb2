//! The program as people run it: its arguments, its output, its exit codes, and what it leaves behind.
//!
//! `SKILLED_BIN` names the program to test, else it is the one cargo built. Only `PATH` is passed on, so that no key and
//! no settings of the machine decide a test.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a failed unwrap is a failed test")]
#![allow(clippy::disallowed_methods, reason = "tests find the program and its Python by the environment")]
#![allow(clippy::print_stderr, reason = "a test that is left out says so")]

mod api;
mod archives;
mod audit;
mod check;
mod checkpoints;
mod commands;
mod demo;
mod diff;
mod doctor;
mod files;
mod inputs;
mod interrupted;
mod kit;
mod limits;
mod new;
mod outputs;
mod pack;
mod providers;
mod runs;
mod sandboxes;
mod show;
mod stopped;
mod unconfined;
mod unpack;

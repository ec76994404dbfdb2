//! The tools, called as a model calls them: over plain folders and processes, and in real sandboxes (`sandboxed`).

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a failed unwrap is a failed test")]

mod bash;
mod code_execution;
mod collect;
mod definitions;
mod edit;
mod kit;
mod local;
mod present;
mod sandboxed;
mod view;

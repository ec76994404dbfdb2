//! The providers against a local server that plays their protocols, and the recorded streams against the official SDKs.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a failed unwrap is a failed test")]

mod answers;
mod counts;
mod failures;
mod kit;
mod options;
mod sdk;
mod upstream;

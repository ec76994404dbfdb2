//! The loop, its events and its driver, against scripted models and tools.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a failed unwrap is a failed test")]

mod driver;
mod events;
mod machine;
mod opening;
mod random;
mod resume;
mod rules;

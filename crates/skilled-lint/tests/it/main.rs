//! What checks find, over whole skills.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a failed unwrap is a failed test")]

mod allow;
mod corpus;
mod examples;
mod fix;
mod hostile;
mod rules;
mod skill;

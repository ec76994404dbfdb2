//! Audits and comparisons over real folders.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a failed unwrap is a failed test")]

mod against;
mod archives;
mod capabilities;
mod code;
mod comparison;
mod coverage;
mod hostile;
mod plain;
mod strangers;
mod text;
mod veiled;

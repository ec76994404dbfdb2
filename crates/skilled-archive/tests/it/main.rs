//! Archives made to lead astray, each beside one that is fine but for the attack.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a failed unwrap is a failed test")]

mod bombs;
mod craft;
mod extracting;
mod links;
mod names;
mod peers;
mod properties;
mod tars;
mod tree;
mod writing;
mod zips;

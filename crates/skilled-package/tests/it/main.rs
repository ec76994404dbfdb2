//! Skills packed and unpacked, and all that must not happen on the way.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a failed unwrap is a failed test")]

mod documents;
mod fuzz;
mod kit;
mod leaving_out;
mod opening;
mod packing;
mod peers;
mod refusing;
mod secrets;
mod unpacking;

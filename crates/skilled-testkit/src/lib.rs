//! Test helpers shared by the workspace.
//!
//! [`SseServer`] is an upstream on an ephemeral port of the loopback: it plays a queue of [`Reply`]s, split, delayed,
//! stalled or broken off as asked, and keeps every request for assertions. [`Protocol`] writes an [`Answer`] as each
//! provider streams it, so that one test runs the same job through all of them.
//!
//! This crate must never be a dependency of anything but tests. It panics where a test would.
//!
//! ```
//! use skilled_testkit::{Answer, Protocol, SseServer};
//!
//! let server = SseServer::start();
//! server.push(Protocol::Anthropic.error(529, "Overloaded").header("retry-after", "0"));
//! server.push(Protocol::Anthropic.reply(&Answer::text("done")).each_byte());
//! assert!(server.url().starts_with("http://127.0.0.1:"));
//! assert!(server.requests().is_empty());
//! ```
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::missing_panics_doc,
    reason = "a failed unwrap is a failed test"
)]

mod answer;
mod http1;
mod protocol;
mod reply;
mod server;

pub use answer::Answer;
pub use http1::Recorded;
pub use protocol::Protocol;
pub use reply::{Chunking, Ending, Reply};
pub use server::SseServer;

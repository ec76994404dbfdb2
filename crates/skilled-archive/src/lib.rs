//! Zip and tar archives: read safely, written reproducibly.
//!
//! One implementation for packing, installs, uploads and images. Everything is bounded while it streams, and nothing is
//! written before it was checked. This crate must never extract anything it has not checked, and knows nothing of skills.

mod error;
mod format;
mod limits;
mod problem;
mod staging;
mod tarball;

pub use self::error::{Error, WriteError};
pub use self::format::Format;
pub use self::limits::{Durability, Limits, Links, Options};
pub use self::problem::{Code, Problem, Problems};
pub use self::staging::Existing;

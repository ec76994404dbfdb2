//! Zip and tar archives: read safely, written reproducibly.
//!
//! One implementation for packing, installs, uploads and images. Everything is bounded while it streams, and nothing is
//! written before it was checked. This crate must never extract anything it has not checked, and knows nothing of skills.

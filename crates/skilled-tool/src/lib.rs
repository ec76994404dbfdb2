//! The seam between the agent loop and what it can call.
//!
//! A [`Tool`] is named and described for the model by its definition and does one thing when called. The loop holds a
//! [`ToolSet`]: sorted by name and frozen, since its bytes are part of every prompt.
//!
//! This crate must never know any particular tool.

mod outcome;
mod set;
mod tool;

pub use outcome::{Outcome, PresentedFile};
pub use set::{DuplicateTool, ToolSet};
pub use tool::{Call, CallFuture, Effect, RecoverFuture, Tool};

//! What a model can do in a sandbox.
//!
//! [`Operations`] are the things done: exec, read, list, write, edit, present, collect. Each is implemented once, over
//! the traits of `skilled-sandbox`, and knows nothing of models. [`tools`] is the dialect that names them for a model
//! (`bash`, `view`, `create_file`, `str_replace`, `present_files`), reads its arguments and words the results.
//!
//! This crate must never touch a file or start a process except through the sandbox, and must never hold an operation
//! twice.
//!
//! ```no_run
//! # use std::sync::Arc;
//! # use skilled_sandbox::Sandbox;
//! # use skilled_tool::ToolSet;
//! use skilled_toolset::{Operations, Options, tools};
//!
//! # async fn session(sandbox: Arc<dyn Sandbox>) -> Result<(), Box<dyn std::error::Error>> {
//! let operations = Arc::new(Operations::new(sandbox, Options::default()));
//! operations.warm().await?; // the first command need not wait for its shell
//! let set = ToolSet::new(tools(&operations))?;
//! assert!(set.get("bash").is_some());
//! # Ok(())
//! # }
//! ```

mod dialect;
mod media;
mod operations;
mod options;
mod text;

pub use dialect::{code_execution, tools};
pub use media::{SNIFFED_HEAD, SNIFFED_TAIL, media_type};
pub use operations::{
    Cell, Collected, EditError, Edited, Exec, Executed, Hint, Listed, Listing, Operations, PresentError,
    Presented, Range, ReadError, Skipped, SkippedBecause, TextPage, Viewed, WriteError, Written,
};
pub use options::Options;

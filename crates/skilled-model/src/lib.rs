//! Models: one trait, and the providers behind it.
//!
//! A [`Model`] takes a [`Request`] (the whole transcript) and streams [`StreamEvent`]s: previews of text as it comes,
//! then each block once it is complete, then one [`Response`]. Providers translate at their edge, retry what may be
//! retried, and fail with a typed [`Error`].
//!
//! This crate must never know tools or skills, and never reads the environment: keys and addresses are passed in.

mod error;
mod model;
mod name;

pub use error::{Error, ErrorKind};
pub use model::{EventStream, Model, ModelInfo, Price, Request, Response, RetryNotice, StreamEvent};
pub use name::{ModelName, ParseModelNameError};

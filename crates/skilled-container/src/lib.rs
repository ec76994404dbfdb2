//! Containers: sandboxes that live across requests.
//!
//! A [`Containers`] makes a container for a workspace, finds it again by its id, and ends it when nobody has used it for
//! long enough. Its record is in the store, its work in the sandbox, which outlives this process: what a request of an
//! earlier server began is found again. A workspace's containers are nobody else's: another's is not found.
//!
//! Files come in by [`Container::upload`] and go out through the [`Keeper`](skilled_toolset::code_execution::Keeper) that
//! [`Container::keeper`] gives.
//!
//! This crate must never know HTTP, a model or a backend by name.

mod containers;
mod error;
mod files;
mod options;

pub use containers::{Ask, Container, Containers, MountedSkill, Skills};
pub use error::Error;
pub use files::Upload;
pub use options::{Clock, Maker, Options};

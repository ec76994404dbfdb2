//! Sandboxes, whatever makes them.
//!
//! A [`Backend`] makes a [`Sandbox`] from a [`Spec`]: a session's folders, its skills, a clean environment. Work in it
//! is a [`Process`] made from a [`Command`], or a command in the persistent [`Shell`]; files are reached through
//! [`Files`], which resolves every path inside the sandbox and nowhere else.
//!
//! What a backend enforces is data ([`Protection`]), so that a policy can demand it. Less than was asked is an error,
//! never a quiet downgrade.
//!
//! This crate must never contain unsafe code, name a backend, or read the environment.

mod backend;
mod capture;
mod error;
mod files;
mod process;
mod shell;

pub use backend::{Backend, BoxFuture, Layout, Protection, Sandbox, SkillMount, Spec};
pub use capture::{Capture, Captured};
pub use error::{Error, FileError, Missing};
pub use files::{Entry, FileKind, Files, Metadata, OpenFile};
pub use process::{Channel, Command, Direction, Exit, Process, ProcessControl, Readable, Reader, Writer};
pub use shell::{Ended, Finished, Limits, Shell};

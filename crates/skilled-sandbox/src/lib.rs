//! Sandboxes, whatever makes them.
//!
//! A [`Backend`] makes a [`Sandbox`] from a [`Spec`]: a session's folders, its skills, a clean environment. Work in it
//! is an [`Operation`] that a [`Command`] starts, or a text for an interpreter such as the persistent [`Shell`]. It belongs to
//! the sandbox: whoever comes later finds it by its [`Key`], with everything that it wrote. Files are reached through
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
mod limits;
mod operation;
pub mod pool;
mod python;
mod shell;

pub use backend::{Backend, BoxFuture, Layout, Protection, Sandbox, SkillMount, Spec};
pub use capture::Captured;
pub use error::{Error, Missing};
pub use files::{
    Change, Create, Cut, Entry, Existing, FileError, FileKind, Files, Found, Metadata, OpenFile,
    PARTIAL_PREFIX, ParsePatternError, Pattern, Remove, Taken, Upload, Walk, Walked, Watch,
};
pub use limits::{Enforced, Enforcement, Limit, LimitHits, Mechanism, ResourceLimits};
pub use operation::{
    Bounds, Command, End, Event, Exit, How, Input, Interpreter, Keep, Key, Operation, ParseKeyError, Size,
    Stream, Writer,
};
pub use pool::{Pool, Warm, Warmth};
pub use python::{Python, Run};
pub use shell::{Ended, Finished, Limits, Shell, finished};

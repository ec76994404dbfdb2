//! What an author should know about a skill.
//!
//! [`check`] puts together what `skilled-format` says of SKILL.md and of the folder, and the rules of this crate about
//! everything else: links, scripts, sizes, names, hidden characters, other clients. This crate never runs anything, never
//! changes a file by itself ([`Fix`] says what could be changed), and decides nothing about harm: that is an audit.

mod check;
mod finding;
mod rules;
mod settings;

pub use self::check::{Checked, check};
pub use self::finding::{Edit, Finding, Fix};
pub use self::rules::rules;
pub use self::settings::{Settings, SettingsError};
pub use skilled_format::Severity;

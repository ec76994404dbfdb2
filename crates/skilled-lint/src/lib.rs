//! What an author should know about a skill.
//!
//! [`check()`] puts together what `skilled-format` says of SKILL.md and of the folder, and the rules of this crate about
//! everything else: links, scripts, sizes, names, hidden characters, other clients. [`fix()`] works out what could be
//! repaired without harm, and only [`apply`] writes it. [`search::find`] finds skills, and [`check_all`] keeps several
//! threads busy with them.
//!
//! This crate never runs anything, never changes a file unless [`apply`] is called, and decides nothing about harm: that is
//! an audit. Everything it reads is bounded: 1 MiB of a text file, 16 MiB of a skill.
//!
//! A comment turns findings off at their place: see [`check()`].
//!
//! ```no_run
//! use skilled_format::{Folder, Limits};
//!
//! let folder = Folder::open("skills/pdf".as_ref(), &Limits::default())?;
//! let checked = skilled_lint::check(&folder, &skilled_lint::Settings::default());
//! for finding in &checked.findings {
//!     println!("{}:{}: {}", finding.file, finding.line, finding.message);
//! }
//! # Ok::<(), skilled_format::Error>(())
//! ```

mod allow;
mod check;
mod documents;
mod finding;
mod fix;
mod front;
mod markdown;
mod material;
mod nearest;
mod paths;
mod pipeline;
mod rules;
mod scripts;
pub mod search;
mod settings;
mod sink;
mod text;
mod tree;

pub use self::check::{Checked, check};
pub use self::finding::{Edit, Finding, Fix};
pub use self::fix::{ApplyError, FileFix, apply, fix};
pub use self::pipeline::check_all;
pub use self::rules::rules;
pub use self::settings::{CheckTable, Setting, Settings, SettingsError};
pub use self::tree::windows_refuses;
pub use skilled_format::Severity;

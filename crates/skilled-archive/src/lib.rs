//! Zip and tar archives: read safely, written reproducibly.
//!
//! One implementation for packing, installs, uploads and images. [`Archive::open`] lists an archive and refuses it, with
//! every reason at once, when anything in it could lead astray; [`Archive::visit`] and [`Archive::extract_to`] then
//! stream its content within [`Limits`]. [`Writer`] gives the same bytes for the same entries. This crate must never
//! extract anything it has not checked, and knows nothing of skills.
//!
//! ```
//! use std::io::Cursor;
//!
//! use skilled_archive::{Archive, Format, Options, Writer};
//!
//! let mut writer = Writer::new(Cursor::new(Vec::new()), Format::Zip);
//! writer.file("pdf/SKILL.md", false, 5, &mut &b"# PDF"[..])?;
//! let mut archive = Archive::open(writer.finish()?, &Options::default())?;
//!
//! assert_eq!(archive.entries()[0].path, "pdf/SKILL.md");
//! archive.visit(|_, content| {
//!     let mut text = String::new();
//!     content.read_to_string(&mut text)?;
//!     assert_eq!(text, "# PDF");
//!     Ok(())
//! })?;
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod archive;
mod beneath;
mod content;
mod error;
mod extract;
mod format;
mod gate;
mod limits;
mod links;
mod listing;
mod names;
mod problem;
mod staging;
mod tarball;
mod writer;
mod zipfile;

pub use self::archive::{Archive, Entry, EntryKind};
pub use self::error::{Error, WriteError};
pub use self::format::Format;
pub use self::limits::{Durability, Limits, Links, Options, Portability};
pub use self::names::{Names, Occupies};
pub use self::problem::{Code, Problem, Problems, is_hidden};
pub use self::staging::{Existing, Placed, Staging, without_temporary_name};
pub use self::writer::Writer;

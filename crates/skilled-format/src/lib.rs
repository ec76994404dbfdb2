//! Reads Agent Skills: SKILL.md and the files around it.
//!
//! A skill is loaded leniently and judged strictly, and both answers are given: [`Reading::skill`] is what a
//! client can use, [`Reading::valid`] is whether the reference validator of agentskills.io accepts the file,
//! and [`Reading::diagnostics`] explains every difference with a stable code and a place in the file.
//!
//! This crate never touches the network, the environment or the home directory, never runs anything, and
//! never panics on any input. [`read_skill`] works on bytes in memory; only [`Folder`] and [`load_dir`] read
//! files, only below the folder they are given, and within limits.
//!
//! ```
//! let text = "---\nname: pdf\ndescription: Fill forms. Use when: the user has a PDF.\n---\n# PDF\n";
//! let reading = skilled_format::read_skill(text.as_bytes(), "pdf");
//!
//! let skill = reading.skill.expect("the colon is repaired");
//! assert_eq!(skill.description, "Fill forms. Use when: the user has a PDF.");
//! assert_eq!(skill.body, "# PDF\n");
//! assert!(!reading.valid);
//! assert_eq!(
//!     reading.diagnostics[0].to_string(),
//!     "SKILL.md:3:14: warning[unquoted-colon]: the value of `description` contains `: ` and is read as text",
//! );
//! ```

mod diagnostic;
mod document;
mod fields;
mod folder;
mod frontmatter;
mod lines;
mod name;
mod reading;
mod skill;
mod tokens;
mod tree;
mod value;

pub use self::diagnostic::{Code, Diagnostic, Severity, is_hidden, printable};
pub use self::folder::{Content, Error, Folder, Limits, Listed, ListedKind, LoadedDir, load_dir};
pub use self::lines::Lines;
pub use self::name::{MountName, NameError};
pub use self::reading::{Reading, read_skill, read_skill_file, read_skill_text};
pub use self::skill::{Context, Extensions, Shell, Skill};
pub use self::tokens::estimated_tokens;
pub use self::tree::{Digest, Entry, EntryKind, Tree};
pub use self::value::{Mapping, Value};

/// The only name of a skill file.
pub const SKILL_FILE: &str = "SKILL.md";

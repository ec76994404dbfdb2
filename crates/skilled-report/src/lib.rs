//! How findings are described and shown.
//!
//! Checks and audits have rules of their own; what they share is here: what a [`Rule`] says about itself, from which its
//! page is generated ([`page()`], [`index`]), and how a [`Finding`] is shown to people ([`text()`]) and machines ([`Sarif`],
//! [`github()`]). This crate never decides what is a finding, reads no file and knows no terminal: the caller says how wide
//! it is and whether it has colours. Sources and paths may come from anybody: nothing in them reaches the reader raw that
//! could steer a terminal, reorder text or hide in it.
//!
//! ```
//! use skilled_report::{Colour, Finding, Level, Look, Rule, text};
//!
//! static RULE: Rule = Rule {
//!     code: "dead-link",
//!     severity: "warning",
//!     level: Level::Warning,
//!     title: "a link leads nowhere",
//!     why: "A model that follows it finds nothing.",
//!     help: "Correct the path.",
//!     tags: &[],
//!     bad: &[],
//!     good: &[],
//! };
//! let finding = Finding {
//!     rule: &RULE,
//!     level: RULE.level,
//!     severity: RULE.severity,
//!     message: "`guide.md` does not exist",
//!     notes: &[("help", RULE.help)],
//!     path: "pdf/SKILL.md",
//!     line: 1,
//!     column: 5,
//!     span: 4..12,
//!     source: Some("See guide.md first.\n"),
//! };
//! let shown = text(&finding, Look { width: 80, colour: Colour::Plain });
//! assert_eq!(
//!     shown,
//!     "warning[dead-link]: `guide.md` does not exist\n \
//!      --> pdf/SKILL.md:1:5\n  \
//!       |\n\
//!      1 | See guide.md first.\n  \
//!       |     ^^^^^^^^\n  \
//!       = help: Correct the path.\n",
//! );
//! ```

mod finding;
mod github;
mod page;
mod rule;
mod sarif;
mod text;
mod visible;

pub use self::finding::Finding;
pub use self::github::github;
pub use self::page::{Catalogue, index, page};
pub use self::rule::{Example, File, Level, Rule, file, script};
pub use self::sarif::{Sarif, Tool};
pub use self::text::{Colour, Look, text, wrapped};
pub use self::visible::visible;

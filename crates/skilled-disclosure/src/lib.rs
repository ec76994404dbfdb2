//! What a model is told before it begins: where it works, and which skills there are.
//!
//! Skills are disclosed in three tiers. The catalogue ([`section`]) names each skill, says when to use it and where its
//! SKILL.md is: tier 1, in the system prompt. The model reads SKILL.md (tier 2) and what that points to (tier 3) with its
//! ordinary tools, when a task asks for it. [`system_prompt`] puts the environment, the catalogue and the caller's own
//! text together.
//!
//! Everything here is a pure function: the same input gives the same bytes, which providers cache. This crate must never
//! rewrite what a model was already shown, and never drops anything without a [`Diagnostic`].
//!
//! ```
//! use skilled_disclosure::{Budget, ListedSkill, section};
//!
//! let skills = [ListedSkill {
//!     name: "xlsx".into(),
//!     description: "Builds workbooks. Use for spreadsheets.".into(),
//!     location: "/skills/xlsx/SKILL.md".into(),
//! }];
//! let section = section(&skills, Budget::for_context(Some(200_000))).unwrap();
//! assert!(section.text.contains("<location>/skills/xlsx/SKILL.md</location>"));
//! assert!(section.diagnostics.is_empty());
//! ```

mod budget;
mod catalogue;
mod prompt;

pub use budget::Budget;
pub use catalogue::{Diagnostic, ListedSkill, Section, section};
pub use prompt::{Environment, InputFile, Network, system_prompt};

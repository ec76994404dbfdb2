//! Static rules that look for harm in a skill, and what a skill needs.
//!
//! [`audit()`] reads the files of a skill and answers two questions: what in it may be meant to do harm or may let others
//! do it ([`Finding`]), and what it needs to do its work ([`Capabilities`]), as data that a runtime can enforce. This crate
//! never runs anything, never contacts anything, honours no instruction in the skill that it reads, and decides no
//! policy: what blocks is the caller's choice.

mod audit;
mod capabilities;
mod comparison;
mod finding;
mod material;
mod pattern;
mod policy;
mod rules;
mod secrets;
mod sink;

pub use self::audit::{Audit, Limits, audit};
pub use self::capabilities::{Capabilities, Evidence, Needed};
pub use self::comparison::{
    Area, Change, Comparison, Figures, Kind, Version, Weight, compare, extension_fields,
};
pub use self::finding::{Class, Confidence, Finding, RuleInfo, Severity};
pub use self::policy::{Allowance, Policy, Ruling, Verdict};
pub use self::rules::rules;
pub use self::secrets::{Secret, secrets};

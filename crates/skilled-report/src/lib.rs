//! How findings are described and shown.
//!
//! Checks and audits have rules of their own; what they share is here: what a [`Rule`] says about itself, from which its
//! page is generated, and how a [`Finding`] is shown to people and machines. This crate never decides what is a
//! finding, reads no file and knows no terminal: the caller says how wide it is and whether it has colours.

mod finding;
mod rule;

pub use self::finding::Finding;
pub use self::rule::{Example, File, Level, Rule, file, script};

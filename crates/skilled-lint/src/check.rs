//! One skill, checked.

use skilled_format::Folder;

use crate::{Finding, Settings};

/// What there is to say about one skill.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Checked {
    /// The skill's name, when it loads.
    pub name: Option<String>,
    /// Whether a client can use it.
    pub loaded: bool,
    /// Whether the reference validator of agentskills.io accepts its SKILL.md.
    pub valid: bool,
    /// Findings in force, by file and place.
    pub findings: Vec<Finding>,
    /// How many findings settings and comments in the skill turned off.
    pub suppressed: usize,
}

/// Checks the skill in a folder.
pub fn check(folder: &Folder, settings: &Settings) -> Checked {
    let _ = settings;
    let reading = folder.reading();
    Checked {
        name: reading.skill.map(|skill| skill.name),
        loaded: false,
        valid: reading.valid,
        findings: Vec::new(),
        suppressed: 0,
    }
}

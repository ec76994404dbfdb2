//! One skill, audited.

use std::collections::BTreeMap;

use skilled_format::Folder;

use crate::material::Material;
use crate::sink::Sink;
use crate::{Capabilities, Finding, capabilities, rules};

/// How much of a skill is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Largest file whose content is read, in bytes; of a larger one the beginning is. 1 MiB by default.
    pub file_bytes: u64,
    /// Most bytes of one skill. 64 MiB by default.
    pub total_bytes: u64,
    /// Most findings of one rule in one skill; the rest is counted. 20 by default.
    pub findings_per_rule: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self { file_bytes: 1 << 20, total_bytes: 64 << 20, findings_per_rule: 20 }
    }
}

/// What an audit says of one skill.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Audit {
    /// What was found, the worst first, then by file and place.
    pub findings: Vec<Finding>,
    /// Findings beyond [`Limits::findings_per_rule`], counted by the code of their rule. The most severe ones are listed.
    pub omitted: BTreeMap<&'static str, usize>,
    /// What the skill needs.
    pub capabilities: Capabilities,
    /// Files that were not read as a whole, and why; safe to print. An audit says what it did not see.
    pub unread: Vec<(String, String)>,
}

/// Audits the skill in a folder.
pub fn audit(folder: &Folder, limits: &Limits) -> Audit {
    let material = Material::read(folder, limits);
    let mut sink = Sink::new(limits.findings_per_rule);
    rules::code::run(&material, &mut sink);
    rules::text::run(&material, &mut sink);
    rules::coverage::run(&material, &mut sink);
    let (findings, omitted) = sink.finish();
    let capabilities = capabilities::of(&material);
    Audit { findings, omitted, capabilities, unread: material.unread }
}

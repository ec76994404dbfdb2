//! What there is to know about one skill, put together.

use std::collections::BTreeMap;

use skilled_audit::Audit;
use skilled_format::{EntryKind, SKILL_FILE, Severity, estimated_tokens};
use skilled_lint::{Checked, Settings};

use super::origin::{self, Provenance};
use crate::lookup::Skill;

/// Largest file whose tokens are counted, in bytes. A model is not given more of one.
const COUNTED: u64 = 8 << 20;

/// One skill.
pub(super) struct Sheet<'a> {
    pub(super) skill: &'a Skill,
    /// What a check says.
    pub(super) checked: Checked,
    /// What an audit says.
    pub(super) audit: Audit,
    /// Tokens of the name and the description.
    pub(super) catalogue_tokens: usize,
    pub(super) instructions: Instructions,
    /// Everything but SKILL.md and folders, in the order of the paths.
    pub(super) resources: Vec<Resource>,
    pub(super) provenance: Provenance,
}

/// The body of SKILL.md.
#[derive(Default)]
pub(super) struct Instructions {
    pub(super) bytes: usize,
    pub(super) lines: usize,
    pub(super) tokens: usize,
}

/// A file or link beside SKILL.md.
pub(super) struct Resource {
    pub(super) path: String,
    pub(super) kind: ResourceKind,
}

pub(super) enum ResourceKind {
    File {
        bytes: u64,
        executable: bool,
        /// Nothing for what is no text, or too large to be counted.
        tokens: Option<usize>,
    },
    Link {
        target: String,
    },
}

impl<'a> Sheet<'a> {
    pub(super) fn of(skill: &'a Skill) -> Self {
        let said = skill.loaded.reading.skill.as_ref();
        let catalogue_tokens =
            said.map_or(0, |said| estimated_tokens(&said.name) + estimated_tokens(&said.description));
        let instructions = said.map_or_else(Instructions::default, |said| Instructions {
            bytes: said.body.len(),
            lines: said.body.lines().count(),
            tokens: estimated_tokens(&said.body),
        });
        Self {
            skill,
            checked: skilled_lint::check(&skill.folder, &Settings::default()),
            audit: skilled_audit::audit(&skill.folder, &skilled_audit::Limits::default()),
            catalogue_tokens,
            instructions,
            resources: resources(skill),
            provenance: origin::of(skill),
        }
    }

    /// Findings of a check at a severity.
    pub(super) fn findings(&self, severity: Severity) -> usize {
        self.checked.findings.iter().filter(|finding| finding.severity == severity).count()
    }

    /// Findings of an audit by severity, the worst first, only those that there are.
    pub(super) fn audit_findings(&self) -> Vec<(skilled_audit::Severity, usize)> {
        let mut counts = BTreeMap::<_, usize>::new();
        for finding in &self.audit.findings {
            *counts.entry(finding.severity).or_default() += 1;
        }
        counts.into_iter().rev().collect()
    }

    /// Sum of the sizes of the resources in bytes.
    pub(super) fn resource_bytes(&self) -> u64 {
        let bytes = |resource: &Resource| match resource.kind {
            ResourceKind::File { bytes, .. } => bytes,
            ResourceKind::Link { .. } => 0,
        };
        self.resources.iter().map(bytes).sum()
    }

    /// Sum of the tokens of the resources that are text.
    pub(super) fn resource_tokens(&self) -> usize {
        let tokens = |resource: &Resource| match resource.kind {
            ResourceKind::File { tokens, .. } => tokens.unwrap_or(0),
            ResourceKind::Link { .. } => 0,
        };
        self.resources.iter().map(tokens).sum()
    }

    /// What was not looked at, as sentences: each file once, although listing, reading and auditing stumble over it.
    pub(super) fn gaps(&self) -> Vec<String> {
        let gaps = self.skill.gaps().map(|gap| (&gap.file, &gap.message));
        let unread = self.audit.unread.iter().map(|(file, why)| (file, why));
        let mut whys = BTreeMap::new();
        for (file, why) in gaps.chain(unread) {
            whys.entry(file).or_insert(why);
        }
        whys.into_iter().map(|(file, why)| format!("{file}: {why}")).collect()
    }
}

fn resources(skill: &Skill) -> Vec<Resource> {
    let entries = skill.loaded.tree.entries().iter().filter(|entry| entry.path != SKILL_FILE);
    let resource = |entry: &skilled_format::Entry| {
        let kind = match &entry.kind {
            EntryKind::Directory => return None,
            EntryKind::File { size, executable, .. } => ResourceKind::File {
                bytes: *size,
                executable: *executable,
                tokens: tokens(skill, &entry.path),
            },
            EntryKind::Link { target } => ResourceKind::Link { target: target.clone() },
        };
        Some(Resource { path: entry.path.clone(), kind })
    };
    entries.filter_map(resource).collect()
}

/// Tokens of a file that is text.
fn tokens(skill: &Skill, path: &str) -> Option<usize> {
    let content = skill.folder.read(path, COUNTED).ok().filter(|content| !content.cut)?;
    let text = String::from_utf8(content.bytes).ok().filter(|text| !text.contains('\0'))?;
    Some(estimated_tokens(&text))
}

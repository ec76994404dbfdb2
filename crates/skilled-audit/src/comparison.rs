//! What changed between two versions of a skill, as far as it matters to those who use it.

mod fields;
mod files;
mod links;
mod needs;

use std::collections::BTreeSet;
use std::fmt;

use skilled_format::{Digest, Folder, Skill, Tree, estimated_tokens};

pub use self::fields::extension_fields;
use crate::material::Material;
use crate::{Audit, Limits};

/// One version of a skill.
#[derive(Clone, Copy, Debug)]
pub struct Version<'a> {
    /// The opened folder.
    pub folder: &'a Folder,
    /// Its files with their digests.
    pub tree: &'a Tree,
    /// Its audit.
    pub audit: &'a Audit,
}

/// How two versions differ.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Comparison {
    /// The differences, by area, then by item. Empty exactly when both versions have the same files, with the same
    /// content and permission to be executed.
    pub changes: Vec<Change>,
    /// The older version in figures.
    pub before: Figures,
    /// The newer version in figures.
    pub after: Figures,
}

/// A version in figures.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Figures {
    /// The digest of its tree.
    pub digest: Digest,
    /// Number of files and links.
    pub files: usize,
    /// Sum of the sizes of its files in bytes.
    pub bytes: u64,
    /// Lines of the body of SKILL.md; 0 when it does not load.
    pub body_lines: usize,
    /// Tokens of that body, an estimate.
    pub body_tokens: usize,
}

/// One difference.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    /// What it is about.
    pub area: Area,
    /// What happened.
    pub kind: Kind,
    /// How much it matters.
    pub weight: Weight,
    /// What it is about in that area: a field, a path, a host, the code of a rule. As written in the skill: not safe to
    /// print. Of something renamed the new path.
    pub item: String,
    /// What it was before, as written: not safe to print. Nothing where [`Change::item`] says it all.
    pub before: Option<String>,
    /// What it is now, as written: not safe to print.
    pub after: Option<String>,
}

/// What a difference is about, in the order in which differences are listed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Area {
    /// A field of the specification other than `allowed-tools`, or whether the skill loads at all.
    Field,
    /// A tool that `allowed-tools` approves in advance.
    Tool,
    /// A field of other clients.
    Extension,
    /// A field nobody is known to use.
    UnknownField,
    /// Something that runs without the model asking for it.
    Automatic,
    /// A network host that is contacted.
    Host,
    /// A program that is run.
    Command,
    /// A path outside the skill and the workspace.
    OutsideFile,
    /// A secret that is read.
    Secret,
    /// A package that is installed or imported.
    Package,
    /// The body of SKILL.md.
    Body,
    /// A file or link of the skill.
    File,
    /// A link in a Markdown file, to a file or an address.
    Link,
    /// A finding of an audit.
    Finding,
}

/// What happened to an item.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    /// It is new.
    Added,
    /// It is gone.
    Removed,
    /// It is different.
    Changed,
    /// A file has another path and the same content.
    Renamed,
    /// A file with the same content may now be executed.
    MadeExecutable,
    /// A file with the same content may no longer be executed.
    MadeInert,
}

/// How much a difference matters to somebody who approved the earlier version.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Weight {
    /// Worth knowing.
    Notice,
    /// Look at it: it changes when the skill is used, what it may do, or what runs.
    Attention,
}

impl Comparison {
    /// Returns whether nothing differs.
    pub fn is_same(&self) -> bool {
        self.changes.is_empty()
    }

    /// Returns how many differences have a weight.
    pub fn count(&self, weight: Weight) -> usize {
        self.changes.iter().filter(|change| change.weight == weight).count()
    }
}

impl Area {
    /// Returns a stable text such as `outside-file`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Field => "field",
            Self::Tool => "tool",
            Self::Extension => "extension",
            Self::UnknownField => "unknown-field",
            Self::Automatic => "automatic",
            Self::Host => "host",
            Self::Command => "command",
            Self::OutsideFile => "outside-file",
            Self::Secret => "secret",
            Self::Package => "package",
            Self::Body => "body",
            Self::File => "file",
            Self::Link => "link",
            Self::Finding => "finding",
        }
    }
}

impl Kind {
    /// Returns a stable text such as `made-executable`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Added => "added",
            Self::Removed => "removed",
            Self::Changed => "changed",
            Self::Renamed => "renamed",
            Self::MadeExecutable => "made-executable",
            Self::MadeInert => "made-inert",
        }
    }
}

impl Weight {
    /// Returns `notice` or `attention`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Notice => "notice",
            Self::Attention => "attention",
        }
    }
}

impl fmt::Display for Area {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl fmt::Display for Weight {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// Compares two versions of a skill. Reads their text files within `limits`; the content of what is beyond them counts
/// by its digest.
pub fn compare(before: &Version<'_>, after: &Version<'_>, limits: &Limits) -> Comparison {
    let figures = |version: &Version<'_>, material: &Material<'_>| Figures::of(version.tree, skill(material));
    let (old, new) = (Material::read(before.folder, limits), Material::read(after.folder, limits));
    let mut changes = Changes::default();
    if before.tree.digest() != after.tree.digest() {
        fields::compare(skill(&old), skill(&new), &mut changes);
        needs::compare(before.audit, after.audit, &mut changes);
        files::compare((before.tree, &old), (after.tree, &new), &mut changes);
        links::compare(&old, &new, &mut changes);
    }
    Comparison { changes: changes.finish(), before: figures(before, &old), after: figures(after, &new) }
}

fn skill<'a>(material: &'a Material<'_>) -> Option<&'a Skill> {
    material.reading.skill.as_ref()
}

impl Figures {
    fn of(tree: &Tree, skill: Option<&Skill>) -> Self {
        let is_file = |entry: &&skilled_format::Entry| entry.kind != skilled_format::EntryKind::Directory;
        let body = skill.map_or("", |skill| skill.body.as_str());
        Self {
            digest: *tree.digest(),
            files: tree.entries().iter().filter(is_file).count(),
            bytes: tree.total_size(),
            body_lines: body.lines().count(),
            body_tokens: estimated_tokens(body),
        }
    }
}

/// Collects differences.
#[derive(Default)]
struct Changes(Vec<Change>);

impl Changes {
    fn add(&mut self, area: Area, kind: Kind, weight: Weight, item: impl Into<String>) {
        self.0.push(Change { area, kind, weight, item: item.into(), before: None, after: None });
    }

    /// Adds a difference of two values, of which either may be missing.
    fn values(
        &mut self,
        area: Area,
        weight: Weight,
        item: &str,
        before: Option<String>,
        after: Option<String>,
    ) {
        let kind = match (&before, &after) {
            (None, None) => return,
            (Some(old), Some(new)) if old == new => return,
            (Some(_), Some(_)) => Kind::Changed,
            (None, Some(_)) => Kind::Added,
            (Some(_), None) => Kind::Removed,
        };
        self.0.push(Change { area, kind, weight, item: item.to_owned(), before, after });
    }

    /// Adds what is in one set and not in the other. What is new has the weight that `weight` gives it; what is gone is
    /// worth a notice.
    fn sets<'a>(
        &mut self,
        area: Area,
        before: &BTreeSet<&'a str>,
        after: &BTreeSet<&'a str>,
        weight: impl Fn(&str) -> Weight,
    ) {
        for gone in before.difference(after) {
            self.add(area, Kind::Removed, Weight::Notice, *gone);
        }
        for new in after.difference(before) {
            self.add(area, Kind::Added, weight(new), *new);
        }
    }

    fn finish(mut self) -> Vec<Change> {
        self.0.sort_by(|a, b| (a.area, &a.item, a.kind).cmp(&(b.area, &b.item, b.kind)));
        self.0
    }
}

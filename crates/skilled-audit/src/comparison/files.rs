//! The files and links of the folder.

use std::collections::{BTreeMap, BTreeSet};

use skilled_format::{EntryKind, SKILL_FILE, Tree};

use super::{Area, Change, Changes, Kind, Weight};
use crate::material::{Language, Material};

type Side<'a> = (&'a Tree, &'a Material<'a>);

pub(super) fn compare(before: Side<'_>, after: Side<'_>, changes: &mut Changes) {
    let (old, new) = (entries(before.0), entries(after.0));
    let scripts: BTreeSet<&str> = scripts(before.1).chain(scripts(after.1)).collect();
    let renamed = renamed(&old, &new);
    let weight = |path: &str, kind: &EntryKind| match kind {
        EntryKind::File { executable: true, .. } | EntryKind::Link { .. } => Weight::Attention,
        EntryKind::File { executable: false, .. } if scripts.contains(path) => Weight::Attention,
        EntryKind::File { executable: false, .. } | EntryKind::Directory => Weight::Notice,
    };
    for (&path, &kind) in &old {
        match new.get(path) {
            Some(now) => compare_entry(path, kind, now, weight(path, kind).max(weight(path, now)), changes),
            None if renamed.values().any(|from| *from == path) => {}
            None => removed(path, kind, changes),
        }
    }
    for (&path, &kind) in new.iter().filter(|(path, _)| !old.contains_key(*path)) {
        // Another name can make a script of a text, so a renamed file is weighed by its new one.
        let weight = weight(path, kind);
        if let Some(from) = renamed.get(path) {
            let (before, after) = (Some((*from).to_owned()), Some(path.to_owned()));
            changes.0.push(Change { before, after, ..change(path, Kind::Renamed, weight) });
        } else {
            let after = Some(described(kind));
            changes.0.push(Change { after, ..change(path, Kind::Added, weight) });
        }
    }
}

fn removed(path: &str, kind: &EntryKind, changes: &mut Changes) {
    let before = Some(described(kind));
    changes.0.push(Change { before, ..change(path, Kind::Removed, Weight::Notice) });
}

/// Files and links by path.
fn entries(tree: &Tree) -> BTreeMap<&str, &EntryKind> {
    let entries = tree.entries().iter().filter(|entry| entry.kind != EntryKind::Directory);
    entries.map(|entry| (entry.path.as_str(), &entry.kind)).collect()
}

/// Text files in a language that something runs.
fn scripts<'a>(material: &'a Material<'_>) -> impl Iterator<Item = &'a str> {
    let runs = |language| match language {
        Language::Shell
        | Language::PowerShell
        | Language::Python
        | Language::JavaScript
        | Language::OtherCode => true,
        Language::Prose | Language::Data => false,
    };
    material.sources.iter().filter(move |source| runs(source.language)).map(|source| source.path.as_str())
}

/// New paths of files that are gone, by their content: the first of each, in the order of the paths. Empty files and
/// links are too alike for that.
fn renamed<'a>(
    old: &BTreeMap<&'a str, &EntryKind>,
    new: &BTreeMap<&'a str, &EntryKind>,
) -> BTreeMap<&'a str, &'a str> {
    let mut gone: BTreeMap<[u8; 32], Vec<&str>> = BTreeMap::new();
    for (&path, &kind) in old.iter().rev().filter(|(path, _)| !new.contains_key(*path)) {
        if let EntryKind::File { size: 1.., digest, .. } = kind {
            gone.entry(*digest.as_bytes()).or_default().push(path);
        }
    }
    let mut renamed = BTreeMap::new();
    for (&path, &kind) in new.iter().filter(|(path, _)| !old.contains_key(*path)) {
        if let EntryKind::File { digest, .. } = kind
            && let Some(from) = gone.get_mut(digest.as_bytes()).and_then(Vec::pop)
        {
            renamed.insert(path, from);
        }
    }
    renamed
}

fn compare_entry(path: &str, before: &EntryKind, after: &EntryKind, weight: Weight, changes: &mut Changes) {
    let (
        EntryKind::File { executable: could, digest: old, .. },
        EntryKind::File { executable: can, digest: new, .. },
    ) = (before, after)
    else {
        changes.values(Area::File, Weight::Attention, path, Some(described(before)), Some(described(after)));
        return;
    };
    // SKILL.md is compared by its fields and its body; its bytes are listed as well, as comments count in neither.
    let weight = if path == SKILL_FILE { Weight::Notice } else { weight };
    if old != new {
        let (before, after) = (Some(described(before)), Some(described(after)));
        changes.0.push(Change { before, after, ..change(path, Kind::Changed, weight) });
    }
    match (could, can) {
        (false, true) => changes.add(Area::File, Kind::MadeExecutable, Weight::Attention, path),
        (true, false) => changes.add(Area::File, Kind::MadeInert, Weight::Notice, path),
        (true, true) | (false, false) => {}
    }
}

fn change(path: &str, kind: Kind, weight: Weight) -> Change {
    Change { area: Area::File, kind, weight, item: path.to_owned(), before: None, after: None }
}

fn described(kind: &EntryKind) -> String {
    match kind {
        EntryKind::Directory => "folder".to_owned(),
        EntryKind::File { size, executable: false, .. } => format!("{size} bytes"),
        EntryKind::File { size, executable: true, .. } => format!("{size} bytes, executable"),
        EntryKind::Link { target } => format!("link to {target}"),
    }
}

//! Where the skills in an archive are.

use skilled_archive::{Entry, EntryKind};
use skilled_format::SKILL_FILE;

use crate::exclude::is_left_by_system;

/// The folders with a SKILL.md that are not inside another one, sorted by their bytes; the root is empty.
pub(crate) fn skill_folders(entries: &[Entry]) -> Vec<&str> {
    let mut folders: Vec<&str> = entries
        .iter()
        .filter(|entry| matches!(entry.kind, EntryKind::File { .. }))
        .filter(|entry| !is_left_by_system(top(&entry.path)))
        .filter_map(|entry| match entry.path.strip_suffix(SKILL_FILE)? {
            "" => Some(""),
            folder => folder.strip_suffix('/'),
        })
        .collect();
    // A folder comes before what is in it, even when others lie between them.
    folders.sort_unstable();
    let mut outer: Vec<&str> = Vec::new();
    for folder in folders {
        if !outer.iter().any(|outer| is_inside(folder, outer)) {
            outer.push(folder);
        }
    }
    outer
}

/// What lies at the root of the archive beside the folder `skill`, sorted, each once.
pub(crate) fn beside<'a>(entries: &'a [Entry], skill: &str) -> Vec<&'a str> {
    if skill.is_empty() {
        return Vec::new();
    }
    let mut beside: Vec<&str> =
        entries.iter().map(|entry| top(&entry.path)).filter(|name| *name != skill).collect();
    beside.sort_unstable();
    beside.dedup();
    beside
}

fn is_inside(folder: &str, outer: &str) -> bool {
    outer.is_empty() || folder.strip_prefix(outer).is_some_and(|rest| rest.starts_with('/'))
}

fn top(path: &str) -> &str {
    path.split('/').next().unwrap_or(path)
}

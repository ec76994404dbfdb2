//! Where the skills in an archive are.

use std::path::Path;
use std::{fs, io};

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

/// What lies at the root of the archive and is not of the skill in the folder `skill`, sorted, each once. A skill at the
/// root owns everything there but what a system left behind.
pub(crate) fn beside<'a>(entries: &'a [Entry], skill: &str) -> Vec<&'a str> {
    let is_beside = |name: &&str| if skill.is_empty() { is_left_by_system(name) } else { *name != skill };
    let mut beside: Vec<&str> = entries.iter().map(|entry| top(&entry.path)).filter(is_beside).collect();
    beside.sort_unstable();
    beside.dedup();
    beside
}

/// Removes from the extracted folder `tree` what was left behind there, when the skill is at its root.
pub(crate) fn remove(tree: &Path, left_out: &[String]) -> io::Result<()> {
    left_out.iter().map(|name| tree.join(name)).try_for_each(|path| {
        if path.symlink_metadata()?.is_dir() { fs::remove_dir_all(path) } else { fs::remove_file(path) }
    })
}

fn is_inside(folder: &str, outer: &str) -> bool {
    outer.is_empty() || folder.strip_prefix(outer).is_some_and(|rest| rest.starts_with('/'))
}

fn top(path: &str) -> &str {
    path.split('/').next().unwrap_or(path)
}

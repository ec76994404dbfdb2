//! Which file was probably meant.

use skilled_format::{Folder, Listed, ListedKind};

use crate::nearest;

/// Most paths that are compared, and most comparisons for one skill: each costs the product of two lengths.
const MAX_PATHS: usize = 2_000;
const MAX_COMPARISONS: usize = 100_000;

pub(super) struct Suggestions<'a> {
    folder: &'a Folder,
    left: usize,
}

impl<'a> Suggestions<'a> {
    pub(super) fn new(folder: &'a Folder) -> Self {
        Self { folder, left: MAX_COMPARISONS }
    }

    /// A file of the same name in another folder, or one that is spelled like it.
    pub(super) fn nearest(&mut self, path: &str) -> Option<String> {
        let count = self.folder.files().len().min(MAX_PATHS);
        self.left = self.left.checked_sub(count)?;
        let is_file = |listed: &&Listed| matches!(listed.kind, ListedKind::File { .. });
        let files = self.folder.files().iter().take(MAX_PATHS).filter(is_file);
        let paths: Vec<&str> = files.map(|listed| listed.path.as_str()).collect();
        let name = |path: &'a str| path.rsplit('/').next().unwrap_or_default();
        let wanted = path.rsplit('/').next().unwrap_or_default();
        let same_name = paths.iter().copied().find(|path| name(path).eq_ignore_ascii_case(wanted));
        same_name.or_else(|| nearest::of(path, paths.iter().copied())).map(str::to_owned)
    }
}

//! What is in a folder, to be compared.

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

/// Path to mode and content; folders have none.
pub(crate) type Tree = BTreeMap<String, (u32, Option<Vec<u8>>)>;

pub(crate) fn tree(root: &Path) -> Tree {
    let mut tree = Tree::new();
    let mut pending = vec![root.to_owned()];
    while let Some(folder) = pending.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            let metadata = path.symlink_metadata().unwrap();
            let name = path.strip_prefix(root).unwrap().to_str().unwrap().to_owned();
            let mode = metadata.permissions().mode() & 0o7777;
            if metadata.is_dir() {
                tree.insert(name, (mode, None));
                pending.push(path);
            } else {
                tree.insert(name, (mode, Some(fs::read(path).unwrap())));
            }
        }
    }
    tree
}

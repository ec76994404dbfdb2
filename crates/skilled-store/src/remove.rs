//! Removing a tree that a workload has made, however it made it.
//!
//! Nothing recurses: a tree may be deeper than any stack. Folders that even their owner may not enter are opened up first.
//! Links are not followed.

use std::collections::VecDeque;
use std::fs::{self, DirEntry, Permissions};
use std::io;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

/// How deep a path may lead before what is there is moved up: a path has at most 4,096 bytes (`PATH_MAX`), a name 255.
const DEPTH: usize = 8;

/// Removes the folder `root` and everything below.
///
/// # Errors
/// What the system says of the first thing that cannot be removed; the rest is tried all the same.
pub fn remove_tree(root: &Path) -> io::Result<()> {
    let mut moved = 0_u64;
    let mut first = Ok(());
    // Folders to empty, and those that are empty once all after them are: the last found is emptied first.
    let mut open: VecDeque<(PathBuf, usize)> = VecDeque::from([(root.to_owned(), 0)]);
    let mut emptied = Vec::new();
    while let Some((folder, depth)) = open.pop_back() {
        for entry in entries(&folder)? {
            let result = if entry.file_type().is_ok_and(|kind| kind.is_dir()) {
                if depth < DEPTH {
                    open.push_back((entry.path(), depth + 1));
                    Ok(())
                } else {
                    // To the top, where paths are short. The name is one that nothing else there has.
                    moved += 1;
                    let place = root.join(format!(".removed-{}-{moved}", std::process::id()));
                    open_up(&entry.path());
                    let done = fs::rename(entry.path(), &place);
                    open.push_front((place, 1));
                    done
                }
            } else {
                fs::remove_file(entry.path())
            };
            first = first.and(result);
        }
        emptied.push(folder);
    }
    // Found from the top down, so that the other way round each is empty when its turn comes.
    for folder in emptied.into_iter().rev().filter(|folder| folder != root) {
        first = first.and(remove_folder(&folder));
    }
    first.and(fs::remove_dir(root))
}

fn remove_folder(folder: &Path) -> io::Result<()> {
    match fs::remove_dir(folder) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        other => other,
    }
}

fn entries(folder: &Path) -> io::Result<Vec<DirEntry>> {
    let list = || fs::read_dir(folder)?.collect();
    match list() {
        Err(error) if error.kind() == io::ErrorKind::PermissionDenied => {
            open_up(folder);
            list()
        }
        // Entries of a folder that may be read but not changed.
        Ok(entries) => {
            open_up(folder);
            Ok(entries)
        }
        other => other,
    }
}

/// Lets the owner do everything. Where that cannot be done, the next step says so.
fn open_up(folder: &Path) {
    let is_open = fs::metadata(folder).is_ok_and(|found| found.permissions().mode() & 0o700 == 0o700);
    if !is_open {
        let _ = fs::set_permissions(folder, Permissions::from_mode(0o700));
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::symlink;

    use super::*;

    #[test]
    fn everything_goes_and_nothing_else() {
        let dir = tempfile::tempdir().unwrap();
        let outside = dir.path().join("outside");
        fs::create_dir(&outside).unwrap();
        fs::write(outside.join("kept"), "kept").unwrap();
        let root = dir.path().join("root");
        fs::create_dir_all(root.join("a/b/c")).unwrap();
        fs::write(root.join("a/b/file"), "x").unwrap();
        symlink(&outside, root.join("a/link")).unwrap();
        for (path, mode) in [("a/b/c", 0o000), ("a/b", 0o500), ("a", 0o300)] {
            fs::set_permissions(root.join(path), Permissions::from_mode(mode)).unwrap();
        }
        remove_tree(&root).unwrap();
        assert!(!root.exists() && outside.join("kept").exists());
        assert!(remove_tree(&root).is_err(), "there is nothing to remove");
    }

    /// Deeper than a stack or a path: made from within, as a workload makes it.
    #[test]
    fn no_tree_is_too_deep() {
        let dir = tempfile::tempdir().unwrap();
        let root = dir.path().join("root");
        fs::create_dir(&root).unwrap();
        let make = "import os\nfor _ in range(3000): os.makedirs('dddddddddd/x'); os.chdir('dddddddddd')\nopen('end', 'w')";
        let made =
            std::process::Command::new("python3").args(["-c", make]).current_dir(&root).status().unwrap();
        assert!(made.success());
        remove_tree(&root).unwrap();
        assert!(!root.exists());
    }
}

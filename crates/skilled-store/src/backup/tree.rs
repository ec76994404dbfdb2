//! Copying files that never change.

use std::fs::{self, DirBuilder, File};
use std::io::{self, ErrorKind};
use std::os::unix::fs::{DirBuilderExt, MetadataExt, PermissionsExt, chown, symlink};
use std::path::Path;

use super::{BackupError, failed};

/// Gives the file a second name, or copies it where that is another file system; returns its size. A copy is durable; a name is
/// once its folder was synced.
pub(super) fn link_or_copy(from: &Path, to: &Path) -> io::Result<u64> {
    match fs::hard_link(from, to) {
        Ok(()) => return Ok(fs::metadata(to)?.len()),
        Err(error) if error.kind() == ErrorKind::NotFound => return Err(error),
        // Another file system, one without links, a file with too many, or one that is not ours to link to.
        Err(_) => {}
    }
    let bytes = fs::copy(from, to)?;
    let (found, copy) = (fs::metadata(from)?, File::open(to)?);
    if let Ok(modified) = found.modified() {
        copy.set_times(fs::FileTimes::new().set_modified(modified))?;
    }
    // Only root may; for others the copy is theirs.
    let _ = chown(to, Some(found.uid()), Some(found.gid()));
    copy.sync_all()?;
    Ok(bytes)
}

/// Copies a folder with all that is in it. None there is none to copy; what goes away meanwhile was not needed.
pub(super) fn copy_tree(from: &Path, to: &Path) -> Result<(), BackupError> {
    let mut folders = vec![(from.to_owned(), to.to_owned())];
    let mut made = Vec::new();
    while let Some((from, to)) = folders.pop() {
        let entries = match fs::read_dir(&from) {
            Ok(entries) => entries,
            Err(error) if error.kind() == ErrorKind::NotFound => continue,
            Err(error) => return Err(failed(&from)(error)),
        };
        let found = fs::metadata(&from).map_err(failed(&from))?;
        DirBuilder::new().recursive(true).mode(0o700).create(&to).map_err(failed(&to))?;
        for entry in entries {
            let entry = entry.map_err(failed(&from))?;
            let (source, target) = (entry.path(), to.join(entry.file_name()));
            let kind = entry.file_type().map_err(failed(&source))?;
            let copied = if kind.is_dir() {
                folders.push((source.clone(), target));
                Ok(())
            } else if kind.is_symlink() {
                fs::read_link(&source).and_then(|link| symlink(link, &target))
            } else if kind.is_file() {
                link_or_copy(&source, &target).map(|_| ())
            } else {
                // Sockets and the like hold nothing.
                Ok(())
            };
            match copied {
                Err(error) if error.kind() == ErrorKind::NotFound => {}
                other => other.map_err(failed(&source))?,
            }
        }
        made.push((to, found));
    }
    // Inner folders first, as rights may be taken away here.
    for (folder, found) in made.into_iter().rev() {
        sync_folder(&folder)?;
        let _ = chown(&folder, Some(found.uid()), Some(found.gid()));
        let mode = fs::Permissions::from_mode(found.mode() & 0o7777);
        fs::set_permissions(&folder, mode).map_err(failed(&folder))?;
    }
    Ok(())
}

pub(super) fn sync_folder(folder: &Path) -> Result<(), BackupError> {
    File::open(folder).and_then(|folder| folder.sync_all()).map_err(failed(folder))
}

//! Removing files and folders.

use std::os::fd::{AsFd, BorrowedFd, OwnedFd};

use rustix::fs::{AtFlags, Dir, Mode, OFlags, RenameFlags, ResolveFlags, openat2, renameat_with, unlinkat};
use rustix::io::Errno;

use super::make::partial_name;
use super::parent;

/// Levels of folders that are gone down into. What is deeper is moved up first, so that no tree is too deep.
const LEVELS: usize = 16;

/// Removes a file, a symbolic link itself, an empty folder, or a folder with at most `most` entries of it.
pub(crate) fn remove(path: &[u8], most: Option<u32>) -> Result<(), Errno> {
    let (folder, name) = parent(path)?;
    match unlinkat(&folder, name, AtFlags::empty()) {
        Err(Errno::ISDIR) => {}
        other => return other,
    }
    let Some(mut left) = most else { return unlinkat(&folder, name, AtFlags::REMOVEDIR) };
    loop {
        match unlinkat(&folder, name, AtFlags::REMOVEDIR) {
            Err(Errno::NOTEMPTY) => {}
            other => return other,
        }
        let tree = open_folder(folder.as_fd(), name)?;
        let before = left;
        clear(tree.as_fd(), tree.as_fd(), 0, &mut left)?;
        if left == before {
            return Err(Errno::NOTEMPTY); // it holds something that it does not show
        }
    }
}

/// Empties a folder of `tree`. What appears in it meanwhile may stay.
fn clear(folder: BorrowedFd<'_>, tree: BorrowedFd<'_>, level: usize, left: &mut u32) -> Result<(), Errno> {
    for entry in Dir::read_from(folder)? {
        let entry = entry?;
        let name = entry.file_name();
        if matches!(name.to_bytes(), b"." | b"..") {
            continue;
        }
        *left = left.checked_sub(1).ok_or(Errno::AGAIN)?;
        match unlinkat(folder, name, AtFlags::empty()) {
            Ok(()) | Err(Errno::NOENT) => continue,
            Err(Errno::ISDIR) => {}
            Err(error) => return Err(error),
        }
        match unlinkat(folder, name, AtFlags::REMOVEDIR) {
            Ok(()) | Err(Errno::NOENT) => continue,
            Err(Errno::NOTEMPTY) => {}
            Err(error) => return Err(error),
        }
        if level == LEVELS {
            // Found again from the top.
            renameat_with(folder, name, tree, partial_name(), RenameFlags::NOREPLACE)?;
            continue;
        }
        let inner = open_folder(folder, name.to_bytes())?;
        clear(inner.as_fd(), tree, level + 1, left)?;
        match unlinkat(folder, name, AtFlags::REMOVEDIR) {
            // Something was moved out of it or made in it: it is met again.
            Ok(()) | Err(Errno::NOENT | Errno::NOTEMPTY) => {}
            Err(error) => return Err(error),
        }
    }
    Ok(())
}

/// Opens an entry that was a folder a moment ago, and is no place where something is mounted: that could not have been
/// tried to be removed (`EBUSY`, `rmdir(2)`).
pub(super) fn open_folder(folder: BorrowedFd<'_>, name: &[u8]) -> Result<OwnedFd, Errno> {
    let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::NONBLOCK | OFlags::CLOEXEC;
    openat2(folder, name, flags, Mode::empty(), ResolveFlags::NO_SYMLINKS)
}

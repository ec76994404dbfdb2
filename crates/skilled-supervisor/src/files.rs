//! Files, opened inside the sandbox for the host, with no more rights than the workload has.
//!
//! No path is trusted twice: what was found by a path is used by its descriptor from then on. Nothing here blocks, whatever
//! the workload has put in the way, and every step is short: process 1 has other things to do.

mod make;
mod remove;

use std::os::fd::{AsFd, AsRawFd, BorrowedFd, OwnedFd};

use rustix::fs::inotify::{self, CreateFlags, WatchFlags};
use rustix::fs::{
    CWD, FileType, Mode, OFlags, PROC_SUPER_MAGIC, RenameFlags, ResolveFlags, fstat, fstatfs, openat2,
    renameat_with,
};
use rustix::io::Errno;
use skilled_supervisor::Access;

pub(crate) use make::{create, discard, make_folders, publish};
pub(crate) use remove::remove;

/// What is told of a watched folder.
const WATCHED: WatchFlags = WatchFlags::CREATE
    .union(WatchFlags::MOVED_TO)
    .union(WatchFlags::MODIFY)
    .union(WatchFlags::DELETE)
    .union(WatchFlags::MOVED_FROM)
    .union(WatchFlags::DELETE_SELF)
    .union(WatchFlags::ONLYDIR)
    .union(WatchFlags::EXCL_UNLINK);

/// Opens `path`, or an entry of `folder`. Never blocks on a pipe or a lease, never takes a terminal, never follows a magic
/// link, and opens nothing but regular files and folders: anything else is only pointed to.
pub(crate) fn open(folder: Option<&OwnedFd>, path: &[u8], access: Access) -> Result<OwnedFd, Errno> {
    let found = match folder {
        None => point_to(path)?,
        Some(folder) => entry(folder.as_fd(), path)?,
    };
    match access {
        Access::Read if is_plain(found.as_fd())? => reopen(found.as_fd(), OFlags::RDONLY),
        Access::Read | Access::Inspect => Ok(found),
    }
}

/// Returns the path of what `path` names, without links.
pub(crate) fn canonical(path: &[u8]) -> Result<String, Errno> {
    let fd = point_to(path)?;
    own_path(fd.as_fd())?.into_string().map_err(|_| Errno::ILSEQ)
}

/// Renames a file, a folder, or a symbolic link itself.
pub(crate) fn rename(from: &[u8], to: &[u8], replace: bool) -> Result<(), Errno> {
    let flags = if replace { RenameFlags::empty() } else { RenameFlags::NOREPLACE };
    let ((from, old), (to, new)) = (parent(from)?, parent(to)?);
    renameat_with(from, old, to, new, flags)
}

/// Watches a folder: an instance of its own, which the host reads.
pub(crate) fn watch(path: &[u8]) -> Result<OwnedFd, Errno> {
    let found = point_to(path)?;
    if !is_plain(found.as_fd())? {
        return Err(Errno::NOTDIR);
    }
    // That it may be read is asked of the folder itself: its descriptor alone does not say so.
    let folder = reopen(found.as_fd(), OFlags::RDONLY | OFlags::DIRECTORY)?;
    let instance = inotify::init(CreateFlags::CLOEXEC | CreateFlags::NONBLOCK)?;
    inotify::add_watch(&instance, by_descriptor(folder.as_fd()), WATCHED)?;
    Ok(instance)
}

/// Finds what `path` names without opening it.
fn point_to(path: &[u8]) -> Result<OwnedFd, Errno> {
    if !path.starts_with(b"/") {
        return Err(Errno::INVAL);
    }
    openat2(CWD, path, OFlags::PATH | OFlags::CLOEXEC, Mode::empty(), ResolveFlags::NO_MAGICLINKS)
}

/// Finds an entry of a folder without opening it.
fn entry(folder: BorrowedFd<'_>, name: &[u8]) -> Result<OwnedFd, Errno> {
    if !is_name(name) {
        return Err(Errno::INVAL);
    }
    openat2(folder, name, OFlags::PATH | OFlags::CLOEXEC, Mode::empty(), ResolveFlags::NO_SYMLINKS)
}

/// Finds a folder from another one.
fn folder_at(base: BorrowedFd<'_>, path: &[u8]) -> Result<OwnedFd, Errno> {
    let flags = OFlags::PATH | OFlags::DIRECTORY | OFlags::CLOEXEC;
    openat2(base, path, flags, Mode::empty(), ResolveFlags::NO_MAGICLINKS)
}

/// Returns the folder of what `path` names, and its name there.
fn parent(path: &[u8]) -> Result<(OwnedFd, &[u8]), Errno> {
    if !path.starts_with(b"/") {
        return Err(Errno::INVAL);
    }
    let (folder, name) = split(path);
    if !is_name(name) {
        return Err(Errno::BUSY);
    }
    Ok((folder_at(CWD, folder)?, name))
}

/// Divides a path into that of its folder and its last name, which is empty for `/`.
fn split(path: &[u8]) -> (&[u8], &[u8]) {
    let end = path.iter().rposition(|byte| *byte != b'/').map_or(0, |last| last + 1);
    let (whole, _) = path.split_at(end);
    match whole.iter().rposition(|byte| *byte == b'/') {
        None if whole.is_empty() => (if path.is_empty() { b"." } else { b"/" }, b""),
        None => (b".", whole),
        Some(slash) => {
            let (folder, name) = whole.split_at(slash + 1);
            (folder, name)
        }
    }
}

/// Returns whether this is the name of an entry.
fn is_name(name: &[u8]) -> bool {
    !matches!(name, b"" | b"." | b"..") && !name.contains(&b'/')
}

/// Returns whether this is a regular file or a folder, and not of the process table, where files are doors into processes.
fn is_plain(found: BorrowedFd<'_>) -> Result<bool, Errno> {
    let kind = FileType::from_raw_mode(fstat(found)?.st_mode);
    Ok(matches!(kind, FileType::RegularFile | FileType::Directory)
        && fstatfs(found)?.f_type != PROC_SUPER_MAGIC)
}

/// Opens what was found, itself: nobody can have put something else in its place.
fn reopen(found: BorrowedFd<'_>, flags: OFlags) -> Result<OwnedFd, Errno> {
    let flags = flags | OFlags::CLOEXEC | OFlags::NONBLOCK | OFlags::NOCTTY;
    rustix::fs::open(by_descriptor(found), flags, Mode::empty())
}

/// The path by which this process reaches what it has a descriptor of (`proc_pid_fd(5)`).
fn by_descriptor(fd: BorrowedFd<'_>) -> String {
    format!("/proc/self/fd/{}", fd.as_raw_fd())
}

/// Returns the path that a descriptor's file has now.
fn own_path(fd: BorrowedFd<'_>) -> Result<std::ffi::CString, Errno> {
    rustix::fs::readlink(by_descriptor(fd), Vec::new())
}

#[cfg(test)]
mod tests;

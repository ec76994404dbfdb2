//! Making files and folders.

use std::ffi::CString;
use std::hash::{BuildHasher, Hasher, RandomState};
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};

use rustix::fs::{
    AtFlags, CWD, FileType, Mode, OFlags, RenameFlags, ResolveFlags, Stat, fchmod, fstat, linkat, mkdirat,
    openat, openat2, readlinkat, renameat_with, statat, unlinkat,
};
use rustix::io::Errno;
use skilled_supervisor::Existing;

use super::{by_descriptor, folder_at, is_name, own_path, split};

/// Permission bits of a new file.
const NEW_FILE: u32 = 0o644;
const NEW_FOLDER: Mode = Mode::from_raw_mode(0o755);
/// Links that a path may end in, one leading to the other (`path_resolution(7)`).
const LINKS: usize = 40;
/// How the name of a file begins that cannot be without one; the host's crates know it, too.
const PARTIAL_PREFIX: &str = ".skilled-partial-";

/// Where a new file goes.
struct Target {
    folder: OwnedFd,
    name: Vec<u8>,
    /// What is there.
    found: Option<Stat>,
}

impl Target {
    /// Finds it. What is there is something that `existing` allows to be replaced.
    fn find(path: &[u8], existing: Existing, parents: bool) -> Result<Self, Errno> {
        if !path.starts_with(b"/") {
            return Err(Errno::INVAL);
        }
        let mut base: Option<OwnedFd> = None;
        let mut path = path.to_vec();
        for _ in 0..LINKS {
            let from = base.as_ref().map_or(CWD, AsFd::as_fd);
            let (folder, name) = split(&path);
            if !is_name(name) || path.ends_with(b"/") {
                return Err(Errno::ISDIR);
            }
            let folder = if parents { folders_at(from, folder)? } else { folder_at(from, folder)? };
            let name = name.to_vec();
            let found = match statat(&folder, &name, AtFlags::SYMLINK_NOFOLLOW) {
                Err(Errno::NOENT) => None,
                other => Some(other?),
            };
            let kind = found.map(|stat| FileType::from_raw_mode(stat.st_mode));
            match (kind, existing) {
                (None | Some(FileType::RegularFile), Existing::Follow | Existing::Replace)
                | (None, Existing::Keep)
                | (Some(FileType::Symlink), Existing::Replace) => return Ok(Self { folder, name, found }),
                (Some(_), Existing::Keep) => return Err(Errno::EXIST),
                (Some(FileType::Directory), _) => return Err(Errno::ISDIR),
                (Some(FileType::Symlink), Existing::Follow) => {
                    path = link_at(folder.as_fd(), &name)?;
                    base = Some(folder);
                }
                (Some(_), _) => return Err(Errno::NOTSUP),
            }
        }
        Err(Errno::LOOP)
    }
}

/// Reads a symbolic link. What a magic link says is no path.
fn link_at(folder: BorrowedFd<'_>, name: &[u8]) -> Result<Vec<u8>, Errno> {
    let flags = OFlags::PATH | OFlags::CLOEXEC;
    match openat2(folder, name, flags, Mode::empty(), ResolveFlags::NO_MAGICLINKS) {
        Ok(_) | Err(Errno::NOENT) => {}
        Err(error) => return Err(error),
    }
    Ok(readlinkat(folder, name, Vec::new())?.into_bytes())
}

/// Begins a file that has no name yet, on the file system that it will be on. It goes when nobody has it open.
pub(crate) fn create(
    path: &[u8],
    existing: Existing,
    mode: Option<u32>,
    parents: bool,
) -> Result<OwnedFd, Errno> {
    let Target { folder, found, .. } = Target::find(path, existing, parents)?;
    let kept = found.filter(|stat| FileType::from_raw_mode(stat.st_mode) == FileType::RegularFile);
    let kept = kept.filter(|_| existing == Existing::Follow).map(|stat| stat.st_mode);
    let mode = Mode::from_raw_mode(mode.or(kept).unwrap_or(NEW_FILE) & 0o777);
    let flags = OFlags::WRONLY | OFlags::CLOEXEC;
    let file = match openat(&folder, c".", flags | OFlags::TMPFILE, mode) {
        // Not every file system can.
        Err(Errno::OPNOTSUPP | Errno::ISDIR | Errno::NOENT) => {
            let flags = flags | OFlags::CREATE | OFlags::EXCL | OFlags::NOFOLLOW;
            openat(&folder, partial_name(), flags, mode)?
        }
        other => other?,
    };
    // The mask has taken bits away.
    fchmod(&file, mode)?;
    Ok(file)
}

/// Gives a begun file its name. The path is looked up again: it may lead elsewhere by now, but nowhere where the workload
/// could not have put the file itself.
pub(crate) fn publish(file: Option<&OwnedFd>, path: &[u8], existing: Existing) -> Result<(), Errno> {
    let file = file.ok_or(Errno::PROTO)?;
    let stat = fstat(file)?;
    if FileType::from_raw_mode(stat.st_mode) != FileType::RegularFile {
        return Err(Errno::INVAL);
    }
    let Target { folder, name, .. } = Target::find(path, existing, false)?;
    let flags = if existing == Existing::Keep { RenameFlags::NOREPLACE } else { RenameFlags::empty() };
    if stat.st_nlink > 0 {
        return renameat_with(CWD, own_path(file.as_fd())?, &folder, &name, flags);
    }
    let link = |name: &[u8]| linkat(CWD, by_descriptor(file.as_fd()), &folder, name, AtFlags::SYMLINK_FOLLOW);
    match link(&name) {
        Err(Errno::EXIST) if existing != Existing::Keep => {}
        other => return other,
    }
    // A link replaces nothing, a rename does.
    let partial = partial_name();
    link(partial.as_bytes())?;
    renameat_with(&folder, &partial, &folder, &name, flags).inspect_err(|_| {
        // The reason counts, not whether the rest of it could be removed.
        let _ = unlinkat(&folder, &partial, AtFlags::empty());
    })
}

/// Removes a begun file that has a name.
pub(crate) fn discard(file: Option<&OwnedFd>) -> Result<(), Errno> {
    let path = own_path(file.ok_or(Errno::PROTO)?.as_fd())?;
    let (_, name) = split(path.as_bytes());
    if name.starts_with(PARTIAL_PREFIX.as_bytes()) { rustix::fs::unlink(path) } else { Ok(()) }
}

/// Makes a folder and its parents where they are missing.
pub(crate) fn make_folders(path: &[u8]) -> Result<(), Errno> {
    if !path.starts_with(b"/") {
        return Err(Errno::INVAL);
    }
    folders_at(CWD, path).map(drop)
}

/// Finds a folder from another one; makes it and its parents where they are missing.
fn folders_at(base: BorrowedFd<'_>, path: &[u8]) -> Result<OwnedFd, Errno> {
    let mut missing = Vec::new();
    let mut rest = path;
    let mut at = loop {
        match folder_at(base, rest) {
            Err(Errno::NOENT) => {
                let (folder, name) = split(rest);
                if name.is_empty() || folder.len() >= rest.len() {
                    return Err(Errno::NOENT);
                }
                missing.push(name);
                rest = folder;
            }
            other => break other?,
        }
    };
    while let Some(name) = missing.pop() {
        match mkdirat(&at, name, NEW_FOLDER) {
            // What is there, if no folder, fails the next step with a better reason.
            Ok(()) | Err(Errno::EXIST) => {}
            Err(error) => return Err(error),
        }
        at = folder_at(at.as_fd(), name)?;
    }
    Ok(at)
}

/// A name that nobody can guess: whoever took it first would keep the file from being made.
pub(super) fn partial_name() -> CString {
    // Keyed by the kernel's random numbers, differently each time.
    let number = RandomState::new().build_hasher().finish();
    CString::new(format!("{PARTIAL_PREFIX}{number:016x}")).unwrap_or_default()
}

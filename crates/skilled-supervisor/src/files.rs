//! Files, opened inside the sandbox for the host, with no more rights than the workload has.
//!
//! The host checks what it got (regular file, folder, neither of `/proc`); here only the way to it is guarded.

use std::os::fd::{AsRawFd, OwnedFd};

use rustix::fs::{CWD, Mode, OFlags, ResolveFlags, openat2};
use rustix::io::Errno;
use skilled_supervisor::Access;

/// Opens `path`. Never blocks on a pipe, never takes a terminal, never follows a magic link.
pub(crate) fn open(path: &str, access: Access) -> Result<OwnedFd, Errno> {
    if !path.starts_with('/') {
        return Err(Errno::INVAL);
    }
    let common = OFlags::CLOEXEC | OFlags::NONBLOCK | OFlags::NOCTTY;
    let (flags, mode) = match access {
        Access::Inspect => (OFlags::PATH | OFlags::CLOEXEC, 0),
        Access::Read => (OFlags::RDONLY | common, 0),
        Access::Create { mode } => {
            (OFlags::WRONLY | OFlags::CREATE | OFlags::EXCL | OFlags::NOFOLLOW | common, mode & 0o777)
        }
    };
    openat2(CWD, path, flags, Mode::from_raw_mode(mode), ResolveFlags::NO_MAGICLINKS)
}

/// Returns the path of what `path` names, without links.
pub(crate) fn canonical(path: &str) -> Result<String, Errno> {
    let fd = open(path, Access::Inspect)?;
    let link = format!("/proc/self/fd/{}", fd.as_raw_fd());
    rustix::fs::readlink(link, Vec::new())?.into_string().map_err(|_| Errno::ILSEQ)
}

/// Makes a folder and its parents where they are missing.
pub(crate) fn make_folders(path: &str) -> Result<(), Errno> {
    match rustix::fs::mkdir(path, Mode::from_raw_mode(0o755)) {
        // What is there, if no folder, fails the next step with a better reason.
        Ok(()) | Err(Errno::EXIST) => Ok(()),
        Err(Errno::NOENT) => {
            let (parent, _) =
                path.rsplit_once('/').filter(|(parent, _)| !parent.is_empty()).ok_or(Errno::NOENT)?;
            make_folders(parent)?;
            rustix::fs::mkdir(path, Mode::from_raw_mode(0o755))
        }
        Err(error) => Err(error),
    }
}

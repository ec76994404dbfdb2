//! Files that are made in a folder and nowhere else.

use std::fs::File;
use std::io;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};

use rustix::fs::{AtFlags, Mode, OFlags, ResolveFlags};

/// A folder that is written into by relative paths. No path leaves it and none is resolved through a link, whatever
/// else happens in it meanwhile (openat2(2), `RESOLVE_BENEATH`, `RESOLVE_NO_SYMLINKS`).
pub(crate) struct Beneath<'a>(pub(crate) BorrowedFd<'a>);

const INSIDE: ResolveFlags =
    ResolveFlags::BENEATH.union(ResolveFlags::NO_SYMLINKS).union(ResolveFlags::NO_MAGICLINKS);

impl Beneath<'_> {
    /// Makes the folder, whose parent exists, with mode 0755 whatever the umask.
    pub(crate) fn directory(&self, path: &str) -> io::Result<()> {
        let (parent, name) = self.parent(path)?;
        rustix::fs::mkdirat(&parent, name, Mode::from_raw_mode(0o700))?;
        Ok(rustix::fs::fchmod(self.open_directory(path)?, Mode::from_raw_mode(0o755))?)
    }

    /// Makes the file, which must not exist, with mode 0644 or 0755 whatever the umask.
    pub(crate) fn file(&self, path: &str, executable: bool) -> io::Result<File> {
        let flags = OFlags::WRONLY | OFlags::CREATE | OFlags::EXCL | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        let file = rustix::fs::openat2(self.0, path, flags, Mode::from_raw_mode(0o600), INSIDE)?;
        rustix::fs::fchmod(&file, Mode::from_raw_mode(if executable { 0o755 } else { 0o644 }))?;
        Ok(file.into())
    }

    /// Makes a symbolic link. Its target is not looked at.
    pub(crate) fn symlink(&self, path: &str, target: &str) -> io::Result<()> {
        let (parent, name) = self.parent(path)?;
        Ok(rustix::fs::symlinkat(target, &parent, name)?)
    }

    /// Gives the file `target` one more name.
    pub(crate) fn hardlink(&self, path: &str, target: &str) -> io::Result<()> {
        let (old, old_name) = self.parent(target)?;
        let (new, new_name) = self.parent(path)?;
        Ok(rustix::fs::linkat(&old, old_name, &new, new_name, AtFlags::empty())?)
    }

    pub(crate) fn open_directory(&self, path: &str) -> io::Result<OwnedFd> {
        let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        Ok(rustix::fs::openat2(self.0, path, flags, Mode::empty(), INSIDE)?)
    }

    fn parent<'p>(&self, path: &'p str) -> io::Result<(OwnedFd, &'p str)> {
        let (parent, name) = path.rsplit_once('/').unwrap_or((".", path));
        let flags = OFlags::PATH | OFlags::DIRECTORY | OFlags::CLOEXEC;
        Ok((rustix::fs::openat2(self.0.as_fd(), parent, flags, Mode::empty(), INSIDE)?, name))
    }
}

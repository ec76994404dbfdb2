//! Ways into a folder that somebody else may change meanwhile, and never out of it.
//!
//! Everything is looked up by one name from the handle of the folder it is in, without following links and without
//! crossing into a mount (openat2(2): `RESOLVE_BENEATH`, `RESOLVE_NO_SYMLINKS`, `RESOLVE_NO_MAGICLINKS`,
//! `RESOLVE_NO_XDEV`). Whatever is swapped for something else, at worst another file of the same folder is met.

use std::mem::MaybeUninit;
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, OwnedFd};

use rustix::fs::{AtFlags, Mode, OFlags, RawDir, ResolveFlags, SeekFrom, Stat};
use rustix::io::Errno;

use crate::stat::{self, Identity};

const INSIDE: ResolveFlags = ResolveFlags::BENEATH
    .union(ResolveFlags::NO_SYMLINKS)
    .union(ResolveFlags::NO_MAGICLINKS)
    .union(ResolveFlags::NO_XDEV);
/// How many handles of one way are open at most. A process has 1,024 by default.
const OPEN: usize = 64;
/// How much of a path is looked up at once; the system takes 4,095 bytes.
const SEGMENT: usize = 3_800;

/// What may be done to get at a folder.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Access {
    /// Only look.
    Read,
    /// Give the owner the rights that are missing.
    Own,
}

/// The way from a folder down to one in it, as deep as folders go. Only the last handles are kept open; others are
/// opened again when they are needed.
#[derive(Debug)]
pub(crate) struct Trail {
    root: OwnedFd,
    access: Access,
    path: Vec<u8>,
    steps: Vec<Step>,
}

#[derive(Debug)]
struct Step {
    /// Where its name begins in the path.
    start: usize,
    identity: Identity,
    handle: Option<OwnedFd>,
}

impl Trail {
    pub(crate) fn new(root: OwnedFd, access: Access) -> Self {
        Self { root, access, path: Vec::new(), steps: Vec::new() }
    }

    /// The path of the folder reached; empty for the first.
    pub(crate) fn path(&self) -> &[u8] {
        &self.path
    }

    /// The path of something in it.
    pub(crate) fn path_of(&self, name: &[u8]) -> Vec<u8> {
        join(&self.path, name)
    }

    pub(crate) fn depth(&self) -> usize {
        self.steps.len()
    }

    /// Goes into a folder of the one reached.
    pub(crate) fn enter(&mut self, name: &[u8]) -> Result<(), Errno> {
        let access = self.access;
        let handle = open_folder(self.here()?, name, access)?;
        let identity = stat::identity(&rustix::fs::fstat(&handle)?);
        let start = self.path.len();
        self.path = join(&self.path, name);
        self.steps.push(Step { start, identity, handle: Some(handle) });
        if let Some(far) = self.steps.len().checked_sub(OPEN + 1) {
            self.steps[far].handle = None;
        }
        Ok(())
    }

    /// Goes back to the folder that the one reached is in. Gives the name of the one left.
    pub(crate) fn leave(&mut self) -> Vec<u8> {
        let Some(step) = self.steps.pop() else { return Vec::new() };
        let slash = usize::from(step.start > 0);
        let name = self.path[step.start + slash..].to_vec();
        self.path.truncate(step.start);
        name
    }

    /// The folder reached. `ESTALE` when another one has taken its place.
    pub(crate) fn here(&mut self) -> Result<BorrowedFd<'_>, Errno> {
        let depth = self.steps.len();
        if self.steps.last().is_some_and(|step| step.handle.is_none()) {
            self.reopen(depth)?;
        }
        let handle = self.steps.last().and_then(|step| step.handle.as_ref());
        Ok(handle.unwrap_or(&self.root).as_fd())
    }

    /// Opens the last steps again, from the nearest that is open: several at once, so that going all the way back stays
    /// cheap.
    fn reopen(&mut self, depth: usize) -> Result<(), Errno> {
        let first = depth.saturating_sub(OPEN / 2).max(1);
        let far = self.far(first)?;
        self.steps[first - 1].handle = Some(far);
        self.check(first)?;
        for at in first..depth {
            let slash = usize::from(self.steps[at].start > 0);
            let end = self.steps.get(at + 1).map_or(self.path.len(), |next| next.start);
            let name = self.path[self.steps[at].start + slash..end].to_vec();
            let above = self.steps[at - 1].handle.as_ref().unwrap_or(&self.root);
            let handle = open_folder(above.as_fd(), &name, self.access)?;
            self.steps[at].handle = Some(handle);
            self.check(at + 1)?;
        }
        Ok(())
    }

    /// The folder that so many steps lead to, looked up from the first.
    fn far(&self, depth: usize) -> Result<OwnedFd, Errno> {
        let end = self.steps.get(depth).map_or(self.path.len(), |next| next.start);
        let mut rest = &self.path[..end];
        let mut from: Option<OwnedFd> = None;
        while rest.len() > SEGMENT {
            let cut = rest[..SEGMENT].iter().rposition(|byte| *byte == b'/').ok_or(Errno::NAMETOOLONG)?;
            let above = from.as_ref().unwrap_or(&self.root).as_fd();
            let flags = OFlags::PATH | OFlags::DIRECTORY | OFlags::CLOEXEC;
            from = Some(rustix::fs::openat2(above, &rest[..cut], flags, Mode::empty(), INSIDE)?);
            rest = &rest[cut + 1..];
        }
        open_folder(from.as_ref().unwrap_or(&self.root).as_fd(), rest, self.access)
    }

    fn check(&mut self, depth: usize) -> Result<(), Errno> {
        let step = &mut self.steps[depth - 1];
        let Some(handle) = &step.handle else { return Err(Errno::STALE) };
        if stat::identity(&rustix::fs::fstat(handle)?) == step.identity {
            return Ok(());
        }
        step.handle = None;
        Err(Errno::STALE)
    }
}

fn open_folder(at: BorrowedFd<'_>, path: &[u8], access: Access) -> Result<OwnedFd, Errno> {
    let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC;
    let open = || rustix::fs::openat2(at, path, flags, Mode::empty(), INSIDE);
    match (open(), access) {
        (Err(Errno::ACCESS), Access::Own) => {
            let flags = OFlags::PATH | OFlags::DIRECTORY | OFlags::CLOEXEC;
            let locked = rustix::fs::openat2(at, path, flags, Mode::empty(), INSIDE)?;
            let mode = stat::mode(&rustix::fs::fstat(&locked)?) | 0o700;
            // A handle of this kind changes no mode itself; the link to it in /proc leads to the folder and nowhere else.
            let itself = format!("/proc/self/fd/{}", locked.as_raw_fd());
            rustix::fs::chmod(itself, Mode::from_raw_mode(mode))?;
            open()
        }
        (opened, Access::Read | Access::Own) => opened,
    }
}

/// Opens a file to read it. Opening a pipe does not wait.
pub(crate) fn open_file(at: BorrowedFd<'_>, name: &[u8]) -> Result<OwnedFd, Errno> {
    let flags = OFlags::RDONLY | OFlags::NONBLOCK | OFlags::NOCTTY | OFlags::CLOEXEC;
    rustix::fs::openat2(at, name, flags, Mode::empty(), INSIDE)
}

/// Makes a file, which must not exist, to be written.
pub(crate) fn create_file(at: BorrowedFd<'_>, name: &[u8]) -> Result<OwnedFd, Errno> {
    let flags = OFlags::WRONLY | OFlags::CREATE | OFlags::EXCL | OFlags::CLOEXEC;
    rustix::fs::openat2(at, name, flags, Mode::RUSR | Mode::WUSR, INSIDE)
}

/// What is there, itself.
pub(crate) fn look(at: BorrowedFd<'_>, name: &[u8]) -> Result<Stat, Errno> {
    rustix::fs::statat(at, name, AtFlags::SYMLINK_NOFOLLOW)
}

/// Every name in a folder, in no order, without `.` and `..`.
pub(crate) fn names(folder: BorrowedFd<'_>) -> Result<Vec<Vec<u8>>, Errno> {
    some_names(folder, &mut |_| true, usize::MAX)
}

/// The names that are wanted, as far as `most` of them.
pub(crate) fn some_names(
    folder: BorrowedFd<'_>,
    wanted: &mut dyn FnMut(&[u8]) -> bool,
    most: usize,
) -> Result<Vec<Vec<u8>>, Errno> {
    rustix::fs::seek(folder, SeekFrom::Start(0))?;
    let mut buffer = [MaybeUninit::uninit(); 16 * 1024];
    let mut listing = RawDir::new(folder, &mut buffer);
    let mut names = Vec::new();
    while let Some(entry) = listing.next() {
        let entry = entry?;
        let name = entry.file_name().to_bytes();
        if name != b"." && name != b".." && wanted(name) {
            names.push(name.to_vec());
            if names.len() >= most {
                break;
            }
        }
    }
    Ok(names)
}

pub(crate) fn join(folder: &[u8], name: &[u8]) -> Vec<u8> {
    let slash: &[u8] = if folder.is_empty() { b"" } else { b"/" };
    [folder, slash, name].concat()
}

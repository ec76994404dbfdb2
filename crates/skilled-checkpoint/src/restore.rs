//! Making folders equal to a checkpoint.

mod place;
mod remove;

use std::os::fd::{AsFd, BorrowedFd};

use rustix::fs::{Gid, Mode, OFlags, Timespec, Timestamps, UTIME_OMIT, Uid};
use rustix::io::Errno;

use crate::beneath::{self, Access, Trail, join};
use crate::content::Reader;
use crate::index::Index;
use crate::manifest::Root;
use crate::note::{Note, Notes, Place};
use crate::object::{Entry, Moment, Node, Tree};
use crate::store::Store;
use crate::take::{OPAQUE, attribute};
use crate::{Digest, Error, Folder, stat};

/// How something is restored.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Restore {
    /// Who shall own everything restored; the caller if nobody. Only root can give files away.
    pub owner: Option<Owner>,
}

/// A user and a group.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Owner {
    /// The user's number.
    pub user: u32,
    /// The group's number.
    pub group: u32,
}

/// What restoring did.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Restored {
    /// Files, links and folders that were made, or made anew.
    pub written: u64,
    /// Bytes of content written, without large holes.
    pub written_bytes: u64,
    /// Things that were removed. A folder and all in it is one.
    pub removed: u64,
    /// Things whose content was right, but not their permissions, time or owner.
    pub adjusted: u64,
    /// What could not be restored as one would expect.
    pub notes: Notes,
}

/// One folder while it is restored.
struct Restoring<'a> {
    store: &'a Store,
    known: &'a Index,
    reader: Reader,
    folder: &'a Folder,
    owner: Option<Owner>,
    done: Restored,
    /// Numbers the temporary names.
    next: u64,
}

/// How a folder shall be in the end.
struct Wanted {
    tree: Digest,
    mode: u32,
    modified: Moment,
    opaque: Option<Vec<u8>>,
}

/// A folder while what is in it is restored.
struct Frame {
    wanted: Wanted,
    /// Folders in it that come later.
    pending: Vec<(Vec<u8>, Wanted)>,
}

/// Restores each folder. The caller keeps the objects from going away.
pub(crate) fn restore(
    store: &Store,
    known: &Index,
    pairs: &[(&Folder, Root)],
    options: Restore,
) -> Result<Restored, Error> {
    let mut done = Restored::default();
    for (folder, root) in pairs {
        let reader = Reader::default();
        let owner = options.owner;
        let mut restoring = Restoring { store, known, reader, folder, owner, done, next: 0 };
        restoring.run(root)?;
        done = restoring.done;
    }
    Ok(done)
}

/// Makes the folder, or sees that nothing is in it.
pub(crate) fn make_empty(folder: &Folder) -> Result<(), Error> {
    let failed = |source: Errno| Error::Folder {
        doing: "make",
        place: Place::new(&folder.name, b""),
        source: source.into(),
    };
    match rustix::fs::mkdir(&folder.path, Mode::RWXU) {
        Ok(()) => return Ok(()),
        Err(Errno::EXIST) => {}
        Err(error) => return Err(failed(error)),
    }
    let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC;
    let handle = rustix::fs::open(&folder.path, flags, Mode::empty()).map_err(failed)?;
    let names = beneath::some_names(handle.as_fd(), &mut |_| true, 1).map_err(failed)?;
    if names.is_empty() { Ok(()) } else { Err(Error::NotEmpty { path: folder.path.clone() }) }
}

impl Restoring<'_> {
    fn run(&mut self, root: &Root) -> Result<(), Error> {
        let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC;
        let handle = rustix::fs::open(&self.folder.path, flags, Mode::empty())
            .map_err(|error| self.failed("open", b"", error))?;
        let mut trail = Trail::new(handle, Access::Own);
        let wanted =
            Wanted { tree: root.tree, mode: root.mode, modified: root.modified, opaque: root.opaque.clone() };
        let mut frames = vec![self.fill(&mut trail, wanted)?];
        while let Some(frame) = frames.last_mut() {
            if let Some((name, wanted)) = frame.pending.pop() {
                let path = trail.path_of(&name);
                trail.enter(&name).map_err(|error| self.failed("open", &path, error))?;
                frames.push(self.fill(&mut trail, wanted)?);
                continue;
            }
            let path = trail.path().to_vec();
            let handle = trail.here().map_err(|error| self.failed("open", &path, error))?;
            self.settle(handle, &frame.wanted).map_err(|error| self.failed("finish", &path, error))?;
            frames.pop();
            trail.leave();
        }
        Ok(())
    }

    /// Makes what is in the folder reached as it shall be, except for what is in its folders.
    fn fill(&mut self, trail: &mut Trail, wanted: Wanted) -> Result<Frame, Error> {
        let tree = self.store.tree(wanted.tree)?;
        let path = trail.path().to_vec();
        let handle = trail.here().map_err(|error| self.failed("open", &path, error))?;
        self.enable(handle).map_err(|error| self.failed("get the right to change", &path, error))?;
        self.remove_others(handle, &tree, &path)?;
        let mut pending = Vec::new();
        for entry in tree.entries {
            let place = join(&path, &entry.name);
            self.place(handle, &entry, &place)?;
            let Entry { name, mode, modified, node } = entry;
            if let Node::Folder { tree, opaque } = node {
                pending.push((name, Wanted { tree, mode, modified, opaque }));
            }
        }
        Ok(Frame { wanted, pending })
    }

    /// Takes the owner's rights in a folder, and gives it its owner.
    fn enable(&self, folder: BorrowedFd<'_>) -> Result<(), Errno> {
        let stat = rustix::fs::fstat(folder)?;
        if self.is_other(stat.st_uid, stat.st_gid) {
            self.give(folder)?;
        }
        allow(folder, stat.st_mode)
    }

    fn remove_others(&mut self, folder: BorrowedFd<'_>, tree: &Tree, path: &[u8]) -> Result<(), Error> {
        let mut is_other =
            |name: &[u8]| tree.entries.binary_search_by(|entry| entry.name.as_slice().cmp(name)).is_err();
        for _ in 0..remove::ROUNDS {
            let others = beneath::some_names(folder, &mut is_other, remove::BATCH)
                .map_err(|error| self.failed("list", path, error))?;
            if others.is_empty() {
                return Ok(());
            }
            for name in others {
                remove::remove(folder, &name)
                    .map_err(|error| self.failed("remove", &join(path, &name), error))?;
                self.done.removed += 1;
            }
        }
        Err(self.failed("empty", path, Errno::BUSY))
    }

    /// Gives a folder its attributes, when nothing changes in it any more.
    fn settle(&mut self, folder: BorrowedFd<'_>, wanted: &Wanted) -> Result<(), Errno> {
        if self.folder.overlay || wanted.opaque.is_some() {
            let there = attribute(folder, OPAQUE);
            match &wanted.opaque {
                wanted if *wanted == there => {}
                Some(value) => {
                    rustix::fs::fsetxattr(folder, OPAQUE, value, rustix::fs::XattrFlags::empty())?;
                }
                None => rustix::fs::fremovexattr(folder, OPAQUE)?,
            }
        }
        let stat = rustix::fs::fstat(folder)?;
        if stat.st_mode & 0o7777 != wanted.mode {
            rustix::fs::fchmod(folder, Mode::from_raw_mode(wanted.mode))?;
        }
        if stat::modified(&stat) != wanted.modified {
            rustix::fs::futimens(folder, &times(wanted.modified))?;
        }
        Ok(())
    }

    /// Whether somebody else than wanted owns it.
    fn is_other(&self, user: u32, group: u32) -> bool {
        self.owner.is_some_and(|owner| owner != Owner { user, group })
    }

    fn give(&self, file: BorrowedFd<'_>) -> Result<(), Errno> {
        let Some(owner) = self.owner else { return Ok(()) };
        let (user, group) = ids(owner);
        rustix::fs::fchown(file, user, group)
    }

    fn note(&mut self, note: Note, path: &[u8]) {
        self.done.notes.add(note, &self.folder.name, path);
    }

    fn failed(&self, doing: &'static str, path: &[u8], source: impl Into<std::io::Error>) -> Error {
        Error::Folder { doing, place: Place::new(&self.folder.name, path), source: source.into() }
    }
}

/// Gives the owner of a folder all rights in it.
fn allow(folder: BorrowedFd<'_>, mode: u32) -> Result<(), Errno> {
    if mode & 0o700 == 0o700 {
        return Ok(());
    }
    rustix::fs::fchmod(folder, Mode::from_raw_mode(mode & 0o777 | 0o700))
}

fn ids(owner: Owner) -> (Option<Uid>, Option<Gid>) {
    (Some(Uid::from_raw(owner.user)), Some(Gid::from_raw(owner.group)))
}

/// Sets the time of modification only.
fn times(modified: Moment) -> Timestamps {
    Timestamps {
        last_access: Timespec { tv_sec: 0, tv_nsec: UTIME_OMIT },
        last_modification: Timespec { tv_sec: modified.seconds, tv_nsec: modified.nanoseconds.into() },
    }
}

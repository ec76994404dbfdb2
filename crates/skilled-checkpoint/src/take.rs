//! Taking a checkpoint: a walk over the folders that reads what changed.

mod entry;

use std::collections::BTreeSet;
use std::os::fd::BorrowedFd;

use rustix::fs::{Mode, OFlags, Stat};
use rustix::io::Errno;

use crate::beneath::{self, Access, Trail};
use crate::content::Reader;
use crate::index::Index;
use crate::manifest::Root;
use crate::note::{Note, Notes, Omission, Place};
use crate::object::{Entry, Moment, Node, Tree};
use crate::pack::Batch;
use crate::store::{Locked, Store};
use crate::{Error, Exceeded, Folder, Limits, stat};

/// How often something that changes while it is read is read again.
const ATTEMPTS: usize = 4;
/// What makes a folder hide what lies below it in an overlay.
pub(crate) const OPAQUE: &str = "user.overlay.opaque";
/// What makes an empty file a whiteout.
pub(crate) const WHITEOUT: &str = "user.overlay.whiteout";

/// A walk over the folders of one checkpoint.
#[derive(Debug)]
pub(crate) struct Taking<'a> {
    store: &'a Store,
    limits: Limits,
    batch: Batch<'a>,
    reader: Reader,
    /// What was known before, and what is known now.
    known: Index,
    index: Index,
    start: Moment,
    /// The folder that is being taken.
    folder: Folder,
    sums: Sums,
    notes: Notes,
}

/// What was met.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Sums {
    pub(crate) entries: u64,
    pub(crate) bytes: u64,
    pub(crate) own_bytes: u64,
    pub(crate) files_read: u64,
}

/// A folder while what is in it is taken.
struct Frame {
    tree: Tree,
    /// Which entries are folders that are still to be taken.
    pending: Vec<usize>,
    /// Which entries are not there any more.
    gone: BTreeSet<usize>,
    stat: Stat,
    opaque: Option<Vec<u8>>,
}

/// A folder as it was when its names were read.
type Listed = (Stat, Vec<Vec<u8>>);

impl<'a> Taking<'a> {
    pub(crate) fn new(store: &'a Store, limits: Limits, locked: &Locked) -> Result<Self, Error> {
        let start = locked.now().map_err(|error| Error::store("ask the time of", store.path(), error))?;
        Ok(Self {
            store,
            limits,
            batch: Batch::new(store),
            reader: Reader::default(),
            known: Index::read(store, limits.entries),
            index: Index::default(),
            start,
            folder: Folder { name: String::new(), path: std::path::PathBuf::new(), overlay: false },
            sums: Sums::default(),
            notes: Notes::default(),
        })
    }

    /// Takes one folder.
    pub(crate) fn folder(&mut self, folder: &Folder) -> Result<Root, Error> {
        self.folder = folder.clone();
        let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC;
        let root = rustix::fs::open(&folder.path, flags, Mode::empty())
            .map_err(|error| self.failed("open", b"", error))?;
        let mut trail = Trail::new(root, Access::Read);
        let first = self.list(&mut trail)?;
        let mut frames = vec![first.ok_or_else(|| self.failed("list", b"", Errno::NOENT))?];
        loop {
            let Some(frame) = frames.last_mut() else { return Err(self.failed("walk", b"", Errno::INVAL)) };
            if let Some(at) = frame.pending.pop() {
                if let Some(child) = self.descend(&mut trail, frame, at)? {
                    frames.push(child);
                }
                continue;
            }
            let mut at = 0..;
            let Frame { tree, gone, .. } = frame;
            tree.entries.retain(|_| at.next().is_none_or(|at| !gone.contains(&at)));
            let (tree, own_bytes) = self.batch.put_tree(tree)?;
            self.sums.own_bytes += own_bytes;
            let Some(done) = frames.pop() else { continue };
            let (mode, modified) = (stat::mode(&done.stat), stat::modified(&done.stat));
            let Some(parent) = frames.last_mut() else {
                let name = folder.name.clone();
                return Ok(Root { name, mode, modified, tree, opaque: done.opaque });
            };
            let name = trail.leave();
            let place = parent.tree.entries.binary_search_by(|entry| entry.name.cmp(&name));
            if let Ok(at) = place {
                let node = Node::Folder { tree, opaque: done.opaque };
                parent.tree.entries[at] = Entry { name, mode, modified, node };
            }
        }
    }

    /// Goes into a folder that was listed. What cannot be entered is noted.
    fn descend(&mut self, trail: &mut Trail, frame: &mut Frame, at: usize) -> Result<Option<Frame>, Error> {
        let entry = &mut frame.tree.entries[at];
        let path = trail.path_of(&entry.name);
        if trail.depth() >= self.limits.depth {
            return Err(self.too_much(Exceeded::Depth, &path));
        }
        let entered = trail.enter(&entry.name);
        if entered.is_ok() {
            if let Some(child) = self.list(trail)? {
                return Ok(Some(child));
            }
            trail.leave();
        }
        match entered {
            Err(Errno::ACCESS | Errno::PERM) => self.omit(entry, Omission::Unreadable, &path),
            Err(Errno::XDEV) => self.omit(entry, Omission::Mounted, &path),
            Ok(()) | Err(Errno::NOENT) => {
                self.note(Note::Vanished, &path);
                self.sums.entries -= 1;
                frame.gone.insert(at);
            }
            // Something else stands there now, or the way to it was moved.
            Err(Errno::LOOP | Errno::NOTDIR | Errno::STALE | Errno::AGAIN) => {
                self.note(Note::Unsteady, &path);
                self.omit(entry, Omission::Unreadable, &path);
            }
            Err(error) => return Err(self.failed("open", &path, error)),
        }
        Ok(None)
    }

    /// Looks at everything in the folder reached. Folders in it come later. Nothing if the folder was removed.
    fn list(&mut self, trail: &mut Trail) -> Result<Option<Frame>, Error> {
        let path = trail.path().to_vec();
        let handle = trail.here().map_err(|error| self.failed("open", &path, error))?;
        let Some((stat, mut names)) = self.names(handle, &path)? else { return Ok(None) };
        names.sort_unstable();
        self.sums.entries += names.len() as u64;
        let opaque = if self.folder.overlay { attribute(handle, OPAQUE) } else { None };
        if stat::is_privileged(&stat) {
            self.note(Note::Privileged, &path);
        }
        let mut frame =
            Frame { tree: Tree::default(), pending: Vec::new(), gone: BTreeSet::new(), stat, opaque };
        for name in names {
            let Some(entry) = self.entry(handle, &path, name)? else {
                self.sums.entries -= 1;
                continue;
            };
            if matches!(entry.node, Node::Folder { .. }) {
                frame.pending.push(frame.tree.entries.len());
            }
            frame.tree.entries.push(entry);
        }
        Ok(Some(frame))
    }

    /// The names in a folder, as they were at one moment where possible.
    fn names(&mut self, folder: BorrowedFd<'_>, path: &[u8]) -> Result<Option<Listed>, Error> {
        let left = self.limits.entries.saturating_sub(self.sums.entries);
        let most = usize::try_from(left).unwrap_or(usize::MAX).saturating_add(1);
        let mut attempt = 1;
        loop {
            let read = || {
                let before = rustix::fs::fstat(folder)?;
                let names = beneath::some_names(folder, &mut |_| true, most)?;
                Ok((before, names, rustix::fs::fstat(folder)?))
            };
            let (before, names, after) = match read() {
                Ok(read) => read,
                Err(Errno::NOENT) => return Ok(None),
                Err(error) => return Err(self.failed("list", path, error)),
            };
            if names.len() as u64 > left {
                return Err(self.too_much(Exceeded::Entries, path));
            }
            if stat::is_same(&before, &after) {
                return Ok(Some((before, names)));
            }
            if attempt == ATTEMPTS {
                self.note(Note::Unsteady, path);
                return Ok(Some((before, names)));
            }
            attempt += 1;
        }
    }

    /// Ends the walk. The index is written if anything is new in it.
    pub(crate) fn finish(self) -> Result<(Batch<'a>, Sums, Notes), Error> {
        if self.index != self.known {
            self.index.write(self.store)?;
        }
        Ok((self.batch, self.sums, self.notes))
    }

    fn note(&mut self, note: Note, path: &[u8]) {
        self.notes.add(note, &self.folder.name, path);
    }

    /// Remembers something by its name only.
    fn omit(&mut self, entry: &mut Entry, omission: Omission, path: &[u8]) {
        self.note(Note::Omitted(omission), path);
        let name = std::mem::take(&mut entry.name);
        *entry = Entry::omitted(name, omission);
    }

    fn failed(&self, doing: &'static str, path: &[u8], source: Errno) -> Error {
        Error::Folder { doing, place: Place::new(&self.folder.name, path), source: source.into() }
    }

    fn too_much(&self, exceeded: Exceeded, path: &[u8]) -> Error {
        let most = match exceeded {
            Exceeded::Entries => self.limits.entries,
            Exceeded::Bytes => self.limits.bytes,
            Exceeded::FileBytes => self.limits.file_bytes,
            Exceeded::Depth => self.limits.depth as u64,
        };
        Error::TooMuch { exceeded, place: Place::new(&self.folder.name, path), most }
    }
}

/// A short extended attribute, if there is one.
pub(crate) fn attribute(file: BorrowedFd<'_>, name: &str) -> Option<Vec<u8>> {
    let mut value = [0; 64];
    let length = rustix::fs::fgetxattr(file, name, &mut value).ok()?;
    Some(value[..length].to_vec())
}

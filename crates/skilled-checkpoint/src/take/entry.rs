//! One thing in a folder.

use std::os::fd::{AsFd, BorrowedFd};

use rustix::fs::{FileType, Stat};
use rustix::io::Errno;

use super::{ATTEMPTS, Taking, WHITEOUT, attribute};
use crate::beneath::{join, look, open_file};
use crate::content::{Failure, Keep};
use crate::note::{Note, Omission};
use crate::object::{Entry, Mark, Moment, Node};
use crate::{Digest, Error, Exceeded, stat};

/// What an attempt to take something gave.
enum Seen {
    /// This, as it was when this was said of it.
    Node(Node, Stat),
    /// This was read, with so many bytes, while it changed.
    Unsteady(Node, Stat, u64),
    /// It became something else before it was read.
    Changed,
    Gone,
}

impl Taking<'_> {
    /// Takes what has this name; nothing when it is gone.
    pub(super) fn entry(
        &mut self,
        folder: BorrowedFd<'_>,
        above: &[u8],
        name: Vec<u8>,
    ) -> Result<Option<Entry>, Error> {
        let path = || join(above, &name);
        let mut unsteady = None;
        for _ in 0..ATTEMPTS {
            let seen = match look(folder, &name) {
                Ok(stat) => self.see(folder, &name, above, &stat)?,
                Err(Errno::NOENT) => Seen::Gone,
                Err(Errno::ACCESS) => {
                    self.note(Note::Omitted(Omission::Unreadable), &path());
                    return Ok(Some(Entry::omitted(name, Omission::Unreadable)));
                }
                Err(error) => return Err(self.failed("look at", &path(), error)),
            };
            match seen {
                Seen::Node(node, stat) => return Ok(Some(self.seen(above, name, node, &stat))),
                Seen::Unsteady(node, stat, data) => unsteady = Some((node, stat, data)),
                Seen::Changed => {}
                Seen::Gone => {
                    self.note(Note::Vanished, &path());
                    return Ok(None);
                }
            }
        }
        self.note(Note::Unsteady, &path());
        if let Some((node, stat, data)) = unsteady {
            self.sums.bytes += data;
            return Ok(Some(self.seen(above, name, node, &stat)));
        }
        self.note(Note::Omitted(Omission::Unreadable), &path());
        Ok(Some(Entry::omitted(name, Omission::Unreadable)))
    }

    fn see(&mut self, folder: BorrowedFd<'_>, name: &[u8], above: &[u8], stat: &Stat) -> Result<Seen, Error> {
        let node = match stat::kind(stat) {
            FileType::RegularFile => return self.file(folder, name, above, stat),
            // What is in it comes later.
            FileType::Directory => Node::Folder { tree: Digest::of(b""), opaque: None },
            FileType::Symlink => match rustix::fs::readlinkat(folder, name, Vec::new()) {
                Ok(target) => Node::Link { target: target.into_bytes() },
                Err(Errno::NOENT) => return Ok(Seen::Gone),
                Err(Errno::INVAL) => return Ok(Seen::Changed),
                Err(error) => return Err(self.failed("read the link", &join(above, name), error)),
            },
            FileType::CharacterDevice if self.folder.overlay && stat::is_whiteout(stat) => {
                Node::Whiteout(Mark::Device)
            }
            FileType::CharacterDevice
            | FileType::BlockDevice
            | FileType::Fifo
            | FileType::Socket
            | FileType::Unknown => Node::Omitted(Omission::Special),
        };
        Ok(Seen::Node(node, *stat))
    }

    /// Reads a file, unless it is known.
    fn file(
        &mut self,
        folder: BorrowedFd<'_>,
        name: &[u8],
        above: &[u8],
        stat: &Stat,
    ) -> Result<Seen, Error> {
        let path = || join(above, name);
        let size = stat::size(stat);
        if size > self.limits.file_bytes {
            return Err(self.too_much(Exceeded::FileBytes, &path()));
        }
        let may_be_mark = self.folder.overlay && size == 0;
        if let Some(known) =
            self.known.get(stat).filter(|known| !may_be_mark && self.is_there(size, known.digest))
        {
            if known.data > self.limits.bytes - self.sums.bytes {
                return Err(self.too_much(Exceeded::Bytes, &path()));
            }
            self.sums.bytes += known.data;
            self.index.keep(stat, known);
            return Ok(Seen::Node(Node::File { size, digest: known.digest }, *stat));
        }
        let file = match open_file(folder, name) {
            Ok(file) => file,
            Err(Errno::NOENT) => return Ok(Seen::Gone),
            Err(Errno::ACCESS | Errno::PERM) => {
                return Ok(Seen::Node(Node::Omitted(Omission::Unreadable), *stat));
            }
            Err(Errno::XDEV) => return Ok(Seen::Node(Node::Omitted(Omission::Mounted), *stat)),
            Err(Errno::LOOP | Errno::NXIO | Errno::NOTDIR | Errno::AGAIN) => return Ok(Seen::Changed),
            Err(error) => return Err(self.failed("open", &path(), error)),
        };
        let fail = |taking: &Self, error| taking.failed("read", &path(), error);
        let before = rustix::fs::fstat(&file).map_err(|error| fail(self, error))?;
        if stat::kind(&before) != FileType::RegularFile {
            return Ok(Seen::Changed);
        }
        if may_be_mark && attribute(file.as_fd(), WHITEOUT).is_some() {
            return Ok(Seen::Node(Node::Whiteout(Mark::Attribute), before));
        }
        let size = stat::size(&before);
        if size > self.limits.file_bytes {
            return Err(self.too_much(Exceeded::FileBytes, &path()));
        }
        let left = self.limits.bytes - self.sums.bytes;
        let content = match self.reader.read(file.as_fd(), size, left, Keep::In(&mut self.batch)) {
            Ok(content) => content,
            Err(Failure::TooMuch) => return Err(self.too_much(Exceeded::Bytes, &path())),
            Err(Failure::Store(error)) => return Err(error),
            Err(Failure::System(error)) => return Err(fail(self, error)),
        };
        self.sums.files_read += 1;
        self.sums.own_bytes += content.own_bytes;
        let after = rustix::fs::fstat(&file).map_err(|error| fail(self, error))?;
        let node = Node::File { size: content.size, digest: content.digest };
        if !stat::is_same(&before, &after) || content.size != size {
            return Ok(Seen::Unsteady(node, after, content.data));
        }
        self.sums.bytes += content.data;
        self.index.remember(&after, content.digest, content.data, self.start);
        Ok(Seen::Node(node, after))
    }

    /// Whether the store has the content, whatever is remembered of it.
    fn is_there(&self, size: u64, digest: Digest) -> bool {
        size == 0 || self.store.has(digest)
    }

    /// Makes an entry of it, and notes what is not kept.
    fn seen(&mut self, above: &[u8], name: Vec<u8>, node: Node, stat: &Stat) -> Entry {
        let (mode, modified) = (stat::mode(stat), stat::modified(stat));
        let mode = match &node {
            Node::File { .. } => {
                if stat.st_nlink > 1 {
                    self.note(Note::Linked, &join(above, &name));
                }
                if stat::is_privileged(stat) {
                    self.note(Note::Privileged, &join(above, &name));
                }
                mode
            }
            Node::Omitted(omission) => {
                self.note(Note::Omitted(*omission), &join(above, &name));
                0
            }
            Node::Folder { .. } => mode,
            Node::Link { .. } | Node::Whiteout(_) => 0,
        };
        // Times of what has no content say nothing.
        let modified = match &node {
            Node::Omitted(_) | Node::Whiteout(_) => Moment::default(),
            Node::File { .. } | Node::Folder { .. } | Node::Link { .. } => modified,
        };
        Entry { name, mode, modified, node }
    }
}

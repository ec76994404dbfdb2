//! Making one thing in a folder as it was.

use std::fs::File;
use std::io;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};

use rustix::fs::{AtFlags, FileType, Mode, Stat, XattrFlags};
use rustix::io::Errno;

use super::{Restoring, ids, remove, times};
use crate::beneath::{create_file, look, open_file};
use crate::content::{Failure, Keep};
use crate::note::{Note, Omission};
use crate::object::{CHUNK, Entry, Mark, Moment, Node, Run};
use crate::pack::chunk_size;
use crate::take::{WHITEOUT, attribute};
use crate::{Digest, Error, stat};

/// How often a name is cleared for what shall stand there.
const ATTEMPTS: usize = 4;

impl Restoring<'_> {
    /// Makes what the entry says, if it is not there. What is in a folder comes later.
    pub(super) fn place(&mut self, folder: BorrowedFd<'_>, entry: &Entry, path: &[u8]) -> Result<(), Error> {
        let there = match look(folder, &entry.name) {
            Ok(stat) => Some(stat),
            Err(Errno::NOENT) => None,
            Err(error) => return Err(self.failed("look at", path, error)),
        };
        match &entry.node {
            Node::File { size, digest } => {
                let same = match &there {
                    Some(there) => self.has_content(folder, &entry.name, there, *size, *digest)?,
                    None => false,
                };
                let adjusted = match &there {
                    Some(there) if same => self.adjust_file(folder, entry, there),
                    Some(_) | None => Ok(false),
                };
                if adjusted.map_err(|error| self.failed("adjust", path, error))? {
                    return Ok(());
                }
                self.write_file(folder, entry, *size, *digest, path)
            }
            Node::Folder { .. } => self
                .place_folder(folder, &entry.name, there.as_ref())
                .map_err(|error| self.failed("make the folder", path, error)),
            Node::Link { target } => self
                .place_link(folder, entry, target, there.as_ref())
                .map_err(|error| self.failed("make the link", path, error)),
            Node::Whiteout(mark) => self
                .place_whiteout(folder, &entry.name, *mark, there.as_ref())
                .map_err(|error| self.failed("make the whiteout", path, error)),
            Node::Omitted(omission) => self
                .leave(folder, &entry.name, *omission, there.as_ref(), path)
                .map_err(|error| self.failed("clear", path, error)),
        }
    }

    /// Whether the file has this content. It is read if nothing is known of it.
    fn has_content(
        &mut self,
        folder: BorrowedFd<'_>,
        name: &[u8],
        there: &Stat,
        size: u64,
        digest: Digest,
    ) -> Result<bool, Error> {
        if stat::kind(there) != FileType::RegularFile || stat::size(there) != size {
            return Ok(false);
        }
        if let Some(known) = self.known.get(there) {
            return Ok(known.digest == digest);
        }
        // What cannot be read, or is another file by now, is written anew.
        let Ok(file) = open_file(folder, name) else { return Ok(false) };
        let same = |file: &OwnedFd| rustix::fs::fstat(file).is_ok_and(|stat| stat::is_same(&stat, there));
        if !same(&file) {
            return Ok(false);
        }
        match self.reader.read(file.as_fd(), size, u64::MAX, Keep::Nowhere) {
            Ok(content) => Ok(content.digest == digest && content.size == size && same(&file)),
            Err(Failure::Store(error)) => Err(error),
            Err(Failure::System(_) | Failure::TooMuch) => Ok(false),
        }
    }

    /// Gives a file with the right content the right attributes. Not one with further names: these would change too.
    fn adjust_file(&mut self, folder: BorrowedFd<'_>, entry: &Entry, there: &Stat) -> Result<bool, Errno> {
        let wrong_owner = self.is_other(there.st_uid, there.st_gid);
        let wrong_mode = there.st_mode & 0o7777 != entry.mode;
        let wrong_time = stat::modified(there) != entry.modified;
        let is_mark = self.folder.overlay && stat::size(there) == 0;
        if !wrong_owner && !wrong_mode && !wrong_time && !is_mark {
            return Ok(true);
        }
        if there.st_nlink > 1 {
            return Ok(false);
        }
        let Ok(file) = open_file(folder, &entry.name) else { return Ok(false) };
        let found = rustix::fs::fstat(&file)?;
        if stat::identity(&found) != stat::identity(there)
            || (is_mark && attribute(file.as_fd(), WHITEOUT).is_some())
        {
            return Ok(false);
        }
        if wrong_owner {
            self.give(file.as_fd())?;
        }
        if wrong_mode {
            rustix::fs::fchmod(&file, Mode::from_raw_mode(entry.mode))?;
        }
        if wrong_time {
            rustix::fs::futimens(&file, &times(entry.modified))?;
        }
        self.done.adjusted += u64::from(wrong_owner || wrong_mode || wrong_time);
        Ok(true)
    }

    fn write_file(
        &mut self,
        folder: BorrowedFd<'_>,
        entry: &Entry,
        size: u64,
        digest: Digest,
        path: &[u8],
    ) -> Result<(), Error> {
        let (name, file) = self
            .temporary(|name| create_file(folder, name))
            .map_err(|error| self.failed("make a file beside", path, error))?;
        let mut file = File::from(file);
        let finish = |restoring: &mut Self, file: &File| {
            restoring.give(file.as_fd())?;
            rustix::fs::fchmod(file, Mode::from_raw_mode(entry.mode))?;
            rustix::fs::futimens(file, &times(entry.modified))?;
            put(folder, &name, &entry.name)
        };
        let written = self
            .write_content(&mut file, size, digest, path)
            .and_then(|()| finish(self, &file).map_err(|error| self.failed("finish", path, error)));
        if written.is_err() {
            // Nothing unfinished stays; if even that fails, restoring again removes it.
            let _ = rustix::fs::unlinkat(folder, &name, AtFlags::empty());
        }
        self.done.written += u64::from(written.is_ok());
        written
    }

    fn write_content(
        &mut self,
        file: &mut File,
        size: u64,
        digest: Digest,
        path: &[u8],
    ) -> Result<(), Error> {
        if size <= CHUNK {
            let content = self.store.get(digest, size)?;
            self.done.written_bytes += size;
            return io::Write::write_all(file, &content).map_err(|error| self.failed("write", path, error));
        }
        file.set_len(size).map_err(|error| self.failed("write", path, error))?;
        let mut offset = 0_u64;
        for run in self.store.chunks(digest, size)?.runs {
            match run {
                Run::Zeros(count) => offset = offset.saturating_add(count.saturating_mul(CHUNK)),
                Run::Data(digest) => {
                    let content = self.store.get(digest, chunk_size(size, offset))?;
                    std::os::unix::fs::FileExt::write_all_at(file, &content, offset)
                        .map_err(|error| self.failed("write", path, error))?;
                    offset += CHUNK;
                    self.done.written_bytes += content.len() as u64;
                }
            }
        }
        Ok(())
    }

    fn place_folder(
        &mut self,
        folder: BorrowedFd<'_>,
        name: &[u8],
        there: Option<&Stat>,
    ) -> Result<(), Errno> {
        if there.is_some_and(|there| stat::kind(there) == FileType::Directory) {
            return Ok(());
        }
        let mut made = rustix::fs::mkdirat(folder, name, Mode::RWXU);
        for _ in 1..ATTEMPTS {
            if made != Err(Errno::EXIST) {
                break;
            }
            remove::remove(folder, name)?;
            made = rustix::fs::mkdirat(folder, name, Mode::RWXU);
        }
        self.done.written += u64::from(made.is_ok());
        made
    }

    fn place_link(
        &mut self,
        folder: BorrowedFd<'_>,
        entry: &Entry,
        target: &[u8],
        there: Option<&Stat>,
    ) -> Result<(), Errno> {
        let is_link = there.filter(|there| stat::kind(there) == FileType::Symlink);
        let same = |_: &&Stat| {
            rustix::fs::readlinkat(folder, &entry.name, Vec::new()).is_ok_and(|it| it.as_bytes() == target)
        };
        if let Some(there) = is_link.filter(same) {
            let wrong_owner = self.is_other(there.st_uid, there.st_gid);
            if wrong_owner || stat::modified(there) != entry.modified {
                self.adjust_link(folder, &entry.name, entry.modified)?;
                self.done.adjusted += 1;
            }
            return Ok(());
        }
        let (name, ()) = self.temporary(|name| rustix::fs::symlinkat(target, folder, name))?;
        self.adjust_link(folder, &name, entry.modified)?;
        put(folder, &name, &entry.name)?;
        self.done.written += 1;
        Ok(())
    }

    fn adjust_link(&self, folder: BorrowedFd<'_>, name: &[u8], modified: Moment) -> Result<(), Errno> {
        if let Some(owner) = self.owner {
            let (user, group) = ids(owner);
            rustix::fs::chownat(folder, name, user, group, AtFlags::SYMLINK_NOFOLLOW)?;
        }
        rustix::fs::utimensat(folder, name, &times(modified), AtFlags::SYMLINK_NOFOLLOW)
    }

    fn place_whiteout(
        &mut self,
        folder: BorrowedFd<'_>,
        name: &[u8],
        mark: Mark,
        there: Option<&Stat>,
    ) -> Result<(), Errno> {
        let marked = |there: &Stat| match mark {
            Mark::Device => stat::is_whiteout(there),
            Mark::Attribute => {
                stat::kind(there) == FileType::RegularFile
                    && stat::size(there) == 0
                    && open_file(folder, name).is_ok_and(|it| attribute(it.as_fd(), WHITEOUT).is_some())
            }
        };
        if there.is_some_and(marked) {
            return Ok(());
        }
        let temporary = match mark {
            // Anybody may make this one device (mknod(2), Linux 5.8).
            Mark::Device => {
                let make = |name: &[u8]| {
                    rustix::fs::mknodat(folder, name, FileType::CharacterDevice, Mode::empty(), 0)
                };
                self.temporary(make)?.0
            }
            Mark::Attribute => {
                let (temporary, file) = self.temporary(|name| create_file(folder, name))?;
                rustix::fs::fsetxattr(&file, WHITEOUT, b"y", XattrFlags::empty())?;
                temporary
            }
        };
        put(folder, &temporary, name)?;
        self.done.written += 1;
        Ok(())
    }

    /// Something that the checkpoint cannot make: what may still be it stays.
    fn leave(
        &mut self,
        folder: BorrowedFd<'_>,
        name: &[u8],
        omission: Omission,
        there: Option<&Stat>,
        path: &[u8],
    ) -> Result<(), Errno> {
        let Some(there) = there else {
            self.note(Note::Missing, path);
            return Ok(());
        };
        let is_other = match omission {
            Omission::Special => {
                matches!(stat::kind(there), FileType::RegularFile | FileType::Directory | FileType::Symlink)
            }
            Omission::Unreadable | Omission::Mounted => false,
        };
        if is_other {
            remove::remove(folder, name)?;
            self.done.removed += 1;
            self.note(Note::Missing, path);
        } else {
            self.note(Note::Left, path);
        }
        Ok(())
    }

    /// Makes something under a name that nothing has.
    fn temporary<T>(&mut self, make: impl Fn(&[u8]) -> Result<T, Errno>) -> Result<(Vec<u8>, T), Errno> {
        const TRIED: usize = 1_000;
        for _ in 0..TRIED {
            let name = format!(".skilled-restoring-{}", self.next).into_bytes();
            self.next += 1;
            match make(&name) {
                Ok(made) => return Ok((name, made)),
                Err(Errno::EXIST) => {}
                Err(error) => return Err(error),
            }
        }
        Err(Errno::EXIST)
    }
}

/// Moves something into its place, over what stands there.
fn put(folder: BorrowedFd<'_>, from: &[u8], to: &[u8]) -> Result<(), Errno> {
    let mut moved = rustix::fs::renameat(folder, from, folder, to);
    for _ in 1..ATTEMPTS {
        if !matches!(moved, Err(Errno::ISDIR | Errno::NOTEMPTY | Errno::EXIST)) {
            break;
        }
        remove::remove(folder, to)?;
        moved = rustix::fs::renameat(folder, from, folder, to);
    }
    if moved.is_err() {
        let _ = rustix::fs::unlinkat(folder, from, AtFlags::empty());
    }
    moved
}

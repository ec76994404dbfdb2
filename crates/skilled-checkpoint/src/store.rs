//! The store: objects by their digest, records of checkpoints, and the locks around them.
//!
//! Every file is written under a temporary name and renamed, so whatever is there is whole, whenever its writer died.
//!
//! ```text
//! format                        which version this is
//! use.lock, number.lock         see [`Lock`]
//! objects/ab/cdef…              content, by SHA-256
//! checkpoints/<id>.json         one record for each checkpoint
//! index                         what was known of files when they were last read; a cache
//! temporary/                    what is being written
//! ```

use std::fs::File;
use std::io::{self, Read, Write};
use std::os::fd::{AsFd, OwnedFd};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};

use rustix::fs::{AtFlags, FlockOperation, Mode, OFlags, Timespec, Timestamps, UTIME_NOW};
use rustix::io::Errno;

use crate::object::{CHUNK, Chunks, Moment, Tree, list_bytes};
use crate::{Digest, Durability, Error};

const FORMAT: &[u8] = b"skilled-checkpoints 1\n";
const FOLDERS: [&str; 3] = ["objects", "checkpoints", "temporary"];
/// Largest encoded folder that is read: half a million names of the greatest length.
const MAX_TREE: u64 = 256 << 20;
const PRIVATE_FOLDER: Mode = Mode::RWXU;
const PRIVATE_FILE: Mode = Mode::RUSR.union(Mode::WUSR);

/// An open store.
#[derive(Debug)]
pub(crate) struct Store {
    root: OwnedFd,
    path: PathBuf,
    durability: Durability,
}

/// What is locked, and how.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Lock {
    /// Objects are used: none may go away.
    Use,
    /// Objects or checkpoints go away: nobody may use them.
    Remove,
    /// A checkpoint gets its number.
    Number,
}

/// A lock, until it is dropped.
#[derive(Debug)]
pub(crate) struct Locked(OwnedFd);

impl Locked {
    /// What time the file system says it is. Times of changes to files are compared with this, never with a clock of
    /// the caller.
    pub(crate) fn now(&self) -> io::Result<Moment> {
        let now = Timespec { tv_sec: 0, tv_nsec: UTIME_NOW };
        rustix::fs::futimens(&self.0, &Timestamps { last_access: now, last_modification: now })?;
        Ok(crate::stat::changed(&rustix::fs::fstat(&self.0)?))
    }
}

impl Store {
    /// Opens the store at `path`, and makes it if there is none.
    pub(crate) fn open(path: &Path, durability: Durability) -> Result<Self, Error> {
        let fail = |source: Errno| Error::store("open the store", path, source);
        match rustix::fs::mkdir(path, PRIVATE_FOLDER) {
            Ok(()) | Err(Errno::EXIST) => {}
            Err(error) => return Err(fail(error)),
        }
        let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC;
        let root = rustix::fs::open(path, flags, Mode::empty()).map_err(fail)?;
        let store = Self { root, path: path.to_owned(), durability };
        for folder in FOLDERS {
            match rustix::fs::mkdirat(&store.root, folder, PRIVATE_FOLDER) {
                Ok(()) | Err(Errno::EXIST) => {}
                Err(error) => return Err(fail(error)),
            }
        }
        match store.read("format", FORMAT.len() as u64)? {
            Some(found) if found == FORMAT => {}
            Some(_) => return Err(Error::Format { path: path.join("format") }),
            None => store.write("format", FORMAT)?,
        }
        Ok(store)
    }

    /// Waits for a lock.
    pub(crate) fn lock(&self, lock: Lock) -> Result<Locked, Error> {
        let (name, operation) = match lock {
            Lock::Use => ("use.lock", FlockOperation::LockShared),
            Lock::Remove => ("use.lock", FlockOperation::LockExclusive),
            Lock::Number => ("number.lock", FlockOperation::LockExclusive),
        };
        let flags = OFlags::RDWR | OFlags::CREATE | OFlags::CLOEXEC;
        let fail = |source| Error::store("lock", self.path.join(name), source);
        let file = rustix::fs::openat(&self.root, name, flags, PRIVATE_FILE).map_err(fail)?;
        loop {
            match rustix::fs::flock(&file, operation) {
                Ok(()) => return Ok(Locked(file)),
                Err(Errno::INTR) => {}
                Err(error) => return Err(fail(error)),
            }
        }
    }

    /// Keeps content. Gives its digest, and how many bytes that cost: none when it was there.
    pub(crate) fn put(&self, content: &[u8]) -> Result<(Digest, u64), Error> {
        let digest = Digest::of(content);
        let length = content.len() as u64;
        if length == 0 || self.size(digest)? == Some(length) {
            return Ok((digest, 0));
        }
        self.write(&object_path(digest), content)?;
        Ok((digest, length))
    }

    /// Content that is kept, which must have this many bytes, and has: it is compared with its digest.
    pub(crate) fn get(&self, digest: Digest, size: u64) -> Result<Vec<u8>, Error> {
        if size == 0 {
            return Ok(Vec::new());
        }
        let content = self.object(digest, size)?;
        if content.len() as u64 != size {
            return Err(self.damaged(&object_path(digest), "it has another size"));
        }
        Ok(content)
    }

    /// The folder with this digest.
    pub(crate) fn tree(&self, digest: Digest) -> Result<Tree, Error> {
        let content = self.object(digest, MAX_TREE)?;
        Tree::decode(&content)
            .ok_or_else(|| self.damaged(&object_path(digest), "it is no folder of this version"))
    }

    /// Keeps a folder.
    pub(crate) fn put_tree(&self, tree: &Tree) -> Result<(Digest, u64), Error> {
        self.put(&tree.encode().map_err(|error| self.encoding(error))?)
    }

    /// The list of chunks of a file of `size` bytes.
    pub(crate) fn chunks(&self, digest: Digest, size: u64) -> Result<Chunks, Error> {
        let content = self.object(digest, list_bytes(size))?;
        Chunks::decode(&content, size)
            .ok_or_else(|| self.damaged(&object_path(digest), "it is no list of chunks of this version"))
    }

    /// Keeps a list of chunks.
    pub(crate) fn put_chunks(&self, chunks: &Chunks) -> Result<(Digest, u64), Error> {
        self.put(&chunks.encode().map_err(|error| self.encoding(error))?)
    }

    pub(crate) fn encoding(&self, error: impl std::error::Error + Send + Sync + 'static) -> Error {
        Error::store("write into", &self.path, io::Error::other(error))
    }

    fn object(&self, digest: Digest, most: u64) -> Result<Vec<u8>, Error> {
        let path = object_path(digest);
        let content = self.read(&path, most)?.ok_or_else(|| self.damaged(&path, "it is missing"))?;
        if Digest::of(&content) != digest {
            return Err(self.damaged(&path, "its content is not what its name says"));
        }
        Ok(content)
    }

    /// Size of an object that is there. A wrong size is that of one that a power failure cut.
    fn size(&self, digest: Digest) -> Result<Option<u64>, Error> {
        let path = object_path(digest);
        match rustix::fs::statat(&self.root, &path, AtFlags::SYMLINK_NOFOLLOW) {
            Ok(stat) => Ok(Some(crate::stat::size(&stat))),
            Err(Errno::NOENT) => Ok(None),
            Err(error) => Err(Error::store("look for", self.path.join(path), error)),
        }
    }

    /// A whole file of the store, which may have `most` bytes; none when there is no such file.
    pub(crate) fn read(&self, path: &str, most: u64) -> Result<Option<Vec<u8>>, Error> {
        let fail = |source: io::Error| Error::store("read", self.path.join(path), source);
        let flags = OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        let file = match rustix::fs::openat(&self.root, path, flags, Mode::empty()) {
            Ok(file) => File::from(file),
            Err(Errno::NOENT) => return Ok(None),
            Err(error) => return Err(fail(error.into())),
        };
        let size = file.metadata().map_err(fail)?.len();
        if size > most {
            return Err(self.damaged(path, "it is larger than it can be"));
        }
        let mut content = Vec::with_capacity(size as usize);
        file.take(size).read_to_end(&mut content).map_err(fail)?;
        Ok(Some(content))
    }

    /// Writes a file of the store, at once or not at all.
    pub(crate) fn write(&self, path: &str, content: &[u8]) -> Result<(), Error> {
        let fail = |source: io::Error| Error::store("write", self.path.join(path), source);
        let temporary = self.write_temporary(content).map_err(fail)?;
        let rename = || rustix::fs::renameat(&self.root, &temporary, &self.root, path);
        let renamed = rename().or_else(|error| match path.rsplit_once('/') {
            // The first object with these digits.
            Some((folder, _)) if error == Errno::NOENT => {
                match rustix::fs::mkdirat(&self.root, folder, PRIVATE_FOLDER) {
                    Ok(()) | Err(Errno::EXIST) => rename(),
                    Err(error) => Err(error),
                }
            }
            _ => Err(error),
        });
        renamed.map_err(|error| {
            // What cannot be renamed goes; if even that fails, collecting garbage removes it.
            let _ = rustix::fs::unlinkat(&self.root, &temporary, AtFlags::empty());
            fail(error.into())
        })
    }

    fn write_temporary(&self, content: &[u8]) -> io::Result<String> {
        static NEXT: AtomicU64 = AtomicU64::new(0);
        let flags = OFlags::WRONLY | OFlags::CREATE | OFlags::EXCL | OFlags::CLOEXEC;
        loop {
            let number = NEXT.fetch_add(1, Ordering::Relaxed);
            let name = format!("temporary/{}.{number}", std::process::id());
            match rustix::fs::openat(&self.root, &name, flags, PRIVATE_FILE) {
                Ok(file) => {
                    let written = File::from(file).write_all(content);
                    if written.is_err() {
                        let _ = rustix::fs::unlinkat(&self.root, &name, AtFlags::empty());
                    }
                    return written.map(|()| name);
                }
                // Left by a process that had our number before us.
                Err(Errno::EXIST) => {}
                Err(error) => return Err(error.into()),
            }
        }
    }

    pub(crate) fn remove(&self, path: &str) -> Result<(), Error> {
        match rustix::fs::unlinkat(&self.root, path, AtFlags::empty()) {
            Ok(()) | Err(Errno::NOENT) => Ok(()),
            Err(error) => Err(Error::store("remove", self.path.join(path), error)),
        }
    }

    /// Removes a file and gives its size.
    pub(crate) fn remove_sized(&self, path: &str) -> Result<u64, Error> {
        let stat = rustix::fs::statat(&self.root, path, AtFlags::SYMLINK_NOFOLLOW)
            .map_err(|error| Error::store("look at", self.path.join(path), error))?;
        self.remove(path)?;
        Ok(crate::stat::size(&stat))
    }

    /// Names in a folder of the store, in no order.
    pub(crate) fn names(&self, folder: &str) -> Result<Vec<String>, Error> {
        let fail = |source: Errno| Error::store("list", self.path.join(folder), source);
        let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC;
        let handle = rustix::fs::openat(&self.root, folder, flags, Mode::empty()).map_err(fail)?;
        let names = crate::beneath::names(handle.as_fd()).map_err(fail)?;
        Ok(names.into_iter().map(|name| String::from_utf8_lossy(&name).into_owned()).collect())
    }

    /// Makes everything written so far survive a loss of power, where that was asked for.
    pub(crate) fn settle(&self) -> Result<(), Error> {
        match self.durability {
            Durability::Process => Ok(()),
            Durability::Power => {
                rustix::fs::syncfs(&self.root).map_err(|error| Error::store("write out", &self.path, error))
            }
        }
    }

    pub(crate) fn damaged(&self, path: &str, reason: &'static str) -> Error {
        Error::Damaged { path: self.path.join(path), reason }
    }

    pub(crate) fn path(&self) -> &Path {
        &self.path
    }
}

fn object_path(digest: Digest) -> String {
    let digits = digest.to_string();
    format!("objects/{}/{}", &digits[..2], &digits[2..])
}

/// How many bytes a chunk that begins at `offset` of a file of `size` bytes has.
pub(crate) fn chunk_size(size: u64, offset: u64) -> u64 {
    size.saturating_sub(offset).min(CHUNK)
}

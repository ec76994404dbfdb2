//! The store: objects by their digest, records of checkpoints, and the locks around them.
//!
//! Every file is written under a temporary name and renamed, so whatever is there is whole, whenever its writer died.
//!
//! ```text
//! format                        which version this is
//! use.lock, number.lock         see [`Lock`]
//! packs/<digest>                content
//! checkpoints/<id>.json         one record for each checkpoint
//! index                         what was known of files when they were last read; a cache
//! temporary/                    what is being written
//! ```

use std::fs::File;
use std::io::{self, Read, Write};
use std::os::fd::{AsFd, OwnedFd};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};

use rustix::fs::{AtFlags, FlockOperation, Mode, OFlags, Timespec, Timestamps, UTIME_NOW};
use rustix::io::Errno;

use crate::object::Moment;
use crate::pack::{self, Packs};
use crate::{Durability, Error, manifest};

const FORMAT: &[u8] = b"skilled-checkpoints 1\n";
/// What is being written.
pub(crate) const TEMPORARY: &str = "temporary";
const FOLDERS: [&str; 3] = [pack::FOLDER, manifest::FOLDER, TEMPORARY];
const PRIVATE_FOLDER: Mode = Mode::RWXU;
const PRIVATE_FILE: Mode = Mode::RUSR.union(Mode::WUSR);

/// An open store.
#[derive(Debug)]
pub(crate) struct Store {
    root: OwnedFd,
    path: PathBuf,
    durability: Durability,
    pub(crate) packs: Mutex<Packs>,
    /// The pack that was read last.
    pub(crate) last_pack: Mutex<Option<(String, Arc<File>)>>,
}

/// A file that is being written. It goes away with this, unless it was published.
#[derive(Debug)]
pub(crate) struct Temporary<'a> {
    store: &'a Store,
    name: String,
    published: bool,
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
        let (packs, last_pack) = (Mutex::default(), Mutex::default());
        let store = Self { root, path: path.to_owned(), durability, packs, last_pack };
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
        if store.is_durable() {
            rustix::fs::fsync(&store.root).map_err(fail)?;
            // What is above names the store.
            rustix::fs::openat(&store.root, "..", flags, Mode::empty())
                .and_then(rustix::fs::fsync)
                .map_err(fail)?;
        }
        Ok(store)
    }

    fn is_durable(&self) -> bool {
        match self.durability {
            Durability::Process => false,
            Durability::Power => true,
        }
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

    pub(crate) fn encoding(&self, error: impl std::error::Error + Send + Sync + 'static) -> Error {
        Error::store("write into", &self.path, io::Error::other(error))
    }

    /// A file of the store; none when there is no such file.
    pub(crate) fn open_file(&self, path: &str) -> Result<Option<File>, Error> {
        let flags = OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        match rustix::fs::openat(&self.root, path, flags, Mode::empty()) {
            Ok(file) => Ok(Some(file.into())),
            Err(Errno::NOENT) => Ok(None),
            Err(error) => Err(Error::store("read", self.path.join(path), error)),
        }
    }

    /// A whole file of the store, which may have `most` bytes; none when there is no such file.
    pub(crate) fn read(&self, path: &str, most: u64) -> Result<Option<Vec<u8>>, Error> {
        let fail = |source: io::Error| Error::store("read", self.path.join(path), source);
        let Some(file) = self.open_file(path)? else { return Ok(None) };
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
        let (temporary, mut file) = self.temporary()?;
        file.write_all(content).map_err(|error| temporary.failed(error))?;
        temporary.publish(&file, path)
    }

    /// Begins a file of the store.
    pub(crate) fn temporary(&self) -> Result<(Temporary<'_>, File), Error> {
        static NEXT: AtomicU64 = AtomicU64::new(0);
        let flags = OFlags::WRONLY | OFlags::CREATE | OFlags::EXCL | OFlags::CLOEXEC;
        loop {
            let number = NEXT.fetch_add(1, Ordering::Relaxed);
            let name = format!("{TEMPORARY}/{}.{number}", std::process::id());
            match rustix::fs::openat(&self.root, &name, flags, PRIVATE_FILE) {
                Ok(file) => return Ok((Temporary { store: self, name, published: false }, file.into())),
                // Left by a process that had our number before us.
                Err(Errno::EXIST) => {}
                Err(error) => return Err(Error::store("write", self.path.join(name), error)),
            }
        }
    }

    pub(crate) fn remove(&self, path: &str) -> Result<(), Error> {
        match rustix::fs::unlinkat(&self.root, path, AtFlags::empty()) {
            Ok(()) | Err(Errno::NOENT) => Ok(()),
            Err(error) => Err(Error::store("remove", self.path.join(path), error)),
        }
    }

    /// Names in a folder of the store, in no order.
    pub(crate) fn names(&self, folder: &str) -> Result<Vec<String>, Error> {
        let fail = |source: Errno| Error::store("list", self.path.join(folder), source);
        let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC;
        let handle = rustix::fs::openat(&self.root, folder, flags, Mode::empty()).map_err(fail)?;
        let names = crate::beneath::names(handle.as_fd()).map_err(fail)?;
        Ok(names.into_iter().map(|name| String::from_utf8_lossy(&name).into_owned()).collect())
    }

    pub(crate) fn damaged(&self, path: &str, reason: &'static str) -> Error {
        Error::Damaged { path: self.path.join(path), reason }
    }

    pub(crate) fn path(&self) -> &Path {
        &self.path
    }
}

impl Temporary<'_> {
    /// Gives the file, which is complete, its name.
    pub(crate) fn publish(mut self, file: &File, path: &str) -> Result<(), Error> {
        let fail = |source| Error::store("write", self.store.path.join(path), source);
        let durable = self.store.is_durable();
        if durable {
            rustix::fs::fsync(file).map_err(fail)?;
        }
        rustix::fs::renameat(&self.store.root, &self.name, &self.store.root, path).map_err(fail)?;
        if durable {
            let folder = path.rsplit_once('/').map_or(".", |(folder, _)| folder);
            let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC;
            rustix::fs::openat(&self.store.root, folder, flags, Mode::empty())
                .and_then(rustix::fs::fsync)
                .map_err(fail)?;
        }
        self.published = true;
        Ok(())
    }

    pub(crate) fn failed(&self, source: io::Error) -> Error {
        Error::store("write", self.store.path.join(&self.name), source)
    }
}

impl Drop for Temporary<'_> {
    fn drop(&mut self) {
        if !self.published {
            // If this fails, collecting garbage removes it.
            let _ = rustix::fs::unlinkat(&self.store.root, &self.name, AtFlags::empty());
        }
    }
}

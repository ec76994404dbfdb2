//! The checkpoints of a session.

use std::io::{Read, Write};
use std::path::Path;
use std::time::SystemTime;

use crate::folder::check_names;
use crate::index::Index;
use crate::manifest::{self, Manifest};
use crate::store::{Lock, Store};
use crate::take::Taking;
use crate::{
    CheckpointId, Error, Folder, Limits, Notes, Restore, Restored, export, garbage, import, restore,
};

/// A store of checkpoints in a folder of the host.
///
/// It is locked while it is used, against other processes as well: several may take and restore at once; removing waits
/// for them. Every method blocks, on files and on these locks.
#[derive(Debug)]
pub struct Checkpoints {
    store: Store,
    limits: Limits,
}

/// How a store is used.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Settings {
    /// How much one checkpoint may hold.
    pub limits: Limits,
    /// What a checkpoint survives.
    pub durability: Durability,
}

/// What a checkpoint survives once it was taken.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Durability {
    /// The death of the process.
    #[default]
    Process,
    /// A loss of power too. Taking then waits for the disk (fsync(2)).
    Power,
}

/// A checkpoint, as the store lists it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Checkpoint {
    /// Its name. Ids sort in the order of taking.
    pub id: CheckpointId,
    /// What the caller called it.
    pub label: String,
    /// When it was taken, as the caller said.
    pub taken: SystemTime,
    /// The names of its folders, in the order in which they were given.
    pub folders: Vec<String>,
    /// How many files, folders, links and other things it has.
    pub entries: u64,
    /// Bytes of content of all its files, without large holes.
    pub bytes: u64,
    /// Bytes that it added to the store.
    pub own_bytes: u64,
}

/// What taking gave.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Taken {
    /// The checkpoint.
    pub checkpoint: Checkpoint,
    /// How many files were read, because they were new or might have changed.
    pub files_read: u64,
    /// What is not in it as one would expect.
    pub notes: Notes,
}

/// What is in a store.
#[derive(Debug, Default)]
pub struct Listing {
    /// The checkpoints, oldest first.
    pub checkpoints: Vec<Checkpoint>,
    /// Those that cannot be used.
    pub damaged: Vec<Damage>,
}

/// A checkpoint that cannot be used.
#[derive(Debug)]
pub struct Damage {
    /// Which one.
    pub id: CheckpointId,
    /// Why.
    pub error: Error,
}

/// What collecting garbage removed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Collected {
    /// Pieces of content that no checkpoint needed.
    pub objects: u64,
    /// Their bytes.
    pub bytes: u64,
    /// Bytes that no checkpoint needs and that stay, since removing them would mean to write much more again.
    pub left_bytes: u64,
    /// Files that were being written when their process died.
    pub unfinished: u64,
}

impl Checkpoints {
    /// Opens the store in the folder `path`, which is made if it is not there; the folder above it must be. Only the
    /// caller may be able to write to it.
    ///
    /// # Errors
    ///
    /// [`Error::Store`]; [`Error::Format`] when a newer version wrote it.
    pub fn open(path: &Path, settings: Settings) -> Result<Self, Error> {
        Ok(Self { store: Store::open(path, settings.durability)?, limits: settings.limits })
    }

    /// Takes a checkpoint of the folders. `label` has up to 1,000 bytes; `at` is kept as the time of it and used for
    /// nothing else.
    ///
    /// # Errors
    ///
    /// [`Error::Folder`], [`Error::TooMuch`], [`Error::Twice`], [`Error::Label`], [`Error::Store`]. Then there is no new
    /// checkpoint.
    pub fn take(&self, folders: &[Folder], label: &str, at: SystemTime) -> Result<Taken, Error> {
        check_names(folders)?;
        let mut manifest = Manifest::new(label, at)?;
        let locked = self.store.lock(Lock::Use)?;
        self.store.find_objects()?;
        let mut taking = Taking::new(&self.store, self.limits, &locked)?;
        for folder in folders {
            manifest.folders.push(taking.folder(folder)?);
        }
        let (batch, sums, notes) = taking.finish()?;
        manifest.entries = sums.entries;
        manifest.bytes = sums.bytes;
        let checkpoint = manifest::publish(&self.store, batch, manifest, sums.own_bytes)?;
        Ok(Taken { checkpoint, files_read: sums.files_read, notes })
    }

    /// Lists the checkpoints.
    ///
    /// # Errors
    ///
    /// [`Error::Store`]
    pub fn list(&self) -> Result<Listing, Error> {
        let _locked = self.store.lock(Lock::Use)?;
        let mut listing = Listing::default();
        for id in manifest::ids(&self.store)? {
            match manifest::read(&self.store, &id) {
                Ok(record) => listing.checkpoints.push(manifest::shown(id, &record)),
                Err(error) => listing.damaged.push(Damage { id, error }),
            }
        }
        Ok(listing)
    }

    /// Makes folders equal to what they were: content, kinds, permissions and times. Only what differs is touched; what
    /// the checkpoint does not have is removed. The folders themselves stay the same, so they may be mounted elsewhere.
    /// A file is replaced at once, never written over.
    ///
    /// Folders of the checkpoint that are not given stay as they are.
    ///
    /// # Errors
    ///
    /// [`Error::NoCheckpoint`] and [`Error::NoFolder`], before anything is touched; [`Error::Folder`],
    /// [`Error::Damaged`], [`Error::Store`]. What was restored until then stays, and restoring again goes on from there.
    pub fn restore(
        &self,
        id: &CheckpointId,
        folders: &[Folder],
        options: Restore,
    ) -> Result<Restored, Error> {
        let _locked = self.store.lock(Lock::Use)?;
        let pairs = self.pairs(id, folders)?;
        restore::restore(&self.store, &Index::read(&self.store, self.limits.entries), &pairs, options)
    }

    /// Makes new folders with what a checkpoint has. They must be empty, or missing in a folder that is there.
    ///
    /// # Errors
    ///
    /// Like [`Checkpoints::restore`], and [`Error::NotEmpty`].
    pub fn fork(&self, id: &CheckpointId, folders: &[Folder], options: Restore) -> Result<Restored, Error> {
        let _locked = self.store.lock(Lock::Use)?;
        let pairs = self.pairs(id, folders)?;
        for folder in folders {
            restore::make_empty(folder)?;
        }
        restore::restore(&self.store, &Index::read(&self.store, self.limits.entries), &pairs, options)
    }

    /// Removes a checkpoint. What only it needs is removed by [`Checkpoints::collect_garbage`].
    ///
    /// # Errors
    ///
    /// [`Error::NoCheckpoint`], [`Error::Store`]
    pub fn remove(&self, id: &CheckpointId) -> Result<(), Error> {
        let _locked = self.store.lock(Lock::Remove)?;
        if !manifest::ids(&self.store)?.contains(id) {
            return Err(Error::NoCheckpoint { id: id.clone() });
        }
        manifest::remove(&self.store, id)
    }

    /// Removes content that no checkpoint needs.
    ///
    /// # Errors
    ///
    /// [`Error::Damaged`] or [`Error::Format`] when it cannot be known what a checkpoint needs; then nothing is removed.
    /// [`Error::Store`]
    pub fn collect_garbage(&self) -> Result<Collected, Error> {
        let _locked = self.store.lock(Lock::Remove)?;
        garbage::collect(&self.store, self.limits)
    }

    /// Forgets which files are known, so that the next checkpoint reads every file.
    ///
    /// # Errors
    ///
    /// [`Error::Store`]
    pub fn forget(&self) -> Result<(), Error> {
        let _locked = self.store.lock(Lock::Remove)?;
        self.store.remove(crate::index::FILE)
    }

    /// Writes a checkpoint as a tar: first `checkpoint.json`, then each folder under its name. Other programs can unpack
    /// it. The same checkpoint gives the same bytes, also after it was imported elsewhere.
    ///
    /// # Errors
    ///
    /// [`Error::NoCheckpoint`], [`Error::Damaged`], [`Error::Store`], [`Error::Export`]
    pub fn export(&self, id: &CheckpointId, writer: &mut dyn Write) -> Result<(), Error> {
        let _locked = self.store.lock(Lock::Use)?;
        let record = manifest::read(&self.store, id)?;
        self.store.find_objects()?;
        export::export(&self.store, &record.manifest, writer)
    }

    /// Takes in a checkpoint that was exported, here or elsewhere. It gets an id of this store. Every byte is compared
    /// with the digests in it, so it is what was exported, unless whoever changed it changed those as well.
    ///
    /// # Errors
    ///
    /// [`Error::Refused`], [`Error::TooMuch`], [`Error::Import`], [`Error::Store`]. Then there is no new checkpoint.
    pub fn import(&self, reader: &mut dyn Read) -> Result<Checkpoint, Error> {
        let _locked = self.store.lock(Lock::Use)?;
        self.store.find_objects()?;
        let (manifest, batch, own_bytes) = import::import(&self.store, self.limits, reader)?;
        manifest::publish(&self.store, batch, manifest, own_bytes)
    }

    /// The folders with what the checkpoint has of them.
    fn pairs<'f>(
        &self,
        id: &CheckpointId,
        folders: &'f [Folder],
    ) -> Result<Vec<(&'f Folder, manifest::Root)>, Error> {
        check_names(folders)?;
        let record = manifest::read(&self.store, id)?;
        self.store.find_objects()?;
        let find = |folder: &'f Folder| {
            let root = record.manifest.folders.iter().find(|root| root.name == folder.name);
            match root {
                Some(root) => Ok((folder, root.clone())),
                None => Err(Error::NoFolder { id: id.clone(), name: folder.name.clone() }),
            }
        };
        folders.iter().map(find).collect()
    }
}

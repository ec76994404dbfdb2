//! The folder of all runs.

use std::fs::{self, DirBuilder, File, OpenOptions, TryLockError};
use std::io::ErrorKind;
use std::os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use skilled_agent::{Event, RunId};

use crate::lines::{Line, Lines};
use crate::remove::remove_tree;
use crate::{Error, IoAction, RunLog, TornLine};

/// Only the owner may look into a run: transcripts and files are private.
const FOLDER_MODE: u32 = 0o700;
const FILE_MODE: u32 = 0o600;

/// All runs below one data directory.
#[derive(Debug, Clone)]
pub struct RunStore {
    runs: PathBuf,
}

/// What is saved of a run.
#[derive(Debug, Clone, PartialEq)]
pub struct SavedRun {
    /// Its events.
    pub events: Vec<Event>,
    /// A line at its end that a crash cut off, or that is being written right now.
    pub torn: Option<TornLine>,
}

/// A run opened to be gone on with.
#[derive(Debug)]
pub struct ResumedLog {
    /// Its log, at whose end the next event belongs.
    pub log: RunLog,
    /// Its events so far.
    pub events: Vec<Event>,
    /// A line that a crash had cut off, and that was removed now.
    pub torn: Option<TornLine>,
}

impl RunStore {
    /// Opens the store below `data_dir`, making what is missing (mode 0700).
    pub fn open(data_dir: &Path) -> Result<Self, Error> {
        let runs = data_dir.join("runs");
        let mut builder = DirBuilder::new();
        builder.recursive(true).mode(FOLDER_MODE);
        builder.create(&runs).map_err(IoAction::Create.on(&runs))?;
        Ok(Self { runs })
    }

    /// Makes the folder of a new run and opens its log.
    pub fn create(&self, run: RunId) -> Result<RunLog, Error> {
        let folder = self.run_dir(run);
        let mut builder = DirBuilder::new();
        builder.mode(FOLDER_MODE);
        builder.create(&folder).map_err(|source| match source.kind() {
            ErrorKind::AlreadyExists => Error::Exists { run },
            _ => IoAction::Create.on(&folder)(source),
        })?;
        let session = self.session_dir(run);
        builder.create(&session).map_err(IoAction::Create.on(&session))?;
        let path = self.events_path(run);
        let mut options = OpenOptions::new();
        let options = options.read(true).append(true).create_new(true).mode(FILE_MODE);
        let file = options.open(&path).map_err(IoAction::Create.on(&path))?;
        lock(run, &path, &file)?;
        Ok(RunLog::new(run, path, file, 0))
    }

    /// Opens the log of a run to be gone on with. Removes a torn line from its end, and says so.
    pub fn resume(&self, run: RunId) -> Result<ResumedLog, Error> {
        let (path, file) = self.open_locked(run)?;
        let SavedRun { events, torn } = read_all(&path, &file)?;
        if let Some(torn) = torn {
            file.set_len(torn.offset).map_err(IoAction::Truncate.on(&path))?;
        }
        let length = file.metadata().map_err(IoAction::Read.on(&path))?.len();
        Ok(ResumedLog { log: RunLog::new(run, path, file, length), events, torn })
    }

    /// Reads all events of a run, which may be under way.
    pub fn read(&self, run: RunId) -> Result<SavedRun, Error> {
        let path = self.events_path(run);
        let file = self.open_existing(run, OpenOptions::new().read(true))?;
        read_all(&path, &file)
    }

    /// Removes a run and its session, unless somebody drives it. Whatever its workload has made there goes: folders that
    /// even their owner may not enter, trees deeper than any stack.
    pub fn remove(&self, run: RunId) -> Result<(), Error> {
        let folder = self.run_dir(run);
        // Held until the folder is gone.
        let _locked = match self.open_locked(run) {
            Ok(locked) => Some(locked),
            // A crash while the run was made can leave a folder without a log.
            Err(Error::NoSuchRun { .. }) if folder.is_dir() => None,
            Err(error) => return Err(error),
        };
        remove_tree(&folder).map_err(IoAction::Remove.on(&folder))
    }

    /// Returns the folder that belongs to the sandbox of a run. The store makes it and removes it with the run, and never
    /// looks into it.
    pub fn session_dir(&self, run: RunId) -> PathBuf {
        self.run_dir(run).join("session")
    }

    /// Returns the file of a run's events.
    pub fn events_path(&self, run: RunId) -> PathBuf {
        self.run_dir(run).join("events.jsonl")
    }

    /// Returns the folder of all runs.
    pub fn runs_dir(&self) -> &Path {
        &self.runs
    }

    /// Returns the ids of all runs, newest first. What is not named like a run is not one.
    pub fn ids(&self) -> Result<Vec<RunId>, Error> {
        let mut ids = Vec::new();
        for entry in fs::read_dir(&self.runs).map_err(IoAction::Read.on(&self.runs))? {
            let entry = entry.map_err(IoAction::Read.on(&self.runs))?;
            ids.extend(entry.file_name().to_str().and_then(|name| name.parse::<RunId>().ok()));
        }
        ids.sort_unstable_by(|a, b| b.cmp(a));
        Ok(ids)
    }

    pub(crate) fn run_dir(&self, run: RunId) -> PathBuf {
        self.runs.join(run.to_string())
    }

    pub(crate) fn open_existing(&self, run: RunId, options: &OpenOptions) -> Result<File, Error> {
        let path = self.events_path(run);
        options.open(&path).map_err(|source| match source.kind() {
            ErrorKind::NotFound => Error::NoSuchRun { run, runs: self.runs.clone() },
            _ => IoAction::Open.on(&path)(source),
        })
    }

    fn open_locked(&self, run: RunId) -> Result<(PathBuf, File), Error> {
        let path = self.events_path(run);
        let file = self.open_existing(run, OpenOptions::new().read(true).append(true))?;
        lock(run, &path, &file)?;
        // The run may have been removed, by the holder of the lock, between the opening and the locking.
        let locked = file.metadata().map_err(IoAction::Read.on(&path))?;
        match fs::metadata(&path) {
            Ok(named) if (named.dev(), named.ino()) == (locked.dev(), locked.ino()) => Ok((path, file)),
            Ok(_) | Err(_) => Err(Error::NoSuchRun { run, runs: self.runs.clone() }),
        }
    }
}

fn lock(run: RunId, path: &Path, file: &File) -> Result<(), Error> {
    file.try_lock().map_err(|error| match error {
        TryLockError::WouldBlock => Error::InUse { run },
        TryLockError::Error(source) => IoAction::Lock.on(path)(source),
    })
}

fn read_all(path: &Path, file: &File) -> Result<SavedRun, Error> {
    let mut saved = SavedRun { events: Vec::new(), torn: None };
    let mut lines = Lines::new(path, file)?;
    while let Some(line) = lines.next()? {
        match line {
            Line::Event(event) => saved.events.push(*event),
            Line::Torn(torn) => saved.torn = Some(torn),
        }
    }
    Ok(saved)
}

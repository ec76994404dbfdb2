//! Temporary folders that go away with the program, also when a signal ends it.

use std::collections::BTreeSet;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};

use skilled_package::without_temporary_name;
use tempfile::{Builder, TempDir};

use crate::error::{Kind, OrKind, Result};
use crate::{printer, signals};

/// How often a folder is removed in which the program still writes.
const ATTEMPTS: usize = 1000;

static ALL: Mutex<All> = Mutex::new(All { hears: false, folders: BTreeSet::new() });

struct All {
    /// Whether signals are heard.
    hears: bool,
    folders: BTreeSet<PathBuf>,
}

/// A folder for what is only looked at, or not yet complete.
pub(crate) struct Scratch(PathBuf);

impl Scratch {
    /// Makes a folder among the system's temporary ones. From the first on, a signal removes all of them and ends the
    /// program.
    pub(crate) fn new() -> Result<Self> {
        let made = Self::made(Builder::tempdir)?;
        let made = made.map_err(without_temporary_name);
        let made = made.or_kind_in(Kind::Job, || "cannot make a temporary folder".to_owned());
        made.map_err(|error| error.hint("check the space there, or name another with TMPDIR"))
    }

    /// The same in `parent`, from where something can be moved to its place in one step.
    pub(crate) fn within(parent: &Path) -> Result<io::Result<Self>> {
        Self::made(|builder| builder.tempdir_in(parent))
    }

    fn made(
        make: impl FnOnce(&Builder<'static, 'static>) -> io::Result<TempDir>,
    ) -> Result<io::Result<Self>> {
        let mut all = lock();
        if !all.hears {
            signals::on_signals(leave)?;
            all.hears = true;
        }
        Ok(make(Builder::new().prefix(".skilled-")).map(|folder| {
            let folder = folder.keep();
            all.folders.insert(folder.clone());
            Self(folder)
        }))
    }

    pub(crate) fn path(&self) -> &Path {
        &self.0
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        // A signal on the way removes what this does not.
        let _ = fs::remove_dir_all(&self.0);
        lock().folders.remove(&self.0);
    }
}

/// What the lock protects is whole even when somebody who held it panicked.
fn lock() -> MutexGuard<'static, All> {
    ALL.lock().unwrap_or_else(PoisonError::into_inner)
}

fn leave() {
    printer::note("interrupted");
    for folder in &lock().folders {
        let mut attempts = 0..ATTEMPTS;
        while attempts.next().is_some() && !is_gone(&fs::remove_dir_all(folder)) {}
    }
    signals::end();
}

fn is_gone(removed: &io::Result<()>) -> bool {
    removed.as_ref().err().is_none_or(|error| error.kind() == io::ErrorKind::NotFound)
}

//! Checkpoints of folders in a temporary place.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a failed unwrap is a failed test")]

mod archives;
mod crash;
mod garbage;
mod overlay;
mod properties;
mod races;
mod restoring;
mod taking;

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::{FileTypeExt, MetadataExt};
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use skilled_checkpoint::{
    CheckpointId, Checkpoints, Error, Folder, Limits, Restore, Restored, Settings, Taken,
};
use tempfile::TempDir;

/// A session with one folder and a store.
pub(crate) struct Session {
    pub(crate) place: TempDir,
    pub(crate) workspace: PathBuf,
    pub(crate) checkpoints: Checkpoints,
}

impl Session {
    pub(crate) fn new() -> Self {
        Self::with(Settings::default())
    }

    pub(crate) fn limited(limits: Limits) -> Self {
        Self::with(Settings { limits, ..Settings::default() })
    }

    pub(crate) fn with(settings: Settings) -> Self {
        let place = tempfile::tempdir().unwrap();
        let workspace = place.path().join("workspace");
        fs::create_dir(&workspace).unwrap();
        let checkpoints = Checkpoints::open(&place.path().join("checkpoints"), settings).unwrap();
        Self { place, workspace, checkpoints }
    }

    pub(crate) fn store(&self) -> PathBuf {
        self.place.path().join("checkpoints")
    }

    pub(crate) fn folders(&self) -> [Folder; 1] {
        [Folder::new("workspace", &self.workspace).unwrap()]
    }

    pub(crate) fn try_take(&self) -> Result<Taken, Error> {
        self.checkpoints.take(&self.folders(), "label", noon())
    }

    pub(crate) fn take(&self) -> Taken {
        self.try_take().unwrap()
    }

    /// Takes, and sees that nothing was noted.
    pub(crate) fn take_quietly(&self) -> CheckpointId {
        let taken = self.take();
        assert!(taken.notes.is_empty(), "{:?}", taken.notes);
        taken.checkpoint.id
    }

    pub(crate) fn restore(&self, id: &CheckpointId) -> Restored {
        self.checkpoints.restore(id, &self.folders(), Restore::default()).unwrap()
    }

    /// A new folder with what the checkpoint has.
    pub(crate) fn fork(&self, id: &CheckpointId) -> TempDir {
        let fork = tempfile::tempdir_in(self.place.path()).unwrap();
        let folders = [Folder::new("workspace", fork.path()).unwrap()];
        self.checkpoints.fork(id, &folders, Restore::default()).unwrap();
        fork
    }

    pub(crate) fn export(&self, id: &CheckpointId) -> Vec<u8> {
        let mut archive = Vec::new();
        self.checkpoints.export(id, &mut archive).unwrap();
        archive
    }

    pub(crate) fn write(&self, path: impl AsRef<Path>, content: impl AsRef<[u8]>) -> PathBuf {
        let path = self.workspace.join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, content).unwrap();
        path
    }
}

pub(crate) fn noon() -> SystemTime {
    UNIX_EPOCH + Duration::from_secs(1_790_000_000)
}

/// One thing in a folder, with everything that a checkpoint keeps.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Seen {
    kind: &'static str,
    mode: u32,
    modified: (i64, i64),
    content: Vec<u8>,
}

/// Everything in a folder, itself included, by path.
pub(crate) fn describe(folder: &Path) -> BTreeMap<PathBuf, Seen> {
    let mut seen = BTreeMap::new();
    let mut pending = vec![folder.to_owned()];
    while let Some(path) = pending.pop() {
        let metadata = fs::symlink_metadata(&path).unwrap();
        let kind = metadata.file_type();
        let (kind, content) = if kind.is_dir() {
            pending.extend(fs::read_dir(&path).unwrap().map(|entry| entry.unwrap().path()));
            ("folder", Vec::new())
        } else if kind.is_symlink() {
            ("link", fs::read_link(&path).unwrap().as_os_str().as_bytes().to_vec())
        } else if kind.is_file() {
            ("file", fs::read(&path).unwrap())
        } else if kind.is_char_device() {
            ("device", metadata.rdev().to_string().into_bytes())
        } else {
            ("special", Vec::new())
        };
        let mode = if kind == "link" { 0 } else { metadata.mode() & 0o7777 };
        let modified = (metadata.mtime(), metadata.mtime_nsec());
        let name = path.strip_prefix(folder).unwrap().to_owned();
        seen.insert(name, Seen { kind, mode, modified, content });
    }
    seen
}

/// Compares two folders without showing all of both.
#[track_caller]
pub(crate) fn assert_same(found: &BTreeMap<PathBuf, Seen>, expected: &BTreeMap<PathBuf, Seen>) {
    let differing: Vec<_> = expected
        .keys()
        .chain(found.keys())
        .filter(|path| found.get(*path) != expected.get(*path))
        .map(|path| (path, found.get(path), expected.get(path)))
        .take(3)
        .collect();
    assert!(differing.is_empty(), "found and expected: {differing:?}");
}

pub(crate) fn is_root() -> bool {
    rustix::process::geteuid().is_root()
}

pub(crate) fn set_modified(path: &Path, time: SystemTime) {
    File::open(path).unwrap().set_modified(time).unwrap();
}

/// Sets the permissions of something.
pub(crate) fn set_mode(path: &Path, mode: u32) {
    use std::os::unix::fs::PermissionsExt;
    fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
}

pub(crate) fn count(notes: &skilled_checkpoint::Notes) -> Vec<(skilled_checkpoint::Note, u64)> {
    notes.iter().map(|(note, noted)| (note, noted.count)).collect()
}

//! Snapshots of skills, by content.

mod copy;

use std::fs;
use std::io;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

use skilled_format::{Digest, Entry, EntryKind, MountName, load_dir};

use crate::FoundSkill;

/// A folder of snapshots: `skills/sha256/<64 hexadecimal digits>/` below a data folder.
///
/// A snapshot holds a skill's regular files (mode 0644, or 0755 when executable), its symbolic links as they are, and
/// the folders these need (0755); everybody may read it, as a sandbox may run as another user. It appears in one step,
/// complete and on disk, and is not written to afterwards. Several processes may use a store at once.
#[derive(Debug, Clone)]
pub struct Store {
    root: PathBuf,
}

/// A skill as it was.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Snapshot {
    /// The skill's name.
    pub name: MountName,
    /// The digest of its tree.
    pub digest: Digest,
    /// The folder with its files.
    pub path: PathBuf,
}

/// Why a snapshot could not be taken or used.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The store could not be written.
    #[error("cannot keep skills in {}: check that the folder is writable and the disk not full", path.display())]
    Write {
        /// The file or folder.
        path: PathBuf,
        /// What the system said.
        #[source]
        source: io::Error,
    },
    /// A file of the skill could not be read.
    #[error("cannot read {} of the skill: check its permissions", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// What the system said.
        #[source]
        source: io::Error,
    },
    /// A file of the skill is not what it was when the skill was found.
    #[error("{} changed while the skill was read: try again when nothing writes to it", path.display())]
    Changed {
        /// The file.
        path: PathBuf,
    },
}

impl Store {
    /// Opens the store in the data folder `data`, which is made when missing.
    pub fn open(data: &Path) -> Result<Self, StoreError> {
        fs::create_dir_all(data).map_err(write_error(data))?;
        let mut root = data.to_owned();
        for name in ["skills", "sha256"] {
            root.push(name);
            match fs::create_dir(&root) {
                Ok(()) => set_mode(&root, 0o755)?,
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
                Err(error) => return Err(write_error(&root)(error)),
            }
        }
        Ok(Self { root })
    }

    /// Returns the snapshot of `skill` as it was found, and takes it when the store does not have it.
    ///
    /// Every file is hashed as it is copied, so that the snapshot is what [`FoundSkill::tree`] says or nothing. One that
    /// exists is used when its files have the right names, kinds, sizes and modes, which costs a look at each; one that
    /// has not is replaced. [`Store::verify`] reads the contents too.
    pub fn snapshot(&self, skill: &FoundSkill) -> Result<Snapshot, StoreError> {
        let digest = *skill.tree.digest();
        let text = digest.to_string();
        let path = self.root.join(text.strip_prefix("sha256:").unwrap_or(&text));
        let snapshot = Snapshot { name: skill.name.clone(), digest, path };
        if !looks_whole(&snapshot.path, skill.tree.entries()) {
            self.take(skill, &snapshot.path)?;
        }
        Ok(snapshot)
    }

    /// Returns the folder of the snapshot with this digest, in its text form, if there is one.
    pub fn folder(&self, digest: &str) -> Option<PathBuf> {
        let digits = digest.strip_prefix("sha256:")?;
        let is_name =
            digits.len() == 64 && digits.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
        let folder = is_name.then(|| self.root.join(digits))?;
        folder.is_dir().then_some(folder)
    }

    /// Removes the snapshot with this digest. Nobody may use it, or be taking it: what is being read would end early.
    pub fn remove(&self, digest: &str) -> Result<(), StoreError> {
        let Some(folder) = self.folder(digest) else { return Ok(()) };
        // In one step out of sight, so that nobody takes what is half removed for whole.
        let going = tempfile::Builder::new()
            .prefix(".partial-")
            .tempdir_in(&self.root)
            .map_err(write_error(&self.root))?;
        fs::rename(&folder, going.path().join("removed")).map_err(write_error(&folder))
    }

    /// Returns whether the contents of a snapshot are what its digest says. Reads all of it.
    pub fn verify(&self, snapshot: &Snapshot) -> bool {
        let limits = skilled_format::Limits {
            entries: usize::MAX - 1,
            depth: usize::MAX,
            total_bytes: u64::MAX - 1,
            ..skilled_format::Limits::default()
        };
        load_dir(&snapshot.path, &limits).is_ok_and(|loaded| *loaded.tree.digest() == snapshot.digest)
    }

    /// Copies the skill beside `target` and renames the copy.
    fn take(&self, skill: &FoundSkill, target: &Path) -> Result<(), StoreError> {
        let partial = tempfile::Builder::new()
            .prefix(".partial-")
            .tempdir_in(&self.root)
            .map_err(write_error(&self.root))?;
        let copy = partial.path().join("copy");
        copy::tree(&skill.path, skill.tree.entries(), &copy)?;
        if fs::rename(&copy, target).is_err() && !looks_whole(target, skill.tree.entries()) {
            // It is damaged, not another process's. What steps aside goes when `partial` does.
            fs::rename(target, partial.path().join("damaged")).map_err(write_error(target))?;
            fs::rename(&copy, target).map_err(write_error(target))?;
        }
        copy::sync(&self.root)
    }
}

/// Returns whether the folder holds exactly `entries`, as far as can be told without reading files.
fn looks_whole(folder: &Path, entries: &[Entry]) -> bool {
    let wanted = entries.iter().filter(|entry| entry.kind != EntryKind::Directory);
    let mut count = 0;
    for entry in wanted {
        count += 1;
        let path = folder.join(&entry.path);
        let Ok(metadata) = path.symlink_metadata() else { return false };
        let fits = match &entry.kind {
            EntryKind::Directory => metadata.is_dir(),
            EntryKind::File { size, executable, .. } => {
                let mode = if *executable { 0o755 } else { 0o644 };
                metadata.is_file()
                    && metadata.len() == *size
                    && metadata.permissions().mode() & 0o7777 == mode
            }
            EntryKind::Link { target } => {
                fs::read_link(&path).is_ok_and(|found| found.as_os_str() == target.as_str())
            }
        };
        if !fits {
            return false;
        }
    }
    folder.is_dir() && holds(folder, count)
}

/// Returns whether there are exactly `count` things other than folders in and below `folder`.
fn holds(folder: &Path, count: usize) -> bool {
    let mut pending = vec![folder.to_owned()];
    let mut found = 0;
    while let Some(folder) = pending.pop() {
        let Ok(listed) = fs::read_dir(&folder) else { return false };
        for entry in listed {
            match entry.and_then(|entry| Ok((entry.file_type()?, entry.path()))) {
                Ok((kind, path)) if kind.is_dir() => pending.push(path),
                Ok(_) => found += 1,
                Err(_) => return false,
            }
            if found > count {
                return false;
            }
        }
    }
    found == count
}

fn write_error(path: &Path) -> impl FnOnce(io::Error) -> StoreError {
    let path = path.to_owned();
    move |source| StoreError::Write { path, source }
}

/// Sets the mode whatever the umask is.
fn set_mode(path: &Path, mode: u32) -> Result<(), StoreError> {
    fs::set_permissions(path, fs::Permissions::from_mode(mode)).map_err(write_error(path))
}

//! The folder of a server's data, and who may serve it.

use std::fs::{DirBuilder, File, OpenOptions, TryLockError};
use std::io;
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

const FOLDER_MODE: u32 = 0o700;
const FILE_MODE: u32 = 0o600;

/// Where a server keeps everything: `records.sqlite3` (with its log beside it), `blobs/`, and what the rest of the program keeps
/// there.
#[derive(Debug)]
pub struct DataDir {
    root: PathBuf,
    /// Locked as long as this serves; the lock goes with the process, however it ends.
    _serving: Option<File>,
}

/// Why a folder could not be used for data.
#[derive(Debug, thiserror::Error)]
pub enum DataDirError {
    /// Another process serves it.
    #[error("{} is being served by another process: stop it, or use another folder", root.display())]
    InUse {
        /// The folder.
        root: PathBuf,
    },
    /// The operating system refused.
    #[error("cannot use {} for data", path.display())]
    Io {
        /// The folder or a file in it.
        path: PathBuf,
        /// Why not.
        #[source]
        source: io::Error,
    },
}

impl DataDir {
    /// Takes the folder for a server: makes it where there is none (mode 0700), and keeps other servers out until this is dropped
    /// or the process ends.
    pub fn serve(root: &Path) -> Result<Self, DataDirError> {
        let failed = |path: &Path| {
            let path = path.to_owned();
            move |source| DataDirError::Io { path, source }
        };
        DirBuilder::new().recursive(true).mode(FOLDER_MODE).create(root).map_err(failed(root))?;
        let path = root.join("serving.lock");
        let mut options = OpenOptions::new();
        let options = options.read(true).write(true).create(true).truncate(false).mode(FILE_MODE);
        let file = options.open(&path).map_err(failed(&path))?;
        match file.try_lock() {
            Ok(()) => Ok(Self { root: root.to_owned(), _serving: Some(file) }),
            Err(TryLockError::WouldBlock) => Err(DataDirError::InUse { root: root.to_owned() }),
            Err(TryLockError::Error(source)) => Err(failed(&path)(source)),
        }
    }

    /// Uses the folder beside a server that may be running, as to make a key or a backup. Nothing is made.
    pub fn beside(root: &Path) -> Self {
        Self { root: root.to_owned(), _serving: None }
    }

    /// Returns the folder.
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// Returns the file of the records, for [`SqliteRecords`](crate::SqliteRecords).
    pub fn records(&self) -> PathBuf {
        self.root.join("records.sqlite3")
    }

    /// Returns the folder of the blobs, for [`DiskBlobs`](crate::DiskBlobs).
    pub fn blobs(&self) -> PathBuf {
        self.root.join("blobs")
    }
}

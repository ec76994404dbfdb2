//! The folder of the server's data.

use std::fs::{self, DirBuilder};
use std::io::ErrorKind;
use std::os::unix::fs::DirBuilderExt as _;
use std::path::{Path, PathBuf};

use skilled_registry::Store;
use skilled_store::{DataDir, DataDirError, DiskBlobs, SqliteRecords};

use crate::error::{Error, Kind, OrKind, Result};

/// A server's data, opened.
pub(crate) struct Opened {
    pub(crate) data: DataDir,
    pub(crate) records: SqliteRecords,
    pub(crate) blobs: DiskBlobs,
    pub(crate) trees: Store,
    /// What is under way; empty.
    pub(crate) scratch: PathBuf,
}

/// Opens the data for a server, and keeps others out.
pub(super) async fn open(root: &Path) -> Result<Opened> {
    let data = DataDir::serve(root).or_kind(Kind::Job)?;
    let records = SqliteRecords::open(&data.records()).await.or_kind(Kind::Job)?;
    let blobs = DiskBlobs::open(&data.blobs()).or_kind(Kind::Job)?;
    let trees = Store::open(root).or_kind(Kind::Job)?;
    let scratch = root.join("scratch");
    let failed = || format!("cannot use {}", scratch.display());
    // What a killed server had begun.
    match fs::remove_dir_all(&scratch) {
        Err(error) if error.kind() != ErrorKind::NotFound => return Err(error).or_kind_in(Kind::Job, failed),
        Ok(()) | Err(_) => {}
    }
    DirBuilder::new().mode(0o700).create(&scratch).or_kind_in(Kind::Job, failed)?;
    Ok(Opened { data, records, blobs, trees, scratch })
}

/// Opens the records for a short while, beside a server that may be running.
pub(crate) async fn open_beside(root: &Path) -> Result<(DataDir, SqliteRecords)> {
    match DataDir::serve(root) {
        Ok(data) => {
            let records = SqliteRecords::open(&data.records()).await.or_kind(Kind::Job)?;
            Ok((data, records))
        }
        Err(DataDirError::InUse { .. }) => {
            let data = DataDir::beside(root);
            let records = SqliteRecords::attach(&data.records()).await.or_kind(Kind::Job)?;
            Ok((data, records))
        }
        Err(error) => Err(Error::new(Kind::Job, error)),
    }
}

/// The file that remembers versions of skills that come with the server.
pub(crate) fn catalogue(root: &Path) -> PathBuf {
    root.join("skills").join("builtin.json")
}

/// The folders beside records and blobs that a backup takes along.
pub(crate) const fn kept_folders() -> [&'static str; 1] {
    ["skills"]
}

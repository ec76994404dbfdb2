//! Backups of a server's data while it is served, and the way back.
//!
//! A backup is a folder of the same layout as a [`DataDir`]. It appears under its name when it is complete. On the same file
//! system blobs are linked instead of copied, which takes no room; such a backup helps against mistakes, not against a broken disk.

mod tree;

use std::fs::{self, DirBuilder, File};
use std::io::{self, ErrorKind};
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};

use tokio::task::spawn_blocking;

use crate::blobs::put_at;
use crate::sqlite::{check_copy, connect_beside, copy_database};
use crate::{BlobDigest, BlobError, Blobs, DataDir, DataDirError, DiskBlobs, StoreError};
use tree::{copy_tree, link_or_copy, sync_folder};

const FOLDER_MODE: u32 = 0o700;

/// What a backup holds, or what was restored.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct BackedUp {
    /// Blobs.
    pub blobs: u64,
    /// Their sizes together.
    pub bytes: u64,
}

/// Why there is no backup, or nothing was restored.
#[derive(Debug, thiserror::Error)]
pub enum BackupError {
    /// Something is there already.
    #[error("{} exists already: choose another place", path.display())]
    Exists {
        /// The place.
        path: PathBuf,
    },
    /// The records could not be copied, or their copy could not be used.
    #[error("cannot copy the records")]
    Records(#[source] StoreError),
    /// Blobs could not be kept.
    #[error("cannot copy the blobs")]
    Blobs(#[source] BlobError),
    /// The folder of the data could not be used.
    #[error("cannot use the folder of the data")]
    DataDir(#[source] DataDirError),
    /// The records refer to a blob that is not there.
    #[error("the blob {digest} is missing in {}", folder.display())]
    Missing {
        /// The blob.
        digest: BlobDigest,
        /// The folder of the blobs.
        folder: PathBuf,
    },
    /// A blob of the backup is not what its name says.
    #[error("the blob {digest} is damaged in {}", folder.display())]
    Damaged {
        /// The blob.
        digest: BlobDigest,
        /// The folder of the blobs.
        folder: PathBuf,
    },
    /// The operating system refused.
    #[error("cannot copy {}", path.display())]
    Io {
        /// What was to be copied, or where to.
        path: PathBuf,
        /// Why not.
        #[source]
        source: io::Error,
    },
    /// The process is ending, and its threads with it.
    #[error("the program is ending")]
    Ending,
}

fn failed(path: &Path) -> impl FnOnce(io::Error) -> BackupError {
    let path = path.to_owned();
    move |source| BackupError::Io { path, source }
}

/// Makes a backup of `data`, which may be served meanwhile, also by another process, in `to`, which must not exist. Of further
/// `folders` below the data directory everything is taken along that is there; their files must be of the kind that never changes.
/// Nothing is removed from the blobs meanwhile ([`Blobs::remove`] keeps everything).
pub async fn backup(data: &DataDir, to: &Path, folders: &[&str]) -> Result<BackedUp, BackupError> {
    if to.exists() {
        return Err(BackupError::Exists { path: to.to_owned() });
    }
    let held = hold(data.blobs()).await?;
    let partial = to.with_extension("partial");
    // What an earlier attempt has left.
    match fs::remove_dir_all(&partial) {
        Err(error) if error.kind() != ErrorKind::NotFound => return Err(failed(&partial)(error)),
        Ok(()) | Err(_) => {}
    }
    DirBuilder::new().recursive(true).mode(FOLDER_MODE).create(&partial).map_err(failed(&partial))?;
    let copy = DataDir::beside(&partial);
    // Records first: whatever they refer to was kept before them, and stays as long as `held` is.
    let mut records = connect_beside(&data.records()).await.map_err(BackupError::Records)?;
    copy_database(&mut records, &copy.records()).await.map_err(BackupError::Records)?;
    let needed = check_copy(&copy.records()).await.map_err(BackupError::Records)?.blobs;
    let folders: Vec<String> = folders.iter().map(|folder| (*folder).to_owned()).collect();
    let (root, blobs, to) = (data.root().to_owned(), data.blobs(), to.to_owned());
    let copying = spawn_blocking(move || {
        let copied = copy_blobs(&blobs, &copy.blobs(), &needed)?;
        for folder in &folders {
            copy_tree(&root.join(folder), &partial.join(folder))?;
        }
        sync_folder(&partial)?;
        fs::rename(&partial, &to).map_err(failed(&to))?;
        sync_folder(&parent(&to))?;
        drop(held);
        Ok(copied)
    });
    copying.await.map_err(|_| BackupError::Ending)?
}

/// Restores what [`backup`] made into `root`, which must hold no records. Each blob is checked against its name. The records come
/// last, so that an attempt that was killed can be made again.
pub async fn restore(backup: &Path, root: &Path, folders: &[&str]) -> Result<BackedUp, BackupError> {
    let source = DataDir::beside(backup);
    let needed = check_copy(&source.records()).await.map_err(BackupError::Records)?.blobs;
    let data = DataDir::serve(root).map_err(BackupError::DataDir)?;
    if data.records().exists() {
        return Err(BackupError::Exists { path: data.records() });
    }
    let blobs = DiskBlobs::open(&data.blobs()).map_err(BackupError::Blobs)?;
    let mut restored = BackedUp::default();
    for digest in needed {
        let path = DiskBlobs::path_in(&source.blobs(), &digest);
        let missing = || BackupError::Missing { digest, folder: source.blobs() };
        let put = match fs::metadata(&path) {
            Ok(data) => {
                let body = DiskBlobs::read_file(&path).map_err(BackupError::Blobs)?;
                let body = body.ok_or_else(missing)?;
                blobs.put(body, u64::MAX, put_at(&data)).await.map_err(BackupError::Blobs)?
            }
            Err(error) if error.kind() == ErrorKind::NotFound => return Err(missing()),
            Err(error) => return Err(failed(&path)(error)),
        };
        if put.digest != digest {
            return Err(BackupError::Damaged { digest, folder: source.blobs() });
        }
        restored.blobs += 1;
        restored.bytes += put.bytes;
    }
    let folders: Vec<String> = folders.iter().map(|folder| (*folder).to_owned()).collect();
    let copying = spawn_blocking(move || {
        for folder in &folders {
            copy_tree(&source.root().join(folder), &data.root().join(folder))?;
        }
        let partial = data.root().join("records.partial");
        fs::copy(source.records(), &partial).map_err(failed(&partial))?;
        File::open(&partial).and_then(|file| file.sync_all()).map_err(failed(&partial))?;
        fs::rename(&partial, data.records()).map_err(failed(&data.records()))?;
        sync_folder(data.root())
    });
    copying.await.map_err(|_| BackupError::Ending)??;
    Ok(restored)
}

async fn hold(blobs: PathBuf) -> Result<File, BackupError> {
    let holding = spawn_blocking(move || DiskBlobs::hold(&blobs));
    holding.await.map_err(|_| BackupError::Ending)?.map_err(BackupError::Blobs)
}

fn copy_blobs(from: &Path, to: &Path, needed: &[BlobDigest]) -> Result<BackedUp, BackupError> {
    let mut copied = BackedUp::default();
    let mut part: Option<PathBuf> = None;
    for digest in needed {
        let (source, target) = (DiskBlobs::path_in(from, digest), DiskBlobs::path_in(to, digest));
        let folder = parent(&target);
        // They come in the order of their names, so each folder comes once.
        if part.as_ref() != Some(&folder) {
            part.iter().try_for_each(|part| sync_folder(part))?;
            DirBuilder::new().recursive(true).mode(FOLDER_MODE).create(&folder).map_err(failed(&folder))?;
            part = Some(folder);
        }
        match link_or_copy(&source, &target) {
            Ok(bytes) => copied.bytes += bytes,
            Err(error) if error.kind() == ErrorKind::NotFound => {
                return Err(BackupError::Missing { digest: *digest, folder: from.to_owned() });
            }
            Err(error) => return Err(failed(&source)(error)),
        }
        copied.blobs += 1;
    }
    if let Some(part) = part {
        sync_folder(&part)?;
        sync_folder(to)?;
    }
    Ok(copied)
}

fn parent(path: &Path) -> PathBuf {
    let parent = path.parent().filter(|parent| !parent.as_os_str().is_empty());
    parent.unwrap_or(Path::new(".")).to_owned()
}

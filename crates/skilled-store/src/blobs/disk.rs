//! Blobs as files of a folder.

use std::fs::{self, DirBuilder, File, OpenOptions, TryLockError};
use std::io::{self, ErrorKind};
use std::ops::Range;
use std::os::unix::fs::{DirBuilderExt, FileExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use bytes::Bytes;
use futures_util::StreamExt;
use skilled_message::UnixMillis;
use tokio::sync::mpsc;
use tokio::task::spawn_blocking;

use super::write::{self, Piece};
use super::{
    BlobAction, BlobAnswer, BlobDigest, BlobError, Blobs, ByteStream, ListedBlob, OpenBlob, PutBlob, Removal,
};

/// Only the owner may look into blobs.
const FOLDER_MODE: u32 = 0o700;
const FILE_MODE: u32 = 0o600;
/// How much is read at once.
const READ_BYTES: u64 = 256 << 10;
/// How many pieces of a body may wait for the disk.
const PIECES_WAITING: usize = 8;

/// Blobs in a folder: `ab/` and the remaining 62 digits of the digest; `tmp/` while they come. Files are read-only (0400),
/// folders private (0700).
///
/// A clone is another handle of the same. All handles of one process come from one [`DiskBlobs::open`]: that removals and puts do
/// not cross is arranged among them. Another process may put and read at the same time, but only one may remove.
#[derive(Debug, Clone)]
pub struct DiskBlobs {
    folder: Arc<Folder>,
}

/// Where everything is.
#[derive(Debug)]
pub(super) struct Folder {
    root: PathBuf,
    /// Held while a name is given, taken, or looked at to be taken.
    naming: Mutex<()>,
}

impl Folder {
    pub(super) fn temporary(&self) -> PathBuf {
        self.root.join("tmp")
    }

    pub(super) fn part(&self, first: u8) -> PathBuf {
        self.root.join(format!("{first:02x}"))
    }

    pub(super) fn blob(&self, digest: &BlobDigest) -> PathBuf {
        DiskBlobs::path_in(&self.root, digest)
    }

    pub(super) fn names(&self) -> MutexGuard<'_, ()> {
        self.naming.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl DiskBlobs {
    /// Opens the blobs in `folder`, making what is missing, and removes what killed processes have left half written. Blocks for
    /// some milliseconds.
    pub fn open(folder: &Path) -> Result<Self, BlobError> {
        let make = |path: &Path| {
            let mut builder = DirBuilder::new();
            builder.recursive(true).mode(FOLDER_MODE).create(path).map_err(BlobAction::Create.on(path))
        };
        let root = folder.to_owned();
        make(&root)?;
        let folder = Folder { root, naming: Mutex::new(()) };
        make(&folder.temporary())?;
        // All at once and synced here, so that no put has to care for more than its own name.
        for part in 0..=u8::MAX {
            make(&folder.part(part))?;
        }
        for path in [Some(folder.root.as_path()), folder.root.parent()].into_iter().flatten() {
            // The parent of a relative path of one name is "", which cannot be opened.
            let path = if path.as_os_str().is_empty() { Path::new(".") } else { path };
            File::open(path).and_then(|opened| opened.sync_all()).map_err(BlobAction::Sync.on(path))?;
        }
        sweep_temporaries(&folder.temporary())?;
        Ok(Self { folder: Arc::new(folder) })
    }

    /// Returns what lets content be removed that backups need, such as the files of skills: hold it meanwhile. None while a backup
    /// is under way. [`Blobs::remove`] takes care of this itself.
    pub fn removal_permit(&self) -> Result<Option<File>, BlobError> {
        let (path, file) = hold_file(&self.folder.root)?;
        match file.try_lock() {
            Ok(()) => Ok(Some(file)),
            Err(TryLockError::WouldBlock) => Ok(None),
            Err(TryLockError::Error(error)) => Err(BlobAction::Lock.on(&path)(error)),
        }
    }

    /// Keeps others from removing blobs as long as the file is held, as a backup does. Works across processes.
    pub(crate) fn hold(folder: &Path) -> Result<File, BlobError> {
        let (path, file) = hold_file(folder)?;
        file.lock_shared().map_err(BlobAction::Lock.on(&path))?;
        Ok(file)
    }

    /// The file of a blob below the folder of blobs.
    pub(crate) fn path_in(folder: &Path, digest: &BlobDigest) -> PathBuf {
        let text = digest.to_string();
        folder.join(&text[..2]).join(&text[2..])
    }

    /// The content of any file; none where there is no such file.
    pub(crate) fn read_file(path: &Path) -> Result<Option<ByteStream>, BlobError> {
        Ok(open_file(path)?.map(|(file, total)| read(Arc::new(file), 0..total)))
    }
}

fn hold_file(folder: &Path) -> Result<(PathBuf, File), BlobError> {
    let path = folder.join("held");
    let mut options = OpenOptions::new();
    let options = options.read(true).write(true).create(true).truncate(false).mode(FILE_MODE);
    let file = options.open(&path).map_err(BlobAction::Open.on(&path))?;
    Ok((path, file))
}

/// Removes the files in `folder` that nobody writes.
fn sweep_temporaries(folder: &Path) -> Result<(), BlobError> {
    for entry in fs::read_dir(folder).map_err(BlobAction::Read.on(folder))? {
        let path = entry.map_err(BlobAction::Read.on(folder))?.path();
        // One that is gone meanwhile has got its name, or its writer gave up.
        let Ok(file) = File::open(&path) else { continue };
        match file.try_lock() {
            Ok(()) => match fs::remove_file(&path) {
                Err(error) if error.kind() != ErrorKind::NotFound => {
                    return Err(BlobAction::Remove.on(&path)(error));
                }
                Ok(()) | Err(_) => {}
            },
            Err(TryLockError::WouldBlock) => {}
            Err(TryLockError::Error(error)) => return Err(BlobAction::Lock.on(&path)(error)),
        }
    }
    Ok(())
}

impl Blobs for DiskBlobs {
    fn put(&self, mut body: ByteStream, limit: u64, now: UnixMillis) -> BlobAnswer<'_, PutBlob> {
        Box::pin(async move {
            let (send, receive) = mpsc::channel(PIECES_WAITING);
            let folder = Arc::clone(&self.folder);
            let writing = spawn_blocking(move || write::write(&folder, receive, limit, now));
            let mut broken = None;
            while let Some(piece) = body.next().await {
                match piece {
                    Ok(bytes) => {
                        if send.send(Piece::Content(bytes)).await.is_err() {
                            // The thread has failed; it says why.
                            break;
                        }
                    }
                    Err(source) => {
                        broken = Some(source);
                        break;
                    }
                }
            }
            if broken.is_none() {
                let _ = send.send(Piece::End).await;
            }
            drop(send);
            let written = writing.await.map_err(|_| BlobError::Ending)??;
            match (written, broken) {
                (Some(put), _) => Ok(put),
                (None, Some(source)) => Err(BlobError::Body { source }),
                (None, None) => Err(BlobError::Ending),
            }
        })
    }

    fn open<'a>(
        &'a self,
        digest: &'a BlobDigest,
        range: Option<Range<u64>>,
    ) -> BlobAnswer<'a, Option<OpenBlob>> {
        let path = self.folder.blob(digest);
        blocking(move || {
            let Some((file, total)) = open_file(&path)? else { return Ok(None) };
            let range = range.map_or(0..total, |range| range.start.min(total)..range.end.min(total));
            let range = range.start..range.end.max(range.start);
            let bytes = read(Arc::new(file), range.clone());
            Ok(Some(OpenBlob { total, range, bytes }))
        })
    }

    fn size<'a>(&'a self, digest: &'a BlobDigest) -> BlobAnswer<'a, Option<u64>> {
        let path = self.folder.blob(digest);
        blocking(move || Ok(open_file(&path)?.map(|(_, total)| total)))
    }

    fn local_path(&self, digest: &BlobDigest) -> Option<PathBuf> {
        Some(self.folder.blob(digest))
    }

    fn remove<'a>(&'a self, digest: &'a BlobDigest, unused_since: UnixMillis) -> BlobAnswer<'a, Removal> {
        let path = self.folder.blob(digest);
        let blobs = self.clone();
        blocking(move || remove(&blobs, &path, unused_since))
    }

    fn list(&self, part: u8) -> BlobAnswer<'_, Vec<ListedBlob>> {
        let folder = self.folder.part(part);
        blocking(move || list(&folder, part))
    }
}

/// Runs what blocks on a thread for that.
fn blocking<'a, T: Send + 'static>(
    work: impl FnOnce() -> Result<T, BlobError> + Send + 'static,
) -> BlobAnswer<'a, T> {
    Box::pin(async move { spawn_blocking(work).await.map_err(|_| BlobError::Ending)? })
}

fn open_file(path: &Path) -> Result<Option<(File, u64)>, BlobError> {
    let file = match File::open(path) {
        Ok(file) => file,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(BlobAction::Open.on(path)(error)),
    };
    let bytes = file.metadata().map_err(BlobAction::Read.on(path))?.len();
    Ok(Some((file, bytes)))
}

/// The bytes of `file` in `range`, each piece read when it is wanted.
fn read(file: Arc<File>, range: Range<u64>) -> ByteStream {
    let pieces = futures_util::stream::try_unfold((file, range), |(file, range)| async move {
        if range.is_empty() {
            return Ok(None);
        }
        let wanted = READ_BYTES.min(range.end - range.start) as usize;
        let reading = spawn_blocking(move || {
            let mut buffer = vec![0; wanted];
            file.read_exact_at(&mut buffer, range.start)?;
            Ok::<_, io::Error>((Bytes::from(buffer), file, range.start + wanted as u64..range.end))
        });
        let (bytes, file, rest) = reading.await.map_err(io::Error::other)??;
        Ok(Some((bytes, (file, rest))))
    });
    Box::pin(pieces)
}

fn remove(blobs: &DiskBlobs, path: &Path, unused_since: UnixMillis) -> Result<Removal, BlobError> {
    let Some(_permit) = blobs.removal_permit()? else { return Ok(Removal::Kept) };
    let folder = &blobs.folder;
    // Nobody puts it between the look and the removal.
    let _naming = folder.names();
    let found = match fs::symlink_metadata(path) {
        Ok(found) => found,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Removal::Missing),
        Err(error) => return Err(BlobAction::Read.on(path)(error)),
    };
    if write::put_at(&found) >= unused_since {
        return Ok(Removal::Kept);
    }
    fs::remove_file(path).map_err(BlobAction::Remove.on(path))?;
    Ok(Removal::Removed { bytes: found.len() })
}

fn list(folder: &Path, part: u8) -> Result<Vec<ListedBlob>, BlobError> {
    let mut listed = Vec::new();
    for entry in fs::read_dir(folder).map_err(BlobAction::Read.on(folder))? {
        let entry = entry.map_err(BlobAction::Read.on(folder))?;
        let name = entry.file_name();
        // What is not named like a blob is none.
        let Some(digest) = name.to_str().and_then(|rest| format!("{part:02x}{rest}").parse().ok()) else {
            continue;
        };
        match entry.metadata() {
            Ok(data) => {
                listed.push(ListedBlob { digest, bytes: data.len(), put_at: write::put_at(&data) });
            }
            Err(error) if error.kind() == ErrorKind::NotFound => {}
            Err(error) => return Err(BlobAction::Read.on(&entry.path())(error)),
        }
    }
    Ok(listed)
}

//! Writing a blob: to a temporary file while it is hashed, synced, then renamed.

use std::fs::{self, File, FileTimes, OpenOptions};
use std::io::{ErrorKind, Write};
use std::os::unix::fs::{MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, UNIX_EPOCH};

use bytes::Bytes;
use sha2::{Digest, Sha256};
use skilled_message::UnixMillis;
use tokio::sync::mpsc::Receiver;

use super::disk::Folder;
use super::{BlobAction, BlobDigest, BlobError, PutBlob};

/// Nobody writes to a blob again.
const BLOB_MODE: u32 = 0o400;

/// What comes to the thread that writes.
pub(super) enum Piece {
    /// More content.
    Content(Bytes),
    /// It was all of it. Without this the sender has given up.
    End,
}

/// A file with a temporary name, locked, so that a sweep by another process can tell it from a torn one. It goes when this is
/// dropped before it has its name.
struct Temporary {
    path: PathBuf,
    file: File,
    named: bool,
}

impl Temporary {
    fn create(folder: &Path) -> Result<Self, BlobError> {
        static NEXT: AtomicU64 = AtomicU64::new(0);
        loop {
            let number = NEXT.fetch_add(1, Ordering::Relaxed);
            let path = folder.join(format!("{}-{number}", std::process::id()));
            let mut options = OpenOptions::new();
            let file = match options.write(true).create_new(true).mode(BLOB_MODE).open(&path) {
                Ok(file) => file,
                // Of a process that had this number before.
                Err(error) if error.kind() == ErrorKind::AlreadyExists => continue,
                Err(error) => return Err(BlobAction::Create.on(&path)(error)),
            };
            // A sweep may have come between the two; then the name is gone, and the next one is tried.
            let locked = file.try_lock().is_ok();
            let inode = |data: fs::Metadata| (data.dev(), data.ino());
            let ours = file.metadata().map(inode).ok();
            if locked && ours.is_some() && fs::metadata(&path).map(inode).ok() == ours {
                return Ok(Self { path, file, named: false });
            }
        }
    }
}

impl Drop for Temporary {
    fn drop(&mut self) {
        if !self.named {
            let _ = fs::remove_file(&self.path);
        }
    }
}

/// Takes the pieces, and keeps what they are together. Blocks. None where the sender has given up.
pub(super) fn write(
    folder: &Folder,
    mut pieces: Receiver<Piece>,
    limit: u64,
    now: UnixMillis,
) -> Result<Option<PutBlob>, BlobError> {
    let mut temporary = Temporary::create(&folder.temporary())?;
    let mut hasher = Sha256::new();
    let mut bytes = 0_u64;
    loop {
        match pieces.blocking_recv() {
            None => return Ok(None),
            Some(Piece::End) => break,
            Some(Piece::Content(content)) => {
                bytes = bytes.saturating_add(content.len() as u64);
                if bytes > limit {
                    return Err(BlobError::TooLarge { limit });
                }
                hasher.update(&content);
                temporary.file.write_all(&content).map_err(BlobAction::Write.on(&temporary.path))?;
            }
        }
    }
    let digest = BlobDigest::from_bytes(hasher.finalize().into());
    set_time(&temporary.file, &temporary.path, now)?;
    keep(folder, &mut temporary, &digest, bytes, now)?;
    Ok(Some(PutBlob { digest, bytes }))
}

fn keep(
    folder: &Folder,
    temporary: &mut Temporary,
    digest: &BlobDigest,
    bytes: u64,
    now: UnixMillis,
) -> Result<(), BlobError> {
    let path = folder.blob(digest);
    if !make_young(folder, &path, bytes, now)? {
        // What is there under another size is no blob of ours; it is replaced.
        temporary.file.sync_all().map_err(BlobAction::Sync.on(&temporary.path))?;
        let _naming = folder.names();
        fs::rename(&temporary.path, &path).map_err(BlobAction::Name.on(&path))?;
        temporary.named = true;
    }
    // For existing content, too: whoever put it may not have come this far yet.
    let part = folder.part(digest.as_bytes()[0]);
    File::open(&part).and_then(|part| part.sync_all()).map_err(BlobAction::Sync.on(&part))
}

/// Gives existing content the time `now`, unless it has a later one. Returns whether there is such content.
fn make_young(folder: &Folder, path: &Path, bytes: u64, now: UnixMillis) -> Result<bool, BlobError> {
    // Nothing is removed between the look and the touch.
    let _naming = folder.names();
    let file = match File::open(path) {
        Ok(file) => file,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(false),
        Err(error) => return Err(BlobAction::Open.on(path)(error)),
    };
    let found = file.metadata().map_err(BlobAction::Read.on(path))?;
    if found.len() != bytes {
        return Ok(false);
    }
    if put_at(&found) < now {
        set_time(&file, path, now)?;
    }
    Ok(true)
}

fn set_time(file: &File, path: &Path, now: UnixMillis) -> Result<(), BlobError> {
    let time = UNIX_EPOCH.checked_add(Duration::from_millis(now)).unwrap_or(UNIX_EPOCH);
    file.set_times(FileTimes::new().set_modified(time)).map_err(BlobAction::Write.on(path))
}

/// When a blob was last put, by its file.
pub(crate) fn put_at(data: &fs::Metadata) -> UnixMillis {
    let since = data.modified().ok().and_then(|time| time.duration_since(UNIX_EPOCH).ok());
    since.map_or(0, |since| since.as_millis() as UnixMillis)
}

//! Copying a skill's files, checked as they are read.

use std::collections::BTreeSet;
use std::fs::{self, File};
use std::io::{self, Read as _, Write as _};
use std::os::unix::fs::{OpenOptionsExt as _, symlink};
use std::path::{Path, PathBuf};

use rustix::fs::OFlags;
use rustix::io::Errno;
use sha2::{Digest as _, Sha256};
use skilled_format::{Digest, Entry, EntryKind};

use super::{StoreError, set_mode, write_error};

/// Copies the files and links among `entries` from `source` to the new folder `target`, and brings them to disk.
///
/// Folders that hold nothing are left out, as they do not count in the digest.
pub(super) fn tree(source: &Path, entries: &[Entry], target: &Path) -> Result<(), StoreError> {
    let mut folders = BTreeSet::from([target.to_owned()]);
    make_folder(target)?;
    for entry in entries {
        let (from, to) = (source.join(&entry.path), target.join(&entry.path));
        if entry.kind != EntryKind::Directory {
            make_parents(&to, &mut folders)?;
        }
        match &entry.kind {
            EntryKind::Directory => {}
            EntryKind::Link { target } => symlink(target, &to).map_err(write_error(&to))?,
            EntryKind::File { size, executable, digest } => {
                file(&from, &to, *size, digest)?;
                set_mode(&to, if *executable { 0o755 } else { 0o644 })?;
            }
        }
    }
    folders.iter().rev().try_for_each(|folder| sync(folder))
}

/// Brings a folder's entries to disk (fsync(2) of a file does not do that for its name).
pub(super) fn sync(folder: &Path) -> Result<(), StoreError> {
    File::open(folder).and_then(|folder| folder.sync_all()).map_err(write_error(folder))
}

fn make_parents(path: &Path, folders: &mut BTreeSet<PathBuf>) -> Result<(), StoreError> {
    let missing: Vec<&Path> =
        path.ancestors().skip(1).take_while(|parent| !folders.contains(*parent)).collect();
    for folder in missing.into_iter().rev() {
        make_folder(folder)?;
        folders.insert(folder.to_owned());
    }
    Ok(())
}

fn make_folder(path: &Path) -> Result<(), StoreError> {
    fs::create_dir(path).map_err(write_error(path))?;
    set_mode(path, 0o755)
}

/// Copies one file. It must be a regular file with the content that was found, whatever the path names by now.
fn file(from: &Path, to: &Path, size: u64, digest: &Digest) -> Result<(), StoreError> {
    let read_error = |source: io::Error| match Errno::from_io_error(&source) {
        Some(Errno::NOENT | Errno::NOTDIR | Errno::LOOP) => StoreError::Changed { path: from.to_owned() },
        Some(_) | None => StoreError::Read { path: from.to_owned(), source },
    };
    // A pipe that took the file's place must not be waited for (open(2), `O_NONBLOCK`).
    let flags = (OFlags::NOFOLLOW | OFlags::NONBLOCK).bits().cast_signed();
    let source = File::options().read(true).custom_flags(flags).open(from).map_err(read_error)?;
    let changed = || StoreError::Changed { path: from.to_owned() };
    if !source.metadata().map_err(read_error)?.is_file() {
        return Err(changed());
    }
    let mut source = source.take(size.saturating_add(1));
    let mut target = File::options().write(true).create_new(true).open(to).map_err(write_error(to))?;
    let mut hash = Sha256::new();
    let mut copied = 0;
    let mut buffer = vec![0; 64 * 1024];
    loop {
        let read = match source.read(&mut buffer) {
            Ok(0) => break,
            Ok(read) => read,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            Err(error) => return Err(read_error(error)),
        };
        hash.update(&buffer[..read]);
        target.write_all(&buffer[..read]).map_err(write_error(to))?;
        copied += read as u64;
    }
    let found: [u8; 32] = hash.finalize().into();
    if copied != size || found != *digest.as_bytes() {
        return Err(changed());
    }
    target.sync_all().map_err(write_error(to))
}

//! The digests of the listed files.

use std::fs::File;
use std::io::{self, Read};

use sha2::{Digest as _, Sha256};

use super::walk::too_many_bytes;
use super::{Folder, Listed, ListedKind};
use crate::tree::{Digest, Entry, EntryKind};
use crate::{Code, Diagnostic, Tree};

/// Reads every listed file. What cannot be read, or has grown beyond the limits since it was listed, gets a
/// diagnostic and is left out.
pub(super) fn hash(folder: &mut Folder) -> Tree {
    let mut entries = Vec::with_capacity(folder.files.len());
    let mut found = Vec::new();
    // What the files may have grown by since they were listed, together.
    let mut spare = folder.limits.total_bytes.saturating_sub(listed_bytes(folder));
    for Listed { path, kind } in &folder.files {
        let kind = match kind {
            ListedKind::Directory => EntryKind::Directory,
            ListedKind::Link { target, .. } => EntryKind::Link { target: target.clone() },
            ListedKind::File { size: listed, executable } => {
                let most = listed.saturating_add(spare);
                match folder.open_file(path).and_then(|file| hash_file(file, most)) {
                    Ok((size, _)) if size > most => {
                        // It was read as far as that, so nothing is spare for the others.
                        spare = 0;
                        let message = too_many_bytes(&folder.limits);
                        found.push(Diagnostic::about_file(Code::TreeTooLarge, path.as_str(), &message));
                        continue;
                    }
                    Ok((size, digest)) => {
                        spare -= size.saturating_sub(*listed);
                        EntryKind::File { size, executable: *executable, digest }
                    }
                    Err(error) => {
                        let message = format!("the file cannot be read: {error}");
                        found.push(Diagnostic::about_file(Code::Unreadable, path.as_str(), &message));
                        continue;
                    }
                }
            }
        };
        entries.push(Entry { path: path.clone(), kind });
    }
    folder.diagnostics.extend(found);
    folder.diagnostics.sort_by(|a, b| (&a.file, a.code).cmp(&(&b.file, b.code)));
    Tree::from_entries(entries)
}

fn listed_bytes(folder: &Folder) -> u64 {
    let size = |listed: &Listed| match listed.kind {
        ListedKind::File { size, .. } => size,
        ListedKind::Directory | ListedKind::Link { .. } => 0,
    };
    folder.files.iter().map(size).sum()
}

/// Size and digest of a file, reading at most one byte more than `limit`.
fn hash_file(file: File, limit: u64) -> io::Result<(u64, Digest)> {
    Digest::of_reader(file.take(limit.saturating_add(1)))
}

impl Digest {
    /// Reads `reader` to its end; gives the number of bytes and their digest.
    ///
    /// # Errors
    ///
    /// What `reader` says.
    pub fn of_reader(mut reader: impl Read) -> io::Result<(u64, Self)> {
        let mut hasher = Sha256::new();
        let mut buffer = vec![0; 64 * 1024];
        let mut size = 0;
        loop {
            match reader.read(&mut buffer) {
                Ok(0) => return Ok((size, Self::finish(hasher))),
                Ok(read) => {
                    hasher.update(&buffer[..read]);
                    size += read as u64;
                }
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
    }
}

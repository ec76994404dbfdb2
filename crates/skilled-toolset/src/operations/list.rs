//! Listing folders, two levels deep.

use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt as _;
use std::path::Path;

use skilled_sandbox::{Entry, FileError, FileKind};

use super::Operations;

/// Folders whose contents are nobody's interest.
const CLOSED: [&[u8]; 2] = [b"node_modules", b"__pycache__"];

/// A folder's entries.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Listing {
    /// What it holds, sorted by name; what a subfolder holds follows it.
    pub entries: Vec<Listed>,
    /// Entries left out because their name begins with a dot.
    pub hidden: usize,
    /// Whether there is more than was listed.
    pub more: bool,
}

/// One entry of a [`Listing`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listed {
    /// 0 for what the folder itself holds, 1 for what a subfolder holds.
    pub level: usize,
    /// Its name: bytes, as Linux has it.
    pub name: Vec<u8>,
    /// What it is.
    pub kind: FileKind,
    /// Its size in bytes.
    pub bytes: u64,
}

impl Operations {
    /// Lists a folder and its subfolders, without entries whose name begins with a dot.
    pub async fn list(&self, path: &str) -> Result<Listing, FileError> {
        let limit = self.options.listed_entries;
        let (entries, more) = self.files().list(path, limit).await?;
        let mut listing = Listing { more, ..Listing::default() };
        // The folder's own entries come before any subfolder's in the claim to room.
        let mut room = limit.saturating_sub(entries.len());
        for entry in visible(entries, &mut listing.hidden) {
            let is_open = entry.metadata.kind == FileKind::Folder && !CLOSED.contains(&entry.name.as_slice());
            let inner = is_open.then(|| Path::new(path).join(OsStr::from_bytes(&entry.name)));
            listing.entries.push(listed(0, entry));
            let Some(inner) = inner else { continue };
            // A folder that cannot be read shows as an empty one: its own entry is what was asked for.
            let Ok((entries, more)) = self.files().list(&inner, room).await else { continue };
            listing.more |= more;
            room = room.saturating_sub(entries.len());
            let inner: Vec<_> = visible(entries, &mut listing.hidden).map(|entry| listed(1, entry)).collect();
            listing.entries.extend(inner);
        }
        Ok(listing)
    }
}

fn visible(entries: Vec<Entry>, hidden: &mut usize) -> std::vec::IntoIter<Entry> {
    let all = entries.len();
    let visible: Vec<Entry> = entries.into_iter().filter(|entry| !entry.name.starts_with(b".")).collect();
    *hidden += all - visible.len();
    visible.into_iter()
}

fn listed(level: usize, entry: Entry) -> Listed {
    Listed { level, name: entry.name, kind: entry.metadata.kind, bytes: entry.metadata.bytes }
}

//! Files of a sandbox, reached from the host.

use std::io;

use tokio::io::{AsyncReadExt, AsyncSeekExt};

use crate::{BoxFuture, FileError};

/// The files of a sandbox.
///
/// Paths are those the workload uses, absolute or relative to its workspace. An implementation resolves them inside the
/// sandbox with the workload's own rights, follows no magic link, and opens nothing but regular files and folders.
pub trait Files: Send + Sync {
    /// Opens a regular file for reading; symbolic links are followed.
    fn open<'a>(&'a self, path: &'a str) -> BoxFuture<'a, Result<OpenFile, FileError>>;

    /// Returns what a path names; symbolic links are followed.
    fn metadata<'a>(&'a self, path: &'a str) -> BoxFuture<'a, Result<Metadata, FileError>>;

    /// Returns the path without symbolic links, `.` and `..`. The path must exist.
    fn canonical<'a>(&'a self, path: &'a str) -> BoxFuture<'a, Result<String, FileError>>;

    /// Lists a folder, sorted by name. Reads at most `limit` entries; the flag says whether there are more.
    fn list<'a>(
        &'a self,
        path: &'a str,
        limit: usize,
    ) -> BoxFuture<'a, Result<(Vec<Entry>, bool), FileError>>;

    /// Makes or replaces a regular file in one step: a reader sees the old or the new contents, never a part. Missing
    /// parent folders are made; a symbolic link is written through; the mode of a replaced file is kept.
    fn write<'a>(&'a self, path: &'a str, contents: &'a [u8]) -> BoxFuture<'a, Result<(), FileError>>;
}

/// What a path names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Metadata {
    /// What it is.
    pub kind: FileKind,
    /// Its size in bytes.
    pub bytes: u64,
    /// Its permission bits.
    pub mode: u32,
}

/// Kinds of files.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FileKind {
    /// A regular file.
    File,
    /// A folder.
    Folder,
    /// A symbolic link.
    Link,
    /// A device, socket or pipe.
    Special,
}

/// One entry of a folder.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// Its name: bytes, as Linux has it.
    pub name: Vec<u8>,
    /// What it is, itself: a link is not followed.
    pub metadata: Metadata,
}

/// An open regular file. Its size may change while it is read.
#[derive(Debug)]
pub struct OpenFile {
    /// The file, positioned at its beginning.
    pub file: tokio::fs::File,
    /// What it was when it was opened.
    pub metadata: Metadata,
}

impl OpenFile {
    /// Reads the file whole, but no more than `limit` bytes; the flag says whether it is longer.
    pub async fn read(&mut self, limit: u64) -> io::Result<(Vec<u8>, bool)> {
        self.file.rewind().await?;
        let mut bytes = Vec::with_capacity(usize::try_from(self.metadata.bytes.min(limit)).unwrap_or(0));
        (&mut self.file).take(limit.saturating_add(1)).read_to_end(&mut bytes).await?;
        let longer = bytes.len() as u64 > limit;
        bytes.truncate(usize::try_from(limit).unwrap_or(usize::MAX));
        Ok((bytes, longer))
    }
}

//! Files of a sandbox, reached from the host.

mod error;
mod open;
mod upload;
mod walk;
mod watch;

use std::path::Path;

use tokio::io::AsyncWriteExt as _;

use crate::BoxFuture;

pub use error::FileError;
pub use open::OpenFile;
pub use upload::{Create, Existing, Upload};
pub use walk::{Cut, Found, ParsePatternError, Pattern, Walk, Walked};
pub use watch::{Change, Watch};

/// How the name of a file begins that is being written and has no name of its own yet.
///
/// Only where a file system cannot hold a file without a name; such files are nobody's results.
pub const PARTIAL_PREFIX: &str = ".skilled-partial-";

/// The files of a sandbox.
///
/// Paths are those the workload uses, absolute or relative to its workspace, of whatever bytes. An implementation resolves
/// them inside the sandbox with the workload's own rights, follows no magic link, opens nothing but regular files and
/// folders, and waits for nothing that a workload can hold up.
///
/// The methods ending in `_path` are for those who implement it; users have the same ones without, which take anything
/// that is a path.
pub trait Files: Send + Sync {
    /// See [`open`](#method.open).
    fn open_path<'a>(&'a self, path: &'a Path) -> BoxFuture<'a, Result<OpenFile, FileError>>;

    /// See [`metadata`](#method.metadata).
    fn metadata_path<'a>(&'a self, path: &'a Path) -> BoxFuture<'a, Result<Metadata, FileError>>;

    /// See [`canonical`](#method.canonical).
    fn canonical_path<'a>(&'a self, path: &'a Path) -> BoxFuture<'a, Result<String, FileError>>;

    /// See [`list`](#method.list).
    fn list_path<'a>(
        &'a self,
        path: &'a Path,
        limit: usize,
    ) -> BoxFuture<'a, Result<(Vec<Entry>, bool), FileError>>;

    /// See [`walk`](#method.walk).
    fn walk_path<'a>(&'a self, path: &'a Path, walk: Walk) -> BoxFuture<'a, Result<Walked, FileError>>;

    /// See [`create`](#method.create).
    fn create_path<'a>(
        &'a self,
        path: &'a Path,
        create: Create,
    ) -> BoxFuture<'a, Result<Box<dyn Upload>, FileError>>;

    /// See [`make_folder`](#method.make_folder).
    fn make_folder_path<'a>(&'a self, path: &'a Path) -> BoxFuture<'a, Result<(), FileError>>;

    /// See [`rename`](#method.rename).
    fn rename_path<'a>(
        &'a self,
        from: &'a Path,
        to: &'a Path,
        existing: Taken,
    ) -> BoxFuture<'a, Result<(), FileError>>;

    /// See [`remove`](#method.remove).
    fn remove_path<'a>(&'a self, path: &'a Path, remove: Remove) -> BoxFuture<'a, Result<(), FileError>>;

    /// See [`watch`](#method.watch).
    fn watch_path<'a>(&'a self, path: &'a Path) -> BoxFuture<'a, Result<Box<dyn Watch>, FileError>>;
}

impl dyn Files + '_ {
    /// Opens a regular file for reading; symbolic links are followed.
    pub fn open<'a>(
        &'a self,
        path: &'a (impl AsRef<Path> + ?Sized),
    ) -> BoxFuture<'a, Result<OpenFile, FileError>> {
        self.open_path(path.as_ref())
    }

    /// Returns what a path names; symbolic links are followed.
    pub fn metadata<'a>(
        &'a self,
        path: &'a (impl AsRef<Path> + ?Sized),
    ) -> BoxFuture<'a, Result<Metadata, FileError>> {
        self.metadata_path(path.as_ref())
    }

    /// Returns the path without symbolic links, `.` and `..`. The path must exist, and the answer be UTF-8.
    pub fn canonical<'a>(
        &'a self,
        path: &'a (impl AsRef<Path> + ?Sized),
    ) -> BoxFuture<'a, Result<String, FileError>> {
        self.canonical_path(path.as_ref())
    }

    /// Lists a folder, sorted by name. Reads at most `limit` entries; the flag says whether there are more.
    pub fn list<'a>(
        &'a self,
        path: &'a (impl AsRef<Path> + ?Sized),
        limit: usize,
    ) -> BoxFuture<'a, Result<(Vec<Entry>, bool), FileError>> {
        self.list_path(path.as_ref(), limit)
    }

    /// Finds what is in a folder and below it, within bounds. Symbolic links are found, never followed.
    ///
    /// # Errors
    /// When the folder itself cannot be listed. What else is left out is in [`Walked::cut`].
    pub fn walk<'a>(
        &'a self,
        path: &'a (impl AsRef<Path> + ?Sized),
        walk: Walk,
    ) -> BoxFuture<'a, Result<Walked, FileError>> {
        self.walk_path(path.as_ref(), walk)
    }

    /// Begins a new file. It has no name before [`Upload::commit`].
    pub fn create<'a>(
        &'a self,
        path: &'a (impl AsRef<Path> + ?Sized),
        create: Create,
    ) -> BoxFuture<'a, Result<Box<dyn Upload>, FileError>> {
        self.create_path(path.as_ref(), create)
    }

    /// Makes or replaces a regular file in one step: a reader sees the old or the new contents, never a part. Missing
    /// parent folders are made; a symbolic link is written through; the mode of a replaced file is kept.
    pub fn write<'a>(
        &'a self,
        path: &'a (impl AsRef<Path> + ?Sized),
        contents: &'a [u8],
    ) -> BoxFuture<'a, Result<(), FileError>> {
        let path = path.as_ref();
        Box::pin(async move {
            let mut upload = self.create_path(path, Create::default()).await?;
            upload.write_all(contents).await.map_err(|source| FileError::io(path, source))?;
            upload.commit().await.map(drop)
        })
    }

    /// Makes a folder and its parents, where they are missing.
    pub fn make_folder<'a>(
        &'a self,
        path: &'a (impl AsRef<Path> + ?Sized),
    ) -> BoxFuture<'a, Result<(), FileError>> {
        self.make_folder_path(path.as_ref())
    }

    /// Gives a file or folder another name, on the same file system. A symbolic link is renamed itself.
    pub fn rename<'a>(
        &'a self,
        from: &'a (impl AsRef<Path> + ?Sized),
        to: &'a (impl AsRef<Path> + ?Sized),
        existing: Taken,
    ) -> BoxFuture<'a, Result<(), FileError>> {
        self.rename_path(from.as_ref(), to.as_ref(), existing)
    }

    /// Removes a file, an empty folder, or a folder with everything in it. A symbolic link is removed itself.
    ///
    /// # Errors
    /// When something in a folder cannot be removed, what was removed before stays removed.
    pub fn remove<'a>(
        &'a self,
        path: &'a (impl AsRef<Path> + ?Sized),
        remove: Remove,
    ) -> BoxFuture<'a, Result<(), FileError>> {
        self.remove_path(path.as_ref(), remove)
    }

    /// Watches a folder: what appears, changes and goes in it, not in folders below. Symbolic links to it are followed.
    pub fn watch<'a>(
        &'a self,
        path: &'a (impl AsRef<Path> + ?Sized),
    ) -> BoxFuture<'a, Result<Box<dyn Watch>, FileError>> {
        self.watch_path(path.as_ref())
    }
}

/// What becomes of something that has the new name of a renamed file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Taken {
    /// It stays, and the rename fails.
    Keep,
    /// It is replaced, where it is a file or an empty folder.
    Replace,
}

/// How much may be removed at once.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Remove {
    /// A file or an empty folder.
    One,
    /// A folder with at most so many files and folders in it. Where there are more, it fails once those are removed.
    Tree(usize),
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

//! Files of the sandbox, opened by its first process and read or written here.

mod list;
mod upload;
mod walk;
mod watch;

use std::fs::File;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::os::unix::ffi::OsStrExt as _;
use std::path::Path;
use std::sync::Arc;

use rustix::fs::{FileType, PROC_SUPER_MAGIC, Stat};
use rustix::io::Errno;
use skilled_sandbox::{
    BoxFuture, Create, Entry, FileError, FileKind, Files, Metadata, OpenFile, Remove, Taken, Upload, Walk,
    Walked, Watch,
};
use skilled_supervisor::{Access, Ask};
use tokio::task::spawn_blocking;

use crate::link::{Answer, Link, gone};

/// The longest path, in bytes, with the zero byte at its end (`path_resolution(7)`).
const PATH_LIMIT: usize = 4096;
/// Entries of a folder that the first process removes before it turns to something else.
const REMOVED_AT_ONCE: u32 = 200;

/// The files of one sandbox.
pub(crate) struct SandboxFiles {
    pub(crate) link: Arc<Link>,
    /// What relative paths are relative to.
    pub(crate) workspace: String,
}

impl SandboxFiles {
    /// Returns the path as the first process wants it.
    fn absolute(&self, path: &Path) -> Result<Vec<u8>, FileError> {
        let given = path.as_os_str().as_bytes();
        if given.is_empty() {
            return Err(io(path, Errno::NOENT));
        }
        let absolute = if given.starts_with(b"/") {
            given.to_vec()
        } else {
            [self.workspace.as_bytes(), b"/", given].concat()
        };
        if absolute.len() < PATH_LIMIT { Ok(absolute) } else { Err(io(path, Errno::NAMETOOLONG)) }
    }

    /// Asks for something about `path`.
    async fn ask(&self, path: &Path, ask: Ask) -> Result<Answer, FileError> {
        ask_about(&self.link, path, ask, &[]).await
    }

    async fn descriptor(&self, path: &Path, access: Access) -> Result<OwnedFd, FileError> {
        let ask = Ask::Open { path: self.absolute(path)?, access };
        self.ask(path, ask).await?.fd.ok_or_else(|| FileError::Sandbox(gone()))
    }

    /// Opens what may be read: a regular file or a folder.
    async fn readable(&self, path: &Path) -> Result<(OwnedFd, Metadata), FileError> {
        let fd = self.descriptor(path, Access::Read).await?;
        let metadata = checked(fd.as_fd(), path)?;
        Ok((fd, metadata))
    }

    /// Opens a folder to read it.
    async fn folder(&self, path: &Path) -> Result<OwnedFd, FileError> {
        let (fd, metadata) = self.readable(path).await?;
        if metadata.kind == FileKind::Folder {
            Ok(fd)
        } else {
            Err(FileError::NotFolder { path: shown(path) })
        }
    }

    async fn remove(&self, path: &Path, remove: Remove) -> Result<(), FileError> {
        let absolute = self.absolute(path)?;
        let Remove::Tree(limit) = remove else {
            return self.ask(path, Ask::Remove { path: absolute, most: None }).await.map(drop);
        };
        let mut left = limit;
        loop {
            let most = REMOVED_AT_ONCE.min(u32::try_from(left).unwrap_or(u32::MAX));
            let removed = self.ask(path, Ask::Remove { path: absolute.clone(), most: Some(most) }).await;
            match removed {
                Err(error) if is(&error, Errno::AGAIN) && left > most as usize => left -= most as usize,
                Err(error) if is(&error, Errno::AGAIN) => {
                    return Err(FileError::TooMany { path: shown(path), limit });
                }
                other => return other.map(drop),
            }
        }
    }
}

impl Files for SandboxFiles {
    fn open_path<'a>(&'a self, path: &'a Path) -> BoxFuture<'a, Result<OpenFile, FileError>> {
        Box::pin(async move {
            let (fd, metadata) = self.readable(path).await?;
            if metadata.kind == FileKind::Folder {
                return Err(FileError::Folder { path: shown(path) });
            }
            Ok(OpenFile { file: tokio::fs::File::from_std(File::from(fd)), metadata })
        })
    }

    fn metadata_path<'a>(&'a self, path: &'a Path) -> BoxFuture<'a, Result<Metadata, FileError>> {
        Box::pin(async move {
            let fd = self.descriptor(path, Access::Inspect).await?;
            Ok(metadata(&rustix::fs::fstat(&fd).map_err(|errno| io(path, errno))?))
        })
    }

    fn canonical_path<'a>(&'a self, path: &'a Path) -> BoxFuture<'a, Result<String, FileError>> {
        Box::pin(async move {
            let ask = Ask::Canonical { path: self.absolute(path)? };
            self.ask(path, ask).await?.result.ok().flatten().ok_or_else(|| io(path, Errno::ILSEQ))
        })
    }

    fn list_path<'a>(
        &'a self,
        path: &'a Path,
        limit: usize,
    ) -> BoxFuture<'a, Result<(Vec<Entry>, bool), FileError>> {
        Box::pin(async move {
            let fd = self.folder(path).await?;
            let listed = spawn_blocking(move || list::entries(fd.as_fd(), limit)).await;
            listed.map_err(|_| FileError::Sandbox(gone()))?.map_err(|errno| io(path, errno))
        })
    }

    fn walk_path<'a>(&'a self, path: &'a Path, walk: Walk) -> BoxFuture<'a, Result<Walked, FileError>> {
        Box::pin(async move {
            let folder = self.folder(path).await?;
            walk::walk(&self.link, path, folder, walk).await
        })
    }

    fn create_path<'a>(
        &'a self,
        path: &'a Path,
        create: Create,
    ) -> BoxFuture<'a, Result<Box<dyn Upload>, FileError>> {
        Box::pin(async move {
            let absolute = self.absolute(path)?;
            let upload = upload::LinuxUpload::begin(&self.link, path, absolute, create).await?;
            Ok(Box::new(upload) as Box<dyn Upload>)
        })
    }

    fn make_folder_path<'a>(&'a self, path: &'a Path) -> BoxFuture<'a, Result<(), FileError>> {
        Box::pin(async move {
            let ask = Ask::MakeFolders { path: self.absolute(path)? };
            self.ask(path, ask).await.map(drop)
        })
    }

    fn rename_path<'a>(
        &'a self,
        from: &'a Path,
        to: &'a Path,
        existing: Taken,
    ) -> BoxFuture<'a, Result<(), FileError>> {
        Box::pin(async move {
            let replace = existing == Taken::Replace;
            let ask = Ask::Rename { from: self.absolute(from)?, to: self.absolute(to)?, replace };
            let both = format!("{} to {}", from.display(), to.display());
            self.ask(Path::new(&both), ask).await.map(drop)
        })
    }

    fn remove_path<'a>(&'a self, path: &'a Path, remove: Remove) -> BoxFuture<'a, Result<(), FileError>> {
        Box::pin(self.remove(path, remove))
    }

    fn watch_path<'a>(&'a self, path: &'a Path) -> BoxFuture<'a, Result<Box<dyn Watch>, FileError>> {
        Box::pin(async move {
            let ask = Ask::Watch { path: self.absolute(path)? };
            let answer = match self.ask(path, ask).await {
                Err(error) if is(&error, Errno::NOTDIR) => {
                    return Err(FileError::NotFolder { path: shown(path) });
                }
                // Of watches, not of the disk (inotify_add_watch(2)).
                Err(error) if is(&error, Errno::NOSPC) => return Err(io(path, Errno::MFILE)),
                answer => answer?,
            };
            let fd = answer.fd.ok_or_else(|| FileError::Sandbox(gone()))?;
            let watch =
                watch::LinuxWatch::new(&self.link, fd).map_err(|source| FileError::io(path, source))?;
            Ok(Box::new(watch) as Box<dyn Watch>)
        })
    }
}

/// Asks the first process for something about `path`.
async fn ask_about(link: &Link, path: &Path, ask: Ask, fds: &[BorrowedFd<'_>]) -> Result<Answer, FileError> {
    let answer = link.ask(ask, fds).await.map_err(FileError::Sandbox)?;
    match answer.result {
        Ok(_) => Ok(answer),
        Err(errno) => Err(refused(path, errno)),
    }
}

/// Returns what was opened, if it is a regular file or a folder, and not of `/proc`, where files are doors into processes.
fn checked(fd: BorrowedFd<'_>, path: &Path) -> Result<Metadata, FileError> {
    let metadata = metadata(&rustix::fs::fstat(fd).map_err(|errno| io(path, errno))?);
    let special = |kind| FileError::Special { path: shown(path), kind };
    if matches!(metadata.kind, FileKind::Special | FileKind::Link) {
        return Err(special(SPECIAL));
    }
    let system = rustix::fs::fstatfs(fd).map_err(|errno| io(path, errno))?;
    if system.f_type == PROC_SUPER_MAGIC {
        return Err(special("part of the process table"));
    }
    Ok(metadata)
}

const SPECIAL: &str = "a device, a socket or a pipe";

fn metadata(stat: &Stat) -> Metadata {
    let kind = match FileType::from_raw_mode(stat.st_mode) {
        FileType::RegularFile => FileKind::File,
        FileType::Directory => FileKind::Folder,
        FileType::Symlink => FileKind::Link,
        _ => FileKind::Special,
    };
    Metadata { kind, bytes: u64::try_from(stat.st_size).unwrap_or(0), mode: stat.st_mode & 0o7777 }
}

/// Makes an error of what the first process says.
fn refused(path: &Path, errno: Errno) -> FileError {
    match errno {
        Errno::ISDIR => FileError::Folder { path: shown(path) },
        Errno::NOTSUP => FileError::Special { path: shown(path), kind: SPECIAL },
        other => io(path, other),
    }
}

fn io(path: &Path, errno: Errno) -> FileError {
    FileError::io(path, errno.into())
}

fn is(error: &FileError, errno: Errno) -> bool {
    matches!(error, FileError::Io { source, .. } if source.raw_os_error() == Some(errno.raw_os_error()))
}

fn shown(path: &Path) -> String {
    path.to_string_lossy().into_owned()
}

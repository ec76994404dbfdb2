//! Files of the sandbox, opened by its first process and read or written here.

use std::fs::File;
use std::io::Write;
use std::os::fd::OwnedFd;
use std::sync::Arc;

use rustix::fs::{AtFlags, FileType, Mode, PROC_SUPER_MAGIC, Stat};
use rustix::io::Errno;
use skilled_sandbox::{BoxFuture, Entry, FileError, FileKind, Files, Metadata, OpenFile};
use skilled_supervisor::{Access, Ask};
use tokio::task::spawn_blocking;

use crate::link::{Answer, Link, gone};

/// Permission bits of a new file.
const NEW_FILE: u32 = 0o644;

/// The files of one sandbox.
pub(crate) struct SandboxFiles {
    pub(crate) link: Arc<Link>,
    /// What relative paths are relative to.
    pub(crate) workspace: String,
}

impl SandboxFiles {
    fn absolute(&self, path: &str) -> String {
        if path.starts_with('/') { path.to_owned() } else { format!("{}/{path}", self.workspace) }
    }

    /// Asks for something about `path`.
    async fn ask(&self, path: &str, ask: Ask) -> Result<Answer, FileError> {
        let answer = self.link.ask(ask, &[]).await.map_err(FileError::Sandbox)?;
        match answer.result {
            Ok(_) => Ok(answer),
            Err(errno) => Err(io(path, errno)),
        }
    }

    async fn descriptor(&self, path: &str, access: Access) -> Result<OwnedFd, FileError> {
        let absolute = self.absolute(path);
        let answer = self.ask(path, Ask::Open { path: absolute, access }).await?;
        answer.fd.ok_or_else(|| FileError::Sandbox(gone()))
    }

    /// Opens what may be read: a regular file or a folder, not of `/proc`, where files are doors into processes.
    async fn readable(&self, path: &str) -> Result<(OwnedFd, Metadata), FileError> {
        let fd = self.descriptor(path, Access::Read).await?;
        let metadata = metadata(&rustix::fs::fstat(&fd).map_err(|errno| io(path, errno))?);
        let special = |kind| FileError::Special { path: path.to_owned(), kind };
        if matches!(metadata.kind, FileKind::Special | FileKind::Link) {
            return Err(special("a device, a socket or a pipe"));
        }
        let system = rustix::fs::fstatfs(&fd).map_err(|errno| io(path, errno))?;
        if system.f_type == PROC_SUPER_MAGIC {
            return Err(special("part of the process table"));
        }
        Ok((fd, metadata))
    }

    async fn write_new(
        &self,
        path: &str,
        target: String,
        contents: &[u8],
        mode: u32,
    ) -> Result<(), FileError> {
        let folder = target.rsplit_once('/').map_or("", |(folder, _)| folder).to_owned();
        if !folder.is_empty() {
            let path_of_folder = folder.clone();
            self.ask(path, Ask::MakeFolders { path: path_of_folder }).await?;
        }
        let partial = format!("{folder}/.skilled-{}.partial", self.link.next_id());
        let fd =
            self.descriptor(&partial, Access::Create { mode }).await.map_err(|error| named(error, path))?;
        let contents = contents.to_vec();
        let written = spawn_blocking(move || {
            // The mask of the supervisor has taken bits away.
            rustix::fs::fchmod(&fd, Mode::from_raw_mode(mode & 0o777))?;
            File::from(fd).write_all(&contents)
        })
        .await;
        let outcome = match written {
            Ok(Ok(())) => {
                let from = partial.clone();
                self.ask(path, Ask::Rename { from, to: target }).await.map(drop)
            }
            Ok(Err(source)) => Err(FileError::Io { path: path.to_owned(), source }),
            Err(_) => Err(FileError::Sandbox(gone())),
        };
        if outcome.is_err() {
            // The reason counts, not whether the rest of it could be removed.
            let _ = self.ask(path, Ask::Remove { path: partial }).await;
        }
        outcome
    }
}

impl Files for SandboxFiles {
    fn open<'a>(&'a self, path: &'a str) -> BoxFuture<'a, Result<OpenFile, FileError>> {
        Box::pin(async move {
            let (fd, metadata) = self.readable(path).await?;
            if metadata.kind == FileKind::Folder {
                return Err(FileError::Folder { path: path.to_owned() });
            }
            Ok(OpenFile { file: tokio::fs::File::from_std(File::from(fd)), metadata })
        })
    }

    fn metadata<'a>(&'a self, path: &'a str) -> BoxFuture<'a, Result<Metadata, FileError>> {
        Box::pin(async move {
            let fd = self.descriptor(path, Access::Inspect).await?;
            Ok(metadata(&rustix::fs::fstat(&fd).map_err(|errno| io(path, errno))?))
        })
    }

    fn canonical<'a>(&'a self, path: &'a str) -> BoxFuture<'a, Result<String, FileError>> {
        Box::pin(async move {
            let absolute = self.absolute(path);
            let answer = self.ask(path, Ask::Canonical { path: absolute }).await?;
            answer.result.ok().flatten().ok_or_else(|| io(path, Errno::ILSEQ))
        })
    }

    fn list<'a>(
        &'a self,
        path: &'a str,
        limit: usize,
    ) -> BoxFuture<'a, Result<(Vec<Entry>, bool), FileError>> {
        Box::pin(async move {
            let (fd, metadata) = self.readable(path).await?;
            if metadata.kind != FileKind::Folder {
                return Err(FileError::NotFolder { path: path.to_owned() });
            }
            let listed = spawn_blocking(move || entries(&fd, limit)).await;
            listed.map_err(|_| FileError::Sandbox(gone()))?.map_err(|errno| io(path, errno))
        })
    }

    fn write<'a>(&'a self, path: &'a str, contents: &'a [u8]) -> BoxFuture<'a, Result<(), FileError>> {
        Box::pin(async move {
            match self.canonical(path).await {
                Ok(existing) => {
                    let found = self.metadata(&existing).await.map_err(|error| named(error, path))?;
                    let path_owned = path.to_owned();
                    match found.kind {
                        FileKind::File => self.write_new(path, existing, contents, found.mode).await,
                        FileKind::Folder => Err(FileError::Folder { path: path_owned }),
                        FileKind::Link | FileKind::Special => {
                            Err(FileError::Special { path: path_owned, kind: "a device, a socket or a pipe" })
                        }
                    }
                }
                Err(FileError::Io { source, .. }) if source.kind() == std::io::ErrorKind::NotFound => {
                    self.write_new(path, self.absolute(path), contents, NEW_FILE).await
                }
                Err(error) => Err(error),
            }
        })
    }
}

/// Reads at most `limit` entries and sorts them.
fn entries(folder: &OwnedFd, limit: usize) -> Result<(Vec<Entry>, bool), Errno> {
    let mut found = Vec::new();
    for entry in rustix::fs::Dir::read_from(folder)? {
        let entry = entry?;
        let name = entry.file_name();
        if matches!(name.to_bytes(), b"." | b"..") {
            continue;
        }
        if found.len() == limit {
            found.sort_by(|a: &Entry, b| a.name.cmp(&b.name));
            return Ok((found, true));
        }
        match rustix::fs::statat(folder, name, AtFlags::SYMLINK_NOFOLLOW) {
            Ok(stat) => found.push(Entry { name: name.to_bytes().to_vec(), metadata: metadata(&stat) }),
            Err(Errno::NOENT) => {} // it went while the folder was read
            Err(error) => return Err(error),
        }
    }
    found.sort_by(|a, b| a.name.cmp(&b.name));
    Ok((found, false))
}

fn metadata(stat: &Stat) -> Metadata {
    let kind = match FileType::from_raw_mode(stat.st_mode) {
        FileType::RegularFile => FileKind::File,
        FileType::Directory => FileKind::Folder,
        FileType::Symlink => FileKind::Link,
        _ => FileKind::Special,
    };
    Metadata { kind, bytes: u64::try_from(stat.st_size).unwrap_or(0), mode: stat.st_mode & 0o7777 }
}

fn io(path: &str, errno: Errno) -> FileError {
    FileError::Io { path: path.to_owned(), source: errno.into() }
}

/// Gives an error about a path of our own the path that the caller knows.
fn named(error: FileError, path: &str) -> FileError {
    match error {
        FileError::Io { source, .. } => FileError::Io { path: path.to_owned(), source },
        other => other,
    }
}

//! Content that is fetched: as a stream, whole, or into a file.

use std::fs::Permissions;
use std::io;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::time::Duration;

use bytes::Bytes;
use futures_core::Stream;
use reqwest::Response;
use reqwest::header::CONTENT_TYPE;
use tempfile::TempPath;
use tokio::io::{AsyncWrite, AsyncWriteExt as _};

use crate::body::{chunks, next_chunk, read_all};
use crate::call::Call;
use crate::{Client, Error, Result};

/// Content that has begun to come.
#[derive(Debug)]
pub struct Download {
    response: Response,
    idle: Duration,
}

/// What happens to a file that is there already.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Existing {
    /// It stays, and saving fails with [`Error::Exists`].
    Refuse,
    /// It is replaced, in one step.
    Replace,
}

/// A file that was saved.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Saved {
    /// Its id.
    pub file: String,
    /// Where it is.
    pub path: PathBuf,
    /// Its size.
    pub bytes: u64,
}

/// Content that was written under a passing name. Dropped, it goes away.
pub(crate) struct Written {
    file: TempPath,
    bytes: u64,
}

impl Download {
    pub(crate) async fn of(client: &Client, call: Call) -> Result<Self> {
        Ok(Self { response: client.send(&call).await?, idle: client.options().idle_timeout })
    }

    /// The size in bytes, where the server says it.
    pub fn size(&self) -> Option<u64> {
        self.response.content_length()
    }

    /// The media type, where the server says it.
    pub fn media_type(&self) -> Option<&str> {
        self.response.headers().get(CONTENT_TYPE)?.to_str().ok()
    }

    /// The next piece; none at the end.
    ///
    /// # Errors
    ///
    /// [`Error::Transport`] where the content is cut off, and [`Error::Silent`]
    pub async fn chunk(&mut self) -> Result<Option<Bytes>> {
        next_chunk(&mut self.response, self.idle).await
    }

    /// The pieces as a stream, which ends after an error.
    pub fn into_stream(self) -> impl Stream<Item = Result<Bytes>> + Send {
        chunks(self.response, self.idle)
    }

    /// The whole content, of at most `limit` bytes.
    ///
    /// # Errors
    ///
    /// [`Error::TooLarge`], and those of [`Self::chunk`]
    pub async fn bytes(mut self, limit: u64) -> Result<Bytes> {
        read_all(&mut self.response, limit, "the content", self.idle).await
    }

    /// Writes the content to `writer`, and returns its size.
    ///
    /// # Errors
    ///
    /// Those of [`Self::chunk`]; those of the writer as [`Error::File`] of `name`.
    pub async fn write_to(&mut self, writer: &mut (impl AsyncWrite + Unpin), name: &Path) -> Result<u64> {
        let mut bytes = 0;
        while let Some(chunk) = self.chunk().await? {
            writer.write_all(&chunk).await.map_err(Error::writing(name))?;
            bytes += chunk.len() as u64;
        }
        writer.flush().await.map_err(Error::writing(name))?;
        Ok(bytes)
    }

    /// Saves the content of `file` at `path`, which appears when it is complete.
    ///
    /// # Errors
    ///
    /// [`Error::Exists`] and [`Error::File`], and those of [`Self::chunk`]. Nothing is left behind then.
    pub async fn save(self, file: &str, path: &Path, existing: Existing) -> Result<Saved> {
        if existing == Existing::Refuse && path.symlink_metadata().is_ok() {
            return Err(Error::Exists { path: path.to_owned() });
        }
        let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
        let written = self.write_beside(folder).await?;
        let bytes = written.place(path, existing).map_err(|(error, _)| error)?;
        Ok(Saved { file: file.to_owned(), path: path.to_owned(), bytes })
    }

    /// Writes the content into `folder` under a passing name.
    pub(crate) async fn write_beside(mut self, folder: &Path) -> Result<Written> {
        // As any new file: others may read it as far as the umask allows.
        let permissions = Permissions::from_mode(0o666);
        let made = tempfile::Builder::new().prefix(".skilled-").permissions(permissions).tempfile_in(folder);
        let (file, passing) = made.map_err(Error::writing(folder))?.into_parts();
        let mut file = tokio::fs::File::from_std(file);
        let bytes = self.write_to(&mut file, &passing).await?;
        Ok(Written { file: passing, bytes })
    }
}

impl Written {
    /// Gives the content its name and returns its size; where that fails, the content comes back.
    pub(crate) fn place(self, path: &Path, existing: Existing) -> Result<u64, (Error, Self)> {
        let Self { file, bytes } = self;
        let placed = match existing {
            Existing::Refuse => file.persist_noclobber(path),
            Existing::Replace => file.persist(path),
        };
        placed.map(|()| bytes).map_err(|failed| {
            let error = if failed.error.kind() == io::ErrorKind::AlreadyExists {
                Error::Exists { path: path.to_owned() }
            } else {
                Error::writing(path)(failed.error)
            };
            (error, Self { file: failed.path, bytes })
        })
    }
}

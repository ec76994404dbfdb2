//! What is uploaded: bytes, a file, or a reader.

use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use bytes::Bytes;
use tokio::io::AsyncRead;

use crate::{Error, Result};

/// Where content comes from.
pub(crate) type BoxReader = Box<dyn AsyncRead + Send + Unpin>;

/// What is to be uploaded. Files and readers are streamed: 64 KiB of them are held at a time.
pub struct Upload {
    source: Source,
    filename: String,
    media_type: Option<String>,
    progress: Option<Progress>,
}

enum Source {
    Bytes(Bytes),
    Path(PathBuf),
    /// Taken by the first attempt.
    Reader {
        reader: Mutex<Option<BoxReader>>,
        length: Option<u64>,
    },
}

/// Is told how much of an upload is sent. A request that is sent again begins anew.
#[derive(Clone)]
pub struct Progress(Arc<dyn Fn(u64, Option<u64>) + Send + Sync>);

/// A source, ready to be read.
pub(crate) struct Opened {
    pub(crate) reader: BoxReader,
    pub(crate) length: Option<u64>,
    pub(crate) path: Option<PathBuf>,
}

impl Upload {
    /// Bytes under a name, which may have folders where a skill is uploaded.
    pub fn bytes(filename: impl Into<String>, bytes: impl Into<Bytes>) -> Self {
        Self::new(Source::Bytes(bytes.into()), filename.into())
    }

    /// A file under its own name. It is opened when it is sent, and again where that has to be repeated.
    pub fn path(path: impl Into<PathBuf>) -> Self {
        let path = path.into();
        let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        Self::new(Source::Path(path), name)
    }

    /// What a reader gives, of `length` bytes where that is known. It can be sent only once: no failure is retried.
    pub fn reader(
        filename: impl Into<String>,
        reader: impl AsyncRead + Send + Unpin + 'static,
        length: Option<u64>,
    ) -> Self {
        let reader = Mutex::new(Some(Box::new(reader) as BoxReader));
        Self::new(Source::Reader { reader, length }, filename.into())
    }

    fn new(source: Source, filename: String) -> Self {
        Self { source, filename, media_type: None, progress: None }
    }

    /// The same under another name.
    #[must_use]
    pub fn named(mut self, filename: impl Into<String>) -> Self {
        self.filename = filename.into();
        self
    }

    /// The same with a media type. Without one it is guessed from the name.
    ///
    /// # Errors
    ///
    /// [`Error::Header`] for a text that is none.
    pub fn with_media_type(mut self, media_type: impl Into<String>) -> Result<Self> {
        let media_type = media_type.into();
        if media_type.is_empty() || !media_type.bytes().all(|byte| (b' '..=b'~').contains(&byte)) {
            return Err(Error::Header { what: "the media type" });
        }
        self.media_type = Some(media_type);
        Ok(self)
    }

    /// The same, with somebody who is told how far it is.
    #[must_use]
    pub fn watched(mut self, progress: Progress) -> Self {
        self.progress = Some(progress);
        self
    }

    pub(crate) fn filename(&self) -> &str {
        &self.filename
    }

    pub(crate) fn media_type(&self) -> String {
        let guessed = || mime_guess::from_path(&self.filename).first_or_octet_stream().to_string();
        self.media_type.clone().unwrap_or_else(guessed)
    }

    pub(crate) fn progress(&self) -> Option<Progress> {
        self.progress.clone()
    }

    pub(crate) const fn is_repeatable(&self) -> bool {
        !matches!(self.source, Source::Reader { .. })
    }

    pub(crate) async fn open(&self) -> Result<Opened> {
        match &self.source {
            Source::Bytes(bytes) => {
                let length = Some(bytes.len() as u64);
                Ok(Opened { reader: Box::new(std::io::Cursor::new(bytes.clone())), length, path: None })
            }
            Source::Path(path) => {
                let length = length(path).await.map_err(Error::reading(path))?;
                let file = tokio::fs::File::open(path).await.map_err(Error::reading(path))?;
                Ok(Opened { reader: Box::new(file), length, path: Some(path.clone()) })
            }
            Source::Reader { reader, length } => {
                let taken = reader.lock().unwrap_or_else(PoisonError::into_inner).take();
                let reader = taken
                    .ok_or_else(|| Error::Upload(std::io::Error::other("the reader was used before")))?;
                Ok(Opened { reader, length: *length, path: None })
            }
        }
    }
}

/// The length of a file; none of a pipe or a device, whose end comes when it comes.
async fn length(path: &Path) -> std::io::Result<Option<u64>> {
    let found = tokio::fs::metadata(path).await?;
    if found.is_dir() {
        return Err(std::io::Error::other("it is a folder"));
    }
    Ok(found.is_file().then_some(found.len()))
}

impl fmt::Debug for Upload {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Upload").field("filename", &self.filename).finish_non_exhaustive()
    }
}

impl Progress {
    /// Calls `report` with the bytes sent so far, and all that there are where that is known.
    pub fn new(report: impl Fn(u64, Option<u64>) + Send + Sync + 'static) -> Self {
        Self(Arc::new(report))
    }

    pub(crate) fn report(&self, sent: u64, total: Option<u64>) {
        (self.0)(sent, total);
    }
}

impl fmt::Debug for Progress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Progress")
    }
}

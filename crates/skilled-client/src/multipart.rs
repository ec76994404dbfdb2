//! Bodies in parts (`multipart/form-data`, RFC 7578), streamed.

use std::collections::VecDeque;
use std::hash::{BuildHasher as _, Hasher as _, RandomState};
use std::io;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use bytes::{Bytes, BytesMut};
use futures_util::stream;
use tokio::io::{AsyncRead, AsyncReadExt as _};

use crate::upload::{BoxReader, Opened, Progress, Upload};
use crate::{Error, Result};

/// Bytes that are read from a file at once.
const PIECE: usize = 64 << 10;

/// A form.
#[derive(Debug)]
pub(crate) struct Form {
    boundary: String,
    parts: Vec<Part>,
}

#[derive(Debug)]
enum Part {
    Text { name: &'static str, value: String },
    File { name: &'static str, upload: Upload },
}

/// Why what is uploaded could not be read, carried through the HTTP client.
#[derive(Debug, thiserror::Error)]
#[error("cannot read what is to be uploaded: {source}")]
pub(crate) struct Unreadable {
    path: Option<PathBuf>,
    source: io::Error,
}

impl Unreadable {
    pub(crate) fn to_error(&self) -> Error {
        let source = io::Error::new(self.source.kind(), self.source.to_string());
        match &self.path {
            Some(path) => Error::reading(path)(source),
            None => Error::Upload(source),
        }
    }
}

/// What is still to be sent.
enum Piece {
    Bytes(Bytes),
    /// Content of a part. With a length, exactly that much of it.
    Content {
        reader: BoxReader,
        left: Option<u64>,
        path: Option<PathBuf>,
        progress: Option<Watched>,
    },
}

/// Tells how far a part is.
struct Watched {
    progress: Progress,
    sent: u64,
    total: Option<u64>,
}

struct Sending {
    pieces: VecDeque<Piece>,
    /// Bytes that were handed out, for who waits.
    sent: Arc<AtomicU64>,
}

impl Form {
    pub(crate) fn new() -> Self {
        // Every `RandomState` has other keys, seeded by the operating system: no content has this by chance.
        let random = || RandomState::new().build_hasher().finish();
        Self { boundary: format!("skilled-{:016x}{:016x}", random(), random()), parts: Vec::new() }
    }

    pub(crate) fn text(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.parts.push(Part::Text { name, value: value.into() });
        self
    }

    pub(crate) fn file(mut self, name: &'static str, upload: Upload) -> Self {
        self.parts.push(Part::File { name, upload });
        self
    }

    pub(crate) fn content_type(&self) -> String {
        format!("multipart/form-data; boundary={}", self.boundary)
    }

    /// Whether the content is still there after it was sent.
    pub(crate) fn is_repeatable(&self) -> bool {
        self.parts.iter().all(|part| match part {
            Part::Text { .. } => true,
            Part::File { upload, .. } => upload.is_repeatable(),
        })
    }

    /// The body and its length, where it is known. What is handed out is counted in `sent`.
    pub(crate) async fn body(&self, sent: &Arc<AtomicU64>) -> Result<(reqwest::Body, Option<u64>)> {
        let mut pieces = VecDeque::new();
        let mut length = Some(0_u64);
        let add = |length: &mut Option<u64>, more: Option<u64>| {
            *length = length.zip(more).and_then(|(length, more)| length.checked_add(more));
        };
        for part in &self.parts {
            let head = self.head(part);
            add(&mut length, Some(head.len() as u64));
            pieces.push_back(Piece::Bytes(head.into()));
            match part {
                Part::Text { value, .. } => {
                    add(&mut length, Some(value.len() as u64));
                    pieces.push_back(Piece::Bytes(value.clone().into()));
                }
                Part::File { upload, .. } => {
                    let Opened { reader, length: left, path } = upload.open().await?;
                    add(&mut length, left);
                    let progress =
                        upload.progress().map(|progress| Watched { progress, sent: 0, total: left });
                    pieces.push_back(Piece::Content { reader, left, path, progress });
                }
            }
            add(&mut length, Some(2));
            pieces.push_back(Piece::Bytes(Bytes::from_static(b"\r\n")));
        }
        let end = format!("--{}--\r\n", self.boundary);
        add(&mut length, Some(end.len() as u64));
        pieces.push_back(Piece::Bytes(end.into()));
        let sending = Sending { pieces, sent: Arc::clone(sent) };
        let stream = stream::try_unfold(sending, |mut sending| async move {
            Ok::<_, Unreadable>(sending.next().await?.map(|bytes| (bytes, sending)))
        });
        Ok((reqwest::Body::wrap_stream(stream), length))
    }

    fn head(&self, part: &Part) -> String {
        let boundary = &self.boundary;
        match part {
            Part::Text { name, .. } => {
                format!("--{boundary}\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n")
            }
            Part::File { name, upload } => {
                let filename = escaped(upload.filename());
                let media_type = upload.media_type();
                format!(
                    "--{boundary}\r\nContent-Disposition: form-data; name=\"{name}\"; filename=\"{filename}\"\r\n\
                     Content-Type: {media_type}\r\n\r\n"
                )
            }
        }
    }
}

/// A name as HTML has clients write it in a head.
fn escaped(name: &str) -> String {
    name.replace('"', "%22").replace('\r', "%0D").replace('\n', "%0A")
}

impl Sending {
    async fn next(&mut self) -> Result<Option<Bytes>, Unreadable> {
        loop {
            let Some(piece) = self.pieces.front_mut() else { return Ok(None) };
            let bytes = match piece {
                Piece::Bytes(bytes) => {
                    let bytes = std::mem::take(bytes);
                    self.pieces.pop_front();
                    bytes
                }
                Piece::Content { reader, left, path, progress } => {
                    let read = read_piece(reader, left).await;
                    let bytes = read.map_err(|source| Unreadable { path: path.clone(), source })?;
                    if let Some(watched) = progress {
                        watched.sent += bytes.len() as u64;
                        watched.progress.report(watched.sent, watched.total);
                    }
                    if bytes.is_empty() {
                        self.pieces.pop_front();
                    }
                    bytes
                }
            };
            if !bytes.is_empty() {
                self.sent.fetch_add(bytes.len() as u64, Ordering::Relaxed);
                return Ok(Some(bytes));
            }
        }
    }
}

/// The next piece of a content; empty at its end.
async fn read_piece(
    reader: &mut (impl AsyncRead + Unpin + ?Sized),
    left: &mut Option<u64>,
) -> io::Result<Bytes> {
    let most = left.map_or(PIECE, |left| usize::try_from(left).map_or(PIECE, |left| left.min(PIECE)));
    if most == 0 {
        return Ok(Bytes::new());
    }
    let mut buffer = BytesMut::with_capacity(most);
    let read = reader.take(most as u64).read_buf(&mut buffer).await?;
    if let Some(left) = left {
        if read == 0 {
            // The length was announced; a shorter body is none.
            return Err(io::Error::new(io::ErrorKind::UnexpectedEof, "it became shorter while it was sent"));
        }
        *left -= read as u64;
    }
    Ok(buffer.freeze())
}

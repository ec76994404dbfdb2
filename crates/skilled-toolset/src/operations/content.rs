//! Reading a file whole in bounded memory, for what a user is told of it.

use std::fmt::Write as _;
use std::time::Duration;

use sha2::{Digest as _, Sha256};
use skilled_sandbox::{OpenFile, Upload};
use tokio::io::{AsyncReadExt as _, AsyncSeekExt as _, AsyncWriteExt as _};
use tokio_util::sync::CancellationToken;

use crate::media::{SNIFFED_HEAD, SNIFFED_TAIL, media_type};

/// What was read of a file.
pub(super) struct Content {
    pub(super) bytes: u64,
    pub(super) media_type: String,
    /// `sha256:` and 64 hexadecimal digits.
    pub(super) digest: String,
}

/// How a file is to be read.
#[derive(Clone, Copy)]
pub(super) struct Reading<'a> {
    /// The name that helps to tell its type.
    pub(super) name: &'a str,
    /// The most bytes it may have.
    pub(super) limit: u64,
    pub(super) cancel: &'a CancellationToken,
    /// How long the copy may take for one piece.
    pub(super) stall: Duration,
}

/// Why a file was not read whole.
pub(super) enum Stopped {
    /// The system said this.
    Read(std::io::Error),
    /// The copy could not be written.
    Write(std::io::Error),
    /// The copy has taken nothing for too long.
    Stalled,
    TooLarge,
    Cancelled,
}

/// Reads an open file from beginning to end. What is read is also written to `copy`.
pub(super) async fn read(
    open: &mut OpenFile,
    reading: Reading<'_>,
    mut copy: Option<&mut dyn Upload>,
) -> Result<Content, Stopped> {
    let mut buffer = vec![0; 256 * 1024];
    let (mut head, mut tail, mut hash, mut bytes) = (Vec::new(), Vec::new(), Sha256::new(), 0_u64);
    open.file.rewind().await.map_err(Stopped::Read)?;
    loop {
        if reading.cancel.is_cancelled() {
            return Err(Stopped::Cancelled);
        }
        let count = open.file.read(&mut buffer).await.map_err(Stopped::Read)?;
        if count == 0 {
            break;
        }
        let piece = &buffer[..count];
        bytes += count as u64;
        if bytes > reading.limit {
            return Err(Stopped::TooLarge);
        }
        hash.update(piece);
        if let Some(copy) = &mut copy {
            within(copy.write_all(piece), reading).await?;
        }
        let room = SNIFFED_HEAD.saturating_sub(head.len()).min(count);
        head.extend_from_slice(&piece[..room]);
        tail.extend_from_slice(piece);
        tail.drain(..tail.len().saturating_sub(SNIFFED_TAIL));
    }
    if let Some(copy) = copy {
        within(copy.flush(), reading).await?;
    }
    let mut digest = String::from("sha256:");
    for byte in hash.finalize() {
        let _ = write!(digest, "{byte:02x}");
    }
    Ok(Content { bytes, media_type: media_type(&head, &tail, reading.name), digest })
}

/// Writes, unless that stalls or the caller cancels.
async fn within(
    written: impl Future<Output = std::io::Result<()>>,
    reading: Reading<'_>,
) -> Result<(), Stopped> {
    tokio::select! {
        biased;
        () = reading.cancel.cancelled() => Err(Stopped::Cancelled),
        written = written => written.map_err(Stopped::Write),
        () = tokio::time::sleep(reading.stall) => Err(Stopped::Stalled),
    }
}

/// Returns the digest of an open file, or nothing when it cannot be read so.
pub(super) async fn digest(open: &mut OpenFile, reading: Reading<'_>) -> Option<String> {
    read(open, reading, None).await.ok().map(|content| content.digest)
}

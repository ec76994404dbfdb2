//! Bytes by content.
//!
//! [`Blobs`] is what the rest of the program knows; [`DiskBlobs`] keeps them in a folder. A blob is named by the SHA-256 of its
//! content, so the same content is kept once, whoever uploads it.
//!
//! Rules for every implementation: when [`Blobs::put`] has returned `Ok`, the blob survives the process and the machine; until
//! then nothing of it can be seen. What can be opened is whole.

mod digest;
mod disk;
mod error;
mod sweep;
mod write;

use std::future::Future;
use std::io;
use std::ops::Range;
use std::path::PathBuf;
use std::pin::Pin;

use bytes::Bytes;
use futures_core::Stream;
use skilled_message::UnixMillis;

pub use digest::{BlobDigest, ParseDigestError};
pub use disk::DiskBlobs;
pub use error::{BlobAction, BlobError};
pub use sweep::{CollectError, Collected, collect};
pub(crate) use write::put_at;

/// Bytes as they come. An error ends them.
pub type ByteStream = Pin<Box<dyn Stream<Item = io::Result<Bytes>> + Send>>;

/// What a call of a blob store returns: a future of its result.
pub type BlobAnswer<'a, T> = Pin<Box<dyn Future<Output = Result<T, BlobError>> + Send + 'a>>;

/// A blob that was put.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PutBlob {
    /// Its name.
    pub digest: BlobDigest,
    /// Its size.
    pub bytes: u64,
}

/// A blob, or a part of it, opened for reading.
pub struct OpenBlob {
    /// The size of the whole blob.
    pub total: u64,
    /// The part that comes: all of it, or the wanted one as far as there is such a part.
    pub range: Range<u64>,
    /// Its bytes, in pieces of at most 256 KiB. Reading goes on while the blob is removed.
    pub bytes: ByteStream,
}

/// A blob in a list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ListedBlob {
    /// Its name.
    pub digest: BlobDigest,
    /// Its size.
    pub bytes: u64,
    /// When it was last put.
    pub put_at: UnixMillis,
}

/// Whether a blob was removed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Removal {
    /// It was.
    Removed {
        /// Its size.
        bytes: u64,
    },
    /// There was none.
    Missing,
    /// It was not: somebody has put it since the time given, or a backup is under way.
    Kept,
}

/// Where blobs are kept.
pub trait Blobs: Send + Sync {
    /// Keeps what `body` brings, at most `limit` bytes, and returns its name and size. More is [`BlobError::TooLarge`], found as
    /// soon as it came; an error of the body is [`BlobError::Body`]. Needs memory for a few pieces only. Content that is there
    /// already is put again, which makes it young: its time becomes `now`. Dropping the future leaves nothing behind.
    fn put(&self, body: ByteStream, limit: u64, now: UnixMillis) -> BlobAnswer<'_, PutBlob>;

    /// Opens a blob, or the part of it in `range`, which is cut where the blob ends. None where there is no such blob.
    fn open<'a>(
        &'a self,
        digest: &'a BlobDigest,
        range: Option<Range<u64>>,
    ) -> BlobAnswer<'a, Option<OpenBlob>>;

    /// Returns the size of a blob; none where there is no such blob.
    fn size<'a>(&'a self, digest: &'a BlobDigest) -> BlobAnswer<'a, Option<u64>>;

    /// Returns the file that holds exactly a blob, where there is such a file on this machine. It is read-only, and must stay so:
    /// whoever links to it gives others no right to write.
    fn local_path(&self, digest: &BlobDigest) -> Option<PathBuf>;

    /// Removes a blob that was not put since `unused_since`.
    fn remove<'a>(&'a self, digest: &'a BlobDigest, unused_since: UnixMillis) -> BlobAnswer<'a, Removal>;

    /// Returns the blobs of one of 256 parts (those whose digest begins with this byte), in no order.
    fn list(&self, part: u8) -> BlobAnswer<'_, Vec<ListedBlob>>;
}

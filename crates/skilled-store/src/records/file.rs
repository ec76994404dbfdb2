//! Files: what was uploaded, and what containers made.

use skilled_message::UnixMillis;

use super::{Answer, Page, PageQuery};
use crate::BlobDigest;

/// A file. It never changes, except that its content goes when it expires.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FileRecord {
    /// Its id (`file_…`).
    pub id: String,
    /// Whose it is.
    pub workspace: String,
    /// Its name, without a folder.
    pub filename: String,
    /// The type of its content.
    pub mime_type: String,
    /// Its size.
    pub size_bytes: u64,
    /// When it was made.
    pub created_at: UnixMillis,
    /// When its content goes; never, where there is none.
    pub expires_at: Option<UnixMillis>,
    /// Whether clients may have its content.
    pub downloadable: bool,
    /// What it belongs to.
    pub scope: Option<FileScope>,
    /// Its content. Counted as a reference to the blob until the content is released.
    pub content: BlobDigest,
    /// Where it comes from.
    pub origin: FileOrigin,
    /// When its content was given up. The blob may be gone from then on. None in a new file.
    pub released_at: Option<UnixMillis>,
}

/// What a file belongs to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FileScope {
    /// The id of that.
    pub id: String,
    /// What it is, such as `session`.
    pub kind: String,
}

/// Where a file comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FileOrigin {
    /// A client uploaded it.
    Upload,
    /// A container made it.
    Container,
}

/// How much room the files of a workspace may take.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Quota {
    /// As much as there is.
    Unlimited,
    /// So many bytes, those of released contents not counted.
    Bytes(u64),
}

/// Which files are wanted.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct FileFilter {
    /// Those that belong to this.
    pub scope_id: Option<String>,
}

/// The files.
pub trait Files {
    /// Keeps a file whose content is in the blobs already. The room is checked in the same transaction, so that many uploads
    /// at once cannot exceed it: [`StoreError::Quota`](crate::StoreError::Quota).
    fn create_file(&self, file: FileRecord, quota: Quota) -> Answer<'_, ()>;

    /// Returns a file.
    fn file<'a>(&'a self, workspace: &'a str, id: &'a str) -> Answer<'a, Option<FileRecord>>;

    /// Returns files.
    fn files<'a>(
        &'a self,
        workspace: &'a str,
        filter: FileFilter,
        query: PageQuery,
    ) -> Answer<'a, Page<FileRecord>>;

    /// Returns those of these files that exist, in the order of the ids. At most [`MAX_PAGE`](super::MAX_PAGE) ids.
    fn files_by_id<'a>(&'a self, workspace: &'a str, ids: &'a [String]) -> Answer<'a, Vec<FileRecord>>;

    /// Deletes a file and returns it.
    fn delete_file<'a>(&'a self, workspace: &'a str, id: &'a str, now: UnixMillis) -> Answer<'a, FileRecord>;

    /// Returns how many bytes the contents of a workspace's files have together, released ones excepted.
    fn used_bytes<'a>(&'a self, workspace: &'a str) -> Answer<'a, u64>;

    /// Releases the content of at most `limit` files that have expired, in all workspaces, and says of how many. The files can
    /// still be seen.
    fn release_expired_files(&self, now: UnixMillis, limit: u32) -> Answer<'_, u64>;

    /// Deletes at most `limit` files that expired before `before`, in all workspaces, and says how many.
    fn delete_expired_files(&self, before: UnixMillis, now: UnixMillis, limit: u32) -> Answer<'_, u64>;
}

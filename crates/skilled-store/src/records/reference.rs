//! What is kept by content, and whether anything still needs it.
//!
//! Each record that names a blob or a tree counts as a reference, which comes and goes in the same transaction as the record.
//! What nothing refers to is not removed at once: an upload keeps its blob first and its record second, and between the two
//! nothing refers to it. So only what has been without a reference for a while may go (an hour is plenty).
//!
//! Whoever makes a record must therefore have kept the content just before ([`Blobs::put`](crate::Blobs::put) makes existing
//! content young again), or hold another record that refers to it.

use skilled_message::UnixMillis;

use super::Answer;

/// What kind of content.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ObjectKind {
    /// A blob; its digest is the text of a [`BlobDigest`](crate::BlobDigest).
    Blob,
    /// The files of a version of a skill.
    Tree,
}

/// The references to content.
pub trait References {
    /// Returns at most `limit` digests (1 to [`MAX_PAGE`](super::MAX_PAGE)) that had their last reference before `before`, in
    /// their order, behind `after`.
    fn unreferenced<'a>(
        &'a self,
        kind: ObjectKind,
        before: UnixMillis,
        after: Option<&'a str>,
        limit: u32,
    ) -> Answer<'a, Vec<String>>;

    /// Returns at most `limit` digests (1 to [`MAX_PAGE`](super::MAX_PAGE)) that something refers to, in their order, behind
    /// `after`.
    fn referenced<'a>(
        &'a self,
        kind: ObjectKind,
        after: Option<&'a str>,
        limit: u32,
    ) -> Answer<'a, Vec<String>>;

    /// Returns those of `digests` (at most [`MAX_PAGE`](super::MAX_PAGE)) that nothing has ever referred to, or that were
    /// forgotten.
    fn unknown<'a>(&'a self, kind: ObjectKind, digests: &'a [String]) -> Answer<'a, Vec<String>>;

    /// Forgets objects whose content is gone. Those that have a reference again stay.
    fn forget<'a>(&'a self, kind: ObjectKind, digests: &'a [String]) -> Answer<'a, ()>;
}

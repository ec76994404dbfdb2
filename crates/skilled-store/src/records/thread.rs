//! Threads: conversations that are kept so that a client sends only what is new.
//!
//! Each answer that a thread gave is one record, and is continued at most once.

use skilled_message::UnixMillis;

use super::Answer;
use crate::BlobDigest;

/// A place in a conversation from which it can go on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ThreadRecord {
    /// The id of the answer at its end (`msg_…`).
    pub message_id: String,
    /// Whose it is.
    pub workspace: String,
    /// The conversation up to and including that answer, with its tools and system prompt. Counted as a reference to the blob.
    pub conversation: BlobDigest,
    /// The container that was used.
    pub container_id: Option<String>,
    /// When it was made.
    pub created_at: UnixMillis,
    /// When it can be continued no more.
    pub expires_at: UnixMillis,
    /// The answer that continues it. None in a new record.
    pub continued_by: Option<String>,
}

/// What became of the wish to continue a thread.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Continue {
    /// It is the caller's to continue until the lease runs out. [`Threads::finish_continue`] or
    /// [`Threads::abort_continue`] must follow.
    Begun(ThreadRecord),
    /// There is no such answer in the workspace, or it has expired.
    NotFound,
    /// It was continued already.
    AlreadyContinued {
        /// By this answer.
        by: String,
    },
    /// Somebody is continuing it now.
    InFlight,
}

/// The threads.
pub trait Threads {
    /// Keeps the end of a conversation that continues no other one.
    fn create_thread(&self, thread: ThreadRecord) -> Answer<'_, ()>;

    /// Takes the right to continue an answer, for `holder` (such as the id of the request) until `lease_until`. Of many who try
    /// at once one succeeds. A lease that ran out, as after a crash, can be taken again.
    fn begin_continue<'a>(
        &'a self,
        workspace: &'a str,
        message_id: &'a str,
        holder: &'a str,
        now: UnixMillis,
        lease_until: UnixMillis,
    ) -> Answer<'a, Continue>;

    /// Keeps `next` and notes that it continues `message_id`, both at once. Whoever does not hold the lease gets
    /// [`StoreError::NotHeld`](crate::StoreError::NotHeld).
    fn finish_continue<'a>(
        &'a self,
        workspace: &'a str,
        message_id: &'a str,
        holder: &'a str,
        next: ThreadRecord,
    ) -> Answer<'a, ()>;

    /// Gives the right to continue back. Whoever does not hold it changes nothing.
    fn abort_continue<'a>(
        &'a self,
        workspace: &'a str,
        message_id: &'a str,
        holder: &'a str,
    ) -> Answer<'a, ()>;

    /// Deletes at most `limit` records that have expired, in all workspaces, and says how many.
    fn delete_expired_threads(&self, now: UnixMillis, limit: u32) -> Answer<'_, u64>;
}

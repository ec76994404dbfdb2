//! Batches: requests that are answered when there is time.
//!
//! This is a queue that survives everything: a request is claimed for a while, and one whose claim runs out, as when the process
//! that held it was killed, is claimed again. So a request may be run twice, but it has one result.

use skilled_message::UnixMillis;

use super::{Answer, Page, PageQuery};

/// The most requests of one batch.
pub const MAX_BATCH_REQUESTS: usize = 100_000;

/// A batch.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BatchRecord {
    /// Its id (`msgbatch_…`).
    pub id: String,
    /// Whose it is.
    pub workspace: String,
    /// The key that made it, to which usage is charged; empty where there is none.
    pub key: String,
    /// When it was made.
    pub created_at: UnixMillis,
    /// When what has not been answered will not be any more.
    pub expires_at: UnixMillis,
    /// How far it is. [`BatchStatus::InProgress`] in a new one.
    pub status: BatchStatus,
    /// When somebody first wanted it canceled. None in a new one.
    pub cancel_initiated_at: Option<UnixMillis>,
    /// When the last request was finished. None in a new one.
    pub ended_at: Option<UnixMillis>,
    /// When its results were given up. None in a new one.
    pub archived_at: Option<UnixMillis>,
    /// How many of its requests are where. In a new one the store counts them.
    pub counts: BatchCounts,
}

/// How far a batch is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BatchStatus {
    /// Requests are being answered.
    InProgress,
    /// It is to be canceled, and some requests are still being answered.
    Canceling,
    /// Every request has its result.
    Ended,
}

/// How many requests of a batch are where.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct BatchCounts {
    /// Without a result yet.
    pub processing: u64,
    /// Answered.
    pub succeeded: u64,
    /// Failed.
    pub errored: u64,
    /// Canceled before they were begun, or by whoever ran them.
    pub canceled: u64,
    /// Not finished when the batch expired.
    pub expired: u64,
}

/// A request of a new batch.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewBatchRequest {
    /// The client's name for it, unique in the batch.
    pub custom_id: String,
    /// The request, as JSON.
    pub params: String,
}

/// A request that the caller is to run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClaimedRequest {
    /// Whose it is.
    pub workspace: String,
    /// The key to which it is charged; empty where there is none.
    pub key: String,
    /// Its batch.
    pub batch_id: String,
    /// Its place in the batch, from 0.
    pub position: u32,
    /// The client's name for it.
    pub custom_id: String,
    /// The request, as JSON.
    pub params: String,
    /// How often it was claimed, this time included.
    pub attempts: u32,
}

/// How a request ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BatchOutcome {
    /// It was answered.
    Succeeded,
    /// It failed.
    Errored,
    /// It was canceled.
    Canceled,
    /// It was not finished when the batch expired.
    Expired,
}

/// The result of one request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BatchResult {
    /// Its place in the batch, from 0.
    pub position: u32,
    /// The client's name for it.
    pub custom_id: String,
    /// How it ended.
    pub outcome: BatchOutcome,
    /// The message or the error, as JSON. None for what was canceled or expired in the queue.
    pub result: Option<String>,
}

/// What became of a result.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Finished {
    /// It is kept.
    Kept,
    /// It is kept, and was the last one: the batch has ended.
    KeptAndEnded,
    /// The request had a result already, which stays; or its batch is gone.
    TooLate,
}

/// The batches.
pub trait Batches {
    /// Keeps a batch with all its requests, 1 to [`MAX_BATCH_REQUESTS`], and returns it. It is seen and claimed only when all of
    /// them are kept.
    fn create_batch(&self, batch: BatchRecord, requests: Vec<NewBatchRequest>) -> Answer<'_, BatchRecord>;

    /// Returns a batch.
    fn batch<'a>(&'a self, workspace: &'a str, id: &'a str) -> Answer<'a, Option<BatchRecord>>;

    /// Returns batches.
    fn batches<'a>(&'a self, workspace: &'a str, query: PageQuery) -> Answer<'a, Page<BatchRecord>>;

    /// Claims at most `limit` requests (1 to [`MAX_PAGE`](super::MAX_PAGE)) for `holder`, from all workspaces, until
    /// `lease_until`: those of the oldest batch first, in their order. Nothing of batches that are being canceled or have
    /// expired.
    fn claim_requests<'a>(
        &'a self,
        holder: &'a str,
        now: UnixMillis,
        lease_until: UnixMillis,
        limit: u32,
    ) -> Answer<'a, Vec<ClaimedRequest>>;

    /// Makes the lease of a claimed request longer. Whoever does not hold it gets
    /// [`StoreError::NotHeld`](crate::StoreError::NotHeld) and should stop; so does whoever runs it when its batch is being
    /// canceled.
    fn renew_request<'a>(
        &'a self,
        batch: &'a str,
        position: u32,
        holder: &'a str,
        lease_until: UnixMillis,
    ) -> Answer<'a, ()>;

    /// Gives a claimed request back to the queue. Whoever does not hold it changes nothing.
    fn return_request<'a>(&'a self, batch: &'a str, position: u32, holder: &'a str) -> Answer<'a, ()>;

    /// Keeps the result of a request, from whoever has one first. With the last one the batch ends.
    fn finish_request<'a>(
        &'a self,
        batch: &'a str,
        position: u32,
        outcome: BatchOutcome,
        result: Option<String>,
        now: UnixMillis,
    ) -> Answer<'a, Finished>;

    /// Cancels a batch and returns it. Requests that nobody runs are canceled at once; those that are being run are finished by
    /// whoever does. A second time changes nothing; one that has ended is [`StoreError::Ended`](crate::StoreError::Ended).
    fn cancel_batch<'a>(
        &'a self,
        workspace: &'a str,
        id: &'a str,
        now: UnixMillis,
    ) -> Answer<'a, BatchRecord>;

    /// Ends the batches whose time is over, and finishes the canceled requests whose lease ran out, in all workspaces. Call it
    /// from time to time. Returns how many batches ended.
    fn sweep_batches(&self, now: UnixMillis) -> Answer<'_, u64>;

    /// Returns at most `limit` results behind position `after`, in the order of the requests, and not many more than 4 MiB of
    /// them, but at least one where there is one. Empty means that there are no more. Nothing before the batch has ended, nor
    /// after it was archived; see [`BatchRecord::status`].
    fn batch_results<'a>(
        &'a self,
        workspace: &'a str,
        id: &'a str,
        after: Option<u32>,
        limit: u32,
    ) -> Answer<'a, Vec<BatchResult>>;

    /// Gives up the requests and results of at most `limit` batches that ended before `before`, in all workspaces. The batches
    /// can still be seen. Returns how many.
    fn archive_batches(&self, before: UnixMillis, now: UnixMillis, limit: u32) -> Answer<'_, u64>;

    /// Deletes a batch and its results; one that has not ended is [`StoreError::NotEnded`](crate::StoreError::NotEnded).
    fn delete_batch<'a>(&'a self, workspace: &'a str, id: &'a str) -> Answer<'a, ()>;
}

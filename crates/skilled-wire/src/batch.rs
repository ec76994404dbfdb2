//! Batches of messages.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::tag::types;
use crate::{ErrorBody, Time};

/// The most characters of a `custom_id`: letters, digits, `_` and `-`.
pub const BATCH_ENTRY_ID_MAX: usize = 64;

/// A batch of requests that are answered in their time.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Batch {
    /// `msgbatch_…`.
    pub id: String,
    /// `message_batch`.
    #[serde(rename = "type")]
    pub kind: types::MessageBatch,
    /// Where it is.
    pub processing_status: BatchStatus,
    /// How many requests are where. All are processing until the batch has ended.
    pub request_counts: BatchCounts,
    /// When it was made.
    pub created_at: Time,
    /// When requests that were not answered by then expire.
    pub expires_at: Time,
    /// When its last request had been dealt with.
    #[serde(default)]
    pub ended_at: Option<Time>,
    /// When somebody asked for its end.
    #[serde(default)]
    pub cancel_initiated_at: Option<Time>,
    /// When its results went away.
    #[serde(default)]
    pub archived_at: Option<Time>,
    /// Where its results are, as JSON lines; null until it has ended.
    #[serde(default)]
    pub results_url: Option<String>,
}

/// Where a batch is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum BatchStatus {
    /// Requests are being answered.
    InProgress,
    /// What was begun is being ended.
    Canceling,
    /// All is done.
    Ended,
}

/// How many requests of a batch are where.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct BatchCounts {
    /// Not yet dealt with.
    pub processing: u64,
    /// Answered.
    pub succeeded: u64,
    /// Failed.
    pub errored: u64,
    /// Not begun when the batch was canceled.
    pub canceled: u64,
    /// Not begun when the batch expired.
    pub expired: u64,
}

/// One line of a batch's results.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct BatchResultLine {
    /// The name that the request was given.
    pub custom_id: String,
    /// What became of it.
    pub result: BatchResult,
}

/// What became of a request of a batch.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum BatchResult {
    /// It was answered.
    Succeeded {
        /// The answer, as `POST /v1/messages` gives it.
        #[cfg_attr(feature = "openapi", schema(value_type = Object))]
        message: Value,
    },
    /// It failed.
    Errored {
        /// Why.
        error: ErrorBody,
    },
    /// The batch was canceled before it was begun.
    Canceled,
    /// The batch expired before it was begun.
    Expired,
}

/// The answer to the deletion of a batch.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct DeletedBatch {
    /// `msgbatch_…`.
    pub id: String,
    /// `message_batch_deleted`.
    #[serde(rename = "type")]
    pub kind: types::MessageBatchDeleted,
}

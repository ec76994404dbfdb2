//! What was used, per key, day and model.

use std::ops::Range;

use skilled_message::UnixMillis;

use super::Answer;

/// What was used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Amounts {
    /// Requests.
    pub requests: u64,
    /// Tokens read that no cache had.
    pub input_tokens: u64,
    /// Tokens written.
    pub output_tokens: u64,
    /// Tokens read from a cache.
    pub cache_read_tokens: u64,
    /// Tokens written to a cache.
    pub cache_write_tokens: u64,
    /// How long containers were there, in milliseconds.
    pub container_millis: u64,
}

/// What one key used of one model on one day.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UsageRecord {
    /// The workspace.
    pub workspace: String,
    /// The key; empty for requests without one.
    pub key: String,
    /// The day (UTC) as a number of days since 1970-01-01.
    pub day: u32,
    /// The model as it was asked for; empty for what belongs to none.
    pub model: String,
    /// How much.
    pub amounts: Amounts,
}

/// Which usage is wanted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UsageFilter {
    /// Of this workspace only, or of all.
    pub workspace: Option<String>,
    /// On these days (see [`UsageRecord::day`]).
    pub days: Range<u32>,
}

/// Adds up usage.
pub trait Usage {
    /// Adds `amounts` to what `key` used of `model` on the day of `at`, and notes that the key was used. A key that is unknown
    /// (or empty) is counted, too. Sums stop at 2⁶³-1.
    fn add_usage<'a>(
        &'a self,
        workspace: &'a str,
        key: &'a str,
        model: &'a str,
        at: UnixMillis,
        amounts: Amounts,
    ) -> Answer<'a, ()>;

    /// Returns what was used, ordered by workspace, day, key and model.
    fn usage(&self, filter: UsageFilter) -> Answer<'_, Vec<UsageRecord>>;
}

//! What a server keeps beside the bytes: keys, skills, files, containers, threads, batches, usage.
//!
//! The traits here are what the rest of the program knows; [`SqliteRecords`](crate::SqliteRecords) is the implementation
//! for one machine. They are written so that a database shared by several machines fits behind them, too: every change is one
//! call that happens wholly or not at all, claims are leases that run out, and no call hands out a lock or a transaction.
//!
//! Rules for every implementation:
//!
//! - When a changing call has returned `Ok`, what it did survives the process and the machine. When it has not returned yet, it
//!   may or may not have happened, but never in part. Dropping the future of a call does not take it back.
//! - Whatever is asked with a workspace finds nothing of another one; it is as if that did not exist.
//! - Times are milliseconds since the Unix epoch and come from the caller, as ids do. Nothing here reads a clock.
//! - Lists are ordered by the time of making and then by the id, so that a list that is read page by page neither repeats
//!   nor skips what was there all the time.

mod batch;
mod container;
mod error;
mod file;
mod key;
mod page;
mod reference;
mod skill;
mod thread;
mod usage;

use std::future::Future;
use std::path::Path;
use std::pin::Pin;

pub use batch::{
    BatchCounts, BatchOutcome, BatchRecord, BatchResult, BatchStatus, Batches, ClaimedRequest, Finished,
    MAX_BATCH_REQUESTS, NewBatchRequest,
};
pub use container::{ContainerRecord, ContainerState, Containers};
pub use error::{Noun, StoreError};
pub use file::{FileFilter, FileOrigin, FileRecord, FileScope, Files, Quota};
pub use key::{KeyRecord, Keys, WorkspaceRecord, Workspaces};
pub use page::{MAX_PAGE, Order, Page, PageQuery, Start};
pub use reference::{ObjectKind, References};
pub use skill::{
    DisplayNames, LastVersion, NewSkill, SkillFilter, SkillRecord, SkillRemoval, SkillVersionRecord, Skills,
    VersionRef,
};
pub use thread::{Continue, ThreadRecord, Threads};
pub use usage::{Amounts, Usage, UsageFilter, UsageRecord};

/// What a call of a store returns: a future of its result.
pub type Answer<'a, T> = Pin<Box<dyn Future<Output = Result<T, StoreError>> + Send + 'a>>;

/// All records of a server.
pub trait Records:
    Workspaces + Keys + Usage + Skills + Files + Containers + Threads + Batches + References + Send + Sync
{
    /// Says whether the store answers, by reading from it and by asking its writer.
    fn check(&self) -> Answer<'_, ()>;

    /// Writes a consistent copy of all records to `file`, which must not exist, while everything goes on. It is durable when
    /// this returns. Use [`backup()`](crate::backup()), which takes the blobs along.
    fn copy_to<'a>(&'a self, file: &'a Path) -> Answer<'a, ()>;

    /// Waits until what was asked so far is done, and closes the store. What is asked later fails with
    /// [`StoreError::Closed`].
    fn close(&self) -> Answer<'_, ()>;
}

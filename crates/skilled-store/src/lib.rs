//! Where things are kept: runs, and what a server has to remember.
//!
//! # Runs
//!
//! A [`RunStore`] is a folder: `runs/<run id>/events.jsonl` holds the events of a run, one JSON object per line, and
//! `runs/<run id>/session/` belongs to the run's sandbox. A [`RunLog`] appends to one run, under a lock: two processes
//! cannot drive one run.
//!
//! ```
//! use skilled_agent::{Event, EventId, EventKind, RunId, Warning};
//! use skilled_store::RunStore;
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # let folder = tempfile::tempdir()?;
//! # let data_dir = folder.path();
//! let store = RunStore::open(data_dir)?;
//! let run = RunId::new(0);
//! let mut log = store.create(run)?;
//! # let event = Event { seq: 1, id: EventId::new(0), at: 0, kind: EventKind::Warning(Warning::new("x", "y")) };
//! log.append(&event)?;
//! log.sync()?;
//! assert_eq!(store.read(run)?.events, [event]);
//! assert_eq!(store.find("latest")?, run);
//! # Ok(())
//! # }
//! ```
//!
//! # A server's data
//!
//! [`Records`] are rows: keys, skills, files, containers, threads, batches, usage. [`Blobs`] are bytes by content. Both are
//! traits; [`SqliteRecords`] and [`DiskBlobs`] implement them on one machine, in a [`DataDir`]. What a call has
//! acknowledged survives the process and the machine, and nothing is ever half visible: content is kept first, then the record that
//! names it.
//!
//! This crate must never decide what an event or a request means, and never look for its folder or for the time itself.

mod backup;
mod blobs;
mod data_dir;
mod error;
mod find;
mod lines;
mod list;
mod log;
mod records;
mod remove;
mod sqlite;
mod store;

pub use backup::{BackedUp, BackupError, backup, restore};
pub use blobs::{
    BlobAction, BlobAnswer, BlobDigest, BlobError, Blobs, ByteStream, CollectError, Collected, DiskBlobs,
    ListedBlob, OpenBlob, ParseDigestError, PutBlob, Removal, collect,
};
pub use data_dir::{DataDir, DataDirError};
pub use error::{Error, IoAction};
pub use find::FindError;
pub use lines::{MAX_LINE_BYTES, TornLine};
pub use list::{ListedRun, RunSummary};
pub use log::RunLog;
pub use records::{
    Amounts, Answer, BatchCounts, BatchOutcome, BatchRecord, BatchResult, BatchStatus, Batches,
    ClaimedRequest, ContainerRecord, ContainerState, Containers, Continue, DisplayNames, FileFilter,
    FileOrigin, FileRecord, FileScope, Files, Finished, KeyRecord, Keys, LastVersion, MAX_BATCH_REQUESTS,
    MAX_PAGE, NewBatchRequest, NewSkill, Noun, ObjectKind, Order, Page, PageQuery, Quota, Records,
    References, SkillFilter, SkillRecord, SkillRemoval, SkillVersionRecord, Skills, Start, StoreError,
    ThreadRecord, Threads, Usage, UsageFilter, UsageRecord, VersionRef, WorkspaceRecord, Workspaces,
};
pub use remove::remove_tree;
pub use sqlite::SqliteRecords;
pub use store::{ResumedLog, RunStore, SavedRun};

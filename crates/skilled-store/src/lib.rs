//! Where runs are kept.
//!
//! A [`RunStore`] is a folder: `runs/<run id>/events.jsonl` holds the events of a run, one JSON object per line, and
//! `runs/<run id>/session/` belongs to the run's sandbox. A [`RunLog`] appends to one run, under a lock: two processes
//! cannot drive one run.
//!
//! This crate must never decide what an event means, and never look for its folder itself.
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

mod error;
mod find;
mod lines;
mod list;
mod log;
mod remove;
mod store;

pub use error::{Error, IoAction};
pub use find::FindError;
pub use lines::{MAX_LINE_BYTES, TornLine};
pub use list::{ListedRun, RunSummary};
pub use log::RunLog;
pub use remove::remove_tree;
pub use store::{ResumedLog, RunStore, SavedRun};

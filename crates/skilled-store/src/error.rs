//! What can go wrong with a store.

use std::fmt;
use std::io;
use std::path::{Path, PathBuf};

use skilled_agent::{ReadEventError, RunId};

/// Why the store could not do what was asked.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The operating system refused.
    #[error("cannot {action} {}", path.display())]
    Io {
        /// What was tried.
        action: IoAction,
        /// With what.
        path: PathBuf,
        /// Why not.
        #[source]
        source: io::Error,
    },
    /// There is no such run.
    #[error("there is no run {run} in {}", runs.display())]
    NoSuchRun {
        /// The run.
        run: RunId,
        /// The folder of the runs.
        runs: PathBuf,
    },
    /// A run with this id is there already.
    #[error("the run {run} exists already")]
    Exists {
        /// The run.
        run: RunId,
    },
    /// Somebody else is driving the run.
    #[error("the run {run} is being driven by another process: wait until it ends, or stop it")]
    InUse {
        /// The run.
        run: RunId,
    },
    /// A line is not an event this program can read.
    #[error("{}:{line}: not a readable event", path.display())]
    Corrupt {
        /// The file.
        path: PathBuf,
        /// The line, from 1.
        line: u64,
        /// What is wrong with it.
        #[source]
        source: ReadEventError,
    },
    /// The last line is not an event this program can read.
    #[error("{}: the last line is not a readable event", path.display())]
    CorruptEnd {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        #[source]
        source: ReadEventError,
    },
    /// A line is longer than any event may be.
    #[error("{}:{line}: the line is longer than {limit} bytes, so it is not an event", path.display())]
    LineTooLong {
        /// The file.
        path: PathBuf,
        /// The line, from 1.
        line: u64,
        /// The longest line allowed, in bytes.
        limit: u64,
    },
    /// An event is longer than could be read back. It was not written.
    #[error(
        "event {seq} has {bytes} bytes, more than the {limit} that a log can hold: limit the output of tools"
    )]
    EventTooLong {
        /// The event's number.
        seq: u64,
        /// Its length as JSON.
        bytes: u64,
        /// The longest event allowed, in bytes.
        limit: u64,
    },
    /// An event has no JSON form.
    #[error("event {seq} cannot be written as JSON")]
    Encode {
        /// The event's number.
        seq: u64,
        /// Why not.
        #[source]
        source: serde_json::Error,
    },
    /// An earlier event was written in part and could not be taken back, so nothing may follow it.
    #[error("an earlier event was written to {} in part only: resume the run to repair its log", path.display())]
    Broken {
        /// The file.
        path: PathBuf,
    },
}

/// What was tried with a file or a folder.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum IoAction {
    /// Make it.
    Create,
    /// Open it.
    Open,
    /// Lock it.
    Lock,
    /// Read it.
    Read,
    /// Write to it.
    Write,
    /// Cut off its end.
    Truncate,
    /// Make it durable.
    Sync,
    /// Remove it.
    Remove,
}

impl fmt::Display for IoAction {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Create => "create",
            Self::Open => "open",
            Self::Lock => "lock",
            Self::Read => "read",
            Self::Write => "write to",
            Self::Truncate => "cut off the torn end of",
            Self::Sync => "sync",
            Self::Remove => "remove",
        })
    }
}

impl IoAction {
    /// Returns what turns an error of this action on `path` into ours.
    pub(crate) fn on(self, path: &Path) -> impl FnOnce(io::Error) -> Error {
        let path = path.to_owned();
        move |source| Error::Io { action: self, path, source }
    }
}

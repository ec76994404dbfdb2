//! What can go wrong with blobs.

use std::fmt;
use std::io;
use std::path::{Path, PathBuf};

/// Why a blob could not be put or read.
#[derive(Debug, thiserror::Error)]
pub enum BlobError {
    /// The content is larger than was allowed. Nothing was kept.
    #[error("the content has more than {limit} bytes")]
    TooLarge {
        /// How many bytes were allowed.
        limit: u64,
    },
    /// The content could not be received. Nothing was kept.
    #[error("the content ended early")]
    Body {
        /// Why.
        #[source]
        source: io::Error,
    },
    /// The operating system refused. A full disk is [`io::ErrorKind::StorageFull`]. Nothing was kept.
    #[error("cannot {action} {}", path.display())]
    Io {
        /// What was tried.
        action: BlobAction,
        /// With what.
        path: PathBuf,
        /// Why not.
        #[source]
        source: io::Error,
    },
    /// The process is ending, and its threads with it.
    #[error("the program is ending")]
    Ending,
}

/// What was tried with a file or a folder.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BlobAction {
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
    /// Make it durable.
    Sync,
    /// Give it its name.
    Name,
    /// Remove it.
    Remove,
}

impl BlobAction {
    /// Returns what turns an error of this action on `path` into ours.
    pub(super) fn on(self, path: &Path) -> impl FnOnce(io::Error) -> BlobError {
        let path = path.to_owned();
        move |source| BlobError::Io { action: self, path, source }
    }
}

impl fmt::Display for BlobAction {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Create => "create",
            Self::Open => "open",
            Self::Lock => "lock",
            Self::Read => "read",
            Self::Write => "write to",
            Self::Sync => "sync",
            Self::Name => "give its name to",
            Self::Remove => "remove",
        })
    }
}

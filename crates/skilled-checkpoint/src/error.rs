//! Why a checkpoint was not taken, restored or moved.

use std::io;
use std::path::PathBuf;

use crate::{CheckpointId, Exceeded, Place};

/// Why it failed.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The store itself cannot be read or written.
    #[error("cannot {doing} {}; check the free space and the permissions of the store", .path.display())]
    Store {
        /// What was being done.
        doing: &'static str,
        /// To what.
        path: PathBuf,
        /// What the system said.
        #[source]
        source: io::Error,
    },
    /// A folder cannot be read or written. What was restored until then stays; restoring again goes on from there.
    #[error("cannot {doing} {place}; check its permissions and the free space")]
    Folder {
        /// What was being done.
        doing: &'static str,
        /// To what.
        place: Place,
        /// What the system said.
        #[source]
        source: io::Error,
    },
    /// There is more than the limits allow. No checkpoint was made.
    #[error("at {place} there are more than {most} {}; remove something, or raise the limit", .exceeded.what())]
    TooMuch {
        /// Which limit.
        exceeded: Exceeded,
        /// Where it was exceeded.
        place: Place,
        /// How much is allowed.
        most: u64,
    },
    /// There is no such checkpoint.
    #[error("there is no checkpoint {id}; list the checkpoints to see which there are")]
    NoCheckpoint {
        /// The one that was asked for.
        id: CheckpointId,
    },
    /// Something in the store is missing or is not what it was.
    #[error("{} is damaged: {reason}; use another checkpoint, or import this one again", .path.display())]
    Damaged {
        /// The file in the store.
        path: PathBuf,
        /// What is wrong.
        reason: &'static str,
    },
    /// The store or a checkpoint was written by a newer version.
    #[error("{} has a format that this version does not know; use a newer version", .path.display())]
    Format {
        /// The file in the store.
        path: PathBuf,
    },
    /// The name of a folder is empty, too long or has other characters than letters, digits, `-` and `_`.
    #[error("{name:?} cannot name a folder; use up to 64 letters, digits, `-` and `_`")]
    Name {
        /// The name.
        name: String,
    },
    /// Two folders have the same name.
    #[error("two folders are called {name}; give each a name of its own")]
    Twice {
        /// The name.
        name: String,
    },
    /// The checkpoint has no folder of this name.
    #[error("checkpoint {id} has no folder {name}; restore only folders that were taken")]
    NoFolder {
        /// The checkpoint.
        id: CheckpointId,
        /// The name.
        name: String,
    },
    /// A label is too long.
    #[error("the label has {bytes} bytes; at most {most} are allowed")]
    Label {
        /// Its length.
        bytes: usize,
        /// The longest allowed.
        most: usize,
    },
    /// A fork needs folders that are new.
    #[error("{} is not empty; fork into new folders, or restore", .path.display())]
    NotEmpty {
        /// The folder.
        path: PathBuf,
    },
    /// The archive cannot be written to where the caller wants it.
    #[error("cannot write the exported checkpoint")]
    Export(#[source] io::Error),
    /// The archive cannot be read.
    #[error("cannot read the checkpoint to import")]
    Import(#[source] io::Error),
    /// The archive is not one that an export made, or was changed. Nothing was imported.
    #[error("the checkpoint is not imported: entry {entry} {reason}; export it again")]
    Refused {
        /// Which entry, counted from 1.
        entry: u64,
        /// What is wrong with it.
        reason: &'static str,
    },
}

impl Error {
    pub(crate) fn store(doing: &'static str, path: impl Into<PathBuf>, source: impl Into<io::Error>) -> Self {
        Self::Store { doing, path: path.into(), source: source.into() }
    }
}

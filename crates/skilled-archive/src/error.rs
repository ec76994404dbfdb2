//! Why an archive is not read or written.

use std::io;
use std::path::PathBuf;

use crate::problem::{Code, Problem, Problems, quoted};

/// Why an archive was not read.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The archive cannot be read from where it lies.
    #[error("cannot read the archive; check that the file is complete and readable")]
    Read(#[source] io::Error),
    /// What is in the archive is not accepted, for one or more reasons.
    #[error("the archive is refused:\n{0}")]
    Refused(Problems),
    /// The caller's closure failed on an entry.
    #[error("cannot use the content of {}", quoted(.entry))]
    Visitor {
        /// The entry.
        entry: String,
        /// What the closure said.
        #[source]
        source: io::Error,
    },
    /// A file could not be written while extracting. Nothing is left of it.
    #[error("cannot write {}; check the free space and the permissions of the folder", path.display())]
    Write {
        /// What was written.
        path: PathBuf,
        /// What the system said.
        #[source]
        source: io::Error,
    },
    /// Something is already where the content should go.
    #[error("{} already exists; choose another place, or replace it on purpose", path.display())]
    Exists {
        /// The destination.
        path: PathBuf,
    },
}

impl Error {
    /// The problems with the archive itself; empty when it is not the archive's fault.
    pub fn problems(&self) -> &[Problem] {
        match self {
            Self::Refused(problems) => problems.list(),
            Self::Read(_) | Self::Visitor { .. } | Self::Write { .. } | Self::Exists { .. } => &[],
        }
    }

    pub(crate) fn refused(code: Code, message: impl Into<String>) -> Self {
        Problem::archive(code, message).into()
    }
}

impl From<Problem> for Error {
    fn from(problem: Problem) -> Self {
        Self::Refused(problem.into())
    }
}

/// Why an archive was not written. What was written so far is no archive.
#[derive(Debug, thiserror::Error)]
pub enum WriteError {
    /// The output cannot be written.
    #[error("cannot write the archive; check the free space")]
    Output(#[source] io::Error),
    /// The content of an entry cannot be read.
    #[error("cannot read what is to become {}", quoted(.entry))]
    Input {
        /// The entry.
        entry: String,
        /// What the reader said.
        #[source]
        source: io::Error,
    },
    /// The content of an entry does not have the size that was announced.
    #[error("{} does not have the {announced} bytes it had before; pack when nothing writes to it", quoted(.entry))]
    Size {
        /// The entry.
        entry: String,
        /// Its size in bytes as announced.
        announced: u64,
    },
    /// The path of an entry is one that [`Archive`](crate::Archive) would refuse.
    #[error("the name cannot be written: {_0}; {}", _0.code.help())]
    Name(Problem),
    /// Entries were not given in the order of the bytes of their paths.
    #[error("{} comes after an entry that sorts behind it; entries are written in the order of their bytes", quoted(.entry))]
    Order {
        /// The entry.
        entry: String,
    },
}

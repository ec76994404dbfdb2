//! What can go wrong with a container.

use std::io;
use std::path::PathBuf;

use skilled_store::{BlobError, StoreError};

/// What can go wrong with a container.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// There is none with this id that can be used, or it is another workspace's.
    #[error("Container not found: {id}")]
    NotFound {
        /// The id.
        id: String,
    },
    /// A file that is to come in is too much for this machine, or has no content any more.
    #[error("the content of the file {id} is gone")]
    NoContent {
        /// The file.
        id: String,
    },
    /// The sandbox could not be made or reached.
    #[error("the container's sandbox failed")]
    Sandbox(#[source] skilled_sandbox::Error),
    /// The store failed.
    #[error("the records failed")]
    Store(#[from] StoreError),
    /// The bytes failed.
    #[error("the bytes failed")]
    Blob(#[from] BlobError),
    /// A folder or file of the container could not be written.
    #[error("cannot write {}", path.display())]
    Io {
        /// The path.
        path: PathBuf,
        /// What the system said.
        #[source]
        source: io::Error,
    },
}

impl Error {
    pub(crate) fn io(path: impl Into<PathBuf>) -> impl FnOnce(io::Error) -> Self {
        let path = path.into();
        move |source| Self::Io { path, source }
    }
}

//! Making files.

use skilled_sandbox::FileError;

use super::{Operations, is_missing};

/// A file that was written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Written {
    /// The size of the file that was there before, if there was one.
    pub replaced: Option<u64>,
}

/// Why a file was not written.
#[derive(Debug, thiserror::Error)]
pub enum WriteError {
    /// The system refused.
    #[error(transparent)]
    File(FileError),
    /// The contents are too large.
    #[error("{path} would be {bytes} bytes: at most {limit} can be written at once")]
    TooLarge {
        /// The path.
        path: String,
        /// The size asked for.
        bytes: u64,
        /// The bound.
        limit: u64,
    },
}

impl Operations {
    /// Makes or replaces the file at `path`, with the folders it needs.
    pub async fn write(&self, path: &str, contents: &[u8]) -> Result<Written, WriteError> {
        let (bytes, limit) = (contents.len() as u64, self.options.written_bytes);
        if bytes > limit {
            return Err(WriteError::TooLarge { path: path.to_owned(), bytes, limit });
        }
        let replaced = match self.files().metadata(path).await {
            Ok(metadata) => Some(metadata.bytes),
            Err(error) if is_missing(&error) => None,
            Err(error) => return Err(WriteError::File(error)),
        };
        self.files().write(path, contents).await.map_err(WriteError::File)?;
        Ok(Written { replaced })
    }
}

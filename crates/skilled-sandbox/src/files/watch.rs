//! Seeing what changes in a folder.

use crate::{BoxFuture, FileError};

/// Looks after one folder. Dropping it ends that.
pub trait Watch: Send {
    /// Returns what happened next. May be dropped at any await without loss. After [`Change::Gone`] it returns that
    /// again.
    ///
    /// # Errors
    /// [`FileError::Sandbox`] when the sandbox has ended.
    fn next(&mut self) -> BoxFuture<'_, Result<Change, FileError>>;
}

/// Something that happened in a watched folder. A name is bytes, as Linux has it; of a file that was renamed, the old name
/// is removed and the new one created.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Change {
    /// Something has this name now.
    Created(Vec<u8>),
    /// The file of this name was written.
    Modified(Vec<u8>),
    /// Nothing has this name any more.
    Removed(Vec<u8>),
    /// More happened than was kept: list the folder to see what is there.
    Overflow,
    /// The folder itself was removed. Nothing follows.
    Gone,
}

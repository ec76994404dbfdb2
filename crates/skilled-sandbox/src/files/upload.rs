//! Writing a new file.

use tokio::io::AsyncWrite;

use crate::{BoxFuture, FileError};

/// A file that is being written. Under its name, nobody sees anything of it before it is whole.
///
/// Dropping it gives it up, and so does the death of its process. Only where a file system cannot hold a file without a name
/// does that leave something behind, under a name that begins with [`PARTIAL_PREFIX`](crate::PARTIAL_PREFIX).
pub trait Upload: AsyncWrite + Send + Unpin {
    /// Gives the file its name, in one step. Returns its size.
    ///
    /// # Errors
    /// When what is at the path by now is not what [`Create`] allows; when a write has failed that was not told yet.
    fn commit(self: Box<Self>) -> BoxFuture<'static, Result<u64, FileError>>;
}

/// How to make a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Create {
    /// What becomes of what is there.
    pub existing: Existing,
    /// Permission bits; none for those of the file that is replaced, and 0644 when there is none.
    pub mode: Option<u32>,
    /// Whether missing parent folders are made.
    pub parents: bool,
}

impl Default for Create {
    /// Replaces the file that the path leads to, keeps its mode, and makes folders.
    fn default() -> Self {
        Self { existing: Existing::Follow, mode: None, parents: true }
    }
}

/// What becomes of something that has the name already.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Existing {
    /// It stays, and the new file is not made.
    Keep,
    /// It is replaced, be it a file or a symbolic link.
    Replace,
    /// A file is replaced; where a symbolic link leads, the file is made or replaced.
    Follow,
}

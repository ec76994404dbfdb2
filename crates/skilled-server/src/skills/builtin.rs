//! Skills that come with the server.

use std::path::{Path, PathBuf};

use skilled_message::UnixMillis;
use skilled_registry::{Limits, Store, discover};

use super::catalogue::Catalogue;

/// The skills that come with the server, sorted by their ids. Their versions are dates: that on which a server first
/// saw them. Earlier versions stay, so that a client that names one gets it.
#[derive(Debug, Clone, Default)]
pub struct Builtins(Vec<Builtin>);

/// A skill that comes with the server.
#[derive(Debug, Clone)]
pub(crate) struct Builtin {
    /// Its name, which is its id.
    pub(crate) id: String,
    /// Its versions, the newest first; never empty.
    pub(crate) versions: Vec<BuiltinVersion>,
}

/// A version of such a skill.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct BuiltinVersion {
    /// A date, such as `20261201`.
    pub(crate) version: String,
    pub(crate) description: String,
    /// The digest of its snapshot.
    pub(crate) digest: String,
    pub(crate) created_at: UnixMillis,
}

/// Why the skills that come with the server cannot be served.
#[derive(Debug, thiserror::Error)]
pub enum BuiltinError {
    /// The folder has none, or one of them does not load.
    #[error("cannot serve the skills in {}", folder.display())]
    Skills {
        /// The folder.
        folder: PathBuf,
        /// Why not.
        #[source]
        source: skilled_registry::Error,
    },
    /// A snapshot could not be taken.
    #[error("cannot keep the skills in {}", folder.display())]
    Snapshot {
        /// The folder.
        folder: PathBuf,
        /// Why not.
        #[source]
        source: skilled_registry::StoreError,
    },
    /// The list of earlier versions could not be read or written.
    #[error("cannot keep the list of versions in {}", path.display())]
    Catalogue {
        /// The file.
        path: PathBuf,
        /// Why not.
        #[source]
        source: std::io::Error,
    },
}

impl Builtins {
    /// Takes snapshots of the skills in `folder` and notes their versions in the file `catalogue`. Blocks.
    ///
    /// # Errors
    ///
    /// [`BuiltinError`]
    pub fn open(
        folder: &Path,
        catalogue: &Path,
        trees: &Store,
        now: UnixMillis,
    ) -> Result<Self, BuiltinError> {
        let discovery = discover(&[folder.to_owned()], &Limits::default());
        if let Some(source) = discovery.errors.into_iter().next() {
            return Err(BuiltinError::Skills { folder: folder.to_owned(), source });
        }
        let failed = |source| BuiltinError::Catalogue { path: catalogue.to_owned(), source };
        let mut known = Catalogue::read(catalogue).map_err(failed)?;
        let mut changed = false;
        let mut names = Vec::new();
        for skill in &discovery.skills {
            let snapshot = trees.snapshot(skill);
            let snapshot =
                snapshot.map_err(|source| BuiltinError::Snapshot { folder: folder.to_owned(), source })?;
            let digest = snapshot.digest.to_string();
            changed |= known.note(skill.name.as_str(), &digest, &skill.skill.description, now);
            names.push(skill.name.as_str().to_owned());
        }
        if changed {
            known.write(catalogue).map_err(failed)?;
        }
        // What is not in the folder any more is not served, but remembered for the day it comes back.
        let skills = known.into_skills().into_iter().filter(|skill| names.contains(&skill.id));
        Ok(Self(skills.collect()))
    }

    pub(crate) fn get(&self, id: &str) -> Option<&Builtin> {
        self.0.iter().find(|skill| skill.id == id)
    }

    pub(crate) fn all(&self) -> &[Builtin] {
        &self.0
    }

    /// The digests of all versions.
    pub(crate) fn digests(&self) -> impl Iterator<Item = &str> {
        self.0.iter().flat_map(|skill| &skill.versions).map(|version| version.digest.as_str())
    }
}

impl Builtin {
    /// A version by its date, or the newest as `latest`.
    pub(crate) fn version(&self, name: &str) -> Option<&BuiltinVersion> {
        match name {
            "latest" => self.versions.first(),
            name => self.versions.iter().find(|version| version.version == name),
        }
    }
}

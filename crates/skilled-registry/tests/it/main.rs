//! Discovery and the store over real folders.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a failed unwrap is a failed test")]

mod discovery;
mod scopes;
mod store;

use std::fs;
use std::path::{Path, PathBuf};

/// A folder with skills in it.
struct Kit(tempfile::TempDir);

impl Kit {
    fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().canonicalize().unwrap().join(name)
    }

    fn file(&self, name: &str, contents: &str) -> PathBuf {
        let path = self.path(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, contents).unwrap();
        path
    }

    /// Makes a skill in `folder` with the name of its last part.
    fn skill(&self, folder: &str) -> PathBuf {
        let name = Path::new(folder).file_name().unwrap().to_str().unwrap();
        self.file(
            &format!("{folder}/SKILL.md"),
            &format!("---\nname: {name}\ndescription: Does {folder}.\n---\n"),
        );
        self.path(folder)
    }
}

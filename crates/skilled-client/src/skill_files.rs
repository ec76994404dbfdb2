//! The files of a skill that is uploaded.

use std::io::Cursor;
use std::path::PathBuf;

use bytes::Bytes;
use skilled_package::{Format, PackError, PackOptions};

use crate::multipart::Form;
use crate::{Error, Progress, Result, Upload};

/// The files of a skill: an archive, or the files themselves.
#[derive(Debug)]
pub struct SkillFiles(Vec<Upload>);

impl SkillFiles {
    /// A folder, packed as `skilled pack` does it: what programs make again is left out; links that lead out of it and what
    /// looks like a secret are refused. The archive is held in memory, at most 256 MiB; servers usually take 30.
    ///
    /// # Errors
    ///
    /// [`Error::Pack`]
    pub async fn folder(path: impl Into<PathBuf>) -> Result<Self> {
        Self::packed(path, PackOptions::default()).await
    }

    /// A folder, packed as wanted.
    ///
    /// # Errors
    ///
    /// [`Error::Pack`]
    pub async fn packed(path: impl Into<PathBuf>, options: PackOptions) -> Result<Self> {
        let path = path.into();
        let packing = tokio::task::spawn_blocking(move || {
            let plan = skilled_package::plan(&path, &options)?;
            let mut archive = Cursor::new(Vec::new());
            skilled_package::pack(&plan, &mut archive, Format::Zip)?;
            Ok::<_, PackError>((format!("{}.zip", plan.name()), archive.into_inner()))
        });
        let packed = packing.await.map_err(|error| Error::Upload(std::io::Error::other(error)))?;
        let (name, archive) = packed.map_err(|error| Error::Pack(Box::new(error)))?;
        Ok(Self::archive(Upload::bytes(name, archive)))
    }

    /// A zip, as it is: [`Upload::path`] of a file, or [`Upload::bytes`].
    pub fn archive(archive: Upload) -> Self {
        // Servers know an archive by its name.
        let named = archive.filename().to_lowercase().ends_with(".zip");
        let name = if named { archive.filename().to_owned() } else { format!("{}.zip", archive.filename()) };
        Self(vec![archive.named(name)])
    }

    /// Single files by their paths, which begin with one folder for all of them: `report/SKILL.md`.
    pub fn files(files: impl IntoIterator<Item = (String, Bytes)>) -> Self {
        Self(files.into_iter().map(|(path, content)| Upload::bytes(path, content)).collect())
    }

    /// The same, with somebody who is told how far the last of its files is.
    #[must_use]
    pub fn watched(mut self, progress: Progress) -> Self {
        if let Some(last) = self.0.pop() {
            self.0.push(last.watched(progress));
        }
        self
    }

    /// Adds the files to a form.
    pub(crate) fn add_to(self, form: Form) -> Form {
        self.0.into_iter().fold(form, |form, file| form.file("files[]", file))
    }
}

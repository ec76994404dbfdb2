//! Files.

use std::path::Path;
use std::time::Duration;

use skilled_wire::messages::MessagesResponse;
use skilled_wire::{DeletedFile, FileObject};

use crate::call::{Accept, Call};
use crate::download::{Existing, Saved};
use crate::multipart::Form;
use crate::names::{numbered, safe_name};
use crate::pages::Style;
use crate::{Client, Download, Error, Pages, Result, Upload, response_files};

/// How many numbers are tried for a name that is taken.
const MOST_NUMBERS: u32 = 10_000;

/// `/v1/files`
#[derive(Debug, Clone, Copy)]
pub struct Files<'a>(&'a Client);

/// Which files are listed.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct FileList {
    /// Those that belong to this, such as `sesn_…`.
    pub scope_id: Option<String>,
    /// These, at most 100; others are not listed then.
    pub ids: Vec<String>,
}

impl<'a> Files<'a> {
    pub(crate) const fn new(client: &'a Client) -> Self {
        Self(client)
    }

    /// Uploads a file, which lasts until it is deleted.
    pub async fn upload(&self, upload: Upload) -> Result<FileObject> {
        self.upload_form(Form::new(), upload).await
    }

    /// Uploads a file that goes away by itself, after an hour to 90 days.
    pub async fn upload_expiring(&self, upload: Upload, after: Duration) -> Result<FileObject> {
        self.upload_form(Form::new().text("expires_in_seconds", after.as_secs().to_string()), upload).await
    }

    async fn upload_form(&self, form: Form, upload: Upload) -> Result<FileObject> {
        self.0.json(Call::post_form(self.0.url(&["files"])?, form.file("file", upload))).await
    }

    /// All files, or some of them, newest first.
    pub fn list(&self, wanted: &FileList) -> Result<Pages<FileObject>> {
        let mut query: Vec<(&str, String)> = Vec::new();
        if wanted.ids.is_empty() {
            query.push(("limit", "100".to_owned()));
        }
        query.extend(wanted.ids.iter().map(|id| ("ids[]", id.clone())));
        query.extend(wanted.scope_id.iter().map(|scope| ("scope_id", scope.clone())));
        Ok(Pages::new(self.0, self.0.url(&["files"])?, &query, Style::PageOrId))
    }

    /// What is known of a file: its name, size and type.
    pub async fn metadata(&self, file: &str) -> Result<FileObject> {
        self.0.json(Call::get(self.0.url(&["files", file])?)).await
    }

    /// The content of a file, as a stream. Only what was made in a container can be fetched.
    pub async fn download(&self, file: &str) -> Result<Download> {
        let url = self.0.url(&["files", file, "content"])?;
        Download::of(self.0, Call::get(url).accepting(Accept::Content)).await
    }

    /// Deletes a file.
    pub async fn delete(&self, file: &str) -> Result<DeletedFile> {
        self.0.json(Call::delete(self.0.url(&["files", file])?)).await
    }

    /// Saves the content of a file at `path`, which appears when it is complete.
    pub async fn save(&self, file: &str, path: impl AsRef<Path>, existing: Existing) -> Result<Saved> {
        self.download(file).await?.save(file, path.as_ref(), existing).await
    }

    /// Saves a file in `folder`, which is made where it is missing, under the name that the server has for it, made
    /// harmless by [`safe_name`]. What is there already stays: the name gets a number, as in `report (2).xlsx`.
    pub async fn save_in(&self, file: &str, folder: impl AsRef<Path>) -> Result<Saved> {
        let folder = folder.as_ref();
        tokio::fs::create_dir_all(folder).await.map_err(Error::writing(folder))?;
        let name = safe_name(&self.metadata(file).await?.filename);
        let mut written = self.download(file).await?.write_beside(folder).await?;
        for number in 1..=MOST_NUMBERS {
            let path = folder.join(numbered(&name, number));
            match written.place(&path, Existing::Refuse) {
                Ok(bytes) => return Ok(Saved { file: file.to_owned(), path, bytes }),
                Err((Error::Exists { .. }, again)) => written = again,
                Err((error, _)) => return Err(error),
            }
        }
        Err(Error::Exists { path: folder.join(name) })
    }

    /// Saves all files of an answer as [`Self::save_in`] does, and returns what was written, in the order of the answer.
    ///
    /// # Errors
    ///
    /// The first error. What was saved before it stays.
    pub async fn save_all(&self, answer: &MessagesResponse, folder: impl AsRef<Path>) -> Result<Vec<Saved>> {
        let mut saved = Vec::new();
        for file in response_files(answer) {
            saved.push(self.save_in(&file.file_id, folder.as_ref()).await?);
        }
        Ok(saved)
    }
}

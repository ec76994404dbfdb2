//! Uploads of skills: many files, or one archive.

use std::fmt::Write as _;
use std::path::PathBuf;
use std::sync::Arc;

use axum::extract::Request;
use skilled_archive::{Limits, Names, Occupies, Portability};
use skilled_registry::FoundSkill;
use tempfile::TempDir;
use tokio::fs::File;
use tokio::io::AsyncWriteExt as _;

use super::stage::{self, Staged};
use crate::body::IncomingBody;
use crate::multipart::{Multipart, PartHead};
use crate::query::shown;
use crate::{AppState, Client, Fault};

/// What the heads of parts may take beside the files.
const OVERHEAD: u64 = 4 << 20;
/// Parts that are no files.
const FIELDS: usize = 8;
/// The longest display name in characters.
const LONGEST_NAME: usize = 255;

/// Which request brings the upload.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Door {
    /// A new skill, which may be given a display name.
    Skill,
    /// A new version.
    Version,
}

/// An upload that was received and checked.
pub(super) struct Upload {
    pub(super) display_name: Option<String>,
    staged: Staged,
    /// The folder goes away with this.
    _folder: TempDir,
}

/// The files of a skill that are kept.
pub(super) struct Kept {
    pub(super) name: String,
    pub(super) description: String,
    /// The folder in which it was uploaded.
    pub(super) directory: String,
    pub(super) digest: String,
    pub(super) bytes: u64,
}

/// A file that came.
pub(super) struct Received {
    /// Its path in the upload; none when the client gave it no name.
    pub(super) path: Option<String>,
    /// Where its content is.
    pub(super) content: PathBuf,
}

/// Receives an upload into a folder that goes away with it, and checks it.
pub(super) async fn receive(
    app: &AppState,
    client: &Client,
    request: Request,
    door: Door,
) -> Result<Upload, Fault> {
    let (parts, body) = request.into_parts();
    let limits = &app.config.limits;
    let body = IncomingBody::new(
        app,
        &parts.headers,
        body,
        limits.skill_bytes + OVERHEAD,
        too_large(limits.skill_bytes),
    )?;
    let mut multipart = Multipart::new(&parts.headers, body, limits.skill_entries + FIELDS)?;
    let folder = tempfile::Builder::new().prefix("skill-").tempdir_in(&app.scratch);
    let folder = folder.map_err(|error| Fault::internal(&error))?;
    let mut receiver = Receiver {
        folder: folder.path().to_owned(),
        door,
        limit: limits.skill_bytes,
        bytes: 0,
        files: Vec::new(),
        names: Names::new(&archive_limits(app), Portability::Everywhere),
        display_name: None,
    };
    let received = receiver.parts(&mut multipart).await;
    if received.is_err() {
        multipart.discard().await;
    }
    received?;
    let Receiver { files, display_name, .. } = receiver;
    let place = stage::Place {
        folder: folder.path().to_owned(),
        limits: archive_limits(app),
        one_folder: client.has_legacy_skills(),
    };
    let staged = tokio::task::spawn_blocking(move || stage::stage(&files, &place)).await;
    let staged = staged.map_err(|error| Fault::internal(&error))??;
    Ok(Upload { display_name, staged, _folder: folder })
}

impl Upload {
    /// Keeps the files; they are on disk when this returns.
    pub(super) async fn keep(self, app: &AppState) -> Result<Kept, Fault> {
        let Self { staged: Staged { skill, directory }, _folder: folder, .. } = self;
        let trees = app.trees.clone();
        let skill: Arc<FoundSkill> = Arc::new(skill);
        let taken = Arc::clone(&skill);
        let snapshot = tokio::task::spawn_blocking(move || {
            let snapshot = trees.snapshot(&taken);
            drop(folder);
            snapshot
        });
        let snapshot = snapshot.await.map_err(|error| Fault::internal(&error))?;
        let snapshot = snapshot.map_err(|error| Fault::internal(&error))?;
        Ok(Kept {
            name: skill.name.as_str().to_owned(),
            description: skill.skill.description.clone(),
            directory,
            digest: snapshot.digest.to_string(),
            bytes: skill.tree.total_size(),
        })
    }
}

/// What an archive of a skill may hold.
fn archive_limits(app: &AppState) -> Limits {
    let limits = &app.config.limits;
    Limits {
        archive_bytes: limits.skill_bytes,
        entries: limits.skill_entries,
        total_bytes: limits.skill_bytes,
        file_bytes: limits.skill_bytes,
        ..Limits::default()
    }
}

pub(super) fn too_large(limit: u64) -> String {
    let size = if limit >> 20 == 0 { format!("{limit} bytes") } else { format!("{}MBs", limit >> 20) };
    format!("Request exceeds the maximum size. The Skills API accepts requests up to {size}.")
}

struct Receiver {
    folder: PathBuf,
    door: Door,
    limit: u64,
    bytes: u64,
    files: Vec<Received>,
    names: Names,
    display_name: Option<String>,
}

impl Receiver {
    async fn parts(&mut self, multipart: &mut Multipart) -> Result<(), Fault> {
        let contents = self.folder.join("parts");
        tokio::fs::create_dir(&contents).await.map_err(|error| Fault::internal(&error))?;
        while let Some(head) = multipart.next_part().await? {
            match head.name.as_str() {
                "files[]" | "files" => self.file(head, multipart).await?,
                name @ ("display_name" | "display_title") if self.door == Door::Skill => {
                    self.display_name = display_name(name, &multipart.text(name, 4 * LONGEST_NAME).await?)?;
                }
                name => {
                    return Err(Fault::invalid(format!("{}: Extra inputs are not permitted", shown(name))));
                }
            }
        }
        if self.files.is_empty() { Err(Fault::invalid("files: Field required")) } else { Ok(()) }
    }

    async fn file(&mut self, head: PartHead, multipart: &mut Multipart) -> Result<(), Fault> {
        let path = head.filename.filter(|name| !name.is_empty());
        if let Some(path) = &path {
            self.names.add(path, Occupies::File).map_err(|problems| {
                let problems: Vec<_> = problems.iter().collect();
                stage::refused("files", &problems)
            })?;
        }
        let content = self.folder.join("parts").join(self.files.len().to_string());
        let failed = |error: std::io::Error| Fault::internal(&error);
        let mut file = File::create_new(&content).await.map_err(failed)?;
        while let Some(piece) = multipart.data().await? {
            self.bytes += piece.len() as u64;
            if self.bytes > self.limit {
                return Err(Fault::too_large(too_large(self.limit)));
            }
            file.write_all(&piece).await.map_err(failed)?;
        }
        file.flush().await.map_err(failed)?;
        self.files.push(Received { path, content });
        Ok(())
    }
}

/// A display name; an empty one is none.
fn display_name(field: &str, text: &str) -> Result<Option<String>, Fault> {
    let text = text.trim();
    let count = text.chars().count();
    if count > LONGEST_NAME {
        return Err(Fault::invalid(format!(
            "{field}: must have at most {LONGEST_NAME} characters, not {count}"
        )));
    }
    if let Some(c) = text.chars().find(|c| c.is_control()) {
        let mut said = String::new();
        // Writing to a string cannot fail.
        let _ = write!(said, "{field}: must be one line without the character {}", c.escape_default());
        return Err(Fault::invalid(said));
    }
    Ok((!text.is_empty()).then(|| text.to_owned()))
}

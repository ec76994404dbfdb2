//! Giving files to the user: into the outputs folder, with their type and digest.

use std::collections::BTreeMap;
use std::time::Duration;

use skilled_sandbox::{Create, Existing, FileError, FileKind, Layout, OpenFile};
use skilled_tool::PresentedFile;
use tokio_util::sync::CancellationToken;

use super::content::{Content, Reading, Stopped, digest, read};
use super::{Operations, is_missing, unreadable};

/// Where anything may be written for a while.
const TEMPORARY: &str = "/tmp";
/// The highest number given to a file whose name is taken.
const NUMBERED: usize = 1_000;
/// Permission bits of a copy.
const MODE: u32 = 0o644;

/// A file that was presented.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Presented {
    /// The file as the user gets it.
    pub file: PresentedFile,
    /// The path that was asked for.
    pub asked: String,
    /// The name it would have had, when another file has that name.
    pub renamed_from: Option<String>,
}

/// Why a file was not presented.
#[derive(Debug, thiserror::Error)]
pub enum PresentError {
    /// The file could not be read.
    #[error(transparent)]
    File(FileError),
    /// It lies where only the system, a skill or the user put files.
    #[error("{path} lies outside the folders that files can be presented from")]
    Outside {
        /// The path as it was given.
        path: String,
        /// The path without symbolic links.
        canonical: String,
    },
    /// It is a folder.
    #[error("{path} is a folder")]
    Folder {
        /// The path as it was given.
        path: String,
    },
    /// Together with those before it, it is too large.
    #[error("{path} is too large: at most {limit} bytes can be presented at once")]
    TooLarge {
        /// The path as it was given.
        path: String,
        /// The bound for one call.
        limit: u64,
    },
    /// The copy could not be written.
    #[error("{path} could not be copied to the outputs folder: {reason}")]
    Copy {
        /// The path as it was given.
        path: String,
        /// Why.
        reason: String,
    },
    /// The copy made no progress, and was given up.
    #[error("copying {path} to the outputs folder made no progress for {} s", after.as_secs())]
    Stalled {
        /// The path as it was given.
        path: String,
        /// How long it was waited for.
        after: Duration,
    },
    /// The caller cancelled.
    #[error("presenting {path} was cancelled")]
    Cancelled {
        /// The path as it was given.
        path: String,
    },
}

impl Operations {
    /// Returns the presented files of an earlier part of this session to memory, so that their names stay theirs.
    pub async fn restore_presented(&self, files: &[PresentedFile]) {
        let mut presented = self.presented.lock().await;
        for file in files {
            presented.entry(file.name.clone()).or_insert(None);
        }
    }

    /// Presents each of `paths`; what is wrong with one does not keep the others back.
    ///
    /// A file outside the outputs folder is copied there under its own name. The same path again replaces its copy; a
    /// different file whose name is taken gets a number before its extension.
    ///
    /// Where a path leads is decided when the call begins. That keeps mistakes from becoming presents; it is not what
    /// protects the host, as a workload can copy whatever it can read.
    pub async fn present(
        &self,
        paths: &[String],
        cancel: &CancellationToken,
    ) -> Vec<Result<Presented, PresentError>> {
        let mut names = self.presented.lock().await;
        let mut room = self.options.presented_bytes;
        let mut results = Vec::with_capacity(paths.len());
        for path in paths {
            let result = self.present_one(path, &mut names, room, cancel).await;
            if let Ok(presented) = &result {
                room = room.saturating_sub(presented.file.bytes);
            }
            results.push(result);
        }
        results
    }

    async fn present_one(
        &self,
        path: &str,
        names: &mut BTreeMap<String, Option<String>>,
        room: u64,
        cancel: &CancellationToken,
    ) -> Result<Presented, PresentError> {
        let canonical = self.files().canonical(path).await.map_err(PresentError::File)?;
        if self.files().metadata(&canonical).await.map_err(PresentError::File)?.kind == FileKind::Folder {
            return Err(PresentError::Folder { path: path.to_owned() });
        }
        let places = self.places().await;
        if !places.allow(&canonical) {
            return Err(PresentError::Outside { path: path.to_owned(), canonical });
        }
        let mut open = self.files().open(&canonical).await.map_err(PresentError::File)?;
        if open.metadata.bytes > room {
            let limit = self.options.presented_bytes;
            return Err(PresentError::TooLarge { path: path.to_owned(), limit });
        }
        let stopped = |stopped| self.stopped(path, stopped);
        let (name, own, content) = if let Some(name) = below(&canonical, &places.outputs) {
            (
                name.to_owned(),
                name.to_owned(),
                read(&mut open, self.reading(path, room, cancel), None).await.map_err(stopped)?,
            )
        } else {
            let own = canonical.rsplit('/').next().unwrap_or(&canonical).to_owned();
            let name = self.free_name(&own, &canonical, (&mut open, cancel), names).await?;
            let content = self.copy(path, &name, &mut open, room, cancel).await?;
            (name, own, content)
        };
        names.insert(name.clone(), Some(canonical));
        let Content { bytes, media_type, digest } = content;
        let copy = format!("{}/{name}", self.layout().outputs);
        let renamed_from = (own != name).then_some(own);
        let file = PresentedFile { path: copy, name, bytes, media_type, digest };
        Ok(Presented { file, asked: path.to_owned(), renamed_from })
    }

    fn reading<'a>(&self, name: &'a str, limit: u64, cancel: &'a CancellationToken) -> Reading<'a> {
        Reading { name, limit, cancel, stall: self.options.copy_stall }
    }

    fn stopped(&self, path: &str, stopped: Stopped) -> PresentError {
        let path = path.to_owned();
        match stopped {
            Stopped::Read(source) => PresentError::File(unreadable(&path, source)),
            Stopped::Write(error) => PresentError::Copy { path, reason: error.to_string() },
            Stopped::Stalled => PresentError::Stalled { path, after: self.options.copy_stall },
            Stopped::TooLarge => PresentError::TooLarge { path, limit: self.options.presented_bytes },
            Stopped::Cancelled => PresentError::Cancelled { path },
        }
    }

    /// Returns the folders of the layout without symbolic links. One that does not exist stays as it is.
    async fn places(&self) -> Places {
        let Layout { workspace, skills, uploads, outputs, python } = self.layout();
        let real = async |path: &str| self.files().canonical(path).await.unwrap_or_else(|_| path.to_owned());
        let mut closed = vec![real(skills).await, real(uploads).await];
        if let Some(python) = python {
            closed.push(real(python).await);
        }
        let outputs = real(outputs).await;
        Places { open: vec![real(workspace).await, outputs.clone(), real(TEMPORARY).await], closed, outputs }
    }

    /// Returns the name that the copy of `source` gets: the one it had before, its own, or its own with a number.
    async fn free_name(
        &self,
        own: &str,
        source: &str,
        (open, cancel): (&mut OpenFile, &CancellationToken),
        names: &BTreeMap<String, Option<String>>,
    ) -> Result<String, PresentError> {
        if let Some((name, _)) = names.iter().find(|(_, from)| from.as_deref() == Some(source)) {
            return Ok(name.clone());
        }
        let numbered = (2..=NUMBERED).map(|number| with_number(own, number));
        for candidate in std::iter::once(own.to_owned()).chain(numbered) {
            let taken = match names.get(&candidate) {
                Some(None) => false, // of an earlier part of the session: this is its next version
                Some(Some(_)) => true,
                None => self.holds_another(&candidate, open, cancel).await,
            };
            if !taken {
                return Ok(candidate);
            }
        }
        let reason = format!("there are {NUMBERED} files of this name already");
        Err(PresentError::Copy { path: source.to_owned(), reason })
    }

    /// Returns whether the workload has put something else than the same content at `name` in the outputs folder.
    async fn holds_another(&self, name: &str, open: &mut OpenFile, cancel: &CancellationToken) -> bool {
        let target = format!("{}/{name}", self.layout().outputs);
        match self.files().metadata(&target).await.map(|there| there.kind) {
            Ok(FileKind::File) => {}
            Ok(FileKind::Folder | FileKind::Link | FileKind::Special) => return true,
            // Nothing is there, or the copy will say what is wrong.
            Err(_) => return false,
        }
        let Ok(mut there) = self.files().open(&target).await else { return true };
        let reading = self.reading(name, self.options.presented_bytes, cancel);
        there.metadata.bytes != open.metadata.bytes
            || digest(&mut there, reading).await != digest(open, reading).await
    }

    /// Copies an open file into the outputs folder as `name`. What lands there is what was hashed; a copy that is cut
    /// short leaves nothing.
    async fn copy(
        &self,
        path: &str,
        name: &str,
        open: &mut OpenFile,
        room: u64,
        cancel: &CancellationToken,
    ) -> Result<Content, PresentError> {
        let failed =
            |error: FileError| PresentError::Copy { path: path.to_owned(), reason: error.to_string() };
        let target = format!("{}/{name}", self.layout().outputs);
        let create = Create { existing: Existing::Replace, mode: Some(MODE), parents: true };
        let mut copy = self.files().create(&target, create).await.map_err(failed)?;
        let reading = self.reading(path, room, cancel);
        let content =
            read(open, reading, Some(&mut *copy)).await.map_err(|stopped| self.stopped(path, stopped))?;
        tokio::select! {
            biased;
            // First: what is done is done, whoever cancels it now.
            committed = copy.commit() => committed.map_err(failed)?,
            () = cancel.cancelled() => return Err(self.stopped(path, Stopped::Cancelled)),
            () = tokio::time::sleep(reading.stall) => return Err(self.stopped(path, Stopped::Stalled)),
        };
        Ok(content)
    }
}

/// Folders without symbolic links.
struct Places {
    open: Vec<String>,
    closed: Vec<String>,
    outputs: String,
}

impl Places {
    /// Returns whether files may be presented from where `path` is: the innermost folder decides.
    fn allow(&self, path: &str) -> bool {
        let depth = |folders: &[String]| {
            folders.iter().filter(|folder| below(path, folder).is_some()).map(String::len).max()
        };
        depth(&self.open) > depth(&self.closed)
    }
}

/// Returns the part of `path` below `folder`.
fn below<'a>(path: &'a str, folder: &str) -> Option<&'a str> {
    path.strip_prefix(folder.trim_end_matches('/'))?.strip_prefix('/').filter(|rest| !rest.is_empty())
}

/// Puts a number before the extension: `a.txt` becomes `a-2.txt`.
fn with_number(name: &str, number: usize) -> String {
    match name.rsplit_once('.') {
        Some((stem, extension)) if !stem.is_empty() => format!("{stem}-{number}.{extension}"),
        Some(_) | None => format!("{name}-{number}"),
    }
}

impl PresentError {
    /// Returns whether nothing is at the path.
    pub fn is_missing(&self) -> bool {
        matches!(self, Self::File(error) if is_missing(error))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_go_before_the_extension() {
        assert_eq!(with_number("a.tar.gz", 2), "a.tar-2.gz");
        assert_eq!(with_number(".env", 3), ".env-3");
        assert_eq!(with_number("Makefile", 2), "Makefile-2");
    }

    #[test]
    fn the_innermost_folder_decides() {
        let folders = |all: &[&str]| all.iter().map(|path| (*path).to_owned()).collect();
        let places = Places {
            open: folders(&["/workspace", "/tmp"]),
            closed: folders(&["/workspace/skills", "/tmp"]),
            outputs: String::new(),
        };
        assert!(places.allow("/workspace/a") && places.allow("/workspace/skillset/a"));
        assert!(
            !places.allow("/workspace/skills/x") && !places.allow("/workspaces") && !places.allow("/tmp/x")
        );
    }
}

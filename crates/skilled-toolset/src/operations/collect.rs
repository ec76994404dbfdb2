//! Everything in the outputs folder.

use skilled_sandbox::{Entry, FileError, FileKind};
use skilled_tool::PresentedFile;
use tokio_util::sync::CancellationToken;

use super::content::{Reading, Stopped, read};
use super::present::is_partial;
use super::{Operations, is_missing};
use crate::text::{shown, shown_bytes, size};

/// What was found in the outputs folder.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Collected {
    /// Its regular files, sorted by name.
    pub files: Vec<PresentedFile>,
    /// What else is there, and files beyond the bounds.
    pub skipped: Vec<Skipped>,
}

/// Something in the outputs folder that was not collected.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Skipped {
    /// Its path in the sandbox, on one line; bytes that are not UTF-8 are written as `\xNN`.
    pub path: String,
    /// Why.
    pub because: SkippedBecause,
}

/// Why something in the outputs folder was not collected.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SkippedBecause {
    /// It is a symbolic link.
    #[error("it is a symbolic link: copy the file itself to have it collected")]
    Link,
    /// It is a device, socket or pipe.
    #[error("it is neither a file nor a folder")]
    Special,
    /// Its name is not UTF-8.
    #[error("its name is not UTF-8: rename it to have it collected")]
    Name,
    /// The folder is too deep.
    #[error("it is more than {0} folders deep: use fewer levels or an archive")]
    Depth(usize),
    /// There are too many files.
    #[error("there are more than {0} files: put them into an archive")]
    Count(usize),
    /// The files are too large together.
    #[error("the files together are larger than {}", size(*.0))]
    Bytes(u64),
    /// It could not be read.
    #[error("it could not be read: {0}")]
    Unreadable(String),
}

impl Operations {
    /// Returns every file in the outputs folder and below, within the bounds. Nothing is left out without being named.
    ///
    /// # Errors
    /// When the outputs folder itself cannot be listed. One that does not exist holds nothing.
    pub async fn collect(&self, cancel: &CancellationToken) -> Result<Collected, FileError> {
        let mut collected = Collected::default();
        let mut room = self.options.presented_bytes;
        // Folders still to be listed, the next one last: names relative to the outputs folder, with their depth.
        let mut folders = vec![(String::new(), 0)];
        while let Some((folder, depth)) = folders.pop() {
            if cancel.is_cancelled() {
                break;
            }
            let limit = self.options.collected_files.saturating_mul(2).max(1_000);
            let entries = match self.files().list(&self.output(&folder), limit).await {
                Ok((entries, more)) => {
                    if more {
                        collected.skip(&self.output(&folder), SkippedBecause::Count(limit));
                    }
                    entries
                }
                Err(error) if folder.is_empty() && is_missing(&error) => break,
                Err(error) if folder.is_empty() => return Err(error),
                Err(error) => {
                    let because = SkippedBecause::Unreadable(error.to_string());
                    collected.skip(&self.output(&folder), because);
                    continue;
                }
            };
            for entry in entries {
                let Some(name) = self.accepted(&folder, &entry, &mut collected) else { continue };
                if entry.metadata.kind != FileKind::Folder {
                    self.collect_file(name, &mut room, cancel, &mut collected).await;
                } else if depth == self.options.collected_depth {
                    collected.skip(&self.output(&name), SkippedBecause::Depth(depth));
                } else {
                    folders.push((name, depth + 1));
                }
            }
        }
        collected.files.sort_by(|a, b| a.name.cmp(&b.name));
        Ok(collected)
    }

    /// Returns the name of an entry below the outputs folder when it is a file or folder that can be addressed.
    fn accepted(&self, folder: &str, entry: &Entry, collected: &mut Collected) -> Option<String> {
        let joined = |name: &str| match folder {
            "" => name.to_owned(),
            _ => format!("{folder}/{name}"),
        };
        let because = match (entry.metadata.kind, std::str::from_utf8(&entry.name)) {
            (FileKind::File, Ok(name)) if is_partial(name) => return None,
            (FileKind::File | FileKind::Folder, Ok(name)) => return Some(joined(name)),
            (FileKind::File | FileKind::Folder, Err(_)) => SkippedBecause::Name,
            (FileKind::Link, _) => SkippedBecause::Link,
            (FileKind::Special, _) => SkippedBecause::Special,
        };
        collected.skip(&self.output(&joined(&shown_bytes(&entry.name))), because);
        None
    }

    async fn collect_file(
        &self,
        name: String,
        room: &mut u64,
        cancel: &CancellationToken,
        collected: &mut Collected,
    ) {
        let path = self.output(&name);
        if collected.files.len() == self.options.collected_files {
            return collected.skip(&path, SkippedBecause::Count(self.options.collected_files));
        }
        let mut open = match self.files().open(&path).await {
            Ok(open) => open,
            Err(error) => return collected.skip(&path, SkippedBecause::Unreadable(error.to_string())),
        };
        let stall = self.options.copy_stall;
        let reading = Reading { name: &name, limit: *room, cancel, stall };
        match read(&mut open, reading, None).await {
            Ok(content) => {
                *room -= content.bytes;
                let (bytes, media_type, digest) = (content.bytes, content.media_type, content.digest);
                collected.files.push(PresentedFile { path, name, bytes, media_type, digest });
            }
            Err(stopped) => {
                let because = match stopped {
                    Stopped::TooLarge => SkippedBecause::Bytes(self.options.presented_bytes),
                    Stopped::Read(error) => SkippedBecause::Unreadable(error.to_string()),
                    Stopped::Cancelled | Stopped::Write | Stopped::Stalled => {
                        SkippedBecause::Unreadable("cancelled".to_owned())
                    }
                };
                collected.skip(&path, because);
            }
        }
    }

    fn output(&self, name: &str) -> String {
        match name {
            "" => self.layout().outputs.clone(),
            _ => format!("{}/{name}", self.layout().outputs),
        }
    }
}

impl Collected {
    fn skip(&mut self, path: &str, because: SkippedBecause) {
        self.skipped.push(Skipped { path: shown(path), because });
    }
}

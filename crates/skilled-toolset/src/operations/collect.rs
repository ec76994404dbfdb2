//! Everything in the outputs folder.

use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt as _;
use std::path::Path;

use skilled_sandbox::{Cut, FileError, FileKind, Found, Pattern, Walk, Walked};
use skilled_tool::PresentedFile;
use tokio_util::sync::CancellationToken;

use super::content::{Reading, Stopped, read};
use super::{Operations, is_missing};
use crate::text::{shown, shown_bytes, size};

/// Entries of the outputs folder that are looked at for each file that may be collected: folders and links count, too.
const LOOKED_AT: usize = 10;

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
    /// There are so many files and folders that the rest was not looked at.
    #[error(
        "it holds more than {0} files and folders, and the rest was not looked at: put them into an archive"
    )]
    Entries(usize),
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
        self.collect_walk(None, cancel).await
    }

    /// Returns the files in the outputs folder whose path below it is like `pattern`, within the bounds. Of what is like
    /// it, nothing is left out without being named.
    ///
    /// # Errors
    /// As for [`Operations::collect`].
    pub async fn collect_like(
        &self,
        pattern: &Pattern,
        cancel: &CancellationToken,
    ) -> Result<Collected, FileError> {
        self.collect_walk(Some(pattern.clone()), cancel).await
    }

    async fn collect_walk(
        &self,
        pattern: Option<Pattern>,
        cancel: &CancellationToken,
    ) -> Result<Collected, FileError> {
        let outputs = &self.layout().outputs;
        let most = self.options.collected_files.saturating_mul(LOOKED_AT);
        let depth = self.options.collected_depth;
        let walk = Walk { pattern, hidden: true, entries: most, found: most, depth };
        let Walked { found, cut } = match self.files().walk(outputs, walk).await {
            Err(error) if is_missing(&error) => return Ok(Collected::default()),
            walked => walked?,
        };
        let mut collected = Collected::default();
        let mut room = self.options.presented_bytes;
        for Found { path, metadata } in found {
            let because = match (metadata.kind, std::str::from_utf8(&path)) {
                (FileKind::Folder, _) => continue,
                (FileKind::File, Ok(name)) => {
                    self.collect_file(name, &mut room, cancel, &mut collected).await;
                    continue;
                }
                (FileKind::File, Err(_)) => SkippedBecause::Name,
                (FileKind::Link, _) => SkippedBecause::Link,
                (FileKind::Special, _) => SkippedBecause::Special,
            };
            collected.skip(outputs, &path, because);
        }
        for cut in cut {
            match cut {
                Cut::Entries { limit } | Cut::Found { limit } => {
                    collected.skip(outputs, b"", SkippedBecause::Entries(limit));
                }
                Cut::Depth { path, limit } => collected.skip(outputs, &path, SkippedBecause::Depth(limit)),
                Cut::Unreadable { path, source } => {
                    collected.skip(outputs, &path, SkippedBecause::Unreadable(source.to_string()));
                }
            }
        }
        Ok(collected)
    }

    async fn collect_file(
        &self,
        name: &str,
        room: &mut u64,
        cancel: &CancellationToken,
        collected: &mut Collected,
    ) {
        let outputs = &self.layout().outputs;
        if collected.files.len() == self.options.collected_files {
            let because = SkippedBecause::Count(self.options.collected_files);
            return collected.skip(outputs, name.as_bytes(), because);
        }
        let path = format!("{outputs}/{name}");
        let mut open = match self.files().open(&path).await {
            Ok(open) => open,
            Err(error) => {
                let because = SkippedBecause::Unreadable(error.to_string());
                return collected.skip(outputs, name.as_bytes(), because);
            }
        };
        let reading = Reading { name, limit: *room, cancel, stall: self.options.copy_stall };
        let because = match read(&mut open, reading, None).await {
            Ok(content) => {
                *room -= content.bytes;
                let (bytes, media_type, digest) = (content.bytes, content.media_type, content.digest);
                let name = name.to_owned();
                return collected.files.push(PresentedFile { path, name, bytes, media_type, digest });
            }
            Err(Stopped::TooLarge) => SkippedBecause::Bytes(self.options.presented_bytes),
            Err(Stopped::Read(error) | Stopped::Write(error)) => {
                SkippedBecause::Unreadable(error.to_string())
            }
            Err(Stopped::Cancelled | Stopped::Stalled) => SkippedBecause::Unreadable("cancelled".to_owned()),
        };
        collected.skip(outputs, name.as_bytes(), because);
    }
}

impl Collected {
    /// Notes that what is at `path` below the outputs folder was not collected.
    fn skip(&mut self, outputs: &str, path: &[u8], because: SkippedBecause) {
        let path = match path {
            [] => shown(outputs),
            path => shown_bytes(Path::new(outputs).join(OsStr::from_bytes(path)).as_os_str().as_bytes()),
        };
        self.skipped.push(Skipped { path, because });
    }
}

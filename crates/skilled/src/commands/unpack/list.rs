//! `--list`: what is in an archive, and whether unpacking would refuse it. It is unpacked for that, out of the way.

use std::fmt::Write as _;
use std::fs::File;
use std::io::Seek as _;
use std::process::ExitCode;

use serde_json::{Value as Json, json};
use skilled_format::{EntryKind, load_dir};
use skilled_package::{Destination, Limits, UnpackError, UnpackOptions, Unpacked, contents, unpack};

use super::{UnpackArgs, failed};
use crate::error::{Kind, OrKind, Result};
use crate::scratch::Scratch;
use crate::screen::{self, bytes, count, wrapped};
use crate::view::escaped;
use crate::{lookup, printer, refusal};

/// What is in an archive.
struct List {
    /// SHA-256 of the file, as `sha256:` and hexadecimal digits.
    sha256: String,
    files: Vec<Listed>,
    /// Nothing for an archive that is refused.
    unpacked: Option<Unpacked>,
}

/// A file or link.
struct Listed {
    /// In the skill, or in the archive where that is refused.
    path: String,
    kind: ListedKind,
}

enum ListedKind {
    File { size: u64, executable: bool, digest: Option<String> },
    Link { target: String },
}

pub(super) fn list(args: &UnpackArgs, file: &File) -> Result<ExitCode> {
    let place = Scratch::new()?;
    let limits = Limits::default();
    let cannot = || format!("cannot read {}", screen::path(&args.file));
    let result = unpack(file, Destination::Under(place.path()), &UnpackOptions::default());
    let (unpacked, error) = match result {
        Ok(unpacked) => (Some(unpacked), None),
        Err(error) => (None, Some(error)),
    };
    let files = match (&unpacked, &error) {
        (Some(unpacked), _) => in_skill(unpacked)?,
        // What cannot be listed is refused with the reasons why.
        (None, Some(UnpackError::NotASkill(_))) => in_archive(file, &limits).unwrap_or_default(),
        (None, _) => Vec::new(),
    };
    let mut again = file;
    let sha256 = again.rewind().and_then(|()| lookup::sha256_of(again, limits.archive_bytes));
    let list = List { sha256: sha256.or_kind_in(Kind::Job, cannot)?, files, unpacked };
    let error = error.map(|error| failed(error, &args.file, "would not be unpacked"));
    if args.json {
        let refused = error.as_ref().map_or_else(|| json!([]), refusal::json);
        printer::data(&format!("{:#}\n", list.json(&refused)));
    } else if !list.files.is_empty() {
        printer::data(&list.text(&args.file.to_string_lossy()));
    }
    error.map_or(Ok(ExitCode::SUCCESS), Err)
}

/// Files and links of the skill.
fn in_skill(unpacked: &Unpacked) -> Result<Vec<Listed>> {
    let loaded = load_dir(&unpacked.path, &skilled_format::Limits::default()).or_kind(Kind::Job)?;
    let listed = |entry: &skilled_format::Entry| {
        let kind = match &entry.kind {
            EntryKind::Directory => return None,
            EntryKind::File { size, executable, digest } => {
                ListedKind::File { size: *size, executable: *executable, digest: Some(digest.to_string()) }
            }
            EntryKind::Link { target } => ListedKind::Link { target: target.clone() },
        };
        Some(Listed { path: entry.path.clone(), kind })
    };
    Ok(loaded.tree.entries().iter().filter_map(listed).collect())
}

/// Files and links of an archive that is no package.
fn in_archive(mut file: &File, limits: &Limits) -> Option<Vec<Listed>> {
    use skilled_package::EntryKind;
    file.rewind().ok()?;
    let listed = |entry: skilled_package::Entry| {
        let kind = match entry.kind {
            EntryKind::Directory => return None,
            EntryKind::File { size, executable } => ListedKind::File { size, executable, digest: None },
            EntryKind::Symlink { target } | EntryKind::Hardlink { target } => ListedKind::Link { target },
        };
        Some(Listed { path: entry.path, kind })
    };
    Some(contents(file, limits).ok()?.into_iter().filter_map(listed).collect())
}

impl List {
    fn size(&self) -> u64 {
        let size = |listed: &Listed| match listed.kind {
            ListedKind::File { size, .. } => size,
            ListedKind::Link { .. } => 0,
        };
        self.files.iter().map(size).sum()
    }

    fn text(&self, file: &str) -> String {
        let mut text = String::new();
        for Listed { path, kind } in &self.files {
            let (size, rest) = match kind {
                ListedKind::File { size, executable, .. } => {
                    (bytes(*size), if *executable { "  executable".to_owned() } else { String::new() })
                }
                ListedKind::Link { target } => ("link".to_owned(), format!(" -> {}", escaped(target))),
            };
            let _ = writeln!(text, "{size:>10}  {}{rest}", escaped(path));
        }
        let name = self.unpacked.as_ref().map_or(file, |unpacked| unpacked.name.as_str());
        let (files, size) = (count(self.files.len(), "file"), bytes(self.size()));
        let _ = writeln!(text, "\n{}: {files}, {size}", escaped(name));
        if let Some(unpacked) = &self.unpacked {
            let _ = writeln!(text, "digest  {}", unpacked.digest);
        }
        let _ = writeln!(text, "file    {}", self.sha256);
        for left in self.left_out() {
            text.push_str(&wrapped("left out  ", &escaped(left)));
        }
        for warning in self.warnings() {
            text.push_str(&wrapped("check     ", &escaped(&warning)));
        }
        text
    }

    fn json(&self, refused: &Json) -> Json {
        let file = |Listed { path, kind }: &Listed| match kind {
            ListedKind::File { size, executable, digest } => json!({
                "path": path, "type": "file", "bytes": size, "executable": executable, "digest": digest,
            }),
            ListedKind::Link { target } => json!({ "path": path, "type": "link", "target": target }),
        };
        json!({
            "name": self.unpacked.as_ref().map(|unpacked| unpacked.name.as_str()),
            "digest": self.unpacked.as_ref().map(|unpacked| unpacked.digest.to_string()),
            "sha256": self.sha256, "bytes": self.size(),
            "files": self.files.iter().map(file).collect::<Vec<_>>(),
            "left_out": self.left_out(), "warnings": self.warnings(), "refused": refused,
        })
    }

    /// What would not be unpacked.
    fn left_out(&self) -> &[String] {
        self.unpacked.as_ref().map_or(&[], |unpacked| &unpacked.left_out)
    }

    fn warnings(&self) -> Vec<String> {
        let diagnostics = self.unpacked.iter().flat_map(|unpacked| &unpacked.diagnostics);
        diagnostics.map(ToString::to_string).collect()
    }
}

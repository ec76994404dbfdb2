//! Looking into archives, in memory.

use std::io::{Cursor, Read};

use skilled_archive::{Archive, Code, EntryKind, Error, Links, Options, Portability};

use super::{Material, Source, parts};
use crate::{Limits, Severity};

/// Largest archive that is looked into, in bytes.
const ARCHIVE_BYTES: u64 = 32 << 20;
/// Most entries of an archive that is looked into.
const ENTRIES: usize = 5000;
/// How deep archives are looked into: one in the skill, and those in it.
const DEPTH: usize = 2;

/// Documents that are archives, whose parts no agent runs or reads as they are.
const DOCUMENTS: [&str; 9] = ["epub", "npz", "key", "pages", "numbers", "sketch", "fig", "kra", "apk"];

/// What came of an archive.
#[derive(Debug)]
pub(crate) enum Opened {
    /// Its files are among the others, as `a.zip!/path`.
    Files(usize),
    /// It was refused; how grave that is, and why.
    Refused(Severity, String),
}

/// Whether a file is an archive that is looked into, by its first bytes and its name.
pub(super) fn is_archive(path: &str, head: &[u8]) -> bool {
    let extension = path.rsplit_once('.').map_or(String::new(), |(_, end)| end.to_ascii_lowercase());
    let tar = head.get(257..262) == Some(b"ustar");
    (head.starts_with(b"PK\x03\x04")
        || head.starts_with(b"PK\x05\x06")
        || head.starts_with(&[0x1f, 0x8b])
        || tar)
        && !DOCUMENTS.contains(&extension.as_str())
}

/// What may still be read of a skill.
struct Budget<'l> {
    limits: &'l Limits,
    left: &'l mut u64,
}

impl Material<'_> {
    /// All of a file that is an archive; `None` when it is too large or cannot be read.
    pub(super) fn whole_archive(&self, path: &str, left: u64) -> Option<Vec<u8>> {
        let content = self.folder.read(path, ARCHIVE_BYTES.min(left)).ok()?;
        (!content.cut).then_some(content.bytes)
    }

    /// Sorts in the files of an archive, and those of archives in it. What is not read is noted.
    pub(super) fn look_into(&mut self, path: &str, bytes: Vec<u8>, limits: &Limits, left: &mut u64) {
        self.look(path, bytes, 1, &mut Budget { limits, left });
    }

    /// Sorts in the words of an office document. One that is no sound archive is left to other programs.
    pub(super) fn document(&mut self, path: &str, bytes: Vec<u8>, limits: &Limits, left: &mut u64) {
        let mut words = Vec::new();
        let most = limits.file_bytes.min(*left);
        let read = Archive::open(Cursor::new(bytes), &options(*left)).and_then(|mut archive| {
            archive.visit(|entry, content| {
                let mut part = Vec::new();
                content.take(most).read_to_end(&mut part)?;
                words.extend(
                    parts::words(&entry.path, &part)
                        .map(|text| (format!("{path}!/{}.txt", entry.path), text)),
                );
                Ok(())
            })
        });
        if let Err(error) = read {
            self.note(path, &format!("the words of the document cannot be read: {error}"));
        }
        for (name, text) in words {
            *left = left.saturating_sub(text.len() as u64);
            self.sources.push(Source::new(name, text));
        }
    }

    fn look(&mut self, path: &str, bytes: Vec<u8>, depth: usize, budget: &mut Budget<'_>) {
        let mut inner = Vec::new();
        let mut count = 0;
        let opened = Archive::open(Cursor::new(bytes), &options(*budget.left)).and_then(|mut archive| {
            archive.visit(|entry, content| {
                let EntryKind::File { size, executable } = &entry.kind else { return Ok(()) };
                let name = format!("{path}!/{}", entry.path);
                count += 1;
                self.member(&name, (*size, *executable), content, budget, &mut inner)
            })
        });
        let outcome = match opened {
            Ok(()) => Opened::Files(count),
            Err(error) => {
                let (severity, why) = refusal(&error);
                self.note(path, &format!("the archive is refused: {why}"));
                Opened::Refused(severity, why)
            }
        };
        self.archives.push((path.to_owned(), outcome));
        for (name, bytes) in inner {
            if depth < DEPTH {
                self.look(&name, bytes, depth + 1, budget);
            } else {
                self.note(&name, "archives in archives in archives are not looked into");
            }
        }
    }

    fn member(
        &mut self,
        name: &str,
        (size, executable): (u64, bool),
        content: &mut dyn Read,
        budget: &mut Budget<'_>,
        inner: &mut Vec<(String, Vec<u8>)>,
    ) -> std::io::Result<()> {
        let mut bytes = Vec::new();
        content.take(budget.limits.file_bytes.min(*budget.left)).read_to_end(&mut bytes)?;
        *budget.left -= bytes.len() as u64;
        let cut = (bytes.len() as u64) < size;
        if cut {
            self.note(name, &format!("only the first {} bytes were looked at", bytes.len()));
        }
        if is_archive(name, &bytes) && !parts::is_office(name) && !cut {
            inner.push((name.to_owned(), bytes.clone()));
        }
        self.content(name, bytes, executable, size);
        Ok(())
    }
}

fn options(left: u64) -> Options {
    let limits = skilled_archive::Limits {
        archive_bytes: ARCHIVE_BYTES,
        entries: ENTRIES,
        total_bytes: left.saturating_mul(2),
        file_bytes: left,
        ..skilled_archive::Limits::default()
    };
    Options { limits, links: Links::Inside, portability: Portability::Linux, ..Options::default() }
}

/// How grave a refusal is, by the worst of its reasons, and that reason.
fn refusal(error: &Error) -> (Severity, String) {
    let worst = error.problems().iter().max_by_key(|problem| weight(problem.code));
    match worst {
        Some(problem) => (weight(problem.code), problem.to_string()),
        None => (Severity::Low, error.to_string()),
    }
}

fn weight(code: Code) -> Severity {
    match code {
        // What unpacking it carelessly would do to the machine.
        Code::NameEscapes | Code::LinkEscapes | Code::Ratio => Severity::High,
        // What programs read differently, or cannot look into.
        Code::Link
        | Code::LinkTarget
        | Code::Special
        | Code::Encrypted
        | Code::Surplus
        | Code::Checksum
        | Code::NameDuplicate
        | Code::NameCollision
        | Code::NameConflict => Severity::Medium,
        Code::UnknownFormat
        | Code::Damaged
        | Code::Truncated
        | Code::Compression
        | Code::Feature
        | Code::TooLarge
        | Code::TooManyEntries
        | Code::NameEmpty
        | Code::NameNotUtf8
        | Code::NameTooLong
        | Code::NameTooDeep
        | Code::NameNotPortable
        | Code::Changed => Severity::Low,
    }
}

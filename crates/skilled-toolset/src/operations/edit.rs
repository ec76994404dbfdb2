//! Replacing one text in a file.

use skilled_sandbox::FileError;
use tokio_util::sync::CancellationToken;

use super::{Operations, unreadable};
use crate::text::Likeness;

/// Lines shown before and after what changed.
const CONTEXT: usize = 3;
/// Lines of what changed that are shown.
const SHOWN: usize = 40;
/// Lines compared when the text is not found. Further ones are not looked at.
const COMPARED: usize = 20_000;
/// Lines of the longest text that is looked for but for white space.
const SOUGHT: usize = 200;
/// Occurrences of an ambiguous text whose lines are told.
const LISTED: usize = 20;

/// An edit that was made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Edited {
    /// The number of the first line in `lines`, from 1.
    pub first: u64,
    /// The lines that changed, with some around them, without their ends.
    pub lines: Vec<String>,
    /// Lines that changed and are not shown.
    pub unshown: usize,
    /// The number of the first line that changed, from 1.
    pub at: u64,
    /// The lines that held the replaced text, whole; at most [`CHANGED`](Edited::CHANGED).
    pub before: Vec<String>,
    /// The lines that hold its replacement, whole; at most as many.
    pub after: Vec<String>,
    /// Whether line feeds of the given texts were taken as the file's CR LF.
    pub crlf: bool,
}

impl Edited {
    /// The most lines of `before` and of `after`.
    pub const CHANGED: usize = 200;
}

/// Why an edit was not made. The file is unchanged.
#[derive(Debug, thiserror::Error)]
pub enum EditError {
    /// The file could not be read or written.
    #[error(transparent)]
    File(FileError),
    /// The file is too large.
    #[error("{path} is larger than {limit} bytes, too large to be edited in place")]
    TooLarge {
        /// The path.
        path: String,
        /// The bound.
        limit: u64,
    },
    /// The file is not UTF-8.
    #[error("{path} is not UTF-8 text: byte {at} is not part of a character")]
    NotUtf8 {
        /// The path.
        path: String,
        /// The offset of the first byte that is wrong.
        at: usize,
    },
    /// Nothing to look for was given.
    #[error("the text to replace is empty")]
    Empty,
    /// The replacement is the same as the text.
    #[error("the text and its replacement are the same: nothing would change")]
    Same,
    /// The text is not in the file.
    #[error("the text to replace is not in {path}")]
    NoMatch {
        /// The path.
        path: String,
        /// What may be the matter, most telling first.
        hints: Vec<Hint>,
    },
    /// The text is in the file more than once.
    #[error("the text to replace is in {path} {count} times")]
    Ambiguous {
        /// The path.
        path: String,
        /// How often it occurs. Of occurrences that overlap at least two count.
        count: usize,
        /// The lines on which the first twenty begin.
        lines: Vec<u64>,
    },
    /// The caller cancelled.
    #[error("the edit of {path} was cancelled")]
    Cancelled {
        /// The path.
        path: String,
    },
}

/// What may be the matter when a text is not found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Hint {
    /// The replacement is there already, from this line on.
    AlreadyThere(u64),
    /// The text begins its lines with the numbers that a view shows.
    LineNumbers,
    /// From this line on the text is there but for white space; the file's own lines follow.
    WhiteSpace(u64, Vec<String>),
    /// The line likest to the text's first line.
    Similar(u64, String),
}

impl Operations {
    /// Replaces the only occurrence of `old` in the file at `path` by `new`; every other byte stays.
    ///
    /// In a file whose lines all end in CR LF, line feeds in `old` and `new` stand for CR LF when `old` is not found as
    /// it is.
    ///
    /// Once the file is being written, `cancel` has no effect any more: an edit that is cancelled was not made.
    pub async fn edit(
        &self,
        path: &str,
        old: &str,
        new: &str,
        cancel: &CancellationToken,
    ) -> Result<Edited, EditError> {
        if old.is_empty() {
            return Err(EditError::Empty);
        }
        if old == new {
            return Err(EditError::Same);
        }
        let (replaced, edited) = tokio::select! {
            biased;
            () = cancel.cancelled() => return Err(EditError::Cancelled { path: path.to_owned() }),
            replaced = self.replaced(path, old, new) => replaced?,
        };
        self.files().write(path, replaced.as_bytes()).await.map_err(EditError::File)?;
        Ok(edited)
    }

    /// Returns the new text of the file and what to show of it.
    async fn replaced(&self, path: &str, old: &str, new: &str) -> Result<(String, Edited), EditError> {
        let limit = self.options.written_bytes;
        let mut open = self.files().open(path).await.map_err(EditError::File)?;
        let (bytes, longer) =
            open.read(limit).await.map_err(|source| EditError::File(unreadable(path, source)))?;
        if longer {
            return Err(EditError::TooLarge { path: path.to_owned(), limit });
        }
        let (own_path, old, new) = (path.to_owned(), old.to_owned(), new.to_owned());
        // Off the runtime's thread: searching a large file takes a while.
        let searched = tokio::task::spawn_blocking(move || {
            let text = String::from_utf8(bytes).map_err(|error| EditError::NotUtf8 {
                path: own_path.clone(),
                at: error.utf8_error().valid_up_to(),
            })?;
            replace(&own_path, &text, &old, &new)
        });
        let (replaced, edited) =
            searched.await.map_err(|error| EditError::File(unreadable(path, error.into())))??;
        if replaced.len() as u64 > limit {
            return Err(EditError::TooLarge { path: path.to_owned(), limit });
        }
        Ok((replaced, edited))
    }
}

/// Returns the new text of the file and what to show of it.
fn replace(path: &str, text: &str, old: &str, new: &str) -> Result<(String, Edited), EditError> {
    let mut at = occurrences(text, old);
    let mut texts = (old.to_owned(), new.to_owned());
    let mut crlf = false;
    if at.count == 0 && old.contains('\n') && only_crlf(text) {
        texts = (with_crlf(old), with_crlf(new));
        at = occurrences(text, &texts.0);
        crlf = at.count > 0;
    } else if at.count > 0 && !old.contains('\n') && new.contains('\n') && only_crlf(text) {
        texts.1 = with_crlf(new);
        crlf = true;
    }
    match at.first[..] {
        [] => Err(EditError::NoMatch { path: path.to_owned(), hints: hints(text, old, new) }),
        [start] => {
            let (old, new) = &texts;
            let replaced = format!("{}{new}{}", &text[..start], &text[start + old.len()..]);
            let edited = Edited {
                before: touched(text, start, old.len()),
                after: touched(&replaced, start, new.len()),
                ..snippet(&replaced, start, new.len(), crlf)
            };
            Ok((replaced, edited))
        }
        [..] => Err(EditError::Ambiguous {
            path: path.to_owned(),
            count: at.count,
            lines: lines_of(text, &at.first),
        }),
    }
}

/// Where a text occurs in another.
struct Occurrences {
    count: usize,
    /// Where the first [`LISTED`] begin, in order.
    first: Vec<usize>,
}

/// Finds `needle` in `text`, in time that grows with their lengths only. A second occurrence that overlaps the only
/// other one counts too.
fn occurrences(text: &str, needle: &str) -> Occurrences {
    let mut found = Occurrences { count: 0, first: Vec::new() };
    for (at, _) in text.match_indices(needle) {
        found.count += 1;
        if found.first.len() < LISTED {
            found.first.push(at);
        }
    }
    if let [only] = found.first[..] {
        let from = only + needle.chars().next().map_or(1, char::len_utf8);
        if let Some(at) = text[from..].find(needle) {
            found.count = 2;
            found.first.push(from + at);
        }
    }
    found
}

fn only_crlf(text: &str) -> bool {
    let ends = text.matches('\n').count();
    ends > 0 && ends == text.matches("\r\n").count()
}

fn with_crlf(text: &str) -> String {
    text.replace("\r\n", "\n").replace('\n', "\r\n")
}

fn line_of(text: &str, at: usize) -> u64 {
    text[..at].matches('\n').count() as u64 + 1
}

/// Returns the line of each position, of which none is before the one that precedes it.
fn lines_of(text: &str, positions: &[usize]) -> Vec<u64> {
    let (mut line, mut counted) = (1, 0);
    let line_at = |at: &usize| {
        line += text[counted..*at].matches('\n').count() as u64;
        counted = *at;
        line
    };
    positions.iter().map(line_at).collect()
}

/// Returns the lines that hold `length` bytes from `start` on, and some around them.
fn snippet(text: &str, start: usize, length: usize, crlf: bool) -> Edited {
    let before = line_of(text, start) as usize - 1;
    let inside = text[start..start + length].matches('\n').count() + 1;
    let first = before.saturating_sub(CONTEXT);
    let unshown = inside.saturating_sub(SHOWN);
    let count = before - first + inside.min(SHOWN) + if unshown == 0 { CONTEXT } else { 0 };
    let lines = text.lines().skip(first).take(count).map(str::to_owned).collect();
    let at = before as u64 + 1;
    Edited { first: first as u64 + 1, lines, unshown, at, before: Vec::new(), after: Vec::new(), crlf }
}

/// Returns the whole lines that hold `length` bytes from `start` on.
fn touched(text: &str, start: usize, length: usize) -> Vec<String> {
    let from = text[..start].rfind('\n').map_or(0, |at| at + 1);
    let end = start + length;
    let to = text[end..].find('\n').map_or(text.len(), |at| end + at);
    text[from..to].lines().take(Edited::CHANGED).map(str::to_owned).collect()
}

/// Says what may be the matter when `old` is not in `text`.
fn hints(text: &str, old: &str, new: &str) -> Vec<Hint> {
    let mut hints = Vec::new();
    // Short replacements are found anywhere, which says nothing.
    if new.trim().len() >= 8
        && let Some(at) = text.find(new)
    {
        hints.push(Hint::AlreadyThere(line_of(text, at)));
    }
    let wanted: Vec<&str> = old.lines().take(SOUGHT + 1).collect();
    if wanted.iter().all(|line| has_number(line)) {
        hints.push(Hint::LineNumbers);
    }
    let lines: Vec<&str> = text.lines().take(COMPARED).collect();
    if wanted.len() <= SOUGHT
        && let Some(at) = find_but_for_space(&lines, &wanted)
    {
        let own = lines[at..at + squeezed_lines(&wanted).len()].iter().take(10);
        hints.push(Hint::WhiteSpace(at as u64 + 1, own.map(|line| (*line).to_owned()).collect()));
        return hints;
    }
    let Some(key) = wanted.iter().find(|line| !line.trim().is_empty()) else { return hints };
    let key = Likeness::new(key);
    let likest = lines
        .iter()
        .enumerate()
        .map(|(index, line)| (key.to(line), index))
        .filter(|(alike, _)| *alike >= 0.5)
        .max_by(|a, b| a.0.total_cmp(&b.0).then(b.1.cmp(&a.1)));
    if let Some((_, index)) = likest {
        hints.push(Hint::Similar(index as u64 + 1, lines[index].to_owned()));
    }
    hints
}

/// Returns whether a line begins as a numbered one does: spaces, digits, a tab.
fn has_number(line: &str) -> bool {
    let rest = line.trim_start_matches(' ');
    let digits = rest.len() - rest.trim_start_matches(|c: char| c.is_ascii_digit()).len();
    digits > 0 && rest[digits..].starts_with('\t')
}

/// Returns the lines without any white space; blank ones at both ends are left out.
fn squeezed_lines(lines: &[&str]) -> Vec<String> {
    let squeezed: Vec<String> = lines.iter().map(|line| line.split_whitespace().collect()).collect();
    let start = squeezed.iter().position(|line| !line.is_empty()).unwrap_or(squeezed.len());
    let end = squeezed.iter().rposition(|line| !line.is_empty()).map_or(start, |last| last + 1);
    squeezed[start..end].to_vec()
}

/// Returns the index of the first line from which `wanted` is in `lines` when white space is left aside.
fn find_but_for_space(lines: &[&str], wanted: &[&str]) -> Option<usize> {
    let wanted = squeezed_lines(wanted);
    let (first, last) = (wanted.first()?, wanted.last()?);
    let squeezed: Vec<String> = lines.iter().map(|line| line.split_whitespace().collect()).collect();
    squeezed.windows(wanted.len()).position(|window| match window {
        [only] => only.contains(first.as_str()),
        [head, middle @ .., tail] => {
            head.ends_with(first.as_str())
                && tail.starts_with(last.as_str())
                && middle == &wanted[1..wanted.len() - 1]
        }
        [] => false,
    })
}

#[cfg(test)]
mod tests;

//! Replacing one text in a file.

use skilled_sandbox::FileError;

use super::{Operations, unreadable};
use crate::text::likeness;

/// Lines shown before and after what changed.
const CONTEXT: usize = 3;
/// Lines of what changed that are shown.
const SHOWN: usize = 40;
/// Lines compared when the text is not found. Further ones are not looked at.
const COMPARED: usize = 20_000;

/// An edit that was made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Edited {
    /// The number of the first line in `lines`, from 1.
    pub first: u64,
    /// The lines that changed, with some around them, without their ends.
    pub lines: Vec<String>,
    /// Lines that changed and are not shown.
    pub unshown: usize,
    /// Whether line feeds of the given texts were taken as the file's CR LF.
    pub crlf: bool,
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
    #[error("the text to replace is in {path} {} times", lines.len())]
    Ambiguous {
        /// The path.
        path: String,
        /// The line on which each occurrence begins.
        lines: Vec<u64>,
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
    pub async fn edit(&self, path: &str, old: &str, new: &str) -> Result<Edited, EditError> {
        if old.is_empty() {
            return Err(EditError::Empty);
        }
        if old == new {
            return Err(EditError::Same);
        }
        let limit = self.options.written_bytes;
        let mut open = self.files().open(path).await.map_err(EditError::File)?;
        let (bytes, longer) =
            open.read(limit).await.map_err(|source| EditError::File(unreadable(path, source)))?;
        if longer {
            return Err(EditError::TooLarge { path: path.to_owned(), limit });
        }
        let text = String::from_utf8(bytes).map_err(|error| EditError::NotUtf8 {
            path: path.to_owned(),
            at: error.utf8_error().valid_up_to(),
        })?;
        let (replaced, edited) = replace(path, &text, old, new)?;
        if replaced.len() as u64 > limit {
            return Err(EditError::TooLarge { path: path.to_owned(), limit });
        }
        self.files().write(path, replaced.as_bytes()).await.map_err(EditError::File)?;
        Ok(edited)
    }
}

/// Returns the new text of the file and what to show of it.
fn replace(path: &str, text: &str, old: &str, new: &str) -> Result<(String, Edited), EditError> {
    let mut at = occurrences(text, old);
    let mut texts = (old.to_owned(), new.to_owned());
    let mut crlf = false;
    if at.is_empty() && old.contains('\n') && only_crlf(text) {
        texts = (with_crlf(old), with_crlf(new));
        at = occurrences(text, &texts.0);
        crlf = !at.is_empty();
    } else if !at.is_empty() && !old.contains('\n') && new.contains('\n') && only_crlf(text) {
        texts.1 = with_crlf(new);
        crlf = true;
    }
    match at[..] {
        [] => Err(EditError::NoMatch { path: path.to_owned(), hints: hints(text, old, new) }),
        [start] => {
            let (old, new) = &texts;
            let replaced = format!("{}{new}{}", &text[..start], &text[start + old.len()..]);
            let edited = snippet(&replaced, start, new.len(), crlf);
            Ok((replaced, edited))
        }
        [..] => {
            let lines = at.iter().map(|start| line_of(text, *start)).collect();
            Err(EditError::Ambiguous { path: path.to_owned(), lines })
        }
    }
}

/// Returns where `needle` begins in `text`, overlapping occurrences included.
fn occurrences(text: &str, needle: &str) -> Vec<usize> {
    let step = needle.chars().next().map_or(1, char::len_utf8);
    let mut found = Vec::new();
    let mut from = 0;
    while let Some(at) = text[from..].find(needle) {
        found.push(from + at);
        from += at + step;
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

/// Returns the lines that hold `length` bytes from `start` on, and some around them.
fn snippet(text: &str, start: usize, length: usize, crlf: bool) -> Edited {
    let before = line_of(text, start) as usize - 1;
    let inside = text[start..start + length].matches('\n').count() + 1;
    let first = before.saturating_sub(CONTEXT);
    let unshown = inside.saturating_sub(SHOWN);
    let count = before - first + inside.min(SHOWN) + if unshown == 0 { CONTEXT } else { 0 };
    let lines = text.lines().skip(first).take(count).map(str::to_owned).collect();
    Edited { first: first as u64 + 1, lines, unshown, crlf }
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
    let wanted: Vec<&str> = old.lines().collect();
    if wanted.iter().all(|line| has_number(line)) {
        hints.push(Hint::LineNumbers);
    }
    let lines: Vec<&str> = text.lines().take(COMPARED).collect();
    if let Some(at) = find_but_for_space(&lines, &wanted) {
        let own = lines[at..at + squeezed_lines(&wanted).len()].iter().take(10);
        hints.push(Hint::WhiteSpace(at as u64 + 1, own.map(|line| (*line).to_owned()).collect()));
        return hints;
    }
    let Some(key) = wanted.iter().find(|line| !line.trim().is_empty()) else { return hints };
    let likest = lines
        .iter()
        .enumerate()
        .map(|(index, line)| (likeness(key, line), index))
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

//! The characters of the front matter as the reference validator sees them, with their byte offsets.

use super::{Reason, Refusal};

/// Marks the end of the text; a NUL inside it is refused as a control character.
pub(super) const END: char = '\0';

pub(super) struct Source<'a> {
    /// Line ends are `\n`, as after reading a file in text mode.
    chars: Vec<char>,
    places: Places<'a>,
}

/// Where the characters are in the text.
enum Places<'a> {
    /// Each is the byte with its index: most front matter is ASCII with `\n` between its lines.
    Same(&'a str),
    /// Byte offset of each character, and of the end.
    Offsets(Vec<usize>),
}

impl<'a> Source<'a> {
    pub(super) fn new(text: &'a str) -> Result<Self, Refusal> {
        if text.bytes().all(|byte| matches!(byte, b'\t' | b'\n' | b' '..=b'~')) {
            return Ok(Self { chars: text.bytes().map(char::from).collect(), places: Places::Same(text) });
        }
        let mut chars = Vec::with_capacity(text.len());
        let mut offsets = Vec::with_capacity(text.len() + 1);
        let mut rest = text.char_indices().peekable();
        while let Some((offset, c)) = rest.next() {
            if !is_printable(c) {
                return Err(Refusal::new(Reason::ControlCharacter(c), offset));
            }
            if c == '\r' {
                rest.next_if(|&(_, next)| next == '\n');
            }
            chars.push(if c == '\r' { '\n' } else { c });
            offsets.push(offset);
        }
        offsets.push(text.len());
        Ok(Self { chars, places: Places::Offsets(offsets) })
    }

    pub(super) fn char(&self, index: usize) -> char {
        self.chars.get(index).copied().unwrap_or(END)
    }

    /// Appends the characters from `start` up to `end` to `text`.
    pub(super) fn copy(&self, start: usize, end: usize, text: &mut String) {
        match self.places {
            Places::Same(source) => text.push_str(source.get(start..end).unwrap_or_default()),
            Places::Offsets(_) => text.extend(self.chars.get(start..end).unwrap_or_default()),
        }
    }

    /// Byte offset of the character at `index`.
    pub(super) fn offset(&self, index: usize) -> usize {
        match &self.places {
            Places::Same(text) => index.min(text.len()),
            Places::Offsets(offsets) => offsets.get(index).or(offsets.last()).copied().unwrap_or(0),
        }
    }

    /// Column of a byte offset, counted from zero in characters; byte order marks have no width.
    pub(super) fn column(&self, offset: usize) -> usize {
        let index = match &self.places {
            Places::Same(_) => offset,
            Places::Offsets(offsets) => offsets.partition_point(|&o| o < offset),
        };
        let end = index.min(self.chars.len());
        let line = self.chars[..end].iter().rev().take_while(|&&c| c != '\n');
        line.filter(|&&c| c != '\u{feff}').count()
    }
}

/// The printable characters of YAML 1.1, which is also what YAML 1.2 allows.
pub(in crate::frontmatter) fn is_printable(c: char) -> bool {
    matches!(c,
        '\t' | '\n' | '\r' | ' '..='~' | '\u{85}' | '\u{a0}'..='\u{d7ff}' | '\u{e000}'..='\u{fffd}' | '\u{10000}'..)
}

/// A line break as the scanner counts them, besides `\n`.
pub(super) fn is_break(c: char) -> bool {
    matches!(c, '\n' | '\u{85}' | '\u{2028}' | '\u{2029}')
}

pub(super) fn is_break_or_end(c: char) -> bool {
    c == END || is_break(c)
}

pub(super) fn is_blank_or_end(c: char) -> bool {
    matches!(c, ' ' | '\t') || is_break_or_end(c)
}

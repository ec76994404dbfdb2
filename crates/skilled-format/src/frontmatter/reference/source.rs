//! The characters of the front matter as the reference validator sees them, with their byte offsets.

use super::{Reason, Refusal};

/// Marks the end of the text; a NUL inside it is refused as a control character.
pub(super) const END: char = '\0';

pub(super) enum Source<'a> {
    /// Each character is the byte with its index: most front matter is ASCII with `\n` between its lines.
    Ascii(&'a str),
    Unicode {
        /// Line ends are `\n`, as after reading a file in text mode.
        chars: Vec<char>,
        /// Byte offset of each character, and of the end.
        offsets: Vec<usize>,
    },
}

impl<'a> Source<'a> {
    pub(super) fn new(text: &'a str) -> Result<Self, Refusal> {
        // Without a branch for each byte, so that the compiler looks at many at once.
        let is_plain = |byte| matches!(byte, b'\t' | b'\n' | b' '..=b'~');
        if text.bytes().fold(true, |all, byte| all & is_plain(byte)) {
            return Ok(Self::Ascii(text));
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
        Ok(Self::Unicode { chars, offsets })
    }

    pub(super) fn char(&self, index: usize) -> char {
        match self {
            Self::Ascii(text) => text.as_bytes().get(index).map_or(END, |byte| char::from(*byte)),
            Self::Unicode { chars, .. } => chars.get(index).copied().unwrap_or(END),
        }
    }

    /// Index of the first character from `start` on that stops a search, or of the end.
    pub(super) fn position(&self, start: usize, is_stop: impl Fn(char) -> bool) -> usize {
        let rest = match self {
            Self::Ascii(text) => {
                let rest = text.as_bytes().get(start..).unwrap_or_default();
                rest.iter().position(|byte| is_stop(char::from(*byte))).unwrap_or(rest.len())
            }
            Self::Unicode { chars, .. } => {
                let rest = chars.get(start..).unwrap_or_default();
                rest.iter().position(|&c| is_stop(c)).unwrap_or(rest.len())
            }
        };
        start + rest
    }

    /// Appends the characters from `start` up to `end` to `text`.
    pub(super) fn copy(&self, start: usize, end: usize, text: &mut String) {
        match self {
            Self::Ascii(source) => text.push_str(source.get(start..end).unwrap_or_default()),
            Self::Unicode { chars, .. } => text.extend(chars.get(start..end).unwrap_or_default()),
        }
    }

    /// Columns that the characters from `start` up to `end` of one line take; byte order marks have no width.
    pub(super) fn width(&self, start: usize, end: usize) -> usize {
        match self {
            Self::Ascii(_) => end - start,
            Self::Unicode { chars, .. } => {
                chars.get(start..end).unwrap_or_default().iter().filter(|&&c| c != '\u{feff}').count()
            }
        }
    }

    /// Byte offset of the character at `index`.
    pub(super) fn offset(&self, index: usize) -> usize {
        match self {
            Self::Ascii(text) => index.min(text.len()),
            Self::Unicode { offsets, .. } => offsets.get(index).or(offsets.last()).copied().unwrap_or(0),
        }
    }

    /// Column of a byte offset, counted from zero in characters.
    pub(super) fn column(&self, offset: usize) -> usize {
        match self {
            Self::Ascii(text) => {
                let end = offset.min(text.len());
                text.as_bytes()[..end].iter().rev().take_while(|byte| **byte != b'\n').count()
            }
            Self::Unicode { chars, offsets } => {
                let end = offsets.partition_point(|&o| o < offset).min(chars.len());
                let start = chars[..end].iter().rposition(|&c| c == '\n').map_or(0, |at| at + 1);
                self.width(start, end)
            }
        }
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

//! The parser: bytes in, heads and data out. It does no input or output.

use bytes::{Buf as _, Bytes, BytesMut};
use memchr::memmem;

use super::disposition::{self, PartHead};

/// The largest head of a part.
const MOST_HEAD: usize = 8 << 10;
/// The most bytes before the first part.
const MOST_BEFORE: usize = 8 << 10;

/// What comes next.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Event {
    /// A part begins.
    Head(PartHead),
    /// A piece of it; never empty.
    Data(Bytes),
    /// The part ends.
    PartEnd,
    /// More bytes are needed.
    More,
    /// There are no more parts.
    End,
}

/// Why a body is not in parts.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(super) enum Wrong {
    #[error("it does not begin with its boundary")]
    NoBoundary,
    #[error("a boundary is followed by something else")]
    AfterBoundary,
    #[error("the head of a part is larger than {MOST_HEAD} bytes")]
    LargeHead,
    #[error("the head of a part is malformed: {0}")]
    Head(&'static str),
    #[error("there are more than {0} parts")]
    TooMany(usize),
    #[error("it ends within a part")]
    Ends,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    Before,
    AfterBoundary,
    Head,
    Data,
    End,
}

#[derive(Debug)]
pub(super) struct Parser {
    buffer: BytesMut,
    /// `\r\n--` and the boundary.
    delimiter: Vec<u8>,
    state: State,
    parts: usize,
    most: usize,
}

impl Parser {
    pub(super) fn new(boundary: &str, most: usize) -> Self {
        // The first delimiter stands at the beginning of the body, without the line's end before it.
        let buffer = BytesMut::from(&b"\r\n"[..]);
        let delimiter = [b"\r\n--", boundary.as_bytes()].concat();
        Self { buffer, delimiter, state: State::Before, parts: 0, most }
    }

    pub(super) fn feed(&mut self, piece: &[u8]) {
        self.buffer.extend_from_slice(piece);
    }

    /// No more bytes will come.
    pub(super) fn finish(&mut self) -> Result<(), Wrong> {
        match self.state {
            State::Before => Err(Wrong::NoBoundary),
            State::End => Ok(()),
            State::AfterBoundary | State::Head | State::Data => Err(Wrong::Ends),
        }
    }

    pub(super) fn is_in_part(&self) -> bool {
        self.state == State::Data
    }

    pub(super) fn next(&mut self) -> Result<Event, Wrong> {
        loop {
            match self.state {
                State::Before => match memmem::find(&self.buffer, &self.delimiter) {
                    Some(at) if at <= MOST_BEFORE => {
                        self.buffer.advance(at + self.delimiter.len());
                        self.state = State::AfterBoundary;
                    }
                    None if self.buffer.len() <= MOST_BEFORE + self.delimiter.len() => {
                        return Ok(Event::More);
                    }
                    _ => return Err(Wrong::NoBoundary),
                },
                State::AfterBoundary => {
                    if !self.after_boundary()? {
                        return Ok(Event::More);
                    }
                }
                State::Head => {
                    return match self.head()? {
                        Some(head) => Ok(Event::Head(head)),
                        None => Ok(Event::More),
                    };
                }
                State::Data => match memmem::find(&self.buffer, &self.delimiter) {
                    Some(0) => {
                        self.buffer.advance(self.delimiter.len());
                        self.state = State::AfterBoundary;
                        return Ok(Event::PartEnd);
                    }
                    Some(at) => return Ok(Event::Data(self.buffer.split_to(at).freeze())),
                    None => {
                        // What may be the beginning of a delimiter stays.
                        let sure = (self.buffer.len() + 1).saturating_sub(self.delimiter.len());
                        if sure == 0 {
                            return Ok(Event::More);
                        }
                        return Ok(Event::Data(self.buffer.split_to(sure).freeze()));
                    }
                },
                State::End => {
                    self.buffer.clear();
                    return Ok(Event::End);
                }
            }
        }
    }

    /// Reads what follows a boundary: blanks and a line's end, or `--`. Returns whether it could.
    fn after_boundary(&mut self) -> Result<bool, Wrong> {
        if self.buffer.starts_with(b"--") {
            self.state = State::End;
            return Ok(true);
        }
        let blanks = self.buffer.iter().take_while(|byte| matches!(byte, b' ' | b'\t')).count();
        let rest = self.buffer.get(blanks..).unwrap_or_default();
        if rest.starts_with(b"\r\n") {
            // The line's end stays: with another one it is an empty head.
            self.buffer.advance(blanks);
            self.state = State::Head;
            self.parts += 1;
            return if self.parts > self.most { Err(Wrong::TooMany(self.most)) } else { Ok(true) };
        }
        let may_become = rest.is_empty() || rest == b"\r" || (blanks == 0 && rest == b"-");
        if may_become && blanks < MOST_BEFORE { Ok(false) } else { Err(Wrong::AfterBoundary) }
    }

    fn head(&mut self) -> Result<Option<PartHead>, Wrong> {
        let Some(end) = memmem::find(&self.buffer, b"\r\n\r\n") else {
            return if self.buffer.len() > MOST_HEAD + 4 { Err(Wrong::LargeHead) } else { Ok(None) };
        };
        if end > MOST_HEAD {
            return Err(Wrong::LargeHead);
        }
        let lines = self.buffer.split_to(end);
        self.buffer.advance(b"\r\n\r\n".len());
        let head = disposition::head(&lines).map_err(Wrong::Head)?;
        self.state = State::Data;
        Ok(Some(head))
    }
}

#[cfg(test)]
mod tests;

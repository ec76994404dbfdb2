//! Reading a log: line by line, bounded, with a torn end told apart from a damaged middle.

use std::fs::File;
use std::io::{BufRead, BufReader, Read, Seek, SeekFrom};
use std::path::Path;

use skilled_agent::Event;

use crate::{Error, IoAction};

/// The longest line that is written or read, line break included.
pub const MAX_LINE_BYTES: u64 = 64 << 20;

/// How much of a file's end is read at a time when its last line is looked for.
const TAIL_STEP: u64 = 64 << 10;

/// The end of a log that a crash left without its line break. It was never shown to anybody.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TornLine {
    /// Its line, from 1.
    pub line: u64,
    /// Where it begins, in bytes.
    pub offset: u64,
    /// Its length in bytes.
    pub bytes: u64,
}

/// The lines of one log, from its beginning.
pub(crate) struct Lines<'a> {
    path: &'a Path,
    reader: BufReader<&'a File>,
    line: u64,
    offset: u64,
}

/// One line.
pub(crate) enum Line {
    Event(Box<Event>),
    Torn(TornLine),
}

impl<'a> Lines<'a> {
    pub(crate) fn new(path: &'a Path, mut file: &'a File) -> Result<Self, Error> {
        file.seek(SeekFrom::Start(0)).map_err(IoAction::Read.on(path))?;
        Ok(Self { path, reader: BufReader::new(file), line: 0, offset: 0 })
    }

    /// Returns the next line; none at the end.
    pub(crate) fn next(&mut self) -> Result<Option<Line>, Error> {
        let mut bytes = Vec::new();
        let mut bounded = (&mut self.reader).take(MAX_LINE_BYTES);
        bounded.read_until(b'\n', &mut bytes).map_err(IoAction::Read.on(self.path))?;
        let length = bytes.len() as u64;
        if length == 0 {
            return Ok(None);
        }
        self.line += 1;
        let offset = self.offset;
        self.offset += length;
        if bytes.pop_if(|last| *last == b'\n').is_none() {
            if length == MAX_LINE_BYTES {
                return Err(Error::LineTooLong {
                    path: self.path.into(),
                    line: self.line,
                    limit: MAX_LINE_BYTES,
                });
            }
            return Ok(Some(Line::Torn(TornLine { line: self.line, offset, bytes: length })));
        }
        let event = Event::from_json(&bytes).map_err(|source| Error::Corrupt {
            path: self.path.into(),
            line: self.line,
            source,
        })?;
        Ok(Some(Line::Event(Box::new(event))))
    }
}

/// Reads the last whole line of `file` without reading what is before it; none when there is none.
pub(crate) fn last_line(path: &Path, mut file: &File) -> Result<Option<Vec<u8>>, Error> {
    let read = |source| IoAction::Read.on(path)(source);
    let mut start = file.metadata().map_err(read)?.len();
    let mut tail = Vec::new();
    loop {
        let line = last_in(&tail, start == 0);
        if line.is_some() || start == 0 {
            return Ok(line.map(<[u8]>::to_vec));
        }
        // Twice the bound holds any torn line and the whole one before it.
        if tail.len() as u64 > 2 * MAX_LINE_BYTES {
            return Ok(None);
        }
        // Growing steps, so that a long line is not copied over and over.
        let step = TAIL_STEP.max(tail.len() as u64).min(start);
        start -= step;
        file.seek(SeekFrom::Start(start)).map_err(read)?;
        let mut head = vec![0; step as usize];
        file.read_exact(&mut head).map_err(read)?;
        head.append(&mut tail);
        tail = head;
    }
}

/// Returns the last line of `tail` that has its line break, when its beginning is in `tail`, too.
fn last_in(tail: &[u8], from_start: bool) -> Option<&[u8]> {
    let end = tail.iter().rposition(|byte| *byte == b'\n')?;
    match tail[..end].iter().rposition(|byte| *byte == b'\n') {
        Some(before) => Some(&tail[before + 1..end]),
        None => from_start.then_some(&tail[..end]),
    }
}

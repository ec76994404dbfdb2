//! Texts for an interpreter, one at a time.
//!
//! It reads `number\0text\0` and reports `number status\n` on a channel of its own. Numbers go up, so that neither a report
//! of an earlier text nor what a workload writes there by luck is taken for the one that is waited for.

use std::collections::VecDeque;
use std::os::fd::{AsFd, OwnedFd};

use rustix::event::{PollFd, PollFlags};
use rustix::io::Errno;

use crate::runner::Part;

/// Reads at a time: a workload that floods the channel must not keep its runner from everything else.
const READS: usize = 64;
/// A line without an end is no report.
const LONGEST_LINE: usize = 1024;

/// An interpreter's channels, and what it has to do.
pub(crate) struct Interpreter {
    texts: OwnedFd,
    status: Option<OwnedFd>,
    number: u64,
    /// The text that it works on.
    pub(crate) at_work: Option<Part>,
    /// Those that come next.
    pub(crate) waiting: VecDeque<(Part, String)>,
    /// What of the text at work it has not taken yet.
    unwritten: Vec<u8>,
    written: usize,
    line: Vec<u8>,
}

impl Interpreter {
    pub(crate) const fn new(texts: OwnedFd, status: OwnedFd) -> Self {
        Self {
            texts,
            status: Some(status),
            number: 0,
            at_work: None,
            waiting: VecDeque::new(),
            unwritten: Vec::new(),
            written: 0,
            line: Vec::new(),
        }
    }

    /// What is to be waited for.
    pub(crate) fn polled(&self) -> impl Iterator<Item = PollFd<'_>> {
        let status = self.status.iter().map(|fd| PollFd::from_borrowed_fd(fd.as_fd(), PollFlags::IN));
        let unwritten = self.written < self.unwritten.len();
        let texts = unwritten.then(|| PollFd::from_borrowed_fd(self.texts.as_fd(), PollFlags::OUT));
        status.chain(texts)
    }

    /// Begins the next text when none is at work. Returns its key.
    pub(crate) fn begin_next(&mut self) -> Option<String> {
        if self.at_work.is_some() {
            return None;
        }
        let (mut part, text) = self.waiting.pop_front()?;
        // What came before it began is no report of it.
        let _ = self.report();
        self.line.clear();
        self.number += 1;
        self.unwritten = format!("{}\0{text}\0", self.number).into_bytes();
        self.written = 0;
        part.begin();
        part.journal.started();
        let key = part.key.clone();
        self.at_work = Some(part);
        self.write();
        Some(key)
    }

    /// Writes what the interpreter can take now.
    pub(crate) fn write(&mut self) {
        while let Some(rest) = self.unwritten.get(self.written..).filter(|rest| !rest.is_empty()) {
            match rustix::io::write(&self.texts, rest) {
                Ok(written) => self.written += written,
                Err(Errno::INTR) => {}
                Err(Errno::AGAIN) => return,
                // It has closed the channel: its end, or the end of the time, ends the text.
                Err(_) => self.written = self.unwritten.len(),
            }
        }
    }

    /// Returns the status of the text at work once it is there.
    pub(crate) fn report(&mut self) -> Option<i32> {
        let mut buffer = [0; 256];
        for _ in 0..READS {
            let Some(fd) = &self.status else { break };
            match rustix::io::read(fd, &mut buffer) {
                Ok(length @ 1..) => self.line.extend_from_slice(buffer.get(..length).unwrap_or_default()),
                Err(Errno::AGAIN | Errno::INTR) => break,
                Ok(0) | Err(_) => self.status = None,
            }
        }
        status_of(&mut self.line, self.number).filter(|_| self.at_work.is_some())
    }

    /// Returns the part of a text that has not ended.
    pub(crate) fn part(&mut self, key: &str) -> Option<&mut Part> {
        let waiting = self.waiting.iter_mut().map(|(part, _)| part);
        self.at_work.iter_mut().chain(waiting).find(|part| part.key == key)
    }
}

/// Returns the status of text `number` when its line is complete; forgets lines of other texts.
fn status_of(line: &mut Vec<u8>, number: u64) -> Option<i32> {
    while let Some(end) = line.iter().position(|byte| *byte == b'\n') {
        let complete: Vec<u8> = line.drain(..=end).collect();
        let status = std::str::from_utf8(&complete)
            .ok()
            .and_then(|text| text.trim_end().split_once(' '))
            .filter(|(of, _)| *of == number.to_string())
            .and_then(|(_, status)| status.parse().ok());
        if status.is_some() {
            return status;
        }
    }
    // It must not grow.
    if line.len() > LONGEST_LINE {
        line.clear();
    }
    None
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

    use super::status_of;

    #[test]
    fn only_the_running_texts_status_counts() {
        let mut line = b"1 0\nnonsense\n2 x\n\xff 3\n2 17\n2 4\n".to_vec();
        assert_eq!(status_of(&mut line, 2), Some(17));
        assert_eq!(line, b"2 4\n");
        let mut partial = b"2 1".to_vec();
        assert_eq!(status_of(&mut partial, 2), None);
        partial.extend_from_slice(b"2\n");
        assert_eq!(status_of(&mut partial, 2), Some(12));
    }
}

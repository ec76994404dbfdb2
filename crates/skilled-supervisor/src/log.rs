//! Writing journals (see `skilled_supervisor::journal`).
//!
//! Room for the end of an operation is kept on the disk from the beginning, so that a disk that is full costs output,
//! never the knowledge of how the operation ended.

use std::collections::VecDeque;
use std::os::fd::{AsFd, OwnedFd};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use rustix::fs::{FallocateFlags, Mode, OFlags, fallocate};
use rustix::io::Errno;
use skilled_supervisor::Keep;
use skilled_supervisor::journal::{CHUNK, COMMITTED, End, HAS_ENDED, How, Record, counted};

use crate::sys;

/// What stays free for the last records: two `Cut` and an `Ended`.
const LAST_WORDS: u64 = 256;
/// How much is asked of the disk at first, and then at a time.
const FIRST_ROOM: u64 = 4096;
const MORE_ROOM: u64 = 1024 * 1024;
/// Given back to the disk in pieces of this size.
const GIVEN_BACK: u64 = 1024 * 1024;
/// The longest description of an operation, in bytes.
const WHAT: usize = 400;

/// Makes the journal of `key` in `folder`. `EEXIST` says that the key was used before.
pub(crate) fn create(folder: &OwnedFd, key: &str) -> Result<OwnedFd, Errno> {
    let flags = OFlags::RDWR | OFlags::CREATE | OFlags::EXCL | OFlags::NOFOLLOW | OFlags::CLOEXEC;
    rustix::fs::openat(folder, format!("{key}.journal"), flags, Mode::from_raw_mode(0o600))
}

/// A journal that is being written.
pub(crate) struct Journal {
    file: OwnedFd,
    /// Where the next frame goes.
    at: u64,
    /// Up to where the disk has promised room; none when it cannot.
    room: Option<u64>,
    bells: Vec<OwnedFd>,
    keep: Keep,
    streams: [Stream; 2],
    /// Bytes of the journal that hosts have taken, and that were given back.
    taken: u64,
    given_back: u64,
    began: Instant,
    cpu_before: Duration,
    ended: bool,
}

/// What was kept of one output.
#[derive(Default)]
struct Stream {
    kept: u64,
    tail: VecDeque<u8>,
    cut: u64,
}

impl Journal {
    /// Begins `file`, which is empty, with what is to be done.
    #[allow(clippy::disallowed_methods, reason = "it is a program: nobody is there to give it the time")]
    pub(crate) fn begin(file: OwnedFd, keep: Keep, what: &str, interpreter: bool) -> Self {
        let mut journal = Self::over(file, COMMITTED, keep);
        journal.room = journal.promise(0, FIRST_ROOM);
        let at = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_millis() as u64;
        let end = what.floor_char_boundary(WHAT);
        let window = matches!(keep, Keep::Window { .. });
        journal.record(&Record::Begun { at, what: what.get(..end).unwrap_or_default(), window, interpreter });
        journal
    }

    /// Goes on with a journal whose writer was killed. None when it has an end already.
    pub(crate) fn resume(file: OwnedFd) -> Option<Self> {
        let mut counter = [0; COMMITTED as usize];
        let length = rustix::io::pread(&file, &mut counter, 0).ok()?;
        let (at, ended) = counted(u64::from_le_bytes(counter));
        if ended {
            return None;
        }
        let at = if length == counter.len() { at } else { COMMITTED };
        Some(Self::over(file, at, Keep::Ends { bytes: 0 }))
    }

    fn over(file: OwnedFd, at: u64, keep: Keep) -> Self {
        Self {
            file,
            at,
            room: None,
            bells: Vec::new(),
            keep,
            streams: Default::default(),
            taken: 0,
            given_back: 0,
            began: Instant::now(),
            cpu_before: sys::children_usage().0,
            ended: false,
        }
    }

    /// Whether the workload may write on: not when a host is behind.
    pub(crate) fn has_room(&self) -> bool {
        match self.keep {
            Keep::Ends { .. } => true,
            Keep::Window { .. } if self.ended => true,
            Keep::Window { bytes } => self.at.saturating_sub(self.taken.max(COMMITTED)) <= bytes,
        }
    }

    /// Rings `bell` for what is there and for what comes.
    pub(crate) fn add_bell(&mut self, bell: OwnedFd) {
        self.bells.push(bell);
        self.ring();
    }

    /// Notes that hosts have taken the first `bytes`.
    pub(crate) fn take(&mut self, bytes: u64) {
        self.taken = self.taken.max(bytes.min(self.at));
        let page = self.taken - self.taken % GIVEN_BACK;
        // The counter's page stays.
        let from = self.given_back.max(FIRST_ROOM);
        if matches!(self.keep, Keep::Window { .. }) && page > from {
            let hole = FallocateFlags::PUNCH_HOLE | FallocateFlags::KEEP_SIZE;
            // A file system that cannot keeps the bytes.
            let _ = fallocate(&self.file, hole, from, page - from);
            self.given_back = page;
        }
    }

    /// Notes that the process runs. Rings nobody: an interpreter's text is only waited for at its end.
    pub(crate) fn started(&mut self) {
        self.record(&Record::Started);
    }

    /// Takes output, within what is to be kept.
    pub(crate) fn output(&mut self, number: u8, bytes: &[u8]) {
        let Keep::Ends { bytes: limit } = self.keep else {
            self.write(number, bytes);
            return self.ring();
        };
        let Some(stream) = self.streams.get_mut(usize::from(number - 1)) else { return };
        let tail_limit = limit / 3;
        let head = (limit - tail_limit).saturating_sub(stream.kept).min(bytes.len() as u64);
        let (head, rest) = bytes.split_at(head as usize);
        stream.kept += head.len() as u64;
        let skipped = rest.len().saturating_sub(tail_limit as usize);
        let (_, last) = rest.split_at(skipped);
        let over = (stream.tail.len() + last.len()).saturating_sub(tail_limit as usize);
        stream.tail.drain(..over);
        stream.tail.extend(last);
        stream.cut += (skipped + over) as u64;
        if !head.is_empty() {
            self.write(number, head);
            self.ring();
        }
    }

    /// Notes the end, with what was kept back for it. Whatever is recorded later is ignored. Rings nobody.
    pub(crate) fn end(&mut self, how: How) {
        if self.ended {
            return;
        }
        for number in [1, 2] {
            let Some(stream) = self.streams.get_mut(number - 1) else { continue };
            let (cut, tail) = (std::mem::take(&mut stream.cut), std::mem::take(&mut stream.tail));
            if cut > 0 {
                self.record(&Record::Cut { stream: number as u8, bytes: cut });
            }
            self.write(number as u8, &Vec::from(tail));
            // What the disk had no room for.
            let cut = self.streams.get_mut(number - 1).map_or(0, |stream| std::mem::take(&mut stream.cut));
            if cut > 0 {
                self.record(&Record::Cut { stream: number as u8, bytes: cut });
            }
        }
        let (cpu, peak_kib) = sys::children_usage();
        self.record(&Record::Ended(End {
            how,
            after_ms: self.began.elapsed().as_millis() as u64,
            cpu_ms: cpu.saturating_sub(self.cpu_before).as_millis() as u64,
            peak_kib,
        }));
        self.ended = true;
        if self.room.is_some() {
            // Gives back what was promised beyond the end.
            let _ = rustix::fs::ftruncate(&self.file, self.at);
        }
    }

    pub(crate) const fn has_ended(&self) -> bool {
        self.ended
    }

    /// Writes output in records of a bounded length. What does not fit on the disk is counted as cut.
    fn write(&mut self, number: u8, bytes: &[u8]) {
        for chunk in bytes.chunks(CHUNK) {
            let needed = self.at + chunk.len() as u64 + 32 + LAST_WORDS;
            let promised = match self.room {
                Some(room) if room < needed => {
                    let more = self.promise(room, (needed - room).max(MORE_ROOM));
                    self.room = more.or(self.room);
                    more.is_some()
                }
                Some(_) | None => true,
            };
            let written = promised && self.record(&Record::Output { stream: number, bytes: chunk });
            if !written && let Some(stream) = self.streams.get_mut(usize::from(number - 1)) {
                stream.cut += chunk.len() as u64;
            }
        }
    }

    /// Asks the disk for room. Returns up to where there is some.
    fn promise(&self, from: u64, bytes: u64) -> Option<u64> {
        fallocate(&self.file, FallocateFlags::KEEP_SIZE, from, bytes).is_ok().then_some(from + bytes)
    }

    /// Writes one frame and counts it. Returns whether it is there.
    fn record(&mut self, record: &Record<'_>) -> bool {
        if self.ended {
            return false;
        }
        let mut frame = Vec::new();
        record.encode(&mut frame);
        let written = write_all_at(&self.file, &frame, self.at);
        if written.is_ok() {
            self.at += frame.len() as u64;
        }
        let ended = if matches!(record, Record::Ended(_)) { HAS_ENDED } else { 0 };
        written.is_ok() && write_all_at(&self.file, &(self.at | ended).to_le_bytes(), 0).is_ok()
    }

    pub(crate) fn ring(&self) {
        for bell in &self.bells {
            // A bell that rings already is full at worst.
            let _ = rustix::io::write(bell.as_fd(), &1u64.to_ne_bytes());
        }
    }
}

fn write_all_at(file: &OwnedFd, mut bytes: &[u8], mut at: u64) -> Result<(), Errno> {
    while !bytes.is_empty() {
        let written = rustix::io::retry_on_intr(|| rustix::io::pwrite(file, bytes, at))?;
        bytes = bytes.get(written..).unwrap_or_default();
        at += written as u64;
    }
    Ok(())
}

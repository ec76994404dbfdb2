//! The log of one run, open for appending.

use std::fs::File;
use std::io::Write;
use std::path::{Path, PathBuf};

use skilled_agent::{Event, Log, LogFuture, RunId};

use crate::{Error, IoAction, MAX_LINE_BYTES};

/// The log of one run, locked: as long as it is held, no other process can append to the run or remove it.
///
/// Each event is one `write(2)` to a file opened with `O_APPEND`, so it survives this process as soon as it is appended;
/// it survives the machine once [`RunLog::sync`] has returned.
#[derive(Debug)]
pub struct RunLog {
    run: RunId,
    path: PathBuf,
    file: File,
    /// The length of the file, which ends with a whole line.
    length: u64,
    broken: bool,
}

impl RunLog {
    /// Takes over `file`, which is locked, opened for appending and `length` bytes long.
    pub(crate) const fn new(run: RunId, path: PathBuf, file: File, length: u64) -> Self {
        Self { run, path, file, length, broken: false }
    }

    /// Returns the run.
    pub const fn run(&self) -> RunId {
        self.run
    }

    /// Returns the path of the file.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Appends an event. After an error the log is as it was before, or refuses every further event.
    pub fn append(&mut self, event: &Event) -> Result<(), Error> {
        if self.broken {
            return Err(Error::Broken { path: self.path.clone() });
        }
        let mut line =
            event.to_json().map_err(|source| Error::Encode { seq: event.seq, source })?.into_bytes();
        line.push(b'\n');
        let bytes = line.len() as u64;
        if bytes > MAX_LINE_BYTES {
            return Err(Error::EventTooLong { seq: event.seq, bytes, limit: MAX_LINE_BYTES });
        }
        if let Err(error) = self.file.write_all(&line) {
            // A full disk takes a part of a line; a whole one after it would be lost, too.
            self.broken = self.file.set_len(self.length).is_err();
            return Err(IoAction::Write.on(&self.path)(error));
        }
        self.length += bytes;
        Ok(())
    }

    /// Waits until everything appended is on the disk, and the run's folder with it.
    pub fn sync(&self) -> Result<(), Error> {
        self.file.sync_data().map_err(IoAction::Sync.on(&self.path))?;
        for folder in self.path.ancestors().skip(1).take(2) {
            File::open(folder).and_then(|folder| folder.sync_all()).map_err(IoAction::Sync.on(folder))?;
        }
        Ok(())
    }
}

impl Log for RunLog {
    /// Appends at once: a write to the page cache is not worth a thread.
    fn append<'a>(&'a mut self, event: &'a Event) -> LogFuture<'a> {
        let appended = Self::append(self, event).map_err(Into::into);
        Box::pin(std::future::ready(appended))
    }
}

impl Drop for RunLog {
    fn drop(&mut self) {
        // A child of this process may still hold a copy of the descriptor; the lock must not live on in it.
        let _ = self.file.unlock();
    }
}

#[cfg(test)]
mod tests {
    use std::fs::OpenOptions;

    use skilled_agent::{EventId, EventKind, Warning};

    use super::*;

    /// `/dev/full` takes nothing and cannot be cut, as a disk on which even the repair fails.
    #[test]
    fn after_a_write_that_could_not_be_taken_back_nothing_is_appended() {
        let path = PathBuf::from("/dev/full");
        let file = OpenOptions::new().append(true).open(&path).unwrap();
        let mut log = RunLog::new(RunId::from_bits(1), path, file, 0);
        let event = Event {
            seq: 1,
            id: EventId::from_bits(1),
            at: 0,
            kind: EventKind::Warning(Warning::new("x", "y")),
        };
        let error = log.append(&event).unwrap_err();
        assert_eq!(error.to_string(), "cannot write to /dev/full");
        assert!(matches!(log.append(&event), Err(Error::Broken { .. })));
    }

    /// A child process holds a copy of every descriptor until it executes something.
    #[test]
    fn a_copy_of_the_descriptor_does_not_keep_the_lock() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("events.jsonl");
        let file = File::create(&path).unwrap();
        file.try_lock().unwrap();
        let _copy = file.try_clone().unwrap();
        let other = File::open(&path).unwrap();
        let log = RunLog::new(RunId::from_bits(1), path, file, 0);
        assert!(other.try_lock().is_err());
        drop(log);
        other.try_lock().unwrap();
    }
}

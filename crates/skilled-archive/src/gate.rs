//! Output that is given up without a word.

use std::io::{self, Seek, SeekFrom, Write};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// Hands on what is written until that fails once, or until the archive is given up. From then on it takes everything
/// and keeps nothing: an archive that was not finished wants to end itself when it is dropped, which must neither write
/// nor fail (`zip::ZipWriter` tells standard error of it).
pub(crate) struct Gate<W> {
    inner: W,
    shut: Arc<AtomicBool>,
    /// Where the next byte would be, and how many there would be, once it is shut.
    position: u64,
    end: u64,
}

/// Shuts the gate when it is dropped.
pub(crate) struct Shutter(Arc<AtomicBool>);

impl Shutter {
    /// Whether what was written got lost.
    pub(crate) fn is_shut(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }
}

impl Drop for Shutter {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

impl<W> Gate<W> {
    pub(crate) fn new(inner: W) -> (Self, Shutter) {
        let shut = Arc::new(AtomicBool::new(false));
        (Self { inner, shut: shut.clone(), position: 0, end: 0 }, Shutter(shut))
    }

    pub(crate) fn into_inner(self) -> W {
        self.inner
    }

    fn is_shut(&self) -> bool {
        self.shut.load(Ordering::Relaxed)
    }

    fn moved_to(&mut self, position: u64) -> u64 {
        self.position = position;
        self.end = self.end.max(position);
        position
    }

    /// Shuts after a failure that is none to try again after.
    fn told<T>(&self, result: io::Result<T>) -> io::Result<T> {
        if result.as_ref().is_err_and(|error| error.kind() != io::ErrorKind::Interrupted) {
            self.shut.store(true, Ordering::Relaxed);
        }
        result
    }
}

impl<W: Write> Write for Gate<W> {
    fn write(&mut self, buffer: &[u8]) -> io::Result<usize> {
        let written = if self.is_shut() {
            buffer.len()
        } else {
            let written = match self.inner.write(buffer) {
                Ok(0) if !buffer.is_empty() => Err(io::ErrorKind::WriteZero.into()),
                written => written,
            };
            self.told(written)?
        };
        self.moved_to(self.position.saturating_add(written as u64));
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        if self.is_shut() {
            return Ok(());
        }
        let flushed = self.inner.flush();
        self.told(flushed)
    }
}

impl<W: Seek> Seek for Gate<W> {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        let position = if self.is_shut() {
            let position = match to {
                SeekFrom::Start(position) => Some(position),
                SeekFrom::Current(by) => self.position.checked_add_signed(by),
                SeekFrom::End(by) => self.end.checked_add_signed(by),
            };
            position.ok_or(io::ErrorKind::InvalidInput)?
        } else {
            let sought = self.inner.seek(to);
            self.told(sought)?
        };
        Ok(self.moved_to(position))
    }
}

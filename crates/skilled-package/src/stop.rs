//! Work that can be ended early.

use std::io::{self, Read, Seek, SeekFrom};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// A wish to end early, which clones share. Whoever hears of it raises it, such as a handler of signals; the work looks
/// between small pieces and then leaves nothing behind.
///
/// ```
/// use skilled_package::Stop;
///
/// let stop = Stop::default();
/// let heard = stop.clone();
/// heard.raise();
/// assert!(stop.is_raised());
/// ```
#[derive(Clone, Debug, Default)]
pub struct Stop(Arc<AtomicBool>);

impl Stop {
    /// Asks for the end; nothing takes it back.
    pub fn raise(&self) {
        self.0.store(true, Ordering::Relaxed);
    }

    /// Whether the end was asked for.
    pub fn is_raised(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }

    /// A reader that fails once the end is asked for.
    pub(crate) fn reader<R>(&self, inner: R) -> Stoppable<R> {
        Stoppable { inner, stop: self.clone() }
    }
}

pub(crate) struct Stoppable<R> {
    inner: R,
    stop: Stop,
}

impl<R: Read> Read for Stoppable<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.stop.is_raised() {
            // Not `Interrupted`, after which readers try again.
            return Err(io::Error::other("stopped"));
        }
        self.inner.read(buffer)
    }
}

impl<R: Seek> Seek for Stoppable<R> {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        self.inner.seek(to)
    }
}

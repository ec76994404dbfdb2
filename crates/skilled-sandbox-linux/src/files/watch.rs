//! Watching folders: events of `inotify(7)`, from an instance that the first process made.

use std::collections::VecDeque;
use std::io;
use std::mem::MaybeUninit;
use std::os::fd::OwnedFd;
use std::sync::Arc;

use rustix::fs::inotify::{self, ReadFlags};
use rustix::io::Errno;
use skilled_sandbox::{BoxFuture, Change, FileError, Watch};
use tokio::net::unix::pipe;

use crate::link::{Link, gone};

/// Room for at least one event with the longest name; a page of events at once.
const BUFFER: usize = 4096;

/// An instance that watches one folder. What is not read, the kernel keeps up to a bound, and says when it was met.
pub(super) struct LinuxWatch {
    link: Arc<Link>,
    /// Of a pipe it has that it becomes readable, which is what Tokio's type is used for.
    instance: pipe::Receiver,
    /// Read, not told yet.
    changes: VecDeque<Change>,
    gone: bool,
}

impl LinuxWatch {
    pub(super) fn new(link: &Arc<Link>, instance: OwnedFd) -> io::Result<Self> {
        let instance = pipe::Receiver::from_owned_fd_unchecked(instance)?;
        Ok(Self { link: Arc::clone(link), instance, changes: VecDeque::new(), gone: false })
    }

    async fn change(&mut self) -> Result<Change, FileError> {
        loop {
            if let Some(change) = self.changes.pop_front() {
                return Ok(change);
            }
            if self.gone {
                return Ok(Change::Gone);
            }
            tokio::select! {
                biased;
                ready = self.instance.readable() => ready.map_err(failed)?,
                () = self.link.ended() => return Err(FileError::Sandbox(gone())),
            }
            let changes = match self.instance.try_io(|| Ok(read(&self.instance)?)) {
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => continue,
                read => read.map_err(failed)?,
            };
            for change in changes {
                self.gone |= change == Change::Gone;
                // A file that is written in many pieces has changed once, as long as nobody was told.
                if !self.gone && self.changes.back() != Some(&change) {
                    self.changes.push_back(change);
                }
            }
        }
    }
}

impl Watch for LinuxWatch {
    fn next(&mut self) -> BoxFuture<'_, Result<Change, FileError>> {
        Box::pin(self.change())
    }
}

fn failed(source: io::Error) -> FileError {
    FileError::io("the watched folder".as_ref(), source)
}

/// Reads what has happened; at least one event, or `EAGAIN`.
fn read(instance: &pipe::Receiver) -> Result<Vec<Change>, Errno> {
    let mut buffer = [MaybeUninit::uninit(); BUFFER];
    let mut reader = inotify::Reader::new(instance, &mut buffer);
    let mut changes = Vec::new();
    loop {
        let event = reader.next()?;
        let flags = event.events();
        let name = || event.file_name().map(|name| name.to_bytes().to_vec()).unwrap_or_default();
        if flags.contains(ReadFlags::QUEUE_OVERFLOW) {
            changes.push(Change::Overflow);
        } else if flags.intersects(ReadFlags::CREATE | ReadFlags::MOVED_TO) {
            changes.push(Change::Created(name()));
        } else if flags.intersects(ReadFlags::DELETE | ReadFlags::MOVED_FROM) {
            changes.push(Change::Removed(name()));
        } else if flags.contains(ReadFlags::MODIFY) {
            changes.push(Change::Modified(name()));
        } else if flags.intersects(ReadFlags::DELETE_SELF | ReadFlags::IGNORED | ReadFlags::UNMOUNT) {
            changes.push(Change::Gone);
        }
        if reader.is_buffer_empty() {
            return Ok(changes);
        }
    }
}

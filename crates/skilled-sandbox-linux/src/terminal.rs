//! The host's side of a terminal in a sandbox: written to and resized, never read. What it shows is in the journal.

use std::io;
use std::os::fd::OwnedFd;

use rustix::termios::{Winsize, tcsetwinsize};
use skilled_sandbox::Size;
use tokio::net::unix::pipe;

/// A terminal's controlling side.
#[derive(Debug)]
pub(crate) struct Terminal(OwnedFd);

impl Terminal {
    /// Takes a copy of `control`.
    pub(crate) fn new(control: &OwnedFd) -> io::Result<Self> {
        Ok(Self(control.try_clone()?))
    }

    /// Changes its size; the processes in it get `SIGWINCH`.
    pub(crate) fn resize(&self, Size { rows, columns }: Size) -> io::Result<()> {
        Ok(tcsetwinsize(&self.0, Winsize { ws_row: rows, ws_col: columns, ws_xpixel: 0, ws_ypixel: 0 })?)
    }

    /// Returns the way to write to it, as if somebody typed: written like a pipe.
    pub(crate) fn writer(&self) -> io::Result<pipe::Sender> {
        pipe::Sender::from_owned_fd_unchecked(self.0.try_clone()?)
    }
}

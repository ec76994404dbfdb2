//! Terminals of the sandbox's own (`pty(7)`).

use std::os::fd::OwnedFd;

use rustix::io::Errno;
use rustix::pty::{OpenptFlags, ioctl_tiocgptpeer, openpt, unlockpt};
use rustix::termios::{Winsize, tcsetwinsize};

/// Makes a terminal of a size. Returns the side that controls it.
pub(crate) fn open(rows: u16, columns: u16) -> Result<OwnedFd, Errno> {
    let control = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY | OpenptFlags::CLOEXEC)?;
    unlockpt(&control)?;
    tcsetwinsize(&control, Winsize { ws_row: rows, ws_col: columns, ws_xpixel: 0, ws_ypixel: 0 })?;
    Ok(control)
}

/// Opens the other side, without the way through the file system.
pub(crate) fn peer(control: &OwnedFd) -> Result<OwnedFd, Errno> {
    ioctl_tiocgptpeer(control, OpenptFlags::RDWR | OpenptFlags::NOCTTY | OpenptFlags::CLOEXEC)
}

//! Processes in a sandbox.

use std::collections::BTreeMap;

use std::io;

use tokio::io::{AsyncRead, AsyncWrite};

use crate::{BoxFuture, Error};

/// A descriptor of a process that the host reads.
pub type Reader = Box<dyn Readable>;
/// A descriptor of a process that the host writes.
pub type Writer = Box<dyn AsyncWrite + Send + Unpin>;

/// A stream that also tells what has arrived already.
pub trait Readable: AsyncRead + Send + Unpin {
    /// Reads what is there at this moment. [`io::ErrorKind::WouldBlock`] means nothing; 0 means the end.
    ///
    /// Unlike a poll this asks the system itself, so that whatever was written before the call is seen.
    fn read_now(&mut self, buffer: &mut [u8]) -> io::Result<usize>;
}

/// A program to start.
///
/// It gets the sandbox's clean environment and a session of its own (no terminal). Descriptors 0 to 2 that have no
/// channel are `/dev/null`; no other descriptor is open.
#[derive(Debug, Clone)]
pub struct Command {
    /// The program and its arguments. A program without a slash is looked up in the sandbox's `PATH`.
    pub argv: Vec<String>,
    /// Variables added for this process.
    pub env: BTreeMap<String, String>,
    /// The directory it starts in.
    pub cwd: String,
    /// Its descriptors that lead to the host.
    pub channels: Vec<Channel>,
}

/// A descriptor of the process that leads to the host by a pipe.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Channel {
    /// The number it has in the process.
    pub fd: i32,
    /// Which way bytes go.
    pub direction: Direction,
}

/// Which way the bytes of a channel go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Direction {
    /// The process reads what the host writes.
    ToProcess,
    /// The host reads what the process writes.
    FromProcess,
}

/// A started process: its channels by descriptor number, and the means to await and to end it.
pub struct Process {
    /// Channels that the host reads.
    pub readers: BTreeMap<i32, Reader>,
    /// Channels that the host writes.
    pub writers: BTreeMap<i32, Writer>,
    /// Its fate.
    pub control: Box<dyn ProcessControl>,
}

/// Awaits and ends a process. Dropping it ends the process and everything that it started.
pub trait ProcessControl: Send {
    /// Returns when the process itself has ended; what it started may go on. May be called again, and dropped at any
    /// await without loss.
    fn wait(&mut self) -> BoxFuture<'_, Result<Exit, Error>>;

    /// Kills the process and everything that it started, however it detached itself, and returns when all are gone.
    fn kill(&mut self) -> BoxFuture<'_, Result<(), Error>>;
}

/// How a process ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Exit {
    /// It ended by itself, with this code (0 to 255).
    Code(i32),
    /// A signal ended it.
    Signal(i32),
}

impl Exit {
    /// Returns the code as a shell gives it: 128 + the signal's number when a signal ended it.
    pub const fn code(self) -> i32 {
        match self {
            Self::Code(code) => code,
            Self::Signal(signal) => 128 + signal,
        }
    }
}

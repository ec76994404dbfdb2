//! Operations as hosts see them: a journal that grows, and a bell that is rung when it has.

use std::io;
use std::os::fd::{AsFd, OwnedFd};
use std::os::unix::process::ExitStatusExt;
use std::process::ExitStatus;
use std::sync::Arc;
use std::time::Duration;

use rustix::event::{EventfdFlags, eventfd};
use rustix::fs::{MemfdFlags, memfd_create};
use rustix::io::Errno;
use skilled_sandbox::{
    Bounds, BoxFuture, End, Error, Event, Exit, How, Key, Operation, Size, Stream, Writer,
};
use skilled_supervisor::journal::{self, COMMITTED, FRAME_LIMIT, Record, counted, decode};
use skilled_supervisor::{Ask, Keep, Limits, TEXT_LIMIT};
use tokio::net::unix::pipe;
use tokio::time::timeout;

use crate::control::Control;
use crate::link::{GONE, Link, gone};
use crate::terminal::Terminal;

/// How long the supervisor may take to end a tree of processes; usually it takes a millisecond.
const KILL_DEADLINE: Duration = Duration::from_secs(10);
/// How much of a journal is read at a time: at least one frame.
const PIECE: usize = 128 * 1024;
/// Texts up to this size go with the request; longer ones in a file in memory.
const INLINE_TEXT: usize = 64 * 1024;

/// A bell: rung by the supervisor, heard here. It is an `eventfd(2)`, read like a pipe.
type Bell = pipe::Receiver;

/// What an operation needs of its sandbox.
#[derive(Clone)]
pub(crate) struct Place {
    pub(crate) link: Arc<Link>,
    pub(crate) control: Arc<Control>,
}

/// An operation.
pub(crate) struct LinuxOperation {
    place: Place,
    key: Key,
    /// None when it is looked at after the end of its sandbox.
    bell: Option<Bell>,
    journal: OwnedFd,
    /// Up to where the journal was read and told.
    at: u64,
    /// Up to where the supervisor knows that it was read; none when it need not know.
    told: Option<u64>,
    piece: Vec<u8>,
    /// Where the next frame begins in `piece`.
    next: usize,
    end: Option<End>,
    input: Option<OwnedFd>,
    terminal: Option<Terminal>,
}

/// Asks for something about an operation, with a bell for it. Returns the operation, or why not.
///
/// A key that was used before is no failure: that operation is returned.
pub(crate) async fn begin(
    place: &Place,
    key: &Key,
    ask: Ask,
    fd: Option<OwnedFd>,
    is_terminal: bool,
) -> Result<Result<LinuxOperation, Errno>, Error> {
    let bell = eventfd(0, EventfdFlags::CLOEXEC | EventfdFlags::NONBLOCK).map_err(setup)?;
    let fds: Vec<_> = [bell.as_fd()].into_iter().chain(fd.as_ref().map(AsFd::as_fd)).collect();
    let answer = match place.link.ask(ask, &fds).await {
        Ok(answer) => answer,
        // What it did before its sandbox ended can still be read.
        Err(Error::Gone { .. }) => return finished(place, key),
        Err(error) => return Err(error),
    };
    match answer.result {
        Ok(_) => {}
        Err(Errno::EXIST) => {
            let again = place.link.ask(Ask::Attach { key: key.to_string() }, &[bell.as_fd()]).await?;
            return match again.result {
                Ok(_) => operation(place, key, Some(bell), again.fd, is_terminal).map(Ok),
                Err(errno) => Ok(Err(errno)),
            };
        }
        Err(errno) => return Ok(Err(errno)),
    }
    operation(place, key, Some(bell), answer.fd, is_terminal).map(Ok)
}

/// Finds an operation of a sandbox that has ended.
fn finished(place: &Place, key: &Key) -> Result<Result<LinuxOperation, Errno>, Error> {
    match place.control.journal(key) {
        Ok(Some(_)) => operation(place, key, None, None, false).map(Ok),
        Ok(None) => Err(gone()),
        Err(error) => Err(setup(error)),
    }
}

fn operation(
    place: &Place,
    key: &Key,
    bell: Option<OwnedFd>,
    input: Option<OwnedFd>,
    is_terminal: bool,
) -> Result<LinuxOperation, Error> {
    let journal = place.control.journal(key).map_err(setup)?.ok_or_else(gone)?;
    let terminal = match (&input, is_terminal || input.as_ref().is_some_and(rustix::termios::isatty)) {
        (Some(fd), true) => Some(Terminal::new(fd).map_err(setup)?),
        _ => None,
    };
    Ok(LinuxOperation {
        place: place.clone(),
        key: key.clone(),
        bell: bell.map(Bell::from_owned_fd_unchecked).transpose().map_err(setup)?,
        journal,
        at: COMMITTED,
        told: None,
        piece: Vec::new(),
        next: 0,
        end: None,
        input,
        terminal,
    })
}

fn setup(source: impl Into<io::Error>) -> Error {
    Error::Setup { step: "follow an operation".to_owned(), source: source.into() }
}

/// What of a journal concerns hosts.
enum Seen {
    Event(Event),
    Started,
    NotStarted(Errno),
}

impl LinuxOperation {
    /// Returns when the process runs, or why it does not.
    pub(crate) async fn started(mut self) -> Result<Result<Self, Errno>, Error> {
        match self.see().await? {
            Seen::Started => Ok(Ok(self)),
            Seen::NotStarted(errno) => Ok(Err(errno)),
            // It has ended before it was looked at: told again.
            Seen::Event(_) => {
                (self.at, self.next, self.end) = (COMMITTED, 0, None);
                self.piece.clear();
                Ok(Ok(self))
            }
        }
    }

    /// Returns the next thing that the journal tells.
    async fn see(&mut self) -> Result<Seen, Error> {
        loop {
            if let Some(seen) = self.decode()? {
                return Ok(seen);
            }
            if let Some(end) = self.end {
                return Ok(Seen::Event(Event::Ended(end)));
            }
            // Before the journal is read, so that what is written meanwhile rings again.
            let gone = self.place.link.has_ended() || self.bell.is_none();
            if let Some(bell) = &self.bell {
                let _ = bell.try_read(&mut [0; 8]);
            }
            if self.read()? {
                continue;
            }
            let Some(bell) = self.bell.as_ref().filter(|_| !gone) else {
                return Err(self.lost());
            };
            tokio::select! {
                ready = bell.readable() => ready.map_err(setup)?,
                () = self.place.link.ended() => {}
            }
        }
    }

    fn lost(&self) -> Error {
        let reason = self.place.control.ended().unwrap_or_else(|| GONE.to_owned());
        Error::Indeterminate { key: self.key.to_string(), reason }
    }

    /// Reads the next piece of the journal. Returns whether there was more.
    fn read(&mut self) -> Result<bool, Error> {
        let mut counter = [0; COMMITTED as usize];
        let length = rustix::io::pread(&self.journal, &mut counter, 0).map_err(setup)?;
        if length < counter.len() {
            return Ok(false); // its first frame is about to come
        }
        let (committed, _) = counted(u64::from_le_bytes(counter));
        self.piece.drain(..self.next);
        self.next = 0;
        let from = self.at + self.piece.len() as u64;
        let wanted = committed.saturating_sub(from).min(PIECE as u64) as usize;
        if wanted == 0 {
            return Ok(false);
        }
        let filled = self.piece.len();
        self.piece.resize(filled + wanted, 0);
        let read = rustix::io::pread(&self.journal, &mut self.piece[filled..], from).map_err(setup)?;
        self.piece.truncate(filled + read);
        Ok(read > 0)
    }

    /// Takes the next frame of the piece.
    fn decode(&mut self) -> Result<Option<Seen>, Error> {
        while let Some((record, length)) =
            decode(&self.piece[self.next..]).map_err(|damaged| setup(io::Error::other(damaged)))?
        {
            let seen = match record {
                Record::Begun { window, .. } => {
                    self.told = window.then_some(self.at);
                    None
                }
                Record::Started => Some(Seen::Started),
                Record::Output { stream, bytes } => {
                    Some(Seen::Event(Event::Output(of(stream), bytes.to_owned())))
                }
                Record::Cut { stream, bytes } => Some(Seen::Event(Event::Cut(of(stream), bytes))),
                Record::Ended(end) => Some(match ended(&end) {
                    Ok(end) => {
                        self.end = Some(end);
                        Seen::Event(Event::Ended(end))
                    }
                    Err(errno) => Seen::NotStarted(errno),
                }),
            };
            self.next += length;
            self.at += length as u64;
            if seen.is_some() {
                return Ok(seen);
            }
        }
        Ok(None)
    }

    /// Lets an operation with a window go on: now and then, and when everything was read.
    fn tell_taken(&mut self) {
        let Some(told) = self.told.filter(|told| self.at > *told && self.end.is_none()) else { return };
        if self.at - told >= FRAME_LIMIT as u64 / 4 || self.next == self.piece.len() {
            self.place.link.say(Ask::Taken { key: self.key.to_string(), bytes: self.at });
            self.told = Some(self.at);
        }
    }

    async fn ask(&self, ask: Ask) -> Result<Result<(), Errno>, Error> {
        Ok(self.place.link.ask(ask, &[]).await?.result.map(drop))
    }

    fn answer(&self, result: Result<(), Errno>) -> Result<(), Error> {
        match result {
            Ok(()) => Ok(()),
            Err(Errno::SRCH) => Err(Error::NotRunning { key: self.key.to_string() }),
            Err(errno) => Err(Error::Invalid { message: format!("`{}`: {errno}", self.key) }),
        }
    }
}

const fn of(stream: u8) -> Stream {
    if stream == 2 { Stream::Stderr } else { Stream::Stdout }
}

fn ended(end: &journal::End) -> Result<End, Errno> {
    let how = match end.how {
        journal::How::NotStarted { errno } => return Err(Errno::from_raw_os_error(errno)),
        journal::How::Exited { status } => How::Exited(exit(status)),
        journal::How::Reported { status } => How::Reported(status),
        journal::How::TimedOut { interpreter_lives } => How::TimedOut { interpreter_lives },
        journal::How::Killed => How::Killed,
        journal::How::Lost => How::Lost,
    };
    Ok(End {
        how,
        took: Duration::from_millis(end.after_ms),
        cpu: Duration::from_millis(end.cpu_ms),
        peak_memory: end.peak_kib.saturating_mul(1024),
    })
}

/// Reads a status as `wait(2)` gives it.
fn exit(status: i32) -> Exit {
    let status = ExitStatus::from_raw(status);
    match status.signal() {
        Some(signal) => Exit::Signal(signal),
        None => Exit::Code(status.code().unwrap_or_default()),
    }
}

impl Operation for LinuxOperation {
    fn key(&self) -> &Key {
        &self.key
    }

    fn next(&mut self) -> BoxFuture<'_, Result<Event, Error>> {
        Box::pin(async {
            loop {
                match self.see().await? {
                    Seen::Event(event) => {
                        self.tell_taken();
                        return Ok(event);
                    }
                    Seen::Started => {}
                    Seen::NotStarted(errno) if errno == Errno::SRCH => {
                        return Err(Error::NotRunning { key: self.key.to_string() });
                    }
                    Seen::NotStarted(errno) => {
                        return Err(Error::Spawn { program: self.key.to_string(), source: errno.into() });
                    }
                }
            }
        })
    }

    fn input(&mut self) -> Option<Writer> {
        let fd = self.input.take()?;
        let sender = match &self.terminal {
            Some(terminal) => terminal.writer(),
            None => pipe::Sender::from_owned_fd(fd),
        };
        sender.ok().map(|sender| Box::new(sender) as Writer)
    }

    fn close_input(&self) -> BoxFuture<'_, Result<(), Error>> {
        Box::pin(async {
            let closed = self.ask(Ask::CloseInput { key: self.key.to_string() }).await?;
            self.answer(closed)
        })
    }

    fn resize(&self, size: Size) -> Result<(), Error> {
        let terminal = self.terminal.as_ref().ok_or_else(|| Error::Invalid {
            message: format!("`{}` has no terminal that could get another size", self.key),
        })?;
        terminal.resize(size).map_err(setup)
    }

    fn signal(&self, signal: i32) -> BoxFuture<'_, Result<(), Error>> {
        Box::pin(async move {
            let sent = self.ask(Ask::Signal { key: self.key.to_string(), signal }).await?;
            self.answer(sent)
        })
    }

    fn kill(&self) -> BoxFuture<'_, Result<(), Error>> {
        Box::pin(async {
            let asked = self.ask(Ask::Kill { key: self.key.to_string() });
            if let Ok(killed) = timeout(KILL_DEADLINE, asked).await {
                return killed.and_then(|killed| self.answer(killed));
            }
            // Better no sandbox than one whose processes cannot be ended.
            self.place.link.say(Ask::Shutdown);
            self.place.link.close();
            Err(gone())
        })
    }

    fn run<'a>(
        &'a self,
        key: &'a Key,
        text: &'a str,
        bounds: Bounds,
    ) -> BoxFuture<'a, Result<Box<dyn Operation>, Error>> {
        Box::pin(async move {
            if text.contains('\0') {
                return Err(Error::Invalid { message: "a command cannot hold a zero byte".to_owned() });
            }
            if text.len() > TEXT_LIMIT {
                return Err(Error::Invalid {
                    message: format!("a command is limited to {} MiB", TEXT_LIMIT / 1024 / 1024),
                });
            }
            let inline = text.len() <= INLINE_TEXT;
            let file = if inline { None } else { Some(in_memory(text).map_err(setup)?) };
            let ask = Ask::Run {
                key: key.to_string(),
                interpreter: self.key.to_string(),
                text: inline.then(|| text.to_owned()),
                limits: limits(bounds),
            };
            match begin(&self.place, key, ask, file, false).await? {
                Ok(operation) => Ok(Box::new(operation) as Box<dyn Operation>),
                Err(Errno::SRCH) => Err(Error::NotRunning { key: self.key.to_string() }),
                Err(errno) => Err(Error::Spawn { program: self.key.to_string(), source: errno.into() }),
            }
        })
    }
}

fn in_memory(text: &str) -> io::Result<OwnedFd> {
    let file = memfd_create(c"text", MemfdFlags::CLOEXEC)?;
    let mut bytes = text.as_bytes();
    while !bytes.is_empty() {
        let written = rustix::io::write(&file, bytes)?;
        bytes = &bytes[written..];
    }
    Ok(file)
}

/// Bounds in the words of the protocol.
pub(crate) fn limits(bounds: Bounds) -> Limits {
    let milliseconds = |time: Duration| u64::try_from(time.as_millis()).unwrap_or(u64::MAX);
    Limits {
        timeout_ms: bounds.timeout.map(milliseconds),
        grace_ms: milliseconds(bounds.grace),
        cpu_seconds: bounds.cpu.map(|time| time.as_secs().max(1)),
        keep: match bounds.keep {
            skilled_sandbox::Keep::Ends(bytes) => Keep::Ends { bytes },
            skilled_sandbox::Keep::Window(bytes) => Keep::Window { bytes },
        },
    }
}

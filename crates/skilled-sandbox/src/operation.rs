//! Operations: the work in a sandbox, which outlives whoever asked for it.

use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use tokio::io::AsyncWrite;

use crate::{BoxFuture, Error};

/// A descriptor of a process that the host writes.
pub type Writer = Box<dyn AsyncWrite + Send + Unpin>;

/// The name of an operation: chosen by the host, used once in a sandbox.
///
/// Up to 100 letters, digits, `.`, `_` and `-`, not beginning with a dot.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Key(String);

/// A text is not a key.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{text:?} cannot name an operation: up to 100 letters, digits, `.`, `_` and `-`, not a dot first")]
pub struct ParseKeyError {
    /// The text.
    pub text: String,
}

impl Key {
    /// The most bytes of a key.
    pub const LIMIT: usize = 100;

    /// Returns a key that nobody has used: `prefix`, which must be short, and a random part.
    ///
    /// # Errors
    /// When `prefix` cannot begin a key.
    pub fn fresh(prefix: &str) -> Result<Self, ParseKeyError> {
        format!("{prefix}-{}", uuid::Uuid::now_v7().simple()).parse()
    }

    /// Returns it as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl FromStr for Key {
    type Err = ParseKeyError;

    fn from_str(text: &str) -> Result<Self, ParseKeyError> {
        let of_key = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_' | b'-');
        let good =
            (1..=Self::LIMIT).contains(&text.len()) && !text.starts_with('.') && text.bytes().all(of_key);
        if good { Ok(Self(text.to_owned())) } else { Err(ParseKeyError { text: text.to_owned() }) }
    }
}

/// A program to start.
///
/// It gets the sandbox's clean environment and a session of its own. Its outputs go into the operation's journal; no
/// descriptor but 0 to 2 is open (an interpreter has two more).
#[derive(Debug, Clone)]
pub struct Command {
    /// The program and its arguments. A program without a slash is looked up in the sandbox's `PATH`.
    pub argv: Vec<String>,
    /// Variables added for this process.
    pub env: BTreeMap<String, String>,
    /// The directory it starts in.
    pub cwd: String,
    /// What it reads.
    pub input: Input,
    /// It takes texts by [`Operation::run`]: a number, a zero byte, the text and a zero byte on descriptor 200; and it
    /// reports each with `number status` and a line feed on descriptor 201.
    pub interpreter: Option<Interpreter>,
    /// Its bounds.
    pub bounds: Bounds,
}

/// How an interpreter is treated.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Interpreter {
    /// An interrupt of a text goes to the interpreter, too, since it runs the text itself; otherwise only to what it has
    /// started.
    pub is_signalled: bool,
}

/// What a process reads.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Input {
    /// Nothing: `/dev/null`.
    #[default]
    Nothing,
    /// What is written to [`Operation::input`].
    Pipe,
    /// A terminal of its own, which is its output, too.
    Terminal(Size),
}

/// The size of a terminal, in characters.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Size {
    /// Lines.
    pub rows: u16,
    /// Characters of a line.
    pub columns: u16,
}

/// Bounds of an operation, kept inside the sandbox whether or not anybody waits for it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Bounds {
    /// Wall-clock time; then it and everything that it started is ended.
    pub timeout: Option<Duration>,
    /// How long it may take to end after `SIGINT`, and again after `SIGTERM`, before it is killed. Zero kills at once.
    pub grace: Duration,
    /// Processor time of each of its processes, in whole seconds.
    pub cpu: Option<Duration>,
    /// What of its output is kept.
    pub keep: Keep,
}

/// What of an output is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Keep {
    /// So many bytes of each output: two thirds from the beginning, the rest from the end. It never waits for a reader.
    Ends(u64),
    /// All of it; but it waits while so many bytes are unread. What was read is given back to the disk.
    Window(u64),
}

impl Default for Bounds {
    /// No limit of time, and a megabyte of each output.
    fn default() -> Self {
        Self { timeout: None, grace: Duration::ZERO, cpu: None, keep: Keep::Ends(1024 * 1024) }
    }
}

/// One of the two outputs of a process. That of a terminal is [`Stream::Stdout`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Stream {
    /// Standard output.
    Stdout,
    /// Standard error.
    Stderr,
}

/// What happened to an operation, in order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Event {
    /// It wrote something.
    Output(Stream, Vec<u8>),
    /// It wrote so many bytes that were not kept.
    Cut(Stream, u64),
    /// It has ended. Nothing follows.
    Ended(End),
}

/// The end of an operation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct End {
    /// How.
    pub how: How,
    /// How long it took.
    pub took: Duration,
    /// Processor time of its processes that have ended.
    pub cpu: Duration,
    /// The largest memory of one of them, in bytes.
    pub peak_memory: u64,
}

/// How an operation ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum How {
    /// Its process has ended; of a text, its interpreter.
    Exited(Exit),
    /// Its interpreter gave this status and lives on.
    Reported(i32),
    /// Its time was up.
    TimedOut {
        /// Its interpreter lives on.
        interpreter_lives: bool,
    },
    /// It was killed on request.
    Killed,
    /// Something in the sandbox killed what attended to it; everything that it had started was killed.
    Lost,
}

/// Work in a sandbox: awaits it, talks to it, ends it.
///
/// Dropping it ends nothing: it can be found again by its key, by another process, too.
pub trait Operation: Send + Sync {
    /// Returns its key.
    fn key(&self) -> &Key;

    /// Returns what happened next, from its beginning on. May be dropped at any await without loss. After
    /// [`Event::Ended`] it returns that again.
    ///
    /// # Errors
    /// [`Error::Indeterminate`] when the sandbox is gone and nobody knows how the operation ended.
    fn next(&mut self) -> BoxFuture<'_, Result<Event, Error>>;

    /// Takes the way to its input. None when it has none, or when it was taken.
    ///
    /// Dropping the writer does not close the input for the process: [`Operation::close_input`] does.
    fn input(&mut self) -> Option<Writer>;

    /// Closes the input, once the writer was dropped.
    fn close_input(&self) -> BoxFuture<'_, Result<(), Error>>;

    /// Changes the size of its terminal.
    fn resize(&self, size: Size) -> Result<(), Error>;

    /// Sends a signal to its process group; when it is an interpreter, to everything that this has started.
    fn signal(&self, signal: i32) -> BoxFuture<'_, Result<(), Error>>;

    /// Kills it and everything that it started, however it detached itself, and returns when all are gone. With a text,
    /// its interpreter is killed, too.
    fn kill(&self) -> BoxFuture<'_, Result<(), Error>>;

    /// Gives a text to this interpreter. When `key` was used before, nothing is run: the operation of that time is
    /// returned.
    ///
    /// # Errors
    /// [`Error::Invalid`] when the text holds a zero byte or is longer than 16 MiB, [`Error::NotRunning`] when the
    /// interpreter has ended.
    fn run<'a>(
        &'a self,
        key: &'a Key,
        text: &'a str,
        bounds: Bounds,
    ) -> BoxFuture<'a, Result<Box<dyn Operation>, Error>>;
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

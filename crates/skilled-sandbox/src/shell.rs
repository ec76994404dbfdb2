//! The persistent shell of a session: `cd` and variables stay from one command to the next.
//!
//! One `bash` reads commands from a channel, evaluates each, and reports its status on another channel, with the number
//! of the command: what a command prints cannot be taken for its end. Commands read nothing from standard input. Each
//! command is an operation of its own: it goes on, and can be found again, when whoever waited for it is gone.
//!
//! Tested against real sandboxes in `skilled-sandbox-linux/tests/it/shell.rs`.

use std::collections::BTreeMap;
use std::time::Duration;

use tokio_util::sync::CancellationToken;

use crate::{
    Bounds, Captured, Command, Error, Event, Exit, How, Input, Interpreter, Keep, Key, Operation, Sandbox,
    Stream,
};

/// What is kept of what the shell itself writes, outside commands.
const OWN_OUTPUT: u64 = 4096;

/// What `bash` runs: a loop that takes a number and a command, both ended by a zero byte.
///
/// Descriptors 200 to 203 are closed to the commands. 202 and 203 keep the original output, so that an `exec >file` of
/// one command does not swallow the output of the next. The function gives `$?` of the previous command to the next.
///
/// A command is evaluated within the loop, since a function would make its `declare` local. So a `continue` or `break`
/// of its own acts on the loop: a status that is due is reported at the loop's head, and the loop is entered again. No
/// number is taken twice, so that nothing a command redefines can make it run again.
const LOOP: &str = r#"
exec 202>&1 203>&2
__skilled_status() { return "$1"; }
__skilled_number='' __skilled_due='' __skilled_last=0
__skilled_loop='
while
  if [[ $__skilled_due ]]; then
    __skilled_due=""
    builtin printf "%s %d
" "$__skilled_number" "$__skilled_last" >&201
  fi
  __skilled_taken=$__skilled_number
  IFS= builtin read -r -d "" -u 200 __skilled_number &&
    IFS= builtin read -r -d "" -u 200 __skilled_command &&
    [[ $__skilled_number != "$__skilled_taken" ]]
do
  exec 1>&202 2>&203
  __skilled_due=1 __skilled_before=$__skilled_last __skilled_last=0
  __skilled_status "$__skilled_before"
  builtin eval "$__skilled_command" </dev/null 200<&- 201>&- 202>&- 203>&-
  __skilled_last=$?
done
if [[ $__skilled_due ]]; then builtin eval "$__skilled_loop"; fi
'
eval "$__skilled_loop"
"#;

/// A shell, or what is left of it.
pub struct Shell {
    interpreter: Box<dyn Operation>,
    ended: bool,
}

/// Bounds of one command.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// Wall-clock time; then everything that the shell started is ended.
    pub timeout: Duration,
    /// How long the command may take to end after `SIGINT`, and again after `SIGTERM`, before the shell is killed with it.
    pub grace: Duration,
    /// Bytes kept of each of the two outputs.
    pub output_bytes: usize,
}

impl Limits {
    /// Returns limits without grace.
    pub const fn new(timeout: Duration, output_bytes: usize) -> Self {
        Self { timeout, grace: Duration::ZERO, output_bytes }
    }
}

/// A finished command.
#[derive(Debug, PartialEq, Eq)]
pub struct Finished {
    /// What came on standard output while the command ran, from it or from what earlier commands left running.
    pub stdout: Captured,
    /// The same of standard error.
    pub stderr: Captured,
    /// How it ended.
    pub ended: Ended,
}

/// How a command ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ended {
    /// With this status; the shell goes on.
    Status(i32),
    /// The shell itself ended (`exit`, `exec`, `set -e`, a signal): a new one is needed.
    Shell(Exit),
    /// The time was up: everything the shell started was killed, and a new one is needed.
    TimedOut,
    /// The time was up, and the command took the hint: the shell goes on.
    Interrupted,
    /// The caller cancelled: as for a time-out.
    Cancelled,
}

impl Shell {
    /// Starts a shell in the sandbox's workspace; in `/` when a workload has closed the workspace to itself, so that it
    /// can be opened again.
    pub async fn start(sandbox: &dyn Sandbox) -> Result<Self, Error> {
        match Self::open(sandbox, &fresh("bash")?, &sandbox.layout().workspace).await {
            Err(Error::Spawn { .. }) => Self::open(sandbox, &fresh("bash")?, "/").await,
            other => other,
        }
    }

    /// Starts a shell in `folder` under a key of the caller's choice, or finds the one that was started under it.
    pub async fn open(sandbox: &dyn Sandbox, key: &Key, folder: &str) -> Result<Self, Error> {
        let command = Command {
            argv: ["/bin/bash", "--noprofile", "--norc", "-c", LOOP].map(str::to_owned).to_vec(),
            env: BTreeMap::new(),
            cwd: folder.to_owned(),
            input: Input::Nothing,
            interpreter: Some(Interpreter { is_signalled: false }),
            bounds: Bounds { keep: Keep::Ends(OWN_OUTPUT), ..Bounds::default() },
        };
        Ok(Self { interpreter: sandbox.start(key, command).await?, ended: false })
    }

    /// Returns whether the shell has ended, as far as its last command told: [`Shell::run`] must not be called any more.
    pub const fn has_ended(&self) -> bool {
        self.ended
    }

    /// Runs one command and returns when it has ended, its time is up, or `cancel` is cancelled.
    ///
    /// Processes that the command leaves in the background go on; their output belongs to the next command. Dropping
    /// the future leaves the command running.
    ///
    /// # Errors
    /// [`Error::Invalid`] when `command` holds a zero byte; [`Error::NotRunning`] when the shell has ended,
    /// [`Error::Gone`] when the sandbox has.
    pub async fn run(
        &mut self,
        command: &str,
        limits: Limits,
        cancel: &CancellationToken,
    ) -> Result<Finished, Error> {
        self.run_as(&fresh("command")?, command, limits, cancel).await
    }

    /// Runs one command under a key of the caller's choice. When the key was used before, nothing is run: the result of
    /// that time is returned, as soon as it is there.
    ///
    /// # Errors
    /// As for [`Shell::run`]; and [`Error::Indeterminate`] when the sandbox ended while it ran.
    pub async fn run_as(
        &mut self,
        key: &Key,
        command: &str,
        limits: Limits,
        cancel: &CancellationToken,
    ) -> Result<Finished, Error> {
        self.ended = true; // until the command's end says otherwise
        let bounds = Bounds {
            timeout: Some(limits.timeout),
            grace: limits.grace,
            cpu: None,
            keep: Keep::Ends(limits.output_bytes as u64),
        };
        let mut operation = match self.interpreter.run(key, command, bounds).await {
            Err(error @ Error::Invalid { .. }) => {
                self.ended = false;
                return Err(error);
            }
            other => other?,
        };
        let finished = finished(&mut *operation, cancel).await?;
        self.ended = !matches!(finished.ended, Ended::Status(_) | Ended::Interrupted);
        Ok(finished)
    }

    /// Ends the shell and everything it started.
    pub async fn end(&mut self) -> Result<(), Error> {
        self.ended = true;
        self.interpreter.kill().await
    }
}

/// A prefix of our own is a good one.
fn fresh(prefix: &str) -> Result<Key, Error> {
    Key::fresh(prefix).map_err(|error| Error::Invalid { message: error.to_string() })
}

/// Takes what a command in a shell does until it has ended, or kills it when that is cancelled.
///
/// # Errors
/// What [`Operation::next`] and [`Operation::kill`] say.
pub async fn finished(operation: &mut dyn Operation, cancel: &CancellationToken) -> Result<Finished, Error> {
    let (mut stdout, mut stderr) = (Captured::default(), Captured::default());
    let mut cancelled = false;
    let how = loop {
        let event = tokio::select! {
            biased;
            () = cancel.cancelled(), if !cancelled => {
                cancelled = true;
                operation.kill().await?;
                continue;
            }
            event = operation.next() => event?,
        };
        let of = |stream| usize::from(stream == Stream::Stderr);
        let both = [&mut stdout, &mut stderr];
        match event {
            Event::Output(stream, bytes) => both[of(stream)].push(&bytes),
            Event::Cut(stream, bytes) => both[of(stream)].skip(bytes),
            Event::Ended(end) => break end.how,
        }
    };
    let ended = match how {
        How::Reported(status) => Ended::Status(status),
        How::Exited(exit) => Ended::Shell(exit),
        How::TimedOut { interpreter_lives: true } => Ended::Interrupted,
        How::TimedOut { interpreter_lives: false } => Ended::TimedOut,
        How::Killed => Ended::Cancelled,
        How::Lost => Ended::Shell(Exit::Signal(9)),
    };
    Ok(Finished { stdout, stderr, ended })
}

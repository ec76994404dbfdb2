//! The persistent shell of a session: `cd` and variables stay from one command to the next.
//!
//! One `bash` reads commands from a channel, evaluates each, and reports its status on another channel, with the number
//! of the command: what a command prints cannot be taken for its end. Commands read nothing from standard input.
//!
//! Tested against real sandboxes in `skilled-sandbox-linux/tests/it/shell.rs`.

use std::collections::BTreeMap;
use std::io;
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio_util::sync::CancellationToken;

use crate::{
    Capture, Captured, Channel, Command, Direction, Error, Exit, ProcessControl, Reader, Sandbox, Writer,
};

const COMMANDS: i32 = 200;
const STATUS: i32 = 201;
/// `/proc/sys/fs/pipe-max-size`, the most that an unprivileged process may ask for, in bytes.
const LARGEST_PIPE: usize = 1024 * 1024;

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

/// A running shell.
pub struct Shell {
    commands: Writer,
    status: Reader,
    stdout: Reader,
    stderr: Reader,
    control: Box<dyn ProcessControl>,
    number: u64,
    ended: bool,
}

/// Bounds of one command.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// Wall-clock time; then the shell and everything it started is killed.
    pub timeout: Duration,
    /// Bytes kept of each of the two outputs.
    pub output_bytes: usize,
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
    /// The caller cancelled: as for a time-out.
    Cancelled,
}

impl Shell {
    /// Starts a shell in the sandbox's workspace; in `/` when a workload has closed the workspace to itself, so that it
    /// can be opened again.
    pub async fn start(sandbox: &dyn Sandbox) -> Result<Self, Error> {
        let from = |fd| Channel { fd, direction: Direction::FromProcess };
        let command = |cwd: &str| Command {
            argv: ["/bin/bash", "--noprofile", "--norc", "-c", LOOP].map(str::to_owned).to_vec(),
            env: BTreeMap::new(),
            cwd: cwd.to_owned(),
            channels: vec![
                from(1),
                from(2),
                Channel { fd: COMMANDS, direction: Direction::ToProcess },
                from(STATUS),
            ],
        };
        let mut process = match sandbox.spawn(command(&sandbox.layout().workspace)).await {
            Err(Error::Spawn { .. }) => sandbox.spawn(command("/")).await?,
            other => other?,
        };
        let lost = || Error::Gone { reason: "the shell was started without its channels".to_owned() };
        Ok(Self {
            commands: process.writers.remove(&COMMANDS).ok_or_else(lost)?,
            status: process.readers.remove(&STATUS).ok_or_else(lost)?,
            stdout: process.readers.remove(&1).ok_or_else(lost)?,
            stderr: process.readers.remove(&2).ok_or_else(lost)?,
            control: process.control,
            number: 0,
            ended: false,
        })
    }

    /// Returns whether the shell has ended: [`Shell::run`] must not be called any more.
    pub const fn has_ended(&self) -> bool {
        self.ended
    }

    /// Runs one command and returns when it has ended, its time is up, or `cancel` is cancelled.
    ///
    /// Processes that the command leaves in the background go on; their output belongs to the next command. Dropping
    /// the future leaves the command running and the shell unusable.
    ///
    /// # Errors
    /// [`Error::Invalid`] when `command` holds a zero byte; [`Error::Gone`] when the sandbox has ended.
    pub async fn run(
        &mut self,
        command: &str,
        limits: Limits,
        cancel: &CancellationToken,
    ) -> Result<Finished, Error> {
        if command.contains('\0') {
            return Err(Error::Invalid { message: "a command cannot hold a zero byte".to_owned() });
        }
        let mut stdout = Capture::new(limits.output_bytes);
        let mut stderr = Capture::new(limits.output_bytes);
        self.number += 1;
        self.ended = true; // until the command's status says otherwise
        let frame = format!("{}\0{command}\0", self.number);
        let ended = tokio::select! {
            biased;
            () = cancel.cancelled() => Ended::Cancelled,
            ended = self.attend(frame.as_bytes(), &mut stdout, &mut stderr) => ended?,
            () = tokio::time::sleep(limits.timeout) => Ended::TimedOut,
        };
        match ended {
            Ended::Status(_) => self.ended = false,
            // What an ended shell left behind has lost its output, and nobody could stop it later.
            Ended::Shell(_) | Ended::TimedOut | Ended::Cancelled => self.control.kill().await?,
        }
        drain(&mut self.stdout, &mut stdout);
        drain(&mut self.stderr, &mut stderr);
        Ok(Finished { stdout: stdout.finish(), stderr: stderr.finish(), ended })
    }

    /// Hands the command over, then takes its output until its status comes or the shell ends.
    async fn attend(
        &mut self,
        frame: &[u8],
        stdout: &mut Capture,
        stderr: &mut Capture,
    ) -> Result<Ended, Error> {
        // A shell that has just ended cannot read; its end is seen below.
        let _ = self.commands.write_all(frame).await;
        let mut out = vec![0; 64 * 1024];
        let mut err = vec![0; 64 * 1024];
        let mut report = [0; 64];
        let mut line = Vec::new();
        let (mut out_open, mut err_open, mut status_open) = (true, true, true);
        loop {
            tokio::select! {
                read = self.stdout.read(&mut out), if out_open => out_open = take(stdout, &out, &read),
                read = self.stderr.read(&mut err), if err_open => err_open = take(stderr, &err, &read),
                read = self.status.read(&mut report), if status_open => match read {
                    Ok(0) | Err(_) => status_open = false,
                    Ok(length) => {
                        line.extend_from_slice(&report[..length]);
                        if let Some(status) = status_of(&mut line, self.number) {
                            return Ok(Ended::Status(status));
                        }
                    }
                },
                exit = self.control.wait() => return exit.map(Ended::Shell),
            }
        }
    }
}

/// Takes what was read; returns whether the channel is still open.
fn take(capture: &mut Capture, buffer: &[u8], read: &io::Result<usize>) -> bool {
    match read {
        Ok(0) | Err(_) => false,
        Ok(length) => {
            capture.push(&buffer[..*length]);
            true
        }
    }
}

/// Takes whatever has arrived already: at most what a pipe can hold, as a background process may write for ever.
fn drain(reader: &mut Reader, capture: &mut Capture) {
    let mut buffer = vec![0; 64 * 1024];
    let mut room = LARGEST_PIPE;
    while let Ok(length @ 1..) = reader.read_now(&mut buffer) {
        capture.push(&buffer[..length]);
        room = room.saturating_sub(length);
        if room == 0 {
            break;
        }
    }
}

/// Returns the status of command `number` when its line is complete; forgets lines of other commands, which a command
/// that found the channel may have written.
fn status_of(line: &mut Vec<u8>, number: u64) -> Option<i32> {
    while let Some(end) = line.iter().position(|byte| *byte == b'\n') {
        let complete: Vec<u8> = line.drain(..=end).collect();
        let status = std::str::from_utf8(&complete)
            .ok()
            .and_then(|text| text.trim_end().split_once(' '))
            .filter(|(of, _)| *of == number.to_string())
            .and_then(|(_, status)| status.parse().ok());
        if status.is_some() {
            return status;
        }
    }
    // A line without an end is no report: it must not grow.
    if line.len() > 1024 {
        line.clear();
    }
    None
}

#[cfg(test)]
mod tests {
    use super::status_of;

    #[test]
    fn only_the_running_commands_status_counts() {
        let mut line = b"1 0\nnonsense\n2 x\n\xff 3\n2 17\n2 4\n".to_vec();
        assert_eq!(status_of(&mut line, 2), Some(17));
        assert_eq!(line, b"2 4\n");
        let mut partial = b"2 1".to_vec();
        assert_eq!(status_of(&mut partial, 2), None);
        partial.extend_from_slice(b"2\n");
        assert_eq!(status_of(&mut partial, 2), Some(12));
    }
}

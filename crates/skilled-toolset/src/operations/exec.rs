//! Commands in the session's persistent shell.
//!
//! Each command is an operation of the sandbox under the id of the tool call, so that a driver that takes over from one
//! that died gets the result of that time instead of running the command again.

use std::sync::Arc;
use std::time::Duration;

use skilled_sandbox::{Ended, Error, Finished, Key, Limits, Sandbox, Shell};
use tokio::sync::oneshot;
use tokio_util::sync::CancellationToken;

use super::Operations;

/// Shells of one session that are looked for: each ended one takes a look.
const GENERATIONS: u32 = 10_000;

/// The session's shell, if one runs.
#[derive(Default)]
pub(super) struct Slot {
    shell: Option<Shell>,
    /// The number of the last shell that was started or found: its operation is `bash-NUMBER`.
    generation: u32,
    /// Whether a shell ended and nobody was told.
    lost: bool,
}

/// A command to run.
#[derive(Debug, Clone, Copy)]
pub struct Exec<'a> {
    /// The id of the tool call: the key of the operation.
    pub operation: &'a str,
    /// The command.
    pub command: &'a str,
    /// Its time.
    pub timeout: Duration,
    /// The shell is ended first, and a new one started.
    pub restart: bool,
}

/// A command that was run.
#[derive(Debug)]
pub struct Executed {
    /// Its output, and how it ended.
    pub finished: Finished,
    /// Whether it ran in a new shell although an earlier one of the session was lost without a report: its caller gave
    /// up in the middle of a command.
    pub replaced: bool,
}

impl Executed {
    /// Returns whether the shell ended with the command: its folder, variables and processes are lost, and the next
    /// command starts a new one.
    pub const fn shell_is_lost(&self) -> bool {
        match self.finished.ended {
            Ended::Status(_) | Ended::Interrupted => false,
            Ended::Shell(_) | Ended::TimedOut | Ended::Cancelled => true,
        }
    }
}

impl Operations {
    /// Starts the session's shell unless it runs, so that the first command need not wait for it.
    ///
    /// # Errors
    /// What [`Shell::open`] says. The next command tries again.
    pub async fn warm(&self) -> Result<(), Error> {
        let mut slot = self.shell.lock().await;
        slot.shell(&*self.sandbox).await.map(drop)
    }

    /// Runs a command in the session's shell, which is started when none runs. When the operation was begun before, by
    /// whatever process, nothing is run: the result of that time is returned as soon as it is there.
    ///
    /// After its time, or when `cancel` is cancelled or the future is dropped, the command is ended, with the shell unless
    /// it takes the hint.
    ///
    /// # Errors
    /// [`Error::Invalid`] when the command holds a zero byte or the operation's id is no key; [`Error::Spawn`] and
    /// [`Error::Gone`] when there is no shell to be had; [`Error::Indeterminate`] when the sandbox of an earlier time ended
    /// while the command ran.
    pub async fn exec(&self, exec: Exec<'_>, cancel: &CancellationToken) -> Result<Executed, Error> {
        let key: Key =
            exec.operation.parse().map_err(|error| Error::Invalid { message: format!("{error}") })?;
        // A task of its own finishes what a caller that gives up has begun: the tree is dead before the next command.
        let stop = cancel.child_token();
        let _stops = stop.clone().drop_guard();
        let limits = Limits {
            timeout: exec.timeout,
            grace: self.options.grace,
            output_bytes: self.options.output_bytes,
        };
        let asked = Asked { key, command: exec.command.to_owned(), restart: exec.restart, limits };
        let sandbox = Arc::clone(&self.sandbox);
        let mut slot = Arc::clone(&self.shell).lock_owned().await;
        let (told, result) = oneshot::channel();
        tokio::spawn(async move {
            let result = slot.run(&*sandbox, &asked, &stop).await;
            // A result that nobody took is told with the next one.
            if let Err(Ok(executed)) = told.send(result) {
                slot.lost |= executed.replaced || executed.shell_is_lost();
            }
        });
        result
            .await
            .unwrap_or_else(|_| Err(Error::Gone { reason: "the command's task has ended".to_owned() }))
    }

    /// Finds out what became of a command whose driver died: waits for its end where it still runs, and runs it where it was
    /// never begun.
    ///
    /// # Errors
    /// As for [`Operations::exec`].
    pub async fn recover(&self, exec: Exec<'_>, cancel: &CancellationToken) -> Result<Executed, Error> {
        let key: Key =
            exec.operation.parse().map_err(|error| Error::Invalid { message: format!("{error}") })?;
        if let Some(previous) = &self.previous
            && let Some(mut operation) = previous.attach(&key).await?
        {
            let finished = skilled_sandbox::finished(&mut *operation, cancel).await?;
            return Ok(Executed { finished, replaced: true });
        }
        self.exec(exec, cancel).await
    }

    /// Ends the session's shell and everything it started, and starts a new one.
    ///
    /// # Errors
    /// As for [`Operations::exec`].
    pub async fn restart_shell(&self) -> Result<(), Error> {
        let sandbox = Arc::clone(&self.sandbox);
        let mut slot = Arc::clone(&self.shell).lock_owned().await;
        let restarted = tokio::spawn(async move { slot.restart(&*sandbox).await });
        restarted.await.unwrap_or_else(|error| Err(Error::Gone { reason: error.to_string() }))
    }
}

/// A command, with its limits.
struct Asked {
    key: Key,
    command: String,
    restart: bool,
    limits: Limits,
}

impl Slot {
    async fn run(
        &mut self,
        sandbox: &dyn Sandbox,
        asked: &Asked,
        cancel: &CancellationToken,
    ) -> Result<Executed, Error> {
        let Asked { key, command, restart, limits } = asked;
        // What was begun already must not lose the shell that it runs in.
        if *restart && sandbox.attach(key).await?.is_none() {
            self.restart(sandbox).await?;
        }
        let finished = loop {
            let shell = self.shell(sandbox).await?;
            match shell.run_as(key, command, *limits, cancel).await {
                // It has ended since, and the command was not begun in it.
                Err(Error::NotRunning { .. }) => {
                    self.shell = None;
                    self.lost = true;
                }
                other => break other?,
            }
        };
        let executed = Executed { finished, replaced: std::mem::take(&mut self.lost) };
        if executed.shell_is_lost() {
            self.shell = None; // its end is in the result: the next one need not be reported
        }
        Ok(executed)
    }

    /// Returns the shell that runs, or the next one.
    async fn shell(&mut self, sandbox: &dyn Sandbox) -> Result<&mut Shell, Error> {
        self.lost |= self.shell.take_if(|shell| shell.has_ended()).is_some();
        if self.shell.is_none() {
            self.shell = Some(self.start(sandbox).await?);
        }
        self.shell.as_mut().ok_or_else(|| Error::Gone { reason: "there is no shell".to_owned() })
    }

    /// Starts the next shell: in the workspace, or in `/` when a workload has closed the workspace to itself.
    async fn start(&mut self, sandbox: &dyn Sandbox) -> Result<Shell, Error> {
        let workspace = sandbox.layout().workspace.clone();
        let mut result = Err(Error::Gone { reason: "too many shells were started".to_owned() });
        for folder in [workspace.as_str(), "/"] {
            if self.generation == GENERATIONS {
                break;
            }
            self.generation += 1;
            let key: Key = format!("bash-{}", self.generation)
                .parse()
                .map_err(|error| Error::Invalid { message: format!("{error}") })?;
            result = Shell::open(sandbox, &key, folder).await;
            if !matches!(result, Err(Error::Spawn { .. })) {
                break;
            }
        }
        result
    }

    async fn restart(&mut self, sandbox: &dyn Sandbox) -> Result<(), Error> {
        // One of an earlier process may run, which this one has not met yet.
        if let Ok(shell) = self.shell(sandbox).await {
            shell.end().await?;
        }
        self.shell = None;
        self.lost = false;
        self.shell(sandbox).await.map(drop)
    }
}

//! Commands in the session's persistent shell.

use std::sync::Arc;
use std::time::Duration;

use skilled_sandbox::{Ended, Error, Finished, Limits, Sandbox, Shell};
use tokio::sync::oneshot;
use tokio_util::sync::CancellationToken;

use super::Operations;

/// The session's shell, if one runs.
#[derive(Default)]
pub(super) struct Slot {
    shell: Option<Shell>,
    /// Whether a shell ended and nobody was told.
    lost: bool,
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
            Ended::Status(_) => false,
            Ended::Shell(_) | Ended::TimedOut | Ended::Cancelled => true,
        }
    }
}

impl Operations {
    /// Starts the session's shell unless it runs, so that the first command need not wait for it.
    ///
    /// # Errors
    /// What [`Shell::start`] says. The next command tries again.
    pub async fn warm(&self) -> Result<(), Error> {
        let mut slot = self.shell.lock().await;
        if slot.shell.is_none() {
            slot.shell = Some(Shell::start(&*self.sandbox).await?);
        }
        Ok(())
    }

    /// Runs `command` in the session's shell, which is started when none runs.
    ///
    /// After `timeout`, or when `cancel` is cancelled or the future is dropped, the command and everything the shell ever started is killed.
    ///
    /// # Errors
    /// [`Error::Invalid`] when the command holds a zero byte; [`Error::Spawn`] and [`Error::Gone`] when there is no
    /// shell to be had.
    pub async fn exec(
        &self,
        command: &str,
        timeout: Duration,
        cancel: &CancellationToken,
    ) -> Result<Executed, Error> {
        // A task of its own finishes what a caller that gives up has begun: the tree is dead before the next command.
        let stop = cancel.child_token();
        let _stops = stop.clone().drop_guard();
        let limits = Limits { timeout, output_bytes: self.options.output_bytes };
        let (sandbox, command) = (Arc::clone(&self.sandbox), command.to_owned());
        let mut slot = Arc::clone(&self.shell).lock_owned().await;
        let (told, result) = oneshot::channel();
        tokio::spawn(async move {
            let result = slot.run(&*sandbox, &command, limits, &stop).await;
            // A result that nobody took is told with the next one.
            if let Err(Ok(executed)) = told.send(result) {
                slot.lost |= executed.replaced || executed.shell_is_lost();
            }
        });
        result
            .await
            .unwrap_or_else(|_| Err(Error::Gone { reason: "the command's task has ended".to_owned() }))
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

impl Slot {
    async fn run(
        &mut self,
        sandbox: &dyn Sandbox,
        command: &str,
        limits: Limits,
        cancel: &CancellationToken,
    ) -> Result<Executed, Error> {
        self.lost |= self.shell.take_if(|shell| shell.has_ended()).is_some();
        let shell = match &mut self.shell {
            Some(shell) => shell,
            empty => empty.insert(Shell::start(sandbox).await?),
        };
        let finished = shell.run(command, limits, cancel).await?;
        let executed = Executed { finished, replaced: std::mem::take(&mut self.lost) };
        if executed.shell_is_lost() {
            self.shell = None; // its end is in the result: the next one need not be reported
        }
        Ok(executed)
    }

    async fn restart(&mut self, sandbox: &dyn Sandbox) -> Result<(), Error> {
        self.lost = false;
        if let Some(mut shell) = self.shell.take().filter(|shell| !shell.has_ended()) {
            // A command that is cancelled before it starts: the shell kills its whole tree.
            let cancelled = CancellationToken::new();
            cancelled.cancel();
            let limits = Limits { timeout: Duration::ZERO, output_bytes: 0 };
            shell.run("", limits, &cancelled).await?;
        }
        self.shell = Some(Shell::start(sandbox).await?);
        Ok(())
    }
}

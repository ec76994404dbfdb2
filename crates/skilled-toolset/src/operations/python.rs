//! Texts in the session's persistent Python.
//!
//! Each text is an operation of the sandbox under a key of the tool call, as commands of the shell are.

use std::sync::Arc;
use std::time::Duration;

use skilled_sandbox::{Ended, Error, Key, Limits, Python, Run, Sandbox};
use tokio::sync::oneshot;
use tokio_util::sync::CancellationToken;

use super::{Executed, Operations};

/// Interpreters of one session that are looked for: each ended one takes a look.
const GENERATIONS: u32 = 10_000;

/// The session's interpreter, if one runs.
#[derive(Default)]
pub(super) struct Slot {
    python: Option<Python>,
    /// The number of the last interpreter that was started or found: its operation is `python-NUMBER`.
    generation: u32,
    /// Whether an interpreter ended and nobody was told.
    lost: bool,
}

/// Statements to run in the session's interpreter.
#[derive(Debug, Clone, Copy)]
pub struct Cell<'a> {
    /// The id of the tool call: the key of the operation.
    pub operation: &'a str,
    /// Run before, in an operation of its own: what the session's own statements must not be mixed with.
    pub before: &'a str,
    /// The statements.
    pub code: &'a str,
    /// Their time.
    pub timeout: Duration,
}

struct Asked {
    before: Key,
    key: Key,
    before_code: String,
    code: String,
    limits: Limits,
}

impl Operations {
    /// Runs statements in the session's Python, which is started when none runs. When the operation was begun before,
    /// nothing is run: the result of that time is returned.
    ///
    /// # Errors
    /// As for [`Operations::exec`].
    pub async fn cell(&self, cell: Cell<'_>, cancel: &CancellationToken) -> Result<Executed, Error> {
        let key = |text: String| -> Result<Key, Error> {
            text.parse().map_err(|error| Error::Invalid { message: format!("{error}") })
        };
        let stop = cancel.child_token();
        let _stops = stop.clone().drop_guard();
        let limits = Limits {
            timeout: cell.timeout,
            grace: self.options.grace,
            output_bytes: self.options.output_bytes,
        };
        let asked = Asked {
            before: key(format!("{}.before", cell.operation))?,
            key: key(cell.operation.to_owned())?,
            before_code: cell.before.to_owned(),
            code: cell.code.to_owned(),
            limits,
        };
        let sandbox = Arc::clone(&self.sandbox);
        let mut slot = Arc::clone(&self.python).lock_owned().await;
        let (told, result) = oneshot::channel();
        // A task of its own finishes what a caller that gives up has begun: it is dead before the next text.
        tokio::spawn(async move {
            let result = slot.run(&*sandbox, &asked, &stop).await;
            if let Err(Ok(executed)) = told.send(result) {
                slot.lost |= executed.replaced || executed.shell_is_lost();
            }
        });
        result.await.unwrap_or_else(|_| Err(Error::Gone { reason: "the text's task has ended".to_owned() }))
    }

    /// Starts the session's Python unless it runs, so that the first text need not wait for it.
    ///
    /// # Errors
    /// What [`Python::open`] says. The next text tries again.
    pub async fn warm_python(&self) -> Result<(), Error> {
        let mut slot = self.python.lock().await;
        slot.python(&*self.sandbox).await.map(drop)
    }
}

impl Slot {
    async fn run(
        &mut self,
        sandbox: &dyn Sandbox,
        asked: &Asked,
        cancel: &CancellationToken,
    ) -> Result<Executed, Error> {
        let finished = loop {
            let python = self.python(sandbox).await?;
            let prepared =
                python.run_as(&asked.before, Run::Text(&asked.before_code), asked.limits, cancel).await;
            let ran = match prepared {
                Ok(prepared) if matches!(prepared.ended, Ended::Status(_)) => {
                    python.run_as(&asked.key, Run::Text(&asked.code), asked.limits, cancel).await
                }
                other => other,
            };
            match ran {
                // It has ended since, and the text was not begun in it.
                Err(Error::NotRunning { .. }) => {
                    self.python = None;
                    self.lost = true;
                }
                other => break other?,
            }
        };
        let executed = Executed { finished, replaced: std::mem::take(&mut self.lost) };
        if executed.shell_is_lost() {
            self.python = None;
        }
        Ok(executed)
    }

    async fn python(&mut self, sandbox: &dyn Sandbox) -> Result<&mut Python, Error> {
        self.lost |= self.python.take_if(|python| python.has_ended()).is_some();
        if self.python.is_none() {
            if self.generation == GENERATIONS {
                return Err(Error::Gone { reason: "too many interpreters were started".to_owned() });
            }
            self.generation += 1;
            let key: Key = format!("python-{}", self.generation)
                .parse()
                .map_err(|error| Error::Invalid { message: format!("{error}") })?;
            self.python = Some(Python::open(sandbox, &key, &[]).await?);
        }
        self.python.as_mut().ok_or_else(|| Error::Gone { reason: "there is no interpreter".to_owned() })
    }
}

//! The persistent Python of a session: names and imports stay from one text to the next.
//!
//! One `python3` runs a small program that takes texts like the [shell](crate::Shell) does. A text is either run in the
//! session's own namespace, or as a script in a copy of the interpreter ([`Run::Script`]): the copy has everything that was
//! imported already, which for document libraries saves more than half a second, and leaves nothing behind.
//!
//! Tested against real sandboxes in `skilled-sandbox-linux/tests/it/python.rs`.

use std::collections::BTreeMap;

use serde_json::json;
use tokio_util::sync::CancellationToken;

use crate::{
    Bounds, Command, Ended, Error, Finished, Input, Interpreter, Keep, Key, Limits, Operation, Sandbox, shell,
};

/// What the interpreter runs.
const PROGRAM: &str = include_str!("python/session.py");
/// What is kept of what the interpreter itself writes, outside texts.
const OWN_OUTPUT: u64 = 16 * 1024;

/// A Python interpreter, or what is left of it.
pub struct Python {
    interpreter: Box<dyn Operation>,
    ended: bool,
}

/// What to run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Run<'a> {
    /// Statements in the session's namespace. The value of a last expression is printed, unless it is `None`.
    Text(&'a str),
    /// A file, as the program `python3 FILE ARGUMENTS` would run it, in a copy of the interpreter.
    Script {
        /// Its path in the sandbox.
        path: &'a str,
        /// Its arguments.
        arguments: &'a [&'a str],
        /// The folder it runs in.
        folder: &'a str,
    },
}

impl Python {
    /// Starts an interpreter in the sandbox's workspace under `key`, or finds the one that was started under it. `imports`
    /// are imported before the first text is run; one that is missing is passed over.
    pub async fn open(sandbox: &dyn Sandbox, key: &Key, imports: &[&str]) -> Result<Self, Error> {
        Self::open_in(sandbox, key, imports, &sandbox.layout().workspace).await
    }

    /// As [`Python::open`], in another folder.
    pub async fn open_in(
        sandbox: &dyn Sandbox,
        key: &Key,
        imports: &[&str],
        folder: &str,
    ) -> Result<Self, Error> {
        let layout = sandbox.layout();
        let program = match &layout.python {
            Some(environment) => format!("{environment}/bin/python3"),
            None => "python3".to_owned(),
        };
        let argv = [program.as_str(), "-q", "-c", PROGRAM].into_iter().chain(imports.iter().copied());
        let command = Command {
            argv: argv.map(str::to_owned).collect(),
            // Numerical libraries start a thread for each core otherwise, and a copy has only one.
            env: BTreeMap::from([("OPENBLAS_NUM_THREADS".to_owned(), "1".to_owned())]),
            cwd: folder.to_owned(),
            input: Input::Nothing,
            interpreter: Some(Interpreter { is_signalled: true }),
            bounds: Bounds { keep: Keep::Ends(OWN_OUTPUT), ..Bounds::default() },
        };
        Ok(Self { interpreter: sandbox.start(key, command).await?, ended: false })
    }

    /// Returns whether the interpreter has ended, as far as its last text told.
    pub const fn has_ended(&self) -> bool {
        self.ended
    }

    /// Runs a text or a script under a key, and returns when it has ended, its time is up, or `cancel` is cancelled. When the
    /// key was used before, nothing is run: the result of that time is returned.
    ///
    /// The status is 0, or 1 after an exception, whose traceback is on standard error; `sys.exit` gives its own, and an
    /// interrupt 130.
    ///
    /// # Errors
    /// As for [`crate::Shell::run_as`].
    pub async fn run_as(
        &mut self,
        key: &Key,
        run: Run<'_>,
        limits: Limits,
        cancel: &CancellationToken,
    ) -> Result<Finished, Error> {
        self.ended = true; // until the text's end says otherwise
        let text = match run {
            Run::Text(text) => format!("{}\n{text}", json!({"run": "text"})),
            Run::Script { path, arguments, folder } => {
                json!({"run": "script", "path": path, "arguments": arguments, "folder": folder}).to_string()
            }
        };
        let bounds = Bounds {
            timeout: Some(limits.timeout),
            grace: limits.grace,
            cpu: None,
            keep: Keep::Ends(limits.output_bytes as u64),
        };
        let mut operation = match self.interpreter.run(key, &text, bounds).await {
            Err(error @ Error::Invalid { .. }) => {
                self.ended = false;
                return Err(error);
            }
            other => other?,
        };
        let finished = shell::finished(&mut *operation, cancel).await?;
        self.ended = !matches!(finished.ended, Ended::Status(_) | Ended::Interrupted);
        Ok(finished)
    }

    /// Ends the interpreter and everything it started.
    pub async fn end(&mut self) -> Result<(), Error> {
        self.ended = true;
        self.interpreter.kill().await
    }
}

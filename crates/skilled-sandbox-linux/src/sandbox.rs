//! A sandbox, running or not.

use std::io;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use rustix::io::Errno;
use skilled_sandbox::{
    BoxFuture, Command, Enforced, Error, Files, Input, Key, Layout, LimitHits, Operation, Sandbox, Size,
};
use skilled_supervisor as protocol;
use skilled_supervisor::Ask;
use tokio::process::Child;
use tokio::time::timeout;

use crate::control::Record;
use crate::files::SandboxFiles;
use crate::link::{GONE, Link};
use crate::operation::{LinuxOperation, Place, begin, limits};

/// How long a sandbox may take to end when it is asked to; usually it takes a millisecond.
const END_DEADLINE: Duration = Duration::from_secs(10);
/// How often it is looked whether it has ended, where nothing tells.
const LOOK: Duration = Duration::from_millis(1);

/// A sandbox made by [`crate::LinuxBackend`].
pub(crate) struct LinuxSandbox {
    place: Place,
    record: Record,
    files: SandboxFiles,
    /// Ends when the sandbox has ended. None when another process made it.
    launcher: Mutex<Option<Child>>,
    /// It lives on without this.
    left: AtomicBool,
}

impl LinuxSandbox {
    /// Takes over a connection to a sandbox.
    pub(crate) fn new(place: Place, launcher: Option<Child>, record: Record) -> Self {
        tokio::spawn(Arc::clone(&place.link).attend());
        let files =
            SandboxFiles { link: Arc::clone(&place.link), workspace: record.layout.workspace.clone() };
        Self { place, record, files, launcher: Mutex::new(launcher), left: AtomicBool::new(false) }
    }

    pub(crate) fn link(&self) -> &Link {
        &self.place.link
    }

    /// Moves the control folder to where its session wants it, with a record that was changed for it.
    pub(crate) fn adopt(&mut self, folder: &Path, change: impl FnOnce(&mut Record)) -> io::Result<()> {
        change(&mut self.record);
        let control = self.place.control.moved(folder)?;
        control.keep(&self.record)?;
        self.place.control = Arc::new(control);
        Ok(())
    }

    async fn begin(&self, key: &Key, command: Command) -> Result<Box<dyn Operation>, Error> {
        let program = command.argv.first().cloned().unwrap_or_default();
        let failed = |errno: Errno| Error::Spawn { program: program.clone(), source: errno.into() };
        let mut env = self.record.env.clone();
        env.extend(command.env);
        let is_terminal = matches!(command.input, Input::Terminal(_));
        let command = protocol::Command {
            argv: command.argv,
            env: env.into_iter().collect(),
            cwd: command.cwd,
            input: match command.input {
                Input::Nothing => protocol::Input::Nothing,
                Input::Pipe => protocol::Input::Pipe,
                Input::Terminal(Size { rows, columns }) => protocol::Input::Terminal { rows, columns },
            },
            interpreter: command
                .interpreter
                .map(|interpreter| protocol::Interpreter { is_signalled: interpreter.is_signalled }),
            limits: limits(command.bounds),
        };
        let ask = Ask::Start { key: key.to_string(), command };
        let operation = begin(&self.place, key, ask, None, is_terminal).await?.map_err(failed)?;
        let started = LinuxOperation::started(operation).await?.map_err(failed)?;
        Ok(Box::new(started))
    }

    /// Returns when process 1 is gone, which is when everything is.
    async fn wait_for_end(&self) {
        while self.record.supervisor.or(self.record.launcher).is_some_and(|process| !process.has_ended()) {
            tokio::time::sleep(LOOK).await;
        }
    }
}

impl Sandbox for LinuxSandbox {
    fn layout(&self) -> &Layout {
        &self.record.layout
    }

    fn start<'a>(
        &'a self,
        key: &'a Key,
        command: Command,
    ) -> BoxFuture<'a, Result<Box<dyn Operation>, Error>> {
        Box::pin(self.begin(key, command))
    }

    fn attach<'a>(&'a self, key: &'a Key) -> BoxFuture<'a, Result<Option<Box<dyn Operation>>, Error>> {
        Box::pin(async move {
            let ask = Ask::Attach { key: key.to_string() };
            match begin(&self.place, key, ask, None, false).await {
                Ok(Ok(operation)) => Ok(Some(Box::new(operation) as Box<dyn Operation>)),
                Ok(Err(Errno::NOENT)) => Ok(None),
                // Journals are safe from the death of every process, but not from that of the machine.
                Err(Error::Gone { .. }) if self.record.is_of_an_earlier_boot() => Err(Error::Indeterminate {
                    key: key.to_string(),
                    reason: "the machine was restarted".to_owned(),
                }),
                Err(Error::Gone { .. }) => Ok(None),
                Ok(Err(errno)) => {
                    Err(Error::Setup { step: format!("attach to `{key}`"), source: errno.into() })
                }
                Err(error) => Err(error),
            }
        })
    }

    fn files(&self) -> &dyn Files {
        &self.files
    }

    fn limits(&self) -> Enforced {
        self.record.limits.clone()
    }

    fn limits_hit(&self) -> LimitHits {
        crate::limits::hits(&self.record.groups, &self.place.control)
    }

    fn ended(&self) -> BoxFuture<'_, String> {
        Box::pin(async {
            self.place.link.ended().await;
            self.place.control.ended().unwrap_or_else(|| GONE.to_owned())
        })
    }

    fn destroy(&self) -> BoxFuture<'_, ()> {
        Box::pin(async {
            // It may be gone already.
            let _ = timeout(END_DEADLINE, self.place.link.tell(Ask::Shutdown)).await;
            let launcher = self.launcher.lock().unwrap_or_else(PoisonError::into_inner).take();
            match launcher {
                Some(mut launcher) => {
                    // Its status says nothing. Should it not end, its death is the supervisor's too.
                    if timeout(END_DEADLINE, launcher.wait()).await.is_err() {
                        let _ = launcher.kill().await;
                    }
                }
                None => {
                    if timeout(END_DEADLINE, self.wait_for_end()).await.is_err() {
                        self.record.kill();
                    }
                }
            }
            self.place.link.close();
            crate::limits::remove(&self.record.groups).await;
        })
    }

    fn freeze(&self, most: Duration) -> BoxFuture<'_, Result<(), Error>> {
        Box::pin(async move {
            let most_ms = u64::try_from(most.as_millis()).unwrap_or(u64::MAX);
            let frozen = self.place.link.ask(Ask::Freeze { most_ms }, &[]).await?;
            frozen.result.map(drop).map_err(|errno| Error::Invalid {
                message: match errno {
                    Errno::BUSY => {
                        "the sandbox's processes are stopped already: let them go on first".to_owned()
                    }
                    Errno::AGAIN => {
                        "something in the sandbox starts processes faster than they can be stopped".to_owned()
                    }
                    other => format!("the sandbox's processes cannot be stopped: {other}"),
                },
            })
        })
    }

    fn thaw(&self) -> BoxFuture<'_, Result<(), Error>> {
        Box::pin(async { self.place.link.ask(Ask::Thaw, &[]).await.map(drop) })
    }

    fn leave(&self) {
        self.left.store(true, Ordering::Relaxed);
    }
}

impl Drop for LinuxSandbox {
    fn drop(&mut self) {
        if !self.left.load(Ordering::Relaxed) {
            self.place.link.say(Ask::Shutdown);
        }
        self.place.link.close();
    }
}

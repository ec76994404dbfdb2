//! A running sandbox.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use skilled_sandbox::{BoxFuture, Command, Error, Files, Layout, Process, Sandbox};
use tokio::process::Child;
use tokio::time::timeout;

use crate::files::SandboxFiles;
use crate::link::{GONE, Link};
use crate::process;

/// How long a sandbox may take to end when it is asked to; usually it takes a millisecond.
const END_DEADLINE: Duration = Duration::from_secs(10);

/// A sandbox made by [`crate::LinuxBackend`].
pub(crate) struct LinuxSandbox {
    link: Arc<Link>,
    layout: Layout,
    env: BTreeMap<String, String>,
    files: SandboxFiles,
    /// Ends when the sandbox has ended.
    launcher: Mutex<Option<Child>>,
}

impl LinuxSandbox {
    /// Takes over a sandbox that has reported that it is ready.
    pub(crate) fn new(link: Link, launcher: Child, layout: Layout, env: BTreeMap<String, String>) -> Self {
        let link = Arc::new(link);
        tokio::spawn(Arc::clone(&link).attend());
        let files = SandboxFiles { link: Arc::clone(&link), workspace: layout.workspace.clone() };
        Self { link, layout, env, files, launcher: Mutex::new(Some(launcher)) }
    }
}

impl Sandbox for LinuxSandbox {
    fn layout(&self) -> &Layout {
        &self.layout
    }

    fn spawn(&self, command: Command) -> BoxFuture<'_, Result<Process, Error>> {
        let mut env = self.env.clone();
        env.extend(command.env.clone());
        Box::pin(process::spawn(&self.link, command, env))
    }

    fn files(&self) -> &dyn Files {
        &self.files
    }

    fn ended(&self) -> BoxFuture<'_, String> {
        Box::pin(async {
            self.link.ended().await;
            GONE.to_owned()
        })
    }

    fn destroy(&self) -> BoxFuture<'_, ()> {
        Box::pin(async {
            self.link.close();
            let launcher = self.launcher.lock().unwrap_or_else(PoisonError::into_inner).take();
            if let Some(mut launcher) = launcher {
                // Its status says nothing. Should it not end, its death is the supervisor's too.
                if timeout(END_DEADLINE, launcher.wait()).await.is_err() {
                    let _ = launcher.kill().await;
                }
            }
        })
    }
}

impl Drop for LinuxSandbox {
    fn drop(&mut self) {
        self.link.close();
    }
}

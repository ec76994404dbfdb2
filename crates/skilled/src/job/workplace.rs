//! Where a run's tools work: the sandbox and what stands on it.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use skilled_agent::{RunId, SandboxRecord, Warning};
use skilled_disclosure::{Environment, InputFile};
use skilled_sandbox::{Backend, Error as SandboxError, Layout, Protection, ResourceLimits, Sandbox, Spec};
use skilled_sandbox_linux::{Isolation, LinuxBackend};
use skilled_tool::ToolSet;
use skilled_toolset::{Operations, Options, tools};

use super::materials::{Materials, Upload};
use crate::config::Settings;
use crate::error::{Error, Kind, OrKind, Result};
use crate::printer;
use crate::sandboxes::{Left, Sandboxes};

/// How long a sandbox whose driver died waits for another one: long enough to see what happened and to resume.
const ORPHAN: Duration = Duration::from_mins(15);

/// A sandbox with tools over it.
pub(crate) struct Workplace {
    pub(crate) sandbox: Arc<dyn Sandbox>,
    pub(crate) operations: Arc<Operations>,
    pub(crate) tools: ToolSet,
    pub(crate) session: PathBuf,
    pub(crate) enforces: &'static [Protection],
    pub(crate) warnings: Vec<Warning>,
    pub(crate) sandboxes: Sandboxes,
    name: &'static str,
}

impl Workplace {
    /// Makes the sandbox over the session's folder, or takes over the one that an earlier driver of the run has left.
    pub(crate) async fn open(
        backend: LinuxBackend,
        settings: &Settings,
        run: RunId,
        session: PathBuf,
        materials: &Materials,
    ) -> Result<Self> {
        let mut warnings = Vec::new();
        let sandboxes = Sandboxes::of(settings);
        let previous = sandboxes.last(run).await?;
        if !backend.enforces().contains(&Protection::HostFiles) {
            let text =
                "the sandbox is `none`: the model's commands run as you, on your files and your network";
            warnings
                .push(Warning::new("no_sandbox", text).with_help("leave out --sandbox none to isolate them"));
        }
        let python = settings.python.value.clone();
        let python = python.join("bin/python3").exists().then_some(python);
        if python.is_none() && !materials.records().is_empty() {
            let text = format!("there is no Python environment at {}", settings.python.value.display());
            let help = "skills find only Python's standard library; `cargo xtask setup` makes the environment, and \
                        `python` in skilled.toml names another";
            warnings.push(Warning::new("no_python_environment", text).with_help(help));
        }
        let python = python.map(|path| path.canonicalize()).transpose().or_kind(Kind::Sandbox)?;
        let (sandbox, previous) = match previous {
            Some(Left::Living(sandbox)) => {
                // Now: the run's first event comes when what was begun has ended.
                printer::note("taking over the sandbox, which still lives: what runs in it is waited for");
                warnings.push(Warning::new(
                    "sandbox_taken_over",
                    "the sandbox of the interrupted run still lives: its commands went on, and the run goes on in it",
                ));
                (sandbox, None)
            }
            left => {
                let spec = Spec {
                    session_dir: session.clone(),
                    control_dir: sandboxes.next(run)?,
                    orphan: ORPHAN,
                    label: run.to_string(),
                    skills: materials.mounts(),
                    python,
                    env: BTreeMap::new(),
                    limits: ResourceLimits::default(),
                };
                (backend.create(spec).await.map_err(explain)?, left)
            }
        };
        crate::signals::takes_along(&sandbox);
        let mut operations = Operations::new(Arc::clone(&sandbox), Options::default());
        if let Some(Left::Ended(previous)) = previous {
            operations = operations.after(previous);
        }
        let operations = Arc::new(operations);
        let tools = ToolSet::new(tools(&operations)).or_kind(Kind::Job)?;
        let (name, enforces) = (backend.name(), backend.enforces());
        warm(&operations).await;
        Ok(Self { sandbox, operations, tools, session, enforces, warnings, sandboxes, name })
    }

    pub(crate) fn layout(&self) -> &Layout {
        self.sandbox.layout()
    }

    /// What the run's first event says of the sandbox.
    pub(crate) fn record(&self) -> SandboxRecord {
        let name_of = |protection| serde_json::to_value(protection).ok()?.as_str().map(str::to_owned);
        SandboxRecord {
            name: self.name.to_owned(),
            enforces: self.enforces.iter().filter_map(name_of).collect(),
        }
    }

    /// What the model is told of it.
    pub(crate) fn environment(&self, uploaded: &[Upload]) -> Environment {
        let folder = &self.layout().uploads;
        let input_files = uploaded
            .iter()
            .map(|upload| InputFile { path: format!("{folder}/{}", upload.name), bytes: upload.bytes })
            .collect();
        let Layout { workspace, skills, uploads, outputs, python } = self.layout().clone();
        Environment { workspace, outputs, uploads, skills, python, network: self.network(), input_files }
    }
}

/// Starts the shell, beside the first request and whatever comes before it.
async fn warm(operations: &Arc<Operations>) {
    let operations = Arc::clone(operations);
    // A shell that does not start is told by the first call that needs it.
    tokio::spawn(async move { operations.warm().await });
    // Lets the task ask for it; the answer is not awaited.
    tokio::task::yield_now().await;
}

/// Returns the sandboxes of this name.
pub(crate) fn backend(name: &str) -> Result<LinuxBackend> {
    match name {
        "linux" => Ok(LinuxBackend::new(Isolation::Full)),
        "none" => Ok(LinuxBackend::new(Isolation::None)),
        _ => Err(Error::usage(format!("there is no sandbox `{name}`")).hint(
            "`linux` isolates the model's commands; `none` runs them as you, on your files and network",
        )),
    }
}

fn explain(error: SandboxError) -> Error {
    let hints = match &error {
        SandboxError::Unavailable { missing, .. } => {
            vec![
                missing.remedy().to_owned(),
                "`skilled doctor` tells what this machine can do".to_owned(),
                "or, if you trust model and skills: --sandbox none".to_owned(),
            ]
        }
        SandboxError::Unenforceable { .. }
        | SandboxError::Setup { .. }
        | SandboxError::Invalid { .. }
        | SandboxError::Spawn { .. }
        | SandboxError::NotRunning { .. }
        | SandboxError::Indeterminate { .. }
        | SandboxError::Gone { .. } => Vec::new(),
    };
    hints.into_iter().fold(Error::new(Kind::Sandbox, error), Error::hint)
}

//! Where a run's tools work: the sandbox and what stands on it.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;

use skilled_agent::{SandboxRecord, Warning};
use skilled_disclosure::{Environment, InputFile};
use skilled_sandbox::{Backend, Error as SandboxError, Layout, Protection, Sandbox, Spec};
use skilled_sandbox_linux::{Isolation, LinuxBackend};
use skilled_tool::ToolSet;
use skilled_toolset::{Operations, Options, tools};

use super::materials::{Materials, Upload};
use crate::config::Settings;
use crate::error::{Error, Kind, OrKind, Result};

/// A sandbox with tools over it.
pub(crate) struct Workplace {
    pub(crate) sandbox: Arc<dyn Sandbox>,
    pub(crate) operations: Arc<Operations>,
    pub(crate) tools: ToolSet,
    pub(crate) session: PathBuf,
    pub(crate) enforces: &'static [Protection],
    pub(crate) warnings: Vec<Warning>,
    name: &'static str,
}

impl Workplace {
    /// Makes the sandbox over the session's folder.
    pub(crate) async fn open(
        backend: LinuxBackend,
        settings: &Settings,
        session: PathBuf,
        materials: &Materials,
    ) -> Result<Self> {
        let mut warnings = Vec::new();
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
        let spec =
            Spec { session_dir: session.clone(), skills: materials.mounts(), python, env: BTreeMap::new() };
        let sandbox = backend.create(spec).await.map_err(explain)?;
        let operations = Arc::new(Operations::new(Arc::clone(&sandbox), Options::default()));
        let tools = ToolSet::new(tools(&operations)).or_kind(Kind::Job)?;
        let (name, enforces) = (backend.name(), backend.enforces());
        warm(&operations).await;
        Ok(Self { sandbox, operations, tools, session, enforces, warnings, name })
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
pub(super) fn backend(name: &str) -> Result<LinuxBackend> {
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
            vec![missing.remedy().to_owned(), "or, if you trust model and skills: --sandbox none".to_owned()]
        }
        SandboxError::Setup { .. }
        | SandboxError::Invalid { .. }
        | SandboxError::Spawn { .. }
        | SandboxError::Gone { .. } => Vec::new(),
    };
    hints.into_iter().fold(Error::new(Kind::Sandbox, error), Error::hint)
}

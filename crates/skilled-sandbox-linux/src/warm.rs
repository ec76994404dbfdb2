//! Sandboxes made in advance.
//!
//! One waits with everything but its session: process 1, a shell, a Python with its imports. The session's folders and skills
//! are mounted when it comes, by the launcher; its environment goes to every process from then on, and to the two that run.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::io;
use std::path::Path;
use std::time::Duration;

use skilled_sandbox::{
    BoxFuture, Ended, Error, Finished, Key, Limits, Python, Run, Sandbox, Shell, Spec, Warm, Warmth,
};
use skilled_supervisor::{Ask, Bind, Identity, Report};
use std::sync::Arc;
use tokio_util::sync::CancellationToken;

use crate::backend::{LinuxBackend, environment, explain, not_started};
use crate::link::Link;
use crate::sandbox::LinuxSandbox;
use crate::session::{self, Farm};
use crate::{limits, plan};

/// How long one that nobody claims, and whose maker is gone, lives.
pub(crate) const ORPHAN: Duration = Duration::from_mins(1);
/// What the shell and the Python may take to be told of their session.
const TELLING: Limits = Limits::new(Duration::from_secs(10), 4096);

/// A sandbox that waits for its session.
pub(crate) struct Waiting {
    sandbox: LinuxSandbox,
    /// The way to the launcher.
    binder: Link,
    identity: Identity,
    shell: Shell,
    python: Option<Python>,
}

impl Waiting {
    /// Starts what is to be warm in a sandbox that has no session yet.
    pub(crate) async fn warm_up(
        sandbox: LinuxSandbox,
        binder: Link,
        identity: Identity,
        warmth: &Warmth,
    ) -> Result<Self, Error> {
        let shell = Shell::open(&sandbox, &key("bash-1")?, "/").await?;
        let python = if warmth.imports.is_empty() {
            None
        } else {
            let imports: Vec<&str> = warmth.imports.iter().map(String::as_str).collect();
            let mut python = Python::open_in(&sandbox, &key("python-1")?, &imports, "/").await?;
            // It has imported everything when it answers.
            let finished = python
                .run_as(&key("warm-python")?, Run::Text("None"), Limits::new(IMPORTING, 4096), &never())
                .await?;
            succeeded(&finished)?;
            Some(python)
        };
        Ok(Self { sandbox, binder, identity, shell, python })
    }

    async fn bind(mut self, spec: Spec) -> Result<Arc<dyn Sandbox>, Error> {
        let session_dir = std::path::absolute(&spec.session_dir).map_err(|source| Error::Setup {
            step: format!("find {}", spec.session_dir.display()),
            source,
        })?;
        session::prepare(&session_dir, &spec.skills, &self.identity, Farm::Links)?;
        let session = crate::backend::utf8(&session_dir)?;
        let planned = limits::demand(&spec.limits, &self.identity, session, "")?;
        let bind = Bind { steps: plan::late(session), watch: planned.containment.watch };
        match self.binder.exchange(&bind, &[]).await.map_err(not_started)? {
            (Report::Ready, _) => {}
            (Report::Failed(failure), _) => return Err(explain(failure)),
            (other, _) => return Err(not_started(io::Error::other(format!("{other:?}")))),
        }
        self.adopt(&spec, &session_dir).await?;
        self.tell(&spec.env).await?;
        Ok(Arc::new(self.sandbox))
    }

    /// Makes the sandbox the session's: in its record, and for as long as the session wants.
    async fn adopt(&mut self, spec: &Spec, session_dir: &Path) -> Result<(), Error> {
        let orphan_seconds = u32::try_from(spec.orphan.as_secs()).unwrap_or(u32::MAX);
        let failed =
            |source: io::Error| Error::Setup { step: format!("make {}", spec.control_dir.display()), source };
        let parent = spec.control_dir.parent().unwrap_or(Path::new("."));
        fs::create_dir_all(parent).map_err(failed)?;
        let env = environment(self.sandbox.layout(), &spec.env);
        self.sandbox
            .adopt(&spec.control_dir, |record| {
                record.label.clone_from(&spec.label);
                record.session_dir = session_dir.to_owned();
                record.orphan_seconds = orphan_seconds;
                record.env = env;
            })
            .map_err(failed)?;
        let adopted = self.sandbox.link().ask(Ask::Adopt { orphan_seconds }, &[]).await?;
        adopted.result.map(drop).map_err(|errno| failed(errno.into()))
    }

    /// Takes shell and Python into the workspace, and gives them the session's variables.
    async fn tell(&mut self, env: &BTreeMap<String, String>) -> Result<(), Error> {
        let workspace = self.sandbox.layout().workspace.clone();
        let mut command = format!("cd {}", quoted(&workspace));
        for (name, value) in env {
            // Writing into a string cannot fail.
            let _ = write!(command, "; export {name}={}", quoted(value));
        }
        succeeded(&self.shell.run_as(&key("claim-bash")?, &command, TELLING, &never()).await?)?;
        if let Some(python) = &mut self.python {
            let env = serde_json::to_string(env).map_err(|error| not_started(error.into()))?;
            let literal = serde_json::Value::String(env);
            let text = format!(
                "import json as _json, os as _os\n_os.chdir({})\n_os.environ.update(_json.loads({literal}))\ndel _json, _os",
                serde_json::Value::String(workspace)
            );
            succeeded(&python.run_as(&key("claim-python")?, Run::Text(&text), TELLING, &never()).await?)?;
        }
        Ok(())
    }
}

/// The slowest import that is waited for.
const IMPORTING: Duration = Duration::from_mins(1);

impl Warm for Waiting {
    fn lives(&self) -> bool {
        !self.sandbox.link().has_ended()
    }

    fn claim(self: Box<Self>, spec: Spec) -> BoxFuture<'static, Result<Arc<dyn Sandbox>, Error>> {
        Box::pin(self.bind(spec))
    }
}

impl LinuxBackend {
    /// Makes a sandbox that waits for its session.
    pub(crate) async fn make_waiting(&self, warmth: Warmth) -> Result<Box<dyn Warm>, Error> {
        let (sandbox, binder, identity) = self.make_unbound(&warmth).await?;
        Ok(Box::new(Waiting::warm_up(sandbox, binder, identity, &warmth).await?))
    }
}

fn key(text: &str) -> Result<Key, Error> {
    text.parse().map_err(|error| Error::Invalid { message: format!("{error}") })
}

fn never() -> CancellationToken {
    CancellationToken::new()
}

fn succeeded(finished: &Finished) -> Result<(), Error> {
    if finished.ended == Ended::Status(0) {
        return Ok(());
    }
    let said = finished.stderr.to_text();
    Err(not_started(io::Error::other(format!("the warm interpreter failed: {}", said.trim()))))
}

/// Quotes a word for the shell.
fn quoted(word: &str) -> String {
    format!("'{}'", word.replace('\'', r"'\''"))
}

#[cfg(test)]
mod tests {
    use super::quoted;

    #[test]
    fn words_are_quoted() {
        assert_eq!(quoted("it's $HOME"), r"'it'\''s $HOME'");
    }
}

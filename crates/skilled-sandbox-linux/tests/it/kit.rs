//! What the tests share: a sandbox with a shell.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use skilled_sandbox::{Backend, Ended, Finished, Limits, Sandbox, Shell, SkillMount, Spec};
use skilled_sandbox_linux::{Isolation, LinuxBackend};
use tempfile::TempDir;
use tokio_util::sync::CancellationToken;

/// A sandbox, its session's folder on the host, and a shell in it.
pub(crate) struct Kit {
    pub(crate) sandbox: Arc<dyn Sandbox>,
    pub(crate) shell: Shell,
    pub(crate) session: PathBuf,
    /// Holds the session and whatever else the test puts on the host.
    pub(crate) host: TempDir,
}

/// A host folder that everybody may pass through, as a data folder need not be.
pub(crate) fn host_folder() -> TempDir {
    tempfile::tempdir().unwrap()
}

impl Kit {
    pub(crate) async fn new(isolation: Isolation) -> Self {
        Self::with_skills(isolation, host_folder(), Vec::new()).await
    }

    pub(crate) async fn with_skills(isolation: Isolation, host: TempDir, skills: Vec<SkillMount>) -> Self {
        let session = host.path().join("session");
        let sandbox = create(isolation, &session, skills).await;
        let shell = Shell::start(&*sandbox).await.unwrap();
        Self { sandbox, shell, session, host }
    }

    /// Runs a command, which must end by itself.
    pub(crate) async fn run(&mut self, command: &str) -> (i32, String) {
        let finished = self.finish(command, Duration::from_mins(1)).await;
        match finished.ended {
            Ended::Status(status) => {
                (status, format!("{}{}", finished.stdout.to_text(), finished.stderr.to_text()))
            }
            other => panic!("{command:?} ended as {other:?}"),
        }
    }

    pub(crate) async fn finish(&mut self, command: &str, timeout: Duration) -> Finished {
        let limits = Limits { timeout, output_bytes: 100_000 };
        self.shell.run(command, limits, &CancellationToken::new()).await.unwrap()
    }
}

pub(crate) async fn create(
    isolation: Isolation,
    session: &Path,
    skills: Vec<SkillMount>,
) -> Arc<dyn Sandbox> {
    let spec = Spec { session_dir: session.to_owned(), skills, python: None, env: BTreeMap::new() };
    LinuxBackend::new(isolation).create(spec).await.unwrap()
}

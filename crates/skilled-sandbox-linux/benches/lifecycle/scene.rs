//! Where sandboxes are made, and the orders that came with it.

use std::collections::BTreeMap;
use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt as _;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use serde::Deserialize;
use skilled_sandbox::{
    Backend, Bounds, Command, Ended, Exit, Finished, Input, Key, Limits, ResourceLimits, Sandbox, SkillMount,
    Spec, finished,
};
use skilled_sandbox_linux::{Isolation, LinuxBackend};
use tempfile::TempDir;
use tokio_util::sync::CancellationToken;

pub(crate) const LIMITS: Limits = Limits::new(Duration::from_secs(30), 4096);

/// What to measure with, as JSON.
#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Orders {
    /// How often each step is taken.
    pub(crate) rounds: usize,
    /// The Python environment of the sandboxes.
    pub(crate) python: Option<PathBuf>,
    /// What its interpreters import.
    pub(crate) imports: Vec<String>,
    /// What is measured beside, in the same rounds.
    pub(crate) peers: Vec<Peer>,
}

/// A command of the host.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Peer {
    pub(crate) step: String,
    pub(crate) argv: Vec<String>,
    /// It takes its turn in every so many rounds.
    pub(crate) every: usize,
}

/// A folder on the host, with a small skill.
pub(crate) struct Scene {
    pub(crate) folder: TempDir,
    pub(crate) orders: Orders,
    pub(crate) backend: Arc<LinuxBackend>,
}

impl Scene {
    pub(crate) fn new(orders: Orders) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let snapshot = folder.path().join("snapshot");
        fs::create_dir(&snapshot).unwrap();
        fs::write(snapshot.join("SKILL.md"), "---\nname: tiny\ndescription: Says nothing.\n---\n").unwrap();
        Self { folder, orders, backend: Arc::new(LinuxBackend::new(Isolation::Full)) }
    }

    /// Asks for a sandbox of this name.
    pub(crate) fn spec(&self, name: &str) -> Spec {
        let session = self.folder.path().join(name);
        Spec {
            control_dir: self.control(name),
            session_dir: session,
            orphan: Duration::from_mins(1),
            label: "bench".to_owned(),
            skills: vec![SkillMount {
                name: "tiny".to_owned(),
                snapshot: self.folder.path().join("snapshot"),
            }],
            python: self.orders.python.clone(),
            env: BTreeMap::new(),
            limits: ResourceLimits::default(),
        }
    }

    pub(crate) fn control(&self, name: &str) -> PathBuf {
        self.folder.path().join(format!("{name}.control"))
    }

    pub(crate) async fn make(&self, name: &str) -> Arc<dyn Sandbox> {
        self.backend.create(self.spec(name)).await.unwrap()
    }
}

/// Asks for a program in `/`.
pub(crate) fn program(argv: &[&str]) -> Command {
    Command {
        argv: argv.iter().map(|word| (*word).to_owned()).collect(),
        env: BTreeMap::new(),
        cwd: "/".to_owned(),
        input: Input::Nothing,
        interpreter: None,
        bounds: Bounds::default(),
    }
}

/// Runs a program to its end.
pub(crate) async fn exec(sandbox: &dyn Sandbox, argv: &[&str]) -> Finished {
    let key = Key::fresh("exec").unwrap();
    let mut operation = sandbox.start(&key, program(argv)).await.unwrap();
    finished(&mut *operation, &CancellationToken::new()).await.unwrap()
}

/// Runs a program, which must succeed.
pub(crate) async fn succeeds(sandbox: &dyn Sandbox, argv: &[&str]) {
    let finished = exec(sandbox, argv).await;
    assert_eq!(finished.ended, Ended::Shell(Exit::Code(0)), "{argv:?}: {}", finished.stderr.to_text());
}

/// Removes what a sandbox has left on the disk.
pub(crate) fn tidy(scene: &Scene, name: &str) {
    let session = scene.folder.path().join(name);
    // The overlay's own folder is closed to its owner, too (overlayfs documentation of the kernel).
    let own = session.join("skills-changes/work/work");
    if own.exists() {
        fs::set_permissions(own, Permissions::from_mode(0o700)).unwrap();
    }
    for folder in [session, scene.control(name)] {
        fs::remove_dir_all(folder).unwrap();
    }
}

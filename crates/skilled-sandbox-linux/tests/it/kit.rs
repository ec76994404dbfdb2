//! What the tests share: a sandbox with a shell, and the same commands in the open.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use skilled_sandbox::{
    Backend, Bounds, Command, Ended, Error, Event, Finished, How, Input, Key, Limits, Operation,
    ResourceLimits, Sandbox, Shell, SkillMount, Spec, Stream,
};
use skilled_sandbox_linux::{Isolation, LinuxBackend};
use tempfile::TempDir;
use tokio_util::sync::CancellationToken;

/// A sandbox, its session's folder on the host, and a shell in it.
pub(crate) struct Kit {
    pub(crate) sandbox: Arc<dyn Sandbox>,
    pub(crate) shell: Shell,
    pub(crate) session: PathBuf,
    pub(crate) control: PathBuf,
    /// Holds the session and whatever else the test puts on the host.
    pub(crate) host: TempDir,
}

/// A folder on the host, as closed to others as a data folder.
pub(crate) fn host_folder() -> TempDir {
    tempfile::tempdir().unwrap()
}

/// Asks for a sandbox with neither skills nor a Python environment.
pub(crate) fn plain(session: &Path) -> Spec {
    Spec {
        session_dir: session.to_owned(),
        control_dir: control_folder(session),
        orphan: Duration::from_secs(20),
        label: "a test".to_owned(),
        skills: Vec::new(),
        python: None,
        env: BTreeMap::new(),
        limits: ResourceLimits::default(),
    }
}

/// A control folder beside the session, that no other sandbox has.
pub(crate) fn control_folder(session: &Path) -> PathBuf {
    use std::sync::atomic::{AtomicU32, Ordering};
    static NEXT: AtomicU32 = AtomicU32::new(0);
    let number = NEXT.fetch_add(1, Ordering::Relaxed);
    session.with_file_name(format!("control-{}-{number}", std::process::id()))
}

impl Kit {
    pub(crate) async fn new(isolation: Isolation) -> Self {
        Self::made(isolation, host_folder(), |_| {}).await
    }

    pub(crate) async fn with_skills(isolation: Isolation, host: TempDir, skills: Vec<SkillMount>) -> Self {
        Self::made(isolation, host, |spec| spec.skills = skills).await
    }

    /// Makes a sandbox whose session is in `host`, as `ask` wants it.
    pub(crate) async fn made(isolation: Isolation, host: TempDir, ask: impl FnOnce(&mut Spec)) -> Self {
        let session = host.path().join("session");
        let mut spec = plain(&session);
        ask(&mut spec);
        let control = spec.control_dir.clone();
        let sandbox = create(isolation, spec).await.unwrap();
        let shell = Shell::start(&*sandbox).await.unwrap();
        sandbox.files().write("probe.py", include_bytes!("probe.py")).await.unwrap();
        Self { sandbox, shell, session, control, host }
    }

    /// The sandbox's control folder.
    pub(crate) fn control(&self) -> PathBuf {
        self.control.clone()
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
        let limits = Limits::new(timeout, 100_000);
        self.shell.run(command, limits, &CancellationToken::new()).await.unwrap()
    }

    /// Runs a command, which must succeed, and returns what it said.
    pub(crate) async fn works(&mut self, command: &str) -> String {
        let (status, output) = self.run(command).await;
        assert_eq!(status, 0, "{command:?} works: {output}");
        output
    }

    /// Runs a command, which must fail for a reason: a part of what it says.
    pub(crate) async fn refuses(&mut self, command: &str, reason: &str) {
        let (status, output) = self.run(command).await;
        assert_ne!(status, 0, "{command:?} is refused: {output}");
        assert!(output.contains(reason), "{command:?} is refused because of {reason:?}: {output}");
    }
}

/// A sandbox, and a process tree in the open that tries the same: the positive control.
pub(crate) struct Range {
    pub(crate) inside: Kit,
    pub(crate) open: Kit,
}

impl Range {
    pub(crate) async fn new() -> Self {
        Self { inside: Kit::new(Isolation::Full).await, open: Kit::new(Isolation::None).await }
    }

    /// Tries a command that works in the open and must be refused in the sandbox, for a reason.
    pub(crate) async fn refused(&mut self, attempt: &str, reason: &str) {
        let (status, output) = self.open.run(attempt).await;
        assert_eq!(status, 0, "the control, {attempt:?}, works in the open: {output}");
        self.inside.refuses(attempt, reason).await;
    }
}

pub(crate) async fn create(isolation: Isolation, spec: Spec) -> Result<Arc<dyn Sandbox>, Error> {
    LinuxBackend::new(isolation).create(spec).await
}

/// Looks again and again until `seen` returns something, for at most ten seconds.
pub(crate) async fn eventually<T>(what: &str, mut seen: impl FnMut() -> Option<T>) -> T {
    let patience = Instant::now() + Duration::from_secs(10);
    loop {
        if let Some(found) = seen() {
            return found;
        }
        assert!(Instant::now() < patience, "{what}");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

/// Whether the tests run as root, who may take any identity.
pub(crate) fn is_root() -> bool {
    rustix::process::geteuid().is_root()
}

/// Asks for a program in `/`.
pub(crate) fn command(argv: &[&str]) -> Command {
    Command {
        argv: argv.iter().map(|word| (*word).to_owned()).collect(),
        env: BTreeMap::new(),
        cwd: "/".to_owned(),
        input: Input::Nothing,
        interpreter: None,
        bounds: Bounds::default(),
    }
}

pub(crate) async fn start(sandbox: &dyn Sandbox, command: Command) -> Result<Box<dyn Operation>, Error> {
    sandbox.start(&Key::fresh("test").unwrap(), command).await
}

/// An operation that has ended.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Completed {
    pub(crate) stdout: String,
    pub(crate) stderr: String,
    /// Bytes that were not kept.
    pub(crate) cut: u64,
    pub(crate) how: How,
}

/// Waits for the end of an operation.
pub(crate) async fn completed(operation: &mut dyn Operation) -> Completed {
    let (mut stdout, mut stderr, mut cut) = (Vec::new(), Vec::new(), 0);
    let how = loop {
        match operation.next().await.unwrap() {
            Event::Output(Stream::Stdout, bytes) => stdout.extend(bytes),
            Event::Output(Stream::Stderr, bytes) => stderr.extend(bytes),
            Event::Cut(_, bytes) => cut += bytes,
            Event::Ended(end) => break end.how,
        }
    };
    let text = |bytes| String::from_utf8(bytes).unwrap();
    Completed { stdout: text(stdout), stderr: text(stderr), cut, how }
}

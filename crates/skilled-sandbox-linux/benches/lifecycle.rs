//! The life of a sandbox, step by step, beside the least that the system can do: `cargo bench --bench lifecycle`.
//!
//! All steps are taken in turn, round after round, so that a machine whose speed drifts slows all of them alike. Prints one
//! line of JSON per step: `{"step":"create","ns":[…]}`, one number per round. `cargo xtask bench run` makes a table of it.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a bench that cannot go on has nothing to tell")]
#![allow(clippy::print_stdout, reason = "its output is its result")]

use std::collections::BTreeMap;
use std::fs;
use std::future::Future;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use skilled_sandbox::{Backend, Ended, Limits, ResourceLimits, Shell, SkillMount, Spec};
use skilled_sandbox_linux::{Isolation, LinuxBackend};
use tokio_util::sync::CancellationToken;

/// Rounds that are not counted.
const WARM_UP: usize = 5;
const ROUNDS: usize = 60;
const LIMITS: Limits = Limits::new(Duration::from_secs(30), 4096);

/// What took how long, in nanoseconds, in the order in which the steps were first taken.
#[derive(Default)]
struct Times(Vec<(&'static str, Vec<u64>)>);

impl Times {
    fn add(&mut self, step: &'static str, took: Duration) {
        let nanoseconds = u64::try_from(took.as_nanos()).unwrap();
        match self.0.iter_mut().find(|(known, _)| *known == step) {
            Some((_, samples)) => samples.push(nanoseconds),
            None => self.0.push((step, vec![nanoseconds])),
        }
    }

    async fn take<T>(&mut self, step: &'static str, work: impl Future<Output = T>) -> T {
        let started = Instant::now();
        let result = work.await;
        self.add(step, started.elapsed());
        result
    }
}

fn main() {
    let folder = tempfile::tempdir().unwrap();
    let snapshot = folder.path().join("snapshot");
    fs::create_dir(&snapshot).unwrap();
    fs::write(snapshot.join("SKILL.md"), "---\nname: tiny\ndescription: Says nothing.\n---\n").unwrap();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let mut times = Times::default();
    for round in 0..WARM_UP + ROUNDS {
        if round == WARM_UP {
            times = Times::default();
        }
        floor(&mut times);
        let session = folder.path().join(format!("session-{round}"));
        runtime.block_on(sandbox(&mut times, &session, &snapshot));
    }
    for (step, samples) in times.0 {
        println!("{{\"step\":\"{step}\",\"ns\":{samples:?}}}");
    }
}

/// What the system needs for a process, for namespaces and for a shell.
fn floor(times: &mut Times) {
    let floors: [(&str, &[&str]); 3] = [
        ("floor: start and end a process", &["/bin/true"]),
        (
            "floor: that, in namespaces of its own",
            &[
                "unshare",
                "--user",
                "--map-root-user",
                "--mount",
                "--pid",
                "--fork",
                "--net",
                "--ipc",
                "--uts",
                "--cgroup",
                "/bin/true",
            ],
        ),
        ("floor: start and end a shell", &["/bin/bash", "--noprofile", "--norc", "-c", ":"]),
    ];
    for (step, argv) in floors {
        let mut command = Command::new(argv[0]);
        command.args(&argv[1..]).env_clear().env("PATH", "/usr/bin:/bin").stdin(Stdio::null());
        let started = Instant::now();
        let status = command.status().expect(argv[0]);
        times.add(step, started.elapsed());
        assert!(status.success(), "{argv:?}: {status}");
    }
}

async fn sandbox(times: &mut Times, session: &Path, snapshot: &Path) {
    let backend = LinuxBackend::new(Isolation::Full);
    let spec = Spec {
        session_dir: session.to_owned(),
        control_dir: session.with_extension("control"),
        orphan: Duration::from_secs(60),
        label: "bench".to_owned(),
        skills: vec![SkillMount { name: "tiny".to_owned(), snapshot: snapshot.to_owned() }],
        python: None,
        env: BTreeMap::new(),
        limits: ResourceLimits::default(),
    };
    let sandbox = times.take("create the sandbox", backend.create(spec)).await.unwrap();
    let mut shell = times.take("start its shell", Shell::start(&*sandbox)).await.unwrap();
    let cancel = CancellationToken::new();
    for (step, command) in
        [("first command, `:`", ":"), ("next command, `:`", ":"), ("next command, `/bin/true`", "/bin/true")]
    {
        let finished = times.take(step, shell.run(command, LIMITS, &cancel)).await.unwrap();
        assert_eq!(finished.ended, Ended::Status(0), "{command}");
    }
    times.take("end the sandbox", sandbox.destroy()).await;
}

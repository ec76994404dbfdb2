//! From the making of a sandbox to its end.

use std::process::{Command, Stdio};
use std::time::Instant;

use skilled_sandbox::{Backend as _, Ended, Shell};
use tokio_util::sync::CancellationToken;

use crate::scene::{LIMITS, Scene};
use crate::times::Times;

/// Rounds that are not counted.
const WARM_UP: usize = 5;

pub(crate) async fn run(scene: &Scene) {
    let mut times = Times::default();
    for round in 0..WARM_UP + scene.orders.rounds {
        if round == WARM_UP {
            times.forget();
        }
        floor(&mut times);
        sandbox(&mut times, scene, &format!("session-{round}")).await;
    }
    times.print();
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

async fn sandbox(times: &mut Times, scene: &Scene, name: &str) {
    let created = times.take("create the sandbox", scene.backend.create(scene.spec(name))).await;
    let sandbox = created.unwrap();
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

//! What a neighbour notices of bombs.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::time::{Duration, Instant};

use skilled_sandbox::{Backend as _, Key, ResourceLimits, Sandbox, finished};
use tokio_util::sync::CancellationToken;

use crate::scene::{Scene, program, succeeds};
use crate::times::Times;

/// Programs of the neighbour, for each bomb and for each quiet time before one.
const PROGRAMS: usize = 400;
/// How long a bomb has before the neighbour is looked at.
const FUSE: Duration = Duration::from_millis(200);
const MIB: u64 = 1024 * 1024;
/// The attempts of the tests.
const PROBE: &[u8] = include_bytes!("../../tests/it/probe.py");

/// Each begins again when it was ended.
const BOMBS: [(&str, &str); 8] = [
    ("fork", "bomb() { bomb | bomb & }; bomb; sleep 1000"),
    ("memory", "while :; do python3 /tmp/probe.py memory 6 200 private 1; done"),
    ("disk", "cd /workspace; while :; do ((number+=1)); head -c 4M /dev/zero > $number; done"),
    ("output", "yes"),
    ("inotify", "while :; do python3 /tmp/probe.py notifies 1000000; done"),
    ("descriptors", "while :; do python3 /tmp/probe.py opens 1000000; done"),
    ("deep folders", "cd /workspace; python3 /tmp/probe.py deep 10000000"),
    ("a million small files", "cd /workspace; python3 /tmp/probe.py files . 1000000"),
];

/// What a server with many sessions gives to each: half of a small machine's processors, and less than the defaults.
fn limits() -> ResourceLimits {
    ResourceLimits {
        memory: Some(512 * MIB),
        processes: Some(128),
        cpu: Some(500),
        disk: Some(256 * MIB),
        entries: Some(20_000),
        tmp: Some(64 * MIB),
        ..ResourceLimits::default()
    }
}

pub(crate) async fn run(scene: &Scene) {
    let mut times = Times::default();
    let neighbour = scene.make("neighbour").await;
    for (at, (kind, script)) in BOMBS.into_iter().enumerate() {
        eprintln!("  bomb: {kind}");
        neighbours(&mut times, &*neighbour, &format!("quiet: {kind}")).await;
        let mut spec = scene.spec(&format!("bomb-{at}"));
        spec.limits = limits();
        let sandbox = scene.backend.create(spec).await.unwrap();
        sandbox.files().write("/tmp/probe.py", PROBE).await.unwrap();
        let (stop, rounds) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicU32::new(0)));
        let bomb = tokio::spawn(again(Arc::clone(&sandbox), script, Arc::clone(&stop), Arc::clone(&rounds)));
        tokio::time::sleep(FUSE).await;
        neighbours(&mut times, &*neighbour, &format!("bomb: {kind}")).await;
        stop.store(true, Ordering::Relaxed);
        sandbox.destroy().await;
        bomb.await.unwrap();
        println!(
            "{}",
            serde_json::json!({"figure": format!("rounds: {kind}"), "value": rounds.load(Ordering::Relaxed)})
        );
    }
    neighbour.destroy().await;
    times.print();
}

async fn neighbours(times: &mut Times, neighbour: &dyn Sandbox, step: &str) {
    for _ in 0..PROGRAMS {
        let started = Instant::now();
        succeeds(neighbour, &["/bin/true"]).await;
        times.add(step, started.elapsed());
    }
}

/// Starts the bomb whenever its limits have ended it, after what it left was taken away.
async fn again(
    sandbox: Arc<dyn Sandbox>,
    script: &'static str,
    stop: Arc<AtomicBool>,
    rounds: Arc<AtomicU32>,
) {
    // An error is the end of the sandbox.
    while !stop.load(Ordering::Relaxed) {
        rounds.fetch_add(1, Ordering::Relaxed);
        for script in [script, "rm -rf /workspace/*"] {
            let key = Key::fresh("bomb").unwrap();
            let Ok(mut operation) = sandbox.start(&key, program(&["bash", "-c", script])).await else {
                return;
            };
            let Ok(_) = finished(&mut *operation, &CancellationToken::new()).await else { return };
        }
    }
}

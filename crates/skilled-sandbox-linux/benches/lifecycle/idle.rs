//! Many sandboxes at once, and many lives one after the other.

use std::fs;
use std::time::{Duration, Instant};

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use skilled_sandbox_linux::LinuxBackend;

use crate::scene::{Scene, succeeds, tidy};

/// How long lives are counted.
const COUNTED: Duration = Duration::from_secs(4);

pub(crate) async fn run(scene: &Scene, number: usize) {
    // A host holds some descriptors of each.
    let Rlimit { maximum, .. } = getrlimit(Resource::Nofile);
    setrlimit(Resource::Nofile, Rlimit { current: maximum, maximum }).unwrap();
    let (own, available) = (kibibytes("/proc/self/smaps_rollup", "Pss:"), available());
    let mut all = Vec::with_capacity(number);
    let started = Instant::now();
    for at in 0..number {
        all.push(scene.make(&format!("idle-{at}")).await);
    }
    let took = started.elapsed().as_secs_f64();
    let mut pss = 0;
    for at in 0..number {
        let record = LinuxBackend::record(&scene.control(&format!("idle-{at}"))).unwrap();
        let processes = [record.launcher, record.supervisor].map(Option::unwrap);
        pss += processes
            .map(|it| kibibytes(&format!("/proc/{}/smaps_rollup", it.pid), "Pss:"))
            .iter()
            .sum::<u64>();
    }
    let each = |kibibytes: u64| kibibytes as f64 / number as f64;
    figure("processes of a sandbox (KiB)", each(pss));
    figure("the host for each (KiB)", each(kibibytes("/proc/self/smaps_rollup", "Pss:").saturating_sub(own)));
    figure("all that the machine lacks for each (KiB)", each(available.saturating_sub(self::available())));
    figure("made in a second", number as f64 / took);
    let started = Instant::now();
    for sandbox in &all {
        sandbox.destroy().await;
    }
    figure("ended in a second", number as f64 / started.elapsed().as_secs_f64());
}

/// Counts whole lives, with one program each.
pub(crate) async fn rate(scene: &Scene) {
    let (mut lives, started) = (0, Instant::now());
    let mut tidying = Duration::ZERO;
    while started.elapsed() < COUNTED {
        let name = format!("life-{lives}");
        let sandbox = scene.make(&name).await;
        succeeds(&*sandbox, &["/bin/true"]).await;
        sandbox.destroy().await;
        // The session's folder is its user's, and outlives it.
        let before = Instant::now();
        tidy(scene, &name);
        tidying += before.elapsed();
        lives += 1;
    }
    figure("lives in a second", f64::from(lives) / (started.elapsed().saturating_sub(tidying)).as_secs_f64());
}

fn figure(name: &str, value: f64) {
    println!("{}", serde_json::json!({"figure": name, "value": value}));
}

fn available() -> u64 {
    kibibytes("/proc/meminfo", "MemAvailable:")
}

/// A number of a file of `/proc`.
fn kibibytes(path: &str, name: &str) -> u64 {
    let text = fs::read_to_string(path).unwrap();
    let value = text.lines().find_map(|line| line.strip_prefix(name)).unwrap();
    value.split_whitespace().next().unwrap().parse().unwrap()
}

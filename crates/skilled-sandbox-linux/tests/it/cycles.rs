//! Sandboxes made, used and ended, again and again, by drivers of which some are killed in the middle: nothing is left.
//!
//! Counted from outside, in a process of its own that inherits whatever the drivers leave behind: processes, descriptors,
//! mounts, control groups and folders.
//!
//! Small here; `cargo xtask soak cycles` asks for a thousand cycles by the environment.

use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use rustix::process::{WaitOptions, getpid, set_child_subreaper, waitpid};
use skilled_sandbox::{Ended, Limits, Sandbox, Shell};
use skilled_sandbox_linux::{Isolation, Outline};
use tokio_util::sync::CancellationToken;

use crate::driver::{self, Driver, held, is_more};
use crate::host::{children, marked, marker};
use crate::kills::{Moments, asked, report};
use crate::kit::{create, host_folder, plain};

/// Cycles and kills, as `CYCLES KILLS`.
const ASK: &str = "SKILLED_SOAK_CYCLES";
const FEW: (usize, usize) = (30, 8);
/// The latest moment of a driver's life at which it is killed, in microseconds.
const LATEST: u64 = 60_000;
/// How long a sandbox lives without its driver.
const ORPHAN: Duration = Duration::from_secs(1);
const LIMITS: Limits = Limits::new(Duration::from_secs(30), 1000);

#[tokio::test]
async fn killed_drivers_leave_nothing_behind() {
    let (cycles, kills) = asked(ASK).unwrap_or(FEW);
    let host = host_folder();
    let order = format!("{cycles} {kills}");
    let mut counter = Driver::start(&["env"], "count-cycles", Isolation::Full, host.path(), &order);
    assert_eq!(counter.line("during "), "more", "the control: before the orphans have ended, more is held");
    let outcome: serde_json::Value = serde_json::from_str(&counter.line("counted ")).unwrap();
    report(&outcome);
    assert_eq!(outcome["left"], serde_json::json!([]), "{outcome}");
    counter.end().await;
}

/// Starts drivers and kills them, and tells what is left when they and their sandboxes must be gone.
pub(crate) async fn count(session: &Path, order: &str) {
    // What the drivers leave behind becomes this process's.
    set_child_subreaper(Some(getpid())).unwrap();
    let host = session.parent().unwrap();
    let (cycles, kills) = order.split_once(' ').unwrap();
    let (cycles, kills): (usize, usize) = (cycles.parse().unwrap(), kills.parse().unwrap());
    let (mut moments, started, marker) = (Moments::new(), Instant::now(), marker());
    let before = held();
    let mut killed = 0;
    while killed < kills || begun(host) < cycles {
        let driver = Driver::start(&["env"], "cycle", Isolation::Full, host, &format!("{killed} {marker}"));
        // Now and then one gets far.
        let latest = if killed % 8 == 7 { LATEST * 8 } else { LATEST };
        tokio::time::sleep(moments.below(latest)).await;
        driver.kill();
        killed += 1;
        assert!(killed < 100 * kills, "drivers do nothing");
    }
    let mut most = children(std::process::id()).len();
    // It ends by itself when its input does, and leaves a sandbox.
    let mut last = Driver::start(&["env"], "cycle-once", Isolation::Full, host, &format!("last {marker}"));
    last.line("left");
    most = most.max(children(std::process::id()).len());
    driver::tell(&format!("during {}", if is_more(held(), before) { "more" } else { "the same" }));
    last.end().await;

    let patience = Instant::now() + ORPHAN + Duration::from_secs(20);
    let mut left = what_is_left(host, &marker, before);
    while !left.is_empty() && Instant::now() < patience {
        tokio::time::sleep(Duration::from_millis(20)).await;
        left = what_is_left(host, &marker, before);
    }
    let mut folders = controls(host);
    for control in &folders {
        // As whoever tidies up does.
        fs::remove_dir_all(control).unwrap();
    }
    folders.retain(|folder| folder.exists());
    left.extend(folders.iter().map(|folder| format!("folder {}", folder.display())));
    left.extend(strange_folders(host));
    let outcome = serde_json::json!({
        "cycles": begun(host), "kills": killed, "left": left, "most": most,
        "milliseconds": started.elapsed().as_millis() as u64,
    });
    driver::tell(&format!("counted {outcome}"));
    std::io::Read::read_to_end(&mut std::io::stdin(), &mut Vec::new()).unwrap();
}

/// Everything that should be gone: processes, descriptors, mounts, control groups.
fn what_is_left(host: &Path, marker: &str, before: [usize; 3]) -> Vec<String> {
    while let Ok(Some(_)) = waitpid(None, WaitOptions::NOHANG) {}
    let mut left: Vec<String> = children(std::process::id()).iter().map(|it| format!("{it:?}")).collect();
    left.extend(marked(marker).iter().map(|it| format!("of a workload: {it:?}")));
    let held = held();
    for (what, at) in [("descriptors", 0), ("mounts", 1)] {
        if held[at] > before[at] {
            left.push(format!("{what}: {} instead of {}", held[at], before[at]));
        }
    }
    for control in controls(host) {
        let Some(outline) = Outline::read(&control).unwrap() else { continue };
        let groups = outline.groups.iter().filter(|group| group.exists());
        left.extend(groups.map(|group| format!("group {}", group.display())));
        if outline.lives() {
            left.push(format!("sandbox {}", control.display()));
        }
    }
    left
}

fn controls(host: &Path) -> Vec<PathBuf> {
    let all = fs::read_dir(host).unwrap().map(|entry| entry.unwrap().path());
    all.filter(|path| path.file_name().unwrap().to_str().unwrap().starts_with("control-")).collect()
}

/// What is neither a session nor this test's, and what a session has that it should not.
fn strange_folders(host: &Path) -> Vec<String> {
    let known = ["outputs", "skills", "skills-changes", "uploads", "workspace"];
    let mut strange = Vec::new();
    for entry in fs::read_dir(host).unwrap().map(Result::unwrap) {
        let name = entry.file_name().into_string().unwrap();
        if name.starts_with("session-") {
            let inside = fs::read_dir(entry.path()).unwrap().map(|it| it.unwrap().file_name());
            let inside = inside.filter(|it| !known.iter().any(|known| it == known));
            strange.extend(inside.map(|it| format!("{name}/{}", it.display())));
        } else if name != "begun" {
            strange.push(name);
        }
    }
    strange
}

/// Cycles that were begun by all drivers.
fn begun(host: &Path) -> usize {
    fs::read_to_string(host.join("begun")).unwrap_or_default().lines().count()
}

/// The driver: makes sandboxes, uses them and ends them in every way, until it is killed.
pub(crate) async fn cycle(session: &Path, order: &str) {
    for number in 0.. {
        let sandbox = used(session, order, number).await;
        match number % 3 {
            0 => sandbox.destroy().await,
            1 => drop(sandbox),
            _ => sandbox.leave(),
        }
    }
}

/// The driver that ends by itself: it leaves one sandbox to its own end.
pub(crate) async fn cycle_once(session: &Path, order: &str) {
    let sandbox = used(session, order, 0).await;
    driver::tell("left");
    std::io::Read::read_to_end(&mut std::io::stdin(), &mut Vec::new()).unwrap();
    sandbox.leave();
}

/// Makes the next sandbox, with a process that has detached itself, and reaches for its files.
async fn used(session: &Path, order: &str, number: usize) -> Arc<dyn Sandbox> {
    let host = session.parent().unwrap();
    let (life, marker) = order.split_once(' ').unwrap();
    let mut begun = fs::File::options().create(true).append(true).open(host.join("begun")).unwrap();
    writeln!(begun, "{life}").unwrap();
    drop(begun);
    let mut spec = plain(&host.join(format!("session-{life}-{number}")));
    spec.control_dir = host.join(format!("control-{life}-{number}"));
    spec.orphan = ORPHAN;
    let sandbox = create(Isolation::Full, spec).await.unwrap();
    let mut shell = Shell::start(&*sandbox).await.unwrap();
    let command = format!("(trap '' TERM HUP INT; setsid sleep {marker} &); echo done");
    let finished = shell.run(&command, LIMITS, &CancellationToken::new()).await.unwrap();
    assert_eq!((finished.ended, finished.stdout.to_text().as_str()), (Ended::Status(0), "done\n"));
    sandbox.files().write("file", b"contents").await.unwrap();
    sandbox.files().open("file").await.unwrap();
    sandbox
}

//! Signals in the middle of packing, unpacking and looking into an archive: nothing is left behind.

use std::fs;
use std::path::Path;
use std::process::Stdio;
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};

use crate::archives::{Member, tar};
use crate::kit::{Bench, Ran};

const SKILL: &str = "---\nname: s\ndescription: Does it. Use when the user asks for it.\n---\n# S\n";
/// Enough that the end does not come before a signal does.
const FILES: usize = 6000;
/// The program may be done before it hears of a signal.
const ATTEMPTS: usize = 50;
const DEADLINE: Duration = Duration::from_mins(1);

/// Runs it, and signals once something lies in the folder `watched`.
fn signalled(bench: &Bench, arguments: &[&str], watched: &Path, signal: Signal) -> Ran {
    let is_begun = || fs::read_dir(watched).is_ok_and(|mut entries| entries.next().is_some());
    let mut command = bench.command(arguments);
    command.env("TMPDIR", bench.path("tmp")).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    let begun = Instant::now();
    while !is_begun() && child.try_wait().unwrap().is_none() {
        assert!(begun.elapsed() < DEADLINE, "nothing happens");
        std::thread::yield_now();
    }
    // Not yet waited for, or it was not begun: the number is still the child's.
    if child.try_wait().unwrap().is_none() {
        kill_process(Pid::from_child(&child), signal).unwrap();
    }
    Ran::of(child.wait_with_output().unwrap())
}

/// Tries until a signal comes in time. Whether or not it does, only `done` may be left, complete.
fn is_stopped(bench: &Bench, arguments: &[&str], place: &str, done: &[&str], signal: Signal) {
    for _ in 0..ATTEMPTS {
        fs::create_dir_all(bench.path(place)).unwrap();
        let ran = signalled(bench, arguments, &bench.path(place), signal);
        let left = bench.names(place);
        fs::remove_dir_all(bench.path(place)).unwrap();
        if ran.status.code() == Some(130) {
            assert!(ran.stderr.starts_with("interrupted"), "{ran}");
            assert_eq!(ran.stderr.lines().count(), 1, "{ran}");
            assert_eq!(left, [""; 0], "{ran}");
            return;
        }
        let ran = ran.exits(0);
        assert_eq!(left, done, "{ran}");
    }
    panic!("no signal came in time");
}

fn bench() -> Bench {
    let bench = Bench::new();
    let names: Vec<String> = (0..FILES).map(|number| format!("s/assets/{number}.txt")).collect();
    let mut members = vec![Member::file("s/SKILL.md", SKILL.as_bytes())];
    members.extend(names.iter().map(|name| Member::file(name, b"text\n")));
    bench.write("s.tar", tar(&members));
    fs::create_dir(bench.path("tmp")).unwrap();
    bench
}

#[test]
fn unpacking_that_is_interrupted_leaves_nothing() {
    let bench = bench();
    for signal in [Signal::INT, Signal::TERM, Signal::HUP] {
        is_stopped(&bench, &["unpack", "s.tar", "-o", "to/s"], "to", &["s"], signal);
    }
}

#[test]
fn packing_that_is_interrupted_leaves_nothing() {
    let bench = bench();
    bench.skilled(["unpack", "s.tar"]).exits(0);
    is_stopped(&bench, &["pack", "s", "-o", "to/s.zip"], "to", &["s.zip"], Signal::INT);
}

#[test]
fn looking_into_an_archive_that_is_interrupted_leaves_nothing() {
    let bench = bench();
    for arguments in [&["show", "s.tar"][..], &["diff", "s.tar", "s.tar"], &["unpack", "s.tar", "--list"]] {
        is_stopped(&bench, arguments, "tmp", &[], Signal::TERM);
    }
}

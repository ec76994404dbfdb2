//! Signals and crashes in the middle of a tool's call: who asks twice leaves no process behind, nothing is lost, the run
//! goes on. What a killed driver leaves: `sandboxes.rs`.

use std::fs::{File, OpenOptions};
use std::io::Read;
use std::os::unix::fs::OpenOptionsExt;

use rustix::fs::OFlags;
use rustix::process::Signal;
use serde_json::{Value, json};

use crate::kit::{Bench, Running, bash, of_type, present, results, text};

/// The host's end of a pipe that processes in the sandbox hold open: it ends when the last of them has.
pub(crate) struct Alive(File);

impl Alive {
    /// Opens the pipe `alive` of the workspace without waiting for somebody at its other end.
    pub(crate) fn open(bench: &Bench) -> Self {
        let path = bench.run_folder().join("session/workspace/alive");
        let flags = OFlags::NONBLOCK.bits().cast_signed();
        let file = OpenOptions::new().read(true).custom_flags(flags).open(path).unwrap();
        let flags = rustix::fs::fcntl_getfl(&file).unwrap();
        rustix::fs::fcntl_setfl(&file, flags - OFlags::NONBLOCK).unwrap();
        Self(file)
    }

    /// Opens the pipe once somebody in the sandbox has.
    pub(crate) fn wait_for(bench: &Bench) -> Self {
        Self(File::open(bench.run_folder().join("session/workspace/alive")).unwrap())
    }

    /// Waits until no process is left and returns what they wrote.
    pub(crate) fn last_words(mut self) -> String {
        let mut text = String::new();
        self.0.read_to_string(&mut text).unwrap();
        text
    }
}

/// A run in the middle of a call whose processes, one of them in the background, would live for minutes.
fn in_the_middle(bench: &Bench, last: &[Value]) -> (Running, Alive) {
    let mut turns = vec![
        bash("mkfifo alive; echo kept > /mnt/session/outputs/kept.txt; echo made"),
        bash("exec 9> alive; (setsid sleep 120; echo survived >&9) & sleep 120; echo survived >&9"),
    ];
    turns.extend_from_slice(last);
    let model = bench.script(&json!(turns));
    let mut running = bench.start(["run", "wait", &model]);
    running.until("← made");
    // Opening waits for the second call to open the pipe: from here on it runs.
    let alive = Alive::wait_for(bench);
    (running, alive)
}

/// What the turn after an interrupted call expects and does.
fn afterwards() -> [Value; 2] {
    let mut presenting = present(&["/mnt/session/outputs/kept.txt"]);
    presenting["expect"] = json!({ "results": [{ "is_error": true }] });
    [presenting, text("Done.")]
}

#[test]
fn an_interrupt_ends_the_run_and_its_processes_and_is_resumable() {
    for signal in [Signal::INT, Signal::TERM] {
        let bench = Bench::new();
        let (running, alive) = in_the_middle(&bench, &afterwards());
        running.signal(signal);
        running.wait().exits(130).says(&[
            "interrupted: ending the run",
            "cancelled",
            "skilled runs resume run_",
        ]);
        assert_eq!(alive.last_words(), "");
        assert_eq!(bench.events().last().unwrap()["reason"], "cancelled");
        bench.skilled(["runs", "resume", "latest", "--out=out"]).exits(0);
        assert_eq!(bench.read("out/kept.txt"), "kept\n");
    }
}

#[test]
fn a_second_interrupt_ends_the_program_and_its_processes_at_once() {
    let bench = Bench::new();
    let (mut running, alive) = in_the_middle(&bench, &afterwards());
    running.signal(Signal::INT);
    running.until("interrupted");
    // It may have ended by itself by now; then there is nobody to signal and the code is the same.
    running.signal(Signal::INT);
    running.wait().exits(130);
    assert_eq!(alive.last_words(), "");
    bench.skilled(["runs", "resume", "latest"]).exits(0);
}

#[test]
fn after_a_crash_of_program_and_sandbox_the_model_is_told_that_the_call_has_no_known_end() {
    let bench = Bench::new();
    let (running, alive) = in_the_middle(&bench, &afterwards());
    running.signal(Signal::KILL);
    assert_eq!(running.wait().status.code(), None);
    bench.skilled(["sandbox", "kill", "--all"]).exits(0);
    assert_eq!(alive.last_words(), "");
    let before = bench.events();
    assert_eq!(before.last().unwrap()["type"], "tool_call");
    bench.skilled(["runs", "show", "latest"]).exits(0);
    let listed = bench.skilled(["runs", "list"]).exits(0);
    assert!(listed.stdout.contains("unfinished"), "{listed}");

    let resumed = bench.skilled(["runs", "resume", "latest", "--out=out"]).exits(0);
    assert_eq!(resumed.stdout, "Done.\n");
    assert_eq!(bench.read("out/kept.txt"), "kept\n");
    let events = bench.events();
    assert_eq!(events[..before.len()], before, "a log only grows");
    let (told, is_error) = results(&events).remove(1);
    // What attended to it may have been quick enough to note that it was killed.
    let is_told = told.contains("what it did is not known") || told.contains("was killed");
    assert!(is_error && is_told, "{told}");
    assert_eq!(of_type(&events, "tool_call").len(), 3, "the interrupted call was not repeated");
    assert_eq!(bench.names("data/sandboxes"), [""; 0]);
}

#[test]
fn a_run_that_is_under_way_is_locked_but_can_be_looked_at() {
    let bench = Bench::new();
    let (running, alive) = in_the_middle(&bench, &afterwards());
    let locked = ["is being driven by another process", "wait until it ends, or stop it"];
    bench.skilled(["runs", "resume", "latest"]).refuses(1, &locked);
    bench.skilled(["runs", "rm", "latest"]).refuses(1, &locked);
    let shown = bench.skilled(["runs", "show", "latest"]).exits(0);
    assert!(shown.stdout.contains("mkfifo alive"), "{shown}");
    running.signal(Signal::INT);
    running.wait().exits(130);
    assert_eq!(alive.last_words(), "");
}

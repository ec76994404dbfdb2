//! What a run's files were, and the way back.

use std::fs;

use rustix::process::Signal;
use serde_json::{Value, json};

use crate::kit::{Bench, bash, text};

fn list(bench: &Bench) -> Vec<Value> {
    let listed = bench.skilled(["checkpoint", "list", "latest", "--json"]).exits(0);
    serde_json::from_str(&listed.stdout).unwrap()
}

/// A run that is done, with a file in the workspace and one in the outputs.
fn done() -> Bench {
    let bench = Bench::new();
    let first = bash("echo one > a.txt; mkdir d; echo deep > d/b.txt; echo out > /mnt/session/outputs/o.txt");
    let later = bash("cat a.txt d/b.txt && echo three > a.txt && rm d/b.txt");
    let turns = json!([first, text("Done."), later, text("Seen.")]);
    let model = bench.script(&turns);
    bench.skilled(["run", "work", &model]).exits(0);
    bench
}

#[test]
fn files_are_what_they_were() {
    let bench = done();
    let session = bench.run_folder().join("session");
    let taken = bench.skilled(["checkpoint", "take", "latest", "--label", "first", "--json"]).exits(0);
    let taken: Value = serde_json::from_str(&taken.stdout).unwrap();
    assert_eq!(
        (taken["label"].as_str(), taken["folders"].as_array().map(Vec::len)),
        (Some("first"), Some(3))
    );
    fs::write(session.join("workspace/a.txt"), "two\n").unwrap();
    fs::remove_dir_all(session.join("workspace/d")).unwrap();
    fs::write(session.join("outputs/new.txt"), "new\n").unwrap();
    bench.skilled(["checkpoint", "take", "latest", "--label", "second"]).exits(0);
    let all = list(&bench);
    assert_eq!(all.len(), 2);
    let first = all[0]["id"].as_str().unwrap();
    bench.skilled(["checkpoint", "restore", "latest", &first[..8]]).exits(0).says(&["restored"]);
    assert_eq!(fs::read_to_string(session.join("workspace/a.txt")).unwrap(), "one\n");
    assert_eq!(fs::read_to_string(session.join("workspace/d/b.txt")).unwrap(), "deep\n");
    assert!(!session.join("outputs/new.txt").exists());
    // The model finds them so, and may change them.
    bench.skilled(["runs", "resume", "latest", "Look"]).exits(0).says(&["one", "deep"]);
    // Elsewhere, and by a file.
    bench.skilled(["checkpoint", "fork", "latest", first, "--to", "fork"]).exits(0);
    assert_eq!(bench.read("fork/workspace/d/b.txt"), "deep\n");
    bench.skilled(["checkpoint", "fork", "latest", first, "--to", "fork"]).exits(2).says(&["fork"]);
    bench.skilled(["checkpoint", "export", "latest", first, "-o", "files.tar"]).exits(0);
    bench.skilled(["checkpoint", "export", "latest", first, "-o", "files.tar"]).exits(2);
    bench.skilled(["checkpoint", "rm", "latest", first]).exits(0);
    assert_eq!(list(&bench).len(), 1);
    bench.skilled(["checkpoint", "import", "latest", "files.tar"]).exits(0);
    assert_eq!(list(&bench).len(), 2);
    bench
        .skilled(["checkpoint", "restore", "latest", "nothing"])
        .exits(2)
        .says(&["has no checkpoint", "checkpoint list"]);
    fs::write(bench.path("bad.tar"), "no tar").unwrap();
    bench.skilled(["checkpoint", "import", "latest", "bad.tar"]).exits(1);
}

/// Of a run whose driver died: its command stands still meanwhile, and its files are not pulled from under it.
#[test]
fn a_living_sandbox_stands_still() {
    let bench = Bench::new();
    let command = "echo begun > begun; while :; do echo x >> grows; echo y >> grows; done";
    let model = bench.script(&json!([bash(command), text("Never.")]));
    let mut running = bench.start(["run", "work", &model]);
    running.until("bash");
    let workspace = bench.run_folder().join("session/workspace");
    while fs::metadata(workspace.join("grows")).map_or(0, |found| found.len()) < 1000 {
        std::thread::yield_now();
    }
    running.signal(Signal::KILL);
    running.wait();
    let taken = bench.skilled(["checkpoint", "take", "latest"]).exits(0);
    assert!(!taken.stderr.contains("warning"), "nothing changed while it was read: {}", taken.stderr);
    let before = fs::metadata(workspace.join("grows")).unwrap().len();
    while fs::metadata(workspace.join("grows")).unwrap().len() <= before {
        std::thread::yield_now();
    }
    let id = list(&bench)[0]["id"].as_str().unwrap().to_owned();
    bench.skilled(["checkpoint", "restore", "latest", &id]).exits(2).says(&["still lives", "sandbox kill"]);
    bench.skilled(["sandbox", "kill", "--all"]).exits(0);
    bench.skilled(["checkpoint", "restore", "latest", &id]).exits(0);
    assert!(fs::metadata(workspace.join("grows")).unwrap().len() <= before);
}

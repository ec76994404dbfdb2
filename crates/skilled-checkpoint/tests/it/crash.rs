//! A process that is killed while it takes checkpoints.

use std::fs;
use std::io::{BufRead, BufReader};
use std::path::PathBuf;
use std::process::{Command, Stdio};

use skilled_checkpoint::{Checkpoints, Folder, Settings};

use crate::{Session, noon};

const CHILD: &str = "SKILLED_CHECKPOINT_TEST_CHILD";
const NAME: &str = "crash::a_child_takes_checkpoints_until_it_is_killed";

const FILES: u32 = 3;

/// Some megabytes, so that most of the child's time is spent in writing checkpoints.
fn content(label: &str, file: u32) -> Vec<u8> {
    format!("{label} {file};").into_bytes().repeat(100_000)
}

/// Does nothing, unless the test below started it: then it takes one checkpoint after another and says which.
#[test]
fn a_child_takes_checkpoints_until_it_is_killed() {
    let Some(place) = std::env::var_os(CHILD).map(PathBuf::from) else { return };
    let workspace = place.join("workspace");
    let checkpoints = Checkpoints::open(&place.join("checkpoints"), Settings::default()).unwrap();
    let folders = [Folder::new("workspace", &workspace).unwrap()];
    for round in 0_u32.. {
        for file in 0..FILES {
            fs::write(workspace.join(format!("file-{file}")), content(&round.to_string(), file)).unwrap();
        }
        let taken = checkpoints.take(&folders, &round.to_string(), noon()).unwrap();
        println!("\ntaken {}", taken.checkpoint.id);
        if round % 5 == 4 {
            let oldest = checkpoints.list().unwrap().checkpoints.remove(0);
            checkpoints.remove(&oldest.id).unwrap();
            println!("\nremoved {}", oldest.id);
            checkpoints.collect_garbage().unwrap();
        }
    }
}

#[test]
fn a_kill_loses_nothing_and_leaves_nothing_half() {
    let session = Session::new();
    let mut unfinished = 0;
    for round in 0..16_u32 {
        let mut child = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", NAME, "--nocapture"])
            .env(CHILD, session.place.path())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let mut expected = Vec::new();
        let mut note = |line: &str| {
            if let Some(id) = line.strip_prefix("taken ") {
                expected.push(id.to_owned());
            } else if let Some(id) = line.strip_prefix("removed ") {
                expected.retain(|it| it != id);
            }
        };
        for line in lines.by_ref().take(4 + (round as usize * 5) % 19) {
            note(&line.unwrap());
        }
        // Every other time at once, and else as soon as it is writing something.
        while round % 2 == 1 && fs::read_dir(session.store().join("temporary")).unwrap().count() == 0 {}
        child.kill().unwrap();
        child.wait().unwrap();
        // What it had said before it was killed.
        lines.map_while(Result::ok).for_each(|line| note(&line));

        let again = Checkpoints::open(&session.store(), Settings::default()).unwrap();
        let listing = again.list().unwrap();
        assert!(listing.damaged.is_empty(), "{:?}", listing.damaged);
        let there: Vec<String> = listing.checkpoints.iter().map(|it| it.id.to_string()).collect();
        // A checkpoint can be removed without the word of it having come out, but only the oldest.
        let missing = expected.iter().filter(|id| !there.contains(id)).count();
        let excused = expected.first().is_some_and(|id| !there.contains(id) && there[0] > *id);
        assert!(missing <= usize::from(excused), "{missing} missing of {expected:?}");
        unfinished += fs::read_dir(session.store().join("temporary")).unwrap().count();
        again.collect_garbage().unwrap();
        for checkpoint in listing.checkpoints.iter().rev().take(3) {
            let fork = session.fork(&checkpoint.id);
            let contents: Vec<Vec<u8>> =
                (0..FILES).map(|file| fs::read(fork.path().join(format!("file-{file}"))).unwrap()).collect();
            let expected: Vec<_> = (0..FILES).map(|file| content(&checkpoint.label, file)).collect();
            assert!(contents == expected, "{}", checkpoint.id);
        }
        for checkpoint in &listing.checkpoints {
            again.remove(&checkpoint.id).unwrap();
        }
    }
    assert!(unfinished > 0, "no kill met a writer");
}

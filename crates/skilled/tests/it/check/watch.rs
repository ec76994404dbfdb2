//! `--watch`.

use std::io::{BufRead, BufReader};
use std::process::{ChildStdout, Stdio};

use super::{COLON, GOOD, three};

/// Reads lines up to the one that ends a round.
fn round(stdout: &mut BufReader<ChildStdout>) -> String {
    let mut seen = String::new();
    while !seen.contains(" infos") {
        assert!(stdout.read_line(&mut seen).unwrap() > 0, "it ended after {seen:?}");
    }
    seen
}

#[test]
fn what_changes_is_checked_again_until_it_is_interrupted() {
    let bench = three();
    let mut command = bench.command(["check", "skills/colon", "skills/good", "--watch"]);
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let mut stdout = BufReader::new(child.stdout.take().unwrap());
    let mut stderr = BufReader::new(child.stderr.take().unwrap());
    let first = round(&mut stdout);
    assert!(first.contains("2 skills checked") && first.contains("unquoted-colon"), "{first}");
    // What is changed before it watches would be seen in the first round or not at all.
    let mut said = String::new();
    stderr.read_line(&mut said).unwrap();
    assert_eq!(said, "watching; Ctrl-C ends\n");
    bench.write("skills/colon/SKILL.md", GOOD.replace("name: good", "name: colon"));
    let second = round(&mut stdout);
    assert!(second.contains("1 skill checked: 1 loaded, 1 valid"), "{second}");
    said.clear();
    stderr.read_line(&mut said).unwrap();
    assert_eq!(said, "--- changed: skills/colon\n");
    bench.write("skills/good/SKILL.md", COLON);
    let third = round(&mut stdout);
    assert!(third.contains("skills/good/SKILL.md") && third.contains("1 skill checked"), "{third}");
    let pid = rustix::process::Pid::from_child(&child);
    rustix::process::kill_process(pid, rustix::process::Signal::INT).unwrap();
    assert_eq!(child.wait().unwrap().code(), Some(130));
}

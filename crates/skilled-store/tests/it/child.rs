//! A process of its own that works with a store: to be killed, and to be watched.

use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Child, ChildStdout, Command, Stdio};

const ORDER: &str = "SKILLED_STORE_TEST_ORDER";

/// What a child is told to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Task {
    /// Everything at once, until it is killed.
    Busy,
    /// A few things one after the other.
    Calm,
}

/// A running child. What it says comes on lines that begin with `child: `.
pub(crate) struct Running {
    child: Child,
    lines: BufReader<ChildStdout>,
}

impl Running {
    /// Starts this program again by `wrapper`, to do `task` in `folder`.
    pub(crate) fn start(wrapper: &[&str], task: Task, folder: &Path, seed: u64) -> Self {
        let itself = std::env::current_exe().unwrap();
        let mut words: Vec<&str> = wrapper.to_vec();
        let test = "child::a_child_does_what_it_is_told";
        words.extend([itself.to_str().unwrap(), "--exact", test, "--nocapture"]);
        let mut child = Command::new(words[0])
            .args(&words[1..])
            .env(ORDER, format!("{task:?}\n{seed}\n{}", folder.display()))
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let lines = BufReader::new(child.stdout.take().unwrap());
        Self { child, lines }
    }

    /// The next thing it says; none when it has ended.
    pub(crate) fn next(&mut self) -> Option<String> {
        loop {
            let mut line = Vec::new();
            self.lines.read_until(b'\n', &mut line).unwrap();
            // A killed child may leave a part of a line.
            if line.pop()? != b'\n' {
                return None;
            }
            if let Some(said) = String::from_utf8(line).unwrap().strip_prefix("child: ") {
                return Some(said.to_owned());
            }
        }
    }

    /// Kills it and returns what it had said.
    pub(crate) fn kill(mut self) -> Vec<String> {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
        std::iter::from_fn(|| self.next()).collect()
    }

    /// Waits for its end.
    pub(crate) fn wait(mut self) {
        while self.next().is_some() {}
        assert!(self.child.wait().unwrap().success());
    }
}

/// Says something to the parent, in one write of less than a pipe takes at once.
pub(crate) fn say(text: &str) {
    // The harness leaves a line without its end.
    let line = format!("\nchild: {text}\n");
    assert!(line.len() < 4096);
    // Past the buffer of the standard library, which would divide it, and past the test harness.
    let mut stdout: &std::fs::File =
        &std::fs::OpenOptions::new().append(true).open("/proc/self/fd/1").unwrap();
    stdout.write_all(line.as_bytes()).unwrap();
}

/// Is nothing but the child's side of [`Running::start`].
#[test]
#[allow(clippy::disallowed_methods, reason = "a child is told by the environment that it is one")]
fn a_child_does_what_it_is_told() {
    let Ok(order) = std::env::var(ORDER) else { return };
    let mut words = order.splitn(3, '\n');
    let task = words.next().unwrap();
    let seed = words.next().unwrap().parse().unwrap();
    let folder = Path::new(words.next().unwrap());
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    match task {
        "Busy" => runtime.block_on(crate::kills::work(folder, seed)),
        "Calm" => runtime.block_on(crate::trace::work(folder)),
        other => panic!("there is no task {other}"),
    }
}

//! Sandboxes that a killed driver left: listed, followed, worked in, ended, cleared away, and taken over by a resumed run.

use std::fs::{self, File, OpenOptions};
use std::io::{BufRead, BufReader, Read, Write};
use std::os::fd::OwnedFd;
use std::path::PathBuf;
use std::process::{Child, ChildStdout, Command, Stdio};
use std::time::{Duration, Instant, SystemTime};

use rustix::process::{Pid, Signal, kill_process};
use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};
use rustix::termios::{Winsize, tcgetattr, tcsetwinsize};
use serde_json::{Value, json};

use crate::interrupted::Alive;
use crate::kit::{Bench, Ran, Running, bash, results, text};

/// A command that counts itself outside, waits to be let go on, and ends with 5.
const COUNTED: &str = "exec 9> alive; echo once >> /mnt/session/outputs/count; echo began; echo said >&2; read -r word < go; \
                       echo went on: $word; (exit 5)";

/// What a killed driver has left: a sandbox in which a command waits.
struct Left {
    bench: Bench,
    /// Lets the command go on.
    go: File,
    alive: Alive,
}

/// A driver whose second call is under way.
fn under_way(last: &[Value]) -> (Bench, Running, File, Alive) {
    let bench = Bench::new();
    let mut turns = vec![bash("mkfifo go alive; echo made"), bash(COUNTED)];
    turns.extend_from_slice(last);
    let model = bench.script(&json!(turns));
    let mut running = bench.start(["run", "wait", &model]);
    running.until("← made");
    let alive = Alive::wait_for(&bench);
    // Opening waits for the command to read.
    let go = OpenOptions::new().write(true).open(bench.run_folder().join("session/workspace/go")).unwrap();
    (bench, running, go, alive)
}

fn left(last: &[Value]) -> Left {
    let (bench, running, go, alive) = under_way(last);
    running.signal(Signal::KILL);
    assert_eq!(running.wait().status.code(), None);
    Left { bench, go, alive }
}

impl Left {
    fn rows(&self) -> Vec<Value> {
        rows(&self.bench)
    }

    /// The only sandbox, as `ls --json` shows it.
    fn row(&self) -> Value {
        let mut rows = self.rows();
        assert_eq!(rows.len(), 1, "{rows:#?}");
        rows.remove(0)
    }

    fn count(&self) -> String {
        fs::read_to_string(self.bench.run_folder().join("session/outputs/count")).unwrap()
    }

    fn record(&self) -> PathBuf {
        self.bench.path("data/sandboxes").join(&self.bench.names("data/sandboxes")[0]).join("sandbox.json")
    }

    fn change_record(&self, change: impl FnOnce(&mut Value)) {
        let mut record: Value = serde_json::from_slice(&fs::read(self.record()).unwrap()).unwrap();
        change(&mut record);
        fs::write(self.record(), record.to_string()).unwrap();
    }
}

fn rows(bench: &Bench) -> Vec<Value> {
    let listed = bench.skilled(["sandbox", "ls", "--json"]).exits(0);
    serde_json::from_str(&listed.stdout).unwrap()
}

/// `skilled sandbox attach` on its way.
struct Attached {
    child: Child,
    stdout: BufReader<ChildStdout>,
}

impl Attached {
    fn start(bench: &Bench, arguments: &[&str]) -> Self {
        let mut command = bench.command(["sandbox", "attach"].iter().chain(arguments));
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let stdout = BufReader::new(child.stdout.take().unwrap());
        Self { child, stdout }
    }

    fn line(&mut self) -> String {
        let mut line = String::new();
        self.stdout.read_line(&mut line).unwrap();
        line
    }

    fn signal(&self, signal: Signal) {
        kill_process(Pid::from_child(&self.child), signal).unwrap();
    }

    /// Waits for its end. What it wrote and was not read yet is its output.
    fn wait(mut self) -> Ran {
        let mut stdout = String::new();
        self.stdout.read_to_string(&mut stdout).unwrap();
        let output = self.child.wait_with_output().unwrap();
        Ran { status: output.status, stdout, stderr: String::from_utf8(output.stderr).unwrap() }
    }
}

#[test]
fn work_goes_on_without_its_driver_is_followed_and_taken_over_by_a_resumed_run() {
    let last = [json!({ "expect": { "contains": "went on: now" }, "text": "Done." })];
    let mut left = left(&last);
    let bench = &left.bench;
    let row = left.row();
    let run = bench.names("data/runs").remove(0);
    assert_eq!(
        (&row["id"], &row["run"], &row["label"]),
        (&json!(format!("{run}.1")), &json!(run), &json!(run))
    );
    assert_eq!(
        (&row["state"], &row["hosts"], &row["backend"]),
        (&json!("running"), &json!(0), &json!("linux"))
    );
    assert_eq!(row["session"], json!(bench.run_folder().join("session")));
    let operations = row["operations"].as_array().unwrap();
    let commands = operations.iter().filter(|it| it["interpreter"] == false).collect::<Vec<_>>();
    assert_eq!((operations.len(), commands.len(), &row["operation_count"]), (2, 1, &json!(2)), "{row:#}");
    assert_eq!(commands[0]["command"], COUNTED);
    let shown = bench.skilled(["sandbox", "ls"]).exits(0).stdout;
    assert!(shown.contains("running, nobody holds it") && shown.contains("echo once"), "{shown}");

    // Whoever looks on may leave.
    let mut attached = Attached::start(bench, &["latest"]);
    assert_eq!(attached.line(), "began\n");
    attached.signal(Signal::INT);
    attached.wait().exits(130).says(&["said\n", "detached: ", "goes on"]);

    let mut attached = Attached::start(bench, &[&run]);
    assert_eq!(attached.line(), "began\n");
    left.go.write_all(b"now\n").unwrap();
    let seen = attached.wait().exits(5);
    assert_eq!((seen.stdout.as_str(), seen.stderr.as_str()), ("went on: now\n", "said\n"));

    // It is over, and can still be looked at; its sandbox waits for the run.
    let key = commands[0]["key"].as_str().unwrap();
    bench.skilled(["sandbox", "attach", "latest"]).refuses(2, &["nothing runs in it", key]);
    bench.skilled(["sandbox", "attach", "latest", "x"]).refuses(2, &["has no operation \"x\"", key]);
    let again = bench.skilled(["sandbox", "attach", "latest", key, "--json"]).exits(5);
    let events: Vec<Value> = again.stdout.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let wrote = |stream: &str| -> String {
        events.iter().filter(|it| it["stream"] == stream).map(|it| it["text"].as_str().unwrap()).collect()
    };
    assert_eq!((wrote("stdout").as_str(), wrote("stderr").as_str()), ("began\nwent on: now\n", "said\n"));
    let end = events.last().unwrap();
    assert_eq!((&end["type"], &end["how"], &end["status"]), (&json!("ended"), &json!("reported"), &json!(5)));

    let resumed = bench.skilled(["runs", "resume", "latest"]).exits(0).says(&["still lives"]);
    assert_eq!(resumed.stdout, "Done.\n");
    let result = results(&bench.events()).remove(1).0;
    assert!(result.contains("went on: now"), "{result}");
    assert_eq!(left.count(), "once\n", "nothing was repeated");
    assert_eq!(left.rows(), [json!(null); 0]);
    assert_eq!(left.alive.last_words(), "");
}

#[test]
fn a_resumed_run_waits_for_what_still_runs() {
    let last = [json!({ "expect": { "contains": "went on: later" }, "text": "Done." })];
    let mut left = left(&last);
    let mut resumed = left.bench.start(["runs", "resume", "latest"]);
    resumed.until("taking over the sandbox");
    left.go.write_all(b"later\n").unwrap();
    resumed.wait().exits(0);
    assert_eq!(left.count(), "once\n");
}

#[test]
fn a_sandbox_is_ended_by_name_and_its_run_goes_on_in_another() {
    let last = [json!({ "expect": { "results": [{ "is_error": true }] }, "text": "Done." })];
    let left = left(&last);
    let bench = &left.bench;
    let run = bench.names("data/runs").remove(0);
    let operations = left.row()["operations"].as_array().unwrap().clone();
    let command = operations.iter().find(|it| it["interpreter"] == false).unwrap();
    let key = command["key"].as_str().unwrap();
    let hints = ["no sandbox is called \"nothing\"", "skilled sandbox ls"];
    bench.skilled(["sandbox", "kill", &run, "nothing"]).refuses(2, &hints);
    assert_eq!(left.row()["state"], "running", "a wrong name ends nothing");
    bench.skilled(["sandbox", "kill", &run[..run.len() - 2]]).exits(0).says(&[&run, " ended"]);
    let row = left.row();
    assert_eq!((&row["state"], &row["reason"]), (&json!("ended"), &json!("ended by request")));
    let again = bench.skilled(["sandbox", "kill", "latest", "--json"]).exits(0).stdout;
    assert_eq!(again.trim(), json!([{ "id": row["id"], "outcome": "had_ended" }]).to_string());
    // What it wrote is still there. How it ended nobody knows, unless what attended to it was quick enough to note it.
    let ran = bench.skilled(["sandbox", "attach", "latest", key]);
    let told = match ran.status.code() {
        Some(4) => "what it did is not known",
        Some(137) => "it was killed",
        _ => panic!("{ran}"),
    };
    assert_eq!(ran.says(&[told]).stdout, "began\n");
    bench.skilled(["sandbox", "attach", "latest"]).refuses(2, &["it has ended", key]);
    // The run may want to know what its commands did.
    bench.skilled(["sandbox", "gc"]).exits(0).says(&["kept ", "may be resumed"]);
    let Left { bench, alive, .. } = left;
    assert_eq!(alive.last_words(), "");
    bench.skilled(["runs", "resume", "latest"]).exits(0);
    assert_eq!(bench.names("data/sandboxes"), [""; 0]);
}

#[test]
fn a_sandbox_that_does_not_answer_is_said_so_and_killed() {
    let left = left(&[text("Done.")]);
    let record: Value = serde_json::from_slice(&fs::read(left.record()).unwrap()).unwrap();
    let pid = i32::try_from(record["supervisor"]["pid"].as_i64().unwrap()).unwrap();
    kill_process(Pid::from_raw(pid).unwrap(), Signal::STOP).unwrap();
    let row = left.row();
    assert_eq!((&row["state"], &row["reason"]), (&json!("silent"), &json!("does not answer")));
    left.bench
        .skilled(["sandbox", "attach", "latest"])
        .refuses(4, &["does not answer", "skilled sandbox kill"]);
    left.bench.skilled(["sandbox", "kill", "--all"]).exits(0).says(&["did not answer and was killed"]);
    assert_eq!(left.row()["state"], "ended");
    assert_eq!(left.alive.last_words(), "");
}

#[test]
fn a_sandbox_of_another_version_is_killed() {
    let left = left(&[text("Done.")]);
    left.change_record(|record| {
        record["version"] = json!(99);
        record.as_object_mut().unwrap().remove("layout");
    });
    left.bench.skilled(["sandbox", "kill", "latest"]).exits(0).says(&["did not answer and was killed"]);
    assert_eq!(left.alive.last_words(), "");
}

#[test]
fn what_nobody_wants_any_more_is_cleared_away() {
    // Of a run that is driven, nothing.
    let (bench, running, go, alive) = under_way(&[text("Done.")]);
    bench.skilled(["sandbox", "gc"]).exits(0).says(&["kept ", "is held"]);
    // Nor of one that can be taken over.
    running.signal(Signal::KILL);
    running.wait();
    bench.skilled(["sandbox", "gc", "--older-than=1s"]).exits(0).says(&["kept ", "may be taken over"]);
    let left = Left { bench, go, alive };
    assert_eq!(left.row()["state"], "running");
    // A sandbox without a run is ended.
    let runs = left.bench.path("data/runs");
    fs::rename(left.bench.run_folder(), left.bench.path("elsewhere")).unwrap();
    let dry = left.bench.skilled(["sandbox", "gc", "--dry-run"]).exits(0);
    let dry = dry.says(&["would remove ", "its run is gone"]);
    assert_eq!((dry.stdout.as_str(), &left.row()["state"]), ("", &json!("running")));
    let cleared = left.bench.skilled(["sandbox", "gc", "--json"]).exits(0).stdout;
    let cleared: Value = serde_json::from_str(&cleared).unwrap();
    assert_eq!((&cleared["dry_run"], &cleared["kept"]), (&json!(false), &json!([])));
    assert_eq!(cleared["removed"][0]["reason"], "its run is gone");
    assert_eq!(left.bench.names("data/sandboxes"), [""; 0]);
    let Left { bench, alive, .. } = left;
    assert_eq!(alive.last_words(), "");
    bench.skilled(["sandbox", "gc"]).exits(0).says(&["no sandboxes are left"]);
    assert!(fs::read_dir(runs).unwrap().next().is_none());
}

#[test]
fn old_and_half_made_control_folders_are_cleared_away() {
    let left = left(&[text("Done.")]);
    left.bench.skilled(["sandbox", "kill", "--all"]).exits(0);
    left.bench.skilled(["sandbox", "gc"]).exits(0).says(&["kept "]);
    // A week is enough to resume a run.
    left.change_record(|record| record["made_ms"] = json!(1));
    left.bench.skilled(["sandbox", "gc", "--older-than=36500d"]).exits(0).says(&["kept "]);
    left.bench.skilled(["sandbox", "gc"]).exits(0).says(&["removed ", "it is old"]);
    assert_eq!(left.bench.names("data/sandboxes"), [""; 0]);

    let run = left.bench.names("data/runs").remove(0);
    let half = left.bench.path("data/sandboxes").join(format!("{run}.2"));
    fs::create_dir_all(half.join("operations")).unwrap();
    assert_eq!(left.row()["state"], "unfinished");
    left.bench.skilled(["sandbox", "attach", "latest"]).refuses(2, &["never became a sandbox", "sandbox gc"]);
    left.bench.skilled(["sandbox", "gc"]).exits(0).says(&["kept ", "is being made"]);
    let hour = SystemTime::now() - Duration::from_hours(1);
    File::open(&half).unwrap().set_modified(hour).unwrap();
    left.bench.skilled(["sandbox", "gc"]).exits(0).says(&["removed ", "never became a sandbox"]);
    assert!(!half.exists());
}

#[test]
fn what_a_killed_launcher_could_not_remove_is_removed() {
    let left = left(&[text("Done.")]);
    let record: Value = serde_json::from_slice(&fs::read(left.record()).unwrap()).unwrap();
    let groups: Vec<PathBuf> = serde_json::from_value(record["groups"].clone()).unwrap();
    let pid = i32::try_from(record["launcher"]["pid"].as_i64().unwrap()).unwrap();
    // The last of them is made when the sandbox has lived for a moment.
    let deadline = Instant::now() + Duration::from_secs(20);
    while !groups.iter().all(|group| group.exists()) && Instant::now() < deadline {
        std::thread::yield_now();
    }
    kill_process(Pid::from_raw(pid).unwrap(), Signal::KILL).unwrap();
    // The sandbox ends with it.
    let Left { bench, alive, .. } = left;
    assert_eq!(alive.last_words(), "");
    assert!(groups.iter().all(|group| group.exists()), "{groups:?}");
    // It may take a moment until nothing of it is there; this waits for it.
    bench.skilled(["sandbox", "kill", "--all"]).exits(0);
    bench.skilled(["sandbox", "gc"]).exits(0);
    assert!(!groups.iter().any(|group| group.exists()), "{groups:?}");
    // As root on a machine with control groups there are some; an ordinary user has none to lose.
    eprintln!("{} control groups were left", groups.len());
}

#[test]
fn a_removed_run_takes_its_sandbox_along() {
    let left = left(&[text("Done.")]);
    left.bench.skilled(["runs", "rm", "latest"]).exits(0);
    assert_eq!((left.bench.names("data/runs"), left.bench.names("data/sandboxes")), (vec![], vec![]));
    assert_eq!(left.alive.last_words(), "");
}

#[test]
fn a_shell_works_on_the_terminal_and_leaves_sandbox_and_terminal_as_they_were() {
    let left = left(&[text("Done.")]);
    let bench = &left.bench;
    bench.skilled(["sandbox", "attach", "latest", "--shell"]).refuses(2, &["a shell needs a terminal"]);

    let control = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY | OpenptFlags::CLOEXEC).unwrap();
    grantpt(&control).unwrap();
    unlockpt(&control).unwrap();
    let name = ptsname(&control, Vec::new()).unwrap().into_string().unwrap();
    let terminal = || -> OwnedFd { OpenOptions::new().read(true).write(true).open(&name).unwrap().into() };
    let kept = terminal();
    let size = |ws_row, ws_col| Winsize { ws_row, ws_col, ws_xpixel: 0, ws_ypixel: 0 };
    tcsetwinsize(&control, size(33, 101)).unwrap();
    let before = tcgetattr(&kept).unwrap();

    let skilled = bench.command(["sandbox", "attach", "latest", "--shell"]);
    let mut command = Command::new("setsid");
    command.args(["--ctty", "--wait"]).arg(skilled.get_program()).args(skilled.get_args());
    command.env("TERM", "xterm").env("SKILLED_DATA", bench.path("data")).env("HOME", bench.path("home"));
    command.stdin(terminal()).stdout(terminal()).stderr(terminal());
    let mut child = command.spawn().unwrap();
    let mut screen = Screen { control: File::from(control), seen: String::new(), at: 0 };

    screen.until("] ~$ ");
    screen.keys("stty size; echo $TERM-$((40 + 2)) | tee typed\r");
    screen.until("33 101");
    screen.until("xterm-42");
    screen.keys(
        "echo wait; until [ \"$(stty size)\" = '20 70' ]; do read -rt 0.01 < go; done; echo res''ized\r",
    );
    screen.until("wait");
    tcsetwinsize(&screen.control, size(20, 70)).unwrap();
    screen.until("resized");
    // Ctrl-C is the shell's.
    screen.keys("bash -c 'echo r\"\"uns; sleep 120'\r");
    screen.until("runs");
    screen.keys("\u{3}");
    screen.until("] ~$ ");
    screen.keys("exit 7\r");
    assert_eq!(child.wait().unwrap().code(), Some(7), "{}", screen.seen);

    assert_eq!(
        bench.read(&format!("data/runs/{}/session/workspace/typed", bench.names("data/runs")[0])),
        "xterm-42\n"
    );
    let after = tcgetattr(&kept).unwrap();
    assert_eq!((after.local_modes, after.input_modes), (before.local_modes, before.input_modes));
    let row = left.row();
    assert_eq!((&row["state"], &row["operation_count"]), (&json!("running"), &json!(2)), "{row:#}");
    bench.skilled(["sandbox", "kill", "--all"]).exits(0);
}

#[test]
fn what_the_driver_ignores_is_not_ignored_in_its_sandbox() {
    let bench = Bench::new();
    let model = bench.script(&json!([bash("grep SigIgn /proc/self/status"), text("Done.")]));
    let skilled = bench.command(["run", "look", &model]);
    let mut command = Command::new("sh");
    command.args(["-c", "trap '' HUP INT QUIT USR1 CHLD; exec \"$0\" \"$@\""]);
    command.arg(skilled.get_program()).args(skilled.get_args()).current_dir(bench.path(""));
    command.env("SKILLED_DATA", bench.path("data")).env("HOME", bench.path("home"));
    Ran::of(command.output().unwrap()).exits(0);
    let told = results(&bench.events()).remove(0).0;
    let ignored = u64::from_str_radix(told.trim().rsplit('\t').next().unwrap(), 16).unwrap();
    // The kernel's; what follows is of C libraries.
    assert_eq!(ignored & 0x7fff_ffff, 0, "{told}");
}

/// What a person at a terminal sees and types.
struct Screen {
    control: File,
    seen: String,
    at: usize,
}

impl Screen {
    fn keys(&mut self, text: &str) {
        self.control.write_all(text.as_bytes()).unwrap();
    }

    /// Reads until `text` comes, after what was waited for before.
    fn until(&mut self, text: &str) {
        let mut buffer = [0; 4096];
        loop {
            if let Some(found) = self.seen[self.at..].find(text) {
                self.at += found + text.len();
                return;
            }
            let length = self.control.read(&mut buffer).unwrap_or(0);
            assert!(length > 0, "it ended without {text:?}:\n{}", self.seen);
            self.seen.push_str(&String::from_utf8_lossy(&buffer[..length]));
        }
    }
}

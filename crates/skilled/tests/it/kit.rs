//! A folder to run `skilled` in, and what it printed.

use std::ffi::OsStr;
use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStderr, Command, ExitStatus, Output, Stdio};

use serde_json::{Value, json};
use tempfile::TempDir;

/// Where presented files are in the sandbox.
pub(crate) const OUTPUTS: &str = "/mnt/session/outputs";

/// A folder of its own for one test: data, home, skills and output.
pub(crate) struct Bench {
    dir: TempDir,
}

/// A run that has ended.
pub(crate) struct Ran {
    pub(crate) status: ExitStatus,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

/// A run that is under way.
pub(crate) struct Running {
    child: Child,
    stderr: BufReader<ChildStderr>,
    seen: String,
}

impl Bench {
    pub(crate) fn new() -> Self {
        let bench = Self { dir: tempfile::tempdir().unwrap() };
        fs::create_dir(bench.path("home")).unwrap();
        bench
    }

    /// A bench with the skill `greet` at `skills/greet`.
    pub(crate) fn with_skill() -> Self {
        let bench = Self::new();
        bench.write(
            "skills/greet/SKILL.md",
            "---\nname: greet\ndescription: Greets <people>. Use when somebody is to be greeted.\n---\n\
             Run `bash /skills/greet/scripts/greet.sh NAME`.\n",
        );
        bench.write("skills/greet/scripts/greet.sh", "echo \"Hello, $1!\"\n");
        bench
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    pub(crate) fn write(&self, name: &str, text: impl AsRef<[u8]>) {
        let path = self.path(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    pub(crate) fn read(&self, name: &str) -> String {
        let path = self.path(name);
        fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
    }

    /// The names in a folder, sorted; none when it is not there.
    pub(crate) fn names(&self, folder: &str) -> Vec<String> {
        let Ok(entries) = fs::read_dir(self.path(folder)) else { return Vec::new() };
        let mut names: Vec<_> =
            entries.map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned()).collect();
        names.sort();
        names
    }

    /// Writes a script for the scripted model and returns `--model` for it.
    pub(crate) fn script(&self, turns: &Value) -> String {
        self.priced_script(turns, &json!(null))
    }

    pub(crate) fn priced_script(&self, turns: &Value, price: &Value) -> String {
        let mut script = json!({ "conversations": [{ "name": "test", "turns": turns }] });
        if !price.is_null() {
            script["price"] = price.clone();
        }
        self.write("script.yaml", script.to_string());
        "--model=scripted/script.yaml".to_owned()
    }

    /// The program, in this folder, with nothing of the machine's environment but `PATH`.
    pub(crate) fn command<S: AsRef<OsStr>>(&self, arguments: impl IntoIterator<Item = S>) -> Command {
        let program = std::env::var_os("SKILLED_BIN").unwrap_or_else(|| env!("CARGO_BIN_EXE_skilled").into());
        let mut command = Command::new(program);
        command.args(arguments).current_dir(self.dir.path()).stdin(Stdio::null());
        command.env_clear().env("HOME", self.path("home")).env("SKILLED_DATA", self.path("data"));
        if let Some(path) = std::env::var_os("PATH") {
            command.env("PATH", path);
        }
        command
    }

    /// Runs to the end.
    pub(crate) fn skilled<S: AsRef<OsStr>>(&self, arguments: impl IntoIterator<Item = S>) -> Ran {
        Ran::of(self.command(arguments).output().unwrap())
    }

    /// Runs to the end, with `input` on standard input.
    pub(crate) fn piped(&self, arguments: &[&str], input: &[u8]) -> Ran {
        let mut command = self.command(arguments);
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().unwrap();
        // A program that refuses its arguments does not read; what it says about them is what counts.
        let _ = child.stdin.take().unwrap().write_all(input);
        Ran::of(child.wait_with_output().unwrap())
    }

    /// Starts a run whose standard error is followed.
    pub(crate) fn start<S: AsRef<OsStr>>(&self, arguments: impl IntoIterator<Item = S>) -> Running {
        let mut child = self.command(arguments).stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
        let stderr = BufReader::new(child.stderr.take().unwrap());
        Running { child, stderr, seen: String::new() }
    }

    /// The folder of the only run.
    pub(crate) fn run_folder(&self) -> PathBuf {
        let names = self.names("data/runs");
        assert_eq!(names.len(), 1, "{names:?}");
        self.path("data/runs").join(&names[0])
    }

    /// The saved events of the newest run, as `runs show --json` prints them.
    pub(crate) fn events(&self) -> Vec<Value> {
        let shown = self.skilled(["runs", "show", "latest", "--json"]).exits(0);
        shown.stdout.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    }
}

impl Ran {
    pub(crate) fn of(output: Output) -> Self {
        Self {
            status: output.status,
            stdout: String::from_utf8(output.stdout).unwrap(),
            stderr: String::from_utf8(output.stderr).unwrap(),
        }
    }

    #[track_caller]
    pub(crate) fn exits(self, code: i32) -> Self {
        assert_eq!(self.status.code(), Some(code), "{self}");
        self
    }

    #[track_caller]
    pub(crate) fn says(self, texts: &[&str]) -> Self {
        for text in texts {
            assert!(self.stderr.contains(text), "{text:?} is missing in\n{self}");
        }
        self
    }

    /// Asserts an error that names what and the remedy, and no word on standard output.
    #[track_caller]
    pub(crate) fn refuses(self, code: i32, texts: &[&str]) -> Self {
        let ran = self.exits(code).says(texts);
        assert!(ran.stderr.starts_with("error: ") && ran.stdout.is_empty(), "{ran}");
        ran
    }
}

impl std::fmt::Display for Ran {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}\n--- stdout\n{}\n--- stderr\n{}", self.status, self.stdout, self.stderr)
    }
}

impl Running {
    /// Reads standard error up to a line with `text`.
    pub(crate) fn until(&mut self, text: &str) {
        let start = self.seen.len();
        while !self.seen[start..].contains(text) {
            let length = self.stderr.read_line(&mut self.seen).unwrap();
            assert!(length > 0, "it ended without {text:?}:\n{}", self.seen);
        }
    }

    pub(crate) fn signal(&self, signal: rustix::process::Signal) {
        let pid = rustix::process::Pid::from_child(&self.child);
        rustix::process::kill_process(pid, signal).unwrap();
    }

    /// Waits for its end.
    pub(crate) fn wait(mut self) -> Ran {
        while self.stderr.read_line(&mut self.seen).unwrap() > 0 {}
        Ran { status: self.child.wait().unwrap(), stdout: String::new(), stderr: self.seen }
    }
}

/// A turn that calls tools.
pub(crate) fn calls(calls: &[(&str, Value)]) -> Value {
    let calls: Vec<Value> =
        calls.iter().map(|(tool, input)| json!({ "tool": tool, "input": input })).collect();
    json!({ "calls": calls })
}

/// A turn that runs a command.
pub(crate) fn bash(command: &str) -> Value {
    calls(&[("bash", json!({ "command": command }))])
}

/// A turn that presents files.
pub(crate) fn present(paths: &[&str]) -> Value {
    calls(&[("present_files", json!({ "paths": paths }))])
}

/// A turn that ends the run.
pub(crate) fn text(text: &str) -> Value {
    json!({ "text": text })
}

/// The events of one type.
pub(crate) fn of_type<'a>(events: &'a [Value], name: &str) -> Vec<&'a Value> {
    events.iter().filter(|event| event["type"] == name).collect()
}

/// The text of every tool result, in order, with whether it is an error.
pub(crate) fn results(events: &[Value]) -> Vec<(String, bool)> {
    let text = |event: &Value| {
        let blocks = event["content"].as_array().unwrap();
        blocks.iter().filter_map(|block| block["text"].as_str()).collect::<Vec<_>>().join("\n")
    };
    of_type(events, "tool_result").into_iter().map(|event| (text(event), event["is_error"] == true)).collect()
}

/// The managed Python environment. Without it a test is left out, loudly, unless every test is required.
pub(crate) fn managed_python() -> Option<PathBuf> {
    let variable = |name| std::env::var_os(name).map(PathBuf::from);
    let data =
        variable("SKILLED_DATA").or_else(|| variable("HOME").map(|home| home.join(".local/share/skilled")));
    let python = variable("SKILLED_PYTHON").or_else(|| data.map(|data| data.join("python/current")));
    let found = python.filter(|path| path.join("bin/python3").exists());
    if found.is_none() {
        let missing = "the managed Python environment is missing: `cargo xtask setup` makes it";
        assert!(std::env::var_os("SKILLED_REQUIRE_ALL").is_none(), "{missing}");
        eprintln!("NOT TESTED: {missing}");
    }
    found
}

/// The repository's root.
pub(crate) fn repository() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().and_then(Path::parent).unwrap()
}

/// Whether the tests run as root, whom no permission stops.
pub(crate) fn is_root() -> bool {
    rustix::process::geteuid().is_root()
}

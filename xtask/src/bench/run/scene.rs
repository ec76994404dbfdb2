//! What the contenders work on: a skill, conversations, a data directory, and a clock.

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant, SystemTime};

use anyhow::{Context, Result, bail};
use tempfile::TempDir;

use crate::shell;

/// A command that says when it runs: bash has the time as a variable, so that nothing need be started for it.
pub(super) const TELL_TIME: &str = "echo began=$EPOCHREALTIME";
const MARK: &str = "began=";

const SKILL: &str =
    "---\nname: tiny\ndescription: Says nothing. Use it to measure what a skill costs.\n---\nNothing.\n";

/// A folder for the benches, beside what cargo builds: on the file system that a user's data is likely to be on.
pub(super) struct Scene {
    folder: TempDir,
    program: PathBuf,
}

/// How long a process took.
pub(super) struct Took {
    pub(super) whole: Duration,
    /// From before its start to the moment that its output tells, if it does.
    pub(super) told: Option<Duration>,
}

impl Scene {
    pub(super) fn new(target: &Path, program: PathBuf) -> Result<Self> {
        let cannot = "cannot make a folder for the benches";
        let folder = tempfile::Builder::new().prefix("bench-").tempdir_in(target).context(cannot)?;
        for name in ["tiny", "workspace", "outputs", "uploads"] {
            fs::create_dir(folder.path().join(name)).context(cannot)?;
        }
        fs::write(folder.path().join("tiny/SKILL.md"), SKILL).context(cannot)?;
        Ok(Self { folder, program })
    }

    pub(super) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// A conversation of `calls` turns that run `command` and one that ends it. Returns the name of its model.
    pub(super) fn script(&self, name: &str, calls: usize, command: &str) -> Result<String> {
        let mut text = String::from("conversations:\n  - name: bench\n    turns:\n");
        for _ in 0..calls {
            // A string of JSON is one of YAML, too.
            let command = serde_json::to_string(command)?;
            writeln!(text, "      - calls: [{{ tool: bash, input: {{ command: {command} }} }}]")?;
        }
        text.push_str("      - text: Done.\n");
        let file = format!("{name}.yaml");
        fs::write(self.path(&file), text).with_context(|| format!("cannot write {file}"))?;
        Ok(format!("scripted/{file}"))
    }

    /// `skilled` with this scene's data and nobody's settings.
    pub(super) fn skilled(&self) -> Command {
        let mut command = Command::new(&self.program);
        command.current_dir(self.folder.path());
        command.env_clear().env("HOME", self.folder.path()).env("SKILLED_DATA", self.path("data"));
        command
    }
}

/// Runs `command`, which must succeed, and takes the time.
pub(super) fn time(command: &mut Command) -> Result<Took> {
    command.stdin(Stdio::null()).stderr(Stdio::piped());
    let (began, started) = (SystemTime::now(), Instant::now());
    let output = command.output();
    let whole = started.elapsed();
    let output = output.with_context(|| format!("cannot start {}", shell::shown(command)))?;
    if !output.status.success() {
        let said = String::from_utf8_lossy(&output.stderr);
        bail!("`{}` failed ({}): {}", shell::shown(command), output.status, said.trim());
    }
    let told = told(&String::from_utf8_lossy(&output.stdout)).and_then(|at| {
        let since = began.duration_since(SystemTime::UNIX_EPOCH).ok()?;
        at.checked_sub(since)
    });
    Ok(Took { whole, told })
}

/// Finds the time that [`TELL_TIME`] printed: seconds and six digits after a point.
fn told(output: &str) -> Option<Duration> {
    // The command itself may be repeated before its output; it has no digits after the mark.
    output.split(MARK).skip(1).find_map(|rest| {
        let (seconds, rest) = rest.split_once('.')?;
        let microseconds = rest.get(..6)?;
        Some(Duration::from_secs(seconds.parse().ok()?) + Duration::from_micros(microseconds.parse().ok()?))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_time_is_found_after_the_command_that_asks_for_it() {
        let output = r#"{"command":"echo began=$EPOCHREALTIME"}
{"text":"began=1700000000.000250\n"}"#;
        assert_eq!(told(output), Some(Duration::from_micros(1_700_000_000_000_250)));
        assert_eq!(told("began=$EPOCHREALTIME"), None);
        assert_eq!(told("began=12.5"), None);
    }

    #[test]
    fn a_failing_command_is_no_measurement() {
        let scene = Scene::new(&std::env::temp_dir(), "/bin/false".into()).unwrap();
        assert!(time(&mut scene.skilled()).is_err());
        let took = time(Command::new("/bin/bash").args(["-c", TELL_TIME])).unwrap();
        assert!(took.told.is_some_and(|told| told <= took.whole));
    }
}

//! `cargo xtask soak kill` and `soak cycles`: the tests of that name, with more of everything.
//!
//! They are `kills` and `cycles` of `crates/skilled-sandbox-linux/tests/it`: the same code, told by the environment how
//! long to try.

use std::fmt::Write as _;
use std::path::PathBuf;
use std::process::{Command, ExitCode, Stdio};

use anyhow::{Context, Result};
use serde_json::Value;

use crate::args::Args;
use crate::bench::machine::Machine;
use crate::shell;
use crate::workspace::Workspace;

/// A trial of the sandbox.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Trial {
    /// Calls whose driver is killed again and again.
    Kill,
    /// Sandboxes made, used and ended.
    Cycles,
}

impl Trial {
    const fn test(self) -> &'static str {
        match self {
            Self::Kill => "kills::kills_lose_and_repeat_nothing",
            Self::Cycles => "cycles::killed_drivers_leave_nothing_behind",
        }
    }

    const fn variable(self) -> &'static str {
        match self {
            Self::Kill => "SKILLED_SOAK_KILL",
            Self::Cycles => "SKILLED_SOAK_CYCLES",
        }
    }

    const fn result(self) -> &'static str {
        match self {
            Self::Kill => "bench/results/soak-kill.md",
            Self::Cycles => "bench/results/soak-cycles.md",
        }
    }

    /// The option that says how much, and what it is.
    const fn amount(self) -> (&'static str, usize) {
        match self {
            Self::Kill => ("--calls", 1000),
            Self::Cycles => ("--cycles", 1000),
        }
    }

    /// At least so many kills.
    const fn kills(self) -> usize {
        match self {
            Self::Kill => 500,
            Self::Cycles => 200,
        }
    }

    fn report(self, machine: &Machine, outcome: &Value) -> Result<String> {
        let mut text = String::new();
        let rows: &[(&str, &str)] = match self {
            Self::Kill => {
                text.push_str(
                    "# Calls whose driver is killed\n\nWritten by `cargo xtask soak kill`. Each call adds its number to a file \
                     of the workspace and prints several\nkilobytes; three of four run in one shell, the others as programs \
                     of their own. The driver keeps each result and makes\nthe next call; it is killed (`kill -9`) at a random \
                     moment of its first 30 ms, and the next driver goes on with the same keys.\n",
                );
                &[
                    ("calls", "calls"),
                    ("drivers killed", "kills"),
                    ("… between what a call did and its result", "between"),
                    ("calls lost", "lost"),
                    ("calls repeated", "repeated"),
                    ("outputs not complete", "incomplete"),
                ]
            }
            Self::Cycles => {
                text.push_str(
                    "# Sandboxes made, used and ended\n\nWritten by `cargo xtask soak cycles`. Each sandbox gets a shell, a \
                     process that detaches itself from it, and a file; a\nthird is destroyed, a third dropped, a third left to \
                     its own end (1 s without a driver). The drivers are killed (`kill -9`)\nat random moments. Counted from \
                     outside, when the last must be gone: processes, descriptors, mounts, control groups, folders.\n",
                );
                &[
                    ("sandboxes", "cycles"),
                    ("drivers killed", "kills"),
                    ("most launchers without a driver at once", "most"),
                    ("left behind", "left"),
                ]
            }
        };
        writeln!(text, "\n{machine}.\n\n| | |\n| --- | ---: |")?;
        for (title, name) in rows {
            writeln!(text, "| {title} | {} |", shown(&outcome[name]))?;
        }
        let seconds = outcome["milliseconds"].as_f64().unwrap_or(f64::NAN) / 1000.0;
        writeln!(text, "| seconds | {seconds:.1} |")?;
        Ok(text)
    }
}

pub(super) fn run(workspace: &Workspace, mut args: Args, trial: Trial) -> Result<ExitCode> {
    let mut number = |name: &str, default: usize| match args.option(name)? {
        Some(text) => text.parse().with_context(|| format!("{name} takes a number: `{text}` is none")),
        None => Ok(default),
    };
    let (name, default) = trial.amount();
    let (amount, kills) = (number(name, default)?, number("--kills", trial.kills())?);
    let out = args.option("--out")?.map_or_else(|| workspace.path(trial.result()), PathBuf::from);
    args.finish()?;

    println!("== building the tests of the sandbox");
    shell::run(&mut test(workspace, &["--no-run"]))?;
    println!("== {amount} {} and {kills} kills", name.trim_start_matches('-'));
    let machine = Machine::look("no peer")?;
    let mut command = test(workspace, &["--", "--exact", trial.test(), "--nocapture"]);
    command.env(trial.variable(), format!("{amount} {kills}"));
    let output = command.stdin(Stdio::null()).stderr(Stdio::inherit()).output();
    let output = output.with_context(|| format!("cannot start {}", shell::shown(&command)))?;
    let said = String::from_utf8_lossy(&output.stdout);
    let outcome = said.lines().find_map(|line| line.strip_prefix("soak: "));
    let outcome = outcome.with_context(|| format!("{} ended without an outcome:\n{said}", trial.test()))?;
    let outcome = serde_json::from_str(outcome).context("the outcome is no JSON")?;
    let text = trial.report(&machine, &outcome)?;
    println!("\n{text}");
    crate::bench::write(&out, &text)?;
    println!("written to {}", out.display());
    if output.status.success() {
        return Ok(ExitCode::SUCCESS);
    }
    println!("{said}");
    Ok(ExitCode::FAILURE)
}

fn test(workspace: &Workspace, words: &[&str]) -> Command {
    let mut command = shell::cargo(workspace.root());
    command.args(["test", "--locked", "--quiet", "--package=skilled-sandbox-linux", "--test=it"]).args(words);
    command
}

/// A number as it is; of a list how much is in it, and what.
fn shown(value: &Value) -> String {
    match value {
        Value::Array(list) if list.is_empty() => "0".to_owned(),
        Value::Array(list) => format!("{}: {}", list.len(), Value::from(list.clone())),
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_is_left_is_named() {
        let machine = Machine::look("no peer").unwrap();
        let text = Trial::Cycles
            .report(&machine, &json!({"cycles": 12, "kills": 3, "left": ["mounts: 2"], "most": 1}))
            .unwrap();
        assert!(
            text.contains("| sandboxes | 12 |") && text.contains(r#"| left behind | 1: ["mounts: 2"] |"#),
            "{text}"
        );
        let text = Trial::Kill.report(&machine, &json!({"lost": [], "repeated": [7]})).unwrap();
        assert!(
            text.contains("| calls lost | 0 |") && text.contains("| calls repeated | 1: [7] |"),
            "{text}"
        );
    }
}

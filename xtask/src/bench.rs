//! `cargo xtask bench NAME`: measures, beside a peer that is measured in the same run, and writes a report.
//!
//! Everything is measured in turn, round after round, so that a machine whose speed drifts slows everything alike; what
//! counts is the median and its ratio.

mod audit;
mod check;
pub(crate) mod machine;
mod run;
mod samples;
mod sandbox;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode, Stdio};
use std::time::Duration;

use anyhow::{Context, Result, bail};
use serde_json::Value;

use crate::args::Args;
use crate::shell;
use crate::workspace::Workspace;
use samples::Samples;

pub(crate) fn run(workspace: &Workspace, mut args: Args) -> Result<ExitCode> {
    match args.positional().as_deref() {
        Some("audit") => audit::run(workspace, args),
        Some("check") => check::run(workspace, args),
        Some("run") => run::run(workspace, args),
        Some("sandbox") => sandbox::run(workspace, args),
        Some(other) => bail!("there is no bench `{other}`; there are `audit`, `check`, `run` and `sandbox`"),
        None => {
            bail!("which bench? `cargo xtask bench audit`, `bench check`, `bench run` or `bench sandbox`")
        }
    }
}

/// Writes to a folder that may not be there yet.
pub(crate) fn write(path: &Path, text: &str) -> Result<()> {
    let cannot = || format!("cannot write {}", path.display());
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder).with_context(cannot)?;
    }
    fs::write(path, text).with_context(cannot)
}

fn build(workspace: &Workspace) -> Result<PathBuf> {
    let mut command = shell::cargo(workspace.root());
    command.args(["build", "--locked", "--release", "--package=skilled", "--bin=skilled"]);
    shell::run(&mut command)?;
    Ok(workspace.metadata()?.target_directory.join("release/skilled"))
}

/// Runs a bench of a crate, which prints a line of JSON for each step: its name and its samples.
fn steps(command: &mut Command) -> Result<Vec<(String, Samples)>> {
    read_steps(&shell::read(command.stderr(Stdio::inherit()))?)
}

fn read_steps(lines: &str) -> Result<Vec<(String, Samples)>> {
    let steps = lines.lines().filter(|line| line.starts_with("{\"step\""));
    let steps = steps.map(|line| {
        let line: Value = serde_json::from_str(line).context("a bench printed no JSON")?;
        let name = line["step"].as_str().context("a step without a name")?.to_owned();
        let samples = line["ns"].as_array().context("a step without numbers")?;
        let nanoseconds = samples.iter().filter_map(Value::as_u64);
        Ok((name, nanoseconds.map(Duration::from_nanos).collect()))
    });
    steps.collect()
}

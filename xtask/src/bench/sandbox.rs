//! `cargo xtask bench sandbox`: everything a session does with its sandbox, beside other ways to run a program apart.
//!
//! What is measured is in `crates/skilled-sandbox-linux/benches/lifecycle`, one process that takes every step and every peer
//! in turn; here the peers are prepared, and its lines become a report.

mod peers;
mod report;

use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode, Stdio};

use anyhow::{Context, Result};
use serde_json::{Value, json};
use tempfile::TempDir;

use super::machine::Machine;
use super::samples::Samples;
use crate::args::Args;
use crate::setup::{self, Purpose};
use crate::shell;
use crate::workspace::Workspace;
use peers::Peers;
use report::Report;

const RESULT: &str = "bench/results/sandbox.md";
const ROUNDS: usize = 60;
/// Fewer would make a 95th percentile of a single round.
const FEWEST_ROUNDS: usize = 20;
/// Document libraries as their scripts import them.
const IMPORTS: [&str; 5] = ["pandas", "openpyxl", "docx", "pptx", "pypdf"];
/// Sandboxes that do nothing, at once.
const IDLE: [usize; 2] = [100, 1000];

/// Figures of one task, by name.
type Figures = Vec<(String, f64)>;

pub(super) fn run(workspace: &Workspace, mut args: Args) -> Result<ExitCode> {
    let rounds = match args.option("--samples")? {
        Some(text) => text.parse().ok().filter(|it| *it >= FEWEST_ROUNDS).with_context(|| {
            format!("--samples takes a number, at least {FEWEST_ROUNDS}: `{text}` is none")
        })?,
        None => ROUNDS,
    };
    let out = args.option("--out")?.map_or_else(|| workspace.path(RESULT), PathBuf::from);
    args.finish()?;

    println!("== set-up");
    setup::prepare_packages(Purpose::Bench)?;
    setup::prepare_packages(Purpose::Peers)?;
    let python = setup::prepare_documents(workspace)?;
    println!("== building the bench");
    let target = workspace.metadata()?.target_directory;
    let folder = TempDir::new_in(&target).context("cannot make a folder for the bench")?;
    let program = build(workspace)?;
    println!("== trying the peers");
    let peers = Peers::prepare(&target, folder.path(), &python)?;
    let machine = Machine::look(peers.versions())?;
    let environment = python.parent().and_then(Path::parent);
    let orders = folder.path().join("orders.json");
    let text = json!({
        "rounds": rounds, "python": environment, "imports": IMPORTS, "peers": peers.orders(),
    });
    fs::write(&orders, text.to_string()).context("cannot write the orders of the bench")?;

    println!("== {rounds} rounds of everything");
    let table = super::steps(Command::new(&program).arg("table").arg(&orders))?;
    let mut idle = Vec::new();
    for number in IDLE {
        println!("== {number} sandboxes at once");
        idle.push((number, figures(Command::new(&program).args(["idle", &number.to_string()]))?.0));
    }
    println!("== whole lives, on one core");
    let (rate, _) = figures(Command::new("taskset").args([
        OsStr::new("-c"),
        "0".as_ref(),
        program.as_ref(),
        "rate".as_ref(),
    ]))?;
    println!("== bombs");
    let (_, bombs) = figures(Command::new(&program).arg("bombs"))?;
    let report = Report {
        machine: &machine,
        table: &table,
        idle: &idle,
        rate: &rate,
        bombs: &bombs,
        absent: peers.absent(),
    };
    let text = report.to_string();
    println!("\n{text}");
    super::write(&out, &text)?;
    println!("written to {}", out.display());
    Ok(ExitCode::SUCCESS)
}

/// Builds the bench and returns its program, which can so be started without cargo, on a core of choice.
fn build(workspace: &Workspace) -> Result<PathBuf> {
    let mut command = shell::cargo(workspace.root());
    command.args(["bench", "--locked", "--no-run", "--package=skilled-sandbox-linux", "--bench=lifecycle"]);
    let lines = shell::read(command.arg("--message-format=json").stderr(Stdio::inherit()))?;
    let mut programs = lines.lines().filter_map(|line| {
        let line: Value = serde_json::from_str(line).ok()?;
        let is_it = line["target"]["name"] == "lifecycle";
        is_it.then(|| line["executable"].as_str().map(PathBuf::from)).flatten()
    });
    programs.next_back().context("cargo did not say where the bench is")
}

/// Runs a task that prints figures, samples, or both.
fn figures(command: &mut Command) -> Result<(Figures, Vec<(String, Samples)>)> {
    let lines = shell::read(command.stderr(Stdio::inherit()))?;
    let figure = |line: &str| {
        let line: Value = serde_json::from_str(line).ok()?;
        Some((line["figure"].as_str()?.to_owned(), line["value"].as_f64()?))
    };
    Ok((lines.lines().filter_map(figure).collect(), super::read_steps(&lines)?))
}

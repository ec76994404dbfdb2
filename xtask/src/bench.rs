//! `cargo xtask bench run`: how long `skilled run` takes to its first command and in all, beside bubblewrap.
//!
//! Everything is measured in turn, round after round, so that a machine whose speed drifts slows everything alike; what
//! counts is the median and its ratio. The stages of a sandbox come from `crates/skilled-sandbox-linux/benches`.

mod contenders;
mod machine;
mod report;
mod samples;
mod scene;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};

use anyhow::{Context, Result, bail};
use serde_json::Value;

use crate::args::Args;
use crate::setup::{self, Purpose};
use crate::shell;
use crate::workspace::Workspace;
use contenders::Contender;
use machine::Machine;
use report::{Report, Session, Start};
use samples::Samples;
use scene::Scene;

const RESULT: &str = "bench/results/run.md";
const SAMPLES: usize = 60;
/// Fewer would make a 95th percentile of a single run.
const FEWEST_SAMPLES: usize = 20;
/// Rounds that are not counted.
const WARM_UP: usize = 5;
/// Calls of the long conversation beyond those of the short one: their difference is what these calls took.
const CALLS: usize = 100;
/// A round of the long conversations takes as long as many short ones.
const FEWEST_LONG_ROUNDS: usize = 10;

pub(crate) fn run(workspace: &Workspace, mut args: Args) -> Result<ExitCode> {
    match args.positional().as_deref() {
        Some("run") => {}
        Some(other) => bail!("there is no bench `{other}`; there is `run`"),
        None => bail!("which bench? `cargo xtask bench run`"),
    }
    let samples = match args.option("--samples")? {
        Some(text) => text.parse().ok().filter(|it| *it >= FEWEST_SAMPLES).with_context(|| {
            format!("--samples takes a number, at least {FEWEST_SAMPLES}: `{text}` is none")
        })?,
        None => SAMPLES,
    };
    let out = args.option("--out")?.map_or_else(|| workspace.path(RESULT), PathBuf::from);
    args.finish()?;

    println!("== set-up");
    setup::prepare_packages(Purpose::Bench)?;
    println!("== building skilled");
    let program = build(workspace)?;
    let target = workspace.metadata()?.target_directory;
    let scene = Scene::new(&target, program)?;
    let machine = Machine::look()?;
    println!("== one command: {samples} rounds");
    let start = measure_start(&scene, samples)?;
    println!("== {CALLS} commands of a session");
    let session = measure_session(&scene, (samples / 5).max(FEWEST_LONG_ROUNDS))?;
    println!("== the stages of a sandbox");
    let stages = measure_stages(workspace)?;
    let text = Report { machine: &machine, start: &start, session: &session, stages: &stages }.to_string();
    println!("\n{text}");
    write(&out, &text)?;
    println!("written to {}", out.display());
    Ok(ExitCode::SUCCESS)
}

/// Writes to a folder that may not be there yet.
fn write(path: &Path, text: &str) -> Result<()> {
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

/// One command in a sandbox of its own, by every contender.
fn measure_start(scene: &Scene, rounds: usize) -> Result<Start> {
    let script = scene.script("first", 1, scene::TELL_TIME)?;
    let mut first = Contender::ALL.map(|_| Samples::default());
    let mut whole = Contender::ALL.map(|_| Samples::default());
    let (mut version, mut settings) = (Samples::default(), Samples::default());
    for round in 0..WARM_UP + rounds {
        for turn in 0..Contender::ALL.len() {
            // Each goes first as often as the others.
            let at = (round + turn) % Contender::ALL.len();
            let contender = Contender::ALL[at];
            let took = scene::time(&mut contender.command(scene, &script, scene::TELL_TIME))?;
            let told =
                took.told.with_context(|| format!("{} did not say when it began", contender.name()))?;
            if round >= WARM_UP {
                first[at].push(told);
                whole[at].push(took.whole);
            }
        }
        for (arguments, samples) in
            [(["--version"].as_slice(), &mut version), (&["config", "show"], &mut settings)]
        {
            let took = scene::time(scene.skilled().args(arguments))?;
            if round >= WARM_UP {
                samples.push(took.whole);
            }
        }
    }
    Ok(Start { first, whole, version, settings })
}

/// Many commands in one session of `skilled`, and each in a sandbox of its own by bubblewrap.
fn measure_session(scene: &Scene, rounds: usize) -> Result<Session> {
    let mut measured = Vec::new();
    for command in [":", "/bin/true"] {
        let short = scene.script("short", 1, command)?;
        let long = scene.script("long", 1 + CALLS, command)?;
        let (mut ours, mut theirs) = (Samples::default(), Samples::default());
        for round in 0..=rounds {
            let few = scene::time(&mut Contender::Skilled.command(scene, &short, command))?.whole;
            let many = scene::time(&mut Contender::Skilled.command(scene, &long, command))?.whole;
            let other = scene::time(&mut Contender::Bubblewrap.command(scene, &short, command))?.whole;
            if round > 0 {
                ours.push(many.saturating_sub(few) / CALLS as u32);
                theirs.push(other);
            }
        }
        measured.push((command, ours, theirs));
    }
    Ok(Session { calls: CALLS, commands: measured })
}

/// Runs the bench of the sandbox crate: a name and samples of each stage.
fn measure_stages(workspace: &Workspace) -> Result<Vec<(String, Samples)>> {
    let mut command = shell::cargo(workspace.root());
    command.args(["bench", "--locked", "--quiet", "--package=skilled-sandbox-linux", "--bench=lifecycle"]);
    let lines = shell::read(command.stderr(std::process::Stdio::inherit()))?;
    let stages = lines.lines().filter(|line| line.starts_with('{')).map(|line| {
        let line: Value = serde_json::from_str(line).context("the bench of the sandbox printed no JSON")?;
        let name = line["step"].as_str().context("a step without a name")?.to_owned();
        let samples = line["ns"].as_array().context("a step without numbers")?;
        let nanoseconds = samples.iter().filter_map(Value::as_u64);
        Ok((name, nanoseconds.map(std::time::Duration::from_nanos).collect()))
    });
    stages.collect()
}

/// The program `name` by its full path, so that looking for it is not measured.
fn program(name: &str) -> Command {
    Command::new(setup::find_program(name).unwrap_or_else(|| name.into()))
}

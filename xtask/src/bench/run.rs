//! `cargo xtask bench run`: how long `skilled run` takes to its first command and in all, beside bubblewrap.
//!
//! Everything is measured in turn, round after round, so that a machine whose speed drifts slows everything alike; what
//! counts is the median and its ratio. The stages of a sandbox come from `crates/skilled-sandbox-linux/benches`.

mod contenders;
mod report;
mod scene;

use std::path::PathBuf;
use std::process::{Command, ExitCode};

use anyhow::{Context, Result};

use super::machine::Machine;
use super::samples::Samples;
use crate::args::Args;
use crate::setup::{self, Purpose};
use crate::shell;
use crate::workspace::Workspace;
use contenders::Contender;
pub(super) use contenders::bubblewrap;
use report::{Report, Session, Start};
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

pub(super) fn run(workspace: &Workspace, mut args: Args) -> Result<ExitCode> {
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
    let program = super::build(workspace)?;
    let target = workspace.metadata()?.target_directory;
    let scene = Scene::new(&target, program)?;
    let bubblewrap = shell::read(self::program("bwrap").arg("--version"))?;
    let machine = Machine::look(&bubblewrap)?;
    println!("== one command: {samples} rounds");
    let start = measure_start(&scene, samples)?;
    println!("== {CALLS} commands of a session");
    let session = measure_session(&scene, (samples / 5).max(FEWEST_LONG_ROUNDS))?;
    println!("== the stages of a sandbox");
    let stages = measure_stages(workspace)?;
    let text = Report { machine: &machine, start: &start, session: &session, stages: &stages }.to_string();
    println!("\n{text}");
    super::write(&out, &text)?;
    println!("written to {}", out.display());
    Ok(ExitCode::SUCCESS)
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
    super::steps(&mut command)
}

/// The program `name` by its full path, so that looking for it is not measured.
fn program(name: &str) -> Command {
    Command::new(setup::find_program(name).unwrap_or_else(|| name.into()))
}

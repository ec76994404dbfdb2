//! `cargo xtask bench check`: how long it takes to check skills, beside the reference validator and beside reading them.

mod hostile;
mod report;

use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode, Stdio};
use std::time::Duration;

use anyhow::{Context, Result, bail};
use serde_json::Value;
use tempfile::TempDir;

use super::machine::Machine;
use super::samples::Samples;
use crate::args::Args;
use crate::setup;
use crate::shell;
use crate::workspace::Workspace;
use report::{Report, Whole};

const RESULT: &str = "bench/results/check.md";
/// Skills when none are named: small ones, of this repository.
const SKILLS: &str = "crates/skilled-format/tests/corpus";
const ROUNDS: usize = 10;
/// Skills of the large trial.
const MANY: usize = 100_000;

pub(super) fn run(workspace: &Workspace, mut args: Args) -> Result<ExitCode> {
    let skills = args.option("--skills")?.map_or_else(|| workspace.path(SKILLS), PathBuf::from);
    let skills = skills.canonicalize().with_context(|| format!("there is no folder {}", skills.display()))?;
    let out = args.option("--out")?.map_or_else(|| workspace.path(RESULT), PathBuf::from);
    args.finish()?;

    println!("== set-up");
    let python = setup::prepare_reference(workspace)?;
    println!("== building");
    let bench = Bench { workspace, python, skilled: super::build(workspace)? };
    let folders = skill_folders(&skills)?;
    if folders.is_empty() {
        bail!("there are no skills in {}", skills.display());
    }
    let machine = Machine::look("skills-ref 0.1.1")?;
    println!("== {} skills: one by one", folders.len());
    let mut steps = bench.lint_steps(&skills)?;
    steps.push(bench.reference(&folders)?);
    println!("== {} skills: the whole command", folders.len());
    let whole = bench.whole(&skills)?;
    println!("== {MANY} skills");
    let many = bench.many(&folders)?;
    println!("== hostile files");
    let hostile = hostile::measure(&bench)?;
    let text = Report {
        machine: &machine,
        skills: folders.len(),
        steps: &steps,
        whole: &whole,
        many: &many,
        hostile: &hostile,
    }
    .to_string();
    println!("\n{text}");
    super::write(&out, &text)?;
    println!("written to {}", out.display());
    Ok(ExitCode::SUCCESS)
}

/// What is measured, and with what.
struct Bench<'a> {
    workspace: &'a Workspace,
    /// The Python that has the reference validator.
    python: PathBuf,
    skilled: PathBuf,
}

/// What one process took.
struct Cost {
    took: Duration,
    /// Most memory it held at once.
    peak_kib: u64,
    code: i64,
}

/// The same skills by the program and by a program that only reads them.
struct Many {
    skills: usize,
    bytes: u64,
    check: Cost,
    read: Cost,
}

impl Bench<'_> {
    fn lint_steps(&self, skills: &Path) -> Result<Vec<(String, Samples)>> {
        let mut command = shell::cargo(self.workspace.root());
        command.args(["bench", "--locked", "--quiet", "--package=skilled-lint", "--bench=check", "--"]);
        super::steps(command.arg(skills))
    }

    fn reference(&self, folders: &[PathBuf]) -> Result<(String, Samples)> {
        let script = self.workspace.path("bench/reference/validate.py");
        let mut command = Command::new(&self.python);
        command.arg(script).arg(ROUNDS.to_string()).stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut process = command.spawn().context("cannot start the reference validator")?;
        let mut input = process.stdin.take().context("no pipe to the reference validator")?;
        for folder in folders {
            writeln!(input, "{}", folder.display()).context("the reference validator does not listen")?;
        }
        drop(input);
        let output = process.wait_with_output().context("cannot wait for the reference validator")?;
        if !output.status.success() {
            bail!("the reference validator failed: {}", output.status);
        }
        let line: Value =
            serde_json::from_slice(&output.stdout).context("the reference validator printed no JSON")?;
        let samples = line["ns"].as_array().context("no samples")?;
        let samples = samples.iter().filter_map(Value::as_u64).map(Duration::from_nanos).collect();
        Ok(("skills-ref".to_owned(), samples))
    }

    /// Processes, in turn.
    fn whole(&self, skills: &Path) -> Result<Whole> {
        let mut whole = Whole::default();
        for _ in 0..=ROUNDS {
            whole.read.push(self.cost(&mut reader(skills))?.took);
            whole.check.push(self.cost(&mut self.check(skills))?.took);
        }
        Ok(whole)
    }

    fn many(&self, folders: &[PathBuf]) -> Result<Many> {
        let target = self.workspace.metadata()?.target_directory;
        let tree = TempDir::new_in(&target).context("cannot make a folder for many skills")?;
        let mut bytes = 0;
        for number in 0..MANY {
            let from = &folders[number % folders.len()];
            let name = from.file_name().context("a skill folder without a name")?;
            let to = tree.path().join(format!("{:03}/{number:06}", number / 1_000)).join(name);
            fs::create_dir_all(&to).with_context(|| format!("cannot make {}", to.display()))?;
            bytes += fs::copy(from.join("SKILL.md"), to.join("SKILL.md")).context("cannot copy a skill")?;
        }
        // The first round puts the files into memory.
        self.cost(&mut reader(tree.path()))?;
        let read = self.cost(&mut reader(tree.path()))?;
        let check = self.cost(&mut self.check(tree.path()))?;
        Ok(Many { skills: MANY, bytes, check, read })
    }

    fn check(&self, path: &Path) -> Command {
        let mut command = Command::new(&self.skilled);
        command.args(["check", "--format", "json"]).arg(path);
        command
    }

    /// Runs `command` once, what it prints thrown away.
    fn cost(&self, command: &mut Command) -> Result<Cost> {
        let mut measure = Command::new(&self.python);
        measure.arg(self.workspace.path("bench/reference/measure.py"));
        measure.arg(command.get_program()).args(command.get_args());
        let line: Value = serde_json::from_str(&shell::read(&mut measure)?).context("no measurement")?;
        let number = |name: &str| line[name].as_u64().with_context(|| format!("no `{name}` in {line}"));
        Ok(Cost {
            took: Duration::from_nanos(number("ns")?),
            peak_kib: number("rss_kb")?,
            code: line["code"].as_i64().context("no exit code")?,
        })
    }
}

/// What it takes to walk a tree and read its files, by programs that do nothing else.
fn reader(path: &Path) -> Command {
    let mut command = Command::new("find");
    command.arg(path).args(["-type", "f", "-exec", "cat", "{}", "+"]);
    command
}

/// Folders with a SKILL.md below `root`, sorted.
fn skill_folders(root: &Path) -> Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    let mut pending = vec![root.to_owned()];
    while let Some(folder) = pending.pop() {
        if folder.join("SKILL.md").is_file() {
            found.push(folder);
            continue;
        }
        for entry in fs::read_dir(&folder).with_context(|| format!("cannot list {}", folder.display()))? {
            let entry = entry?;
            if entry.file_type()?.is_dir() {
                pending.push(entry.path());
            }
        }
    }
    found.sort();
    Ok(found)
}

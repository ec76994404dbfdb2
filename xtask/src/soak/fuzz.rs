//! `cargo xtask soak fuzz`: feeds each fuzz target for a long time, keeps what reached new code, and writes a report.
//!
//! The targets are in `fuzz/`, which is no member of the workspace: they need a nightly compiler. The corpus of each is
//! committed as `fuzz/corpus/TARGET.tar.gz`, smallest set, in a form that is the same for the same files.

use std::fmt::Write as _;
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitCode, Stdio};
use std::time::Duration;

use anyhow::{Context, Result, bail};

use crate::args::Args;
use crate::setup;
use crate::shell;
use crate::workspace::Workspace;

const RESULT: &str = "fuzz/results.md";
const SECONDS: u64 = 3_600;
/// Longest single input in seconds, and most memory in MiB, before it counts as a finding.
const LIMITS: [&str; 2] = ["-timeout=5", "-rss_limit_mb=2048"];

/// One target and the places of its files.
struct Target {
    name: String,
    program: PathBuf,
    /// The committed corpus.
    packed: PathBuf,
    corpus: PathBuf,
    artifacts: PathBuf,
    log: PathBuf,
}

/// What came out for one target.
struct Outcome {
    name: String,
    seconds: u64,
    executions: u64,
    edges: u64,
    inputs: usize,
    findings: Vec<String>,
}

pub(super) fn run(workspace: &Workspace, mut args: Args) -> Result<ExitCode> {
    let seconds = match args.option("--seconds")? {
        Some(text) => text.parse().with_context(|| format!("--seconds takes a number: `{text}` is none"))?,
        None => SECONDS,
    };
    let out = args.option("--out")?.map_or_else(|| workspace.path(RESULT), PathBuf::from);
    let chosen = args.positional();
    args.finish()?;

    prepare()?;
    let targets = targets(workspace, chosen.as_deref())?;
    build(workspace)?;
    let jobs = std::thread::available_parallelism().map_or(1, usize::from);
    let mut outcomes = Vec::new();
    for group in targets.chunks(jobs) {
        let names: Vec<&str> = group.iter().map(|target| target.name.as_str()).collect();
        println!("== {} for {seconds} s each", names.join(" and "));
        let started = group.iter().map(|target| target.start(seconds)).collect::<Result<Vec<_>>>()?;
        for (target, mut process) in group.iter().zip(started) {
            process.wait().with_context(|| format!("cannot wait for {}", target.name))?;
            let outcome = target.outcome(seconds)?;
            println!(
                "  {}: {} executions, {} findings",
                outcome.name,
                outcome.executions,
                outcome.findings.len()
            );
            target.keep_corpus()?;
            outcomes.push(outcome);
        }
    }
    let failed = outcomes.iter().any(|outcome| !outcome.findings.is_empty());
    fs::write(&out, report(&outcomes)?).with_context(|| format!("cannot write {}", out.display()))?;
    println!("written to {}", out.display());
    Ok(if failed { ExitCode::FAILURE } else { ExitCode::SUCCESS })
}

/// Installs the nightly compiler and cargo-fuzz where they are missing, and says so.
fn prepare() -> Result<()> {
    let nightly = Command::new("rustup").args(["run", "nightly", "rustc", "--version"]).output();
    if !nightly.is_ok_and(|output| output.status.success()) {
        println!("== installing the nightly compiler: fuzzing needs its instrumentation");
        shell::run(Command::new("rustup").args(["toolchain", "install", "nightly", "--profile=minimal"]))?;
    }
    if setup::find_program("cargo-fuzz").is_none() {
        println!("== installing cargo-fuzz: it builds the targets");
        shell::run(Command::new("cargo").args(["install", "--locked", "cargo-fuzz"]))?;
    }
    Ok(())
}

/// The targets there are, or the one that was chosen.
fn targets(workspace: &Workspace, chosen: Option<&str>) -> Result<Vec<Target>> {
    let fuzz = workspace.path("fuzz");
    let folder = fuzz.join("fuzz_targets");
    let mut names = Vec::new();
    for entry in fs::read_dir(&folder).with_context(|| format!("cannot list {}", folder.display()))? {
        if let Some(name) = entry?.path().file_stem() {
            names.push(name.to_string_lossy().into_owned());
        }
    }
    names.sort();
    if let Some(chosen) = chosen {
        if !names.iter().any(|name| name == chosen) {
            bail!("there is no fuzz target `{chosen}`; there are {}", names.join(", "));
        }
        names.retain(|name| name == chosen);
    }
    let triple = triple()?;
    names.into_iter().map(|name| Target::new(&fuzz, &triple, name)).collect()
}

fn triple() -> Result<String> {
    let version = shell::read(Command::new("rustc").arg("-vV"))?;
    let host = version.lines().find_map(|line| line.strip_prefix("host: "));
    Ok(host.context("rustc does not say what it builds for")?.to_owned())
}

fn build(workspace: &Workspace) -> Result<()> {
    println!("== building the targets");
    shell::run(nightly(&workspace.path("fuzz")).args(["fuzz", "build"]))
}

/// `cargo +nightly`, whatever toolchain runs this tool.
fn nightly(folder: &Path) -> Command {
    let mut command = Command::new("rustup");
    command.current_dir(folder).args(["run", "nightly", "cargo"]);
    command.env_remove("RUSTUP_TOOLCHAIN").env_remove("CARGO");
    command
}

impl Target {
    fn new(fuzz: &Path, triple: &str, name: String) -> Result<Self> {
        let work = fuzz.join("target/work").join(&name);
        let target = Self {
            program: fuzz.join("target").join(triple).join("release").join(&name),
            packed: fuzz.join("corpus").join(format!("{name}.tar.gz")),
            corpus: work.join("corpus"),
            artifacts: work.join("artifacts"),
            log: work.join("log"),
            name,
        };
        for folder in [&target.corpus, &target.artifacts] {
            fs::create_dir_all(folder).with_context(|| format!("cannot make {}", folder.display()))?;
        }
        if target.packed.exists() {
            let mut tar = Command::new("tar");
            shell::run(tar.arg("-xzf").arg(&target.packed).arg("-C").arg(&target.corpus))?;
        }
        Ok(target)
    }

    fn start(&self, seconds: u64) -> Result<Child> {
        let log = File::create(&self.log).with_context(|| format!("cannot write {}", self.log.display()))?;
        let mut command = Command::new(&self.program);
        command.arg(format!("-max_total_time={seconds}")).args(LIMITS).arg("-print_final_stats=1");
        command.arg(format!("-artifact_prefix={}/", self.artifacts.display())).arg(&self.corpus);
        let dictionary = self.packed.with_file_name(format!("{}.dict", self.name));
        if dictionary.exists() {
            command.arg(format!("-dict={}", dictionary.display()));
        }
        let command = command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(log);
        command.spawn().with_context(|| format!("cannot start {}", self.program.display()))
    }

    fn outcome(&self, seconds: u64) -> Result<Outcome> {
        let log = fs::read(&self.log).with_context(|| format!("cannot read {}", self.log.display()))?;
        let log = String::from_utf8_lossy(&log);
        let findings = names(&self.artifacts)?;
        let executions = number_after(&log, "stat::number_of_executed_units:");
        // A target that never ran must not look like one without findings.
        let executions =
            executions.filter(|_| findings.is_empty()).or_else(|| (!findings.is_empty()).then_some(0));
        Ok(Outcome {
            name: self.name.clone(),
            seconds,
            executions: executions.with_context(|| {
                format!("{} ended without its statistics: see {}", self.name, self.log.display())
            })?,
            edges: log.lines().filter_map(|line| number_after(line, " cov: ")).max().unwrap_or_default(),
            inputs: names(&self.corpus)?.len(),
            findings,
        })
    }

    /// Packs the smallest set of inputs that reaches as much as all of them.
    fn keep_corpus(&self) -> Result<()> {
        let smallest = self.corpus.with_file_name("smallest");
        let _ = fs::remove_dir_all(&smallest);
        fs::create_dir_all(&smallest).with_context(|| format!("cannot make {}", smallest.display()))?;
        let mut merge = Command::new(&self.program);
        merge.arg("-merge=1").args(LIMITS).args([&smallest, &self.corpus]);
        shell::run(merge.stdout(Stdio::null()).stderr(Stdio::null()))?;
        let mut tar = Command::new("tar");
        tar.args(["--sort=name", "--mtime=@0", "--owner=0", "--group=0", "--numeric-owner", "--mode=0644"]);
        tar.args(["--use-compress-program=gzip -9n", "-cf"]).arg(&self.packed);
        let mut files = names(&smallest)?;
        files.sort();
        // The names go through a list, as there may be more than a command line holds.
        let list = self.corpus.with_file_name("list");
        fs::write(&list, files.join("\n")).with_context(|| format!("cannot write {}", list.display()))?;
        shell::run(tar.arg("-C").arg(&smallest).arg("-T").arg(&list))
    }
}

fn names(folder: &Path) -> Result<Vec<String>> {
    let entries = fs::read_dir(folder).with_context(|| format!("cannot list {}", folder.display()))?;
    entries.map(|entry| Ok(entry?.file_name().to_string_lossy().into_owned())).collect()
}

fn number_after(text: &str, label: &str) -> Option<u64> {
    text.split_once(label)?.1.split_whitespace().next()?.parse().ok()
}

fn report(outcomes: &[Outcome]) -> Result<String> {
    let rustc = shell::read(Command::new("rustup").args(["run", "nightly", "rustc", "--version"]))?;
    let date = shell::read(Command::new("date").args(["-u", "+%Y-%m-%d"]))?;
    let mut text = format!(
        "# Fuzzing\n\nWritten by `cargo xtask soak fuzz` on {date} with {rustc}. An input that takes more than 5 s or 2 GiB is \
         a finding, as is\na panic. Edges are places of the program that were reached.\n\n\
         | target | time | executions | a second | edges | inputs kept | findings |\n\
         | --- | ---: | ---: | ---: | ---: | ---: | --- |\n"
    );
    for Outcome { name, seconds, executions, edges, inputs, findings } in outcomes {
        let time = format!("{:.1} min", Duration::from_secs(*seconds).as_secs_f64() / 60.0);
        let findings = if findings.is_empty() { "none".to_owned() } else { findings.join(", ") };
        let rate = executions / seconds.max(&1);
        writeln!(text, "| `{name}` | {time} | {executions} | {rate} | {edges} | {inputs} | {findings} |")?;
    }
    Ok(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_read_from_the_log() {
        let log = "#12\tNEW    cov: 17 ft: 3\n#99 DONE   cov: 21 ft: 9\nstat::number_of_executed_units: 99\n";
        assert_eq!(number_after(log, "stat::number_of_executed_units:"), Some(99));
        assert_eq!(log.lines().filter_map(|line| number_after(line, " cov: ")).max(), Some(21));
        assert_eq!(number_after(log, "missing"), None);
    }
}

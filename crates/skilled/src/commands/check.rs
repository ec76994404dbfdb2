//! `skilled check`: what an author should know about a skill.

mod excludes;
mod explain;
mod mend;
mod outcome;
mod settings;
mod watch;

use std::cell::Cell;
use std::ops::ControlFlow;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::Args;
use skilled_lint::search::{self, SearchError, Target};

use self::mend::Mended;
use self::outcome::Totals;
use self::settings::Plan;
use crate::error::{Error, Kind, OrKind, Result};
use crate::printer::{self, Progress};
use crate::report::{OutputArgs, Report};

pub(crate) use explain::rules;
#[cfg(test)]
pub(crate) use explain::{COMMAND, catalogue};

const EXAMPLES: &str = "Examples:
  skilled check                          every skill below the current folder
  skilled check skills/pdf --strict      warnings fail, too
  skilled check skills --fix             repair what is safe; shows the changes first
  skilled check pdf.skill --json         look into an archive, answer a script
  skilled check --explain dead-link      what a finding means and how to turn it off

Exit codes: 0 nothing at error level; 1 findings at error level; 2 usage: no such path, no skill, wrong settings.
Settings: the table [check] of skilled.toml; see docs/checking.md.";

#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct CheckArgs {
    /// Skill folders, folders with skills in them, SKILL.md files, archives [default: the current folder]
    #[arg(value_name = "PATH")]
    paths: Vec<PathBuf>,
    /// Take warnings for errors
    #[arg(long)]
    strict: bool,
    /// Repair what can be repaired safely; shows the changes and, on a terminal, asks first
    #[arg(long, conflicts_with = "watch")]
    fix: bool,
    /// With --fix: show the changes and make none
    #[arg(long, requires = "fix")]
    dry_run: bool,
    /// With --fix: do not ask
    #[arg(long, requires = "fix")]
    yes: bool,
    /// Stay, and check again what changes; Ctrl-C ends
    #[arg(long)]
    watch: bool,
    /// Turn a rule off (repeatable, or with commas)
    #[arg(long, value_name = "CODE", value_delimiter = ',')]
    ignore: Vec<String>,
    /// Take the findings of a rule for errors (repeatable, or with commas)
    #[arg(long, value_name = "CODE", value_delimiter = ',')]
    error: Vec<String>,
    /// Look also where .gitignore says not to
    #[arg(long)]
    no_ignore: bool,
    /// Show errors only
    #[arg(long, short)]
    quiet: bool,
    /// List the rules
    #[arg(long, conflicts_with_all = ["paths", "fix", "watch", "explain"])]
    list_rules: bool,
    /// Say what a rule is about
    #[arg(long, value_name = "CODE", conflicts_with_all = ["paths", "fix", "watch"])]
    explain: Option<String>,
    #[command(flatten)]
    output: OutputArgs,
}

pub(crate) fn run(mut args: CheckArgs) -> Result<ExitCode> {
    if args.list_rules {
        return explain::list(&args.output);
    }
    if let Some(code) = &args.explain {
        return explain::explain(code);
    }
    if args.paths.is_empty() {
        args.paths.push(PathBuf::from("."));
    }
    let plan = Plan::new(&args)?;
    if args.watch {
        return watch::watch(&args, &plan);
    }
    let mut is_unmended = false;
    if args.fix {
        match mend::mend(&args, &plan)? {
            Mended::Ended(code) => return Ok(code),
            Mended::Written { all } => is_unmended = !all,
        }
    }
    let incomplete = Cell::new(false);
    let targets = search::find(&args.paths, &plan.search).or_kind(Kind::Usage)?;
    // Repairing has told of what is missing.
    let passed = |target| if args.fix { noted(target, &incomplete).ok() } else { told(target, &incomplete) };
    let targets = targets.filter_map(passed);
    let mut totals = check(targets, &args, &plan, &incomplete, &|| false);
    if is_unmended {
        totals.fail();
    }
    Ok(totals.exit_code(incomplete.get()))
}

/// Passes a target on; says why there is none, and remembers that something is missing.
pub(super) fn told(
    target: std::result::Result<Target, SearchError>,
    incomplete: &Cell<bool>,
) -> Option<Target> {
    let told = |error: &SearchError| printer::error(&Error::about(Kind::Usage, error));
    noted(target, incomplete).inspect_err(told).ok()
}

/// Remembers that something is missing.
fn noted(
    target: std::result::Result<Target, SearchError>,
    incomplete: &Cell<bool>,
) -> std::result::Result<Target, SearchError> {
    incomplete.set(incomplete.get() || target.is_err());
    target
}

/// Checks the targets and gives out what is found, until `stop` says so.
fn check(
    targets: impl Iterator<Item = Target>,
    args: &CheckArgs,
    plan: &Plan,
    incomplete: &Cell<bool>,
    stop: &dyn Fn() -> bool,
) -> Totals {
    let mut report = Report::begin(&args.output, "skilled check", rules());
    let with_sources = report.needs_sources();
    let mut totals = Totals::default();
    let mut progress = Progress::new("skills checked");
    let work = |target: Target| outcome::of(&target, plan, with_sources);
    skilled_lint::check_all(targets, plan.threads, work, |outcomes| {
        for outcome in outcomes {
            progress.step();
            totals.add(&outcome);
            outcome.show(&mut report, args.quiet);
        }
        if stop() { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    });
    progress.clear();
    let is_silent = args.quiet && !totals.has_errors();
    let summary = if is_silent || totals.is_empty() { String::new() } else { totals.summary() };
    report.end(&summary, &totals.json(), !incomplete.get());
    totals
}

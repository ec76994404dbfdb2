//! `skilled audit`: what in a skill may be meant to do harm, and what it needs.

mod capabilities;
mod opinion;
mod outcome;
mod policy;

use std::cell::Cell;
use std::num::NonZeroUsize;
use std::ops::ControlFlow;
use std::path::PathBuf;
use std::process::ExitCode;
use std::thread;

use clap::{Args, ValueEnum};
use skilled_audit::Severity;
use skilled_lint::search::{self, Target};
#[cfg(test)]
use skilled_report::Catalogue;
use skilled_report::Rule;

use self::opinion::Reviewer;
use self::outcome::{Totals, View};
use self::policy::Judge;
use super::check::told;
use crate::config::{Flags, Settings};
use crate::error::{Kind, OrKind, Result};
use crate::printer::Progress;
use crate::report::{OutputArgs, Report};
use crate::subjects::UNREADABLE;

const EXAMPLES: &str = "Examples:
  skilled audit skills                        every skill below a folder
  skilled audit downloaded.skill              look into an archive before it is unpacked
  skilled audit pdf --capabilities            only what the skill needs
  skilled audit skills --block medium --json  a stricter answer for a script
  skilled audit pdf --model anthropic/claude-opus-4-8

Exit codes: 0 nothing is blocked; 1 something is; 2 usage: no such path, no skill, wrong settings; 3 the model given with
--model did not answer. Settings: the table [audit] of skilled.toml; see docs/checking.md.";

/// How a rule of an audit is turned off.
#[cfg(test)]
const OFF: &str = "\
An audit believes nothing that the skill says, so nothing in a skill turns a rule off, and no `skilled.toml` inside of what
is audited. A policy does, in the `skilled.toml` of your own project or in a file given with `--policy`; see
[policies](../checking.md#policy).";

#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct AuditArgs {
    /// Skill folders, folders with skills in them, SKILL.md files, archives [default: the current folder]
    #[arg(value_name = "PATH")]
    paths: Vec<PathBuf>,
    /// The policy [default: the table [audit] of skilled.toml outside of what is audited]
    #[arg(long, value_name = "FILE")]
    policy: Option<PathBuf>,
    /// Block findings of this severity and above
    #[arg(long, value_enum, value_name = "SEVERITY")]
    block: Option<Grade>,
    /// Show findings of this severity and above
    #[arg(long, value_enum, value_name = "SEVERITY", default_value_t = Grade::Info)]
    min_severity: Grade,
    /// Show only what the skills need: hosts, commands, files, secrets, packages, tools
    #[arg(long)]
    capabilities: bool,
    /// Ask a model, too: its opinion is marked as such and changes no finding
    #[arg(long, value_name = "PROVIDER/NAME")]
    model: Option<String>,
    #[command(flatten)]
    output: OutputArgs,
}

/// A severity on the command line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Grade {
    /// Worth knowing
    Info,
    /// Poor practice, little harm
    Low,
    /// Could do harm, or has honest uses that should be looked at
    Medium,
    /// Does harm when the skill is used as it says
    High,
    /// An attack
    Critical,
}

impl From<Grade> for Severity {
    fn from(grade: Grade) -> Self {
        match grade {
            Grade::Info => Self::Info,
            Grade::Low => Self::Low,
            Grade::Medium => Self::Medium,
            Grade::High => Self::High,
            Grade::Critical => Self::Critical,
        }
    }
}

/// Every rule whose findings an audit may show.
pub(crate) fn rules() -> impl Iterator<Item = &'static Rule> {
    skilled_audit::rules().map(|info| &info.rule).chain([&UNREADABLE])
}

/// What the pages of these rules say beside the rules.
#[cfg(test)]
pub(crate) const fn catalogue() -> Catalogue {
    Catalogue { command: "skilled audit", off: OFF }
}

pub(crate) fn run(mut args: AuditArgs) -> Result<ExitCode> {
    if args.paths.is_empty() {
        args.paths.push(PathBuf::from("."));
    }
    let settings = Settings::load(Flags { model: args.model.clone(), ..Flags::default() })?;
    let judge = Judge::new(&args, &settings)?;
    let reviewer = args.model.as_ref().map(|_| Reviewer::new(&settings)).transpose()?;
    // An ignore file inside of what is audited has no say either.
    let options = search::Options { no_ignore: true, ..search::Options::default() };
    let incomplete = Cell::new(false);
    let targets = search::find(&args.paths, &options).or_kind(Kind::Usage)?;
    let targets = targets.filter_map(|target| told(target, &incomplete));
    let totals = audit(targets, &args, &judge, reviewer.as_ref(), &incomplete);
    match reviewer.and_then(Reviewer::failure) {
        Some(failure) => Err(failure),
        None => Ok(totals.exit_code(incomplete.get())),
    }
}

/// Audits the targets and gives out what is found.
fn audit(
    targets: impl Iterator<Item = Target>,
    args: &AuditArgs,
    judge: &Judge,
    reviewer: Option<&Reviewer>,
    incomplete: &Cell<bool>,
) -> Totals {
    let mut report = Report::begin(&args.output, "skilled audit", rules());
    let view = View {
        sources: report.needs_sources() && !args.capabilities,
        least: args.min_severity.into(),
        only_capabilities: args.capabilities,
        width: args.output.look().width,
    };
    let mut totals = Totals::default();
    let mut progress = Progress::new("skills audited");
    // A model is asked about one skill after the other.
    let usual = || thread::available_parallelism().unwrap_or(NonZeroUsize::MIN);
    let threads = if reviewer.is_some() { NonZeroUsize::MIN } else { usual() };
    let work = |target: Target| outcome::of(&target, judge, &view, reviewer);
    skilled_lint::check_all(targets, threads, work, |outcomes| {
        for outcome in outcomes {
            progress.step();
            totals.add(&outcome);
            outcome.show(&mut report, &view);
        }
        ControlFlow::Continue(())
    });
    progress.clear();
    let summary = if totals.is_empty() { String::new() } else { totals.summary() };
    report.end(&summary, &totals.json(), !incomplete.get());
    totals
}

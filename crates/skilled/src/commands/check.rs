//! `skilled check`: what an author should know about a skill.

mod explain;
mod mend;
mod outcome;
mod settings;
mod watch;

use std::ops::ControlFlow;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::Args;
use serde_json::json;
use skilled_lint::search::{self, Target};

use self::outcome::{Outcome, Totals};
use self::settings::Plan;
use crate::error::{Kind, OrKind, Result};
use crate::printer::{self, Progress};
use crate::report::{OutputArgs, Report, counted};

pub(crate) use explain::{catalogue, rules};

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
    if args.fix {
        let mended = mend::mend(&args, &plan)?;
        if args.dry_run || mended.is_declined() {
            return Ok(mended.exit_code());
        }
    }
    let targets = search::find(&args.paths, &plan.search).or_kind(Kind::Usage)?;
    let mut failed = false;
    let targets = targets.filter_map(|target| target.map_err(|error| failed |= told(&error)).ok());
    let totals = check(targets, &args, &plan, |totals| (totals, ()).0);
    Ok(totals.exit_code(failed))
}

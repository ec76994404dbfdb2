//! `skilled diff`: what changed between two versions of a skill, as far as it matters.

mod json;
mod lines;
mod text;

use std::path::PathBuf;
use std::process::ExitCode;

use clap::Args;
use skilled_audit::{Audit, Comparison, Version, audit, compare};

use crate::error::{Kind, Result};
use crate::lookup::Skill;
use crate::printer;
use crate::screen;

const EXAMPLES: &str = "Examples:
  skilled diff skills/pdf ../upstream/pdf
  skilled diff pdf-1.0.skill pdf-1.1.skill --full
  skilled diff pdf pdf.skill --json      # the installed skill and a package

What comes first should be looked at before the new version is used: it changes
when the skill is used, what it may do, or what runs.

Exit codes: 0 no difference; 1 differences, or not all could be compared; 2
usage, or one of the two cannot be read.";

#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct DiffArgs {
    /// The earlier version: a folder, an archive, or a name
    #[arg(value_name = "A")]
    before: PathBuf,
    /// The later version
    #[arg(value_name = "B")]
    after: PathBuf,
    /// Show the changed lines of every text file
    #[arg(long)]
    full: bool,
    /// Print one JSON object; docs/authoring.md describes it
    #[arg(long)]
    json: bool,
}

/// The two versions and how they differ.
struct Pair {
    before: Side,
    after: Side,
    comparison: Comparison,
}

/// One version.
struct Side {
    skill: Skill,
    audit: Audit,
}

pub(crate) fn run(args: &DiffArgs) -> Result<ExitCode> {
    let (before, after) = (Side::open(&args.before)?, Side::open(&args.after)?);
    let limits = skilled_audit::Limits::default();
    let comparison = compare(&before.version(), &after.version(), &limits);
    let pair = Pair { before, after, comparison };
    let files = if args.full { lines::of_files(&pair) } else { Vec::new() };
    let shown = if args.json {
        format!("{:#}\n", json::object(&pair, args.full.then_some(&files)))
    } else {
        text::page(&pair, &files, args.full)
    };
    printer::data(&shown);
    for gap in pair.gaps() {
        printer::warning(&format!("not compared: {}", crate::view::escaped(&gap)), None);
    }
    Ok(if pair.is_same() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

impl Pair {
    /// Whether everything was compared, and nothing differs.
    fn is_same(&self) -> bool {
        self.comparison.is_same() && self.gaps().next().is_none()
    }

    /// Files that are in no comparison.
    fn gaps(&self) -> impl Iterator<Item = String> {
        self.before.gaps().chain(self.after.gaps())
    }
}

impl Side {
    fn open(what: &std::path::Path) -> Result<Self> {
        // 1 is for differences.
        let skill = Skill::find(what).map_err(|error| error.with_kind(Kind::Usage))?;
        let audit = audit(&skill.folder, &skilled_audit::Limits::default());
        Ok(Self { skill, audit })
    }

    fn version(&self) -> Version<'_> {
        Version { folder: &self.skill.folder, tree: &self.skill.loaded.tree, audit: &self.audit }
    }

    /// Its path, as the user knows it.
    fn shown(&self) -> String {
        screen::path(self.skill.origin.path())
    }

    /// Files that are in no comparison.
    fn gaps(&self) -> impl Iterator<Item = String> {
        let shown = self.shown();
        self.skill.gaps().map(move |gap| format!("{shown}/{}: {}", gap.file, gap.message))
    }
}

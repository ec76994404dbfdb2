//! `skilled show`: what a skill says, holds, needs and costs, and where it came from.

mod json;
mod origin;
mod sheet;
mod text;

use std::path::PathBuf;
use std::process::ExitCode;

use clap::Args;

use self::sheet::Sheet;
use crate::error::Result;
use crate::lookup::Skill;
use crate::printer;

const EXAMPLES: &str = "Examples:
  skilled show skills/pdf
  skilled show pdf.skill    # an archive need not be unpacked for it
  skilled show pdf          # the skill that a name means, and where it is
  skilled show pdf --json

A NAME is looked up in .skilled/skills, .agents/skills and .claude/skills of
the current folder and its parents up to the repository's root, then in those
of the home folder: the nearest counts, the project before the user.

Exit codes: 0 shown, whatever there is to say about the skill; 2 usage, or
there is no such skill.";

#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct ShowArgs {
    /// The skill: its folder, its SKILL.md, an archive, or its name
    #[arg(value_name = "PATH|NAME")]
    skill: PathBuf,
    /// List every file and every place where a need shows
    #[arg(long)]
    files: bool,
    /// Print one JSON object; docs/authoring.md describes it
    #[arg(long)]
    json: bool,
}

pub(crate) fn run(args: &ShowArgs) -> Result<ExitCode> {
    let skill = Skill::find(&args.skill)?;
    let sheet = Sheet::of(&skill);
    let shown =
        if args.json { format!("{:#}\n", json::object(&sheet)) } else { text::page(&sheet, args.files) };
    printer::data(&shown);
    Ok(ExitCode::SUCCESS)
}

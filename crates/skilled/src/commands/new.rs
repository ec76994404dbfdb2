//! `skilled new`: a folder with a skill that works and passes every check.

mod draft;
mod interview;
mod naming;
mod templates;

use std::fmt::Write as _;
use std::io::{self, IsTerminal};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::Args;
use skilled_lint::{Checked, Finding};

use self::draft::Draft;
use self::interview::Interview;
use self::templates::Template;
use crate::error::{Error, Result};
use crate::printer;
use crate::screen::{self, quoted};

const EXAMPLES: &str = "Examples:
  skilled new                          # asks for what it needs, on a terminal
  skilled new meeting-notes
  skilled new sales-report --template script --dir .agents/skills
  skilled new tone-of-voice --template reference \\
      --description \"Edits our texts. Use before a text goes out.\"

Templates:
  basic      instructions only
  script     instructions and a script with --help, exit codes and evals
  reference  instructions, two files that are read when needed, and evals
  mcp        instructions for tools of an MCP server, and what to do without it

Exit codes: 0 made; 1 the folder could not be written; 2 usage, such as a name
that no skill may have.";

#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct NewArgs {
    /// The skill's name: letters a-z, digits and single hyphens
    #[arg(value_name = "NAME")]
    name: Option<String>,
    /// What to start from [default: basic]
    #[arg(long, value_enum)]
    template: Option<Template>,
    /// Make the skill's folder in this one, which is made when it is missing [default: the current folder]
    #[arg(long, value_name = "PARENT")]
    dir: Option<PathBuf>,
    /// What the skill does and when to use it [default: what the template does]
    #[arg(long, value_name = "TEXT")]
    description: Option<String>,
}

pub(crate) fn run(args: NewArgs) -> Result<ExitCode> {
    let parent = args.dir.clone().unwrap_or_else(|| PathBuf::from("."));
    let plan = if io::stdin().is_terminal() && printer::is_watched() {
        Interview::new(io::stdin().lock(), printer::part).complete(args, &parent)?
    } else {
        complete(args)?
    };
    check_name(&plan.name)?;
    draft::refuse_existing(&parent, &plan.name)?;
    let description = plan.description.unwrap_or_else(|| plan.template.description(&plan.name));
    let files = plan.template.files(&plan.name, &description);
    let draft = Draft::write(&parent, &plan.name, &files)?;
    let checked = draft.check()?;
    refuse_broken(&checked)?;
    let folder = draft.keep()?;
    printer::data(&report(&folder, plan.template, &files));
    for finding in &checked.findings {
        printer::warning(&format!("{}: {}", finding.rule.code, finding.message), Some(&finding.help));
    }
    Ok(ExitCode::SUCCESS)
}

/// What is to be made.
#[derive(Debug, PartialEq, Eq)]
struct Plan {
    name: String,
    template: Template,
    /// The user's own description.
    description: Option<String>,
}

/// Takes the defaults for what is missing.
fn complete(args: NewArgs) -> Result<Plan> {
    let Some(name) = args.name else {
        return Err(Error::usage("the skill needs a name").hint("give one: skilled new meeting-notes"));
    };
    let template = args.template.unwrap_or(Template::Basic);
    Ok(Plan { name, template, description: args.description })
}

fn check_name(name: &str) -> Result<()> {
    let Some(problem) = naming::problem(name) else { return Ok(()) };
    let error = Error::usage(format!("{} cannot be the name of a skill: {problem}", quoted(name)));
    Err(match naming::suggestion(name) {
        Some(better) => error.hint(format!("this one can: skilled new {better}")),
        None => error.hint("use letters a-z, digits and single hyphens, such as meeting-notes"),
    })
}

/// A skill that other clients would refuse is not made. What is merely advice is said.
fn refuse_broken(checked: &Checked) -> Result<()> {
    if checked.loaded && checked.valid {
        return Ok(());
    }
    let said = |finding: &Finding| format!("{} [{}]", finding.message, finding.rule.code);
    let error = Error::usage(match checked.findings.first() {
        Some(first) => format!("nothing was made: {}", said(first)),
        None => "nothing was made: the reference validator would refuse the skill".to_owned(),
    });
    let help = checked.findings.first().map(|finding| finding.help.clone());
    Err(match help {
        Some(help) => error.hint(help),
        None => error.hint("try a shorter description, in plain words"),
    })
}

fn report(folder: &Path, template: Template, files: &[templates::File]) -> String {
    let shown = screen::path(folder);
    let mut text = format!("made {shown}/ from the template {}\n", template.as_str());
    let width = files.iter().map(|file| file.path.len()).max().unwrap_or_default();
    for file in files {
        let run = if file.executable { "  executable" } else { "" };
        // Writing to a string cannot fail.
        let size = screen::bytes(file.text.len() as u64);
        let _ = writeln!(text, "  {:<width$}  {size:>9}{run}", file.path);
    }
    text.push_str("\nnext:\n");
    let word = screen::shell_word(folder);
    let inside = |path: &str| screen::shell_word(&folder.join(path));
    let mut steps = vec![(format!("edit {}", inside("SKILL.md")), "write what only you know")];
    if let Some(script) = files.iter().find(|file| file.executable) {
        steps.push((format!("{} --help", inside(script.path)), "try the script"));
    }
    steps.extend([
        (format!("skilled check {word} --strict"), "find what is wrong"),
        (format!("skilled show {word}"), "what a model is shown"),
        (format!("skilled pack {word}"), "one file to hand on"),
    ]);
    text.push_str(&screen::commands(&steps));
    text
}

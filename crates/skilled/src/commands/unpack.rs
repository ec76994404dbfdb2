//! `skilled unpack`: an archive becomes a checked folder, or nothing.

mod list;

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::Args;
use serde_json::json;
use skilled_format::SKILL_FILE;
use skilled_package::{Destination, Existing, UnpackError, UnpackOptions, Unpacked, unpack};

use crate::error::{Error, Kind, Result};
use crate::screen::{self, bytes, count, shell_word, wrapped};
use crate::view::escaped;
use crate::{lookup, printer, refusal, signals};

const EXAMPLES: &str = "Examples:
  skilled unpack pdf.skill               # the folder has the skill's name
  skilled unpack pdf.skill --list        # what is in it, what would be refused
  skilled unpack pdf.skill -o .agents/skills/pdf

Nothing is written when the archive holds anything that must not be unpacked:
paths that lead out of the folder, links out, devices, names that collide, more
than the limits. Every reason is said.

Exit codes: 0 unpacked or listed; 1 refused, or it could not be written; 2
usage, or the folder is there already; 130 interrupted, and nothing is left.";

#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct UnpackArgs {
    /// The archive: .skill, zip, tar or tar.gz
    #[arg(value_name = "FILE")]
    file: PathBuf,
    /// Make this folder, with those on the way [default: the skill's name, in the current folder]
    #[arg(short, long, value_name = "DIR")]
    output: Option<PathBuf>,
    /// Replace the folder when it is there and holds a skill
    #[arg(long)]
    force: bool,
    /// Say what is in the archive and whether it would be refused, and write nothing
    #[arg(long, conflicts_with_all = ["output", "force"])]
    list: bool,
    /// Print one JSON object
    #[arg(long)]
    json: bool,
}

pub(crate) fn run(args: &UnpackArgs) -> Result<ExitCode> {
    let file = lookup::open_archive(&args.file)?;
    if args.list {
        return list::list(args, &file);
    }
    let existing = if args.force { Existing::Replace } else { Existing::Refuse };
    let stop = signals::stopped_by_signals()?;
    let options = UnpackOptions { existing, stop, ..UnpackOptions::default() };
    let destination = match &args.output {
        Some(path) => Destination::At(path),
        None => Destination::Under(Path::new(".")),
    };
    match unpack(file, destination, &options) {
        Ok(unpacked) => {
            show(&unpacked, args.json);
            Ok(ExitCode::SUCCESS)
        }
        Err(UnpackError::Stopped) => Ok(signals::interrupted("nothing was unpacked")),
        Err(error) => {
            let error = failed(error, &args.file, "was not unpacked");
            if args.json && !error.reasons().is_empty() {
                printer::data(&format!("{:#}\n", json!({ "refused": refusal::json(&error) })));
            }
            Err(error)
        }
    }
}

/// An archive that does not become a folder, of which `what` is said.
fn failed(error: UnpackError, file: &Path, what: &str) -> Error {
    let problems = error.problems();
    let error = match error {
        UnpackError::Exists { path } => UnpackError::Exists { path: undotted(&path).to_owned() },
        error => error,
    };
    let (kind, hint) = match &error {
        UnpackError::Exists { path } => (Kind::Usage, Some(beside(path))),
        UnpackError::NotReplaced { .. } => (Kind::Usage, Some("-o DIR unpacks to another place".to_owned())),
        UnpackError::Archive(_)
        | UnpackError::NotASkill(_)
        | UnpackError::Place { .. }
        | UnpackError::Stopped => (Kind::Job, None),
    };
    let shown = screen::path(file);
    let headline = match problems.len() {
        0 => format!("{shown} {what}"),
        found => format!("{shown} {what}, for {}", count(found, "reason")),
    };
    let error = refusal::counted(refusal::of(kind, headline, &problems, error));
    match hint {
        Some(hint) => error.hint(hint),
        None => error,
    }
}

/// What to do where something is already.
fn beside(path: &Path) -> String {
    if path.join(SKILL_FILE).symlink_metadata().is_ok() {
        "--force replaces it; -o DIR makes another".to_owned()
    } else if path == "." {
        "without -o it becomes a folder of the skill's name here".to_owned()
    } else if path.is_dir() {
        format!("to unpack into this folder: -o {}", shell_word(&path.join("NAME")))
    } else {
        "-o DIR unpacks to another place".to_owned()
    }
}

/// `./name` is `name`.
fn undotted(path: &Path) -> &Path {
    path.strip_prefix(".").ok().filter(|rest| !rest.as_os_str().is_empty()).unwrap_or(path)
}

fn show(unpacked: &Unpacked, as_json: bool) {
    let Unpacked { path, name, digest, files, bytes: size, left_out, leftover, diagnostics } = unpacked;
    let path = undotted(path);
    if let Some(leftover) = leftover {
        let message = format!("what was replaced could not be removed: {}", screen::path(leftover));
        printer::warning(&message, Some("change its permissions and remove it"));
    }
    if as_json {
        let object = json!({
            "path": path.to_string_lossy(), "name": name.as_str(), "digest": digest.to_string(),
            "files": files, "bytes": size, "left_out": left_out,
            "warnings": diagnostics.iter().map(ToString::to_string).collect::<Vec<_>>(),
        });
        printer::data(&format!("{object:#}\n"));
        return;
    }
    let mut text = format!("unpacked {} ({}, {})\n", screen::path(path), count(*files, "file"), bytes(*size));
    let _ = writeln!(text, "digest  {digest}");
    for left in left_out {
        text.push_str(&wrapped("left out  ", &escaped(left)));
    }
    for diagnostic in diagnostics {
        text.push_str(&wrapped("check     ", &escaped(&diagnostic.to_string())));
    }
    let word = shell_word(path);
    let steps = [
        (format!("skilled audit {word}"), "before you use it: what it could do"),
        (format!("skilled show {word}"), "what it says and needs"),
    ];
    let _ = write!(text, "\nnext:\n{}", screen::commands(&steps));
    printer::data(&text);
}

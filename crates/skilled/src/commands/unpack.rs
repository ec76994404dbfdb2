//! `skilled unpack`: an archive becomes a checked folder, or nothing.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::Args;
use serde_json::json;
use skilled_format::EntryKind;
use skilled_package::{Destination, Existing, UnpackError, UnpackOptions, Unpacked, unpack};

use crate::error::{Error, Kind, Result};
use crate::lookup::{self, Origin, Skill};
use crate::printer;
use crate::refusal;
use crate::screen::{self, bytes, count, shell_word, wrapped};
use crate::view::escaped;

const EXAMPLES: &str = "Examples:
  skilled unpack pdf.skill               # the folder has the skill's name
  skilled unpack pdf.skill --list        # what is in it; writes nothing
  skilled unpack pdf.skill -o .agents/skills/pdf

Nothing is written when the archive holds anything that must not be unpacked:
paths that lead out of the folder, links out, devices, names that collide, more
than the limits. Every reason is said.

Exit codes: 0 unpacked or listed; 1 refused, or it could not be written; 2
usage, or the folder is there already.";

#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct UnpackArgs {
    /// The archive: .skill, zip, tar or tar.gz
    #[arg(value_name = "FILE")]
    file: PathBuf,
    /// Make this folder [default: the skill's name, in the current folder]
    #[arg(short, long, value_name = "DIR")]
    output: Option<PathBuf>,
    /// Replace the folder when it is there and holds a skill
    #[arg(long)]
    force: bool,
    /// Say what is in the archive, and write nothing
    #[arg(long, conflicts_with_all = ["output", "force"])]
    list: bool,
    /// Print one JSON object
    #[arg(long)]
    json: bool,
}

pub(crate) fn run(args: &UnpackArgs) -> Result<ExitCode> {
    let file = lookup::open_archive(&args.file)?;
    if args.list {
        return list(args);
    }
    let existing = if args.force { Existing::Replace } else { Existing::Refuse };
    let options = UnpackOptions { existing, ..UnpackOptions::default() };
    let destination = match &args.output {
        Some(path) => Destination::At(path),
        None => Destination::Under(Path::new(".")),
    };
    let unpacked = unpack(file, destination, &options).map_err(|error| failed(error, &args.file))?;
    show(&unpacked, args.json);
    Ok(ExitCode::SUCCESS)
}

fn failed(error: UnpackError, file: &Path) -> Error {
    let problems = error.problems();
    let (kind, hint) = match &error {
        UnpackError::Exists { .. } => {
            (Kind::Usage, Some("--force replaces it; -o DIR makes another".to_owned()))
        }
        UnpackError::NotReplaced { .. } => (Kind::Usage, Some("-o DIR unpacks to another place".to_owned())),
        UnpackError::Archive(_) | UnpackError::NotASkill(_) | UnpackError::Place { .. } => (Kind::Job, None),
    };
    let shown = screen::path(file);
    let headline = match problems.len() {
        0 => format!("{shown} was not unpacked"),
        found => format!("{shown} was not unpacked, for {}; nothing was written", count(found, "reason")),
    };
    let error = refusal::of(kind, headline, &problems, error);
    match hint {
        Some(hint) => error.hint(hint),
        None => error,
    }
}

fn show(unpacked: &Unpacked, as_json: bool) {
    let Unpacked { path, name, digest, files, bytes: size, left_out, leftover, diagnostics } = unpacked;
    let path = path.strip_prefix(".").unwrap_or(path);
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

/// What is in the archive.
fn list(args: &UnpackArgs) -> Result<ExitCode> {
    // The file is there: what is wrong is in it.
    let skill = Skill::find(&args.file).map_err(|error| error.with_kind(Kind::Job))?;
    let Origin::Archive { sha256, .. } = &skill.origin else {
        return Err(Error::usage(format!("{} is no archive", screen::path(&args.file)))
            .hint("`skilled show` looks at folders"));
    };
    let tree = &skill.loaded.tree;
    let name = skill.loaded.reading.skill.as_ref().map(|skill| skill.name.as_str());
    if args.json {
        let file = |entry: &skilled_format::Entry| match &entry.kind {
            EntryKind::Directory => None,
            EntryKind::File { size, executable, digest } => Some(json!({
                "path": entry.path, "type": "file", "bytes": size, "executable": executable,
                "digest": digest.to_string(),
            })),
            EntryKind::Link { target } => {
                Some(json!({ "path": entry.path, "type": "link", "target": target }))
            }
        };
        let files: Vec<_> = tree.entries().iter().filter_map(file).collect();
        let object = json!({
            "name": name, "digest": tree.digest().to_string(), "sha256": sha256,
            "bytes": tree.total_size(), "files": files,
        });
        printer::data(&format!("{object:#}\n"));
        return Ok(ExitCode::SUCCESS);
    }
    let mut text = String::new();
    let mut files = 0;
    for entry in tree.entries() {
        let (size, rest) = match &entry.kind {
            EntryKind::Directory => continue,
            EntryKind::File { size, executable, .. } => {
                (bytes(*size), if *executable { "  executable".to_owned() } else { String::new() })
            }
            EntryKind::Link { target } => ("link".to_owned(), format!(" -> {}", escaped(target))),
        };
        files += 1;
        let _ = writeln!(text, "{size:>10}  {}{rest}", escaped(&entry.path));
    }
    let name = name.map_or_else(|| "a skill that does not load".to_owned(), escaped);
    let _ = writeln!(text, "\n{name}: {}, {}", count(files, "file"), bytes(tree.total_size()));
    let _ = writeln!(text, "digest  {}\nfile    {sha256}", tree.digest());
    printer::data(&text);
    Ok(ExitCode::SUCCESS)
}

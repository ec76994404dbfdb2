//! `skilled pack`: a skill as one file, the same bytes wherever and whenever it is made.

mod inputs;
mod report;

use std::collections::BTreeSet;
use std::io::{self, IsTerminal as _, Seek as _};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::{Args, ValueEnum};
use serde_json::json;
use skilled_package::{Existing, Format, PackError, Packed, Plan, Stop, pack, pack_to};

use crate::error::{Error, Kind, OrKind, Result};
use crate::screen::{self, shell_word};
use crate::{lookup, printer, refusal, signals};

/// Files with something like a secret that a hint names at most.
const NAMED: usize = 3;

const EXAMPLES: &str = "Examples:
  skilled pack skills/pdf                # pdf.skill in the current folder
  skilled pack skills/pdf --dry-run      # says what would be in it
  skilled pack skills/pdf -o dist/pdf.tar.gz
  skilled pack skills/pdf --exclude drafts/ --exclude '*.log'
  skilled pack skills/pdf -o - | sha256sum

Left out: what programs make again (caches, node_modules, virtual
environments), version control, leftovers of systems and editors, evals/,
earlier packages. Refused: links that lead out of the folder, devices, and what
looks like a secret. The check runs first; its errors stop.

Exit codes: 0 packed, or there already with the same bytes; 1 refused, or it
could not be written; 2 usage.";

#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct PackArgs {
    /// The skill's folder
    #[arg(value_name = "DIR")]
    dir: PathBuf,
    /// Write this file; `-` is standard output [default: NAME.skill in the current folder]
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
    /// The kind of archive [default: by the name of the file]
    #[arg(long, value_enum)]
    format: Option<ArchiveFormat>,
    /// Leave out more files, as in .gitignore (repeatable)
    #[arg(long, value_name = "GLOB")]
    exclude: Vec<String>,
    /// Let this file travel although something in it looks like a secret (repeatable)
    #[arg(long, value_name = "PATH")]
    allow_secret: Vec<String>,
    /// Replace a file that has another content
    #[arg(long)]
    force: bool,
    /// Say what would be packed, and write nothing
    #[arg(long)]
    dry_run: bool,
    /// Print one JSON object
    #[arg(long)]
    json: bool,
}

/// Kinds of archives.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum ArchiveFormat {
    /// A zip, as clients take skills
    Skill,
    /// The same under its usual name
    Zip,
    /// A compressed tar
    #[value(name = "tar.gz")]
    TarGz,
    /// A tar
    Tar,
}

/// Where the package goes.
enum Output {
    Standard,
    File(PathBuf),
}

/// What became of the file.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Fate {
    Written,
    Replaced,
    Unchanged,
    /// It went to standard output.
    Streamed,
}

pub(crate) fn run(args: &PackArgs) -> Result<ExitCode> {
    let format = format(args)?;
    if args.json && is_standard(args.output.as_deref()) {
        return Err(Error::usage("--json and the package cannot both go to standard output")
            .hint("give the package a file: -o FILE"));
    }
    // Only what is written to a file could be left behind.
    let is_kept = !args.dry_run && !is_standard(args.output.as_deref());
    let stop = if is_kept { signals::stopped_by_signals()? } else { Stop::default() };
    match packed(args, format, &stop) {
        Err(_) if stop.is_raised() => Ok(signals::interrupted("nothing was packed")),
        Err(error) if args.json && !error.reasons().is_empty() => {
            let object = json!({ "result": "refused", "refused": refusal::json(&error) });
            printer::data(&format!("{object:#}\n"));
            Err(error)
        }
        packed => packed.map(|()| ExitCode::SUCCESS),
    }
}

fn packed(args: &PackArgs, format: Format, stop: &Stop) -> Result<()> {
    let folder = inputs::folder(&args.dir)?;
    let warnings = inputs::check(&folder, &args.dir)?;
    let mut plan = inputs::plan(args, &folder, None, stop)?;
    let output = output(args, &plan, format);
    if let Output::File(path) = &output
        && let Some(inside) = inputs::packed_output(path, &folder, &plan)
    {
        plan = inputs::plan(args, &folder, Some(&inside), stop)?;
    }
    if args.dry_run {
        let report = report::Report { args, plan: &plan, packed: None, output: &output, warnings };
        report.show();
        return Ok(());
    }
    let (packed, fate) = match &output {
        Output::Standard => (stream(&plan, format)?, Fate::Streamed),
        Output::File(path) => write(args, &plan, path, format)?,
    };
    let report =
        report::Report { args, plan: &plan, packed: Some((&packed, fate)), output: &output, warnings };
    report.show();
    Ok(())
}

fn is_standard(output: Option<&Path>) -> bool {
    output.is_some_and(|path| path == "-")
}

/// The kind that was asked for, or that of the file's name.
fn format(args: &PackArgs) -> Result<Format> {
    if let Some(format) = args.format {
        return Ok(match format {
            ArchiveFormat::Skill | ArchiveFormat::Zip => Format::Zip,
            ArchiveFormat::TarGz => Format::TarGz,
            ArchiveFormat::Tar => Format::Tar,
        });
    }
    let Some(path) = args.output.as_deref().filter(|path| !is_standard(Some(path))) else {
        return Ok(Format::Zip);
    };
    let name = path.to_string_lossy().to_lowercase();
    if path.is_dir() || name.ends_with('/') {
        let file = shell_word(&path.join("NAME.skill"));
        return Err(Error::usage(format!("{} is a folder, and the package a file", screen::path(path)))
            .hint(format!("name the file: -o {file}")));
    }
    let ends = |endings: &[&str]| endings.iter().any(|ending| name.ends_with(ending));
    match () {
        () if ends(&[".skill", ".zip"]) => Ok(Format::Zip),
        () if ends(&[".tar.gz", ".tgz"]) => Ok(Format::TarGz),
        () if ends(&[".tar"]) => Ok(Format::Tar),
        () => Err(Error::usage(format!("the name {} does not tell the kind of archive", screen::path(path)))
            .hint("end it with .skill, .zip, .tar.gz or .tar, or add --format")),
    }
}

fn output(args: &PackArgs, plan: &Plan, format: Format) -> Output {
    match &args.output {
        Some(path) if is_standard(Some(path)) => Output::Standard,
        Some(path) => Output::File(path.clone()),
        None => {
            let ending = match (args.format, format) {
                (Some(ArchiveFormat::Zip), _) => "zip",
                (_, Format::Zip) => "skill",
                (_, Format::TarGz) => "tar.gz",
                (_, Format::Tar) => "tar",
            };
            Output::File(PathBuf::from(format!("{}.{ending}", plan.name())))
        }
    }
}

/// Writes the package to standard output, once it is complete.
fn stream(plan: &Plan, format: Format) -> Result<Packed> {
    if io::stdout().is_terminal() {
        return Err(
            Error::usage("the package is not written to a terminal").hint("redirect it, or give -o FILE")
        );
    }
    let mut file = tempfile::tempfile().or_kind(Kind::Job)?;
    let packed = pack(plan, &mut file, format).map_err(failed)?;
    file.rewind().or_kind(Kind::Job)?;
    match io::copy(&mut file, &mut io::stdout().lock()) {
        Ok(_) => Ok(packed),
        Err(error) => Err(error).or_kind_in(Kind::Job, || "cannot write to standard output".to_owned()),
    }
}

fn write(args: &PackArgs, plan: &Plan, path: &Path, format: Format) -> Result<(Packed, Fate)> {
    match path.symlink_metadata() {
        Ok(_) => over(args, plan, path, format),
        Err(_) => Ok((pack_to(plan, path, format, Existing::Refuse).map_err(failed)?, Fate::Written)),
    }
}

/// Writes where something is already. The same bytes are left as they are.
fn over(args: &PackArgs, plan: &Plan, path: &Path, format: Format) -> Result<(Packed, Fate)> {
    let shown = screen::path(path);
    if !path.is_file() {
        return Err(
            Error::usage(format!("{shown} is there already and is no file")).hint("name a file: -o FILE")
        );
    }
    let packed = pack(plan, tempfile::tempfile().or_kind(Kind::Job)?, format).map_err(failed)?;
    let there = lookup::open_archive(path)?;
    let size = there.metadata().or_kind(Kind::Job)?.len();
    if size == packed.bytes {
        let cannot = || format!("cannot read {shown}");
        let there = lookup::sha256_of(there, size).or_kind_in(Kind::Job, cannot)?;
        if there == packed.archive_sha256.to_string() {
            return Ok((packed, Fate::Unchanged));
        }
    }
    if !args.force {
        let error = Error::usage(format!("{shown} is there already with another content"));
        return Err(error.hint("--force replaces it; -o FILE writes another").hint(format!(
            "what would change: skilled diff {} {}",
            shell_word(path),
            shell_word(&args.dir)
        )));
    }
    Ok((pack_to(plan, path, format, Existing::Replace).map_err(failed)?, Fate::Replaced))
}

/// A package that could not be made, with every reason.
pub(super) fn failed(error: PackError) -> Error {
    let problems = error.problems();
    let kind = match error {
        PackError::Pattern { .. } | PackError::Exists { .. } | PackError::Folder(_) => Kind::Usage,
        PackError::Refused(_)
        | PackError::Changed { .. }
        | PackError::Read { .. }
        | PackError::Write(_)
        | PackError::Place { .. }
        | PackError::Unreadable(_)
        | PackError::Stopped => Kind::Job,
    };
    let headline = match problems.len() {
        0 => "nothing was packed".to_owned(),
        found => format!("nothing was packed, for {}", screen::count(found, "reason")),
    };
    let secrets = problems.iter().filter(|problem| problem.code == "package-secret");
    let files: BTreeSet<String> = secrets.map(|found| found.path.clone()).collect();
    let error = refusal::counted(refusal::of(kind, headline, &problems, error));
    if files.is_empty() {
        return error;
    }
    let allow = |path: &String| format!("--allow-secret {}", shell_word(Path::new(path)));
    let flags: Vec<String> = files.iter().take(NAMED).map(allow).collect();
    let more = if files.len() > NAMED { " …" } else { "" };
    error.hint(format!("what is no secret may travel: {}{more}", flags.join(" ")))
}

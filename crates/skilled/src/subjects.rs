//! The skills that a command looks at: in folders, and in archives that are laid out for it.

use std::collections::BTreeMap;
use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};

use rustix::fs::{Mode, OFlags};
use skilled_format::{Folder, Limits};
use skilled_lint::search::Target;
use skilled_package::Problem;
use skilled_report::{Level, Rule};
use tempfile::TempDir;

/// Largest file that is shown in a finding, in bytes.
const SHOWN_FILE: u64 = 1 << 20;

/// An archive that is not opened, or a folder that cannot be read, as a finding.
pub(crate) static UNREADABLE: Rule = Rule {
    code: "unreadable-package",
    severity: "error",
    level: Level::Error,
    title: "the archive or folder cannot be opened",
    why: "What is refused here could write outside of its folder, exhaust the machine, or mean different things to \
          different programs; or it is damaged. Nothing in it was looked at.",
    help: "Make the archive again with `skilled pack`, or correct the permissions.",
    tags: &[],
    bad: &[],
    good: &[],
};

/// What is at a target.
pub(crate) struct Opened {
    pub(crate) subjects: Vec<Subject>,
    /// Where an archive was laid out; removed with this.
    _staging: Option<TempDir>,
}

/// A skill to be looked at.
pub(crate) struct Subject {
    /// Its path as the user knows it.
    pub(crate) path: String,
    pub(crate) folder: Folder,
}

/// A target that was not opened.
pub(crate) struct Refused {
    /// Its path as the user knows it.
    pub(crate) path: String,
    /// Why: at least one reason.
    pub(crate) problems: Vec<Problem>,
}

/// Opens what was found.
pub(crate) fn open(target: &Target) -> Result<Opened, Refused> {
    match target {
        Target::Skill(path) => {
            let shown = shown(path);
            match Folder::open(path, &Limits::default()) {
                Ok(folder) => Ok(Opened { subjects: vec![Subject { path: shown, folder }], _staging: None }),
                Err(error) => Err(refused(shown, &error)),
            }
        }
        Target::Archive(path) => open_archive(path),
    }
}

fn open_archive(path: &Path) -> Result<Opened, Refused> {
    let shown = shown(path);
    let staging = tempfile::tempdir().map_err(|error| refused(shown.clone(), &error))?;
    let file = regular_file(path).map_err(|error| refused(shown.clone(), &error))?;
    let limits = skilled_package::Limits::default();
    let opened = skilled_package::open(file, staging.path(), &limits).map_err(|error| {
        let problems = error.problems();
        if problems.is_empty() {
            refused(shown.clone(), &error)
        } else {
            Refused { path: shown.clone(), problems }
        }
    })?;
    if opened.skills.is_empty() {
        let problem = problem("there is no SKILL.md in the archive");
        return Err(Refused { path: shown, problems: vec![problem] });
    }
    let mut subjects = Vec::new();
    for skill in opened.skills {
        let path = joined(&shown, &skill.inner);
        match Folder::open(&skill.folder, &Limits::default()) {
            Ok(folder) => subjects.push(Subject { path, folder }),
            Err(error) => return Err(refused(path, &error)),
        }
    }
    Ok(Opened { subjects, _staging: Some(staging) })
}

/// Opens a file without waiting for somebody to write to it, as a pipe or a device would.
fn regular_file(path: &Path) -> io::Result<File> {
    let flags = OFlags::RDONLY | OFlags::CLOEXEC | OFlags::NONBLOCK | OFlags::NOCTTY;
    let file = File::from(rustix::fs::open(path, flags, Mode::empty())?);
    if !file.metadata()?.is_file() {
        return Err(io::Error::new(io::ErrorKind::InvalidInput, "it is not a regular file"));
    }
    Ok(file)
}

fn refused(path: String, error: &dyn std::error::Error) -> Refused {
    let mut message = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        message = format!("{message}: {error}");
        cause = error.source();
    }
    Refused { path, problems: vec![problem(&message)] }
}

fn problem(message: &str) -> Problem {
    let message = skilled_format::printable(message);
    Problem {
        code: UNREADABLE.code,
        path: String::new(),
        line: None,
        message,
        help: UNREADABLE.help.to_owned(),
    }
}

impl Refused {
    /// The reasons, each with the place that it is about.
    pub(crate) fn messages(&self) -> impl Iterator<Item = (String, &str)> {
        self.problems.iter().map(|problem| {
            let place = if problem.path.is_empty() { String::new() } else { format!("{}: ", problem.path) };
            (format!("{place}{}", problem.message), problem.help.as_str())
        })
    }
}

impl Subject {
    /// The texts of `files`, as far as they are text and not too large: the places of findings are shown in them.
    pub(crate) fn sources<'a>(&self, files: impl IntoIterator<Item = &'a str>) -> BTreeMap<String, String> {
        let mut sources = BTreeMap::new();
        for file in files {
            if !sources.contains_key(file)
                && let Some(text) = self.source(file)
            {
                sources.insert(file.to_owned(), text);
            }
        }
        sources
    }

    fn source(&self, file: &str) -> Option<String> {
        let bytes = if file == skilled_format::SKILL_FILE {
            // May be a link inside of the folder.
            self.folder.skill_file().ok()?
        } else {
            self.folder.read(file, SHOWN_FILE).ok().filter(|content| !content.cut)?.bytes
        };
        String::from_utf8(bytes).ok()
    }
}

/// A path as it is shown: what is not UTF-8 is replaced.
fn shown(path: &Path) -> String {
    let shown = path.to_string_lossy();
    let trimmed = shown.strip_prefix("./").filter(|rest| !rest.is_empty()).unwrap_or(&shown);
    if trimmed.len() > 1 { trimmed.trim_end_matches('/').to_owned() } else { trimmed.to_owned() }
}

/// The path of a file in a skill as the user knows it.
pub(crate) fn joined(skill: &str, file: &str) -> String {
    match (skill, file) {
        (_, "") => skill.to_owned(),
        ("." | "", _) => file.to_owned(),
        _ => format!("{}/{file}", skill.trim_end_matches('/')),
    }
}

/// The same for programs that take paths.
pub(crate) fn real(target: &Target) -> Option<PathBuf> {
    match target {
        Target::Skill(path) | Target::Archive(path) => path.canonicalize().ok(),
    }
}

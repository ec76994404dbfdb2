//! The one skill that an argument means: a folder, its SKILL.md, an archive, or a name.

use std::fmt::Write as _;
use std::fs::{self, File};
use std::io::{self, Seek as _};
use std::path::{Path, PathBuf};

use rustix::fs::{Mode, OFlags};
use sha2::{Digest as _, Sha256};
use skilled_format::{Code, Diagnostic, Folder, Limits, LoadedDir, SKILL_FILE, load_dir};
use skilled_package::{Opened, OpenedSkill};
use skilled_registry::{Located, Scope, Search};

use crate::env;
use crate::error::{Error, Kind, OrKind, Result};
use crate::refusal;
use crate::scratch::Scratch;
use crate::screen::{self, quoted};

/// The code of a file that is no archive, see docs/packages.md.
const NO_ARCHIVE: &str = "archive-unknown-format";
/// Names that an error lists at most.
const LISTED: usize = 5;

/// A skill that a command looks at.
pub(crate) struct Skill {
    pub(crate) origin: Origin,
    /// For reading its files.
    pub(crate) folder: Folder,
    /// What it says and what is in it.
    pub(crate) loaded: LoadedDir,
    /// Where an archive was laid out; removed with this.
    _staging: Option<Scratch>,
}

/// Where a skill was found.
#[derive(Debug, Clone)]
pub(crate) enum Origin {
    /// In a folder that was named by its path.
    Folder { path: PathBuf },
    /// By its name; `shadowed` have the same and come later.
    Scope { path: PathBuf, scope: Scope, shadowed: Vec<PathBuf> },
    /// In an archive.
    Archive {
        path: PathBuf,
        /// SHA-256 of the file, as `sha256:` and hexadecimal digits.
        sha256: String,
        /// The folder in the archive; empty for its root.
        inner: String,
    },
}

impl Origin {
    /// The folder or archive, as the user knows it.
    pub(crate) fn path(&self) -> &Path {
        match self {
            Self::Folder { path } | Self::Scope { path, .. } | Self::Archive { path, .. } => path,
        }
    }
}

impl Skill {
    /// Finds the skill that `what` means and reads its files.
    pub(crate) fn find(what: &Path) -> Result<Self> {
        match fs::metadata(what) {
            Ok(found) if found.is_dir() && has_skill_file(what).map_err(|error| denied(what, error))? => {
                Self::in_folder(what.to_owned())
            }
            Ok(found) if found.is_file() && what.file_name().is_some_and(|name| name == SKILL_FILE) => {
                let parent =
                    what.parent().filter(|parent| *parent != Path::new("")).unwrap_or(Path::new("."));
                Self::in_folder(parent.to_owned())
            }
            Ok(found) if found.is_file() => Self::in_archive(what.to_owned()),
            Ok(found) if found.is_dir() => match name_in(what).map(Self::by_name) {
                Some(Ok(skill)) => Ok(skill),
                Some(Err(_)) | None => Err(no_skill_in(what)),
            },
            Ok(_) => Err(Error::usage(format!("{} is neither a folder nor a file", screen::path(what)))
                .hint("name the skill's folder, its SKILL.md, an archive of it, or a skill's name")),
            Err(error) if error.kind() == io::ErrorKind::NotFound => match name_in(what) {
                Some(name) => Self::by_name(name),
                None => Err(Error::usage(format!("there is no {}", screen::path(what)))
                    .hint("check the path, or give the name of an installed skill")),
            },
            Err(error) => Err(denied(what, error)),
        }
    }

    /// What of the folder is missing here: files that could not be read or are beyond the limits.
    pub(crate) fn gaps(&self) -> impl Iterator<Item = &Diagnostic> {
        let is_gap = |finding: &&Diagnostic| {
            matches!(
                finding.code,
                Code::TreeTooLarge | Code::Unreadable | Code::SpecialFile | Code::PathNotUtf8
            )
        };
        self.loaded.diagnostics.iter().filter(is_gap)
    }

    fn in_folder(path: PathBuf) -> Result<Self> {
        Self::open(&path.clone(), Origin::Folder { path }, None)
    }

    fn open(folder: &Path, origin: Origin, staging: Option<Scratch>) -> Result<Self> {
        // `.` and `..` are the folder's name only for the shell.
        let resolved = match folder.file_name() {
            Some(_) => folder.to_owned(),
            None => folder.canonicalize().or_kind(Kind::Usage)?,
        };
        let limits = Limits::default();
        let loaded = load_dir(&resolved, &limits).map_err(|error| unopened(&resolved, error))?;
        let folder = Folder::open(&resolved, &limits).map_err(|error| unopened(&resolved, error))?;
        Ok(Self { origin, folder, loaded, _staging: staging })
    }

    fn in_archive(path: PathBuf) -> Result<Self> {
        let shown = screen::path(&path);
        let cannot = || format!("cannot look into {shown}");
        let mut file = open_archive(&path)?;
        let staging = Scratch::new()?;
        let limits = skilled_package::Limits::default();
        let Opened { skills, .. } =
            skilled_package::open(&mut file, staging.path(), &limits).map_err(|error| {
                let problems = error.problems();
                let is_archive = problems.iter().all(|problem| problem.code != NO_ARCHIVE);
                let error = refusal::of(Kind::Usage, cannot(), &problems, error);
                if is_archive { error } else { error.hint("to look at a skill, name its folder") }
            })?;
        let OpenedSkill { folder, inner } = only_skill(skills, &shown)?;
        // The same open file, whatever has the name by now.
        let sha256 = file
            .rewind()
            .and_then(|()| sha256_of(file, limits.archive_bytes))
            .or_kind_in(Kind::Usage, cannot)?;
        Self::open(&folder, Origin::Archive { path, sha256, inner }, Some(staging))
    }

    fn by_name(name: &str) -> Result<Self> {
        let scopes = scopes()?;
        let limits = skilled_registry::Limits::default();
        let Search { found, alike, diagnostics } = skilled_registry::find(name, &scopes, &limits);
        let mut found = found.into_iter();
        let Some(Located { path, scope }) = found.next() else {
            return Err(unknown_name(name, &alike, &scopes, &diagnostics));
        };
        let shadowed = found.map(|other| other.path).collect();
        Self::open(&path.clone(), Origin::Scope { path, scope, shadowed }, None)
    }
}

/// The places where skills are looked up by name.
fn scopes() -> Result<Vec<Scope>> {
    let here = env::current_dir().or_kind_in(Kind::Usage, || "there is no current folder".to_owned())?;
    let data = env::get(env::SKILLED_DATA).map(PathBuf::from);
    let data = data.or_else(|| env::xdg("DATA", ".local/share").map(|data| data.join("skilled")));
    Ok(skilled_registry::standard_scopes(&here, env::home().as_deref(), data.as_deref()))
}

/// The text, if it can be a name: one word that leads nowhere.
fn name_in(what: &Path) -> Option<&str> {
    what.to_str().filter(|name| skilled_format::MountName::new(name).is_ok())
}

/// Whether there is a SKILL.md, of whatever kind; an error when the folder may not be entered.
fn has_skill_file(folder: &Path) -> io::Result<bool> {
    match folder.join(SKILL_FILE).symlink_metadata() {
        Ok(_) => Ok(true),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
        Err(error) => Err(error),
    }
}

/// A folder that cannot be opened.
pub(crate) fn unopened(folder: &Path, error: skilled_format::Error) -> Error {
    match error {
        skilled_format::Error::Open { source, .. } => denied(folder, source),
        error @ skilled_format::Error::NotADirectory { .. } => Error::new(Kind::Usage, error),
    }
}

/// A path that the system does not let be looked at.
pub(crate) fn denied(what: &Path, error: io::Error) -> Error {
    let is_denied = error.kind() == io::ErrorKind::PermissionDenied;
    let message = format!("cannot look into {}", screen::path(what));
    let error = Error::new(Kind::Usage, anyhow::Error::from(error).context(message));
    if !is_denied {
        return error.hint("check the path");
    }
    // The deepest that can be seen is the one that may not be entered.
    let mut folders = what.ancestors().filter(|folder| !folder.as_os_str().is_empty());
    let closed = folders.find(|folder| folder.is_dir()).unwrap_or(Path::new("."));
    error.hint(format!("chmod u+rx {}, or run this as its owner", screen::shell_word(closed)))
}

/// Whether there is no SKILL.md in the folder, and one in a folder in it.
pub(crate) fn is_around_skills(folder: &Path) -> bool {
    has_skill_file(folder).is_ok_and(|there| !there) && !skills_in(folder).is_empty()
}

/// A folder without SKILL.md.
pub(crate) fn no_skill_in(folder: &Path) -> Error {
    let shown = screen::path(folder);
    let error = Error::usage(format!("{shown} is no skill: there is no {SKILL_FILE} in it"));
    match &skills_in(folder)[..] {
        [] => error.hint(format!("make one: skilled new NAME --dir {}", screen::shell_word(folder))),
        skills => {
            let names: Vec<String> = skills.iter().take(LISTED).map(|path| screen::path(path)).collect();
            let more = skills.len().saturating_sub(LISTED);
            let more = if more == 0 { String::new() } else { format!(" and {more} more") };
            error.hint(format!("name one of the skills in it: {}{more}", names.join(", ")))
        }
    }
}

/// The folders in a folder that have a SKILL.md, sorted.
fn skills_in(folder: &Path) -> Vec<PathBuf> {
    let mut inner: Vec<PathBuf> = fs::read_dir(folder)
        .into_iter()
        .flatten()
        .filter_map(|entry| Some(entry.ok()?.path()))
        .filter(|path| has_skill_file(path).is_ok_and(|there| there))
        .map(|path| path.strip_prefix(".").map_or_else(|_| path.clone(), Path::to_owned))
        .collect();
    inner.sort();
    inner
}

fn only_skill(skills: Vec<OpenedSkill>, shown: &str) -> Result<OpenedSkill> {
    let mut skills = skills.into_iter();
    match (skills.next(), skills.next()) {
        (Some(skill), None) => Ok(skill),
        (None, _) => Err(Error::usage(format!("there is no {SKILL_FILE} in {shown}"))
            .hint("`skilled pack DIR` makes an archive of a skill")),
        (Some(first), Some(second)) => {
            let rest = skills.count();
            let mut names = vec![quoted(&first.inner), quoted(&second.inner)];
            if rest > 0 {
                names.push(format!("{rest} more"));
            }
            Err(Error::usage(format!("{shown} holds several skills: {}", names.join(", ")))
                .hint("`skilled check` and `skilled audit` look at all of them")
                .hint("`skilled pack DIR` makes an archive of one skill"))
        }
    }
}

fn unknown_name(
    name: &str,
    alike: &[String],
    scopes: &[Scope],
    problems: &[skilled_registry::Diagnostic],
) -> Error {
    let mut error =
        Error::usage(format!("there is no file, folder or installed skill called {}", quoted(name)));
    if !alike.is_empty() {
        let alike: Vec<String> = alike.iter().map(|name| quoted(name)).collect();
        error = error.hint(format!("did you mean {}?", alike.join(" or ")));
    }
    for problem in problems {
        error = error.hint(crate::view::escaped(&problem.to_string()));
    }
    let there: Vec<String> =
        scopes.iter().filter(|scope| scope.path.is_dir()).map(|scope| screen::path(&scope.path)).collect();
    error = match &there[..] {
        [] => error.hint("no skills are installed here or in the home folder; name a path"),
        there => error.hint(format!("looked in {}", there.join(", "))),
    };
    error.hint("`skilled show --help` lists the places where names are looked up")
}

/// Opens a regular file to be read as an archive. Does not wait for anybody to write to a pipe.
pub(crate) fn open_archive(path: &Path) -> Result<File> {
    let shown = screen::path(path);
    let flags = OFlags::RDONLY | OFlags::CLOEXEC | OFlags::NONBLOCK;
    let opened = rustix::fs::open(path, flags, Mode::empty()).map(File::from).map_err(io::Error::from);
    let file = opened
        .or_kind_in(Kind::Usage, || format!("cannot open {shown}"))
        .map_err(|error| error.hint("check the path and its permissions"))?;
    let kind = file.metadata().or_kind_in(Kind::Usage, || format!("cannot look at {shown}"))?.file_type();
    if kind.is_file() {
        Ok(file)
    } else if kind.is_dir() {
        Err(Error::usage(format!("{shown} is a folder, not an archive"))
            .hint(format!("look at it as it is: skilled show {}", screen::shell_word(path))))
    } else {
        Err(Error::usage(format!("{shown} is no regular file"))
            .hint("an archive is read at several places; save what comes through a pipe to a file"))
    }
}

/// SHA-256 of the rest of a file, as `sha256:` and hexadecimal digits.
///
/// # Errors
///
/// Also when there are more than `most` bytes.
pub(crate) fn sha256_of(file: impl io::Read, most: u64) -> io::Result<String> {
    let mut hasher = Sha256::new();
    let read = io::copy(&mut file.take(most.saturating_add(1)), &mut HashWriter(&mut hasher))?;
    if read > most {
        let message = format!("the file has more than {most} bytes");
        return Err(io::Error::new(io::ErrorKind::FileTooLarge, message));
    }
    let mut text = String::from("sha256:");
    for byte in hasher.finalize() {
        // Writing to a string cannot fail.
        let _ = write!(text, "{byte:02x}");
    }
    Ok(text)
}

struct HashWriter<'a>(&'a mut Sha256);

impl io::Write for HashWriter<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.update(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

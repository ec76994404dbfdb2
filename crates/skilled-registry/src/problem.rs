//! What can be wrong with the paths and skills of a user.

use std::fmt;
use std::io;
use std::path::PathBuf;

use skilled_format::{MountName, NameError, SKILL_FILE, Severity};

/// Why a path that the user named gives no skill. A run should not begin without what it was asked to use.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Nothing is there.
    #[error("there is no {}: check the path of the skill", path.display())]
    Missing {
        /// The path as it was given.
        path: PathBuf,
    },
    /// It cannot be looked at.
    #[error("{} cannot be read: check its permissions", path.display())]
    Unreadable {
        /// The path as it was given.
        path: PathBuf,
        /// What the system said.
        #[source]
        source: io::Error,
    },
    /// It is a file.
    #[error("{} is not a folder: give the folder that holds SKILL.md, or a folder of such folders", path.display())]
    NotFolder {
        /// The path as it was given.
        path: PathBuf,
    },
    /// There is no skill in it.
    #[error("there is no SKILL.md in {} or its subfolders{}", path.display(), misnamed_hint(misnamed.as_ref()))]
    NoSkill {
        /// The path as it was given.
        path: PathBuf,
        /// A file whose name is SKILL.md but for upper and lower case.
        misnamed: Option<PathBuf>,
    },
    /// It is a skill that cannot be loaded.
    #[error("the skill {} cannot be loaded: {problem}", path.display())]
    NotLoadable {
        /// The path as it was given.
        path: PathBuf,
        /// Why.
        problem: NotLoadable,
    },
    /// It is a folder of skills of which none can be loaded; each has a [`Diagnostic::NotLoaded`].
    #[error("none of the skills in {} can be loaded ({count} found)", path.display())]
    NoneLoadable {
        /// The path as it was given.
        path: PathBuf,
        /// How many there are.
        count: usize,
    },
}

/// Why a skill cannot be loaded. The text holds the whole reason with its remedy.
#[derive(Debug)]
pub enum NotLoadable {
    /// Its folder cannot be read.
    Folder(skilled_format::Error),
    /// Its SKILL.md is not usable, or the folder is too large: these findings say why.
    Findings(Vec<skilled_format::Diagnostic>),
    /// Its name cannot name a folder of the sandbox.
    Name {
        /// The name.
        name: String,
        /// What is wrong with it.
        source: NameError,
    },
}

/// Something about skills that the user should know and that need not stop a run.
#[derive(Debug)]
pub enum Diagnostic {
    /// A skill in a folder of skills cannot be loaded. The others are.
    NotLoaded {
        /// Its folder.
        path: PathBuf,
        /// Why.
        problem: NotLoadable,
    },
    /// A skill is not used, as one found earlier has its name.
    Shadowed {
        /// The name.
        name: MountName,
        /// The folder of the one that is not used.
        path: PathBuf,
        /// The folder of the one that is.
        by: PathBuf,
    },
    /// A file would make its folder a skill if its name were SKILL.md.
    Misnamed {
        /// The file.
        path: PathBuf,
    },
    /// A folder could not be searched.
    Unreadable {
        /// The folder.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// The search ended before it had seen all folders.
    Unsearched {
        /// The path as the user gave it.
        path: PathBuf,
        /// The most folders that are searched.
        limit: usize,
    },
}

impl Diagnostic {
    /// Returns how much it matters: an error means that a skill is missing.
    pub const fn severity(&self) -> Severity {
        match self {
            Self::NotLoaded { .. } => Severity::Error,
            Self::Shadowed { .. }
            | Self::Misnamed { .. }
            | Self::Unreadable { .. }
            | Self::Unsearched { .. } => Severity::Warning,
        }
    }
}

impl fmt::Display for Diagnostic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotLoaded { path, problem } => {
                write!(f, "the skill {} is not loaded: {problem}", path.display())
            }
            Self::Shadowed { name, path, by } => write!(
                f,
                "the skill `{name}` of {} is not used: {} has the same name and comes first",
                path.display(),
                by.display()
            ),
            Self::Misnamed { path } => {
                write!(f, "{} is no skill: rename the file to {SKILL_FILE}", path.display())
            }
            Self::Unreadable { path, source } => {
                write!(f, "{} was not searched for skills: {source}", path.display())
            }
            Self::Unsearched { path, limit } => write!(
                f,
                "only {limit} folders of {} were searched for skills: name a folder nearer to them",
                path.display()
            ),
        }
    }
}

impl fmt::Display for NotLoadable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Folder(error) => {
                write!(f, "{error}")?;
                let mut source = std::error::Error::source(error);
                while let Some(error) = source {
                    write!(f, ": {error}")?;
                    source = error.source();
                }
                Ok(())
            }
            Self::Findings(findings) => {
                for (index, finding) in findings.iter().enumerate() {
                    let separator = if index == 0 { "" } else { "; " };
                    write!(f, "{separator}{finding} ({})", finding.help)?;
                }
                Ok(())
            }
            Self::Name { name, source } => {
                write!(f, "its name {name:?} cannot be used: {source}. Change `name` in {SKILL_FILE}")
            }
        }
    }
}

fn misnamed_hint(misnamed: Option<&PathBuf>) -> String {
    match misnamed {
        Some(path) => format!(": rename {} to {SKILL_FILE}", path.display()),
        None => format!(": a skill is a folder with a file {SKILL_FILE}"),
    }
}

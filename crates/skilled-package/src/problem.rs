//! What is wrong with a folder or a package.

use std::fmt;
use std::io;
use std::path::PathBuf;

/// One reason why a folder is not packed, or an archive not unpacked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// The kind, a stable text such as `package-secret`.
    pub code: &'static str,
    /// The path in the folder or archive, safe to print; empty for the whole.
    pub path: String,
    /// The line in the file, from 1, when there is one.
    pub line: Option<usize>,
    /// What is wrong, on one line, safe to print. Never contains a secret.
    pub message: String,
    /// What to do about it.
    pub help: String,
}

impl fmt::Display for Problem {
    /// `scripts/run.sh:3: package-secret: …`, without the help.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { code, path, line, message, .. } = self;
        match (path.is_empty(), line) {
            (true, _) => write!(f, "{code}: {message}"),
            (false, None) => write!(f, "{path}: {code}: {message}"),
            (false, Some(line)) => write!(f, "{path}:{line}: {code}: {message}"),
        }
    }
}

impl From<&skilled_archive::Problem> for Problem {
    fn from(problem: &skilled_archive::Problem) -> Self {
        Self {
            code: problem.code.as_str(),
            path: problem.entry.clone().unwrap_or_default(),
            line: None,
            message: problem.message.clone(),
            help: problem.code.help().to_owned(),
        }
    }
}

/// Why a folder was not packed.
#[derive(Debug, thiserror::Error)]
pub enum PackError {
    /// The folder cannot be looked at.
    #[error("cannot pack the folder")]
    Folder(#[source] skilled_format::Error),
    /// A pattern of [`PackOptions::exclude`](crate::PackOptions::exclude) is none.
    #[error("{pattern:?} is not a pattern; write it like `drafts/` or `*.log`")]
    Pattern {
        /// The pattern.
        pattern: String,
        /// What is wrong with it.
        #[source]
        source: globset::Error,
    },
    /// Something in the folder must not travel.
    #[error("the folder is not packed:\n{}", lines(.0))]
    Refused(Vec<Problem>),
    /// The folder changed since it was looked at. Nothing was written that could be taken for a package.
    #[error("{path} changed while the folder was packed; pack it when nothing writes to it")]
    Changed {
        /// The file, relative to the folder.
        path: String,
    },
    /// A file could be read before and cannot now.
    #[error("cannot read {path}; check its permissions")]
    Read {
        /// The file, relative to the folder.
        path: String,
        /// What the system said.
        #[source]
        source: io::Error,
    },
    /// The package cannot be written.
    #[error("cannot write the package")]
    Write(#[source] skilled_archive::WriteError),
    /// The file cannot be put where it should be.
    #[error("cannot write {}; check that the folder exists, may be written to and has space", path.display())]
    Place {
        /// The destination.
        path: PathBuf,
        /// What the system said.
        #[source]
        source: io::Error,
    },
    /// A file with this name exists.
    #[error("{} already exists; choose another name, or replace it on purpose", path.display())]
    Exists {
        /// The destination.
        path: PathBuf,
    },
    /// The finished package is one that reading would refuse.
    #[error("the package would not be unpacked again")]
    Unreadable(#[source] skilled_archive::Error),
    /// [`PackOptions::stop`](crate::PackOptions::stop) was raised.
    #[error("packing was stopped; pack again")]
    Stopped,
}

impl PackError {
    /// Stable text of the kind of error.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Folder(_) => "package-folder",
            Self::Pattern { .. } => "package-pattern",
            Self::Refused(_) => "package-refused",
            Self::Changed { .. } => "package-changed",
            Self::Read { .. } => "package-read",
            Self::Write(_) | Self::Place { .. } => "package-write",
            Self::Exists { .. } => "package-exists",
            Self::Unreadable(_) => "package-unreadable",
            Self::Stopped => "package-stopped",
        }
    }

    /// What is wrong with the content, item by item; empty for errors that are not about it.
    pub fn problems(&self) -> Vec<Problem> {
        match self {
            Self::Refused(problems) => problems.clone(),
            Self::Unreadable(error) => error.problems().iter().map(Problem::from).collect(),
            Self::Folder(_)
            | Self::Pattern { .. }
            | Self::Changed { .. }
            | Self::Read { .. }
            | Self::Write(_)
            | Self::Place { .. }
            | Self::Exists { .. }
            | Self::Stopped => Vec::new(),
        }
    }
}

/// Why an archive was not unpacked. Nothing is left of it.
#[derive(Debug, thiserror::Error)]
pub enum UnpackError {
    /// The archive cannot be read, is refused, or cannot be extracted.
    #[error("cannot unpack the archive")]
    Archive(#[source] skilled_archive::Error),
    /// The archive holds no skill, more than one, or one that does not load.
    #[error("the archive is not a package of one skill:\n{}", lines(.0))]
    NotASkill(Vec<Problem>),
    /// Something is already where the skill should go.
    #[error("{} already exists; choose another place, or replace it on purpose", path.display())]
    Exists {
        /// The destination.
        path: PathBuf,
    },
    /// What is where the skill should go is no earlier version of it, and stays.
    #[error("{} is not replaced: {what}; move it away, or choose another place", path.display())]
    NotReplaced {
        /// The destination.
        path: PathBuf,
        /// What it is.
        what: String,
    },
    /// The folder for the skill cannot be made.
    #[error("cannot write {}; check that the folder exists, may be written to and has space", path.display())]
    Place {
        /// The destination.
        path: PathBuf,
        /// What the system said.
        #[source]
        source: io::Error,
    },
    /// [`UnpackOptions::stop`](crate::UnpackOptions::stop) was raised.
    #[error("unpacking was stopped; unpack again")]
    Stopped,
}

impl UnpackError {
    /// Errors about the destination are not the archive's.
    pub(crate) fn from_archive(error: skilled_archive::Error) -> Self {
        match error {
            skilled_archive::Error::Exists { path } => Self::Exists { path },
            skilled_archive::Error::Write { path, source } => Self::Place { path, source },
            error => Self::Archive(error),
        }
    }

    /// Stable text of the kind of error.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Archive(_) => "package-archive",
            Self::NotASkill(_) => "package-not-a-skill",
            Self::Exists { .. } => "package-exists",
            Self::NotReplaced { .. } => "package-not-replaced",
            Self::Place { .. } => "package-write",
            Self::Stopped => "package-stopped",
        }
    }

    /// What is wrong with the content, item by item; empty for errors that are not about it.
    pub fn problems(&self) -> Vec<Problem> {
        match self {
            Self::Archive(error) => error.problems().iter().map(Problem::from).collect(),
            Self::NotASkill(problems) => problems.clone(),
            Self::Exists { .. } | Self::NotReplaced { .. } | Self::Place { .. } | Self::Stopped => Vec::new(),
        }
    }
}

fn lines(problems: &[Problem]) -> String {
    let lines: Vec<String> = problems.iter().map(|problem| format!("{problem}; {}", problem.help)).collect();
    lines.join("\n")
}

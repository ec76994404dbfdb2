//! Errors of the command line: what went wrong, its exit code, and what to do next.

use std::fmt;

use skilled_package::Problem;
use skilled_report::visible;

/// An error with its place among the exit codes.
#[derive(Debug)]
pub(crate) struct Error {
    kind: Kind,
    source: anyhow::Error,
    hints: Vec<String>,
    reasons: Vec<Problem>,
}

/// Who has to act. In a run, a provider that fails is no error of the program: it is the reason with which it finishes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// The job could not be done on this machine: files, disk, the run's log.
    Job,
    /// The command line or the settings are wrong.
    Usage,
    /// The model's provider.
    Provider,
    /// The sandbox.
    Sandbox,
}

impl Kind {
    /// The exit code: see the table in `docs/cli.md`.
    pub(crate) const fn code(self) -> u8 {
        match self {
            Self::Job => 1,
            Self::Usage => 2,
            Self::Provider => 3,
            Self::Sandbox => 4,
        }
    }
}

/// What commands return.
pub(crate) type Result<T> = std::result::Result<T, Error>;

impl Error {
    pub(crate) fn new(kind: Kind, source: impl Into<anyhow::Error>) -> Self {
        Self { kind, source: source.into(), hints: Vec::new(), reasons: Vec::new() }
    }

    /// An error of the user, in words.
    pub(crate) fn usage(message: impl fmt::Display) -> Self {
        Self::new(Kind::Usage, anyhow::anyhow!("{message}"))
    }

    /// An error about something that a stranger may have named: each cause on one line, nothing of it steers a terminal.
    pub(crate) fn about(kind: Kind, error: &(dyn std::error::Error + 'static)) -> Self {
        let mut lines: Vec<String> =
            anyhow::Chain::new(error).map(|cause| visible(&cause.to_string()).into_owned()).collect();
        let innermost = anyhow::Error::msg(lines.pop().unwrap_or_default());
        Self::new(kind, lines.into_iter().rev().fold(innermost, anyhow::Error::context))
    }

    /// Adds what to do next.
    pub(crate) fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hints.push(hint.into());
        self
    }

    /// Adds why a folder or an archive is refused, for programs.
    pub(crate) fn because(mut self, reasons: Vec<Problem>) -> Self {
        self.reasons = reasons;
        self
    }

    /// The same with another place among the exit codes.
    pub(crate) fn with_kind(mut self, kind: Kind) -> Self {
        self.kind = kind;
        self
    }

    /// The exit code: see the table in `docs/cli.md`.
    pub(crate) const fn code(&self) -> u8 {
        self.kind.code()
    }

    /// The message and the whole chain of causes, one line each.
    pub(crate) fn chain(&self) -> impl Iterator<Item = String> {
        self.source.chain().map(ToString::to_string)
    }

    pub(crate) fn hints(&self) -> &[String] {
        &self.hints
    }

    /// All reasons for a refusal; empty for an error that is none.
    pub(crate) fn reasons(&self) -> &[Problem] {
        &self.reasons
    }
}

/// Names the kind of a foreign error.
pub(crate) trait OrKind<T> {
    /// Turns an error into one of this kind.
    fn or_kind(self, kind: Kind) -> Result<T>;

    /// The same, with words before it.
    fn or_kind_in(self, kind: Kind, context: impl FnOnce() -> String) -> Result<T>;
}

impl<T, E: Into<anyhow::Error>> OrKind<T> for std::result::Result<T, E> {
    fn or_kind(self, kind: Kind) -> Result<T> {
        self.map_err(|error| Error::new(kind, error))
    }

    fn or_kind_in(self, kind: Kind, context: impl FnOnce() -> String) -> Result<T> {
        self.map_err(|error| Error::new(kind, error.into().context(context())))
    }
}

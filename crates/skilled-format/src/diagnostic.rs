//! What there is to say about a skill, with its place.

mod code;

use std::fmt;
use std::ops::Range;

pub use self::code::Code;

/// How much a finding matters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Severity {
    /// Worth knowing; the reference validator accepts it.
    Info,
    /// Tolerated here, but the reference validator refuses the file, or part of the folder is left out.
    Warning,
    /// The skill does not load.
    Error,
}

impl Severity {
    /// Returns `error`, `warning` or `info`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Info => "info",
            Self::Warning => "warning",
            Self::Error => "error",
        }
    }
}

impl fmt::Display for Severity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// One finding about one place of a skill.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Diagnostic {
    /// The kind of finding.
    pub code: Code,
    /// Always [`Code::severity`] of the code.
    pub severity: Severity,
    /// What is wrong here, with the offending text, on one line.
    pub message: String,
    /// What to do about it.
    pub help: &'static str,
    /// The file, relative to the skill folder, with `/` between components. `SKILL.md` for everything
    /// [`read_skill`](crate::read_skill) reports.
    pub file: String,
    /// Line in the file, from 1. A finding about the file as a whole is at line 1, column 1.
    pub line: usize,
    /// Column in characters, from 1.
    pub column: usize,
    /// Byte range in the file. Empty for a finding about the file as a whole.
    pub span: Range<usize>,
}

impl Diagnostic {
    /// A finding about a file or folder as a whole.
    pub(crate) fn about_file(code: Code, file: impl Into<String>, message: String) -> Self {
        Self {
            code,
            severity: code.severity(),
            message,
            help: code.help(),
            file: file.into(),
            line: 1,
            column: 1,
            span: 0..0,
        }
    }
}

impl fmt::Display for Diagnostic {
    /// `SKILL.md:2:7: warning[name-case]: …`, without the help.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { code, severity, message, file, line, column, .. } = self;
        write!(f, "{file}:{line}:{column}: {severity}[{code}]: {message}")
    }
}

/// Collects findings about one file and works out lines and columns.
pub(crate) struct Findings<'a> {
    text: &'a str,
    found: Vec<Diagnostic>,
}

impl<'a> Findings<'a> {
    pub(crate) fn new(text: &'a str) -> Self {
        Self { text, found: Vec::new() }
    }

    pub(crate) fn add(&mut self, code: Code, span: Range<usize>, message: impl Into<String>) {
        let before = &self.text[..span.start];
        let line_start = before.rfind('\n').map_or(0, |newline| newline + 1);
        let line = 1 + before.bytes().filter(|&byte| byte == b'\n').count();
        let column = 1 + before[line_start..].chars().count();
        let whole = Diagnostic::about_file(code, crate::SKILL_FILE, message.into());
        self.found.push(Diagnostic { line, column, span, ..whole });
    }

    /// Tells whether something at least this severe was found.
    pub(crate) fn any(&self, severity: Severity) -> bool {
        self.found.iter().any(|diagnostic| diagnostic.severity >= severity)
    }

    /// The findings in the order of the file, each once.
    pub(crate) fn finish(mut self) -> Vec<Diagnostic> {
        self.found.sort_by_key(|found| (found.span.start, found.code));
        self.found.dedup_by(|a, b| a.code == b.code && a.span.start == b.span.start);
        self.found
    }
}

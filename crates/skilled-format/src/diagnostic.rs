//! What there is to say about a skill, with its place.

mod code;

use std::fmt;
use std::ops::Range;

pub use self::code::Code;
use crate::lines::count;

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
    /// What is wrong here, on one line, safe to print. Text quoted from the file is escaped and cut where
    /// needed.
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
    pub(crate) fn about_file(code: Code, file: impl Into<String>, message: &str) -> Self {
        Self {
            code,
            severity: code.severity(),
            message: printable(message),
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
        let Self { code, severity, message, line, column, .. } = self;
        let file = printable(&self.file);
        write!(f, "{file}:{line}:{column}: {severity}[{code}]: {message}")
    }
}

/// Longest message in characters; it may quote a field of any length.
const MAX_MESSAGE: usize = 300;

/// Makes text from a file safe to print on one line: characters that people do not see, [`is_hidden`], are escaped, and
/// what is longer than 300 characters is cut.
pub fn printable(text: &str) -> String {
    if text.len() <= MAX_MESSAGE && text.bytes().all(|byte| matches!(byte, b' '..=b'~')) {
        return text.to_owned();
    }
    let mut line = String::with_capacity(text.len().min(4 * MAX_MESSAGE));
    for (count, c) in text.chars().enumerate() {
        if count == MAX_MESSAGE {
            line.push('…');
            break;
        }
        if is_hidden(c) {
            line.extend(c.escape_default());
        } else {
            line.push(c);
        }
    }
    line
}

/// Whether a character is a control, a format character (Unicode categories Cc and Cf), a separator of lines, or one of
/// those that show nothing although they are letters or marks (`Default_Ignorable_Code_Point` of the Unicode Character
/// Database). The selectors of text and emoji style (U+FE0E, U+FE0F) are left alone: honest text is full of them.
pub fn is_hidden(c: char) -> bool {
    if c.is_ascii() {
        return c.is_ascii_control();
    }
    c.is_control()
        || matches!(
            c,
            '\u{ad}'
                | '\u{34f}'
                | '\u{600}'..='\u{605}'
                | '\u{61c}'
                | '\u{6dd}'
                | '\u{70f}'
                | '\u{890}'..='\u{891}'
                | '\u{8e2}'
                | '\u{115f}'..='\u{1160}'
                | '\u{17b4}'..='\u{17b5}'
                | '\u{180b}'..='\u{180f}'
                | '\u{200b}'..='\u{200f}'
                | '\u{2028}'..='\u{202e}'
                | '\u{2060}'..='\u{206f}'
                | '\u{3164}'
                | '\u{fe00}'..='\u{fe0d}'
                | '\u{feff}'
                | '\u{ffa0}'
                | '\u{fff0}'..='\u{fffb}'
                | '\u{110bd}'
                | '\u{110cd}'
                | '\u{13430}'..='\u{1343f}'
                | '\u{1bca0}'..='\u{1bca3}'
                | '\u{1d173}'..='\u{1d17a}'
                | '\u{e0000}'..='\u{e0fff}'
        )
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

    pub(crate) fn add(&mut self, code: Code, span: Range<usize>, message: impl AsRef<str>) {
        let whole = Diagnostic::about_file(code, crate::SKILL_FILE, message.as_ref());
        self.found.push(Diagnostic { span, ..whole });
    }

    /// Tells whether something at least this severe was found.
    pub(crate) fn any(&self, severity: Severity) -> bool {
        self.found.iter().any(|diagnostic| diagnostic.severity >= severity)
    }

    /// The findings in the order of the file, each once, with their lines and columns.
    pub(crate) fn finish(mut self) -> Vec<Diagnostic> {
        self.found.sort_by_key(|found| (found.span.start, found.code));
        self.found.dedup_by(|a, b| a.code == b.code && a.span.start == b.span.start);
        let (mut offset, mut line, mut column) = (0, 1, 1);
        for found in &mut self.found {
            let between = &self.text[offset..found.span.start];
            match between.rfind('\n') {
                Some(newline) => {
                    line += count(between.as_bytes(), |byte| byte == b'\n');
                    column = 1 + between[newline + 1..].chars().count();
                }
                None => column += between.chars().count(),
            }
            offset = found.span.start;
            (found.line, found.column) = (line, column);
        }
        self.found
    }
}

//! What a check finds, and what could be done about it.

use std::ops::Range;

use skilled_format::Severity;
use skilled_report::Rule;

/// One finding about one place of a skill.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// The kind of finding.
    pub rule: &'static Rule,
    /// The severity in force: that of the rule, unless settings change it.
    pub severity: Severity,
    /// What is wrong here, on one line, safe to print.
    pub message: String,
    /// What to do about it.
    pub help: String,
    /// The file, relative to the skill folder, with `/` between components.
    pub file: String,
    /// Line, from 1. A finding about the file as a whole is at line 1, column 1, with an empty span.
    pub line: usize,
    /// Column in characters, from 1.
    pub column: usize,
    /// Byte range in the file.
    pub span: Range<usize>,
    /// A repair that cannot do harm, when there is one.
    pub fix: Option<Fix>,
}

/// A repair of one finding.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fix {
    /// Change the text of the finding's file. Edits do not overlap and are in the order of the file.
    Edit(Vec<Edit>),
    /// Let the finding's file be executed by those who may read it.
    MakeExecutable,
}

/// One change of a text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Edit {
    /// Byte range in the file.
    pub span: Range<usize>,
    /// What takes its place.
    pub replacement: String,
}

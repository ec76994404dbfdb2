//! A finding as it is shown.

use std::ops::Range;

use crate::{Level, Rule};

/// One finding about one place, ready to be shown. It borrows what checks and audits found.
#[derive(Clone, Debug)]
pub struct Finding<'a> {
    /// The kind of finding.
    pub rule: &'a Rule,
    /// Its level in force; settings may have changed that of the rule.
    pub level: Level,
    /// Its severity in force, in the words of its tool.
    pub severity: &'a str,
    /// What is wrong here, on one line, safe to print.
    pub message: &'a str,
    /// What else is said, such as `why` and `help`: label and text, safe to print.
    pub notes: &'a [(&'static str, &'a str)],
    /// The file as the user knows it: relative to the current directory where that is shorter.
    pub path: &'a str,
    /// Line, from 1. A finding about the file as a whole is at line 1, column 1, with an empty span.
    pub line: usize,
    /// Column in characters, from 1.
    pub column: usize,
    /// Byte range in the source; empty for a finding about the file as a whole.
    pub span: Range<usize>,
    /// The text of the file, when there is a place in it to be shown.
    pub source: Option<&'a str>,
}

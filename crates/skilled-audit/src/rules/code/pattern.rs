//! Expressions that are compiled when they are needed first.

use std::ops::Range;
use std::sync::OnceLock;

use regex::Regex;

/// An expression.
pub(super) struct Pattern {
    text: &'static str,
    compiled: OnceLock<Option<Regex>>,
}

impl Pattern {
    pub(super) const fn new(text: &'static str) -> Self {
        Self { text, compiled: OnceLock::new() }
    }

    /// Where it matches first. An expression that is none, which a test excludes, matches nothing.
    pub(super) fn find(&self, text: &str) -> Option<Range<usize>> {
        self.regex()?.find(text).map(|found| found.range())
    }

    pub(super) fn is_match(&self, text: &str) -> bool {
        self.regex().is_some_and(|regex| regex.is_match(text))
    }

    fn regex(&self) -> Option<&Regex> {
        self.compiled.get_or_init(|| Regex::new(self.text).ok()).as_ref()
    }

    #[cfg(test)]
    pub(super) fn error(&self) -> Option<String> {
        Regex::new(self.text).err().map(|error| error.to_string())
    }
}

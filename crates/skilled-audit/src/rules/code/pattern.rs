//! Expressions that are compiled when they are needed first.

use std::ops::Range;
use std::sync::OnceLock;

use regex::Regex;

/// Most matches of one expression in one text that are looked at.
const MATCHES: usize = 200;

/// An expression.
pub(super) struct Pattern {
    text: &'static str,
    compiled: OnceLock<Option<Regex>>,
}

impl Pattern {
    pub(super) const fn new(text: &'static str) -> Self {
        Self { text, compiled: OnceLock::new() }
    }

    /// Where it matches. An expression that is none, which a test excludes, matches nothing.
    pub(super) fn all(&self, text: &str) -> Vec<Range<usize>> {
        let found = self.regex().map(|regex| regex.find_iter(text).take(MATCHES).map(|found| found.range()));
        found.into_iter().flatten().collect()
    }

    /// What its groups are, match by match; a group that is not there is `None`.
    pub(super) fn groups(&self, text: &str) -> Vec<Vec<Option<Range<usize>>>> {
        let Some(regex) = self.regex() else { return Vec::new() };
        let found = regex.captures_iter(text).take(STATEMENTS);
        found.map(|of| of.iter().map(|group| group.map(|group| group.range())).collect()).collect()
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

/// Most statements of one form in one text that are looked at.
const STATEMENTS: usize = 5000;

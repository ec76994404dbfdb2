//! Expressions that cost nothing where they cannot match.
//!
//! The rules have some five hundred expressions, and a skill has a few kilobytes. What an expression needs in a text is worked
//! out from it ([`needs`]), a text says in one pass what it may contain ([`Grams`]), and only an expression whose needs are
//! met is compiled.

mod grams;
mod needs;

use std::ops::Range;
use std::sync::OnceLock;

use regex::bytes::{Captures, Regex, RegexBuilder};

pub(crate) use self::grams::Grams;
use self::needs::Needs;

/// Largest automaton of an expression, in bytes.
const SIZE: usize = 16 << 20;

/// An expression over text.
///
/// Classes such as `\w` and `.` are those of ASCII and stand for bytes, which compiles in a tenth of the time; an expression
/// in a script other than Latin is one over characters. What is found starts and ends at the border of a character.
pub(crate) struct Pattern {
    text: &'static str,
    /// Makes the expression of its text.
    expand: fn(&str) -> String,
    needs: OnceLock<Needs>,
    compiled: OnceLock<Option<Regex>>,
}

/// A stretch of a text that an expression matches.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Found<'t> {
    text: &'t str,
    start: usize,
    end: usize,
}

/// What the groups of an expression match.
pub(crate) struct Groups<'t> {
    text: &'t str,
    groups: Captures<'t>,
}

impl<'t> Found<'t> {
    fn new(text: &'t str, range: Range<usize>) -> Self {
        Self { text, start: text.floor_char_boundary(range.start), end: text.ceil_char_boundary(range.end) }
    }

    pub(crate) fn start(&self) -> usize {
        self.start
    }

    pub(crate) fn end(&self) -> usize {
        self.end
    }

    pub(crate) fn range(&self) -> Range<usize> {
        self.start..self.end
    }

    pub(crate) fn len(&self) -> usize {
        self.end - self.start
    }

    pub(crate) fn as_str(&self) -> &'t str {
        &self.text[self.start..self.end]
    }
}

impl<'t> Groups<'t> {
    pub(crate) fn get(&self, group: usize) -> Option<Found<'t>> {
        self.groups.get(group).map(|found| Found::new(self.text, found.range()))
    }

    pub(crate) fn name(&self, group: &str) -> Option<Found<'t>> {
        self.groups.name(group).map(|found| Found::new(self.text, found.range()))
    }

    /// How many groups there are, with the whole match.
    pub(crate) fn len(&self) -> usize {
        self.groups.len()
    }
}

impl Pattern {
    pub(crate) const fn new(text: &'static str) -> Self {
        Self::expanded(text, str::to_owned)
    }

    /// An expression that is made of `text` when it is needed.
    pub(crate) const fn expanded(text: &'static str, expand: fn(&str) -> String) -> Self {
        Self { text, expand, needs: OnceLock::new(), compiled: OnceLock::new() }
    }

    /// Whether it can match in a text with these grams at all.
    pub(crate) fn may_match(&self, grams: &Grams) -> bool {
        self.needs().met(grams)
    }

    pub(crate) fn is_match(&self, text: &str) -> bool {
        self.regex_for(text).is_some_and(|regex| regex.is_match(text.as_bytes()))
    }

    pub(crate) fn find<'t>(&self, text: &'t str) -> Option<Found<'t>> {
        self.find_at(text, 0)
    }

    /// The first match that starts at `at` or later.
    pub(crate) fn find_at<'t>(&self, text: &'t str, at: usize) -> Option<Found<'t>> {
        let found = self.regex_for(text)?.find_at(text.as_bytes(), at)?;
        Some(Found::new(text, found.range()))
    }

    pub(crate) fn find_iter<'t>(&self, text: &'t str) -> impl Iterator<Item = Found<'t>> {
        let all = self.regex_for(text).map(|regex| regex.find_iter(text.as_bytes()));
        all.into_iter().flatten().map(|found| Found::new(text, found.range()))
    }

    pub(crate) fn captures<'t>(&self, text: &'t str) -> Option<Groups<'t>> {
        let groups = self.regex_for(text)?.captures(text.as_bytes())?;
        Some(Groups { text, groups })
    }

    pub(crate) fn captures_iter<'t>(&self, text: &'t str) -> impl Iterator<Item = Groups<'t>> {
        let all = self.regex_for(text).map(|regex| regex.captures_iter(text.as_bytes()));
        all.into_iter().flatten().map(move |groups| Groups { text, groups })
    }

    /// Where it matches, at most [`MATCHES`] times.
    pub(crate) fn all(&self, text: &str) -> Vec<Range<usize>> {
        self.find_iter(text).take(MATCHES).map(|found| found.range()).collect()
    }

    /// What its groups are, match by match; a group that is not there is `None`.
    pub(crate) fn groups(&self, text: &str) -> Vec<Vec<Option<Range<usize>>>> {
        let of_one = |groups: Groups<'_>| {
            (0..groups.len()).map(|group| groups.get(group).map(|found| found.range())).collect()
        };
        self.captures_iter(text).take(STATEMENTS).map(of_one).collect()
    }

    /// The expression, unless it is plain that it does not match. One that is none, which a test excludes, matches nothing.
    fn regex_for(&self, text: &str) -> Option<&Regex> {
        if let Some(compiled) = self.compiled.get() {
            return compiled.as_ref();
        }
        if !self.needs().found_in(text) {
            return None;
        }
        self.compiled.get_or_init(|| self.compile().ok()).as_ref()
    }

    fn needs(&self) -> &Needs {
        self.needs.get_or_init(|| Needs::of(&(self.expand)(self.text)))
    }

    fn compile(&self) -> Result<Regex, regex::Error> {
        let text = (self.expand)(self.text);
        RegexBuilder::new(&text).unicode(is_wide(&text)).size_limit(SIZE).build()
    }

    /// Why it is no expression.
    #[cfg(test)]
    pub(crate) fn error(&self) -> Option<String> {
        self.compile().err().map(|error| format!("{}: {error}", self.text))
    }
}

/// Whether an expression has to be one over characters: it speaks of scripts whose letters take several bytes, or has a
/// class with a letter that does.
fn is_wide(text: &str) -> bool {
    let mut class = false;
    text.chars().any(|c| {
        match c {
            '[' => class = true,
            ']' => class = false,
            _ => {}
        }
        c >= '\u{370}' || class && !c.is_ascii()
    })
}

/// Most matches of one expression in one text that are looked at.
const MATCHES: usize = 200;
/// Most statements of one form in one text that are looked at.
const STATEMENTS: usize = 5000;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_found_ends_at_the_border_of_a_character() {
        let pattern = Pattern::new("a.");
        assert_eq!(pattern.find("xaéy").map(|found| found.as_str()), Some("aé"));
        assert_eq!(Pattern::new(".y").find("aéy").map(|found| found.as_str()), Some("éy"));
        assert_eq!(Pattern::new("[é]y").find("aéy").map(|found| found.range()), Some(1..4));
    }

    #[test]
    fn an_expression_is_compiled_only_where_it_may_match() {
        let pattern = Pattern::new(r"\bcurl\s+-d|wget");
        assert!(!pattern.is_match("nothing of the kind") && pattern.compiled.get().is_none());
        assert!(pattern.is_match("curl -d x") && pattern.compiled.get().is_some());
    }
}

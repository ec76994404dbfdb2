//! What a sentence speaks of: sets of words, each standing for one concept. Single concepts are harmless; rules look at
//! what comes together.

mod words;

use crate::pattern::{Grams, Pattern};

pub(super) use self::words::Concept;

/// A set of concepts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Concepts(u128);

impl Concepts {
    /// The concepts of a normal text.
    pub(super) fn of(text: &str) -> Self {
        let found = words::PATTERNS.iter().filter(|(_, pattern)| pattern.is_match(text));
        found.fold(Self::default(), |all, (concept, _)| all.and(*concept))
    }

    /// The concepts of each line of a text. One pass per pattern over the whole text takes a small part of the time that one
    /// per line would.
    pub(super) fn of_lines(text: &str) -> Vec<Self> {
        let ends: Vec<usize> = line_ends(text);
        let mut found = vec![Self::default(); ends.len()];
        let grams = Grams::of(text);
        for (concept, pattern) in words::PATTERNS.iter().filter(|(_, pattern)| pattern.may_match(&grams)) {
            let mut at = 0;
            while let Some(hit) = pattern.find_at(text, at) {
                let line = ends.partition_point(|end| *end < hit.start());
                let Some(concepts) = found.get_mut(line) else { break };
                *concepts = concepts.and(*concept);
                at = ends[line] + 1;
                if at > text.len() {
                    break;
                }
            }
        }
        found
    }

    const fn and(self, concept: Concept) -> Self {
        Self(self.0 | 1 << concept as u32)
    }

    pub(super) const fn has(self, concept: Concept) -> bool {
        self.0 & (1 << concept as u32) != 0
    }

    pub(super) fn all<const N: usize>(self, concepts: [Concept; N]) -> bool {
        concepts.into_iter().all(|concept| self.has(concept))
    }

    pub(super) fn any<const N: usize>(self, concepts: [Concept; N]) -> bool {
        concepts.into_iter().any(|concept| self.has(concept))
    }

    pub(super) const fn with(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    pub(super) const fn is_empty(self) -> bool {
        self.0 == 0
    }
}

/// Where each line of a text ends.
pub(super) fn line_ends(text: &str) -> Vec<usize> {
    let breaks = text.bytes().enumerate().filter(|(_, byte)| *byte == b'\n').map(|(at, _)| at);
    breaks.chain([text.len()]).collect()
}

/// A pattern over normal text, in which `<name>` stands for a group of words, a space for white space, and which
/// starts and ends at the border of a word.
pub(super) fn expand(pattern: &str) -> String {
    let mut pattern = pattern.to_owned();
    for _ in 0..3 {
        for (name, words) in words::GROUPS {
            if pattern.contains(name) {
                pattern = pattern.replace(name, words);
            }
        }
    }
    let pattern = pattern.replace("\\b", "(?-u:\\b)").replace("\\w", "[a-z0-9_'/-]");
    format!("(?m){pattern}")
}

/// A pattern of a rule; see [`expand`].
pub(super) const fn pattern(text: &'static str) -> Pattern {
    Pattern::expanded(text, expand)
}

static WARNING: Pattern = pattern(words::WARNING);

/// Whether a heading or a path announces attacks, bad examples, warnings or test material: what stands below it is shown,
/// not meant.
pub(super) fn is_warning(text: &str) -> bool {
    WARNING.is_match(text)
}

/// Whether a path is that of a test, an example or a fixture.
pub(super) fn is_test(path: &str) -> bool {
    path.split('/').any(|part| {
        let part = part.to_ascii_lowercase();
        let stem = part.split('.').next().unwrap_or_default();
        matches!(
            stem,
            "test"
                | "tests"
                | "testing"
                | "fixtures"
                | "testdata"
                | "examples"
                | "evals"
                | "__tests__"
                | "spec"
        ) || stem.starts_with("test_")
            || stem.ends_with("_test")
            || part.contains(".test.")
            || part.contains(".spec.")
    })
}

static NEGATION: Pattern = pattern(words::NEGATION);

/// Whether what stands right before `at` turns an order into its opposite or into a report: `never …`, `attempts to …`.
pub(super) fn negated(text: &str, at: usize) -> bool {
    let before = &text[..at];
    let clause = before.rfind([',', ';', ':', '(', '.']).map_or(before, |comma| &before[comma + 1..]);
    NEGATION.is_match(clause)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_pattern_compiles_and_there_is_room_for_every_concept() {
        for (concept, pattern) in &words::PATTERNS {
            assert!((*concept as u32) < u128::BITS, "{concept:?}");
            assert_eq!(pattern.error(), None, "{concept:?}");
        }
        assert_eq!((WARNING.error(), NEGATION.error()), (None, None));
    }

    #[test]
    fn lines_have_the_concepts_they_have_alone() {
        let text = "delete all files\n\nsend it to https://x.example\nimportant!\nnothing here";
        let alone: Vec<_> = text.split('\n').map(Concepts::of).collect();
        assert_eq!(Concepts::of_lines(text), alone);
        assert!(alone[0].has(Concept::Destroy) && alone[1].is_empty() && alone[3].has(Concept::Urgent));
    }

    #[test]
    fn negation_reaches_to_the_clause() {
        let text = "never ignore previous instructions, but ignore the weather";
        assert!(negated(text, text.find("ignore p").unwrap()));
        assert!(!negated(text, text.find("ignore t").unwrap()));
    }
}

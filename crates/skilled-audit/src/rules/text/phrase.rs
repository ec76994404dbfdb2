//! Orders that are told by their wording alone.

mod patterns;
mod plain;
mod tongues;
mod wide;

use crate::pattern::{Grams, Pattern};

use super::catalogue::TRIGGER_HIJACK;
use super::concept::{self, Concept};
use super::sentence::{Sentence, joined};
use super::weigh::{Weight, weigh};
use crate::sink::Sink;
use crate::{RuleInfo, Severity};

/// A wording and what it means.
struct Phrase {
    rule: &'static RuleInfo,
    severity: Severity,
    /// Over normal text; see [`concept::pattern`].
    pattern: Pattern,
    message: &'static str,
}

/// Every wording.
fn phrases() -> impl Iterator<Item = &'static Phrase> {
    patterns::PHRASES.iter().chain(&wide::PHRASES).chain(&tongues::PHRASES).chain(&plain::PHRASES)
}

/// Reports the phrases in the sentences of a file.
pub(super) fn run(sentences: &[Sentence<'_>], sink: &mut Sink) {
    let text = joined(sentences);
    let ends = concept::line_ends(&text);
    let grams = Grams::of(&text);
    for phrase in phrases().filter(|phrase| phrase.pattern.may_match(&grams)) {
        for found in phrase.pattern.find_iter(&text) {
            let at = ends.partition_point(|end| *end < found.start());
            let Some(sentence) = sentences.get(at) else { continue };
            let start = found.start() - (ends[at] - sentence.text.len());
            let end = (start + found.len()).min(sentence.text.len());
            if concept::negated(&sentence.text, start) || cited(&sentence.text, start, end) {
                continue;
            }
            if phrase.rule.rule.code == TRIGGER_HIJACK.rule.code && bounded(&sentence.text[end..]) {
                continue;
            }
            let Weight { severity, confidence } = weigh(sentence, phrase.severity);
            sink.with(
                phrase.rule,
                severity,
                confidence,
                (sentence.source, sentence.span.clone()),
                phrase.message,
            );
        }
    }
}

/// Whether what follows `any task` says which tasks are meant.
fn bounded(rest: &str) -> bool {
    let rest = rest.trim_start();
    ["involving", "related to", "relating to", "concerning", "about", "that involve", "that concern"]
        .iter()
        .any(|words| rest.starts_with(words))
}

/// Whether a match stands within quotation marks and the sentence around it reports rather than orders.
fn cited(text: &str, start: usize, end: usize) -> bool {
    let before = text[..start].matches('"').count();
    let within = before % 2 == 1 && text[end..].contains('"');
    let report = concept::Concepts::of(text).has(Concept::Protective);
    within && (report || start > 40)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_phrase_compiles() {
        for phrase in phrases() {
            assert_eq!(phrase.pattern.error(), None);
        }
    }
}

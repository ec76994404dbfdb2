//! Orders that are told by what comes together in them: an action, what it acts on, where to, when, and behind whose back.

/// Compiles the patterns of these files once; one that does not compile is caught by a test.
macro_rules! pattern {
    ($name:ident, $pattern:expr) => {
        pub(super) static $name: std::sync::LazyLock<Option<regex::Regex>> =
            std::sync::LazyLock::new(|| crate::rules::text::concept::compile($pattern));
    };
}

mod harm;
mod leaks;
mod orders;
mod side;
mod slant;

use std::sync::LazyLock;

use regex::Regex;

use self::harm::{backdoor, bias, danger, dormant, overruled, reckless, sabotage, unprompted};
use self::leaks::{concealment, exfiltration};
use self::orders::{destruction, payment, remote_instructions};
use self::side::{side_command, side_task};
use self::slant::{skimming, unfair, weakening};
use super::acts::Program;
use super::concept;
use super::sentence::Sentence;
use super::weigh::weigh;
use crate::sink::Sink;
use crate::{RuleInfo, Severity};

/// What a rule says of one sentence.
struct Opinion {
    rule: &'static RuleInfo,
    severity: Severity,
    message: String,
}

#[expect(clippy::unnecessary_wraps, reason = "it is what every rule ends with")]
fn opinion(rule: &'static RuleInfo, severity: Severity, message: &str) -> Option<Opinion> {
    Some(Opinion { rule, severity, message: message.to_owned() })
}

/// Reports what comes together in a sentence and its surroundings.
pub(super) fn run(sentence: &Sentence<'_>, programs: &[Program<'_>], sink: &mut Sink) {
    if sentence.concepts.is_empty() {
        return;
    }
    let rules = [
        exfiltration,
        concealment,
        remote_instructions,
        destruction,
        payment,
        weakening,
        bias,
        sabotage,
        dormant,
        danger,
        backdoor,
        unprompted,
        overruled,
        unfair,
        skimming,
        reckless,
    ];
    let side_tasks = side_task(sentence, programs).into_iter().chain(side_command(sentence));
    for found in rules.into_iter().filter_map(|rule| rule(sentence)).chain(side_tasks) {
        let weight = weigh(sentence, found.severity);
        let place = (sentence.source, sentence.span.clone());
        sink.with(found.rule, weight.severity, weight.confidence, place, &found.message);
    }
}

/// The first match that is an order.
fn ordered(pattern: &LazyLock<Option<Regex>>, text: &str) -> bool {
    let Some(pattern) = pattern.as_ref() else { return false };
    pattern.find_iter(text).any(|found| !concept::negated(text, found.start()))
}

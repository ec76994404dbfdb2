//! Orders that are told by what comes together in them: an action, what it acts on, where to, when, and behind whose back.

/// Compiles the patterns of these files once; one that does not compile is caught by a test.
macro_rules! pattern {
    ($name:ident, $pattern:expr) => {
        pub(super) static $name: crate::pattern::Pattern = crate::rules::text::concept::pattern($pattern);
    };
}

mod against;
mod covert;
mod deals;
mod harm;
mod leaks;
mod obeyed;
mod orders;
mod side;
mod slant;
mod veiled;

use self::harm::{backdoor, bias, danger, dormant, overruled, reckless, sabotage, unprompted};
use self::leaks::{concealment, exfiltration};
use self::orders::{destruction, payment, remote_instructions};
use self::side::{side_command, side_task};
use self::slant::{skimming, unfair, weakening};
use super::acts::Program;
use super::concept;
use super::sentence::Sentence;
use super::strangers::Purpose;
use super::weigh::weigh;
use crate::pattern::Pattern;
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

/// How many sentences before and after one are its surroundings.
const NEAR: usize = 3;

/// Reports what a sentence says in its surroundings, for a skill with a purpose.
pub(super) fn in_context(sentences: &[Sentence<'_>], at: usize, purpose: &Purpose, sink: &mut Sink) {
    let sentence = &sentences[at];
    let first = at.saturating_sub(NEAR);
    let near = sentences[first..sentences.len().min(at + NEAR + 1)].iter();
    // What the front matter says of when a skill is used is no part of a step.
    let same = near.filter(|other| {
        other.section == sentence.section
            && !other.setting.fenced
            && other.setting.front == sentence.setting.front
    });
    let around = same.map(|other| other.text.as_str()).collect::<Vec<_>>().join("\n");
    let found = [
        covert::to_a_stranger(sentence, purpose),
        covert::blind_copy(sentence, purpose),
        covert::asks_for_secret(sentence),
        covert::diverted_money(sentence),
        covert::in_their_name(sentence, &around),
        covert::planted_trust(sentence, &around),
        covert::obeys_a_stranger(sentence, &around, purpose),
        covert::renews_itself(sentence, &around),
        covert::keeps_quiet(sentence),
        covert::planted_command(sentence),
        covert::filled_address(sentence, purpose),
        covert::rewarded_link(sentence, purpose),
        covert::misreports(sentence),
        against::unseen(sentence, &around),
        against::steers(sentence, purpose),
        against::untrue(sentence, &around),
        against::dresses(sentence, &around),
        against::kept_from_people(sentence, &around),
        against::not_asked(sentence, &around, purpose),
        against::answers_for(sentence),
        against::other_payee(sentence),
        against::eases(sentence, &around),
        against::worse_for(sentence),
        against::faint(sentence, &around),
        against::lets_in(sentence, purpose),
        against::writes_key(sentence),
        deals::bad_deal(sentence),
        deals::waved_through(sentence, &around),
        deals::their_word(sentence, &around, purpose),
        deals::handed_over(sentence, &around, purpose),
        obeyed::standing(sentence, &around, purpose),
        obeyed::evades(sentence, &around),
        obeyed::renewed(sentence, &around),
        veiled::kept_from_review(sentence, &around),
        veiled::planted_block(sentences, at),
        veiled::planted_line(sentences, at),
        veiled::into_everything(sentence),
        veiled::arrives(sentence, purpose),
        veiled::pushes_aside(sentence),
        veiled::mass_mail(sentence),
        veiled::known_account(sentence),
        veiled::takes_away(sentence),
        veiled::censors(sentence),
    ];
    for found in found.into_iter().flatten() {
        let weight = weigh(sentence, found.severity);
        let place = (sentence.source, sentence.span.clone());
        sink.with(found.rule, weight.severity, weight.confidence, place, &found.message);
    }
}

/// The first match that is an order.
fn ordered(pattern: &Pattern, text: &str) -> bool {
    pattern.find_iter(text).any(|found| !concept::negated(text, found.start()))
}

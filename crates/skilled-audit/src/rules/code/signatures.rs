//! Mechanisms that show in one place of the code of a file.

mod attacks;
mod others;
mod system;
mod weaknesses;

use std::ops::Range;

use skilled_format::SKILL_FILE;

use super::catalogue::PERSISTENCE;
use super::units::Unit;
use super::vendors;
use crate::pattern::Pattern;
use crate::sink::Sink;
use crate::{Confidence, RuleInfo, Severity};

/// A mechanism.
pub(super) struct Signature {
    rule: &'static RuleInfo,
    severity: Severity,
    kind: Kind,
    message: &'static str,
    /// The expression is tried only where one of these is; everywhere when there are none.
    hints: &'static [&'static str],
    /// What the finding is about.
    first: Pattern,
    /// What else has to be in the same stretch.
    with: Option<Pattern>,
}

/// What a mechanism means where it is only shown.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    /// It does harm.
    Attack,
    /// It does harm, unless the maker of a well-known tool serves what is run.
    Installer,
    /// It lets others do harm.
    Weakness,
}

const fn attack(
    rule: &'static RuleInfo,
    severity: Severity,
    message: &'static str,
    hints: &'static [&'static str],
    first: &'static str,
) -> Signature {
    Signature { rule, severity, kind: Kind::Attack, message, hints, first: Pattern::new(first), with: None }
}

const fn weakness(
    rule: &'static RuleInfo,
    severity: Severity,
    message: &'static str,
    hints: &'static [&'static str],
    first: &'static str,
) -> Signature {
    Signature { rule, severity, kind: Kind::Weakness, message, hints, first: Pattern::new(first), with: None }
}

const fn installer(message: &'static str, hints: &'static [&'static str], first: &'static str) -> Signature {
    Signature {
        rule: &super::catalogue::DOWNLOAD,
        severity: Severity::High,
        kind: Kind::Installer,
        message,
        hints,
        first: Pattern::new(first),
        with: None,
    }
}

const fn both(
    rule: &'static RuleInfo,
    severity: Severity,
    message: &'static str,
    hints: &'static [&'static str],
    (first, with): (&'static str, &'static str),
) -> Signature {
    Signature {
        rule,
        severity,
        kind: Kind::Attack,
        message,
        hints,
        first: Pattern::new(first),
        with: Some(Pattern::new(with)),
    }
}

/// All of them.
fn all() -> impl Iterator<Item = &'static Signature> {
    attacks::SIGNATURES
        .iter()
        .chain(&others::SIGNATURES)
        .chain(&system::SIGNATURES)
        .chain(&weaknesses::SIGNATURES)
}

/// Looks for all of them in a unit.
pub(super) fn run(unit: &Unit<'_>, sink: &mut Sink) {
    for signature in all() {
        let patterns = || std::iter::once(&signature.first).chain(&signature.with);
        let may = patterns().all(|pattern| pattern.may_match(&unit.grams));
        let hint = |hint: &str| unit.grams.may_contain(hint) && unit.code.contains(hint);
        let hinted = signature.hints.is_empty() || signature.hints.iter().any(|one| hint(one));
        if !may || !hinted || signature.with.as_ref().is_some_and(|with| !with.is_match(&unit.code)) {
            continue;
        }
        for found in signature.first.all(&unit.code) {
            report(signature, unit, &found, sink);
        }
    }
}

fn report(signature: &Signature, unit: &Unit<'_>, found: &Range<usize>, sink: &mut Sink) {
    let ceiling = match signature.kind {
        Kind::Attack => unit.ceiling,
        Kind::Installer if vendors::are_installers(&unit.code[found.clone()]) => Severity::Medium,
        Kind::Installer if !unit.is_file() && unit.source.path != SKILL_FILE => {
            unit.ceiling.min(Severity::Medium)
        }
        Kind::Installer => unit.ceiling,
        Kind::Weakness => unit.weakness_ceiling,
    };
    let explained = unit.explains_start && signature.rule.rule.code == PERSISTENCE.rule.code;
    let ceiling = if explained { ceiling.min(Severity::Medium) } else { ceiling };
    let confidence = if ceiling < Severity::High { Confidence::Low } else { Confidence::Medium };
    let severity = signature.severity.min(ceiling);
    sink.with(signature.rule, severity, confidence, (unit.source, unit.place(found)), signature.message);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_expression_is_one() {
        let patterns = all().flat_map(|of| std::iter::once(&of.first).chain(&of.with));
        let errors: Vec<String> = patterns.filter_map(Pattern::error).collect();
        assert_eq!(errors, [""; 0]);
    }
}

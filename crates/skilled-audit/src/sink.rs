//! Where rules put what they find.

use std::collections::BTreeMap;
use std::ops::Range;

use crate::material::Source;
use crate::{Confidence, Finding, RuleInfo, Severity};

/// Collects findings, works out their places, and keeps each rule within its limit.
pub(crate) struct Sink {
    per_rule: usize,
    rules: BTreeMap<&'static str, OfRule>,
}

/// What one rule found.
#[derive(Default)]
struct OfRule {
    found: Vec<Finding>,
    omitted: usize,
}

impl Sink {
    pub(crate) fn new(per_rule: usize) -> Self {
        Self { per_rule, rules: BTreeMap::new() }
    }

    /// Adds a finding about a place of a text with the severity of its rule.
    pub(crate) fn at(
        &mut self,
        rule: &'static RuleInfo,
        confidence: Confidence,
        source: &Source,
        span: Range<usize>,
        message: &str,
    ) {
        self.with(rule, rule.severity, confidence, (source, span), message);
    }

    /// Adds a finding with a severity of its own.
    pub(crate) fn with(
        &mut self,
        rule: &'static RuleInfo,
        severity: Severity,
        confidence: Confidence,
        (source, span): (&Source, Range<usize>),
        message: &str,
    ) {
        let (line, column) = source.place(span.start);
        let whole = whole(rule, severity, confidence, &source.path, message);
        self.add(Finding { line, column, span, ..whole });
    }

    /// Adds a finding about a file as a whole.
    pub(crate) fn about(
        &mut self,
        rule: &'static RuleInfo,
        severity: Severity,
        confidence: Confidence,
        path: &str,
        message: &str,
    ) {
        self.add(whole(rule, severity, confidence, path, message));
    }

    /// Keeps a finding: of two about the same place the more severe one, and of too many the most severe ones, so that
    /// harmless findings cannot crowd out a grave one.
    fn add(&mut self, finding: Finding) {
        let of_rule = self.rules.entry(finding.rule.rule.code).or_default();
        let same_place =
            |kept: &&mut Finding| kept.file == finding.file && kept.span.start == finding.span.start;
        if let Some(kept) = of_rule.found.iter_mut().find(same_place) {
            if weight(&finding) > weight(kept) {
                *kept = finding;
            }
            return;
        }
        if of_rule.found.len() < self.per_rule {
            of_rule.found.push(finding);
            return;
        }
        of_rule.omitted += 1;
        if let Some(least) = of_rule.found.iter_mut().min_by_key(|kept| weight(kept))
            && weight(&finding) > weight(least)
        {
            *least = finding;
        }
    }

    /// The findings, the worst first, then by file and place, each once; and how many were left out, by rule.
    pub(crate) fn finish(self) -> (Vec<Finding>, BTreeMap<&'static str, usize>) {
        let omitted = self.rules.iter().filter(|(_, of_rule)| of_rule.omitted > 0);
        let omitted = omitted.map(|(code, of_rule)| (*code, of_rule.omitted)).collect();
        let mut found: Vec<Finding> = self.rules.into_values().flat_map(|of_rule| of_rule.found).collect();
        found.sort_by(|a, b| {
            let place = |found: &Finding| (found.span.start, found.rule.rule.code);
            b.severity
                .cmp(&a.severity)
                .then_with(|| a.file.cmp(&b.file))
                .then_with(|| place(a).cmp(&place(b)))
        });
        (found, omitted)
    }
}

fn weight(finding: &Finding) -> (Severity, Confidence) {
    (finding.severity, finding.confidence)
}

fn whole(
    rule: &'static RuleInfo,
    severity: Severity,
    confidence: Confidence,
    path: &str,
    message: &str,
) -> Finding {
    Finding {
        rule,
        severity,
        confidence,
        message: skilled_format::printable(message),
        file: path.to_owned(),
        line: 1,
        column: 1,
        span: 0..0,
    }
}

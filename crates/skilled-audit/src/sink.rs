//! Where rules put what they find.

use std::ops::Range;

use crate::material::Source;
use crate::{Confidence, Finding, RuleInfo, Severity};

/// Collects findings, works out their places, and keeps each rule within its limit.
pub(crate) struct Sink {
    per_rule: usize,
    found: Vec<Finding>,
}

impl Sink {
    pub(crate) fn new(per_rule: usize) -> Self {
        Self { per_rule, found: Vec::new() }
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
        if self.is_full(rule) {
            return;
        }
        let (line, column) = source.lines().place(span.start);
        let found =
            Finding { line, column, span, ..whole(rule, severity, confidence, &source.path, message) };
        self.found.push(found);
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
        if !self.is_full(rule) {
            self.found.push(whole(rule, severity, confidence, path, message));
        }
    }

    fn is_full(&self, rule: &'static RuleInfo) -> bool {
        let of_rule = self.found.iter().filter(|found| found.rule.rule.code == rule.rule.code);
        of_rule.count() >= self.per_rule
    }

    /// The findings, the worst first, then by file and place, each once.
    pub(crate) fn finish(mut self) -> Vec<Finding> {
        let place = |found: &Finding| (found.file.clone(), found.span.start, found.rule.rule.code);
        self.found.sort_by(|a, b| b.severity.cmp(&a.severity).then_with(|| place(a).cmp(&place(b))));
        self.found.dedup_by(|a, b| a.severity == b.severity && place(a) == place(b));
        self.found
    }
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

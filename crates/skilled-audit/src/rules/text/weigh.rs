//! How much a sentence counts where it stands.

use super::concept::Concept;
use super::sentence::Sentence;
use crate::{Confidence, Severity};

/// What remains of a finding in its place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Weight {
    pub(super) severity: Severity,
    pub(super) confidence: Confidence,
}

/// Weighs what a sentence says by where it says it: an order in plain prose counts in full; one in a sample, a table, below
/// a heading that announces attacks, or in a sentence that warns, counts less, because security work quotes attacks.
pub(super) fn weigh(sentence: &Sentence<'_>, severity: Severity) -> Weight {
    let setting = sentence.setting;
    let doubts = usize::from(setting.fenced)
        + usize::from(setting.table)
        + usize::from(setting.warning)
        + usize::from(sentence.concepts.has(Concept::Protective));
    let (steps, confidence) = match doubts {
        0 => (0, Confidence::High),
        1 => (1, Confidence::Medium),
        _ => (2, Confidence::Low),
    };
    // A description is shown to every session: nothing in it is a sample.
    let steps = if setting.front { 0 } else { steps };
    Weight { severity: lower(severity, steps), confidence }
}

/// `severity`, so many steps lower.
pub(super) fn lower(severity: Severity, steps: usize) -> Severity {
    let at = Severity::ALL.iter().position(|level| *level == severity).unwrap_or_default();
    Severity::ALL[at.saturating_sub(steps)]
}

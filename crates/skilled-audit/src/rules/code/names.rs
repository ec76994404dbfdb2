//! Names in code that are not what they look like.

use std::ops::Range;

use super::catalogue::LOOKALIKE;
use super::units::Unit;
use crate::Confidence;
use crate::Severity::{High, Medium};
use crate::sink::Sink;

/// Looks at every name outside of documents.
pub(super) fn run(unit: &Unit<'_>, sink: &mut Sink) {
    if !unit.is_file() || unit.code.is_ascii() {
        return;
    }
    for word in words(&unit.code) {
        let name = &unit.code[word.clone()];
        if name.is_ascii() || !name.chars().any(|c| c.is_ascii_alphabetic()) {
            continue;
        }
        let is_called =
            unit.code[word.end..].starts_with(['(', '=']) || unit.code[word.end..].starts_with(" =");
        let message = if name.contains(is_invisible) {
            "a name contains characters nobody sees"
        } else if name.contains(is_lookalike) {
            "a name mixes letters of alphabets that look alike"
        } else {
            continue;
        };
        let severity = if is_called { High } else { Medium };
        let place = (unit.source, unit.place(&word));
        sink.with(&LOOKALIKE, severity.min(unit.ceiling), Confidence::Medium, place, message);
    }
}

fn words(code: &str) -> impl Iterator<Item = Range<usize>> {
    let mut start = None;
    let ends = code.char_indices().chain(std::iter::once((code.len(), ' ')));
    ends.filter_map(move |(at, c)| {
        let inside = c.is_alphanumeric() || c == '_' || is_invisible(c);
        if inside {
            start.get_or_insert(at);
            return None;
        }
        start.take().map(|start| start..at)
    })
}

fn is_invisible(c: char) -> bool {
    matches!(c, '\u{200b}'..='\u{200f}' | '\u{2060}'..='\u{2064}' | '\u{feff}' | '\u{115f}' | '\u{1160}' | '\u{3164}')
}

/// Cyrillic and Greek letters with the shape of a Latin one.
fn is_lookalike(c: char) -> bool {
    "аеорсухіјѕԁԛԝһАВЕКМНОРСТУХІЈЅοαρνικΑΒΕΖΗΙΚΜΝΟΡΤΥΧ".contains(c)
}

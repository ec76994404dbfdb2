//! What a text must contain for an expression to match in it.

use regex_syntax::ParserBuilder;
use regex_syntax::hir::{Class, Hir, HirKind};

use super::Grams;

/// Literals, one of which occurs in every match, in lower case. None when nothing is known.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Needs(Vec<String>);

/// Most literals that are worth looking for instead of trying the expression.
const MOST: usize = 250;
/// Shortest literal that says something.
const SHORTEST: usize = 3;
/// Longest text that is searched for literals one by one.
const SHORT_TEXT: usize = 512;

impl Needs {
    /// The needs of an expression; none of what is no expression.
    pub(super) fn of(expression: &str) -> Self {
        let parser =
            ParserBuilder::new().utf8(false).unicode(super::is_wide(expression)).build().parse(expression);
        Self(parser.ok().and_then(|hir| literals(&hir)).unwrap_or_default())
    }

    pub(super) fn met(&self, grams: &Grams) -> bool {
        self.0.is_empty() || self.0.iter().any(|literal| grams.may_contain(literal))
    }

    pub(super) fn found_in(&self, text: &str) -> bool {
        if self.0.is_empty() {
            return true;
        }
        if text.len() > SHORT_TEXT {
            return self.met(&Grams::of(text));
        }
        let text = text.to_ascii_lowercase();
        self.0.iter().any(|literal| text.contains(literal.as_str()))
    }
}

/// The best set of literals one of which is in every match.
fn literals(hir: &Hir) -> Option<Vec<String>> {
    match hir.kind() {
        HirKind::Empty | HirKind::Look(_) | HirKind::Class(_) => None,
        HirKind::Literal(literal) => run(&literal.0).map(|run| Vec::from([run])),
        HirKind::Repetition(repetition) if repetition.min > 0 => literals(&repetition.sub),
        HirKind::Repetition(_) => None,
        HirKind::Capture(capture) => literals(&capture.sub),
        HirKind::Concat(parts) => sequence(parts),
        HirKind::Alternation(parts) => {
            let mut all = Vec::new();
            for part in parts {
                all.extend(literals(part)?);
            }
            (all.len() <= MOST).then_some(all)
        }
    }
}

/// Of the parts of a sequence, the one that says most: literals in a row count as one.
fn sequence(parts: &[Hir]) -> Option<Vec<String>> {
    let mut best: Option<Vec<String>> = None;
    let mut offer = |candidate: Option<Vec<String>>| {
        if let Some(candidate) = candidate
            && best.as_ref().is_none_or(|best| worth(&candidate) > worth(best))
        {
            best = Some(candidate);
        }
    };
    let mut row = Vec::new();
    for part in parts {
        match part.kind() {
            HirKind::Literal(literal) => row.extend_from_slice(&literal.0),
            HirKind::Class(class) if one_letter(class).is_some() => row.extend(one_letter(class)),
            HirKind::Look(_) => {}
            HirKind::Empty
            | HirKind::Class(_)
            | HirKind::Repetition(_)
            | HirKind::Capture(_)
            | HirKind::Concat(_)
            | HirKind::Alternation(_) => {
                offer(run(&row).map(|run| Vec::from([run])));
                row.clear();
                offer(literals(part));
            }
        }
    }
    offer(run(&row).map(|run| Vec::from([run])));
    best
}

/// A longer shortest literal says more, and then fewer of them.
fn worth(literals: &[String]) -> (usize, usize) {
    let shortest = literals.iter().map(String::len).min().unwrap_or_default().min(6);
    (shortest, MOST.saturating_sub(literals.len()))
}

fn run(bytes: &[u8]) -> Option<String> {
    let text = std::str::from_utf8(bytes).ok().filter(|text| text.len() >= SHORTEST)?;
    Some(text.to_ascii_lowercase())
}

/// The letter of a class that holds nothing but its two cases.
fn one_letter(class: &Class) -> Option<u8> {
    let mut letter = None;
    let mut add = |start: u32, end: u32| {
        let same = u8::try_from(start).ok().filter(|_| start == end).map(|byte| byte.to_ascii_lowercase());
        match (same, letter) {
            (Some(byte), None) => letter = Some(byte),
            (Some(byte), Some(known)) if byte == known => {}
            (_, _) => return false,
        }
        true
    };
    let only = match class {
        Class::Unicode(class) => class.iter().all(|range| add(range.start().into(), range.end().into())),
        Class::Bytes(class) => class.iter().all(|range| add(range.start().into(), range.end().into())),
    };
    letter.filter(|byte| only && byte.is_ascii())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_literals_that_every_match_has() {
        let cases: [(&str, &[&str]); 10] = [
            (r"\bcurl\b[^\n]*https?://", &["curl"]),
            ("(?i)InVoke-x", &["invoke-x"]),
            ("ab|cdef", &[]),
            ("abcd|defg+", &["abcd", "def"]),
            ("(?:abc)?defg{2}h*", &["def"]),
            ("(?:send|post)s? (?:x|y)", &["send", "post"]),
            ("上传|发送", &["上传", "发送"]),
            ("x{0,3}", &[]),
            (".*", &[]),
            ("(", &[]),
        ];
        for (expression, expected) in cases {
            assert_eq!(Needs::of(expression).0, expected, "{expression}");
        }
    }

    #[test]
    fn needs_are_met_in_any_case() {
        let needs = Needs::of("(?i)InVoke-x|curl");
        assert!(needs.found_in("please CURL it") && needs.met(&Grams::of("invoke-X")));
        assert!(!needs.found_in("nothing") && !needs.met(&Grams::of("nothing")));
    }
}

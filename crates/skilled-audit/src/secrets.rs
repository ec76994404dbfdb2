//! Recognising secrets by their form.

mod forms;
mod placeholder;

#[cfg(test)]
mod tests;

use std::ops::Range;
use std::sync::LazyLock;

use aho_corasick::AhoCorasick;
use regex::Regex;

use self::forms::{FORMS, Form};

/// A secret in a text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Secret {
    /// Byte range in the text.
    pub span: Range<usize>,
    /// What it is, such as `AWS access key`, for messages.
    pub kind: &'static str,
}

/// The forms, compiled: one automaton finds what they start with, and only there the expressions are tried.
struct Compiled {
    starts: AhoCorasick,
    expressions: Vec<Regex>,
}

static COMPILED: LazyLock<Option<Compiled>> = LazyLock::new(|| {
    let starts = AhoCorasick::new(FORMS.iter().map(|form| form.start)).ok()?;
    let expressions: Result<Vec<Regex>, _> =
        FORMS.iter().map(|form| Regex::new(&format!("^(?:{})", form.rest))).collect();
    Some(Compiled { starts, expressions: expressions.ok()? })
});

/// Finds secrets in `text`: private keys and tokens whose form tells what they are. Placeholders of documentation
/// (`AKIAIOSFODNN7EXAMPLE`, `sk-…`, `<token>`) are none. Not the names of variables, and nothing that is merely random.
///
/// They are in the order of the text and do not overlap. Takes time linear in the size of the text.
pub fn secrets(text: &str) -> Vec<Secret> {
    let Some(compiled) = &*COMPILED else { return Vec::new() };
    let mut found: Vec<Secret> = Vec::new();
    for hit in compiled.starts.find_overlapping_iter(text) {
        let form = &FORMS[hit.pattern().as_usize()];
        let expression = &compiled.expressions[hit.pattern().as_usize()];
        if found.last().is_some_and(|last| hit.start() < last.span.end) {
            continue;
        }
        if let Some(secret) = secret_at(text, hit.start(), hit.end(), form, expression) {
            found.push(secret);
        }
    }
    found
}

/// The secret of a form whose literal start is at `start..after`.
fn secret_at(text: &str, start: usize, after: usize, form: &Form, expression: &Regex) -> Option<Secret> {
    let start = start.checked_sub(form.before.length(&text[..start])?)?;
    let rest = &text[after..];
    let window = &rest[..rest.floor_char_boundary(form.longest)];
    let length = expression.find(window)?.end();
    let end = after + length;
    let is_cut_short = text[end..].starts_with(|c: char| c.is_ascii_alphanumeric());
    if form.is_a_word && is_cut_short {
        return None;
    }
    let is_secret = (form.judge)(&text[start..end], &text[after..end]);
    is_secret.then_some(Secret { span: start..end, kind: form.kind })
}

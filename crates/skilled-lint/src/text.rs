//! Rules about characters, line ends and paths in every text file.

mod hidden;
mod homes;

use std::ops::Range;

use memchr::memchr;

use crate::documents::Documents;
use crate::material::{Kind, Material, Text};
use crate::rules;
use crate::sink::{Draft, Sink};
use crate::{Edit, Fix};

pub(crate) fn check(material: &Material<'_>, documents: &Documents<'_>, sink: &mut Sink<'_>) {
    for text in &material.texts {
        check_line_ends(text, sink);
        hidden::check(text, documents, sink);
        homes::check(text, sink);
    }
}

fn check_line_ends(text: &Text, sink: &mut Sink<'_>) {
    let content = &text.content;
    // Looking for one byte is many times faster than for two, and nearly all files end here.
    if text.kind == Kind::Windows || memchr(b'\r', content.as_bytes()).is_none() {
        return;
    }
    let Some(first) = content.find("\r\n") else { return };
    // The rule about shebangs says it, and repairs the whole file.
    if text.kind == Kind::Script && content.starts_with("#!") && content.find('\n') == Some(first + 1) {
        return;
    }
    let ends: Vec<usize> = content.match_indices("\r\n").map(|(at, _)| at).collect();
    let (count, lines) = (ends.len(), content.matches('\n').count());
    let message = if count == lines {
        "lines end with CRLF".to_owned()
    } else {
        format!("{count} of {lines} lines end with CRLF, the others with LF")
    };
    let draft = Draft::new(&rules::CRLF, &text.path, first..first + 2, message);
    let fix = text.wants_unix_ends().then(|| removal(ends.into_iter().map(|at| at..at + 1)));
    sink.push(draft.with_fix(fix));
}

fn removal(spans: impl Iterator<Item = Range<usize>>) -> Fix {
    Fix::Edit(spans.map(|span| Edit { span, replacement: String::new() }).collect())
}

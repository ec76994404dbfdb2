//! Characters without a picture.

use std::ops::Range;

use crate::material::{Language, Source};
use crate::rules::text::catalogue::{BIDI_CONTROL, INVISIBLE_TEXT};
use crate::rules::text::normal::invisible;
use crate::sink::Sink;
use crate::{Confidence, Severity};

/// What a run of invisible characters is.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Tag,
    Variation,
    ZeroWidth,
    Bidi,
    /// The soft hyphen and the like: typography.
    Other,
}

fn kind(c: char) -> Kind {
    match c {
        '\u{e0000}'..='\u{e007f}' => Kind::Tag,
        '\u{fe00}'..='\u{fe0f}' | '\u{e0100}'..='\u{e01ef}' => Kind::Variation,
        '\u{200b}'..='\u{200d}' | '\u{2060}'..='\u{2064}' | '\u{feff}' | '\u{180e}' => Kind::ZeroWidth,
        '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' => Kind::Bidi,
        _ => Kind::Other,
    }
}

/// So many zero-width characters in a row spell something.
const SPELLS: usize = 8;

pub(super) fn run(source: &Source, sink: &mut Sink) {
    if source.text.is_ascii() {
        return;
    }
    let mut run: Option<(Range<usize>, String)> = None;
    let mut visible_before = ' ';
    for (at, c) in source.text.char_indices() {
        if invisible(c) && at > 0 {
            match &mut run {
                Some((span, hidden)) => {
                    span.end = at + c.len_utf8();
                    hidden.push(c);
                }
                None => run = Some((at..at + c.len_utf8(), c.to_string())),
            }
            continue;
        }
        if let Some((span, hidden)) = run.take() {
            report(source, span, &hidden, (visible_before, c), sink);
        }
        visible_before = c;
    }
    if let Some((span, hidden)) = run {
        report(source, span, &hidden, (visible_before, '\n'), sink);
    }
}

fn report(source: &Source, span: Range<usize>, hidden: &str, (before, after): (char, char), sink: &mut Sink) {
    let count = |wanted: Kind| hidden.chars().filter(|&c| kind(c) == wanted).count();
    let place = (source, span);
    let decoded: String = hidden.chars().filter_map(tag).collect();
    // The flags of England, Scotland and Wales are written with tags after a black flag.
    if count(Kind::Tag) > 0 && before != '\u{1f3f4}' {
        let severity = if decoded.trim().len() >= 4 { Severity::Critical } else { Severity::High };
        let message = format!("invisible tag characters say: {decoded}");
        return sink.with(&INVISIBLE_TEXT, severity, Confidence::High, place, &message);
    }
    if count(Kind::Variation) >= SPELLS {
        let message = "a run of variation selectors carries hidden data";
        return sink.with(&INVISIBLE_TEXT, Severity::High, Confidence::High, place, message);
    }
    if count(Kind::ZeroWidth) >= SPELLS {
        let message = "a run of zero-width characters carries hidden data";
        return sink.with(&INVISIBLE_TEXT, Severity::High, Confidence::High, place, message);
    }
    if count(Kind::ZeroWidth) > 0 && before.is_ascii_alphabetic() && after.is_ascii_alphabetic() {
        let message = "a word is broken by a character that cannot be seen";
        return sink.with(&INVISIBLE_TEXT, Severity::Medium, Confidence::Medium, place, message);
    }
    if count(Kind::Bidi) > 0 {
        let code = match source.language {
            Language::Prose | Language::Data => false,
            Language::Shell
            | Language::PowerShell
            | Language::Python
            | Language::JavaScript
            | Language::OtherCode => true,
        };
        let overrides = hidden.contains(['\u{202d}', '\u{202e}']);
        let severity = if code && overrides { Severity::High } else { Severity::Medium };
        sink.with(
            &BIDI_CONTROL,
            severity,
            Confidence::Medium,
            place,
            "a character reorders the text around it",
        );
    }
}

/// The ASCII character a tag character stands for.
fn tag(c: char) -> Option<char> {
    let ascii = (c as u32).checked_sub(0xe0000)?;
    char::from_u32(ascii).filter(|c| (' '..='~').contains(c))
}

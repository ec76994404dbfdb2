//! Characters that people do not see.

use std::collections::BTreeMap;
use std::ops::Range;

use skilled_report::Rule;

use super::removal;
use crate::documents::Documents;
use crate::material::{Kind, Text, ending};
use crate::rules;
use crate::sink::{Draft, Sink};
use crate::{Edit, Fix};

/// Most places of one character that a repair changes; a file with more is not text.
const MAX_PLACES: usize = 100_000;

pub(super) fn check(text: &Text, documents: &Documents<'_>, sink: &mut Sink<'_>) {
    if !may_hide(text.content.as_bytes()) {
        return;
    }
    let mut found: BTreeMap<char, Places> = BTreeMap::new();
    let has_right_to_left = text.content.chars().any(is_right_to_left);
    let mut before = Before::default();
    for (at, c) in text.content.char_indices() {
        let class = class(c);
        if class != Class::Visible {
            let next = text.content[at + c.len_utf8()..].chars().next();
            if let Some(rule) =
                judge(text, documents, &Place { at, c, class, before, next, has_right_to_left })
            {
                let places = found.entry(key(c, class)).or_insert(Places { rule, spans: Vec::new() });
                places.spans.push(at..at + c.len_utf8());
            }
        }
        before.pass(c);
    }
    report(text, found, sink);
}

/// Where a character was found that one rule is about.
struct Places {
    rule: &'static Rule,
    spans: Vec<Range<usize>>,
}

/// Whether a byte is a visible character or white space; no branches, as it is asked of all bytes of all files.
const fn is_plain(byte: u8) -> bool {
    let is_visible = byte.wrapping_sub(b' ') <= b'~' - b' ';
    let is_space = byte.wrapping_sub(b'\t') <= b'\r' - b'\t';
    (is_visible as u8 | (is_space as u8 & (byte != 0x0b) as u8)) != 0
}

/// Whether a text has any character that needs a closer look. Nearly none has, and this looks at the bytes of all of them.
fn may_hide(bytes: &[u8]) -> bool {
    const CHUNK: usize = 32;
    let is_odd = |at: usize| match bytes[at] {
        byte if is_plain(byte) => false,
        0..=0x7f => true,
        // A continuation byte: the first byte of its character was looked at.
        0x80..=0xbf => false,
        _ => {
            let of = |after: usize| bytes.get(at + after).copied().unwrap_or_default();
            may_be_hidden([bytes[at], of(1), of(2)], &bytes[..at])
        }
    };
    bytes.chunks(CHUNK).enumerate().any(|(number, chunk)| {
        let start = number * CHUNK;
        // Without a branch for each byte, so that the compiler looks at many at once.
        let any_odd = chunk.iter().fold(false, |any, byte| any | !is_plain(*byte));
        any_odd && (start..start + chunk.len()).any(is_odd)
    })
}

/// Whether a character of more than one byte, of which the first three are given, is of another class than
/// [`Class::Visible`]. The selector U+FE0F after an emoji, by far the most frequent of them, is settled here.
fn may_be_hidden(first: [u8; 3], before: &[u8]) -> bool {
    match first {
        [0xc2, 0x80..=0xa0 | 0xad, _] | [0xcd, 0x8f, _] | [0xd8, 0x9c, _] => true,
        [0xe1, 0x85 | 0x9a | 0x9e | 0xa0, _] => true,
        [0xe2, 0x80, third] => matches!(third, 0x80..=0x8f | 0xa8..=0xaf),
        [0xe2, 0x81, third] => third >= 0x9f,
        [0xe3, 0x80, 0x80] | [0xe3, 0x85, 0xa4] => true,
        [0xef, 0xb8, 0x8f] => {
            let follows_symbol = before.last().is_some_and(|byte| *byte >= 0x80);
            !follows_symbol || before.ends_with(&[0xb8, 0x8f])
        }
        [0xef, 0xb8, 0x80..=0x8e] | [0xef, 0xbb, 0xbf] | [0xef, 0xbe, 0xa0] | [0xef, 0xbf, 0xb9..=0xbb] => {
            true
        }
        [0xf0, 0x9b, 0xb2] | [0xf0, 0x9d, 0x85] | [0xf3, _, _] => true,
        _ => false,
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Class {
    Visible,
    Control,
    ByteOrderMark,
    /// Zero-width joiner and non-joiner.
    Joiner,
    /// Left-to-right and right-to-left marks.
    Mark,
    Bidi,
    Tag,
    Variation,
    Invisible,
    Space,
}

/// Unicode 16, general category Cf and what is drawn as nothing besides.
fn class(c: char) -> Class {
    match c {
        '\t' | '\n' | '\r' | '\u{c}' | ' '..='~' => Class::Visible,
        '\0'..='\u{1f}' | '\u{7f}'..='\u{9f}' => Class::Control,
        '\u{feff}' => Class::ByteOrderMark,
        '\u{200c}' | '\u{200d}' => Class::Joiner,
        '\u{200e}' | '\u{200f}' | '\u{61c}' => Class::Mark,
        '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' => Class::Bidi,
        '\u{e0000}'..='\u{e007f}' => Class::Tag,
        '\u{fe00}'..='\u{fe0f}' | '\u{e0100}'..='\u{e01ef}' => Class::Variation,
        '\u{ad}'
        | '\u{34f}'
        | '\u{115f}'
        | '\u{1160}'
        | '\u{17b4}'
        | '\u{17b5}'
        | '\u{180e}'
        | '\u{200b}'
        | '\u{2060}'..='\u{2065}'
        | '\u{206a}'..='\u{206f}'
        | '\u{3164}'
        | '\u{ffa0}'
        | '\u{fff9}'..='\u{fffb}'
        | '\u{1bca0}'..='\u{1bca3}'
        | '\u{1d173}'..='\u{1d17a}' => Class::Invisible,
        '\u{a0}'
        | '\u{1680}'
        | '\u{2000}'..='\u{200a}'
        | '\u{2028}'
        | '\u{2029}'
        | '\u{202f}'
        | '\u{205f}'
        | '\u{3000}' => Class::Space,
        _ => Class::Visible,
    }
}

/// What comes before a character.
#[derive(Clone, Copy, Default)]
struct Before {
    last: Option<char>,
    /// A flag is open: U+1F3F4 and tags.
    in_flag: bool,
}

impl Before {
    fn pass(&mut self, c: char) {
        self.in_flag = c == '\u{1f3f4}' || (self.in_flag && class(c) == Class::Tag && c != '\u{e007f}');
        self.last = Some(c);
    }
}

struct Place {
    at: usize,
    c: char,
    class: Class,
    before: Before,
    next: Option<char>,
    has_right_to_left: bool,
}

/// The rule that a character breaks where it stands.
fn judge(text: &Text, documents: &Documents<'_>, place: &Place) -> Option<&'static Rule> {
    let Place { at, c, class, before, next, has_right_to_left } = *place;
    match class {
        Class::Visible => None,
        // In front matter `skilled-format` says it.
        Class::Control => {
            let is_elsewhere = !text.is_skill_file() || at >= text.body.start;
            is_elsewhere.then_some(&rules::STRAY_CONTROL_CHARACTER)
        }
        Class::ByteOrderMark => {
            let is_usual =
                at == 0 && (text.is_skill_file() || text.kind == Kind::Windows || ending(&text.path) == "cs");
            (!is_usual).then_some(if at == 0 {
                &rules::STRAY_BYTE_ORDER_MARK
            } else {
                &rules::INVISIBLE_CHARACTER
            })
        }
        Class::Joiner => {
            let joins = |c: Option<char>| {
                c.is_some_and(|c| is_joined_script(c) || (c > '\u{2000}' && is_pictograph(c)))
            };
            let is_joint = joins(before.last) && (joins(next) || before.last.is_some_and(is_joined_script));
            (!is_joint).then_some(&rules::INVISIBLE_CHARACTER)
        }
        Class::Mark => (!has_right_to_left).then_some(&rules::BIDI_CONTROL),
        Class::Bidi => Some(&rules::BIDI_CONTROL),
        Class::Tag => (!before.in_flag).then_some(&rules::UNICODE_TAG),
        Class::Variation => {
            let has_base = before.last.is_some_and(|base| takes_variation(base, c));
            (!has_base).then_some(&rules::INVISIBLE_CHARACTER)
        }
        Class::Invisible => {
            let is_legitimate = match c {
                '\u{180e}' => before.last.is_some_and(|c| matches!(c, '\u{1800}'..='\u{18af}')),
                '\u{ad}' | '\u{34f}' => before.last.is_some_and(|c| !c.is_ascii()),
                // Khmer and Thai separate words by it.
                '\u{200b}' => before.last.is_some_and(|c| matches!(c, '\u{e00}'..='\u{eff}' | '\u{1000}'..='\u{109f}' | '\u{1780}'..='\u{17ff}')),
                _ => false,
            };
            (!is_legitimate).then_some(&rules::INVISIBLE_CHARACTER)
        }
        Class::Space => {
            let is_code = text.kind == Kind::Script || documents.is_code(&text.path, at);
            (is_code && c != '\u{3000}').then_some(&rules::UNUSUAL_SPACE)
        }
    }
}

fn is_right_to_left(c: char) -> bool {
    matches!(c, '\u{590}'..='\u{8ff}' | '\u{fb1d}'..='\u{fdff}' | '\u{fe70}'..='\u{fefe}' | '\u{10800}'..='\u{10fff}' | '\u{1e800}'..='\u{1efff}')
}

/// Scripts whose letters change their form with joiners between them.
fn is_joined_script(c: char) -> bool {
    matches!(c, '\u{600}'..='\u{109f}' | '\u{1780}'..='\u{18af}' | '\u{a840}'..='\u{aaff}' | '\u{fb50}'..='\u{fdff}' | '\u{fe70}'..='\u{fefe}' | '\u{11000}'..='\u{11fff}')
}

/// Symbols that emoji are made of.
fn is_pictograph(c: char) -> bool {
    matches!(c, '\u{200d}' | '\u{2190}'..='\u{2bff}' | '\u{3030}' | '\u{303d}' | '\u{3297}' | '\u{3299}' | '\u{fe0f}' | '\u{1f000}'..='\u{1faff}')
        || ('\u{e0020}'..='\u{e007f}').contains(&c)
}

/// Whether a variation selector means something after a character.
fn takes_variation(base: char, selector: char) -> bool {
    if ('\u{e0100}'..='\u{e01ef}').contains(&selector) {
        return matches!(base, '\u{3400}'..='\u{9fff}' | '\u{f900}'..='\u{faff}' | '\u{20000}'..='\u{3ffff}');
    }
    match base {
        '#' | '*' | '0'..='9' | '©' | '®' => true,
        _ => !base.is_ascii() && !base.is_whitespace() && class(base) == Class::Visible,
    }
}

/// Characters with the same key are one finding: tags spell words together, and control characters come in swarms.
fn key(c: char, class: Class) -> char {
    match class {
        Class::Tag => '\u{e0000}',
        Class::Control => '\0',
        Class::Visible
        | Class::ByteOrderMark
        | Class::Joiner
        | Class::Mark
        | Class::Bidi
        | Class::Variation
        | Class::Invisible
        | Class::Space => c,
    }
}

fn report(text: &Text, found: BTreeMap<char, Places>, sink: &mut Sink<'_>) {
    for (_, Places { rule, spans }) in found {
        let Some(first) = spans.first().cloned() else { continue };
        let Some(c) = text.content[first.clone()].chars().next() else { continue };
        let message = describe(text, c, &spans);
        let draft = Draft::new(rule, &text.path, first, message);
        let fix = (spans.len() <= MAX_PLACES).then(|| repair(text, c, &spans)).flatten();
        sink.push(draft.with_fix(fix));
    }
}

fn describe(text: &Text, c: char, spans: &[Range<usize>]) -> String {
    const MAX_SPELT: usize = 200;
    let character = format!("U+{:04X} ({})", c as u32, name(c));
    match (class(c), spans.len()) {
        (Class::Tag, count) => {
            let tags = spans.iter().filter_map(|span| text.content[span.clone()].chars().next());
            let letters =
                tags.filter_map(|tag| char::from_u32(tag as u32 - 0xe_0000)).filter(|c| !c.is_control());
            let spelt: String = letters.take(MAX_SPELT).collect();
            format!("{count} invisible tags spell {spelt:?}")
        }
        (_, 1) => character,
        (Class::Control, count) => format!("{character} and others, {count} control characters from here on"),
        (_, count) => format!("{character}, {count} times from here on"),
    }
}

/// What can be removed without changing what is read: nothing that is in the front matter of SKILL.md, where the fields
/// would change, and nothing that may be meant.
fn repair(text: &Text, c: char, spans: &[Range<usize>]) -> Option<Fix> {
    let is_in_front = text.is_skill_file() && spans.iter().any(|span| span.start < text.body.start);
    match class(c) {
        _ if is_in_front => None,
        Class::ByteOrderMark | Class::Joiner | Class::Mark => Some(removal(spans.iter().cloned())),
        Class::Invisible => matches!(c, '\u{200b}' | '\u{2060}').then(|| removal(spans.iter().cloned())),
        Class::Space => {
            let space = |span: &Range<usize>| Edit { span: span.clone(), replacement: " ".to_owned() };
            (!matches!(c, '\u{2028}' | '\u{2029}')).then(|| Fix::Edit(spans.iter().map(space).collect()))
        }
        Class::Visible | Class::Control | Class::Bidi | Class::Tag | Class::Variation => None,
    }
}

fn name(c: char) -> &'static str {
    match c {
        '\u{200b}' => "zero width space",
        '\u{200c}' => "zero width non-joiner",
        '\u{200d}' => "zero width joiner",
        '\u{2060}' => "word joiner",
        '\u{feff}' => "byte order mark",
        '\u{ad}' => "soft hyphen",
        '\u{a0}' => "no-break space",
        '\u{202f}' => "narrow no-break space",
        '\u{200e}' => "left-to-right mark",
        '\u{200f}' => "right-to-left mark",
        '\u{202e}' => "right-to-left override",
        '\u{202d}' => "left-to-right override",
        '\u{1b}' => "escape",
        '\u{8}' => "backspace",
        '\u{7}' => "bell",
        '\0' => "null",
        '\u{2028}' => "line separator",
        '\u{2029}' => "paragraph separator",
        '\u{115f}' | '\u{1160}' | '\u{3164}' | '\u{ffa0}' => "Hangul filler",
        _ => match class(c) {
            Class::Control => "control character",
            Class::Bidi | Class::Mark => "changes the direction of text",
            Class::Tag => "tag",
            Class::Variation => "variation selector",
            Class::Space => "space",
            Class::Visible | Class::ByteOrderMark | Class::Joiner | Class::Invisible => "invisible",
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_quick_look_misses_no_class() {
        for c in '\0'..=char::MAX {
            // A selector after an emoji is settled by the quick look.
            if class(c) != Class::Visible {
                assert!(may_hide(format!("some text, then {c}").as_bytes()), "U+{:04X}", c as u32);
            }
        }
        assert!(!may_hide("Ordinary text – “with” 漢字, ⚠️ and é…\n".as_bytes()));
    }
}

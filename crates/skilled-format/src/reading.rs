//! SKILL.md from bytes to a skill, a verdict and diagnostics.

#[cfg(test)]
mod tests;

use std::ops::Range;

use crate::diagnostic::Findings;
use crate::document::{self, Closing, Document, Missing};
use crate::frontmatter::reference::{self, Reason, Refusal};
use crate::frontmatter::{self, FrontMatter, Kind, Node, NoteKind, Unreadable};
use crate::lines::count;
use crate::{Code, Diagnostic, SKILL_FILE, Severity, Skill, fields};

/// What was read from one SKILL.md.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reading {
    /// The skill, when a client can use it. Absent exactly when a diagnostic of [`Severity::Error`] is
    /// present.
    pub skill: Option<Skill>,
    /// Whether the reference validator of agentskills.io accepts the file. A valid file always loads; for one
    /// that is not, the first diagnostic of at least [`Severity::Warning`] says why.
    pub valid: bool,
    /// Everything worth saying, in the order of the file.
    pub diagnostics: Vec<Diagnostic>,
}

impl Reading {
    /// A file that is no skill, for one reason.
    pub(crate) fn failed(diagnostic: Diagnostic) -> Self {
        Self { skill: None, valid: false, diagnostics: vec![diagnostic] }
    }
}

/// Reads the file called `file_name` of the folder called `dir_name`. Only SKILL.md can be a skill; any other
/// name, `skill.md` included, is answered with a diagnostic.
pub fn read_skill_file(bytes: &[u8], file_name: &str, dir_name: &str) -> Reading {
    if file_name == SKILL_FILE {
        return read_skill(bytes, dir_name);
    }
    let message = format!("{file_name:?} is not a skill: the file must be called SKILL.md");
    Reading::failed(Diagnostic::about_file(Code::WrongFileName, file_name, &message))
}

/// Reads the content of a SKILL.md in the folder called `dir_name`.
///
/// Takes time and memory linear in the size of the file, except for front matter, which is limited to 64 KiB,
/// 64 levels and 20,000 nodes from aliases.
pub fn read_skill(bytes: &[u8], dir_name: &str) -> Reading {
    // Most skills have a few characters beyond ASCII, at which the check of the standard library slows down.
    if let Ok(text) = simdutf8::basic::from_utf8(bytes) {
        return read_skill_text(text, dir_name);
    }
    match std::str::from_utf8(bytes) {
        Ok(text) => read_skill_text(text, dir_name),
        Err(error) => not_utf8(bytes, error.valid_up_to()),
    }
}

/// Reads the content of a SKILL.md that is known to be UTF-8, as [`read_skill`] does.
pub fn read_skill_text(text: &str, dir_name: &str) -> Reading {
    let mut findings = Findings::new(text);
    let document = match document::split(text) {
        Ok(document) => document,
        Err(missing) => {
            match missing {
                Missing::Opening => {
                    findings.add(Code::NoFrontMatter, 0..0, "the file does not start with `---`");
                }
                Missing::Closing(start) => findings.add(
                    Code::UnclosedFrontMatter,
                    start..start + 3,
                    "the front matter that starts here is never closed with `---`",
                ),
            }
            return Reading { skill: None, valid: false, diagnostics: findings.finish() };
        }
    };
    let (skill, valid) = read_document(text, &document, dir_name, &mut findings);
    Reading { skill, valid, diagnostics: findings.finish() }
}

fn not_utf8(bytes: &[u8], at: usize) -> Reading {
    let before = String::from_utf8_lossy(&bytes[..at]);
    let mut findings = Findings::new(&before);
    findings.add(Code::NotUtf8, at..at, format!("byte {:#04x} at offset {at} is not UTF-8", bytes[at]));
    let diagnostics = findings.finish().into_iter().map(|found| Diagnostic { span: at..at + 1, ..found });
    Reading { skill: None, valid: false, diagnostics: diagnostics.collect() }
}

fn read_document(
    text: &str,
    document: &Document,
    dir_name: &str,
    findings: &mut Findings<'_>,
) -> (Option<Skill>, bool) {
    report_markers(document, findings);
    let front = document.front.clone();
    if front.len() > frontmatter::MAX_BYTES {
        let message = format!("the front matter is {} bytes long; the limit is 65536", front.len());
        findings.add(Code::FrontMatterTooLarge, document.start..document.start + 3, message);
        return (None, false);
    }
    let front_matter = match read_front_matter(text, document) {
        Ok(front_matter) => front_matter,
        Err(error) => {
            let at = front.start + error.offset;
            findings.add(Code::InvalidYaml, at..at, error.message);
            return (None, false);
        }
    };
    report_front_matter(text, &front_matter, front.start, findings);
    let skill = fields::read(&front_matter.fields, dir_name, front.start, findings);
    let skill =
        skill.filter(|_| !findings.any(Severity::Error)).map(|skill| with_body(skill, text, document));
    let valid = match &document.reference_front {
        None => false,
        Some(range) if *range == front => front_matter.refusal.is_none() && !findings.any(Severity::Warning),
        Some(range) => reads_cut(text, range, dir_name, findings) && skill.is_some(),
    };
    (skill, valid)
}

/// Reads the front matter, or else the part of it that the reference validator looks at: what it accepts must
/// load.
fn read_front_matter(text: &str, document: &Document) -> Result<FrontMatter, Unreadable> {
    frontmatter::read(&text[document.front.clone()]).or_else(|error| {
        let cut = document
            .reference_front
            .clone()
            .filter(|cut| cut.end < document.front.end)
            .ok_or(error.clone())?;
        match reference::parse(&text[cut]) {
            Ok(Node { kind: Kind::Mapping(fields), .. }) => {
                Ok(FrontMatter { fields, refusal: None, notes: Vec::new() })
            }
            Ok(_) | Err(_) => Err(error),
        }
    })
}

fn with_body(skill: Skill, text: &str, document: &Document) -> Skill {
    let body_span = document.body.clone();
    let body_line = 1 + count(&text.as_bytes()[..body_span.start], |byte| byte == b'\n');
    Skill { body: text[body_span.clone()].to_owned(), body_span, body_line, ..skill }
}

/// Judges front matter that the reference validator ends too early, at a `---` inside of it.
fn reads_cut(text: &str, range: &Range<usize>, dir_name: &str, findings: &mut Findings<'_>) -> bool {
    let dashes = range.end..range.end + 3;
    findings.add(Code::DashesInValue, dashes.clone(), "the reference validator ends the front matter here");
    let mut cut = Findings::new(text);
    let within_limit = range.len() <= frontmatter::MAX_BYTES;
    let valid = within_limit
        && match reference::parse(&text[range.clone()]) {
            Ok(Node { kind: Kind::Mapping(pairs), .. }) => {
                fields::read(&pairs, dir_name, range.start, &mut cut);
                !cut.any(Severity::Warning)
            }
            Ok(_) | Err(_) => false,
        };
    if !valid && !findings.any(Severity::Warning) {
        findings.add(
            Code::CutAtDashes,
            dashes,
            "the part of the front matter before this `---` is not valid",
        );
    }
    valid
}

fn report_markers(document: &Document, findings: &mut Findings<'_>) {
    let start = document.start;
    if document.has_byte_order_mark {
        findings.add(Code::ByteOrderMark, 0..3, "the file starts with a byte order mark");
    }
    let blank = if document.has_byte_order_mark { 3 } else { 0 };
    if start > blank {
        findings.add(
            Code::LeadingBlankLines,
            blank..start,
            "the front matter does not start on the first line",
        );
    }
    if document.opening_has_text {
        findings.add(
            Code::UnusualMarker,
            start..start + 3,
            "the opening `---` shares its line with other text",
        );
    }
    let end = document.front.end..document.front.end + 3;
    match document.closing {
        Closing::Dashes => {}
        Closing::Unusual => {
            findings.add(Code::UnusualMarker, end, "the closing `---` shares its line with other text");
        }
        Closing::Dots => findings.add(Code::DotsClosing, end, "the front matter is closed with `...`"),
    }
}

fn report_front_matter(
    text: &str,
    front_matter: &FrontMatter,
    front_start: usize,
    findings: &mut Findings<'_>,
) {
    let mut noted = Vec::with_capacity(front_matter.notes.len());
    for note in &front_matter.notes {
        let span = front_start + note.span.start..front_start + note.span.end;
        let (code, message) =
            describe_note(note.kind, &field_at(text, front_matter, front_start, note.span.start));
        findings.add(code, span, message);
        noted.push(code);
    }
    let Some(refusal) = &front_matter.refusal else { return };
    let (code, message) = describe_refusal(refusal);
    let repaired_there = front_matter.notes.iter().any(|note| note.span.start == refusal.offset);
    // The notes are more precise than a refusal for the same reason.
    if noted.contains(&code) || repaired_there || (code == Code::ReferenceYaml && !noted.is_empty()) {
        return;
    }
    let at = front_start + refusal.offset;
    let end = text[at..].chars().next().map_or(at, |c| at + c.len_utf8());
    findings.add(code, at..end, message);
}

/// Names the top-level field that holds an offset, for messages.
fn field_at(text: &str, front_matter: &FrontMatter, front_start: usize, offset: usize) -> String {
    let before = front_matter.fields.partition_point(|(key, _)| key.span.start <= offset);
    match front_matter.fields[..before].last() {
        Some((key, _)) => {
            let key = &text[front_start + key.span.start..front_start + key.span.end];
            format!("the value of `{}`", key.trim())
        }
        None => "the front matter".to_owned(),
    }
}

fn describe_note(kind: NoteKind, field: &str) -> (Code, String) {
    match kind {
        NoteKind::FlowStyle => (Code::FlowStyle, format!("{field} is written in flow style")),
        NoteKind::Anchor => (Code::Anchor, format!("{field} uses an anchor or alias")),
        NoteKind::Tag => (Code::Tag, format!("{field} has a YAML tag")),
        NoteKind::AliasDropped => {
            (Code::AliasDropped, format!("{field} uses an alias that is unknown or too large"))
        }
        NoteKind::UnquotedColon => {
            (Code::UnquotedColon, format!("{field} contains `: ` and is read as text"))
        }
        NoteKind::ReservedStart => {
            (Code::ReservedStart, format!("{field} starts with a reserved character and is read as text"))
        }
        NoteKind::UnbalancedQuotes => {
            (Code::UnbalancedQuotes, format!("the quotes of {field} do not match; it is read as text"))
        }
        NoteKind::Tab => (Code::Tab, "there is a tab where YAML wants spaces".to_owned()),
        NoteKind::ControlCharacter => {
            (Code::ControlCharacter, format!("{field} has a control character, which is dropped"))
        }
        NoteKind::ReadAsText => (Code::ReadAsText, format!("{field} is not YAML and is read as text")),
    }
}

fn describe_refusal(refusal: &Refusal) -> (Code, String) {
    match &refusal.reason {
        Reason::FlowStyle => (Code::FlowStyle, "the reference validator refuses flow style".to_owned()),
        Reason::Anchor => (Code::Anchor, "the reference validator refuses anchors and aliases".to_owned()),
        Reason::Tag => (Code::Tag, "the reference validator refuses YAML tags".to_owned()),
        Reason::DuplicateKey(key) => (Code::DuplicateField, format!("`{key}` is given twice")),
        Reason::UnevenIndentation => (
            Code::UnevenIndentation,
            "this mapping is indented differently from the one before it".to_owned(),
        ),
        Reason::Tab => (Code::Tab, "there is a tab where YAML wants spaces".to_owned()),
        Reason::ControlCharacter(c) => {
            (Code::ControlCharacter, format!("the control character {c:?} is not allowed"))
        }
        Reason::CommentBeforeValue => (
            Code::CommentBeforeValue,
            "the reference validator fails on the comments around this value".to_owned(),
        ),
        Reason::Syntax(message) => (Code::ReferenceYaml, (*message).to_owned()),
    }
}

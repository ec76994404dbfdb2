//! Repairs of what `skilled-format` finds in front matter.
//!
//! Each is tried before it is offered: the file with the change must load, say the same, and no longer have the finding.

use std::ops::Range;

use skilled_format::{Code, Diagnostic, Mapping, Skill, Value, read_skill_text};

use super::field_value;
use crate::material::{Material, Text};
use crate::{Edit, Fix};

/// Most repairs that are tried for one skill: each reads the front matter again.
const MAX_TRIED: usize = 32;

/// The repairs of one SKILL.md.
pub(crate) struct Repairs<'a> {
    material: &'a Material<'a>,
    left: usize,
}

impl<'a> Repairs<'a> {
    pub(crate) fn new(material: &'a Material<'a>) -> Self {
        Self { material, left: MAX_TRIED }
    }

    /// What could be done about a finding in SKILL.md without harm.
    pub(crate) fn of(&mut self, found: &Diagnostic) -> Option<Fix> {
        let (text, skill) = self.material.skill()?;
        let before = &self.material.reading.diagnostics;
        let subject = Subject { text, skill, folder: self.material.folder.name(), before };
        let candidates = subject.candidates(found);
        candidates
            .into_iter()
            .find(|edit| {
                let may = self.left > 0;
                self.left = self.left.saturating_sub(1);
                may && subject.is_safe(edit, found)
            })
            .map(|edit| Fix::Edit(vec![edit]))
    }
}

struct Subject<'a> {
    text: &'a Text,
    skill: &'a Skill,
    folder: &'a str,
    /// What is found in it before any repair.
    before: &'a [Diagnostic],
}

impl Subject<'_> {
    fn candidates(&self, found: &Diagnostic) -> Vec<Edit> {
        let span = found.span.clone();
        let written = self.text.content.get(span.clone()).unwrap_or_default();
        let replace = |replacement: String| vec![Edit { span: span.clone(), replacement }];
        match found.code {
            Code::ByteOrderMark | Code::LeadingBlankLines => replace(String::new()),
            Code::DotsClosing => replace("---".to_owned()),
            Code::UnusualMarker => self.marker(span).into_iter().collect(),
            Code::Tab => self.tabs(span).into_iter().collect(),
            Code::UnquotedColon
            | Code::ReservedStart
            | Code::UnbalancedQuotes
            | Code::ReadAsText
            | Code::NotAString
            | Code::MetadataNotText => quoted(span, written).into_iter().collect(),
            Code::AllowedToolsList | Code::AllowedToolsCommas => self.tools(),
            Code::FlowStyle => self.block_list(span).into_iter().collect(),
            Code::MissingName if span.is_empty() => self.missing_name().into_iter().collect(),
            Code::NameCase | Code::NameHyphens | Code::NameCharacters => {
                self.folder_name(span).into_iter().collect()
            }
            _ => Vec::new(),
        }
    }

    /// A line of hyphens becomes three.
    fn marker(&self, span: Range<usize>) -> Option<Edit> {
        let rest = &self.text.content[span.start..];
        let line = rest.lines().next()?.trim_end();
        let is_hyphens = line.bytes().all(|byte| byte == b'-');
        is_hyphens.then(|| Edit { span: span.start..span.start + line.len(), replacement: "---".to_owned() })
    }

    /// The tabs around the place become spaces.
    fn tabs(&self, span: Range<usize>) -> Option<Edit> {
        let content = &self.text.content;
        let is_blank = |byte: &u8| matches!(byte, b' ' | b'\t');
        let before = content.as_bytes()[..span.start].iter().rev().take_while(|byte| is_blank(byte)).count();
        let after = content.as_bytes()[span.start..].iter().take_while(|byte| is_blank(byte)).count();
        let run = span.start - before..span.start + after;
        let written = &content[run.clone()];
        let starts_line = content[..run.start].ends_with('\n');
        let replacement = if starts_line { written.replace('\t', "  ") } else { " ".to_owned() };
        written.contains('\t').then_some(Edit { span: run, replacement })
    }

    /// One text, plain where that reads back, else in quotes.
    fn tools(&self) -> Vec<Edit> {
        let front = &self.text.content[..self.skill.body_span.start];
        let Some(value) = field_value(front, "allowed-tools") else { return Vec::new() };
        if front[value.clone()].contains('#') || self.skill.allowed_tools.is_empty() {
            return Vec::new();
        }
        let colon = front[..value.start].rfind(':').map_or(value.start, |at| at + 1);
        let tools = self.skill.allowed_tools.join(" ");
        let quoted = format!(" '{}'", tools.replace('\'', "''"));
        [format!(" {tools}"), quoted].map(|replacement| Edit { span: colon..value.end, replacement }).into()
    }

    /// `tags: [a, b]` becomes one item a line, where the items are plain words.
    fn block_list(&self, span: Range<usize>) -> Option<Edit> {
        let content = &self.text.content;
        let line_start = content[..span.start].rfind('\n').map_or(0, |at| at + 1);
        let line_end = content[span.start..].find('\n').map_or(content.len(), |at| span.start + at);
        let (before, line) = (&content[line_start..span.start], content[span.start..line_end].trim_end());
        let indent = before.len() - before.trim_start().len();
        let items: Vec<&str> = line.strip_prefix('[')?.strip_suffix(']')?.split(',').map(str::trim).collect();
        let is_field = before.trim_end().ends_with(':') && !before.trim_start().starts_with('-');
        let is_plain = |item: &&str| {
            let inner = item.trim_matches(['"', '\'']);
            !inner.is_empty() && !inner.contains(['[', ']', '{', '}', '"', '\'', '#', ':', '&', '*', '!'])
        };
        if !is_field || !items.iter().all(is_plain) {
            return None;
        }
        let end = if content[line_start..line_end].ends_with('\r') { "\r\n" } else { "\n" };
        let lines = items.iter().map(|item| format!("{end}{}- {item}", " ".repeat(indent + 2)));
        let start = line_start + before.trim_end().len();
        Some(Edit { span: start..span.start + line.len(), replacement: lines.collect() })
    }

    fn missing_name(&self) -> Option<Edit> {
        let content = &self.text.content;
        let opening = content.find("---")?;
        let line_end = opening + content[opening..].find('\n')? + 1;
        let end = if content[..line_end].ends_with("\r\n") { "\r\n" } else { "\n" };
        let replacement = format!("name: {}{end}", self.folder);
        is_plain_name(self.folder).then_some(Edit { span: line_end..line_end, replacement })
    }

    /// The name becomes that of the folder, when the two differ only in what is not allowed.
    fn folder_name(&self, span: Range<usize>) -> Option<Edit> {
        let words = self.skill.name.to_lowercase();
        let words: Vec<&str> =
            words.split(['-', '_', ' ', '.']).map(str::trim).filter(|word| !word.is_empty()).collect();
        let is_same = words.join("-") == self.folder && is_plain_name(self.folder);
        is_same.then(|| Edit { span, replacement: self.folder.to_owned() })
    }

    /// Whether the file with the change loads, says the same, and has fewer findings of this kind.
    fn is_safe(&self, edit: &Edit, found: &Diagnostic) -> bool {
        let front = &self.text.content[..self.skill.body_span.start];
        if edit.span.end > front.len() {
            return false;
        }
        let after = [&front[..edit.span.start], &edit.replacement, &front[edit.span.end..]].concat();
        let after = read_skill_text(&after, self.folder);
        let count =
            |found_in: &[Diagnostic]| found_in.iter().filter(|other| other.code == found.code).count();
        let Some(new) = &after.skill else { return false };
        let changes_name = matches!(found.code, Code::NameCase | Code::NameHyphens | Code::NameCharacters);
        let name = if changes_name { self.folder } else { &self.skill.name };
        count(&after.diagnostics) < count(self.before)
            && new.name == name
            && new.body.is_empty()
            && says_the_same(self.skill, new)
    }
}

/// Whether two skills differ in nothing but name, body and the types of values.
pub(crate) fn says_the_same<'a>(old: &'a Skill, new: &'a Skill) -> bool {
    let texts = |skill: &'a Skill| {
        let Skill { description, license, compatibility, allowed_tools, extensions, .. } = skill;
        (description, license, compatibility, allowed_tools, extensions)
    };
    let shown = |mapping: &Mapping| Value::Mapping(mapping.clone()).to_string();
    let is_same = |old: &Mapping, new: &Mapping| old == new || shown(old) == shown(new);
    texts(old) == texts(new) && is_same(&old.metadata, &new.metadata) && is_same(&old.unknown, &new.unknown)
}

/// A value on one line, in single quotes.
fn quoted(span: Range<usize>, written: &str) -> Option<Edit> {
    let value = written.trim();
    let is_list_or_map =
        value.starts_with(['[', '{', '-', '|', '>', '&', '*', '!']) && !value.starts_with("-.");
    if value.is_empty() || value.contains('\n') || (is_list_or_map && value.contains(['\n', '['])) {
        return None;
    }
    let start = span.start + (written.len() - written.trim_start().len());
    let replacement = format!("'{}'", value.replace('\'', "''"));
    Some(Edit { span: start..start + value.len(), replacement })
}

/// A name that every client takes.
fn is_plain_name(name: &str) -> bool {
    let is_plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    let is_number = name.bytes().all(|byte| byte.is_ascii_digit() || byte == b'-');
    let is_word = matches!(name, "true" | "false" | "null" | "yes" | "no" | "on" | "off");
    !is_number
        && !is_word
        && name.len() <= 64
        && name.bytes().all(is_plain)
        && !name.starts_with('-')
        && !name.ends_with('-')
        && !name.contains("--")
}

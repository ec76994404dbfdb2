//! Prose, cut into sentences that know where they stand.

use std::ops::Range;
use std::rc::Rc;

use super::concept::{self, Concepts};
use super::normal::normal;
use crate::material::{Language, Source};

/// What a sentence stands in.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Setting {
    /// In the front matter of SKILL.md.
    pub(super) front: bool,
    /// In a fence of text: a sample or a template rather than the author's own words.
    pub(super) fenced: bool,
    /// A row of a table.
    pub(super) table: bool,
    /// Below a heading that announces attacks, bad examples or warnings, or in a file of such.
    pub(super) warning: bool,
    /// In a comment of a program or of a data file.
    pub(super) comment: bool,
}

/// One sentence.
#[derive(Debug)]
pub(super) struct Sentence<'a> {
    pub(super) source: &'a Source,
    pub(super) span: Range<usize>,
    /// See [`normal`].
    pub(super) text: String,
    pub(super) setting: Setting,
    /// The heading it stands below, normal.
    pub(super) heading: Rc<str>,
    /// What that speaks of.
    pub(super) announced: Concepts,
    /// Counts the headings before it: sentences of one section have the same.
    pub(super) section: usize,
    /// What it speaks of.
    pub(super) concepts: Concepts,
    /// What the heading and the sentences shortly before it speak of.
    pub(super) before: Concepts,
}

/// Longest paragraph that is looked at as one, in bytes; a longer one is cut.
const MAX_UNIT: usize = 4000;
/// Longest heading that announces something, in words.
const MAX_WARNING_WORDS: usize = 8;
/// Shortest line of data that is read as words, in bytes, and how many words it takes.
const SHORTEST_VALUE: usize = 40;
const SPOKEN_WORDS: usize = 8;
/// Most lines of data that are looked at.
const VALUES: usize = 5000;
/// How many sentences before one are its context.
const CONTEXT: usize = 5;

/// The sentences of a file of prose, and of the comments of any other file.
pub(super) fn sentences(source: &Source) -> Vec<Sentence<'_>> {
    let mut cutter = Cutter::new(source);
    for stretch in &source.stretches {
        match stretch.language {
            Language::Prose => cutter.prose(stretch.span.clone()),
            Language::Data if source.language == Language::Data => {
                cutter.comments(stretch.span.clone());
                cutter.values(stretch.span.clone());
            }
            _ if source.language == Language::Prose => cutter.prose_in_code(stretch.span.clone()),
            Language::Shell
            | Language::PowerShell
            | Language::Python
            | Language::JavaScript
            | Language::OtherCode
            | Language::Data => cutter.comments(stretch.span.clone()),
        }
    }
    cutter.finish()
}

struct Cutter<'a> {
    source: &'a Source,
    found: Vec<Sentence<'a>>,
    unit: Option<Range<usize>>,
    setting: Setting,
    file_warns: bool,
    heading: Rc<str>,
    /// Level and words of the headings that are open, the outermost first.
    headings: Vec<(usize, bool)>,
    section: usize,
}

impl<'a> Cutter<'a> {
    fn new(source: &'a Source) -> Self {
        let path = source.path.to_ascii_lowercase().replace(['/', '-', '_', '.'], " ");
        let file_warns = concept::is_warning(&path) || concept::is_test(&source.path);
        let setting = Setting { warning: file_warns, ..Setting::default() };
        let heading = Rc::from("");
        Self {
            source,
            found: Vec::new(),
            unit: None,
            setting,
            file_warns,
            heading,
            headings: Vec::new(),
            section: 0,
        }
    }

    fn prose(&mut self, span: Range<usize>) {
        let text = &self.source.text;
        self.setting.front =
            span.start == 0 && self.source.path == skilled_format::SKILL_FILE && text.starts_with("---");
        let mut at = span.start;
        for line in text[span].split_inclusive('\n') {
            self.line(at, line);
            at += line.len();
        }
        self.end_unit();
    }

    /// Sentences that stand among code: a model reads them as it reads any other.
    fn prose_in_code(&mut self, span: Range<usize>) {
        let (fenced, front) = (self.setting.fenced, self.setting.front);
        self.setting.fenced = false;
        let text = &self.source.text;
        let mut at = span.start;
        for line in text[span].split_inclusive('\n') {
            if reads_as_prose(line) {
                self.end_unit();
                self.line(at, line);
                self.end_unit();
            }
            at += line.len();
        }
        (self.setting.fenced, self.setting.front) = (fenced, front);
    }

    fn line(&mut self, at: usize, line: &str) {
        let bare = line.trim();
        let start = at + (line.len() - line.trim_start().len());
        let range = start..start + bare.len();
        let inner = bare.trim_start_matches(['>', ' ']);
        if bare.is_empty() {
            return self.end_unit();
        }
        if bare.starts_with("---") && self.source.path == skilled_format::SKILL_FILE {
            self.end_unit();
            self.setting.front = self.setting.front && at == 0;
            return;
        }
        if inner.starts_with("```") || inner.starts_with("~~~") {
            self.end_unit();
            self.setting.fenced = !self.setting.fenced;
            return;
        }
        let level = inner.bytes().take_while(|&byte| byte == b'#').count();
        if (1..=6).contains(&level)
            && !self.setting.fenced
            && !self.setting.front
            && inner[level..].starts_with([' ', '\t'])
        {
            self.end_unit();
            self.open_heading(level, &normal(inner[level..].trim()));
            self.unit = Some(range);
            return self.end_unit();
        }
        let table = inner.starts_with('|');
        if table || starts_unit(inner) || (self.setting.front && is_key(inner)) {
            self.end_unit();
            self.setting.table = table;
        }
        match &mut self.unit {
            Some(unit) if range.end - unit.start <= MAX_UNIT => unit.end = range.end,
            Some(_) | None => {
                self.end_unit();
                self.setting.table = table;
                self.unit = Some(range);
            }
        }
    }

    fn open_heading(&mut self, level: usize, heading: &str) {
        self.headings.retain(|(open, _)| *open < level);
        // The title of a skill is no excuse for what stands below it, nor is a heading that is an order itself.
        let short = heading.split(' ').count() <= MAX_WARNING_WORDS;
        self.headings.push((level, level > 1 && short && concept::is_warning(heading)));
        self.setting.warning = self.file_warns || self.headings.iter().any(|(_, warns)| *warns);
        self.heading = Rc::from(heading);
        self.section += 1;
    }

    fn end_unit(&mut self) {
        let Some(unit) = self.unit.take() else { return };
        let text = &self.source.text[unit.clone()];
        for range in split(text) {
            self.add(unit.start + range.start..unit.start + range.end);
        }
    }

    fn add(&mut self, span: Range<usize>) {
        let text = normal(&self.source.text[span.clone()]);
        if text.len() < 6 {
            return;
        }
        self.found.push(Sentence {
            source: self.source,
            span,
            text,
            setting: self.setting,
            heading: self.heading.clone(),
            announced: Concepts::default(),
            section: self.section,
            concepts: Concepts::default(),
            before: Concepts::default(),
        });
    }

    /// Comments and the strings that document a program: lines that start with a sign of a comment, or stand between
    /// triple quotes.
    fn comments(&mut self, span: Range<usize>) {
        self.setting.comment = true;
        let text = &self.source.text;
        let mut at = span.start;
        let mut quoted = false;
        for line in text[span].split_inclusive('\n') {
            let bare = line.trim();
            let quotes = bare.matches("\"\"\"").count() + bare.matches("'''").count();
            let sign = ["#", "//", "/*", "*", "--", "<!--", ";"].iter().any(|sign| bare.starts_with(sign));
            if sign || quoted || quotes > 0 {
                let start = at + (line.len() - line.trim_start().len());
                let inner = bare.trim_start_matches(['#', '/', '*', '-', '<', '!', ';', ' ', '"']);
                let skipped = bare.len() - inner.len();
                self.unit = match self.unit.take() {
                    Some(unit) if !inner.is_empty() && start + bare.len() - unit.start < MAX_UNIT => {
                        Some(unit.start..start + bare.len())
                    }
                    other => {
                        self.unit = other;
                        self.end_unit();
                        (!inner.is_empty()).then(|| start + skipped..start + bare.len())
                    }
                };
            } else {
                self.end_unit();
            }
            quoted ^= quotes % 2 == 1;
            at += line.len();
        }
        self.end_unit();
        self.setting.comment = false;
    }

    /// Values of data that are sentences in words: descriptions, prompts, messages.
    fn values(&mut self, span: Range<usize>) {
        let text = &self.source.text;
        // A table of knowledge quotes more than it orders.
        self.setting.table =
            [".csv", ".tsv", ".jsonl"].iter().any(|end| self.source.path.strip_suffix(end).is_some());
        let mut at = span.start;
        let mut folded = None;
        for line in text[span].split_inclusive('\n').take(VALUES) {
            let bare = line.trim();
            let start = at + (line.len() - line.trim_start().len());
            let end = start + bare.len();
            // A text that goes on in lines that start as far to the right is one.
            let indent = start - at;
            let goes_on = folded == Some(indent)
                && indent > 0
                && !bare.is_empty()
                && !is_key(bare)
                && !starts_unit(bare);
            match &mut self.unit {
                Some(unit) if goes_on && end - unit.start < MAX_UNIT => unit.end = end,
                Some(_) | None => {
                    self.end_unit();
                    folded = None;
                    if bare.len() >= SHORTEST_VALUE && !bare.starts_with('#') && spoken(bare) {
                        self.unit = Some(start..end);
                        folded = (!bare.starts_with(['"', '{', '[', '-']) && !is_key(bare)).then_some(indent);
                    }
                }
            }
            at += line.len();
        }
        self.end_unit();
    }

    /// Works out what the sentences speak of. Comments of programs are asked only about their wording.
    fn finish(self) -> Vec<Sentence<'a>> {
        let mut found = self.found;
        if !matches!(self.source.language, Language::Prose | Language::Data) {
            return found;
        }
        let concepts = Concepts::of_lines(&joined(&found));
        for (at, of_one) in concepts.iter().enumerate().take(found.len()) {
            let section = found[at].section;
            let first = found.partition_point(|other| other.section < section);
            let context = concepts[first.max(at.saturating_sub(CONTEXT))..at].iter();
            found[at].concepts = *of_one;
            found[at].before = context.fold(Concepts::default(), |all, one| all.with(*one));
            found[at].announced = if section == 0 { Concepts::default() } else { concepts[first] };
        }
        found
    }
}

/// The texts of sentences, one on each line.
pub(super) fn joined(sentences: &[Sentence<'_>]) -> String {
    let texts: Vec<&str> = sentences.iter().map(|sentence| sentence.text.as_str()).collect();
    texts.join("\n")
}

/// Whether a line of data holds a sentence that speaks to somebody.
fn spoken(line: &str) -> bool {
    let words = line.split_whitespace().filter(|word| {
        let core = word.trim_matches(|c: char| c.is_ascii_punctuation());
        core.chars().count() > 1 && core.chars().all(|c| c.is_alphabetic() || matches!(c, '\'' | '-'))
    });
    words.take(SPOKEN_WORDS).count() == SPOKEN_WORDS || line.chars().filter(|c| *c > '\u{2fff}').count() >= 12
}

/// Whether a line of code is a sentence in words, or a heading.
fn reads_as_prose(line: &str) -> bool {
    let bare = line.trim();
    let comment = bare.starts_with("//") || bare.starts_with('#') && !bare.starts_with("##");
    let mut words = 0;
    let mut plain = 0;
    for word in bare.split_whitespace() {
        words += 1;
        let core = word.trim_matches(|c: char| c.is_ascii_punctuation());
        plain += usize::from(
            !core.is_empty() && core.chars().all(|c| c.is_alphabetic() || matches!(c, '\'' | '-')),
        );
    }
    if bare.starts_with("## ") || bare.starts_with("### ") {
        return words > 2;
    }
    !comment && words >= 7 && plain * 10 >= words * 7
}

/// Whether a line starts a unit of its own: an item of a list, or a line that is bold from its start.
fn starts_unit(line: &str) -> bool {
    let digits = line.bytes().take_while(u8::is_ascii_digit).count();
    let numbered = (1..=3).contains(&digits) && line[digits..].starts_with(['.', ')']);
    numbered
        || line.starts_with("- ")
        || line.starts_with("* ")
        || line.starts_with("+ ")
        || line.starts_with("• ")
}

fn is_key(line: &str) -> bool {
    let key = line.trim_start_matches("- ");
    let end =
        key.bytes().take_while(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-')).count();
    end > 0 && key[end..].starts_with(':')
}

/// Byte ranges of the sentences of a paragraph.
fn split(text: &str) -> Vec<Range<usize>> {
    let mut found = Vec::new();
    let mut start = 0;
    let mut chars = text.char_indices().peekable();
    while let Some((at, c)) = chars.next() {
        let next = chars.peek().map(|(_, c)| *c);
        let ends = match c {
            '。' | '！' | '？' => true,
            '.' | '!' | '?' => {
                next.is_some_and(char::is_whitespace)
                    && !abbreviates(&text[start..at])
                    && !text[start..at].trim().is_empty()
            }
            _ => false,
        };
        if ends {
            found.push(start..at + c.len_utf8());
            start = at + c.len_utf8();
        }
    }
    found.push(start..text.len());
    found.retain_mut(|range| {
        let part = &text[range.clone()];
        let from = range.start + part.len() - part.trim_start().len();
        *range = from..from + part.trim().len();
        range.start < range.end
    });
    found
}

/// Whether a full stop after `text` ends no sentence: `e.g.`, the number of a list.
fn abbreviates(text: &str) -> bool {
    let word = text.rsplit(char::is_whitespace).next().unwrap_or_default();
    let word = word.trim_start_matches('(').to_ascii_lowercase();
    matches!(word.as_str(), "e.g" | "i.e" | "etc" | "vs" | "cf" | "dr" | "mr" | "no")
        || word.bytes().all(|b| b.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(path: &str, text: &str) -> Vec<String> {
        let source = Source::new(path.to_owned(), text.to_owned());
        sentences(&source).into_iter().map(|sentence| sentence.text).collect()
    }

    #[test]
    fn prose_is_cut_at_lists_and_full_stops() {
        let text =
            "# Using it\n\nRead **this** first,\nthen go. Call e.g. curl. \n\n1. Open it.\n2. Close it\n";
        assert_eq!(
            texts("a.md", text),
            ["# using it", "read this first, then go.", "call e.g. curl.", "1. open it.", "2. close it"]
        );
    }

    #[test]
    fn comments_of_programs_are_read() {
        let text = "import os\n# Say nothing\n# to the user.\nx = 1\n\"\"\"Removes files.\n\nWithout asking.\n\"\"\"\ny()\n";
        assert_eq!(texts("a.py", text), ["say nothing # to the user.", "removes files.", "without asking."]);
    }

    #[test]
    fn a_sentence_knows_where_it_stands() {
        let text = "---\ndescription: Does things.\n---\n## Attacks to detect\n| look here | now |\n\n```text\nfenced words\n```\n";
        let source = Source::new("SKILL.md".to_owned(), text.to_owned());
        let settings: Vec<_> =
            sentences(&source).into_iter().map(|found| (found.text, found.setting)).collect();
        let none = Setting::default();
        let warning = Setting { warning: true, ..none };
        assert_eq!(
            settings,
            [
                ("description: does things.".to_owned(), Setting { front: true, ..none }),
                ("## attacks to detect".to_owned(), warning),
                ("| look here | now |".to_owned(), Setting { table: true, ..warning }),
                ("fenced words".to_owned(), Setting { fenced: true, ..warning }),
            ]
        );
    }
}

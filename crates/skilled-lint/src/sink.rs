//! Where rules put their findings, and what settings and comments make of them.

use std::collections::HashMap;
use std::ops::Range;

use memchr::{memchr_iter, memrchr};
use skilled_format::{Diagnostic, SKILL_FILE, printable};
use skilled_report::Rule;

use crate::allow::Allowances;
use crate::material::Text;
use crate::{Edit, Finding, Fix, Settings, rules};

/// Most findings of one rule in one file. What is beyond is counted in one more finding.
const MAX_OF_RULE_IN_FILE: usize = 100;

/// A finding without its line and severity.
#[derive(Debug)]
pub(crate) struct Draft {
    rule: &'static Rule,
    file: String,
    span: Range<usize>,
    message: String,
    help: Option<String>,
    fix: Option<Fix>,
}

impl Draft {
    /// A finding about a place. The message may quote the file; it is made safe to print.
    pub(crate) fn new(
        rule: &'static Rule,
        file: impl Into<String>,
        span: Range<usize>,
        message: impl AsRef<str>,
    ) -> Self {
        let message = printable(message.as_ref());
        Self { rule, file: file.into(), span, message, help: None, fix: None }
    }

    /// A finding about a file as a whole.
    pub(crate) fn whole(rule: &'static Rule, file: impl Into<String>, message: impl AsRef<str>) -> Self {
        Self::new(rule, file, 0..0, message)
    }

    /// Help that knows more than that of the rule.
    pub(crate) fn with_help(self, help: impl AsRef<str>) -> Self {
        Self { help: Some(printable(help.as_ref())), ..self }
    }

    pub(crate) fn with_fix(self, fix: Option<Fix>) -> Self {
        Self { fix, ..self }
    }
}

impl From<&Diagnostic> for Draft {
    fn from(found: &Diagnostic) -> Self {
        let rule = rules::of(found.code);
        Self {
            rule,
            file: found.file.clone(),
            span: found.span.clone(),
            message: found.message.clone(),
            help: None,
            fix: None,
        }
    }
}

/// Collects the findings of one skill.
pub(crate) struct Sink<'a> {
    settings: &'a Settings,
    allowances: &'a Allowances,
    found: Vec<Draft>,
    /// How many there are of a rule in a file, in two levels so that a look-up copies nothing.
    counts: HashMap<&'static str, HashMap<String, usize>>,
    suppressed: usize,
}

impl<'a> Sink<'a> {
    pub(crate) fn new(settings: &'a Settings, allowances: &'a Allowances) -> Self {
        Self { settings, allowances, found: Vec::new(), counts: HashMap::new(), suppressed: 0 }
    }

    /// Takes a finding, unless it is turned off. Only those in force count towards the most that are shown, and a comment is
    /// used by every finding that it is about.
    pub(crate) fn push(&mut self, draft: Draft) {
        let is_off = self.settings.severity_of(draft.rule.code, rules::severity(draft.rule)).is_none();
        if is_off || self.allowances.allow(draft.rule.code, &draft.file, draft.span.start) {
            self.suppressed += 1;
            return;
        }
        let files = self.counts.entry(draft.rule.code).or_default();
        let count = match files.get_mut(&draft.file) {
            Some(count) => count,
            None => files.entry(draft.file.clone()).or_default(),
        };
        *count += 1;
        if *count <= MAX_OF_RULE_IN_FILE {
            self.found.push(draft);
        }
    }

    /// Whether another finding of the rule in the file would be shown. Rules ask before they do something costly.
    pub(crate) fn has_room(&self, rule: &'static Rule, file: &str) -> bool {
        let count = self.counts.get(rule.code).and_then(|files| files.get(file));
        count.is_none_or(|count| *count < MAX_OF_RULE_IN_FILE)
    }

    /// The findings in force, SKILL.md first, then by file and place, and how many were turned off.
    pub(crate) fn finish(mut self, texts: &[Text]) -> (Vec<Finding>, usize) {
        let allowances = self.allowances;
        allowances.report(|draft| self.push(draft));
        self.summarise();
        let suppressed = self.suppressed;
        self.found.sort_by(|a, b| order(a).cmp(&order(b)));
        (self.place(texts), suppressed)
    }

    /// Says how many findings are not shown.
    fn summarise(&mut self) {
        for (code, files) in &self.counts {
            let Some(rule) = rules::find(code) else { continue };
            for (file, count) in files.iter().filter(|(_, count)| **count > MAX_OF_RULE_IN_FILE) {
                let hidden = count - MAX_OF_RULE_IN_FILE;
                let message = format!("{hidden} more findings of this kind in the file are not shown");
                self.found.push(Draft::whole(rule, file.clone(), message));
            }
        }
    }

    /// Works out lines, columns and severities. Within a file the places are counted on from each other.
    fn place(self, texts: &[Text]) -> Vec<Finding> {
        let by_path: HashMap<&str, &str> =
            texts.iter().map(|text| (text.path.as_str(), text.content.as_str())).collect();
        let mut findings: Vec<Finding> = Vec::with_capacity(self.found.len());
        let mut cursor = Cursor::default();
        for draft in self.found {
            let content = by_path.get(draft.file.as_str()).copied().unwrap_or_default();
            if findings.last().is_none_or(|last| last.file != draft.file) {
                cursor = Cursor::default();
            }
            cursor.advance(content, draft.span.start);
            let usual = rules::severity(draft.rule);
            findings.push(Finding {
                rule: draft.rule,
                severity: self.settings.severity_of(draft.rule.code, usual).unwrap_or(usual),
                message: draft.message,
                help: draft.help.unwrap_or_else(|| draft.rule.help.to_owned()),
                file: draft.file,
                line: cursor.line,
                column: cursor.column,
                span: draft.span,
                fix: draft.fix.map(in_order),
            });
        }
        findings
    }
}

/// Edits are in the order of the file.
fn in_order(fix: Fix) -> Fix {
    match fix {
        Fix::Edit(mut edits) => {
            edits.sort_by_key(|Edit { span, .. }| span.start);
            Fix::Edit(edits)
        }
        Fix::MakeExecutable => Fix::MakeExecutable,
    }
}

fn order(draft: &Draft) -> (bool, &str, usize, usize, &str) {
    (draft.file != SKILL_FILE, &draft.file, draft.span.start, draft.span.end, draft.rule.code)
}

/// A place in a text that only moves on.
struct Cursor {
    offset: usize,
    line: usize,
    column: usize,
}

impl Default for Cursor {
    fn default() -> Self {
        Self { offset: 0, line: 1, column: 1 }
    }
}

impl Cursor {
    /// Moves on to `to`; an offset outside the text or inside a character is that of the character before it.
    fn advance(&mut self, text: &str, to: usize) {
        let mut to = to.min(text.len());
        while !text.is_char_boundary(to) {
            to -= 1;
        }
        let Some(between) = text.get(self.offset..to) else { return };
        match memrchr(b'\n', between.as_bytes()) {
            Some(newline) => {
                self.line += memchr_iter(b'\n', between.as_bytes()).count();
                self.column = 1 + between[newline + 1..].chars().count();
            }
            None => self.column += between.chars().count(),
        }
        self.offset = to;
    }
}

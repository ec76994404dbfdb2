//! Findings as SARIF 2.1.0 (OASIS, 27 March 2020), written piece by piece, so that a log of any size needs little memory.

use std::collections::HashMap;
use std::fmt::Write as _;

use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

use crate::visible::visible;
use crate::{Finding, Level, Rule};

/// The program whose findings they are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Tool<'a> {
    /// Its name, such as `skilled check`.
    pub name: &'a str,
    /// Its version (Semantic Versioning).
    pub version: &'a str,
    /// Where its rules are described: a URL, or a path in its repository, that ends with `/`; the page of a rule is
    /// `CODE.md` below it. Only a URL can be a `helpUri` (SARIF §3.49.12); a path is named in the help.
    pub rules_url: &'a str,
}

/// Writes a SARIF log with one run: [`Sarif::begin`], then [`Sarif::result`] for each finding, then [`Sarif::end`]. The
/// pieces, one after the other, are the log.
#[derive(Debug)]
pub struct Sarif {
    /// The place of each rule in the list of the tool.
    rules: HashMap<&'static str, usize>,
    empty: bool,
    /// The file of the last result, and how often each hash occurred in it.
    file: String,
    seen: HashMap<String, usize>,
}

const SCHEMA: &str =
    "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json";

impl Sarif {
    /// Begins a log; returns its writer and its first piece. `rules` are all that findings may name.
    pub fn begin(tool: &Tool<'_>, rules: impl IntoIterator<Item = &'static Rule>) -> (Self, String) {
        let rules: Vec<&Rule> = rules.into_iter().collect();
        let places = rules.iter().enumerate().map(|(at, rule)| (rule.code, at)).collect();
        let described: Vec<Value> = rules.iter().map(|rule| described(rule, tool.rules_url)).collect();
        let driver = json!({
            "name": tool.name,
            "semanticVersion": tool.version,
            "rules": described,
        });
        let head = format!(
            "{{\"$schema\":\"{SCHEMA}\",\"version\":\"2.1.0\",\"runs\":[{{\"tool\":{{\"driver\":{driver}}},\
             \"columnKind\":\"unicodeCodePoints\",\"results\":["
        );
        (Self { rules: places, empty: true, file: String::new(), seen: HashMap::new() }, head)
    }

    /// Returns the piece of one finding. Findings of one file should follow each other.
    pub fn result(&mut self, finding: &Finding<'_>) -> String {
        let path = uri(finding.path);
        let mut result = json!({
            "ruleId": finding.rule.code,
            "level": level(finding.level),
            "message": { "text": message(finding) },
            "locations": [{
                "physicalLocation": { "artifactLocation": { "uri": path }, "region": region(finding) },
            }],
            "partialFingerprints": { "primaryLocationLineHash": self.fingerprint(finding) },
            "properties": { "severity": finding.severity, "tags": finding.rule.tags },
        });
        if let Some(at) = self.rules.get(finding.rule.code) {
            result["ruleIndex"] = json!(at);
        }
        let separator = if std::mem::take(&mut self.empty) { "\n" } else { ",\n" };
        format!("{separator}{result}")
    }

    /// Returns the last piece. `complete` says whether everything that was asked for was looked at.
    pub fn end(self, complete: bool) -> String {
        format!("\n],\"invocations\":[{{\"executionSuccessful\":{complete}}}]}}]}}\n")
    }

    /// A hash that stays when lines are added elsewhere: of the rule and the text of the line. The number after it tells
    /// equal ones in a file apart.
    fn fingerprint(&mut self, finding: &Finding<'_>) -> String {
        if self.file != finding.path {
            finding.path.clone_into(&mut self.file);
            self.seen.clear();
        }
        let line = finding.source.map_or("", |source| line_at(source, finding.span.start));
        let mut hash = Sha256::new();
        for part in [finding.rule.code, "\0", line.trim()] {
            hash.update(part);
        }
        let mut hex = String::new();
        for byte in hash.finalize().iter().take(8) {
            // Writing to a string cannot fail.
            let _ = write!(hex, "{byte:02x}");
        }
        let count = self.seen.entry(hex.clone()).or_default();
        *count += 1;
        format!("{hex}:{count}")
    }
}

fn described(rule: &Rule, rules_url: &str) -> Value {
    let page = format!("{rules_url}{}.md", rule.code);
    let mut properties = json!({ "tags": rule.tags, "severity": rule.severity });
    // What GitHub sorts security findings by; it reads it only beside the tag `security`.
    if let Some(score) = score(rule.severity) {
        properties["security-severity"] = json!(score);
        properties["tags"] = json!([&["security"], rule.tags].concat());
    }
    let Rule { code, why, help, .. } = rule;
    let mut described = json!({
        "id": code,
        "shortDescription": { "text": rule.title },
        "fullDescription": { "text": why },
        "help": {
            "text": format!("{why}\n\n{help}\n\nMore: {page}"),
            "markdown": format!("**Why it matters.** {why}\n\n**What to do.** {help}\n\nMore: {page}"),
        },
        "defaultConfiguration": { "level": level(rule.level) },
        "properties": properties,
    });
    if page.contains("://") {
        described["helpUri"] = json!(page);
    }
    described
}

/// A number from 0 to 10 for the severities of an audit, in the bands of CVSS 3.1 (section 5).
fn score(severity: &str) -> Option<&'static str> {
    match severity {
        "critical" => Some("9.5"),
        "high" => Some("8.0"),
        "medium" => Some("5.5"),
        "low" => Some("2.0"),
        _ => None,
    }
}

fn message(finding: &Finding<'_>) -> String {
    let mut text = visible(finding.message).into_owned();
    for (label, note) in finding.notes {
        let _ = write!(text, "\n{label}: {}", visible(note));
    }
    text
}

const fn level(level: Level) -> &'static str {
    match level {
        Level::Note => "note",
        Level::Warning => "warning",
        Level::Error => "error",
    }
}

fn region(finding: &Finding<'_>) -> Value {
    let (line, column) = (finding.line.max(1), finding.column.max(1));
    let mut region = json!({ "startLine": line, "startColumn": column });
    let covered = finding.source.and_then(|source| source.get(finding.span.clone()));
    if let Some(covered) = covered.filter(|covered| !covered.is_empty()) {
        let breaks = covered.matches('\n').count();
        let last = covered.rsplit('\n').next().unwrap_or_default().chars().count();
        region["endLine"] = json!(line + breaks);
        region["endColumn"] = json!(if breaks == 0 { column + last } else { 1 + last });
    }
    region
}

fn line_at(source: &str, offset: usize) -> &str {
    let at = source.floor_char_boundary(offset);
    let start = source[..at].rfind('\n').map_or(0, |at| at + 1);
    let end = source[at..].find('\n').map_or(source.len(), |end| at + end);
    &source[start..end]
}

/// A path as a reference of RFC 3986: relative, or with the scheme `file`.
fn uri(path: &str) -> String {
    let mut out = String::from(if path.starts_with('/') { "file://" } else { "" });
    for byte in path.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' | b'/' => {
                out.push(byte.into());
            }
            _ => {
                let _ = write!(out, "%{byte:02X}");
            }
        }
    }
    out
}

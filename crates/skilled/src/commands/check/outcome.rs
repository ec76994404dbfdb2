//! What a check says of one skill, and what all of them come to.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::process::ExitCode;

use serde::Serialize;
use serde_json::{Value, json};
use skilled_lint::search::Target;
use skilled_lint::{Checked, Finding, Severity};
use skilled_report::Level;

use super::settings::Plan;
use crate::error::Kind;
use crate::report::{Entry, Report};
use crate::screen::{count, number};
use crate::subjects::{self, Refused, Subject, UNREADABLE, joined};

/// A skill that was checked.
pub(super) struct Outcome {
    /// Its path as the user knows it.
    path: String,
    checked: Checked,
    /// The texts of the files with findings, where they are to be shown.
    sources: BTreeMap<String, String>,
}

/// Checks what is at a target: a skill, or those in an archive.
pub(super) fn of(target: &Target, plan: &Plan, with_sources: bool) -> Vec<Outcome> {
    match subjects::open(target) {
        Ok(opened) => {
            opened.subjects.iter().map(|subject| Outcome::new(subject, plan, with_sources)).collect()
        }
        Err(refused) => vec![Outcome::refused(&refused)],
    }
}

impl Outcome {
    pub(super) fn new(subject: &Subject, plan: &Plan, with_sources: bool) -> Self {
        let checked = skilled_lint::check(&subject.folder, &plan.settings);
        let files = checked.findings.iter().map(|finding| finding.file.as_str());
        let sources = if with_sources { subject.sources(files) } else { BTreeMap::new() };
        Self { path: subject.path.clone(), sources, checked }
    }

    pub(super) fn refused(refused: &Refused) -> Self {
        let finding = |(message, help): (String, &str)| Finding {
            rule: &UNREADABLE,
            severity: Severity::Error,
            message,
            help: help.to_owned(),
            file: String::new(),
            line: 1,
            column: 1,
            span: 0..0,
            fix: None,
        };
        let checked = Checked {
            name: None,
            loaded: false,
            valid: false,
            findings: refused.messages().map(finding).collect(),
            suppressed: 0,
        };
        Self { path: refused.path.clone(), checked, sources: BTreeMap::new() }
    }

    pub(super) const fn checked(&self) -> &Checked {
        &self.checked
    }

    /// Gives it out, errors only where asked.
    pub(super) fn show(&self, report: &mut Report, quiet: bool) {
        let wanted = |finding: &&Finding| !quiet || finding.severity == Severity::Error;
        let found: Vec<&Finding> = self.checked.findings.iter().filter(wanted).collect();
        let paths: Vec<String> = found.iter().map(|finding| joined(&self.path, &finding.file)).collect();
        let notes: Vec<[(&'static str, &str); 1]> =
            found.iter().map(|finding| [("help", finding.help.as_str())]).collect();
        let mut shown = Vec::with_capacity(found.len());
        for ((finding, path), notes) in found.iter().zip(&paths).zip(&notes) {
            shown.push(skilled_report::Finding {
                rule: finding.rule,
                level: level(finding.severity),
                severity: finding.severity.as_str(),
                message: &finding.message,
                notes,
                path,
                line: finding.line,
                column: finding.column,
                span: finding.span.clone(),
                source: self.sources.get(&finding.file).map(String::as_str),
            });
        }
        let json = self.json(&found, &paths);
        report.entry(&Entry { heading: self.heading(), findings: &shown, remarks: String::new(), json });
    }

    fn heading(&self) -> String {
        let Checked { loaded, valid, .. } = self.checked;
        let loads = if loaded { "loads" } else { "does not load" };
        let is_valid = if valid { "valid" } else { "not valid" };
        format!("{}: {loads}, {is_valid}", self.path)
    }

    fn json<'a>(&'a self, found: &[&'a Finding], paths: &'a [String]) -> Skill<'a> {
        let diagnostic = |(finding, path): (&&'a Finding, &'a String)| Diagnostic {
            code: finding.rule.code,
            severity: finding.severity.as_str(),
            message: &finding.message,
            path,
            line: finding.line,
            column: finding.column,
            help: &finding.help,
        };
        Skill {
            path: &self.path,
            name: self.checked.name.as_deref(),
            loaded: self.checked.loaded,
            valid: self.checked.valid,
            diagnostics: found.iter().zip(paths).map(diagnostic).collect(),
        }
    }
}

/// What a script gets of a skill.
#[derive(Serialize)]
struct Skill<'a> {
    path: &'a str,
    name: Option<&'a str>,
    loaded: bool,
    valid: bool,
    diagnostics: Vec<Diagnostic<'a>>,
}

/// What a script gets of a finding.
#[derive(Serialize)]
struct Diagnostic<'a> {
    code: &'static str,
    severity: &'static str,
    message: &'a str,
    path: &'a str,
    line: usize,
    column: usize,
    help: &'a str,
}

const fn level(severity: Severity) -> Level {
    match severity {
        Severity::Info => Level::Note,
        Severity::Warning => Level::Warning,
        Severity::Error => Level::Error,
    }
}

/// What all skills come to.
#[derive(Debug, Default)]
pub(super) struct Totals {
    skills: usize,
    loaded: usize,
    valid: usize,
    errors: usize,
    warnings: usize,
    infos: usize,
    fixable: usize,
    suppressed: usize,
    /// Something that was asked for could not be done.
    is_failed: bool,
}

impl Totals {
    /// Remembers that something that was asked for could not be done.
    pub(super) const fn fail(&mut self) {
        self.is_failed = true;
    }

    pub(super) fn add(&mut self, outcome: &Outcome) {
        let checked = &outcome.checked;
        self.skills += 1;
        self.loaded += usize::from(checked.loaded);
        self.valid += usize::from(checked.valid);
        self.suppressed += checked.suppressed;
        for finding in &checked.findings {
            match finding.severity {
                Severity::Error => self.errors += 1,
                Severity::Warning => self.warnings += 1,
                Severity::Info => self.infos += 1,
            }
            self.fixable += usize::from(finding.fix.is_some());
        }
    }

    /// One sentence for people.
    pub(super) fn summary(&self) -> String {
        let (loaded, valid) = (number(self.loaded as u64), number(self.valid as u64));
        let (skills, errors) = (count(self.skills, "skill"), count(self.errors, "error"));
        let (warnings, infos) = (count(self.warnings, "warning"), count(self.infos, "info"));
        let mut line =
            format!("{skills} checked: {loaded} loaded, {valid} valid; {errors}, {warnings}, {infos}");
        if self.fixable > 0 {
            // Writing to a string cannot fail.
            let _ = write!(line, "; {} fixable with --fix", number(self.fixable as u64));
        }
        if self.suppressed > 0 {
            let _ = write!(line, "; {} turned off", number(self.suppressed as u64));
        }
        line
    }

    pub(super) fn json(&self) -> Value {
        json!({
            "skills": self.skills, "loaded": self.loaded, "valid": self.valid, "errors": self.errors,
            "warnings": self.warnings, "infos": self.infos, "fixable": self.fixable,
            "suppressed": self.suppressed,
        })
    }

    pub(super) const fn has_errors(&self) -> bool {
        self.errors > 0
    }

    pub(super) const fn is_empty(&self) -> bool {
        self.skills == 0
    }

    /// 2 when something that was asked for was not there, else 1 when there are errors or a repair was not written.
    pub(super) fn exit_code(&self, incomplete: bool) -> ExitCode {
        if incomplete || self.is_empty() {
            return ExitCode::from(Kind::Usage.code());
        }
        if self.has_errors() || self.is_failed { ExitCode::FAILURE } else { ExitCode::SUCCESS }
    }
}

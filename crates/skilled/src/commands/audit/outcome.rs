//! What an audit says of one skill, and what all of them come to.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::process::ExitCode;

use serde_json::{Value, json};
use skilled_audit::{Audit, Finding, Limits, Ruling, Severity};
use skilled_format::load_dir;
use skilled_lint::search::Target;
use skilled_report::{Level, wrapped};

use super::capabilities;
use super::opinion::{Opinion, Reviewer};
use super::policy::Judge;
use crate::error::Kind;
use crate::report::{Entry, Report};
use crate::screen::{count, number};
use crate::subjects::{self, Refused, Subject, UNREADABLE, joined};

/// What is shown of an audit.
pub(super) struct View {
    /// Findings are shown in their files.
    pub(super) sources: bool,
    /// The least severity that is shown.
    pub(super) least: Severity,
    pub(super) only_capabilities: bool,
    pub(super) width: usize,
}

/// A skill that was audited, or could not be.
pub(super) enum Outcome {
    Audited(Box<Audited>),
    Refused(Refused),
}

pub(super) struct Audited {
    path: String,
    name: Option<String>,
    digest: Option<String>,
    audit: Audit,
    /// For each finding what the policy says of it.
    verdicts: Vec<Verdict>,
    /// The texts of the files with findings, where they are to be shown.
    sources: BTreeMap<String, String>,
    opinion: Option<Opinion>,
}

/// What the policy says of a finding.
enum Verdict {
    Blocked,
    /// It would block; why it does not, if somebody said.
    Allowed(String),
    Noted,
}

impl Verdict {
    const fn blocks(&self) -> bool {
        match self {
            Self::Blocked => true,
            Self::Allowed(_) | Self::Noted => false,
        }
    }

    /// Why it is allowed; none when it is not.
    fn reason(&self) -> Option<&str> {
        match self {
            Self::Allowed(reason) => Some(reason),
            Self::Blocked | Self::Noted => None,
        }
    }
}

impl From<Ruling<'_>> for Verdict {
    fn from(ruling: Ruling<'_>) -> Self {
        match ruling {
            Ruling::Blocked => Self::Blocked,
            Ruling::Allowed(reason) => Self::Allowed(reason.to_owned()),
            Ruling::Noted => Self::Noted,
        }
    }
}

/// Audits what is at a target: a skill, or those in an archive.
pub(super) fn of(target: &Target, judge: &Judge, view: &View, reviewer: Option<&Reviewer>) -> Vec<Outcome> {
    match subjects::open(target) {
        Ok(opened) => {
            let audited = |subject| Outcome::Audited(Box::new(Audited::new(subject, judge, view, reviewer)));
            opened.subjects.iter().map(audited).collect()
        }
        Err(refused) => vec![Outcome::Refused(refused)],
    }
}

impl Audited {
    fn new(subject: &Subject, judge: &Judge, view: &View, reviewer: Option<&Reviewer>) -> Self {
        let audit = skilled_audit::audit(&subject.folder, &Limits::default());
        let verdicts = audit.findings.iter().map(|finding| judge.ruling(finding).into()).collect();
        let shown = audit.findings.iter().filter(|finding| finding.severity >= view.least);
        let sources = if view.sources {
            subject.sources(shown.map(|finding| finding.file.as_str()))
        } else {
            BTreeMap::new()
        };
        let digest = load_dir(subject.folder.path(), &skilled_format::Limits::default());
        Self {
            path: subject.path.clone(),
            name: subject.folder.reading().skill.map(|skill| skill.name),
            digest: digest.ok().map(|loaded| loaded.tree.digest().to_string()),
            audit,
            verdicts,
            sources,
            opinion: reviewer.and_then(|reviewer| reviewer.ask(subject)),
        }
    }

    fn show(&self, report: &mut Report, view: &View) {
        let all = self.audit.findings.iter().zip(&self.verdicts);
        let found: Vec<_> = all.filter(|(finding, _)| finding.severity >= view.least).collect();
        let texts: Vec<Texts> = found.iter().map(|(finding, verdict)| self.texts(finding, verdict)).collect();
        let notes: Vec<_> = texts.iter().map(Texts::notes).collect();
        let mut shown = Vec::with_capacity(found.len());
        if !view.only_capabilities {
            for (((finding, _), texts), notes) in found.iter().zip(&texts).zip(&notes) {
                shown.push(skilled_report::Finding {
                    rule: &finding.rule.rule,
                    level: level(finding.severity),
                    severity: finding.severity.as_str(),
                    message: &finding.message,
                    notes,
                    path: &texts.path,
                    line: finding.line,
                    column: finding.column,
                    span: finding.span.clone(),
                    source: self.sources.get(&finding.file).map(String::as_str),
                });
            }
        }
        let json = self.json(&found, &texts, view);
        report.entry(&Entry { heading: self.heading(), findings: &shown, remarks: self.remarks(view), json });
    }

    fn heading(&self) -> String {
        let blocked = self.verdicts.iter().filter(|verdict| verdict.blocks()).count();
        let verdict = if blocked == 0 {
            "not blocked".to_owned()
        } else {
            format!("blocked by {}", count(blocked, "finding"))
        };
        format!("{}: {verdict}", self.path)
    }

    fn texts(&self, finding: &Finding, verdict: &Verdict) -> Texts {
        let verdict = match verdict {
            Verdict::Blocked => ", blocked".to_owned(),
            Verdict::Allowed(reason) if reason.is_empty() => ", allowed".to_owned(),
            Verdict::Allowed(reason) => format!(", allowed: {}", skilled_format::printable(reason)),
            Verdict::Noted => String::new(),
        };
        Texts {
            path: joined(&self.path, &finding.file),
            class: format!(
                "{}, confidence {}{verdict}",
                finding.rule.class.id(),
                finding.confidence.as_str()
            ),
            why: finding.rule.rule.why,
            help: finding.rule.rule.help,
        }
    }

    /// What a person reads below the findings.
    fn remarks(&self, view: &View) -> String {
        let mut remarks = format!("\n{}", capabilities::text(&self.audit.capabilities, view.width));
        for (file, reason) in self.audit.unread.iter().filter(|_| !view.only_capabilities) {
            let line = format!("not read: {}: {reason}", joined(&self.path, file));
            // Writing to a string cannot fail.
            let _ = writeln!(remarks, "{}", wrapped(&line, view.width).join("\n"));
        }
        if let Some(opinion) = &self.opinion {
            remarks.push_str(&opinion.text(view.width));
        }
        remarks
    }

    fn json(&self, found: &[(&Finding, &Verdict)], texts: &[Texts], view: &View) -> Value {
        let finding = |((finding, verdict), texts): (&(&Finding, &Verdict), &Texts)| {
            json!({
                "rule": finding.rule.rule.code,
                "class": finding.rule.class.id(),
                "severity": finding.severity.as_str(),
                "confidence": finding.confidence.as_str(),
                "message": finding.message,
                "path": texts.path,
                "line": finding.line,
                "column": finding.column,
                "why": texts.why,
                "help": texts.help,
                "blocked": verdict.blocks(),
                "allowed": verdict.reason(),
                "fingerprint": finding.fingerprint(),
            })
        };
        let needs = capabilities::json(&self.audit.capabilities, &self.path);
        if view.only_capabilities {
            return json!({ "path": self.path, "name": self.name, "digest": self.digest, "capabilities": needs });
        }
        let unread =
            |(file, reason): &(String, String)| json!({ "path": joined(&self.path, file), "reason": reason });
        json!({
            "path": self.path,
            "name": self.name,
            "digest": self.digest,
            "findings": found.iter().zip(texts).map(finding).collect::<Vec<_>>(),
            "capabilities": needs,
            "unread": self.audit.unread.iter().map(unread).collect::<Vec<_>>(),
            "opinion": self.opinion.as_ref().map(Opinion::json),
        })
    }
}

/// The texts of a finding that are put together for it.
struct Texts {
    path: String,
    class: String,
    why: &'static str,
    help: &'static str,
}

impl Texts {
    fn notes(&self) -> [(&'static str, &str); 3] {
        [("class", &self.class), ("why", self.why), ("help", self.help)]
    }
}

impl Outcome {
    pub(super) fn show(&self, report: &mut Report, view: &View) {
        match self {
            Self::Audited(audited) => audited.show(report, view),
            Self::Refused(refused) => show_refused(refused, report),
        }
    }
}

/// What cannot be looked at is blocked: nobody knows what is in it.
fn show_refused(refused: &Refused, report: &mut Report) {
    let messages: Vec<(String, &str)> = refused.messages().collect();
    let notes: Vec<_> = messages.iter().map(|(_, help)| [("help", *help)]).collect();
    let mut shown = Vec::with_capacity(messages.len());
    for ((message, _), notes) in messages.iter().zip(&notes) {
        shown.push(skilled_report::Finding {
            rule: &UNREADABLE,
            level: Level::Error,
            severity: Severity::High.as_str(),
            message,
            notes,
            path: &refused.path,
            line: 1,
            column: 1,
            span: 0..0,
            source: None,
        });
    }
    let json = |(message, help): &(String, &str)| {
        json!({
            "rule": UNREADABLE.code, "class": skilled_audit::Class::Scanning.id(), "severity": Severity::High.as_str(),
            "confidence": skilled_audit::Confidence::High.as_str(), "message": message, "path": refused.path,
            "line": 1, "column": 1, "why": UNREADABLE.why, "help": help, "blocked": true, "allowed": null,
            "fingerprint": null,
        })
    };
    let json = json!({
        "path": refused.path, "name": null, "digest": null,
        "findings": messages.iter().map(json).collect::<Vec<_>>(),
        "capabilities": capabilities::json(&skilled_audit::Capabilities::default(), &refused.path),
        "unread": [{ "path": refused.path, "reason": messages.first().map(|(message, _)| message) }],
        "opinion": null,
    });
    let heading = format!("{}: blocked, it cannot be looked at", refused.path);
    report.entry(&Entry { heading, findings: &shown, remarks: String::new(), json });
}

const fn level(severity: Severity) -> Level {
    match severity {
        Severity::Info | Severity::Low => Level::Note,
        Severity::Medium => Level::Warning,
        Severity::High | Severity::Critical => Level::Error,
    }
}

/// What all skills come to.
#[derive(Debug, Default)]
pub(super) struct Totals {
    skills: usize,
    /// Skills with a finding that is blocked.
    blocked: usize,
    /// Findings by severity, the least first.
    findings: [usize; Severity::ALL.len()],
}

impl Totals {
    pub(super) fn add(&mut self, outcome: &Outcome) {
        self.skills += 1;
        match outcome {
            Outcome::Audited(audited) => {
                self.blocked += usize::from(audited.verdicts.iter().any(Verdict::blocks));
                for finding in &audited.audit.findings {
                    self.count(finding.severity, 1);
                }
            }
            Outcome::Refused(refused) => {
                self.blocked += 1;
                self.count(Severity::High, refused.problems.len());
            }
        }
    }

    fn count(&mut self, severity: Severity, number: usize) {
        let counts = Severity::ALL.iter().zip(&mut self.findings);
        counts.filter(|(of, _)| **of == severity).for_each(|(_, count)| *count += number);
    }

    /// One sentence for people.
    pub(super) fn summary(&self) -> String {
        let counts = Severity::ALL.iter().zip(&self.findings).rev().filter(|(_, count)| **count > 0);
        let counts: Vec<String> = counts
            .map(|(severity, count)| format!("{} {}", number(*count as u64), severity.as_str()))
            .collect();
        let found = if counts.is_empty() { "no findings".to_owned() } else { counts.join(", ") };
        format!("{} audited: {} blocked; {found}", count(self.skills, "skill"), number(self.blocked as u64))
    }

    pub(super) fn json(&self) -> Value {
        let counts = Severity::ALL.iter().zip(&self.findings);
        let findings: serde_json::Map<String, Value> =
            counts.map(|(severity, count)| (severity.as_str().to_owned(), json!(count))).collect();
        json!({ "skills": self.skills, "blocked": self.blocked, "findings": findings })
    }

    pub(super) const fn is_empty(&self) -> bool {
        self.skills == 0
    }

    /// 2 when something that was asked for was not there, else 1 when something is blocked.
    pub(super) fn exit_code(&self, incomplete: bool) -> ExitCode {
        if incomplete || self.is_empty() {
            return ExitCode::from(Kind::Usage.code());
        }
        if self.blocked > 0 { ExitCode::FAILURE } else { ExitCode::SUCCESS }
    }
}

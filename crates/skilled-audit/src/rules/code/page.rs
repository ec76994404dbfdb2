//! Writing a rule down without repeating what follows from its class and severity.

use skilled_report::{Example, Level, Rule};

use crate::{Class, RuleInfo, Severity};

/// What the page of a rule says.
pub(super) struct Page {
    pub(super) code: &'static str,
    pub(super) title: &'static str,
    pub(super) why: &'static str,
    pub(super) help: &'static str,
    pub(super) bad: Example,
    pub(super) good: Example,
}

/// A rule of a class, with the usual severity of its findings.
pub(super) const fn rule(class: Class, severity: Severity, page: &Page) -> RuleInfo {
    let level = match severity {
        Severity::Info | Severity::Low => Level::Note,
        Severity::Medium => Level::Warning,
        Severity::High | Severity::Critical => Level::Error,
    };
    let rule = Rule {
        code: page.code,
        severity: severity.as_str(),
        level,
        title: page.title,
        why: page.why,
        help: page.help,
        tags: tags(class),
        bad: page.bad,
        good: page.good,
    };
    RuleInfo { rule, class, severity }
}

const fn tags(class: Class) -> &'static [&'static str] {
    match class {
        Class::Malicious => &["AST01"],
        Class::SupplyChain => &["AST02"],
        Class::OverPrivileged => &["AST03"],
        Class::Metadata => &["AST04"],
        Class::Deserialisation => &["AST05"],
        Class::Isolation => &["AST06"],
        Class::UpdateDrift => &["AST07"],
        Class::Scanning => &["AST08"],
        Class::Governance => &["AST09"],
        Class::CrossPlatform => &["AST10"],
    }
}

//! What an audit finds.

use std::ops::Range;

use skilled_report::Rule;

/// How much harm a finding could do, if it is what it looks like.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Severity {
    /// Worth knowing.
    Info,
    /// Poor practice, little harm.
    Low,
    /// Could do harm together with something else, or has honest uses that should be looked at.
    Medium,
    /// Does harm when the skill is used as it says.
    High,
    /// An attack.
    Critical,
}

/// How sure it is that a finding is what it looks like.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Confidence {
    /// It often has honest reasons.
    Low,
    /// It seldom has honest reasons.
    Medium,
    /// There is hardly another explanation.
    High,
}

/// Classes of the OWASP Agentic Skills Top 10.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Class {
    /// AST01: malicious skills.
    Malicious,
    /// AST02: supply chain.
    SupplyChain,
    /// AST03: over-privileged skills.
    OverPrivileged,
    /// AST04: insecure metadata.
    Metadata,
    /// AST05: unsafe deserialisation.
    Deserialisation,
    /// AST06: weak isolation.
    Isolation,
    /// AST07: update drift.
    UpdateDrift,
    /// AST08: poor scanning, which includes what hides from it.
    Scanning,
    /// AST09: no governance.
    Governance,
    /// AST10: reuse across platforms.
    CrossPlatform,
}

/// A rule of an audit. Its [`Rule::tags`] hold the id of its class.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RuleInfo {
    /// What its page says.
    pub rule: Rule,
    /// Its class.
    pub class: Class,
    /// The severity of its findings, unless one is more or less certain to do harm.
    pub severity: Severity,
}

/// One finding about one place of a skill.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// The kind of finding.
    pub rule: &'static RuleInfo,
    /// How much harm it could do here.
    pub severity: Severity,
    /// How sure that is.
    pub confidence: Confidence,
    /// What was found here, on one line, safe to print.
    pub message: String,
    /// The file, relative to the skill folder, with `/` between components; what is in an archive is
    /// `archive.zip!/inner/path`.
    pub file: String,
    /// Line, from 1. A finding about the file as a whole is at line 1, column 1, with an empty span.
    pub line: usize,
    /// Column in characters, from 1.
    pub column: usize,
    /// Byte range in the file.
    pub span: Range<usize>,
}

impl Severity {
    /// All, the least first.
    pub const ALL: [Self; 5] = [Self::Info, Self::Low, Self::Medium, Self::High, Self::Critical];

    /// Returns `info`, `low`, `medium`, `high` or `critical`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Info => "info",
            Self::Low => "low",
            Self::Medium => "medium",
            Self::High => "high",
            Self::Critical => "critical",
        }
    }
}

impl Confidence {
    /// Returns `low`, `medium` or `high`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Low => "low",
            Self::Medium => "medium",
            Self::High => "high",
        }
    }
}

impl Class {
    /// Returns the id, `AST01` to `AST10`.
    pub const fn id(self) -> &'static str {
        match self {
            Self::Malicious => "AST01",
            Self::SupplyChain => "AST02",
            Self::OverPrivileged => "AST03",
            Self::Metadata => "AST04",
            Self::Deserialisation => "AST05",
            Self::Isolation => "AST06",
            Self::UpdateDrift => "AST07",
            Self::Scanning => "AST08",
            Self::Governance => "AST09",
            Self::CrossPlatform => "AST10",
        }
    }
}

//! Which findings block.

mod read;
#[cfg(test)]
mod tests;

use serde::Deserialize;

use crate::{Audit, Confidence, Finding, Severity};

/// Which findings block a skill, as somebody else than its author decides. Nothing in a skill can supply or change one.
///
/// ```
/// let policy: skilled_audit::Policy = serde_json::from_str(
///     r#"{"block": ["critical"], "allow": [{"rule": "own-hooks", "path": "hooks/**", "reason": "reviewed"}]}"#,
/// ).unwrap();
/// assert_eq!(policy.block, [skilled_audit::Severity::Critical]);
/// ```
///
/// `block` is also read as the least severity that blocks, or `never`; an entry of `allow` also as the code of a rule.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Policy {
    /// The severities that block. High and critical by default.
    #[serde(deserialize_with = "read::severities")]
    pub block: Vec<Severity>,
    /// The least confidence with which a finding blocks. Low by default: every one does.
    #[serde(deserialize_with = "read::confidence")]
    pub min_confidence: Confidence,
    /// Findings that do not block, each for a reason.
    pub allow: Vec<Allowance>,
}

/// Findings that somebody has looked at. What is given must fit; what is left out fits everything, but something must be
/// given besides the reason.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Allowance {
    /// Code of a rule.
    pub rule: Option<String>,
    /// A file relative to the skill folder; `dir/**` stands for everything below a folder.
    pub path: Option<String>,
    /// See [`Finding::fingerprint`].
    pub fingerprint: Option<String>,
    /// Why it is allowed; empty when only a rule was named.
    pub reason: String,
    /// The last day on which it is, as `2027-01-31`.
    pub expires: Option<String>,
}

/// What a policy says of one finding.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ruling<'a> {
    /// It blocks.
    Blocked,
    /// It would block and is allowed, with why.
    Allowed(&'a str),
    /// It does not block.
    Noted,
}

/// What a policy says of an audit. Every finding is in one of the three.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Verdict<'a> {
    /// Findings that block.
    pub blocked: Vec<&'a Finding>,
    /// Findings that would block and are allowed, with why.
    pub allowed: Vec<(&'a Finding, &'a str)>,
    /// All others.
    pub noted: Vec<&'a Finding>,
}

impl Default for Policy {
    fn default() -> Self {
        Self {
            block: vec![Severity::High, Severity::Critical],
            min_confidence: Confidence::Low,
            allow: Vec::new(),
        }
    }
}

impl Policy {
    /// Judges an audit. `today` is the day on which that is done, as `2026-01-31`: what has expired is not allowed.
    pub fn verdict<'a>(&'a self, audit: &'a Audit, today: &str) -> Verdict<'a> {
        let mut verdict = Verdict::default();
        for finding in &audit.findings {
            match self.ruling(finding, today) {
                Ruling::Blocked => verdict.blocked.push(finding),
                Ruling::Allowed(reason) => verdict.allowed.push((finding, reason)),
                Ruling::Noted => verdict.noted.push(finding),
            }
        }
        verdict
    }

    /// Judges one finding; see [`Policy::verdict`].
    pub fn ruling(&self, finding: &Finding, today: &str) -> Ruling<'_> {
        let grave = self.block.contains(&finding.severity) && finding.confidence >= self.min_confidence;
        let allowance = self.allow.iter().find(|allowance| allowance.covers(finding, today));
        match (grave, allowance) {
            (true, Some(allowance)) => Ruling::Allowed(&allowance.reason),
            (true, None) => Ruling::Blocked,
            (false, _) => Ruling::Noted,
        }
    }
}

impl Allowance {
    fn covers(&self, finding: &Finding, today: &str) -> bool {
        let given = self.rule.is_some() || self.path.is_some() || self.fingerprint.is_some();
        // Days in this form compare as text; one in another form never expires later than it says.
        let lasts = self.expires.as_deref().is_none_or(|day| is_day(day) && today <= day);
        let rule = self.rule.as_deref().is_none_or(|rule| rule == finding.rule.rule.code);
        let path = self.path.as_deref().is_none_or(|path| fits(path, &finding.file));
        let same = self.fingerprint.as_deref().is_none_or(|print| print == finding.fingerprint());
        given && lasts && rule && path && same
    }
}

impl Finding {
    /// Tells a finding from others when lines move: sixteen hexadecimal digits over its rule, file and message (FNV-1a,
    /// 64 bits). It recognises what was looked at; it does not protect against somebody who wants another finding with the
    /// same one.
    pub fn fingerprint(&self) -> String {
        let parts = [self.rule.rule.code, "\0", &self.file, "\0", &self.message];
        let bytes = parts.into_iter().flat_map(str::bytes);
        let hash = bytes.fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
            (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
        });
        format!("{hash:016x}")
    }
}

/// Whether a text is a day such as `2027-01-31`.
fn is_day(text: &str) -> bool {
    let form = "dddd-dd-dd".bytes();
    text.len() == 10
        && text.bytes().zip(form).all(|(byte, form)| match form {
            b'd' => byte.is_ascii_digit(),
            _ => byte == form,
        })
}

fn fits(pattern: &str, path: &str) -> bool {
    match pattern.strip_suffix("/**") {
        Some(folder) => path.strip_prefix(folder).is_some_and(|rest| rest.starts_with('/')),
        None => pattern == path,
    }
}

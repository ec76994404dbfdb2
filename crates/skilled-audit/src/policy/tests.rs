use super::*;
use crate::rules;

fn finding(code: &str, severity: Severity, file: &str) -> Finding {
    let rule = rules().find(|info| info.rule.code == code).unwrap();
    Finding {
        rule,
        severity,
        confidence: Confidence::Medium,
        message: "it is there".to_owned(),
        file: file.to_owned(),
        line: 1,
        column: 1,
        span: 0..0,
    }
}

fn audit() -> Audit {
    let findings = vec![
        finding("instruction-override", Severity::Critical, "SKILL.md"),
        finding("own-hooks", Severity::High, "hooks/a.json"),
        finding("broad-tools", Severity::Low, "SKILL.md"),
    ];
    Audit { findings, ..Audit::default() }
}

fn policy(json: &str) -> Policy {
    serde_json::from_str(json).unwrap()
}

fn codes(findings: &[&Finding]) -> Vec<&'static str> {
    findings.iter().map(|finding| finding.rule.rule.code).collect()
}

/// What blocks, and what is allowed.
fn judged(json: &str) -> (Vec<&'static str>, usize) {
    let (policy, audit) = (policy(json), audit());
    let verdict = policy.verdict(&audit, "2026-06-01");
    let count = verdict.blocked.len() + verdict.allowed.len() + verdict.noted.len();
    assert_eq!(count, audit.findings.len(), "every finding stays visible");
    (codes(&verdict.blocked), verdict.allowed.len())
}

#[test]
fn high_and_critical_block_unless_told_otherwise() {
    assert_eq!(judged("{}"), (vec!["instruction-override", "own-hooks"], 0));
    assert_eq!(judged(r#"{"block": ["critical", "low"]}"#), (vec!["instruction-override", "broad-tools"], 0));
    assert_eq!(judged(r#"{"block": []}"#), (vec![], 0));
    assert_eq!(judged(r#"{"min_confidence": "high"}"#), (vec![], 0));
}

#[test]
fn what_is_given_must_fit() {
    let allow = |parts: &str| judged(&format!(r#"{{"allow": [{{{parts}, "reason": "seen"}}]}}"#));
    let both = vec!["instruction-override", "own-hooks"];
    assert_eq!(allow(r#""rule": "own-hooks""#), (vec!["instruction-override"], 1));
    assert_eq!(allow(r#""path": "hooks/**""#), (vec!["instruction-override"], 1));
    assert_eq!(allow(r#""path": "hook/**""#), (both.clone(), 0));
    assert_eq!(allow(r#""rule": "own-hooks", "path": "SKILL.md""#), (both, 0));
    let print = audit().findings[0].fingerprint();
    assert_eq!(allow(&format!(r#""fingerprint": "{print}""#)), (vec!["own-hooks"], 1));
}

#[test]
fn what_has_expired_is_not_allowed() {
    let until = |day: &str| {
        judged(&format!(r#"{{"allow": [{{"rule": "own-hooks", "reason": "seen", "expires": "{day}"}}]}}"#)).1
    };
    assert_eq!(["2026-06-01", "2026-05-31", "2030-01-01"].map(until), [1, 0, 1]);
}

#[test]
fn what_is_unknown_is_refused() {
    for json in [r#"{"blocks": []}"#, r#"{"block": ["grave"]}"#, r#"{"allow": [{"rule": "own-hooks"}]}"#] {
        assert!(serde_json::from_str::<Policy>(json).is_err(), "{json}");
    }
}

#[test]
fn fingerprints_tell_findings_apart() {
    let prints: Vec<String> = audit().findings.iter().map(Finding::fingerprint).collect();
    assert_eq!(prints, audit().findings.iter().map(Finding::fingerprint).collect::<Vec<_>>());
    assert!(prints[0] != prints[1] && prints[1] != prints[2] && prints[0].len() == 16);
}

#[test]
fn a_least_severity_and_bare_rules_are_short_forms() {
    assert_eq!(policy(r#"{"block": "high"}"#), Policy::default());
    assert_eq!(policy(r#"{"block": "never"}"#).block, []);
    assert_eq!(policy(r#"{"block": "info"}"#).block, Severity::ALL);
    assert_eq!(judged(r#"{"allow": ["own-hooks"]}"#), (vec!["instruction-override"], 1));
}

#[test]
fn what_would_do_nothing_is_an_error() {
    let cases = [
        (r#"{"allow": [{"reason": "seen"}]}"#, "needs a `rule`"),
        (r#"{"allow": [{"rule": "own-hooks", "reason": " "}]}"#, "needs a `reason`"),
        (r#"{"allow": [{"rule": "own-hooks", "reason": "seen", "expires": "soon"}]}"#, "`soon` is no day"),
        (r#"{"allow": [{"rule": "own-hooks", "reason": "seen", "until": "2027-01-31"}]}"#, "until"),
        (r#"{"block": ["worst"]}"#, "`critical`"),
        (r#"{"block": 1}"#, "least severity"),
    ];
    for (text, says) in cases {
        let error = serde_json::from_str::<Policy>(text).unwrap_err().to_string();
        assert!(error.contains(says), "{text}: {error}");
    }
}

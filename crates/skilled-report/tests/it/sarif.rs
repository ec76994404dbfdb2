//! SARIF logs.

use serde_json::{Value, json};
use skilled_report::{Finding, Sarif, Tool};

use crate::kit::{HIGH, WARNING, at};

const TOOL: Tool<'_> =
    Tool { name: "skilled check", version: "0.1.0", rules_url: "https://example.org/rules/" };

fn log(findings: &[Finding<'_>]) -> Value {
    let (mut sarif, mut log) = Sarif::begin(&TOOL, [&WARNING, &HIGH]);
    for finding in findings {
        log.push_str(&sarif.result(finding));
    }
    log.push_str(&sarif.end(true));
    serde_json::from_str(&log).unwrap()
}

#[test]
fn a_log_has_one_run_with_its_rules_and_results() {
    let source = "a\n你bc\nd";
    let log = log(&[at(source, 5..9), Finding { rule: &HIGH, severity: "high", ..at(source, 0..0) }]);
    assert_eq!(log["version"], "2.1.0");
    let run = &log["runs"][0];
    assert_eq!(run["invocations"], json!([{ "executionSuccessful": true }]));
    assert_eq!(run["columnKind"], "unicodeCodePoints");
    let driver = &run["tool"]["driver"];
    assert_eq!(driver["name"], "skilled check");
    assert_eq!(
        driver["rules"][1],
        json!({
            "id": "pipe-to-shell",
            "shortDescription": { "text": "a download is run at once" },
            "fullDescription": { "text": HIGH.why },
            "help": {
                "text": format!("{}\n\n{}\n\nMore: https://example.org/rules/pipe-to-shell.md", HIGH.why, HIGH.help),
                "markdown": format!(
                    "**Why it matters.** {}\n\n**What to do.** {}\n\nMore: https://example.org/rules/pipe-to-shell.md",
                    HIGH.why, HIGH.help
                ),
            },
            "defaultConfiguration": { "level": "error" },
            "properties": { "tags": ["security", "AST02"], "severity": "high", "security-severity": "8.0" },
            "helpUri": "https://example.org/rules/pipe-to-shell.md",
        })
    );
    let hash = run["results"][0]["partialFingerprints"]["primaryLocationLineHash"].clone();
    assert_eq!(
        run["results"][0],
        json!({
            "ruleId": "dead-link",
            "level": "warning",
            "message": { "text": "it is wrong" },
            "locations": [{ "physicalLocation": {
                "artifactLocation": { "uri": "pdf/SKILL.md" },
                "region": { "startLine": 2, "startColumn": 2, "endLine": 3, "endColumn": 2 },
            } }],
            "partialFingerprints": { "primaryLocationLineHash": hash },
            "properties": { "severity": "warning", "tags": [] },
            "ruleIndex": 0,
        })
    );
    assert_eq!(run["results"][1]["ruleIndex"], 1);
    assert_eq!(
        run["results"][1]["locations"][0]["physicalLocation"]["region"],
        json!({ "startLine": 1, "startColumn": 1 })
    );
}

#[test]
fn a_log_without_findings_is_one() {
    assert_eq!(log(&[])["runs"][0]["results"], json!([]));
}

#[test]
fn fingerprints_stay_when_lines_move_and_differ_otherwise() {
    let hashes = |findings: &[Finding<'_>]| -> Vec<String> {
        let log = log(findings);
        let results = log["runs"][0]["results"].as_array().unwrap().clone();
        let hash = |result: &Value| result["partialFingerprints"]["primaryLocationLineHash"].clone();
        results.iter().map(|result| hash(result).as_str().unwrap().to_owned()).collect()
    };
    let before = hashes(&[at("same\nsame\nother\n", 0..4), at("same\nsame\nother\n", 5..9)]);
    let after = hashes(&[at("new\n  same\nsame\n", 6..10), at("new\n  same\nsame\n", 11..15)]);
    assert_eq!(before, after);
    assert!(before[0].ends_with(":1") && before[1].ends_with(":2"), "{before:?}");
    let other = hashes(&[at("same\nsame\nother\n", 10..15), Finding { rule: &HIGH, ..at("same", 0..4) }]);
    assert!(!other.contains(&before[0]) && other[0] != other[1], "{other:?}");
    let files = hashes(&[at("same", 0..4), Finding { path: "b/SKILL.md", ..at("same", 0..4) }]);
    assert_eq!(files[0], files[1], "each file counts for itself");
}

#[test]
fn paths_are_references() {
    let path = "a b/#ü:%\n\x1b/SKILL.md";
    let log = log(&[Finding { path, ..at("x", 0..1) }, Finding { path: "/abs/x", ..at("x", 0..1) }]);
    let uri = |at: usize| {
        log["runs"][0]["results"][at]["locations"][0]["physicalLocation"]["artifactLocation"]["uri"].clone()
    };
    assert_eq!((uri(0), uri(1)), (json!("a%20b/%23%C3%BC%3A%25%0A%1B/SKILL.md"), json!("file:///abs/x")));
}

#[test]
fn only_an_address_is_one() {
    let (_, head) = Sarif::begin(&Tool { rules_url: "docs/rules/", ..TOOL }, [&WARNING]);
    assert!(!head.contains("helpUri") && head.contains("More: docs/rules/dead-link.md"), "{head}");
}

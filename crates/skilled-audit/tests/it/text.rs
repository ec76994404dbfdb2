//! What prose, metadata, settings and files are judged to be.

mod prose;
mod surroundings;

use std::fs;
use std::path::Path;

use skilled_audit::{Audit, Limits, Severity, audit};
use skilled_format::Folder;
use skilled_report::File;

pub(crate) const HEAD: &str =
    "---\nname: notes\ndescription: Keeps meeting notes. Use when the user asks for minutes.\n---\n";

/// Audits a skill called `notes` of these files.
pub(crate) fn audited(files: &[(&str, &str)]) -> Audit {
    let parent = tempfile::tempdir().unwrap();
    let root = parent.path().join("notes");
    for (path, content) in files {
        write(&root.join(path), content.as_bytes());
    }
    audit_at(&root)
}

pub(crate) fn audit_at(root: &Path) -> Audit {
    audit(&Folder::open(root, &skilled_format::Limits::default()).unwrap(), &Limits::default())
}

pub(crate) fn write(path: &Path, content: &[u8]) {
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, content).unwrap();
}

/// Audits a skill whose body is this.
pub(super) fn body(text: &str) -> Audit {
    audited(&[("SKILL.md", &format!("{HEAD}{text}\n"))])
}

/// Rules with a finding of at least this severity, each once.
fn rules_at(audit: &Audit, least: Severity) -> Vec<&'static str> {
    let grave = audit.findings.iter().filter(|finding| finding.severity >= least);
    let mut codes: Vec<&str> = grave.map(|finding| finding.rule.rule.code).collect();
    codes.sort_unstable();
    codes.dedup();
    codes
}

fn grave(audit: &Audit) -> Vec<&'static str> {
    rules_at(audit, Severity::High)
}

fn of_example(example: &[File]) -> Audit {
    let files: Vec<_> = example.iter().map(|file| (file.path, file.content)).collect();
    audited(&files)
}

#[test]
fn every_rule_finds_its_bad_example_and_passes_its_good_one() {
    let mut tried = 0;
    let mut wrong = Vec::new();
    for info in skilled_audit::rules().filter(|info| !info.rule.bad.is_empty()) {
        let code = info.rule.code;
        let (bad, good) = (of_example(info.rule.bad), of_example(info.rule.good));
        if !rules_at(&bad, Severity::Info).contains(&code) || rules_at(&good, Severity::Info).contains(&code)
        {
            wrong.push((code, bad.findings, good.findings));
        }
        tried += 1;
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
    assert!(tried > 50, "only {tried} rules have examples");
}

#[test]
fn codes_are_unique_and_rules_describe_themselves() {
    let mut codes: Vec<&str> = skilled_audit::rules().map(|info| info.rule.code).collect();
    let all = codes.len();
    codes.sort_unstable();
    codes.dedup();
    assert_eq!(codes.len(), all);
    for info in skilled_audit::rules() {
        assert_eq!(info.rule.severity, info.severity.as_str(), "{}", info.rule.code);
        assert!(info.rule.tags.contains(&info.class.id()), "{}", info.rule.code);
        assert!(!info.rule.title.ends_with('.') && !info.rule.why.is_empty(), "{}", info.rule.code);
    }
}

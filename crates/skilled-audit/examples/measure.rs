//! Audits collections of skills and prints how many of each have a finding that blocks, as Markdown or JSON.
//!
//! `cargo run -q --release -p skilled-audit --example measure -- --benign DIR… --malicious DIR… [--labels FILE] [--json]`
//!
//! In a folder given as malicious, skills are benign where their label says so: `expected_safe` in `_expected.json`, a path
//! with `clean` or `safe` as a word, or the file of labels, which maps paths to `malicious` or `benign`.
#![allow(clippy::print_stdout, reason = "printing is what this program is for")]

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use skilled_audit::{Audit, Limits, Severity, audit};
use skilled_format::Folder;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Label {
    Benign,
    Malicious,
}

#[derive(Default)]
struct Arguments {
    collections: Vec<(Label, PathBuf)>,
    labels: BTreeMap<String, Label>,
    json: bool,
}

struct Measured {
    path: String,
    label: Label,
    took: Duration,
    audit: Audit,
}

fn main() -> ExitCode {
    let arguments = match read_arguments() {
        Ok(arguments) => arguments,
        Err(message) => {
            println!("{message}");
            return ExitCode::from(2);
        }
    };
    let mut results = Vec::new();
    for (label, root) in &arguments.collections {
        let mut measured = Vec::new();
        for folder in skills(root) {
            let name = folder.strip_prefix(root).unwrap_or(&folder).display().to_string();
            let label = label_of(&folder, &name, *label, &arguments.labels);
            let Ok(opened) = Folder::open(&folder, &skilled_format::Limits::default()) else { continue };
            let started = Instant::now();
            let audit = audit(&opened, &Limits::default());
            measured.push(Measured { path: name, label, took: started.elapsed(), audit });
        }
        results.push((root, measured));
    }
    if arguments.json {
        let all: Vec<Value> = results.iter().map(|(root, measured)| as_json(root, measured)).collect();
        println!("{}", Value::Array(all));
    } else {
        for (root, measured) in &results {
            as_markdown(root, measured);
        }
    }
    ExitCode::SUCCESS
}

fn read_arguments() -> Result<Arguments, String> {
    let mut arguments = Arguments::default();
    let mut label = None;
    let mut words = std::env::args().skip(1);
    while let Some(word) = words.next() {
        match word.as_str() {
            "--benign" => label = Some(Label::Benign),
            "--malicious" => label = Some(Label::Malicious),
            "--json" => arguments.json = true,
            "--labels" => {
                let path = words.next().ok_or("--labels needs a file")?;
                arguments.labels = read_labels(Path::new(&path))?;
            }
            _ => {
                let label = label
                    .ok_or("usage: measure [--benign DIR…] [--malicious DIR…] [--labels FILE] [--json]")?;
                arguments.collections.push((label, PathBuf::from(word)));
            }
        }
    }
    Ok(arguments)
}

fn read_labels(path: &Path) -> Result<BTreeMap<String, Label>, String> {
    let text = fs::read_to_string(path).map_err(|error| format!("{}: {error}", path.display()))?;
    let labels: BTreeMap<String, String> = serde_json::from_str(&text).map_err(|error| error.to_string())?;
    labels
        .into_iter()
        .map(|(path, label)| match label.as_str() {
            "benign" => Ok((path, Label::Benign)),
            "malicious" => Ok((path, Label::Malicious)),
            other => Err(format!("{path}: the label is `{other}`; it is `benign` or `malicious`")),
        })
        .collect()
}

/// Folders with a SKILL.md, in order. Those below another skill are skills of their own.
fn skills(root: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut left = vec![root.to_owned()];
    while let Some(folder) = left.pop() {
        if folder.join("SKILL.md").is_file() {
            found.push(folder.clone());
        }
        let entries = fs::read_dir(&folder).into_iter().flatten().flatten();
        left.extend(
            entries
                .filter(|entry| entry.file_type().is_ok_and(|kind| kind.is_dir()))
                .map(|entry| entry.path()),
        );
    }
    found.sort();
    found
}

fn label_of(folder: &Path, name: &str, given: Label, labels: &BTreeMap<String, Label>) -> Label {
    if let Some(label) = labels.get(name) {
        return *label;
    }
    if given == Label::Benign {
        return Label::Benign;
    }
    let expected = fs::read(folder.join("_expected.json")).ok();
    let expected: Option<Value> = expected.and_then(|bytes| serde_json::from_slice(&bytes).ok());
    if let Some(safe) =
        expected.as_ref().and_then(|expected| expected.get("expected_safe")).and_then(Value::as_bool)
    {
        return if safe { Label::Benign } else { Label::Malicious };
    }
    let honest =
        name.split(['/', '_', '-']).any(|word| word == "clean" || word == "safe" || word == "benign");
    if honest { Label::Benign } else { Label::Malicious }
}

fn worst(measured: &Measured) -> Severity {
    measured.audit.findings.first().map_or(Severity::Info, |finding| finding.severity)
}

fn blocks(measured: &Measured) -> bool {
    worst(measured) >= Severity::High
}

fn median(measured: &[Measured]) -> Duration {
    let mut times: Vec<Duration> = measured.iter().map(|one| one.took).collect();
    times.sort();
    times.get(times.len() / 2).copied().unwrap_or_default()
}

fn share(part: usize, whole: usize) -> String {
    if whole == 0 { "-".to_owned() } else { format!("{:.1} %", 100.0 * part as f64 / whole as f64) }
}

fn as_markdown(root: &Path, measured: &[Measured]) {
    let slowest = measured.iter().max_by_key(|one| one.took);
    println!("## {}\n", root.display());
    let slowest = slowest.map_or(String::new(), |one| {
        format!("; slowest {:.1} ms ({})", 1000.0 * one.took.as_secs_f64(), one.path)
    });
    println!(
        "{} skills, median {:.2} ms{slowest}\n",
        measured.len(),
        1000.0 * median(measured).as_secs_f64()
    );
    for label in [Label::Benign, Label::Malicious] {
        let of_label: Vec<&Measured> = measured.iter().filter(|one| one.label == label).collect();
        if of_label.is_empty() {
            continue;
        }
        let blocked = of_label.iter().filter(|one| blocks(one)).count();
        println!(
            "- {label:?}: {blocked} of {} with HIGH or CRITICAL ({})",
            of_label.len(),
            share(blocked, of_label.len())
        );
    }
    println!();
    println!("| finding | label | skill |\n|---|---|---|");
    for one in measured {
        let wrong = blocks(one) == (one.label == Label::Benign);
        if !wrong {
            continue;
        }
        let grave = one.audit.findings.iter().filter(|finding| finding.severity >= Severity::High);
        let grave: Vec<String> = grave
            .map(|finding| {
                format!("{} {}:{} {}", finding.rule.rule.code, finding.file, finding.line, finding.message)
            })
            .collect();
        let shown = if grave.is_empty() { lesser(&one.audit) } else { grave.join("<br>") };
        println!("| {} | {:?} | {} |", shown.replace('|', "\\|"), one.label, one.path);
    }
    println!();
    rules(measured);
}

/// For a miss: what was found at all.
fn lesser(audit: &Audit) -> String {
    let found: Vec<String> = audit
        .findings
        .iter()
        .map(|finding| format!("{} {}", finding.severity.as_str(), finding.rule.rule.code))
        .collect();
    format!("missed; {}", found.join(", "))
}

/// In how many skills of each label a rule has a grave finding.
fn rules(measured: &[Measured]) {
    let mut counts: BTreeMap<&str, (usize, usize)> = BTreeMap::new();
    for one in measured {
        let mut codes: Vec<&str> = one
            .audit
            .findings
            .iter()
            .filter(|finding| finding.severity >= Severity::High)
            .map(|finding| finding.rule.rule.code)
            .collect();
        codes.sort_unstable();
        codes.dedup();
        for code in codes {
            let count = counts.entry(code).or_default();
            match one.label {
                Label::Benign => count.0 += 1,
                Label::Malicious => count.1 += 1,
            }
        }
    }
    println!("| rule | benign | malicious |\n|---|---|---|");
    for (code, (benign, malicious)) in counts {
        println!("| {code} | {benign} | {malicious} |");
    }
    println!();
}

fn as_json(root: &Path, measured: &[Measured]) -> Value {
    let skills: Vec<Value> = measured
        .iter()
        .map(|one| {
            let findings: Vec<Value> = one
                .audit
                .findings
                .iter()
                .map(|finding| {
                    json!({
                        "rule": finding.rule.rule.code,
                        "class": finding.rule.class.id(),
                        "severity": finding.severity.as_str(),
                        "confidence": finding.confidence.as_str(),
                        "file": finding.file,
                        "line": finding.line,
                        "message": finding.message,
                    })
                })
                .collect();
            json!({
                "path": one.path,
                "label": if one.label == Label::Benign { "benign" } else { "malicious" },
                "blocked": blocks(one),
                "milliseconds": 1000.0 * one.took.as_secs_f64(),
                "findings": findings,
            })
        })
        .collect();
    json!({ "collection": root.display().to_string(), "skills": skills })
}

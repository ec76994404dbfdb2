//! Agreement with the reference validator over a collection of files.
//!
//! The committed collection is small. `SKILLED_CORPUS` names a folder with a large one:
//! `skills-sample.tar.xz`, whose files are `skills/<key>/SKILL.md`, and `skills-sample.expected.json`, which
//! maps each key to the verdict.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;
use skilled_format::{Code, Reading, Severity, read_skill};
use tempfile::TempDir;

const DIFFERENCES: &str = include_str!("../corpus/differences.json");

/// Share of files on which the verdicts must agree.
const AGREEMENT: f64 = 0.995;

/// Verdicts of the reference validator by key, where the last component of the key is the name of the folder.
type Verdicts = BTreeMap<String, bool>;

fn verdicts(path: &Path) -> Verdicts {
    let json: BTreeMap<String, Value> = serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap();
    json.into_iter().map(|(key, value)| (key, value["skills_ref_valid"].as_bool().unwrap())).collect()
}

/// Keys of a class of differences, which are named with their reason.
fn listed(class: &str) -> BTreeSet<String> {
    let classes: Vec<Value> = serde_json::from_str(DIFFERENCES).unwrap();
    let class = classes.iter().find(|entry| entry["class"] == class).unwrap();
    assert!(class["reason"].as_str().is_some_and(|reason| !reason.is_empty()));
    class["files"].as_array().unwrap().iter().map(|key| key.as_str().unwrap().to_owned()).collect()
}

fn read(root: &Path, key: &str) -> Reading {
    let bytes = std::fs::read(root.join(key).join("SKILL.md")).unwrap();
    read_skill(&bytes, key.rsplit('/').next().unwrap())
}

fn check(root: &Path, verdicts: &Verdicts) {
    let mut disagree = BTreeSet::new();
    let mut broken_yaml = BTreeSet::new();
    for (key, expected) in verdicts {
        let reading = read(root, key);
        if reading.valid != *expected {
            disagree.insert(key.clone());
        }
        assert!(reading.skill.is_some() || !reading.valid, "{key} is valid and does not load");
        let worst = reading.diagnostics.iter().map(|d| d.severity).max();
        assert_eq!(reading.skill.is_none(), worst == Some(Severity::Error), "{key}");
        if reading.diagnostics.iter().any(|d| d.code == Code::InvalidYaml) {
            broken_yaml.insert(key.clone());
        }
    }
    let agreement = 1.0 - disagree.len() as f64 / verdicts.len() as f64;
    assert!(agreement >= AGREEMENT, "{agreement:.4}: {disagree:#?}");
    assert_eq!(disagree, known(verdicts, "verdict"), "differences that are not listed, or listed and gone");
    assert_eq!(broken_yaml, known(verdicts, "beyond-repair"), "front matter that does not load");
}

/// The listed differences that belong to this collection.
fn known(verdicts: &Verdicts, class: &str) -> BTreeSet<String> {
    listed(class).into_iter().filter(|key| verdicts.contains_key(key)).collect()
}

#[test]
fn verdicts_agree_on_the_committed_files() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/corpus");
    let verdicts = verdicts(&root.join("expected.json"));
    assert!(verdicts.len() >= 25);
    check(&root, &verdicts);
}

#[test]
fn verdicts_agree_on_the_large_collection() {
    let Some(folder) = std::env::var_os("SKILLED_CORPUS").map(PathBuf::from) else {
        eprintln!("SKILLED_CORPUS is not set: only the committed files were compared");
        return;
    };
    let unpacked = TempDir::new().unwrap();
    let tar = Command::new("tar")
        .arg("-xJf")
        .arg(folder.join("skills-sample.tar.xz"))
        .arg("-C")
        .arg(unpacked.path())
        .status()
        .unwrap_or_else(|error| panic!("unpacking the collection needs tar and xz: {error}"));
    assert!(tar.success());
    let verdicts = verdicts(&folder.join("skills-sample.expected.json"));
    check(&unpacked.path().join("skills"), &verdicts);
}

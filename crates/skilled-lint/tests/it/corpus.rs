//! Checks and repairs over a collection of files.
//!
//! The committed collection is that of `skilled-format`. `SKILLED_CORPUS` names a folder with a large one, as there.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;

use skilled_format::{Folder, Limits, read_skill};
use skilled_lint::search::{Options, Target, find};
use skilled_lint::{Settings, check, fix};
use tempfile::TempDir;

/// Largest share of skills in which a rule that judges words may find something.
const MOST_WITHOUT_WHEN: f64 = 0.25;

fn skills(root: &Path) -> Vec<PathBuf> {
    let found = find(&[root.to_owned()], &Options { no_ignore: true, ..Options::default() }).unwrap();
    let folder = |target| match target {
        Target::Skill(folder) => folder,
        Target::Archive(path) => panic!("{} is an archive", path.display()),
    };
    found.map(|target| folder(target.unwrap())).collect()
}

/// Checks every skill and repairs it in memory; how many skills have each code.
fn check_all(root: &Path) -> (usize, BTreeMap<&'static str, usize>) {
    let mut counts: BTreeMap<&'static str, usize> = BTreeMap::new();
    let skills = skills(root);
    for path in &skills {
        let folder = Folder::open(path, &Limits::default()).unwrap();
        let checked = check(&folder, &Settings::default());
        let mut codes: Vec<&str> = checked.findings.iter().map(|finding| finding.rule.code).collect();
        codes.sort_unstable();
        codes.dedup();
        for code in codes {
            *counts.entry(code).or_default() += 1;
        }
        for file in fix(&folder, &checked) {
            let read = |text: &str| read_skill(text.as_bytes(), folder.name());
            let (before, after) = (read(&file.before), read(&file.after));
            let (Some(old), Some(new)) = (before.skill, after.skill) else {
                panic!("{} no longer loads", path.display())
            };
            assert_eq!(new.description, old.description, "{}", path.display());
            assert!(after.valid || !before.valid, "{} was valid", path.display());
        }
    }
    (skills.len(), counts)
}

#[test]
fn the_committed_files_are_checked() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../skilled-format/tests/corpus");
    let (count, codes) = check_all(&root);
    assert!(count >= 25 && codes["unquoted-colon"] >= 1, "{count} {codes:?}");
}

#[test]
fn the_large_collection_is_checked() {
    let Some(folder) = std::env::var_os("SKILLED_CORPUS").map(PathBuf::from) else {
        eprintln!("SKILLED_CORPUS is not set: only the committed files were checked");
        return;
    };
    let unpacked = TempDir::new().unwrap();
    let archive = folder.join("skills-sample.tar.xz");
    let tar = Command::new("tar").arg("-xJf").arg(archive).arg("-C").arg(unpacked.path()).status();
    assert!(
        tar.unwrap_or_else(|error| panic!("unpacking the collection needs tar and xz: {error}")).success()
    );
    let (count, codes) = check_all(&unpacked.path().join("skills"));
    assert!(count > 2_000);
    let share = codes["description-without-when"] as f64 / count as f64;
    assert!(share <= MOST_WITHOUT_WHEN, "{share:.3} have no word of when");
}

//! What a check costs beside reading the files: `cargo bench -p skilled-lint --bench check -- FOLDER…`.
//!
//! Without a folder it makes 1,000 small skills. Prints one line of JSON per step, as the other benches do:
//! `{"step":"…","ns":[…]}`, one number per round, each for all files; then how many skills there were.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a bench that cannot go on has nothing to tell")]
#![allow(clippy::print_stdout, reason = "its output is its result")]

use std::fs;
use std::hint::black_box;
use std::num::NonZeroUsize;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::thread;
use std::time::Instant;

use skilled_format::{Folder, Limits, read_skill};
use skilled_lint::search::{Options, Target, find};
use skilled_lint::{Settings, check, check_all};
use tempfile::TempDir;

const ROUNDS: usize = 10;

fn main() {
    let given: Vec<PathBuf> =
        std::env::args().skip(1).filter(|argument| !argument.starts_with("--")).map(PathBuf::from).collect();
    let made = TempDir::new().unwrap();
    let roots = if given.is_empty() { vec![make(made.path())] } else { given };
    let folders = skills(&roots);
    let files = read(&folders);
    // Everything once, so that the files are in memory for every step.
    let steps: [(&str, &dyn Fn()); 7] = [
        ("read_skill, in memory", &|| {
            for (name, bytes) in &files {
                black_box(read_skill(bytes, name));
            }
        }),
        ("walk", &|| {
            black_box(skills(&roots));
        }),
        ("walk and read", &|| {
            black_box(roots.iter().map(|root| walk_and_read(root)).sum::<usize>());
        }),
        ("open folders", &|| {
            for folder in &folders {
                black_box(open(folder));
            }
        }),
        ("check, one thread", &|| check_roots(&roots, 1)),
        ("check, two threads", &|| check_roots(&roots, 2)),
        ("check, all threads", &|| check_roots(&roots, thread::available_parallelism().unwrap().get())),
    ];
    for (name, step) in steps {
        step();
        let mut samples = Vec::new();
        for _ in 0..ROUNDS {
            let started = Instant::now();
            step();
            samples.push(started.elapsed().as_nanos());
        }
        println!("{{\"step\":\"{name}\",\"ns\":{samples:?}}}");
    }
    println!("{{\"skills\":{}}}", folders.len());
}

fn make(root: &Path) -> PathBuf {
    let body =
        "\n# Totals\n\nRead [the guide](references/guide.md), then run `scripts/total.py`.\n".repeat(40);
    for number in 0..1_000 {
        let name = format!("skill-{number}");
        let folder = root.join(&name);
        fs::create_dir(&folder).unwrap();
        let text = format!(
            "---\nname: {name}\ndescription: Adds up columns. Use when totals are needed.\n---\n{body}"
        );
        fs::write(folder.join("SKILL.md"), text).unwrap();
    }
    root.to_owned()
}

fn targets(roots: &[PathBuf]) -> impl Iterator<Item = Target> {
    find(roots, &Options::default()).unwrap().map(Result::unwrap)
}

fn skills(roots: &[PathBuf]) -> Vec<PathBuf> {
    let found = targets(roots).filter_map(|target| match target {
        Target::Skill(folder) => Some(folder),
        Target::Archive(_) => None,
    });
    found.collect()
}

fn read(folders: &[PathBuf]) -> Vec<(String, Vec<u8>)> {
    let file = |folder: &PathBuf| {
        let name = folder.file_name().unwrap().to_string_lossy().into_owned();
        (name, fs::read(folder.join("SKILL.md")).unwrap())
    };
    folders.iter().map(file).collect()
}

/// What everything is compared with.
fn walk_and_read(folder: &Path) -> usize {
    let mut bytes = 0;
    for entry in fs::read_dir(folder).unwrap() {
        let entry = entry.unwrap();
        let path = entry.path();
        if entry.file_type().unwrap().is_dir() {
            bytes += walk_and_read(&path);
        } else {
            bytes += fs::read(path).unwrap().len();
        }
    }
    bytes
}

fn open(folder: &Path) -> Folder {
    Folder::open(folder, &Limits::default()).unwrap()
}

fn check_roots(roots: &[PathBuf], threads: usize) {
    let settings = Settings::default();
    let work = |target: Target| match target {
        Target::Skill(folder) => check(&open(&folder), &settings).findings.len(),
        Target::Archive(_) => 0,
    };
    let mut findings = 0;
    check_all(targets(roots), NonZeroUsize::new(threads).unwrap(), work, |count| {
        findings += count;
        ControlFlow::Continue(())
    });
    black_box(findings);
}

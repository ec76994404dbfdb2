//! What is left out, and said.

use std::fs;

use skilled_package::{Format, LeftOut, PackError, PackOptions, Reason, plan};

use super::kit::{Skill, bytes, paths};

fn left_out(path: &str, folder: bool, reason: Reason) -> LeftOut {
    LeftOut { path: path.to_owned(), folder, reason }
}

#[test]
fn debris_is_left_out_and_does_not_change_a_byte() {
    let skill = Skill::new().with("scripts/a.py", "1").with("scripts/b.py", "2");
    let clean = bytes(&skill.plan(), Format::Zip);
    let cases = [
        ("scripts/__pycache__/a.pyc", "scripts/__pycache__", true, Reason::Debris),
        ("scripts/a.pyc", "scripts/a.pyc", false, Reason::Debris),
        ("node_modules/x/index.js", "node_modules", true, Reason::Debris),
        ("env/pyvenv.cfg", "env", true, Reason::Debris),
        (".venv/bin/python", ".venv", true, Reason::Debris),
        ("x.egg-info/PKG-INFO", "x.egg-info", true, Reason::Debris),
        (".pytest_cache/v/x", ".pytest_cache", true, Reason::Debris),
        (".git/config", ".git", true, Reason::VersionControl),
        ("scripts/.svn/entries", "scripts/.svn", true, Reason::VersionControl),
        (".DS_Store", ".DS_Store", false, Reason::System),
        ("__MACOSX/._a", "__MACOSX", true, Reason::System),
        ("scripts/._a.py", "scripts/._a.py", false, Reason::System),
        ("THUMBS.DB", "THUMBS.DB", false, Reason::System),
        (".a.py.swp", ".a.py.swp", false, Reason::Editor),
        ("a.py~", "a.py~", false, Reason::Editor),
        (".vscode/tasks.json", ".vscode", true, Reason::Editor),
        ("evals/evals.json", "evals", true, Reason::Evals),
        ("old.skill", "old.skill", false, Reason::Package),
    ];
    for (file, path, folder, reason) in &cases {
        skill.write(file, "x");
        let plan = skill.plan();
        assert_eq!(plan.left_out(), [left_out(path, *folder, reason.clone())]);
        assert_eq!(bytes(&plan, Format::Zip), clean, "{file}");
        let path = skill.root.join(path);
        if *folder { fs::remove_dir_all(path) } else { fs::remove_file(path) }.unwrap();
    }
}

#[test]
fn what_only_looks_like_debris_travels() {
    let files = [
        "references/evals/a.md",
        "target/a.md",
        "venv/a.md",
        "git",
        "assets/a.skill",
        "~a",
        ".gitignore",
        "evals.md",
        "node_modules.md",
        "a.pyc/b",
        "build/a",
        "dist/a",
    ];
    let mut skill = Skill::new();
    for file in files {
        skill = skill.with(file, "x");
    }
    let plan = skill.plan();
    assert_eq!(plan.left_out(), []);
    assert_eq!(plan.files().len(), files.len() + 1);
    // A cache says so itself.
    skill.write("target/CACHEDIR.TAG", "Signature: 8a477f597d28d172789f06886806bc55\n# cache\n");
    skill.write("venv/CACHEDIR.TAG", "no signature");
    assert_eq!(skill.plan().left_out(), [left_out("target", true, Reason::Debris)]);
}

/// Installed dependencies count towards no limit.
#[test]
fn a_large_folder_that_is_left_out_does_not_count() {
    let skill = Skill::new();
    fs::create_dir(skill.root.join("node_modules")).unwrap();
    for n in 0..300 {
        fs::write(skill.root.join(format!("node_modules/{n}")), "12345678").unwrap();
    }
    let mut options = PackOptions::default();
    options.limits.entries = 10;
    options.limits.total_bytes = 1000;
    assert_eq!(paths(&plan(&skill.root, &options).unwrap()), ["SKILL.md"]);
    fs::rename(skill.root.join("node_modules"), skill.root.join("modules")).unwrap();
    let codes: Vec<&str> = skill.problems(&options).iter().map(|problem| problem.code).collect();
    assert!(codes.contains(&"archive-too-large"), "{codes:?}");
}

#[test]
fn the_author_may_leave_out_more() {
    let mut skill = Skill::new();
    for file in [
        "a.log",
        "d/b.log",
        "drafts/x",
        "d/drafts/x",
        "d/drafts2",
        "assets/big.bin",
        "d/assets/big.bin",
        "top",
    ] {
        skill = skill.with(file, "x");
    }
    let with = |patterns: &[&str]| {
        let exclude = patterns.iter().map(|pattern| (*pattern).to_owned()).collect();
        plan(&skill.root, &PackOptions { exclude, ..PackOptions::default() }).unwrap()
    };
    let left = |patterns: &[&str]| -> Vec<String> {
        with(patterns).left_out().iter().map(|out| out.path.clone()).collect()
    };
    assert_eq!(left(&["*.log"]), ["a.log", "d/b.log"]);
    assert_eq!(left(&["/*.log"]), ["a.log"]);
    assert_eq!(left(&["drafts/"]), ["d/drafts", "drafts"]);
    assert_eq!(left(&["/drafts/"]), ["drafts"]);
    assert_eq!(left(&["top/"]), [""; 0]);
    assert_eq!(left(&["assets/big.bin"]), ["assets/big.bin"]);
    assert_eq!(left(&["d/**/*.bin"]), ["d/assets/big.bin"]);
    let (one, two) = (with(&["top", "*.log"]), with(&["*.log", "top"]));
    assert_eq!(bytes(&one, Format::Zip), bytes(&two, Format::Zip));
    assert_eq!(one.left_out(), two.left_out());
    assert_eq!(one.left_out()[0], left_out("a.log", false, Reason::Asked("*.log".to_owned())));

    let broken = PackOptions { exclude: vec!["a[".to_owned()], ..PackOptions::default() };
    let error = plan(&skill.root, &broken).unwrap_err();
    assert!(matches!(error, PackError::Pattern { ref pattern, .. } if pattern == "a["), "{error}");
    let all = PackOptions { exclude: vec!["*.md".to_owned()], ..PackOptions::default() };
    assert_eq!(skill.problems(&all)[0].code, "package-no-skill");
}

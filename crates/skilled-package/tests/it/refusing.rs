//! What must not travel, all of it at once.

use std::ffi::OsStr;
use std::fs;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::net::UnixListener;

use skilled_package::{Limits, PackError, PackOptions, plan};

use super::kit::Skill;

fn one(code: &'static str, path: &str) -> Vec<(&'static str, String, Option<usize>)> {
    vec![(code, path.to_owned(), None)]
}

#[test]
fn links_that_lead_nowhere_good_are_refused() {
    let refused = |target: &str| {
        let skill = Skill::new().with("d/file", "x").with("__pycache__/a.pyc", "x").with("evals/e.json", "x");
        fs::write(skill.place.path().join("secret"), "secret").unwrap();
        skill.link("l", target);
        skill.refused()
    };
    for target in ["/etc/passwd", "../secret", "d/../../secret", "..", "../gone"] {
        assert_eq!(refused(target), one("package-link-out", "l"), "{target}");
    }
    for target in ["gone", "l", "d/file/x"] {
        assert_eq!(refused(target), one("package-link-dangling", "l"), "{target}");
    }
    for target in ["d", ".", "d/.."] {
        assert_eq!(refused(target), one("package-link-folder", "l"), "{target}");
    }
    for target in ["__pycache__/a.pyc", "evals/e.json"] {
        assert_eq!(refused(target), one("package-link-left-out", "l"), "{target}");
    }
}

/// A link becomes a copy, so that each counts.
#[test]
fn links_do_not_multiply_past_the_limits() {
    let limits = Limits { total_bytes: 2500, file_bytes: 1000, ..Limits::default() };
    let options = PackOptions { limits, ..PackOptions::default() };
    let skill = Skill::new().with("large", "x".repeat(1000));
    for number in 0..40 {
        skill.link(&format!("link-{number:02}"), "large");
    }
    let refused = skill.problems(&options);
    // One copy fits beside the file.
    assert_eq!(refused.len(), 39);
    assert!(refused.iter().all(|problem| problem.code == "archive-too-large" && problem.path != "link-00"));
    // One finding is enough for a file that is too large by itself.
    skill.write("large", "x".repeat(1001));
    let refused = skill.problems(&options);
    assert_eq!(refused.iter().map(|problem| problem.path.as_str()).collect::<Vec<_>>(), ["large"]);
    skill.write("large", "x".repeat(20));
    assert_eq!(plan(&skill.root, &options).unwrap().files().len(), 42);
}

/// Archives know nothing of skills, so they have a table of their own.
#[test]
fn archives_and_skills_agree_on_what_people_do_not_see() {
    let differs = |c: &char| skilled_archive::is_hidden(*c) != skilled_format::is_hidden(*c);
    assert_eq!(('\0'..=char::MAX).find(differs), None);
}

#[test]
fn special_files_are_refused_unopened() {
    let skill = Skill::new();
    let _socket = UnixListener::bind(skill.root.join("socket")).unwrap();
    assert_eq!(skill.refused(), one("package-special-file", "socket"));
    fs::remove_file(skill.root.join("socket")).unwrap();
    assert_eq!(skill.plan().files().len(), 1);
}

#[test]
fn names_that_reading_would_refuse_are_refused() {
    for (name, code) in [
        ("a\\b", "archive-name-not-portable"),
        ("con.md", "archive-name-not-portable"),
        ("a:b", "archive-name-not-portable"),
        ("a.", "archive-name-not-portable"),
    ] {
        assert_eq!(Skill::new().with(name, "x").refused(), one(code, name), "{name}");
    }
    let skill = Skill::new();
    fs::write(skill.root.join(OsStr::from_bytes(b"caf\xe9")), "x").unwrap();
    assert_eq!(skill.refused(), one("archive-name-not-utf8", "caf\u{fffd}"));
    let both = Skill::new().with("README", "1").with("readme", "2");
    assert_eq!(both.refused(), one("archive-name-collision", "readme"));
}

#[test]
fn a_folder_that_is_no_skill_is_refused() {
    let skill = Skill::new();
    for (content, code) in [
        ("no front matter", "package-no-skill"),
        ("---\nname: pdf\n---\n", "package-no-skill"),
        ("---\nname: ../pdf\ndescription: x\n---\n", "package-skill-name"),
        ("---\nname: con\ndescription: x\n---\n", "package-skill-name"),
    ] {
        skill.write("SKILL.md", content);
        assert_eq!(skill.refused()[0].0, code, "{content}");
    }
    fs::remove_file(skill.root.join("SKILL.md")).unwrap();
    assert_eq!(skill.refused()[0].0, "package-no-skill");
    let missing = plan(&skill.root.join("missing"), &PackOptions::default()).unwrap_err();
    assert!(matches!(missing, PackError::Folder(_)));
    assert_eq!(missing.code(), "package-folder");
}

#[test]
fn limits_are_those_of_reading() {
    let skill = Skill::new().with("d/e/f", "12345678");
    let refused = |change: fn(&mut Limits)| {
        let mut options = PackOptions::default();
        change(&mut options.limits);
        skill.problems(&options).into_iter().map(|problem| problem.code).collect::<Vec<_>>()
    };
    assert_eq!(refused(|l| l.file_bytes = 7), ["archive-too-large", "archive-too-large"]);
    assert_eq!(refused(|l| l.total_bytes = 60), ["archive-too-large"]);
    assert_eq!(refused(|l| l.entries = 2), ["archive-too-many-entries", "archive-too-large"]);
    assert_eq!(refused(|l| l.path_bytes = 8), ["archive-name-too-long", "archive-name-too-long"]);
}

#[test]
fn everything_is_said_at_once_with_what_to_do() {
    let skill = Skill::new().with("a:b", "x").with(".env", "KEY=1").with("README", "1").with("readme", "2");
    skill.link("out", "/etc/passwd");
    skill.link("dangling", "gone");
    skill.write("SKILL.md", "nothing");
    let problems = skill.problems(&PackOptions::default());
    let codes: Vec<(&str, &str)> =
        problems.iter().map(|problem| (problem.code, problem.path.as_str())).collect();
    let expected = [
        ("package-secret", ".env"),
        ("package-no-skill", "SKILL.md"),
        ("archive-name-not-portable", "a:b"),
        ("package-link-dangling", "dangling"),
        ("package-link-out", "out"),
        ("archive-name-collision", "readme"),
    ];
    assert_eq!(codes, expected);
    assert!(problems.iter().all(|problem| !problem.help.is_empty() && !problem.message.is_empty()));
    let text = plan(&skill.root, &PackOptions::default()).unwrap_err().to_string();
    assert_eq!(text.lines().count(), 7, "{text}");
    assert!(
        text.contains("out: package-link-out: the link leads out of the folder; Replace the link"),
        "{text}"
    );
}

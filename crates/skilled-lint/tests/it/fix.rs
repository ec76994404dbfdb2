//! Repairs: the finding is gone, nothing else changed, and a second time there is nothing to do.

use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};

use skilled_format::Skill as Parsed;
use skilled_lint::{ApplyError, apply, fix};

use crate::skill::{FRONT, Skill, codes};

/// Applies what can be repaired; returns the codes, by file.
fn repair(skill: &Skill) -> Vec<(String, Vec<&'static str>)> {
    let folder = skill.folder();
    let fixes = fix(&folder, &skill.check());
    for file in &fixes {
        apply(&folder, file).unwrap();
    }
    assert_eq!(fix(&skill.folder(), &skill.check()), [], "a second time there is nothing to do");
    fixes.into_iter().map(|file| (file.file, file.codes)).collect()
}

fn parsed(skill: &Skill) -> Parsed {
    skill.folder().reading().skill.unwrap()
}

#[test]
fn front_matter_is_repaired_and_means_the_same() {
    let description = "description: Adds up columns of tables. Use for totals.";
    let cases = [
        (format!("\u{feff}---\nname: example\n{description}\n---\nText.\n"), "byte-order-mark"),
        (format!("\n\n---\nname: example\n{description}\n---\nText.\n"), "leading-blank-lines"),
        (format!("---\nname: example\n{description}\n...\nText.\n"), "dots-closing"),
        (format!("---\nname: example\n{description}\n-----\nText.\n"), "unusual-marker"),
        (format!("---\nname:\texample\n{description}\n---\nText.\n"), "tab"),
        (
            "---\nname: example\ndescription: Use when: it's for totals of columns.\n---\nText.\n".to_owned(),
            "unquoted-colon",
        ),
        (
            "---\nname: example\ndescription: `sum` of columns. Use for totals.\n---\nText.\n".to_owned(),
            "reserved-start",
        ),
        (
            format!("---\nname: example\n{description}\nallowed-tools: Read, Bash(wc *)\n---\nText.\n"),
            "allowed-tools-commas",
        ),
        (
            format!(
                "---\nname: example\n{description}\nallowed-tools:\n  - Read\n  - Bash(a:*)\n---\nText.\n"
            ),
            "allowed-tools-list",
        ),
        (
            format!("---\nname: example\n{description}\nmetadata:\n  v: 1.10\n  w: true\n---\nText.\n"),
            "metadata-not-text",
        ),
        (format!("---\nname: example\n{description}\nlicense: 0\n---\nText.\n"), "not-a-string"),
        (
            format!("---\nname: example\n{description}\nmetadata:\n  tags: [a, \"b c\"]\n---\nText.\n"),
            "flow-style",
        ),
        (format!("---\n{description}\n---\nText.\n"), "missing-name"),
        (format!("---\nname: Example\n{description}\n---\nText.\n"), "name-case"),
        (format!("---\nname: -example\n{description}\n---\nText.\n"), "name-hyphens"),
    ];
    for (text, code) in cases {
        let skill = Skill::with_file(&text);
        assert!(codes(&skill.check()).contains(&code), "{code}: {:?}", skill.found());
        let before = parsed(&skill);
        let repaired = repair(&skill);
        assert!(
            repaired.iter().any(|(file, codes)| file == "SKILL.md" && codes.contains(&code)),
            "{code}: {repaired:?}"
        );
        assert!(!codes(&skill.check()).contains(&code), "{code}: {}", skill.text("SKILL.md"));
        let after = parsed(&skill);
        assert_eq!(after.name, "example", "{code}");
        let said =
            |skill: &Parsed| (skill.description.clone(), skill.allowed_tools.clone(), skill.body.clone());
        assert_eq!(said(&after), said(&before), "{code}");
    }
}

#[test]
fn several_repairs_are_done_together() {
    let text = "\u{feff}---\r\nname: Example\r\ndescription: Use when: totals of columns are asked for.\r\nallowed-tools: [Read, Grep]\r\n---\r\nText\u{200b}.\r\n";
    let skill = Skill::with_file(text);
    repair(&skill);
    let expected = "---\nname: example\ndescription: 'Use when: totals of columns are asked for.'\nallowed-tools: Read Grep\n---\nText.\n";
    assert_eq!(skill.text("SKILL.md"), expected);
    assert_eq!(skill.found(), [""; 0]);
    assert!(skill.check().valid);
}

#[test]
fn what_is_turned_off_is_not_repaired() {
    let skill = Skill::with_body("<!-- skilled: allow-file=crlf -->\r\nText\u{200b}.\r\n");
    assert_eq!(repair(&skill), [("SKILL.md".to_owned(), vec!["invisible-character"])]);
    assert!(skill.text("SKILL.md").ends_with("Text.\r\n"));
}

#[test]
fn line_ends_that_may_be_meant_are_reported_and_left() {
    let left = ["a.patch", "a.vcf", "a.http", "a.php", "a.pl", "a.unknown", "a.json", "shebang.php"];
    let repaired = ["a.md", "a.py", "a.sh", "no-ending"];
    let mut skill = Skill::with_body("Text.\n");
    for path in left.iter().chain(&repaired) {
        let first = if path.starts_with("a.") { "" } else { "#!/bin/cat\r\n" };
        skill = skill.and_executable(path, &format!("{first}a\r\nb\r\n"));
    }
    let found = skill.found();
    for path in left.iter().chain(&repaired) {
        let is_told = |line: &String| line.starts_with(path) && line.contains("crlf");
        assert!(found.iter().any(is_told), "{path}: {found:?}");
    }
    let files: Vec<String> = repair(&skill).into_iter().map(|(file, _)| file).collect();
    assert_eq!(files, repaired);
    assert_eq!(skill.text("a.sh"), "a\nb\n");
    assert_eq!(skill.text("a.vcf"), "a\r\nb\r\n");
}

#[test]
fn a_file_with_other_names_is_left_as_it_is() {
    let skill = Skill::with_body("Text.\r\n");
    let other = skill.path().parent().unwrap().join("other.md");
    fs::hard_link(skill.path().join("SKILL.md"), &other).unwrap();
    let folder = skill.folder();
    let fixes = fix(&folder, &skill.check());
    assert!(matches!(apply(&folder, &fixes[0]), Err(ApplyError::Linked { names: 2, .. })));
    assert_eq!(fs::read_to_string(other).unwrap(), fixes[0].before);
    assert_eq!(skill.text("SKILL.md"), fixes[0].before);
}

#[test]
fn what_took_the_place_of_the_folder_is_not_touched() {
    let skill = Skill::with_body("Text.\n").and("references/a.md", "a\r\n");
    let folder = skill.folder();
    let fixes = fix(&folder, &skill.check());
    // The folder is moved away and a link to another one with the same content takes its place.
    let root = skill.path().parent().unwrap().to_owned();
    fs::rename(skill.path(), root.join("moved")).unwrap();
    fs::create_dir_all(root.join("elsewhere/references")).unwrap();
    fs::write(root.join("elsewhere/references/a.md"), "a\r\n").unwrap();
    symlink(root.join("elsewhere"), skill.path()).unwrap();
    apply(&folder, &fixes[0]).unwrap();
    assert_eq!(fs::read_to_string(root.join("elsewhere/references/a.md")).unwrap(), "a\r\n");
    assert_eq!(fs::read_to_string(root.join("moved/references/a.md")).unwrap(), "a\n");
}

#[test]
fn a_folder_that_became_a_link_is_not_followed() {
    let skill = Skill::with_body("Text.\n").and("references/a.md", "a\r\n");
    let folder = skill.folder();
    let fixes = fix(&folder, &skill.check());
    let elsewhere = skill.path().parent().unwrap().join("elsewhere");
    fs::rename(skill.path().join("references"), &elsewhere).unwrap();
    symlink(&elsewhere, skill.path().join("references")).unwrap();
    assert!(matches!(apply(&folder, &fixes[0]), Err(ApplyError::Outside { .. })));
    assert_eq!(fs::read_to_string(elsewhere.join("a.md")).unwrap(), "a\r\n");
}

#[test]
fn what_became_a_pipe_is_not_waited_for() {
    let skill = Skill::with_body("Text.\n").and("a.md", "a\r\n");
    let folder = skill.folder();
    let fixes = fix(&folder, &skill.check());
    let path = skill.path().join("a.md");
    fs::remove_file(&path).unwrap();
    rustix::fs::mkfifoat(rustix::fs::CWD, &path, rustix::fs::Mode::RWXU).unwrap();
    assert!(matches!(apply(&folder, &fixes[0]), Err(ApplyError::Changed { .. })));
}

#[test]
fn nothing_is_left_beside_a_repaired_file() {
    let skill = Skill::with_body("Text.\r\n");
    fs::set_permissions(skill.path().join("SKILL.md"), fs::Permissions::from_mode(0o640)).unwrap();
    repair(&skill);
    let names: Vec<_> = fs::read_dir(skill.path()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert_eq!(names, ["SKILL.md"]);
    let mode = fs::metadata(skill.path().join("SKILL.md")).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o640);
}

#[test]
fn scripts_are_made_executable_and_keep_their_permissions() {
    let skill = Skill::with_body("Run `python3 scripts/a.py` and `sh scripts/b.sh`.\n")
        .and("scripts/a.py", "#!/usr/bin/env python3\n")
        .and("scripts/b.sh", "#!/bin/sh\r\ntrue\r\n");
    fs::set_permissions(skill.path().join("scripts/a.py"), fs::Permissions::from_mode(0o640)).unwrap();
    fs::set_permissions(skill.path().join("scripts/b.sh"), fs::Permissions::from_mode(0o600)).unwrap();
    let expected = [
        ("scripts/a.py".to_owned(), vec!["not-executable"]),
        ("scripts/b.sh".to_owned(), vec!["not-executable", "shebang-crlf"]),
    ];
    assert_eq!(repair(&skill), expected);
    let mode = |path: &str| fs::metadata(skill.path().join(path)).unwrap().permissions().mode() & 0o777;
    assert_eq!((mode("scripts/a.py"), mode("scripts/b.sh")), (0o750, 0o700));
    assert_eq!(skill.text("scripts/b.sh"), "#!/bin/sh\ntrue\n");
}

#[test]
fn a_file_that_changed_is_left_as_it_is() {
    let skill = Skill::with_body("Text.\r\n");
    let folder = skill.folder();
    let fixes = fix(&folder, &skill.check());
    let skill = skill.and("SKILL.md", format!("{FRONT}Other text.\r\n"));
    assert!(matches!(apply(&folder, &fixes[0]), Err(ApplyError::Changed { .. })));
    assert!(skill.text("SKILL.md").ends_with("Other text.\r\n"));
}

#[test]
fn nothing_outside_the_skill_is_changed() {
    let skill = Skill::with_body("Text.\r\n");
    let folder = skill.folder();
    let fixes = fix(&folder, &skill.check());
    let outside = skill.path().parent().unwrap().join("outside.md");
    fs::write(&outside, &fixes[0].before).unwrap();
    fs::remove_file(skill.path().join("SKILL.md")).unwrap();
    symlink(&outside, skill.path().join("SKILL.md")).unwrap();
    assert!(matches!(apply(&folder, &fixes[0]), Err(ApplyError::Outside { .. })));
    assert_eq!(fs::read_to_string(&outside).unwrap(), fixes[0].before);
}

#[test]
fn a_skill_file_that_is_a_link_inside_stays_one() {
    let skill = Skill::with_body("Text.\r\n");
    fs::rename(skill.path().join("SKILL.md"), skill.path().join("real.md")).unwrap();
    symlink("real.md", skill.path().join("SKILL.md")).unwrap();
    let folder = skill.folder();
    let fixes = fix(&folder, &skill.check());
    assert_eq!(fixes.iter().map(|file| file.file.as_str()).collect::<Vec<_>>(), ["SKILL.md"]);
    apply(&folder, &fixes[0]).unwrap();
    assert!(skill.path().join("SKILL.md").is_symlink());
    assert!(skill.text("real.md").ends_with("Text.\n"));
}

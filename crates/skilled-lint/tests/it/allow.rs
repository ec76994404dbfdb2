//! Comments and settings that turn findings off.

use skilled_lint::{Settings, Severity};

use crate::skill::{Skill, codes, numbered};

const DEAD: &str = "[a](a.md)\n";

fn after(comment: &str) -> (Vec<String>, usize) {
    let skill = Skill::with_body(comment);
    (skill.found(), skill.check().suppressed)
}

#[test]
fn a_comment_turns_findings_off_at_its_place_only() {
    let (found, suppressed) = after(&format!("<!-- skilled: allow=dead-link -->\n{DEAD}{DEAD}"));
    assert_eq!(found, ["SKILL.md:7:5 dead-link there is no `a.md`"]);
    assert_eq!(suppressed, 1);
    assert_eq!(after("[a](a.md) <!-- skilled: allow=dead-link it is made later -->\n"), (vec![], 1));
    assert_eq!(after(&format!("{DEAD}text\n\n<!-- skilled: allow-file=dead-link -->\n")), (vec![], 1));
}

#[test]
fn a_comment_that_does_nothing_is_a_finding() {
    let text = "Text.\n\n<!-- skilled: allow=dead-link,ded-link -->\nMore.\n";
    let expected = [
        "SKILL.md:7:21 allow-unused nothing here is found by `dead-link`",
        "SKILL.md:7:31 allow-unknown there is no rule `ded-link`",
    ];
    assert_eq!(after(text).0, expected);
}

#[test]
fn an_example_of_a_comment_is_none() {
    let text = format!("```markdown\n<!-- skilled: allow=dead-link -->\n```\n\n{DEAD}");
    assert_eq!(after(&text).0, ["SKILL.md:9:5 dead-link there is no `a.md`"]);
}

#[test]
fn comments_work_in_front_matter_and_scripts() {
    let front = "---\nname: example\n# skilled: allow=unknown-field\nversion: '1'\ndescription: Adds up columns of tables. Use for totals.\n---\nRun `scripts/a.sh`.\n";
    let skill =
        Skill::with_file(front).and("scripts/a.sh", "#!/bin/sh # skilled: allow=not-executable\ntrue\n");
    assert_eq!(skill.found(), [""; 0]);
    assert_eq!(skill.check().suppressed, 2);
}

#[test]
fn whether_a_skill_loads_does_not_depend_on_comments() {
    let skill =
        Skill::with_file("---\n# skilled: allow-file=missing-description\nname: example\n---\nText.\n");
    let checked = skill.check();
    assert_eq!(
        (checked.loaded, checked.valid, checked.suppressed, codes(&checked)),
        (false, false, 1, vec![])
    );
}

#[test]
fn settings_change_severities() {
    let skill = Skill::with_body(&format!("{DEAD}[b](#b)\n"));
    let severities = |settings: &Settings| {
        let found = skill.check_with(settings).findings;
        found.iter().map(|finding| (finding.rule.code, finding.severity)).collect::<Vec<_>>()
    };
    let usual = [("dead-link", Severity::Warning), ("dead-anchor", Severity::Info)];
    assert_eq!(severities(&Settings::default()), usual);
    let strict = Settings { strict: true, ..Settings::default() };
    assert_eq!(severities(&strict), [("dead-link", Severity::Error), ("dead-anchor", Severity::Info)]);
    let turned = [("dead-link".to_owned(), None), ("dead-anchor".to_owned(), Some(Severity::Warning))].into();
    let settings = Settings { severities: turned, ..strict };
    assert_eq!(severities(&settings), [("dead-anchor", Severity::Error)]);
}

#[test]
fn findings_that_are_turned_off_do_not_use_up_those_shown() {
    let dead = numbered("[a](a#.md)\n", 150);
    let (found, suppressed) = after(&format!("<!-- skilled: allow-file=dead-link -->\n\n{dead}"));
    assert_eq!((found, suppressed), (vec![], 150));
    // The comment is about a finding beyond those that are shown.
    let (found, suppressed) = after(&format!("{dead}\n<!-- skilled: allow=dead-link -->\n[b](b.md)\n"));
    assert!(!found.iter().any(|line| line.contains("allow-unused")), "{found:?}");
    assert_eq!((found.len(), suppressed), (101, 1));
    assert!(
        found[0].ends_with("dead-link 50 more findings of this kind in the file are not shown"),
        "{found:?}"
    );
}

#[test]
fn comments_beyond_those_shown_are_counted() {
    let unknown = numbered("<!-- skilled: allow=unheard-of-# -->\n", 150);
    let (found, _) = after(&format!("{unknown}\nText.\n"));
    assert_eq!(found.len(), 101);
    assert!(
        found[0].ends_with("allow-unknown 50 more findings of this kind in the file are not shown"),
        "{}",
        found[0]
    );
}

#[test]
fn comments_that_are_not_looked_at_are_told() {
    for comments in [
        numbered("Text. <!-- skilled: allow=dead-link -->\n", 1_001),
        format!("Text. <!-- skilled: allow={} -->\n", numbered("unheard-of-#,", 1_001)),
    ] {
        let (found, _) = after(&comments);
        assert!(
            found.iter().any(|line| line.contains("not-checked only the first 1000 comments")),
            "{found:?}"
        );
    }
}

#[test]
fn findings_about_comments_are_turned_off_like_others() {
    let unused = "Text. <!-- skilled: allow=dead-link -->\n";
    let unknown = "Text. <!-- skilled: allow=unheard-of -->\n";
    for (text, suppressed) in [
        (format!("<!-- skilled: allow=allow-unused -->\n{unused}"), 1),
        (format!("<!-- skilled: allow=allow-unknown -->\n{unknown}"), 1),
        (format!("{unused}\n{unknown}\n<!-- skilled: allow-file=allow-unused,allow-unknown -->\n"), 2),
        ("<!-- skilled: allow=dead-link,allow-unused -->\nText.\n".to_owned(), 1),
        ("<!-- skilled: allow=unheard-of,allow-unknown -->\nText.\n".to_owned(), 1),
    ] {
        assert_eq!(after(&text), (vec![], suppressed), "{text}");
    }
    let (found, _) = after("Text. <!-- skilled: allow=allow-unused -->\n");
    assert_eq!(found, ["SKILL.md:5:27 allow-unused nothing here is found by `allow-unused`"]);
}

//! Comments and settings that turn findings off.

use skilled_lint::{Settings, Severity};

use crate::skill::{Skill, codes};

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

//! Rules where an example does not say enough: places, and what must not be found.

use std::fs;
use std::os::unix::fs::symlink;

use skilled_format::{Folder, Limits};
use skilled_lint::{Settings, check};
use tempfile::TempDir;

use crate::skill::{FRONT, Skill, codes, numbered};

fn clean(body: &str) {
    assert_eq!(Skill::with_body(body).found(), [""; 0], "{body}");
}

#[test]
fn links_that_are_no_references_of_the_skill_are_left_alone() {
    for link in [
        "https://a.example/b.md",
        "mailto:a@b.example",
        "url",
        "path/to/file.md",
        "{name}.md",
        "./<x>.md",
        "#top",
    ] {
        clean(&format!("# Top\n\n[a]({link})\n"));
    }
    clean("# Top\n\n```markdown\n[a](gone.md)\n```\n\n`[b](gone.md)`\n");
}

#[test]
fn links_of_every_kind_are_followed() {
    let body = "![i](i.png) <img src=\"j.png\"> [k][k]\n\n[k]: k.md 'K'\n\n[l](<l m.md>) [n](a%20b.md)\n";
    let skill = Skill::with_body(body).and("a b.md", "# A\n");
    let expected = [
        "SKILL.md:5:6 dead-link there is no `i.png`",
        "SKILL.md:5:23 dead-link there is no `j.png`",
        "SKILL.md:5:31 dead-link there is no `k.md`",
    ];
    assert_eq!(skill.found()[..3], expected);
}

#[test]
fn links_of_a_reference_are_relative_to_it_or_to_the_skill() {
    let guide = "[a](more.md) [b](references/more.md) [c](../SKILL.md) [d](../../x.md) [e](Mroe.md)\n";
    let skill = Skill::with_body("Read `references/guide.md` and `references/more.md`.\n")
        .and("references/guide.md", guide)
        .and("references/more.md", "# More\n");
    let expected = [
        "references/guide.md:1:59 link-outside `../../x.md` leads out of the folder of the skill",
        "references/guide.md:1:75 dead-link there is no `references/Mroe.md`",
    ];
    assert_eq!(skill.found(), expected);
    assert_eq!(skill.check().findings[1].help, "Perhaps `references/more.md` is meant.");
}

#[test]
fn a_path_behind_a_link_is_not_judged() {
    let skill = Skill::with_body("[a](shared/a.md)\n").and("real/b.md", "# B\n");
    symlink("real", skill.path().join("shared")).unwrap();
    assert_eq!(skill.found(), [""; 0]);
}

#[test]
fn paths_in_code_are_found_with_care() {
    let body = "`scripts/<name>.py` `scripts/*.sh` `scripts/my_tool.py` `src/main.rs` `~/x/scripts/a.py`\n\n\
                ```bash\necho hi > scripts/made.sh\ntouch assets/new.txt\npython other/scripts/b.py\n```\n\n\
                ```python\nopen('assets/data.json')\n```\n";
    clean(body);
    let body = "```bash\npython scripts/a.py\nbash ${CLAUDE_SKILL_DIR}/b.sh\n```\n\nSee `assets/c.txt`, `assets/c.txt`.\n";
    let expected = [
        "SKILL.md:6:8 missing-file there is no `scripts/a.py`",
        "SKILL.md:10:6 missing-file there is no `assets/c.txt`, named 2 times from here on",
    ];
    assert_eq!(Skill::with_body(body).found(), expected);
}

#[test]
fn scripts_are_judged_by_how_they_are_started() {
    let body = "```bash\n./scripts/a.py x\npython scripts/b.py\nscripts/c.sh\n```\n";
    let skill = Skill::with_body(body)
        .and("scripts/a.py", "print()\n")
        .and("scripts/b.py", "print()\n")
        .and_executable("scripts/c.sh", "#!/bin/sh\n");
    let message =
        "`scripts/a.py` is started by its name here and is not executable and does not say what runs it";
    assert_eq!(skill.found(), [format!("SKILL.md:6:1 unrunnable-script {message}")]);
}

#[test]
fn modes_do_not_count_where_everything_is_executable() {
    let skill = Skill::with_body("Run `scripts/a.py`.\n").and_executable("scripts/a.py", "print()\n");
    assert_eq!(codes(&skill.check()), ["missing-shebang"]);
    let skill = skill.and_executable("SKILL.md", &format!("{FRONT}Run `scripts/a.py`.\n"));
    assert_eq!(skill.found(), [""; 0]);
}

#[test]
fn characters_that_belong_to_a_script_or_an_emoji_are_left_alone() {
    for text in [
        "Family 👨\u{200d}👩\u{200d}👧 and ❤\u{fe0f}, 1\u{fe0f}\u{20e3}.",
        "Flag 🏴\u{e0067}\u{e0062}\u{e0065}\u{e006e}\u{e0067}\u{e007f}.",
        "می\u{200c}خواهم",
        "क्\u{200d}ष",
        "שלום\u{200f} עולם",
        "葛\u{e0100}城",
        "Prix\u{a0}: 3\u{202f}€",
    ] {
        clean(&format!("{text}\n"));
    }
}

#[test]
fn hidden_characters_are_counted_from_their_first_place() {
    let skill = Skill::with_body("a\u{200b}b\u{200b}\nx\u{e0068}\u{e0069}\u{202e}\u{3164}\u{fe0f}\n");
    let expected = [
        "SKILL.md:5:2 invisible-character U+200B (zero width space), 2 times from here on",
        "SKILL.md:6:2 unicode-tag 2 invisible tags spell \"hi\"",
        "SKILL.md:6:4 bidi-control U+202E (right-to-left override)",
        "SKILL.md:6:5 invisible-character U+3164 (Hangul filler)",
        "SKILL.md:6:6 invisible-character U+FE0F (variation selector)",
    ];
    assert_eq!(skill.found(), expected);
}

#[test]
fn text_that_is_not_utf8_or_too_long_is_said_not_to_be_checked() {
    let skill = Skill::with_body("See `references/`.\n")
        .and("references/latin.md", b"caf\xe9\n")
        .and("references/wide.txt", b"\xff\xfea\0")
        .and("references/long.md", "a\n".repeat(600_000))
        .and("assets/picture.bin", [0, 1, 2]);
    let expected = [
        "references/latin.md:1:1 file-not-utf8 the file is not UTF-8 from byte 3 on; nothing in it was checked",
        "references/long.md:1:1 not-checked only the first MiB of the file was checked",
        "references/wide.txt:1:1 file-not-utf8 the file is not UTF-8 from byte 0 on; nothing in it was checked",
    ];
    assert_eq!(skill.found(), expected);
}

#[test]
fn bodies_are_measured() {
    let skill = Skill::with_body(&"word word word\n".repeat(501));
    assert_eq!(
        skill.found(),
        ["SKILL.md:505:1 body-too-many-lines the body has 501 lines; at most 500 are recommended"]
    );
    let skill = Skill::with_body(&format!("{}\n", "漢".repeat(5_000)));
    let message = "the body has about 5001 tokens; at most 5000 are recommended";
    assert_eq!(skill.found(), [format!("SKILL.md:5:1 body-too-many-tokens {message}")]);
}

#[test]
fn many_findings_of_a_kind_are_counted() {
    let skill = Skill::with_body(&numbered("[a](a#.md)\n", 150));
    let found = skill.found();
    assert_eq!(found.len(), 101);
    assert_eq!(found[0], "SKILL.md:1:1 dead-link 50 more findings of this kind in the file are not shown");
}

#[test]
fn fields_are_named_with_their_client() {
    let text = "---\nname: example\ndescription: Adds up columns of tables. Use for totals.\nmodel: x\nglobs: y\nz: 1\n---\nText.\n";
    let checked = Skill::with_file(text).check();
    let helps: Vec<&str> =
        checked.findings.iter().map(|finding| finding.help.split('.').next().unwrap()).collect();
    let expected = [
        "`model` is a field of Claude Code",
        "`globs` is a field of rules of Cursor",
        "Move it below `metadata:`, or check its spelling",
    ];
    assert_eq!(helps, expected);
}

#[test]
fn large_skills_are_compared_with_what_services_take() {
    let mut skill = Skill::with_body("See `assets/`.\n");
    for number in 0..201 {
        skill = skill.and(&format!("assets/{number}.bin"), "");
    }
    assert_eq!(codes(&skill.check()), ["many-files"]);
    let large = fs::File::create(skill.path().join("assets/0.bin")).unwrap();
    large.set_len(30_000_000).unwrap();
    assert_eq!(codes(&skill.check()), ["many-files", "upload-too-large"]);
}

#[test]
fn a_folder_that_windows_cannot_have_is_found() {
    let root = TempDir::new().unwrap();
    let folder = root.path().join("con");
    fs::create_dir(&folder).unwrap();
    fs::write(folder.join("SKILL.md"), FRONT).unwrap();
    let checked = check(&Folder::open(&folder, &Limits::default()).unwrap(), &Settings::default());
    let found = checked.findings.iter().find(|finding| finding.rule.code == "windows-name").unwrap();
    assert_eq!(found.message, "the folder of the skill, `con`, has a name that Windows reserves, \"con\"");
    assert!(found.help.starts_with("Rename the folder"), "{}", found.help);
}

#[test]
fn links_of_the_folder_that_lead_to_nothing_are_found() {
    let skill = Skill::with_body("Read the guides.\n").and("a/guide.md", "# Guide\n");
    for (target, name) in [("a/guide.md", "good"), ("gone.md", "dead"), ("round", "round")] {
        symlink(target, skill.path().join(name)).unwrap();
    }
    let expected = [
        "dead:1:1 link-dangling the link leads to `gone.md`, where nothing is",
        "round:1:1 link-dangling the link leads to `round`, where nothing is",
    ];
    assert_eq!(skill.found(), expected);
}

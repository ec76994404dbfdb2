//! Input made to take long or to break something. The times are bounded by the runner, not here.

use proptest::prelude::*;

use crate::skill::{FRONT, Skill, codes, numbered};

const MIB: usize = 1 << 20;

fn filled(piece: &str) -> String {
    piece.repeat((MIB - 1024) / piece.len())
}

#[test]
fn a_mebibyte_of_markup_is_checked() {
    for piece in [
        "[",
        "(",
        "![",
        "[a](",
        "](",
        "<!--",
        "`",
        "`a",
        "*a_",
        "> ",
        "- ",
        "1. ",
        "<a ",
        "<a href=\"",
        "|",
        "[^1]",
        "[a]: b\n",
        "#",
        "\\",
        "&amp",
        "~~~\n",
        "<div>\n",
        "\t",
        "* * ",
        "<!-- skilled: allow=x -->\n",
        "# skilled: allow=a,b\n",
        "scripts/",
        "`scripts/a.py` ",
        "[a](a.md) ",
        "\u{200b}",
        "a\u{200b}",
        "\r\n",
        "/home/ab/ ",
        "\u{e0041}",
        "[a](#b)\n",
    ] {
        let skill = Skill::with_body(&filled(piece)).and("scripts/b.py", "print()\n");
        assert!(skill.check().loaded, "{piece:?}");
    }
}

#[test]
fn a_block_of_commands_is_searched_once() {
    let commands = format!("```bash\n{}```\n", filled("scripts/a.b\n"));
    let skill = Skill::with_body(&commands).and("scripts/c.d", "x\n");
    assert_eq!(codes(&skill.check()).iter().filter(|code| **code == "missing-file").count(), 1);
}

#[test]
fn images_within_images_are_searched_once() {
    // An entity makes the target another one than what is written, so that the search for it goes on to its limit.
    let target = "](a&amp;bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb)";
    let depth = (MIB - 1024) / (target.len() + 2);
    let skill = Skill::with_body(&format!("{}a{}\n", "![".repeat(depth), target.repeat(depth)));
    assert!(skill.check().loaded);
}

#[test]
fn hostile_front_matter_is_refused_or_read() {
    let bomb = "a: &a [x, x]\nb: &b [*a, *a, *a, *a]\nc: &c [*b, *b, *b, *b]\nd: &d [*c, *c, *c, *c]\ne: [*d, *d, *d, *d]\n";
    let front = |text: &str| {
        format!("---\nname: example\ndescription: Adds up. Use for totals of columns.\n{text}---\nText.\n")
    };
    for text in [
        front(&format!("x: {}\n", "[".repeat(60_000))),
        front(bomb),
        front(&format!("metadata:\n{}", numbered("  k#: #\n", 5_000))),
        front(&numbered("k#: [#]\n", 5_000)),
        front(&format!("allowed-tools: {}\n", "Raed ".repeat(10_000))),
        front(&"x".repeat(900_000)),
        "-".repeat(900_000),
    ] {
        let checked = Skill::with_file(&text).check();
        assert!(!checked.findings.is_empty());
    }
}

#[test]
fn ten_mebibytes_are_not_read() {
    let skill = Skill::with_file(&format!("---\n{}\n---\n", "a: b\n".repeat(2 * MIB)));
    assert_eq!(codes(&skill.check()), ["skill-file-too-large"]);
}

#[test]
fn thousands_of_files_are_checked() {
    let links: String = numbered("[a](references/x#.md)\n", 20_000);
    let mut skill = Skill::with_body(&links);
    for number in 0..5_000 {
        skill = skill.and(&format!("references/file-{number}.md"), "[a](gone.md) `scripts/gone.py`\n");
    }
    let checked = skill.check();
    assert!(checked.loaded);
    assert!(checked.findings.len() < 20_000, "{}", checked.findings.len());
}

#[test]
fn documents_that_are_not_parsed_are_told() {
    let mut skill = Skill::with_body("Text.\n");
    for number in 1_000..3_001 {
        skill = skill.and(&format!("references/{number}.md"), "[a](gone.md)\n");
    }
    let found = skill.found();
    let told: Vec<_> = found.iter().filter(|line| line.contains("not-checked")).collect();
    let expected = "references/2999.md:1:1 not-checked links and paths in this document and 1 more were not checked: the \
                    skill has more than 2000 documents";
    assert_eq!(told, [expected]);
    assert_eq!(found.iter().filter(|line| line.contains("dead-link")).count(), 1_999);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, ..ProptestConfig::default() })]

    #[test]
    fn nothing_panics_and_every_place_exists(parts in prop::collection::vec(
        prop::sample::select(vec![
            "[a](b.md)", "\r\n", "\n", "`scripts/a.py`", "\u{200b}", "é", "<!-- skilled: allow=", "dead-link", "-->", "```bash\n", "```\n",
            "---\n", "name: X\n", "description: a: b\n", "漢", "\u{202e}", "# ", "<a href=\"x\">", "/home/abc/", "\u{feff}", "\t", "'", "[", "...\n",
            "allowed-tools: a, b\n", "metadata:\n  a: 1\n", "tags: [a, b]\n",
        ]), 0..40)) {
        let body: String = parts.concat();
        for text in [format!("{FRONT}{body}"), format!("---\nname: example\n{body}"), body] {
            let skill = Skill::with_file(&text);
            let checked = skill.check();
            for finding in &checked.findings {
                prop_assert!(text.get(finding.span.clone()).is_some() || !finding.span.is_empty() && finding.rule.code == "not-utf8");
                let line = text.split('\n').nth(finding.line - 1).unwrap();
                prop_assert!(finding.column <= line.chars().count() + 1);
            }
            let folder = skill.folder();
            for file in skilled_lint::fix(&folder, &checked) {
                skilled_lint::apply(&folder, &file).unwrap();
            }
            let after = skill.check();
            prop_assert_eq!(after.loaded || !checked.loaded, true);
        }
    }
}

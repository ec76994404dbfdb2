//! `skilled new`: what is made, and what is refused.

use std::fs;
use std::io::Write as _;
use std::os::unix::fs::PermissionsExt as _;
use std::process::{Command, Stdio};

use serde_json::Value;

use crate::kit::Bench;

const TEMPLATES: [&str; 4] = ["basic", "script", "reference", "mcp"];

#[test]
fn every_template_passes_every_check_and_makes_the_whole_way() {
    for template in TEMPLATES {
        let bench = Bench::new();
        let name = format!("try-{template}");
        let made = bench.skilled(["new", &name, "--template", template]).exits(0);
        assert!(made.stdout.contains(&format!("skilled check {name} --strict")), "{made}");
        assert_eq!(made.stderr, "", "{made}");
        let checked = bench.skilled(["check", &name, "--strict", "--format", "json"]).exits(0);
        let checked: Value = serde_json::from_str(&checked.stdout).unwrap();
        assert_eq!(checked["skills"][0]["valid"], true, "{checked:#}");
        assert_eq!(checked["skills"][0]["diagnostics"], Value::Array(Vec::new()), "{checked:#}");
        bench.skilled(["pack", &name]).exits(0);
        bench.skilled(["unpack", &format!("{name}.skill"), "-o", "copy"]).exits(0);
        let shown = bench.skilled(["show", "copy", "--json"]).exits(0);
        let shown: Value = serde_json::from_str(&shown.stdout).unwrap();
        assert_eq!((&shown["name"], &shown["loaded"]), (&Value::from(name), &Value::Bool(true)));
        for severity in ["critical", "high", "medium"] {
            assert_eq!(shown["audit"][severity], 0, "{template}: {shown:#}");
        }
    }
}

#[test]
fn the_script_of_the_template_works_as_it_says() {
    if Command::new("python3").arg("--version").output().is_err() {
        let missing = "python3 is missing: install it";
        assert!(std::env::var_os("SKILLED_REQUIRE_ALL").is_none(), "{missing}");
        eprintln!("NOT TESTED: {missing}");
        return;
    }
    let bench = Bench::new();
    bench.skilled(["new", "tables", "--template", "script"]).exits(0);
    let script = bench.path("tables/scripts/summarize.py");
    assert_eq!(fs::metadata(&script).unwrap().permissions().mode() & 0o100, 0o100);
    let run = |arguments: &[&str], input: &str| {
        let mut child = Command::new(&script)
            .args(arguments)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        child.stdin.take().unwrap().write_all(input.as_bytes()).unwrap();
        let output = child.wait_with_output().unwrap();
        (output.status.code(), String::from_utf8(output.stdout).unwrap())
    };
    let (code, said) = run(&["-"], "item,price\nchair,19.5\ndesk,\n");
    assert_eq!(code, Some(0));
    assert!(said.contains("2 rows") && said.contains("price: 1 of 2 filled"), "{said}");
    let (code, said) = run(&["-", "--json", "--delimiter", ";"], "a;b\n1;2;3\n");
    let summary: Value = serde_json::from_str(&said).unwrap();
    assert_eq!((code, &summary["uneven_rows"]), (Some(0), &Value::from(1)));
    assert_eq!(run(&["-"], "").0, Some(1));
    assert_eq!(run(&["no-such-file"], "").0, Some(2));
    assert!(run(&["--help"], "").1.contains("Exit codes"));
}

#[test]
fn a_description_of_ones_own_is_kept_as_it_is() {
    let bench = Bench::new();
    let description = "Edits: \"texts\" #1, 'quotes' & tone. Use when a text goes out.";
    bench.skilled(["new", "tone", "--description", description]).exits(0);
    let shown = bench.skilled(["show", "tone", "--json"]).exits(0);
    let shown: Value = serde_json::from_str(&shown.stdout).unwrap();
    assert_eq!((&shown["description"], &shown["valid"]), (&Value::from(description), &Value::Bool(true)));
}

#[test]
fn advice_on_a_description_is_said_and_does_not_stop() {
    let bench = Bench::new();
    bench.skilled(["new", "tone", "--description", "Edits texts."]).exits(0).says(&["warning: ", "hint: "]);
    assert!(bench.read("tone/SKILL.md").contains("description: Edits texts.\n"));
}

#[test]
fn names_that_no_skill_may_have_are_refused_with_one_that_may() {
    let bench = Bench::new();
    let cases = [
        ("Sales Report", "skilled new sales-report"),
        ("../evil", "skilled new evil"),
        ("a--b", "skilled new a-b"),
        ("a\u{1b}[2Jb", "skilled new a-2jb"),
        ("天气", "such as meeting-notes"),
    ];
    for (name, hint) in cases {
        let ran = bench.skilled(["new", name]).refuses(2, &["cannot be the name of a skill", hint]);
        assert!(!ran.stderr.contains('\u{1b}'), "{ran}");
    }
    bench.skilled(["new"]).refuses(2, &["needs a name", "skilled new meeting-notes"]);
    bench.skilled(["new", "a", "--template", "big"]).exits(2).says(&["basic", "script", "reference", "mcp"]);
    assert_eq!(bench.names("."), ["home"]);
}

#[test]
fn a_skill_that_others_would_refuse_is_not_made() {
    let bench = Bench::new();
    let long = "x".repeat(1025);
    bench
        .skilled(["new", "tone", "--description", &long])
        .refuses(2, &["nothing was made", "1024", "hint: "]);
    bench.skilled(["new", "tone", "--description", "  "]).refuses(2, &["nothing was made"]);
    assert_eq!(bench.names("."), ["home"], "nothing is left behind");
}

#[test]
fn what_is_there_is_left_alone() {
    let bench = Bench::new();
    bench.write("here/notes/mine.txt", "mine");
    bench.skilled(["new", "notes", "--dir", "here"]).refuses(2, &["here/notes is there already", "--dir"]);
    assert_eq!(
        (bench.names("here"), bench.names("here/notes")),
        (vec!["notes".into()], vec!["mine.txt".into()])
    );
}

#[test]
fn the_parent_is_made_when_it_is_missing() {
    let bench = Bench::new();
    bench.skilled(["new", "notes", "--dir", ".agents/skills"]).exits(0);
    assert_eq!(bench.names(".agents/skills"), ["notes"]);
    bench.write("file", "");
    bench.skilled(["new", "notes", "--dir", "file"]).refuses(2, &["file is no folder", "--dir"]);
}

/// Whoever follows the page from its beginning to its end gets what it says.
#[test]
fn every_command_of_the_page_for_authors_works_as_printed() {
    let page = include_str!("../../../../docs/authoring.md");
    let bench = Bench::new();
    let mut ran = 0;
    for block in page.split("```console\n").skip(1) {
        let (commands, _) = block.split_once("```").unwrap();
        for command in commands.lines() {
            let words = command.split_once(" #").map_or(command, |(words, _)| words).split_whitespace();
            let words: Vec<&str> = words.collect();
            assert_eq!(words[0], "skilled", "{command}");
            // The skill has evals, which do not travel: a difference.
            let code = i32::from(words[1] == "diff");
            bench.skilled(&words[1..]).exits(code);
            ran += 1;
        }
    }
    assert!(ran >= 8, "{ran}");
    assert_eq!(bench.names(".agents/skills/sales-report"), ["SKILL.md", "scripts"]);
}

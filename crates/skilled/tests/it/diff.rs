//! `skilled diff`: exit codes, weights, words and lines.

use serde_json::{Value, json};

use crate::kit::Bench;

const HEAD: &str = "---\nname: s\ndescription: Fills forms. Use when the user asks for a form.\n---\n";

fn bench() -> Bench {
    let bench = Bench::new();
    for side in ["a", "b"] {
        bench.write(&format!("{side}/s/SKILL.md"), format!("{HEAD}# S\n"));
        bench.write(&format!("{side}/s/scripts/run.sh"), "#!/bin/sh\necho 1\n");
    }
    bench
}

#[test]
fn no_difference_is_0_differences_are_1_trouble_is_2() {
    let bench = bench();
    let same = bench.skilled(["diff", "a/s", "b/s"]).exits(0);
    assert!(same.stdout.contains("no difference"), "{same}");
    bench.write("b/s/notes.md", "new\n");
    bench.skilled(["diff", "a/s", "b/s"]).exits(1);
    bench.skilled(["diff", "a/s", "c/s"]).refuses(2, &["there is no c/s", "hint: "]);
    bench.write("bad.zip", "no archive");
    bench.skilled(["diff", "a/s", "bad.zip"]).refuses(2, &["cannot look into bad.zip"]);
    bench.skilled(["diff", "a/s"]).exits(2).says(&["Usage"]);
}

#[test]
fn what_matters_comes_first() {
    let bench = bench();
    let after = HEAD.replace("a form.", "a form or a table.").replace("name: s\n", "name: s\nlicense: MIT\n");
    bench.write("b/s/SKILL.md", format!("{after}# S\n\nSee https://new.example/x.\n"));
    bench.write("b/s/scripts/run.sh", "#!/bin/sh\necho 2\n");
    let page = bench.skilled(["diff", "a/s", "b/s"]).exits(1).stdout;
    let (look, rest) = page.split_once("Also changed").unwrap();
    for text in ["[-form.-]{+form or a table.+}", "scripts/run.sh", "https://new.example/x"] {
        assert!(look.contains(text), "{text}: {page}");
    }
    assert!(rest.contains("license: MIT") && rest.contains("body"), "{page}");
    assert!(page.lines().all(|line| line.chars().count() <= 80), "{page}");
}

#[test]
fn lines_are_shown_when_they_are_asked_for() {
    let bench = bench();
    bench.write("b/s/scripts/run.sh", "#!/bin/sh\necho 2\u{1b}[2J\n");
    bench.write("b/s/data.bin", [0_u8, 1, 2]);
    let short = bench.skilled(["diff", "a/s", "b/s"]).exits(1);
    assert!(!short.stdout.contains("echo 2") && short.stdout.contains("--full"), "{short}");
    let full = bench.skilled(["diff", "a/s", "b/s", "--full"]).exits(1).stdout;
    for text in ["--- a/scripts/run.sh", "-echo 1", "+echo 2\\u{1b}[2J", "data.bin: not shown"] {
        assert!(full.contains(text), "{text}: {full}");
    }
    assert!(!full.contains('\u{1b}'));
}

#[test]
fn programs_get_one_object() {
    let bench = bench();
    bench.write("b/s/notes.md", "new\n");
    let ran = bench.skilled(["diff", "a/s", "b/s", "--json", "--full"]).exits(1);
    let shown: Value = serde_json::from_str(&ran.stdout).unwrap();
    assert_eq!(
        (&shown["same"], &shown["attention"], &shown["notice"]),
        (&json!(false), &json!(0), &json!(1))
    );
    let expected = json!([{
        "weight": "notice", "area": "file", "kind": "added", "item": "notes.md", "before": null, "after": "4 bytes",
    }]);
    assert_eq!(shown["changes"], expected);
    assert_eq!(shown["files"][0]["unified"], "--- /dev/null\n+++ b/notes.md\n@@ -0,0 +1 @@\n+new\n");
    assert_eq!((&shown["before"]["files"], &shown["after"]["files"]), (&json!(2), &json!(3)));
}

#[test]
fn folders_archives_and_names_can_be_compared() {
    let bench = bench();
    bench.skilled(["pack", "a/s", "-o", "one.skill"]).exits(0);
    bench.skilled(["pack", "a/s", "-o", "two.tar.gz"]).exits(0);
    bench.skilled(["diff", "one.skill", "two.tar.gz"]).exits(0);
    bench.skilled(["diff", "a/s", "one.skill"]).exits(0);
    bench.write(".claude/skills/s/SKILL.md", format!("{HEAD}# Other\n"));
    bench.skilled(["diff", "s", "one.skill"]).exits(1);
}

#[test]
fn what_cannot_be_compared_is_said() {
    let bench = bench();
    let pipe = bench.path("b/s/pipe");
    rustix::fs::mknodat(rustix::fs::CWD, &pipe, rustix::fs::FileType::Fifo, 0o600.into(), 0).unwrap();
    let ran = bench.skilled(["diff", "a/s", "b/s"]).exits(1).says(&["warning: not compared: ", "pipe"]);
    assert!(ran.stdout.contains("no difference in what was compared, which is not all"), "{ran}");
    let ran = bench.skilled(["diff", "a/s", "b/s", "--json"]).exits(1);
    let shown: Value = serde_json::from_str(&ran.stdout).unwrap();
    assert_eq!((&shown["same"], &shown["changes"]), (&json!(false), &json!([])));
    assert_eq!(shown["gaps"].as_array().unwrap().len(), 1);
}

#[test]
fn what_lies_deep_is_compared_and_shown() {
    let bench = bench();
    let folder = ["d"; 30].join("/");
    for side in ["a", "b"] {
        bench.write(&format!("{side}/s/{folder}/f.md"), side);
    }
    let ran = bench.skilled(["diff", "a/s", "b/s"]).exits(1);
    assert!(ran.stdout.contains("f.md"), "{ran}");
    let digest = |what: &str| {
        let shown = bench.skilled(["show", what, "--json"]).exits(0).stdout;
        let shown: Value = serde_json::from_str(&shown).unwrap();
        assert_eq!(shown["gaps"], json!([]), "{what}");
        shown["digest"].clone()
    };
    bench.skilled(["pack", "a/s", "-o", "a.skill"]).exits(0);
    assert_eq!(digest("a/s"), digest("a.skill"));
    assert_ne!(digest("a/s"), digest("b/s"));
    // Too deep for an archive: it is not packed, and no comparison is complete.
    for side in ["a", "b"] {
        bench.write(&format!("{side}/s/{folder}/d/d/d/f.md"), side);
        bench.write(&format!("{side}/s/{folder}/f.md"), "same");
    }
    bench.skilled(["diff", "a/s", "b/s"]).exits(1).says(&["not compared"]);
    let shown = bench.skilled(["show", "a/s"]).exits(0);
    assert!(shown.stdout.contains("not seen"), "{shown}");
}

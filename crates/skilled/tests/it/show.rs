//! `skilled show`: what is said of a skill, and which skill a word means.

use std::fs;
use std::os::unix::fs::{PermissionsExt as _, symlink};

use serde_json::{Value, json};

use crate::kit::{Bench, is_root};

const SKILL: &str = "---\nname: pdf\ndescription: Fills forms. Use when the user has a PDF.\nlicense: MIT\nmetadata:\n  \
                     version: \"1.2\"\n  github-repo: https://me:secret@host.example/r\nallowed-tools: Read Bash(git *)\n\
                     model: fast\nhooks:\n  Stop: x\nowner: me\n---\n# PDF\n\nRun `scripts/fill.sh`.\n";

fn bench() -> Bench {
    let bench = Bench::new();
    bench.write("pdf/SKILL.md", SKILL);
    bench.write("pdf/scripts/fill.sh", "#!/bin/sh\necho fill\n");
    bench.write("pdf/assets/form.bin", [0_u8, 159, 146, 150]);
    bench
}

fn object(bench: &Bench, what: &str) -> Value {
    serde_json::from_str(&bench.skilled(["show", what, "--json"]).exits(0).stdout).unwrap()
}

#[test]
fn every_field_is_there_for_programs() {
    let shown = object(&bench(), "pdf");
    let expected = json!({
        "name": "pdf", "description": "Fills forms. Use when the user has a PDF.", "license": "MIT",
        "compatibility": null,
        "metadata": { "version": "1.2", "github-repo": "https://me:secret@host.example/r" },
        "allowed_tools": ["Read", "Bash(git *)"],
        "extensions": { "model": "fast", "hooks": { "Stop": "x" } }, "unknown_fields": { "owner": "me" },
        "loaded": true, "valid": false,
    });
    for (field, value) in expected.as_object().unwrap() {
        assert_eq!(&shown[field], value, "{field}: {shown:#}");
    }
    let tiers = &shown["tiers"];
    assert_eq!(tiers["instructions"], json!({ "bytes": 30, "lines": 3, "estimated_tokens": 8 }));
    assert_eq!(
        tiers["resources"]["files"],
        json!([
            { "path": "assets/form.bin", "type": "file", "bytes": 4, "executable": false, "estimated_tokens": null },
            { "path": "scripts/fill.sh", "type": "file", "bytes": 20, "executable": false, "estimated_tokens": 5 },
        ])
    );
    assert!(shown["digest"].as_str().unwrap().starts_with("sha256:"));
    assert!(shown["check"]["warnings"].as_u64().unwrap() > 0, "{shown:#}");
    let keys = ["tools", "automatic", "hosts", "commands", "files", "secrets", "packages"];
    assert!(keys.iter().all(|key| shown["needs"][key].is_array()), "{shown:#}");
    let origin = &shown["origin"];
    assert_eq!((&origin["type"], &origin["path"]), (&json!("folder"), &json!("pdf")));
}

#[test]
fn a_page_fits_80_columns_without_colours() {
    let bench = bench();
    for number in 0..30 {
        bench.write(&format!("pdf/references/{number:02}-{}.md", "long".repeat(20)), "text");
    }
    let shown = bench.skilled(["show", "pdf"]).exits(0).stdout;
    assert!(shown.lines().all(|line| line.chars().count() <= 80), "{shown}");
    assert!(shown.contains("… and 12 files more (--files lists all)"), "{shown}");
    for text in
        ["Fills forms.", "no text", "Bash(git *)", "model: fast", "owner: me", "estimates", "not valid"]
    {
        assert!(shown.contains(text), "{text}: {shown}");
    }
    let all = bench.skilled(["show", "pdf", "--files"]).exits(0).stdout;
    assert!(all.contains("29-long") && !all.contains('\u{1b}'), "{all}");
}

#[test]
fn hostile_names_and_texts_do_not_reach_the_terminal() {
    let bench = Bench::new();
    bench.write(
        "bad/SKILL.md",
        "---\nname: bad\ndescription: \"a\\e[2Jb \\u202e c\"\nmetadata:\n  \"k\\e[0m\": \"v\\r\"\n---\nBody.\n",
    );
    bench.write("bad/a\u{1b}[2J\nb\u{202e}.txt", "x");
    symlink("x\u{1b}]0;t", bench.path("bad/link")).unwrap();
    for arguments in [&["show", "bad"][..], &["show", "bad", "--files"], &["show", "bad", "--json"]] {
        let shown = bench.skilled(arguments).exits(0);
        let steers = |text: &str| text.contains(['\u{1b}', '\r']);
        assert!(!steers(&shown.stdout) && !steers(&shown.stderr), "{shown}");
        let is_json = arguments.contains(&"--json");
        assert!(is_json || !shown.stdout.contains('\u{202e}'), "{shown}");
    }
}

#[test]
fn a_skill_that_does_not_load_is_shown_as_far_as_it_goes() {
    let bench = Bench::new();
    bench.write("bad/SKILL.md", "# No front matter\n");
    bench.write("bad/a.txt", "text");
    let page = bench.skilled(["show", "bad"]).exits(0).stdout;
    assert!(page.contains("does not load") && page.contains("a.txt"), "{page}");
    let shown = object(&bench, "bad");
    assert_eq!((&shown["name"], &shown["loaded"]), (&Value::Null, &json!(false)));
}

#[test]
fn a_skill_is_named_by_its_folder_its_file_or_an_archive() {
    let bench = bench();
    let folder = object(&bench, "pdf");
    let file = object(&bench, "pdf/SKILL.md");
    assert_eq!((&folder["digest"], &file["origin"]["path"]), (&file["digest"], &json!("pdf")));
    bench.skilled(["pack", "pdf", "-o", "p.tar.gz"]).exits(0);
    let packed = object(&bench, "p.tar.gz");
    assert_eq!(packed["digest"], folder["digest"]);
    assert_eq!((&packed["origin"]["type"], &packed["origin"]["inner"]), (&json!("archive"), &json!("pdf")));
    assert_eq!(packed["origin"]["git"], Value::Null);
    assert!(packed["origin"]["sha256"].as_str().unwrap().starts_with("sha256:"));
}

#[test]
fn a_name_means_the_nearest_and_says_what_it_hides() {
    let bench = bench();
    let at = |folder: &str| {
        bench.write(&format!("{folder}/same/SKILL.md"), "---\nname: same\ndescription: D.\n---\n");
    };
    at(".agents/skills");
    at("home/.claude/skills");
    let page = bench.skilled(["show", "same"]).exits(0).stdout;
    let here = bench.path("").canonicalize().unwrap();
    assert!(page.contains("project, ") && page.contains("shadows"), "{page}");
    let shown = object(&bench, "same");
    assert_eq!(shown["origin"]["path"], json!(here.join(".agents/skills/same")));
    let home = bench.path("home/.claude/skills/same");
    assert_eq!(shown["origin"]["shadowed"], json!([home]));
    bench.skilled(["show", "sane"]).refuses(2, &["called \"sane\"", "did you mean \"same\"?", "looked in"]);
    bench.skilled(["show", "pdf\u{1b}x"]).refuses(2, &["there is no", "hint: "]);
}

#[test]
fn what_is_no_skill_is_refused_with_what_to_do() {
    let bench = bench();
    bench.write("all/one/SKILL.md", "---\nname: one\ndescription: D.\n---\n");
    bench.write("notes.txt", "notes");
    bench.skilled(["show", "all"]).refuses(2, &["there is no SKILL.md in it", "all/one"]);
    bench.skilled(["show", "home"]).refuses(2, &["there is no SKILL.md in it", "skilled new"]);
    bench.skilled(["show", "no/where"]).refuses(2, &["there is no no/where", "hint: "]);
    bench
        .skilled(["show", "notes.txt"])
        .refuses(2, &["cannot look into notes.txt", "hint: to look at a skill, name its folder"]);
    bench.skilled(["show", "/dev/null"]).refuses(2, &["neither a folder nor a file"]);
}

/// Listing, reading and auditing all stumble over it.
#[test]
fn what_is_not_seen_is_said_once() {
    let bench = bench();
    let pipe = bench.path("pdf/pipe");
    rustix::fs::mknodat(rustix::fs::CWD, &pipe, rustix::fs::FileType::Fifo, 0o600.into(), 0).unwrap();
    bench.write("pdf/closed.md", "x");
    fs::set_permissions(bench.path("pdf/closed.md"), fs::Permissions::from_mode(0o000)).unwrap();
    let expected: &[&str] = if is_root() { &["pipe: "] } else { &["closed.md: ", "pipe: "] };
    let gaps = object(&bench, "pdf")["gaps"].clone();
    let gaps: Vec<&str> = gaps.as_array().unwrap().iter().map(|gap| gap.as_str().unwrap()).collect();
    assert_eq!(gaps.len(), expected.len(), "{gaps:?}");
    assert!(gaps.iter().zip(expected).all(|(gap, file)| gap.starts_with(file)), "{gaps:?}");
    let page = bench.skilled(["show", "pdf"]).exits(0).stdout;
    assert_eq!(page.matches("not seen").count(), expected.len(), "{page}");
}

#[test]
fn a_folder_that_may_not_be_entered_is_not_taken_for_an_empty_one() {
    // No permission stops root.
    if is_root() {
        return;
    }
    let bench = bench();
    bench.write("outer/pdf/SKILL.md", "x");
    let mode = |name: &str, mode| {
        fs::set_permissions(bench.path(name), fs::Permissions::from_mode(mode)).unwrap();
    };
    for closed in [0o000, 0o444, 0o311] {
        mode("pdf", closed);
        mode("outer", closed & 0o444);
        for arguments in [&["show", "pdf"][..], &["diff", "pdf", "pdf"], &["show", "outer/pdf"]] {
            let folder = arguments[1].split('/').next().unwrap();
            let hint = format!("hint: chmod u+rx {folder}, or");
            let folder = format!("cannot look into {}", arguments[1]);
            bench.skilled(arguments).refuses(2, &[&folder, "Permission denied", &hint]);
        }
    }
    mode("pdf", 0o000);
    bench.skilled(["pack", "pdf"]).refuses(2, &["cannot look into pdf", "chmod u+rx pdf"]);
    // So that it can be removed.
    mode("pdf", 0o755);
    mode("outer", 0o755);
}

#[test]
fn where_it_came_from_is_read_from_files_beside_it() {
    let bench = bench();
    bench.write(".git/HEAD", "0123456789abcdef0123456789abcdef01234567\n");
    bench.write(".git/config", "[remote \"origin\"]\n\turl = https://me:token@host.example/r.git\n");
    bench.write("pdf/.openskills.json", "{\"source\": \"a/b\", \"installedAt\": \"2026-01-01\", \"x\": {}}");
    bench.write(
        "skills-lock.json",
        "{\"version\": 1, \"skills\": {\"pdf\": {\"source\": \"c/d\", \"ref\": \"main\"}}}",
    );
    let shown = object(&bench, "pdf");
    let git = &shown["origin"]["git"];
    assert_eq!(git["remote"], "https://host.example/r.git", "no password is shown");
    assert_eq!(git["commit"], "0123456789abcdef0123456789abcdef01234567");
    let notes = &shown["origin"]["notes"];
    let sources: Vec<_> = notes.as_array().unwrap().iter().map(|note| &note["source"]).collect();
    assert_eq!(sources, ["metadata of SKILL.md", ".openskills.json", "skills-lock.json"]);
    assert_eq!(notes[1]["fields"], json!({ "source": "a/b", "installedAt": "2026-01-01" }));
    assert_eq!(notes[2]["fields"], json!({ "source": "c/d", "ref": "main" }));
    let page = bench.skilled(["show", "pdf"]).exits(0).stdout;
    assert!(page.contains("host.example/r.git 0123456789ab"), "{page}");
}

#[test]
fn an_archive_of_several_skills_names_them() {
    use crate::archives::{Member, zip};
    let bench = Bench::new();
    let skill = b"---\nname: a\ndescription: D.\n---\n";
    bench.write("two.zip", zip(&[Member::file("a/SKILL.md", skill), Member::file("b/SKILL.md", skill)]));
    bench.skilled(["show", "two.zip"]).refuses(2, &["several skills: \"a\", \"b\"", "skilled audit"]);
}

//! `skilled check`: what it finds, how it says so, and how it ends.

mod archives;
mod mend;
mod output;
mod settings;
mod watch;

use serde_json::{Value, json};

use crate::kit::{Bench, Ran};

/// A skill without findings.
pub(crate) const GOOD: &str = "---\nname: good\ndescription: Adds up columns of a table. Use when the user asks for \
                               totals.\n---\n\n# Good\n\nAdd up the column that the user names.\n";
/// A skill that loads, is not valid, and has one warning that can be repaired.
pub(crate) const COLON: &str = "---\nname: colon\ndescription: Adds up columns. Use when: the user asks for totals.\n\
                                ---\n\n# Colon\n\nAdd up the column that the user names.\n";
/// A skill that does not load.
const BROKEN: &str = "# Nothing\n";

/// A bench with one skill of each kind.
pub(crate) fn three() -> Bench {
    let bench = Bench::new();
    bench.write("skills/good/SKILL.md", GOOD);
    bench.write("skills/colon/SKILL.md", COLON);
    bench.write("skills/broken/SKILL.md", BROKEN);
    bench
}

/// What `--json` says.
pub(crate) fn json_of(ran: &Ran) -> Value {
    serde_json::from_str(&ran.stdout).unwrap_or_else(|error| panic!("{error}: {ran}"))
}

/// The paths of the skills that were looked at.
pub(crate) fn paths(ran: &Ran) -> Vec<String> {
    let json = json_of(ran);
    let skills = json["skills"].as_array().unwrap();
    skills.iter().map(|skill| skill["path"].as_str().unwrap().to_owned()).collect()
}

#[test]
fn people_are_shown_each_finding_in_its_file() {
    let bench = three();
    let ran = bench.skilled(["check", "skills"]).exits(1);
    let expected = "\
skills/broken: does not load, not valid

error[no-front-matter]: the file does not start with `---`
 --> skills/broken/SKILL.md
  = help: Start SKILL.md with a line `---`, then `name:` and `description:`,
          then a line `---`.

skills/colon: loads, not valid

warning[unquoted-colon]: the value of `description` contains `: ` and is read as
text
 --> skills/colon/SKILL.md:3:14
  |
3 | description: Adds up columns. Use when: the user asks for totals.
  |              ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
  = help: Put quotes around the value, or write it on the next line after `>-`.

3 skills checked: 2 loaded, 1 valid; 1 error, 1 warning, 0 infos; 1 fixable with
--fix
";
    assert_eq!((ran.stdout.as_str(), ran.stderr.as_str()), (expected, ""));
}

#[test]
fn scripts_are_told_the_same() {
    let bench = three();
    let ran = bench.skilled(["check", "skills", "--json"]).exits(1);
    let help = "Put quotes around the value, or write it on the next line after `>-`.";
    let told = json_of(&ran);
    assert_eq!(
        told["skills"][1],
        json!({
            "path": "skills/colon",
            "name": "colon",
            "loaded": true,
            "valid": false,
            "diagnostics": [{
                "code": "unquoted-colon",
                "severity": "warning",
                "message": "the value of `description` contains `: ` and is read as text",
                "path": "skills/colon/SKILL.md",
                "line": 3,
                "column": 14,
                "help": help,
            }],
        })
    );
    let (broken, good) = (&told["skills"][0], &told["skills"][2]);
    assert_eq!(
        (&broken["name"], &broken["loaded"], &broken["valid"]),
        (&json!(null), &json!(false), &json!(false))
    );
    let all_well =
        json!({ "path": "skills/good", "name": "good", "loaded": true, "valid": true, "diagnostics": [] });
    assert_eq!(*good, all_well);
    assert_eq!(
        told["summary"],
        json!({ "skills": 3, "loaded": 2, "valid": 1, "errors": 1, "warnings": 1, "infos": 0, "fixable": 1,
                "suppressed": 0 })
    );
    assert_eq!(bench.skilled(["check", "skills", "--format=json"]).stdout, ran.stdout);
}

#[test]
fn the_exit_code_says_what_is_the_matter() {
    let bench = three();
    bench.write("empty/notes.txt", "no skill");
    bench.skilled(["check", "skills/good"]).exits(0);
    bench.skilled(["check", "skills/colon"]).exits(0);
    bench.skilled(["check", "skills/colon", "--strict"]).exits(1);
    bench.skilled(["check", "skills/broken"]).exits(1);
    bench.skilled(["check", "empty"]).exits(2).says(&["no skill in empty", "SKILL.md"]);
    bench.skilled(["check", "empty/notes.txt"]).exits(2).says(&["neither a SKILL.md nor an archive"]);
    let ran = bench.skilled(["check", "nowhere", "skills/good", "--json"]).exits(2);
    assert_eq!(paths(&ran), ["skills/good"], "the others are still checked");
    assert!(ran.stderr.contains("nowhere"), "{ran}");
    let ran = bench.skilled(["check", "nowhere", "--json"]).exits(2);
    assert_eq!(json_of(&ran)["skills"], json!([]));
    for option in ["--ignore", "--error", "--explain"] {
        bench
            .skilled(["check", option, "unquoted-colno"])
            .refuses(2, &["unquoted-colno", "`unquoted-colon`"]);
    }
}

#[test]
fn a_path_is_a_folder_of_skills_a_skill_or_its_file() {
    let bench = three();
    bench.write(".claude/skills/good/SKILL.md", GOOD);
    bench.write("node_modules/x/SKILL.md", GOOD);
    let ran = bench.skilled(["check", "--json"]).exits(1);
    assert_eq!(paths(&ran), [".claude/skills/good", "skills/broken", "skills/colon", "skills/good"]);
    for path in ["skills/good", "skills/good/", "./skills/good", "skills/good/SKILL.md"] {
        let ran = bench.skilled(["check", path, "--json"]).exits(0);
        assert_eq!(paths(&ran), ["skills/good"], "{path}");
    }
    let mut command = bench.command(["check", "--json"]);
    let ran = Ran::of(command.current_dir(bench.path("skills/colon")).output().unwrap()).exits(0);
    assert_eq!(paths(&ran), ["."]);
    let told = json_of(&ran);
    assert_eq!(
        (&told["skills"][0]["name"], &told["skills"][0]["diagnostics"][0]["path"]),
        (&json!("colon"), &json!("SKILL.md"))
    );
}

#[test]
fn what_gitignore_names_is_left_out_unless_it_is_asked_for() {
    let bench = three();
    bench.write(".gitignore", "skills/broken/\n");
    let ran = bench.skilled(["check", ".", "--json"]).exits(0);
    assert_eq!(paths(&ran), ["skills/colon", "skills/good"], "outside of a repository");
    bench.write(".git/HEAD", "ref: refs/heads/main\n");
    let ran = bench.skilled(["check", "skills", "--json"]).exits(0);
    assert_eq!(paths(&ran), ["skills/colon", "skills/good"], "below the root of a repository");
    let ran = bench.skilled(["check", "skills", "--no-ignore", "--json"]).exits(1);
    assert_eq!(paths(&ran).len(), 3);
    bench.skilled(["check", "skills/broken"]).exits(1);
}

#[test]
fn help_names_every_option() {
    let bench = Bench::new();
    let both = ["PATH", "--format", "--json", "--color", "Examples:", "Exit codes:", "docs/checking.md"];
    let check = [
        "--no-ignore",
        "--strict",
        "--fix",
        "--dry-run",
        "--yes",
        "--watch",
        "--ignore",
        "--error",
        "--quiet",
        "--list-rules",
        "--explain",
    ];
    let audit = ["--policy", "--block", "--min-severity", "--capabilities", "--model"];
    for (command, own) in [("check", &check[..]), ("audit", &audit[..])] {
        let help = bench.skilled([command, "--help"]).exits(0).stdout;
        let missing: Vec<_> = both.iter().chain(own).filter(|text| !help.contains(**text)).collect();
        assert!(missing.is_empty(), "{command}: {missing:?} in {help}");
    }
}

#[test]
fn rules_are_listed_and_explained() {
    let bench = Bench::new();
    let list = bench.skilled(["check", "--list-rules"]).exits(0).stdout;
    assert!(list.lines().any(|line| line.starts_with("dead-link ") && line.contains(" warning ")), "{list}");
    let json = json_of(&bench.skilled(["check", "--list-rules", "--json"]).exits(0));
    assert_eq!(json["rules"].as_array().unwrap().len(), list.lines().count());
    let page = bench.skilled(["check", "--explain", "dead-link"]).exits(0).stdout;
    let committed =
        std::fs::read_to_string(crate::kit::repository().join("docs/rules/dead-link.md")).unwrap();
    assert_eq!(page, committed);
}

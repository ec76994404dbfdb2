//! `--fix`.

use std::fs;
use std::os::unix::fs::PermissionsExt;

use super::{COLON, json_of, three};
use crate::kit::Bench;

const DIFF: &str = "\
--- a/skills/colon/SKILL.md
+++ b/skills/colon/SKILL.md
@@ -1,6 +1,6 @@
 ---
 name: colon
-description: Adds up columns. Use when: the user asks for totals.
+description: 'Adds up columns. Use when: the user asks for totals.'
 ---
\x20
 # Colon
# repairs unquoted-colon

";

#[test]
fn repairs_are_shown_then_made_then_checked() {
    let bench = three();
    let ran = bench.skilled(["check", "skills/colon", "--fix"]).exits(0);
    let summary = "1 skill checked: 1 loaded, 1 valid; 0 errors, 0 warnings, 0 infos\n";
    assert_eq!((ran.stdout, ran.stderr.as_str()), (format!("{DIFF}{summary}"), "1 file repaired\n"));
    assert_eq!(
        bench.read("skills/colon/SKILL.md"),
        COLON.replace("Adds up", "'Adds up").replace("totals.\n---", "totals.'\n---")
    );
    let again = bench.skilled(["check", "skills/colon", "--fix"]).exits(0);
    assert_eq!((again.stdout.as_str(), again.stderr.as_str()), (summary, ""));
}

#[test]
fn what_remains_is_reported() {
    let bench = three();
    let ran = bench.skilled(["check", "skills", "--fix", "--yes"]).exits(1);
    assert!(ran.stdout.starts_with(DIFF) && ran.stdout.contains("error[no-front-matter]"), "{ran}");
    assert!(!ran.stdout.contains("warning[unquoted-colon]"), "{ran}");
}

#[test]
fn a_dry_run_shows_and_changes_nothing() {
    let bench = three();
    let ran = bench.skilled(["check", "skills/colon", "--fix", "--dry-run"]).exits(0);
    assert_eq!(
        (ran.stdout.as_str(), ran.stderr.as_str()),
        (DIFF, "1 file would be repaired; nothing was changed\n")
    );
    assert_eq!(bench.read("skills/colon/SKILL.md"), COLON);
    bench.skilled(["check", "skills/colon", "--dry-run"]).refuses(2, &["--fix"]);
}

#[test]
fn what_is_missing_is_told_once() {
    let bench = three();
    let ran = bench.skilled(["check", "nowhere", "skills/colon", "--fix"]).exits(2);
    assert_eq!(ran.stderr.matches("error: ").count(), 1, "{ran}");
    assert_ne!(bench.read("skills/colon/SKILL.md"), COLON);
}

#[test]
fn a_script_gets_its_answer_alone() {
    let bench = three();
    let ran = bench.skilled(["check", "skills/colon", "--fix", "--json"]).exits(0);
    assert_eq!(json_of(&ran)["skills"][0]["valid"], true);
    assert!(ran.stderr.starts_with(DIFF), "{ran}");
}

#[test]
fn what_is_turned_off_is_not_repaired() {
    let bench = three();
    bench.skilled(["check", "skills/colon", "--fix", "--ignore=unquoted-colon"]).exits(0);
    assert_eq!(bench.read("skills/colon/SKILL.md"), COLON);
}

#[test]
fn scripts_are_made_executable() {
    let bench = Bench::new();
    bench.write(
        "run/SKILL.md",
        "---\nname: run\ndescription: Runs. Use when something is to run.\n---\n\nRun `scripts/run.sh`.\n",
    );
    bench.write("run/scripts/run.sh", "#!/bin/sh\necho run\n");
    let path = bench.path("run/scripts/run.sh");
    fs::set_permissions(&path, fs::Permissions::from_mode(0o644)).unwrap();
    let ran = bench.skilled(["check", "run", "--fix"]).exits(0);
    assert!(ran.stdout.contains("make executable: run/scripts/run.sh\n"), "{ran}");
    assert_eq!(fs::metadata(path).unwrap().permissions().mode() & 0o777, 0o755);
}

#[test]
fn a_repair_that_cannot_be_written_is_told_and_fails() {
    let bench = three();
    fs::hard_link(bench.path("skills/colon/SKILL.md"), bench.path("other.md")).unwrap();
    let ran = bench.skilled(["check", "skills/colon", "--fix"]).exits(1);
    assert!(ran.stderr.contains("error: ") && ran.stderr.contains("hard links"), "{ran}");
    assert!(ran.stderr.contains("0 files repaired"), "{ran}");
    assert_eq!(bench.read("skills/colon/SKILL.md"), COLON);
}

#[test]
fn a_skill_that_is_given_twice_is_repaired_once() {
    let bench = three();
    let ran = bench.skilled(["check", "skills/colon", "skills/colon/SKILL.md", "--fix"]).exits(0);
    assert!(ran.stdout.starts_with(DIFF) && ran.stdout.matches("--- a/").count() == 1, "{ran}");
    assert_eq!(ran.stderr, "1 file repaired\n");
}

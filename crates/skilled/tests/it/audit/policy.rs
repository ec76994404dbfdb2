//! What blocks, and who may say so.

use serde_json::json;

use super::{findings, two};
use crate::check::json_of;
use crate::kit::{Bench, Ran};

/// A policy under which nothing blocks.
const WEAK: &str = "[audit]\nblock = 'never'\n";

#[test]
fn the_settings_of_the_project_say_what_blocks() {
    let bench = two();
    bench.write("skilled.toml", WEAK);
    let ran = bench.skilled(["audit", "skills/evil", "--json"]).exits(0);
    assert!(findings(&ran).iter().all(|found| found["blocked"] == false), "{ran}");
    bench.skilled(["audit", "skills/evil", "--block=high"]).exits(1);
    bench.write("skilled.toml", "[audit]\nblock = 'info'\nallow = ['hidden-instructions']\n");
    let ran = bench.skilled(["audit", "skills/evil", "--json"]).exits(1);
    for found in findings(&ran) {
        assert_eq!(found["blocked"], json!(found["rule"] != "hidden-instructions"), "{found}");
    }
    let shown = json_of(&bench.skilled(["config", "show", "--json"]).exits(0));
    assert_eq!(shown["audit.block"], json!({ "value": "info", "origin": bench.path("skilled.toml") }));
}

#[test]
fn nothing_inside_of_what_is_audited_weakens_the_audit() {
    let bench = two();
    bench.write("skills/evil/skilled.toml", WEAK);
    bench.skilled(["audit", "skills/evil"]).exits(1);
    let inside = |folder: &str, path: &str| {
        let mut command = bench.command(["audit", path]);
        Ran::of(command.current_dir(bench.path(folder)).output().unwrap()).exits(1)
    };
    for path in [".", "SKILL.md", "../evil"] {
        inside("skills/evil", path).says(&["skilled.toml is not used", "--policy"]);
    }
    std::fs::remove_file(bench.path("skills/evil/skilled.toml")).unwrap();
    bench.write("skills/skilled.toml", WEAK);
    inside("skills", ".").says(&["skilled.toml is not used"]);
    // Named by the user it counts, wherever it lies.
    bench.skilled(["audit", "skills", "--policy", "skills/skilled.toml"]).exits(0);
}

#[test]
fn an_ignore_file_hides_nothing_from_an_audit() {
    let bench = two();
    bench.write("skills/.gitignore", "*\n");
    bench.skilled(["audit", "skills"]).exits(1);
}

#[test]
fn a_policy_file_replaces_the_settings() {
    let bench = two();
    bench.write("skilled.toml", WEAK);
    bench.write("strict.toml", "block = 'low'\n");
    let ran = bench.skilled(["audit", "skills/evil", "--policy=strict.toml", "--json"]).exits(1);
    assert!(
        findings(&ran).iter().all(|found| found["blocked"] == json!(found["severity"] != "info")),
        "{ran}"
    );
}

#[test]
fn what_somebody_looked_at_is_allowed_for_a_reason_and_for_a_time() {
    let bench = two();
    let told = findings(&bench.skilled(["audit", "skills/evil", "--json"]).exits(1));
    let allow = |expires: &str| {
        let tables: Vec<String> = told
            .iter()
            .map(|found| {
                let print = found["fingerprint"].as_str().unwrap();
                format!("[[allow]]\nfingerprint = '{print}'\nreason = 'a trial'\nexpires = '{expires}'\n")
            })
            .collect();
        bench.write("p.toml", tables.concat());
    };
    allow("2999-12-31");
    let ran = bench.skilled(["audit", "skills/evil", "--policy=p.toml"]).exits(0);
    assert!(ran.stdout.contains(", allowed: a trial"), "{ran}");
    let ran = bench.skilled(["audit", "skills/evil", "--policy=p.toml", "--json"]).exits(0);
    assert_eq!(findings(&ran)[0]["allowed"], json!("a trial"));
    allow("2020-01-31");
    bench.skilled(["audit", "skills/evil", "--policy=p.toml"]).exits(1);
    bench.write("p.toml", "block = ['low']\nmin_confidence = 'high'\n");
    bench.skilled(["audit", "skills/evil", "--policy=p.toml"]).exits(0);
}

#[test]
fn wrong_policies_are_errors_that_say_what_was_meant() {
    let bench = two();
    let cases = [
        ("blok = 'high'", vec!["blok", "`block`", "p.toml"]),
        ("block = 'worst'", vec!["worst", "`critical`"]),
        ("allow = ['hidden-instruction']", vec!["hidden-instruction", "`hidden-instructions`", "p.toml"]),
        ("[audit]\nblock = 1", vec!["p.toml"]),
        ("allow = [{ rule = 'own-hooks' }]", vec!["reason", "p.toml"]),
        ("[[audit.allow]]\nreason = 'seen'", vec!["`fingerprint`", "p.toml"]),
        ("[[allow]]\nrule = 'own-hook'\nreason = 'seen'", vec!["`own-hooks`", "p.toml"]),
    ];
    for (text, says) in cases {
        bench.write("p.toml", text);
        bench.skilled(["audit", "skills", "--policy=p.toml"]).refuses(2, &says);
    }
    Bench::new().skilled(["audit", ".", "--policy=none.toml"]).refuses(2, &["none.toml"]);
}

//! What turns findings off, and on.

use serde_json::json;

use super::{COLON, GOOD, json_of, paths, three};
use crate::kit::Bench;

#[test]
fn settings_of_the_project_decide_and_name_their_origin() {
    let bench = three();
    bench.write(
        "skilled.toml",
        "[check]\nignore = ['unquoted-colon']\nexclude = ['skills/broken/']\nbody_lines = 2\n\
         [check.severity]\nbody-too-many-lines = 'info'\n",
    );
    let ran = bench.skilled(["check", "--json"]).exits(0);
    assert_eq!(paths(&ran), ["skills/colon", "skills/good"]);
    assert_eq!(json_of(&ran)["summary"]["suppressed"], 1);
    bench.skilled(["check", "skills/broken"]).exits(1);
    bench.skilled(["check", "skills/colon", "--error=unquoted-colon"]).exits(1);
    let shown = json_of(&bench.skilled(["config", "show", "--json"]).exits(0));
    let origin = bench.path("skilled.toml");
    assert_eq!(shown["check.ignore"], json!({ "value": ["unquoted-colon"], "origin": origin }));
    assert_eq!(shown["check.body_lines"], json!({ "value": 2, "origin": origin }));
    assert_eq!(
        shown["check.severity"],
        json!({ "value": { "body-too-many-lines": "info" }, "origin": origin })
    );
    assert_eq!(shown["check.strict"], json!({ "value": false, "origin": "built-in" }));
}

#[test]
fn a_severity_and_strictness_change_the_exit_code() {
    let bench = three();
    bench.write("skilled.toml", "[check.severity]\nunquoted-colon = 'error'\n");
    bench.skilled(["check", "skills/colon"]).exits(1);
    bench.write("skilled.toml", "[check]\nstrict = true\n");
    let ran = bench.skilled(["check", "skills/colon", "--json"]).exits(1);
    assert_eq!(json_of(&ran)["skills"][0]["diagnostics"][0]["severity"], "error");
    bench.skilled(["check", "skills/colon", "--ignore=unquoted-colon,dead-link"]).exits(0);
}

#[test]
fn wrong_settings_are_errors_that_say_what_was_meant() {
    let bench = three();
    let cases = [
        ("[check]\nignor = []\n", vec!["ignor", "`ignore`", "skilled.toml"]),
        ("[check]\nignore = ['dead-lnik']\n", vec!["dead-lnik", "`dead-link`", "skilled.toml"]),
        ("[check.severity]\ndead-link = 'fatal'\n", vec!["fatal", "`error`"]),
        ("[check]\nbody_lines = -1\n", vec!["body_lines", "-1"]),
        ("[chekc]\n", vec!["chekc", "`check`"]),
        (
            "[check]\nexclude = ['ok/', 'a[']\n",
            vec!["`a[` is not a pattern", "unclosed", "`exclude`", "skilled.toml"],
        ),
    ];
    for (text, says) in cases {
        bench.write("skilled.toml", text);
        bench.skilled(["check", "skills"]).refuses(2, &says);
    }
}

#[test]
fn settings_of_the_user_that_cannot_be_read_are_told_and_done_without() {
    let bench = three();
    bench.write("home/.config/skilled/skilled.toml/in-the-way", "");
    let ran = bench.skilled(["check", "skills/good", "--json"]).exits(0);
    assert_eq!(paths(&ran), ["skills/good"]);
    assert!(ran.stderr.contains("warning: cannot read the settings in"), "{ran}");
}

#[test]
fn a_skill_that_several_paths_lead_to_counts_once() {
    let bench = three();
    let ran = bench.skilled(["check", "skills/good", "skills", "skills/good/SKILL.md", "--json"]).exits(1);
    assert_eq!(paths(&ran), ["skills/good", "skills/broken", "skills/colon"]);
    assert_eq!((json_of(&ran)["summary"]["skills"].clone(), ran.stderr.as_str()), (json!(3), ""));
}

#[test]
fn a_comment_turns_a_finding_off_where_it_stands() {
    let bench = Bench::new();
    let colon = COLON.replace("description:", "# skilled: allow=unquoted-colon\ndescription:");
    bench.write("colon/SKILL.md", colon);
    let ran = bench.skilled(["check", "colon", "--strict", "--json"]).exits(0);
    let told = json_of(&ran);
    assert_eq!((&told["skills"][0]["diagnostics"], &told["summary"]["suppressed"]), (&json!([]), &json!(1)));
    assert_eq!(told["skills"][0]["valid"], false, "a comment changes no verdict");
    bench.write("good/SKILL.md", format!("{GOOD}<!-- skilled: allow=dead-link -->\n\nNo link.\n"));
    let told = json_of(&bench.skilled(["check", "good", "--json"]));
    assert_eq!(told["skills"][0]["diagnostics"].as_array().unwrap().len(), 1, "{told}");
}

#[test]
fn quiet_shows_errors_only() {
    let bench = three();
    let ran = bench.skilled(["check", "skills", "--quiet"]).exits(1);
    assert!(ran.stdout.contains("error[") && !ran.stdout.contains("warning["), "{ran}");
    let ran = bench.skilled(["check", "skills/colon", "-q"]).exits(0);
    assert_eq!((ran.stdout.as_str(), ran.stderr.as_str()), ("", ""));
}

#[test]
fn the_users_excludes_of_git_are_honoured() {
    let bench = three();
    bench.write("home/.config/git/ignore", "broken/\n");
    assert_eq!(paths(&bench.skilled(["check", "skills", "--json"])), ["skills/colon", "skills/good"]);
    let all = ["skills/broken", "skills/colon", "skills/good"];
    assert_eq!(paths(&bench.skilled(["check", "skills", "--json", "--no-ignore"])), all);
    bench.write("home/.gitconfig", "[core]\n\texcludesFile = ~/mine\n");
    bench.write("home/mine", "colon/\n");
    assert_eq!(paths(&bench.skilled(["check", "skills", "--json"])), ["skills/broken", "skills/good"]);
}

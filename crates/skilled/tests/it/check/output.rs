//! SARIF, annotations, colours, and names that mean harm.

use serde_json::{Value, json};

use super::{COLON, json_of, three};
use crate::kit::{Bench, Ran};

/// A folder whose name steers terminals, ends annotations and is no URL.
const HOSTILE: &str = "a b,c:d%\u{1b}[2J\u{202e}\n::error::x";

fn hostile() -> Bench {
    let bench = Bench::new();
    bench.write(&format!("{HOSTILE}/SKILL.md"), COLON.replace("totals", "totals\u{200b}\u{1b}[31m"));
    bench
}

/// Whether nothing in the text could steer a terminal or hide.
fn is_harmless(text: &str) -> bool {
    let hides = |c: char| (c.is_control() && c != '\n') || matches!(c, '\u{200b}' | '\u{202e}');
    !text.contains(hides)
}

#[test]
fn no_name_and_no_text_of_a_skill_reaches_the_reader_raw() {
    let bench = hostile();
    for format in ["text", "json", "sarif", "github"] {
        let ran = bench.skilled(["check", "--format", format]);
        let is_json = matches!(format, "json" | "sarif");
        let shown =
            if is_json { ran.stdout.replace(['\u{200b}', '\u{202e}'], "") } else { ran.stdout.clone() };
        assert!(is_harmless(&shown) && is_harmless(&ran.stderr), "{format}: {ran}");
        assert!(!ran.stdout.is_empty(), "{format}");
    }
    let text = bench.skilled(["check"]).stdout;
    assert!(
        text.contains("\\u{1b}[2J\\u{202e}") && text.lines().all(|line| !line.starts_with("::")),
        "{text}"
    );
}

#[test]
fn a_name_that_is_not_there_is_told_harmlessly() {
    let bench = Bench::new();
    bench.write(&format!("{HOSTILE}/x"), "no skill");
    let ran = bench.skilled(["check", HOSTILE, "not\u{1b}[2J\nthere"]).exits(2);
    assert!(is_harmless(&ran.stderr), "{ran}");
    let lines: Vec<&str> = ran.stderr.lines().collect();
    assert!(lines.iter().all(|line| line.starts_with("error: ") || line.starts_with("  because: ")), "{ran}");
}

#[test]
fn annotations_are_one_line_each() {
    let bench = hostile();
    let ran = bench.skilled(["check", "--format=github"]);
    for line in ran.stdout.lines() {
        let rest = line.strip_prefix("::").unwrap_or_else(|| panic!("{ran}"));
        let level = rest.split(' ').next().unwrap();
        assert!(["error", "warning", "notice"].contains(&level), "{line}");
        assert!(
            rest.contains(" file=a b%2Cc%3Ad%25\\u{1b}[2J\\u{202e}%0A%3A%3Aerror%3A%3Ax/SKILL.md,line="),
            "{line}"
        );
    }
    let plain = three().skilled(["check", "skills/colon", "--format=github"]).exits(0);
    let expected = "::warning file=skills/colon/SKILL.md,line=3,col=14,title=unquoted-colon::the value of `description` \
                    contains `: ` and is read as text%0Ahelp: Put quotes around the value, or write it on the next line \
                    after `>-`.\n";
    assert_eq!(plain.stdout, expected);
}

#[test]
fn sarif_has_what_code_scanning_needs() {
    let bench = three();
    let log = json_of(&bench.skilled(["check", "skills", "--format=sarif"]).exits(1));
    assert_eq!((&log["version"], log["runs"].as_array().unwrap().len()), (&json!("2.1.0"), 1));
    let run = &log["runs"][0];
    let driver = &run["tool"]["driver"];
    assert_eq!(driver["name"], "skilled check");
    let rules = driver["rules"].as_array().unwrap();
    let results = run["results"].as_array().unwrap();
    assert_eq!(results.len(), 2);
    for result in results {
        let rule = &rules[result["ruleIndex"].as_u64().unwrap() as usize];
        assert_eq!(rule["id"], result["ruleId"]);
        let page = format!("docs/rules/{}.md", rule["id"].as_str().unwrap());
        assert!(rule["help"]["markdown"].as_str().unwrap().ends_with(&page), "{rule}");
        assert!(result["partialFingerprints"]["primaryLocationLineHash"].is_string(), "{result}");
    }
    assert_eq!(
        results[1]["locations"][0]["physicalLocation"],
        json!({
            "artifactLocation": { "uri": "skills/colon/SKILL.md" },
            "region": { "startLine": 3, "startColumn": 14, "endLine": 3, "endColumn": 66 },
        })
    );
    let levels: Vec<&Value> = results.iter().map(|result| &result["level"]).collect();
    assert_eq!(levels, ["error", "warning"]);
    let log = json_of(&hostile().skilled(["check", "--format=sarif"]));
    let uri = &log["runs"][0]["results"][0]["locations"][0]["physicalLocation"]["artifactLocation"]["uri"];
    assert_eq!(uri, "a%20b%2Cc%3Ad%25%1B%5B2J%E2%80%AE%0A%3A%3Aerror%3A%3Ax/SKILL.md");
}

#[test]
fn colours_are_for_terminals_and_for_those_who_ask() {
    let bench = three();
    let with = |arguments: &[&str], variables: &[(&str, &str)]| {
        let mut command = bench.command([&["check", "skills"], arguments].concat());
        command.envs(variables.iter().copied());
        Ran::of(command.output().unwrap()).stdout.contains('\x1b')
    };
    assert!(!with(&[], &[]), "a pipe");
    assert!(with(&["--color=always"], &[]) && with(&["--color=always"], &[("NO_COLOR", "1")]));
    assert!(with(&[], &[("CLICOLOR_FORCE", "1")]) && !with(&[], &[("CLICOLOR_FORCE", "0")]));
    assert!(!with(&[], &[("CLICOLOR_FORCE", "1"), ("NO_COLOR", "1")]));
    assert!(!with(&["--color=never"], &[("CLICOLOR_FORCE", "1")]));
}

#[test]
fn no_line_is_wider_than_80_columns() {
    let bench = Bench::new();
    let long = "word ".repeat(60);
    let text =
        format!("---\nname: Long_{}\ndescription: {long}: {long}\nx-field: [a]\n---\n", "n".repeat(70));
    bench.write("long/SKILL.md", text);
    let shown = bench.skilled(["check", "long"]).stdout;
    assert!(shown.lines().count() > 10, "{shown}");
    for line in shown.lines() {
        assert!(line.chars().count() <= 80, "{line}");
    }
}

#[test]
fn many_skills_come_in_the_order_of_their_names() {
    let bench = Bench::new();
    for number in 0..300 {
        bench.write(
            &format!("s/skill-{number:03}/SKILL.md"),
            COLON.replace("name: colon", &format!("name: skill-{number:03}")),
        );
    }
    let first = bench.skilled(["check", "s", "--json"]).exits(0);
    let expected: Vec<String> = (0..300).map(|number| format!("s/skill-{number:03}")).collect();
    assert_eq!(super::paths(&first), expected);
    assert_eq!(first.stdout, bench.skilled(["check", "s", "--json"]).stdout);
}

//! What tools print: too much of it, not UTF-8, and what would steer a terminal.

use serde_json::json;

use crate::kit::{Bench, bash, results, text};

#[test]
fn ten_megabytes_of_output_are_cut_where_it_is_visible() {
    let bench = Bench::new();
    let model = bench.script(&json!([
        bash("echo first; head -c 10485760 /dev/zero | tr '\\0' x; echo; echo last"),
        { "expect": { "contains": ["first", "last"], "is_error": false }, "text": "Done." },
    ]));
    bench.skilled(["run", "print", &model]).exits(0);
    let (result, is_error) = results(&bench.events()).remove(0);
    assert!(!is_error && result.len() < 100_000, "{} bytes", result.len());
    let marker = result.replace("xx", "");
    assert!(marker.contains("10") && marker.to_lowercase().contains("bytes"), "no marker: {marker}");
    let log = std::fs::metadata(bench.run_folder().join("events.jsonl")).unwrap().len();
    assert!(log < 1_000_000, "the log has {log} bytes");
}

#[test]
fn output_that_is_not_utf8_reaches_the_model_as_text() {
    let bench = Bench::new();
    let model = bench.script(&json!([
        bash(r"printf 'caf\xe9 \xff\xfe ok\n'"),
        { "expect": { "contains": ["caf", "ok"], "is_error": false }, "text": "Done." },
    ]));
    bench.skilled(["run", "print", &model]).exits(0);
    let (result, _) = results(&bench.events()).remove(0);
    assert!(result.starts_with("caf\u{fffd} ") && result.contains(" ok"), "{result:?}");
}

#[test]
fn nothing_a_model_or_a_tool_says_steers_the_terminal_by_standard_error() {
    let bench = Bench::new();
    let model = bench.script(&json!([
        bash("printf '\\033[2J\\033]0;title\\007out\\rerased'; true '\u{1b}[31m\u{202e}'"),
        text("Done."),
    ]));
    let ran = bench.skilled(["run", "print", &model]).exits(0).says(&["→ bash", "\\u{1b}[2J", "erased"]);
    assert!(!ran.stderr.chars().any(|it| (it.is_control() && it != '\n') || it == '\u{202e}'), "{ran}");
    let shown = bench.skilled(["runs", "show", "latest"]).exits(0);
    assert!(!shown.stdout.contains(['\u{1b}', '\u{202e}', '\r']), "{shown}");
}

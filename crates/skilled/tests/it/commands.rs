//! Help, settings, and readers that go away.

use std::io::Read;
use std::process::Stdio;

use serde_json::{Value, json};

use crate::kit::{Bench, bash, text};

#[test]
fn every_command_explains_itself() {
    let leg = [
        "--model",
        "--out",
        "--all-outputs",
        "--max-rounds",
        "--timeout",
        "--budget",
        "--sandbox",
        "--json",
        "--data",
    ];
    let own = ["PROMPT", "--skills", "--file", "--system", "Examples:", "Exit codes:"];
    let cases: [(&[&str], Vec<&str>); 9] = [
        (&[], vec!["run", "runs", "config", "Exit codes:"]),
        (&["run"], [&leg[..], &own].concat()),
        (&["runs"], vec!["list", "show", "resume", "rm"]),
        (&["runs", "list"], vec!["--json", "--data"]),
        (&["runs", "show"], vec!["--json", "--data", "latest"]),
        (&["runs", "resume"], [&leg[..], &["PROMPT", "latest"]].concat()),
        (&["runs", "rm"], vec!["--data", "latest"]),
        (&["config"], vec!["show"]),
        (&["config", "show"], vec!["--json", "--data"]),
    ];
    let bench = Bench::new();
    for (command, texts) in cases {
        let ran = bench.skilled([command, &["--help"]].concat()).exits(0);
        assert!(texts.iter().all(|text| ran.stdout.contains(text)), "{command:?} {texts:?}: {ran}");
        assert_eq!(ran.stderr, "");
    }
    assert!(bench.skilled(["--version"]).exits(0).stdout.starts_with("skilled "));
    bench.skilled(["rum"]).refuses(2, &["rum", "run"]);
    bench.skilled(["run", "--skill", "x"]).refuses(2, &["--skill", "--skills"]);
    assert_eq!(bench.names("data"), [""; 0], "help makes nothing");
}

#[test]
fn the_commands_of_authors_show_how_they_are_used() {
    let bench = Bench::new();
    for command in ["new", "show", "diff", "pack", "unpack"] {
        let help = bench.skilled([command, "--help"]).exits(0).stdout;
        let (options, examples) = help.split_once("Examples:\n").unwrap();
        assert!(options.contains("Usage: skilled "), "{help}");
        let (examples, codes) = examples.split_once("Exit codes: 0 ").unwrap();
        assert!(examples.contains(&format!("  skilled {command} ")) && codes.contains("; 2"), "{help}");
        let longest = help.lines().map(|line| line.chars().count()).max();
        assert!(longest <= Some(80), "{help}");
    }
}

#[test]
fn settings_come_from_the_nearest_layer_and_say_where() {
    let bench = Bench::new();
    bench.write("skilled.toml", "model = 'scripted/project.yaml'\npython = 'py'\n");
    bench.write("home/.config/skilled/skilled.toml", "model = 'scripted/user.yaml'\nmax_rounds = 7\n");
    let show = |change: &dyn Fn(&mut std::process::Command)| {
        let mut command = bench.command(["config", "show", "--json"]);
        change(&mut command);
        let output = command.output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        serde_json::from_slice::<Value>(&output.stdout).unwrap()
    };
    let shown = show(&|_| {});
    assert_eq!(shown["model"]["value"], "scripted/project.yaml");
    assert_eq!(
        shown["max_rounds"],
        json!({ "value": 7, "origin": bench.path("home/.config/skilled/skilled.toml") })
    );
    assert_eq!(shown["sandbox"], json!({ "value": "linux", "origin": "built-in" }));
    assert_eq!(shown["python"]["value"], json!(bench.path("py")));
    assert_eq!(shown["data"], json!({ "value": bench.path("data"), "origin": "$SKILLED_DATA" }));
    assert_eq!(shown["budget"], json!({ "value": null, "origin": null }));
    let shown = show(&|command| _ = command.env("SKILLED_MODEL", "openai/env"));
    assert_eq!(shown["model"], json!({ "value": "openai/env", "origin": "$SKILLED_MODEL" }));
    let people = bench.skilled(["config", "show"]).exits(0).stdout;
    for text in ["model", "scripted/project.yaml", "skilled.toml", "not set", "built-in"] {
        assert!(people.contains(text), "{text}: {people}");
    }
}

#[test]
fn a_project_below_the_settings_file_uses_it() {
    let bench = Bench::new();
    bench.write("skilled.toml", "model = 'scripted/script.yaml'\nsandbox = 'nowhere'\n");
    bench.write("deep/er/x", "");
    let mut command = bench.command(["config", "show"]);
    let output = command.current_dir(bench.path("deep/er")).output().unwrap();
    let shown = String::from_utf8(output.stdout).unwrap();
    assert!(shown.contains("nowhere") && shown.contains("skilled.toml"), "{shown}");
}

#[test]
fn a_reader_that_goes_away_ends_the_program_quietly() {
    let bench = Bench::new();
    // Much more than a pipe holds, so that the writer is still at it when the reader goes.
    let turns: Vec<Value> = (0..12).map(|_| bash("seq 1 6000")).chain([text("Done.")]).collect();
    let model = bench.script(&json!(turns));
    bench.skilled(["run", "count", &model]).exits(0);
    let mut command = bench.command(["runs", "show", "latest", "--json"]);
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let mut stdout = child.stdout.take().unwrap();
    stdout.read_exact(&mut [0; 100]).unwrap();
    drop(stdout);
    let output = child.wait_with_output().unwrap();
    assert_eq!((output.status.code(), String::from_utf8_lossy(&output.stderr).as_ref()), (Some(0), ""));
}

#[test]
fn a_run_whose_reader_goes_away_still_does_the_job() {
    let bench = Bench::new();
    let model = bench.script(&json!([
        { "text": "Starting.\n", "calls": [{ "tool": "bash", "input": { "command": "echo x > made.txt" } }] },
        { "text": "Presenting.\n", "calls": [{ "tool": "present_files", "input": { "paths": ["made.txt"] } }] },
        text("Done."),
    ]));
    let mut command = bench.command(["run", "make", &model, "--out=out"]);
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    drop(child.stdout.take());
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
    assert_eq!(bench.events().last().unwrap()["reason"], "end_turn");
    assert_eq!(bench.read("out/made.txt"), "x\n");
}

#[test]
fn output_that_cannot_be_written_is_told_once() {
    let bench = Bench::new();
    let model = bench.script(&json!([bash("echo x"), text("A longer text that comes in several pieces.")]));
    let full = || std::fs::OpenOptions::new().write(true).open("/dev/full").unwrap();
    for (arguments, code) in [(["run", "say", &model].as_slice(), 0), (&["runs", "show", "latest"], 1)] {
        let output = bench.command(arguments).stdout(full()).output().unwrap();
        let error = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(code), "{error}");
        assert_eq!(error.matches("error: cannot write to standard output").count(), 1, "{error}");
    }
}

//! Saved runs: listed, shown, resumed, removed.

use std::fs;

use serde_json::{Value, json};

use crate::kit::{Bench, bash, text};

/// A bench with `count` runs that are done, and what the last printed.
fn saved(count: usize) -> Bench {
    let bench = Bench::new();
    let model = bench.script(&json!([bash("echo $((40 + 2))"), text("Forty-two."), text("Still.")]));
    for number in 0..count {
        bench.skilled(["run", &format!("job {number}\nmore"), &model]).exits(0);
    }
    bench
}

#[test]
fn runs_are_listed_newest_first_for_people_and_programs() {
    let bench = Bench::new();
    let listed = bench.skilled(["runs", "list"]).exits(0).says(&["no runs"]);
    assert_eq!(listed.stdout, "");
    assert_eq!(bench.skilled(["runs", "list", "--json"]).exits(0).stdout, "");
    bench.skilled(["runs", "show", "latest"]).refuses(2, &["there are no runs yet"]);

    let bench = saved(2);
    let listed = bench.skilled(["runs", "list"]).exits(0).stdout;
    let lines: Vec<&str> = listed.lines().collect();
    assert_eq!(lines.len(), 2, "{listed}");
    assert!(lines[0].contains("job 1") && lines[1].contains("job 0"), "{listed}");
    assert!(
        lines.iter().all(|line| line.contains("end_turn") && line.contains("scripted/script.yaml")),
        "{listed}"
    );
    let json = bench.skilled(["runs", "list", "--json"]).exits(0).stdout;
    let rows: Vec<Value> = json.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let newest: Vec<&str> = lines.iter().map(|line| line.split(' ').next().unwrap()).collect();
    assert_eq!(rows.iter().map(|row| row["run"].as_str().unwrap()).collect::<Vec<_>>(), newest);
    assert_eq!((&rows[0]["finished"], &rows[0]["prompt"]), (&json!("end_turn"), &json!("job 1\nmore")));
}

#[test]
fn a_run_is_found_by_its_id_a_prefix_or_latest() {
    let bench = saved(2);
    let names = bench.names("data/runs");
    let [older, newer] = names.as_slice() else { panic!("{names:?}") };
    for (text, prompt) in [
        (older.as_str(), "job 0"),
        (newer, "job 1"),
        ("latest", "job 1"),
        (&newer[..newer.len() - 1], "job 1"),
    ] {
        let shown = bench.skilled(["runs", "show", text]).exits(0).stdout;
        assert!(
            shown.contains(&format!("> {prompt}\n> more\n")) && shown.contains("Forty-two."),
            "{text}: {shown}"
        );
    }
    bench.skilled(["runs", "show", "run_zzz"]).refuses(2, &["run_zzz", "runs list"]);
    bench.skilled(["runs", "show", "run_0"]).refuses(2, &["ambiguous", older, newer]);
}

#[test]
fn json_is_the_saved_events_line_by_line() {
    let bench = Bench::new();
    let model = bench.script(&json!([bash("echo hi"), text("Done.")]));
    let ran = bench.skilled(["run", "say hi", &model, "--json"]).exits(0);
    let saved = fs::read_to_string(bench.run_folder().join("events.jsonl")).unwrap();
    assert_eq!(ran.stdout, saved);
    assert_eq!(bench.skilled(["runs", "show", "latest", "--json"]).exits(0).stdout, saved);
    let events: Vec<Value> = saved.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let types: Vec<_> = events.iter().map(|event| event["type"].as_str().unwrap()).collect();
    assert_eq!(
        types,
        [
            "run_started",
            "user_message",
            "assistant_message",
            "tool_call",
            "tool_result",
            "assistant_message",
            "run_finished"
        ]
    );
    assert!(events.iter().zip(1..).all(|(event, seq)| event["seq"] == seq));

    let resumed = bench.script(&json!([bash("echo hi"), text("Done."), text("More.")]));
    let resumed = bench.skilled(["runs", "resume", "latest", "go on", "--json", &resumed]).exits(0).stdout;
    let whole = fs::read_to_string(bench.run_folder().join("events.jsonl")).unwrap();
    assert_eq!(whole, format!("{saved}{resumed}"), "a resumed run prints what it adds");
}

#[test]
fn a_run_that_is_done_needs_something_new_to_do() {
    let bench = saved(1);
    bench.skilled(["runs", "resume", "latest"]).refuses(2, &["is done", "skilled runs resume run_"]);
    let resumed = bench.skilled(["runs", "resume", "latest", "go on"]).exits(0).says(&["resumed ·"]);
    assert_eq!(resumed.stdout, "Still.\n");
    assert_eq!(bench.piped(&["runs", "resume", "latest", "-"], b"").exits(2).stdout, "");
}

#[test]
fn a_resumed_run_keeps_the_skills_it_began_with() {
    let bench = Bench::with_skill();
    let greet = "bash /skills/greet/scripts/greet.sh Ada";
    let model = bench.script(&json!([
        bash(greet), text("Done."),
        bash(greet), { "expect": { "contains": "Hello, Ada!" }, "text": "Again." },
    ]));
    bench.skilled(["run", "greet", &model, "--skills=skills"]).exits(0);
    fs::remove_dir_all(bench.path("skills")).unwrap();
    assert_eq!(bench.skilled(["runs", "resume", "latest", "again"]).exits(0).stdout, "Again.\n");
    fs::remove_dir_all(bench.path("data/skills")).unwrap();
    let texts = ["the snapshot of the skill greet is gone", "skills/greet"];
    bench.skilled(["runs", "resume", "latest", "again"]).refuses(2, &texts);
}

#[test]
fn runs_are_removed_by_name_and_all_or_none() {
    let bench = saved(2);
    let names = bench.names("data/runs");
    bench.skilled(["runs", "rm", &names[0], "run_zzz"]).refuses(2, &["run_zzz"]);
    assert_eq!(bench.names("data/runs"), names, "a wrong name removes nothing");
    bench.skilled(["runs", "rm", &names[0], &names[0]]).exits(0).says(&["removed", &names[0]]);
    assert_eq!(bench.names("data/runs"), names[1..]);
}

#[test]
fn a_run_whose_workload_closed_its_folders_can_be_removed() {
    let bench = Bench::with_skill();
    let close =
        "mkdir -p a/b; echo x > a/b/c; ln -s /usr a/link; chmod 000 a/b a; echo y > /skills/greet/new";
    let model = bench.script(&json!([bash(close), text("Done.")]));
    bench.skilled(["run", "close", &model, "--skills=skills"]).exits(0);
    bench.skilled(["runs", "rm", "latest"]).exits(0);
    assert_eq!(bench.names("data/runs"), [""; 0]);
}

#[test]
fn a_last_line_that_a_crash_cut_off_is_told_and_repaired() {
    let bench = saved(1);
    let log = bench.run_folder().join("events.jsonl");
    let whole = fs::read_to_string(&log).unwrap();
    // The run's last event is lost half-way.
    fs::write(&log, &whole[..whole.len() - 20]).unwrap();
    bench.skilled(["runs", "show", "latest"]).exits(0).says(&["warning: the last line", "cut off"]);
    let listed = bench.skilled(["runs", "list"]).exits(0);
    assert!(listed.stdout.contains("unfinished"), "{listed}");
    bench.skilled(["runs", "resume", "latest", "go on"]).exits(0).says(&["warning: the last saved event"]);
    let shown = bench.skilled(["runs", "show", "latest"]).exits(0);
    assert!(!shown.stderr.contains("cut off") && shown.stdout.contains("Still."), "{shown}");
}

#[test]
fn a_damaged_log_is_named_with_its_line() {
    let bench = saved(2);
    let name = &bench.names("data/runs")[1];
    let log = bench.path("data/runs").join(name).join("events.jsonl");
    let lines = fs::read_to_string(&log).unwrap().replacen("\"user_message\"", "\"user_massage\"", 1);
    fs::write(&log, lines).unwrap();
    bench.skilled(["runs", "show", "latest"]).refuses(1, &["events.jsonl:2", "user_massage"]);
    let listed = bench.skilled(["runs", "list"]).exits(0).says(&["warning: ", name]);
    assert_eq!(listed.stdout.lines().count(), 1, "{listed}");
}

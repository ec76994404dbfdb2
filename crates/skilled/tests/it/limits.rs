//! Runs that stop short: the reason is in the last event, and the run can go on.

use serde_json::{Value, json};

use crate::kit::{Bench, bash, results, text};

/// Rounds of a thousand tokens each. The call of the second is the one that a limit leaves out.
fn turns() -> Value {
    let usage = json!({ "input_tokens": 900, "output_tokens": 100 });
    let mut turns = [bash("echo one > kept.txt"), bash("echo two"), bash("cat kept.txt"), text("Done.")];
    for turn in &mut turns {
        turn["usage"] = usage.clone();
    }
    json!(turns)
}

#[test]
fn each_limit_ends_the_run_with_its_reason_and_a_resume_goes_on() {
    let cases: [(&[&str], &str, &str); 3] = [
        (&["--max-rounds=2"], "max_rounds", "--max-rounds"),
        (&["--budget=1500"], "budget", "--budget"),
        (&["--budget=$0.0015"], "budget", "--budget"),
    ];
    for (limit, reason, hint) in cases {
        let bench = Bench::new();
        let model = bench
            .priced_script(&turns(), &json!({ "input": 1, "output": 1, "cache_read": 1, "cache_write": 1 }));
        let ran = bench.skilled([&["run", "count", &model][..], limit].concat()).exits(1);
        ran.says(&[reason, "hint: go on with", hint, "skilled runs resume run_"]);
        assert_eq!(bench.events().last().unwrap()["reason"], reason, "{limit:?}");
        let resumed = bench.skilled(["runs", "resume", "latest", "--max-rounds=9"]).exits(0);
        assert_eq!(resumed.stdout, "Done.\n", "{limit:?}");
        let events = bench.events();
        let results = results(&events);
        assert!(results[1].1 && results[1].0.contains("not run"), "{results:?}");
        assert_eq!(results[2], ("one\n".to_owned(), false), "the workspace is kept");
        assert_eq!(events.last().unwrap()["reason"], "end_turn");
    }
}

#[test]
fn the_timeout_of_a_run_ends_the_processes_of_its_tools() {
    let bench = Bench::new();
    let model = bench.script(&json!([
        bash("mkfifo alive"),
        text("Ready."),
        bash("(sleep 120; echo survived) > alive & sleep 120"),
        text("Never."),
    ]));
    bench.skilled(["run", "wait", &model]).exits(0);
    let alive = crate::interrupted::Alive::open(&bench);
    let ran = bench.skilled(["runs", "resume", "latest", "and wait", "--timeout=5s"]).exits(1);
    ran.says(&["timeout", "hint: go on with more time: skilled runs resume", "--timeout TIME"]);
    assert_eq!(alive.last_words(), "");
    let events = bench.events();
    assert_eq!(events.last().unwrap()["reason"], "timeout");
    assert!(results(&events).last().unwrap().1, "the call did not succeed: {events:#?}");
}

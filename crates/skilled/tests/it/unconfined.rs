//! `--sandbox none`: asked for by name, said aloud, otherwise the same.

use serde_json::json;

use crate::kit::{Bench, bash, of_type, present, results, text};

#[test]
fn it_warns_and_does_the_same_job_with_the_hosts_paths() {
    let bench = Bench::with_skill();
    let model = bench.script(&json!([
        bash("pwd; find .. -name SKILL.md; echo made > made.txt"),
        present(&["made.txt"]),
        text("Done."),
    ]));
    let ran =
        bench.skilled(["run", "make", &model, "--skills=skills", "--sandbox=none", "--out=out"]).exits(0);
    ran.says(&["sandbox none", "warning: the sandbox is `none`", "run as you", "wrote out/made.txt"]);
    assert_eq!(bench.read("out/made.txt"), "made\n");
    let events = bench.events();
    let session = bench.run_folder().join("session").display().to_string();
    assert!(results(&events)[0].0.starts_with(&session), "{events:#?}");
    let started = &events[0];
    assert_eq!(started["sandbox"]["name"], "none");
    assert_eq!(started["sandbox"]["enforces"], json!(["environment", "process_tree"]));
    assert!(started["system"].as_str().unwrap().contains(&session), "the model knows the host's paths");
    assert_eq!(of_type(&events, "warning").iter().filter(|it| it["code"] == "no_sandbox").count(), 1);
}

#[test]
fn a_run_stays_in_the_sandbox_it_began_in() {
    let bench = Bench::with_skill();
    let model = bench.script(&json!([bash("pwd"), text("Done."), bash("pwd"), text("Again.")]));
    bench.skilled(["run", "make", &model, "--skills=skills"]).exits(0);
    let other = ["runs", "resume", "latest", "more", "--sandbox=none"];
    bench.skilled(other).refuses(2, &["began in the sandbox `linux`", "start a new run"]);
    // A setting of another day is no wish for this run.
    let mut resumed = bench.command(["runs", "resume", "latest", "more"]);
    assert!(resumed.env("SKILLED_SANDBOX", "none").output().unwrap().status.success());
    let events = bench.events();
    assert_eq!(of_type(&events, "run_resumed")[0]["sandbox"]["name"], "linux");
    assert_eq!(results(&events)[1].0, results(&events)[0].0);
}

#[test]
fn the_tools_are_the_same_with_and_without_a_sandbox() {
    let tools = |sandbox: &str| {
        let server = skilled_testkit::SseServer::start();
        let protocol = skilled_testkit::Protocol::Anthropic;
        server.push(protocol.reply(&skilled_testkit::Answer::text("Done.")));
        let bench = Bench::new();
        let mut command = bench.command(["run", "hi", "--model=anthropic/m", sandbox]);
        command.env("ANTHROPIC_API_KEY", "k").env("ANTHROPIC_BASE_URL", server.url());
        assert!(command.output().unwrap().status.success());
        let request = server.requests()[0].json();
        let names = request["tools"].as_array().unwrap().iter().map(|tool| tool["name"].clone());
        names.collect::<Vec<_>>()
    };
    let with = tools("--sandbox=linux");
    assert_eq!(with, ["bash", "create_file", "present_files", "str_replace", "view"]);
    assert_eq!(tools("--sandbox=none"), with);
}

#[test]
fn the_hosts_environment_stays_with_the_host() {
    for sandbox in ["--sandbox=none", "--sandbox=linux"] {
        let bench = Bench::new();
        let model = bench.script(&json!([bash("env"), text("Done.")]));
        let mut command = bench.command(["run", "look", &model, sandbox]);
        let status = command.env("OPENAI_API_KEY", "the-secret-key").output().unwrap().status;
        assert!(status.success());
        let environment = results(&bench.events()).remove(0).0;
        assert!(environment.contains("PATH=") && !environment.contains("the-secret-key"), "{environment}");
    }
}

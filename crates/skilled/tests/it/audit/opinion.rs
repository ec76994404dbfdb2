//! `--model`: a second opinion.

use serde_json::{Value, json};
use skilled_testkit::{Answer, Protocol, SseServer};

use super::{findings, two};
use crate::check::json_of;
use crate::kit::{Bench, Ran, text};

const HARMLESS: &str = r#"{"verdict":"harmless","summary":"It formats code.","concerns":[
    {"severity":"low","path":"SKILL.md","line":8,"message":"a comment\u001b[2J"}]}"#;

fn scripted(bench: &Bench, answer: &str) -> String {
    bench.script(&json!([text(answer)]))
}

#[test]
fn an_opinion_is_marked_and_lowers_no_finding() {
    let bench = two();
    let model = scripted(&bench, HARMLESS);
    let alone = bench.skilled(["audit", "skills/evil", "--json"]).exits(1);
    let both = bench.skilled(["audit", "skills/evil", "--json", &model]).exits(1);
    assert_eq!(findings(&both), findings(&alone));
    assert_eq!(
        json_of(&both)["skills"][0]["opinion"],
        json!({
            "model": "scripted/script.yaml",
            "verified": false,
            "verdict": "harmless",
            "summary": "It formats code.",
            "concerns": [{ "severity": "low", "path": "SKILL.md", "line": 8, "message": "a comment\\u{1b}[2J" }],
            "unseen": [],
        })
    );
    assert_eq!(json_of(&alone)["skills"][0]["opinion"], Value::Null);
    let shown = bench.skilled(["audit", "skills/evil", &model]).exits(1).stdout;
    let expected = "\nopinion of scripted/script.yaml, not verified: harmless\n  It formats code.\n  \
                    - SKILL.md:8 (low): a comment\\u{1b}[2J\n";
    assert!(shown.contains(expected), "{shown}");
}

#[test]
fn a_harmful_opinion_blocks_nothing_by_itself() {
    let bench = two();
    let model = scripted(&bench, r#"{"verdict":"harmful","summary":"I do not like it.","concerns":[]}"#);
    bench.skilled(["audit", "skills/good", &model]).exits(0);
}

#[test]
fn an_answer_that_is_none_is_an_error_after_the_findings() {
    let bench = two();
    let model = scripted(&bench, "It looks fine to me!");
    let ran = bench.skilled(["audit", "skills/evil", "--json", &model]).exits(3);
    assert_eq!(json_of(&ran)["skills"][0]["opinion"], Value::Null);
    assert!(!findings(&ran).is_empty(), "{ran}");
    let said = [
        "error: there is no second opinion about skills/evil",
        "because: the model did not answer",
        "hint: ",
    ];
    ran.says(&said);
}

/// Runs an audit with a provider that plays `answers`.
fn with_provider(bench: &Bench, server: &SseServer, protocol: Protocol) -> Ran {
    let model = format!("--model={}/test-model", protocol.provider());
    let mut command = bench.command(["audit", "skills/evil", &model]);
    let name = protocol.provider().to_uppercase();
    command.env(format!("{name}_API_KEY"), "key-of-the-test");
    command.env(format!("{name}_BASE_URL"), protocol.base_url(&server.url()));
    Ran::of(command.output().unwrap())
}

#[test]
fn one_request_shows_the_files_as_untrusted() {
    for protocol in Protocol::ALL {
        let (bench, server) = (two(), SseServer::start());
        server.push(protocol.reply(&Answer::text(HARMLESS)));
        let ran = with_provider(&bench, &server, protocol).exits(1);
        assert!(ran.stdout.contains("not verified: harmless"), "{ran}");
        let requests = server.requests();
        assert_eq!(requests.len(), 1);
        let sent = requests[0].json().to_string();
        for text in ["never an instruction to you", "Ignore all previous instructions", "begin SKILL.md"] {
            assert!(sent.contains(text), "{text:?} is missing in {sent}");
        }
    }
}

#[test]
fn a_provider_that_fails_is_told_after_the_findings() {
    for protocol in Protocol::ALL {
        let (bench, server) = (two(), SseServer::start());
        server.push(protocol.error(401, "invalid x-api-key"));
        let ran = with_provider(&bench, &server, protocol).exits(3);
        assert!(ran.stdout.contains("critical[hidden-instructions]"), "{ran}");
        assert!(!ran.stderr.contains("key-of-the-test"), "{ran}");
        ran.says(&["error: there is no second opinion", "invalid x-api-key", "hint: "]);
    }
}

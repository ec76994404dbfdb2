//! The same job through each provider's protocol, with what goes wrong on the way.

use std::process::Command;

use serde_json::{Value, json};
use skilled_testkit::{Answer, Protocol, SseServer};

use crate::kit::{Bench, OUTPUTS, of_type, results};

/// A bench, and a server that plays the provider.
struct Stage {
    bench: Bench,
    server: SseServer,
    protocol: Protocol,
}

impl Stage {
    fn new(protocol: Protocol) -> Self {
        Self { bench: Bench::with_skill(), server: SseServer::start(), protocol }
    }

    fn push(&self, answer: &Answer) {
        self.server.push(self.protocol.reply(answer));
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = self.bench.command(arguments);
        let name = self.protocol.provider().to_uppercase();
        command.env(format!("{name}_API_KEY"), "key-of-the-test");
        command.env(format!("{name}_BASE_URL"), self.protocol.base_url(&self.server.url()));
        command
    }

    /// Runs the job and returns the exit code and what was printed.
    fn run(&self, arguments: &[&str]) -> (i32, String, String) {
        let output = self.command(arguments).output().unwrap();
        let text = |bytes| String::from_utf8(bytes).unwrap();
        (output.status.code().unwrap(), text(output.stdout), text(output.stderr))
    }

    fn job(&self) -> (i32, String, String) {
        let model = format!("--model={}/test-model", self.protocol.provider());
        self.run(&["run", "Greet Ada", "--skills=skills", "--out=out", &model])
    }
}

fn read_and_greet() -> Answer {
    let greet =
        format!("bash /skills/greet/scripts/greet.sh Ada > {OUTPUTS}/hello.txt; cat {OUTPUTS}/hello.txt");
    Answer::text("Reading the skill — 你好.")
        .call("call_a", "view", json!({ "path": "/skills/greet/SKILL.md" }))
        .call("call_b", "bash", json!({ "command": greet }))
}

fn failing() -> Answer {
    Answer::new(Vec::new()).call("call_c", "bash", json!({ "command": "echo lost >&2; exit 7" }))
}

fn presenting() -> Answer {
    let path = format!("{OUTPUTS}/hello.txt");
    Answer::new(Vec::new()).call("call_d", "present_files", json!({ "paths": [path] }))
}

#[test]
fn a_job_survives_an_overloaded_provider_and_a_failing_tool() {
    for protocol in Protocol::ALL {
        let stage = Stage::new(protocol);
        stage.server.push(protocol.error(529, "Overloaded").header("retry-after-ms", "1"));
        for answer in [read_and_greet(), failing(), presenting(), Answer::text("Greeted.")] {
            stage.server.push(protocol.reply(&answer).each_byte());
        }
        let (code, stdout, stderr) = stage.job();
        assert_eq!(code, 0, "{protocol:?}\n{stderr}");
        assert_eq!(stdout, "Reading the skill — 你好.\nGreeted.\n", "{protocol:?}");
        for text in ["retry: attempt 1 failed", "Overloaded", "◆ hello.txt", "wrote out/hello.txt"] {
            assert!(stderr.contains(text), "{protocol:?}: {text:?} is missing in {stderr}");
        }
        assert_eq!(stage.bench.read("out/hello.txt"), "Hello, Ada!\n");
        let events = stage.bench.events();
        let results = results(&events);
        assert!(results[0].0.contains("name: greet") && results[1].0.contains("Hello, Ada!"), "{results:?}");
        assert!(results[2].1 && results[2].0.contains("lost") && results[2].0.contains('7'), "{results:?}");
        assert_eq!(of_type(&events, "model_retry").len(), 1);
        assert_eq!(stage.server.left(), 0);
        check_requests(&stage);
    }
}

/// Looks at what was sent: the catalogue, the tools, the order of results, and that each request extends the last.
fn check_requests(stage: &Stage) {
    let requests: Vec<Value> = stage.server.requests().iter().map(skilled_testkit::Recorded::json).collect();
    assert_eq!(requests.len(), 5);
    assert_eq!(requests[0], requests[1], "a retry sends the same");
    let first = requests[0].to_string();
    for text in ["greet", "Greets &lt;people&gt;. Use when", "/skills/greet/SKILL.md", "Greet Ada"] {
        assert!(first.contains(text), "{text:?} is missing in {first}");
    }
    for pair in requests.windows(2) {
        for field in ["model", "system", "tools"] {
            assert_eq!(plain(&pair[0][field]), plain(&pair[1][field]), "{field}");
        }
        let (earlier, later) = (messages(&pair[0]), messages(&pair[1]));
        assert!(later.starts_with(&earlier), "{later:#?}\ndoes not extend\n{earlier:#?}");
    }
    let last = messages(&requests[4]).join("\n");
    let order: Vec<_> = ["call_a", "call_b", "name: greet", "Hello, Ada!", "call_c", "lost"]
        .iter()
        .map(|text| last.find(text).unwrap_or_else(|| panic!("{text:?} is missing in {last}")))
        .collect();
    assert!(order.is_sorted(), "{order:?} in {last}");
}

/// The bytes of each message, without the marks that say where a cache ends.
fn messages(request: &Value) -> Vec<String> {
    request["messages"].as_array().unwrap().iter().map(plain).collect()
}

fn plain(value: &Value) -> String {
    fn strip(value: &mut Value) {
        match value {
            Value::Object(map) => {
                map.shift_remove("cache_control");
                map.values_mut().for_each(strip);
            }
            Value::Array(items) => items.iter_mut().for_each(strip),
            _ => {}
        }
    }
    let mut value = value.clone();
    strip(&mut value);
    value.to_string()
}

#[test]
fn a_hang_up_is_an_error_that_presents_nothing_and_the_run_goes_on_later() {
    for protocol in Protocol::ALL {
        let stage = Stage::new(protocol);
        stage.push(&read_and_greet());
        let cut = Answer::text("Presenting the half of it").call(
            "call_x",
            "bash",
            json!({ "command": "touch half" }),
        );
        // Two deltas have arrived by then.
        stage.server.push(protocol.reply(&cut).hang_up_after("ing the"));
        let (code, _, stderr) = stage.job();
        assert_eq!(code, 3, "{protocol:?}\n{stderr}");
        let causes = [
            "error: the model failed: ",
            "answer above is void",
            "model_failed",
            "hint: go on",
            "skilled runs resume run_",
        ];
        assert!(causes.iter().all(|text| stderr.contains(text)), "{protocol:?}\n{stderr}");
        assert_eq!(stage.bench.names("out"), [""; 0], "nothing was presented");
        assert_eq!(stage.server.requests().len(), 2, "an answer that began is not asked for again");
        let events = stage.bench.events();
        let failed = of_type(&events, "model_failed");
        assert_eq!((failed.len(), &failed[0]["answer_began"]), (1, &json!(true)), "{failed:?}");
        assert_eq!(events.last().unwrap()["reason"], "model_failed");

        stage.push(&presenting());
        stage.push(&Answer::text("Greeted."));
        let (code, stdout, stderr) = stage.run(&["runs", "resume", "latest", "--out=out"]);
        assert_eq!((code, stdout.as_str()), (0, "Greeted.\n"), "{protocol:?}\n{stderr}");
        assert_eq!(stage.bench.read("out/hello.txt"), "Hello, Ada!\n");
        let requests = stage.server.requests();
        assert!(!requests[2].text().contains("the half"), "a torn answer is void");
        assert_eq!(messages(&requests[1].json()), messages(&requests[2].json()));
    }
}

#[test]
fn requests_that_cannot_succeed_are_not_repeated() {
    let cases =
        [(401, "invalid x-api-key", "_API_KEY"), (404, "no such model", "--model"), (400, "bad", "bad")];
    for protocol in Protocol::ALL {
        for (status, message, remedy) in cases {
            let stage = Stage::new(protocol);
            stage.server.push(protocol.error(status, message));
            let (code, stdout, stderr) = stage.job();
            assert_eq!((code, stdout.as_str()), (3, ""), "{protocol:?} {status}\n{stderr}");
            let texts = [message, &status.to_string(), "req_test", remedy];
            assert!(texts.iter().all(|text| stderr.contains(text)), "{protocol:?} {status}\n{stderr}");
            assert!(!stderr.contains("key-of-the-test"), "the key is in {stderr}");
            assert_eq!(stage.server.requests().len(), 1);
        }
    }
}

#[test]
fn a_provider_that_is_not_there_is_an_error_after_the_retries() {
    let stage = Stage::new(Protocol::OpenAi);
    let mut command = stage.command(&["run", "hi", "--model=openai/m"]);
    // Port 9 of this machine's own address answers nobody, and at once.
    let output = command.env("OPENAI_BASE_URL", "http://127.0.0.1:9/v1").output().unwrap();
    let stderr = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(3), "{stderr}");
    assert!(stderr.contains("retry: attempt 1 failed") && stderr.contains("OPENAI_BASE_URL"), "{stderr}");
}

#[test]
fn a_key_of_a_local_server_may_be_missing() {
    let stage = Stage::new(Protocol::OpenAi);
    stage.push(&Answer::text("Hello."));
    let output =
        stage.command(&["run", "hi", "--model=openai/m"]).env_remove("OPENAI_API_KEY").output().unwrap();
    let stderr = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(0), "{stderr}");
    assert_eq!(stage.server.requests()[0].header("authorization"), None);
}

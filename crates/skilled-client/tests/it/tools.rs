//! The loop over client tools.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use serde_json::{Value, json};
use skilled_client::{Conversation, Ended, RunOptions, ToolFailure, ToolFunction, run_tools};

use crate::kit::{Place, container, error, message, request};

fn weather(calls: &Arc<AtomicUsize>) -> ToolFunction {
    let calls = Arc::clone(calls);
    let schema = json!({ "type": "object", "properties": { "city": { "type": "string" } } });
    ToolFunction::new("weather", "Tells the weather.", schema, move |input: Value| {
        calls.fetch_add(1, Ordering::SeqCst);
        async move {
            match input["city"].as_str() {
                Some("Atlantis") => Err(ToolFailure("it sank".to_owned())),
                Some(city) => Ok(format!("sunny in {city}")),
                // Any error becomes a failure by `?`.
                None => Ok("x".parse::<u8>()?.to_string()),
            }
        }
    })
}

fn call(id: &str, name: &str, input: &Value) -> Value {
    json!({ "type": "tool_use", "id": id, "name": name, "input": input })
}

#[tokio::test]
async fn calls_are_answered_in_order_until_the_model_is_done() {
    let place = Place::new();
    let calls = Arc::new(AtomicUsize::new(0));
    let wanted = json!([
        { "type": "text", "text": "Let me see." },
        call("toolu_1", "weather", &json!({ "city": "Bern" })),
        call("toolu_2", "weather", &json!({ "city": "Atlantis" })),
        call("toolu_3", "tides", &json!({})),
        call("toolu_4", "weather", &json!({})),
    ]);
    place.streams(&message("tool_use", &wanted, &container("container_1")));
    let made = json!([{ "type": "bash_code_execution_tool_result", "tool_use_id": "srvtoolu_1", "content": {
        "type": "bash_code_execution_result", "stdout": "", "stderr": "", "return_code": 0,
        "content": [{ "type": "bash_code_execution_output", "file_id": "file_1" }] } }]);
    place.streams(&message("pause_turn", &made, &container("container_1")));
    place.streams(&message("end_turn", &json!([{ "type": "text", "text": "Sunny." }]), &json!(null)));
    let mut conversation = Conversation::new(request());
    conversation.say("How is the weather?");
    let mut seen = 0;
    let mut observe = |_: &_| seen += 1;
    let options = RunOptions { observe: Some(&mut observe), ..RunOptions::default() };
    let run = run_tools(&place.client, &mut conversation, &[weather(&calls)], options).await.unwrap();
    assert_eq!((run.rounds, run.ended, calls.load(Ordering::SeqCst)), (3, Ended::Stopped, 3));
    assert_eq!((run.usage.input_tokens, run.usage.output_tokens), (30, 6));
    assert_eq!(run.files.iter().map(|file| file.file_id.as_str()).collect::<Vec<_>>(), ["file_1"]);
    assert!(seen > 10, "{seen}");

    let sent: Vec<_> = place.server.requests().iter().map(skilled_testkit::Recorded::json).collect();
    assert_eq!(sent[0]["tools"][0]["name"], "weather");
    let result = |id: &str, text: &str| json!({ "type": "tool_result", "tool_use_id": id, "content": [{ "type": "text", "text": text }] });
    let failed = |id: &str, text: &str| {
        let mut result = result(id, text);
        result["is_error"] = json!(true);
        result
    };
    assert_eq!(
        sent[1]["messages"][2]["content"],
        json!([
            result("toolu_1", "sunny in Bern"),
            failed("toolu_2", "it sank"),
            failed("toolu_3", "there is no tool `tides`"),
            failed("toolu_4", "invalid digit found in string"),
        ])
    );
    // A paused turn goes back as it came, and the tools and the container are there in every round.
    assert_eq!(sent[2]["messages"][3], json!({ "role": "assistant", "content": made }));
    assert_eq!(sent[2]["container"], "container_1");
    assert_eq!(sent[2]["tools"], sent[0]["tools"]);
}

#[tokio::test]
async fn the_loop_ends_with_its_rounds_and_can_be_gone_on_with() {
    let place = Place::new();
    let calls = Arc::new(AtomicUsize::new(0));
    let wanted = json!([call("toolu_1", "weather", &json!({ "city": "Bern" }))]);
    for _ in 0..2 {
        place.streams(&message("tool_use", &wanted, &json!(null)));
    }
    let mut conversation = Conversation::new(request());
    conversation.say("How is the weather?");
    let options = RunOptions { max_rounds: 2, observe: None };
    let run = run_tools(&place.client, &mut conversation, &[weather(&calls)], options).await.unwrap();
    assert_eq!((run.rounds, run.ended), (2, Ended::Rounds));
    let last = conversation.request().messages.last().unwrap();
    assert_eq!(last.content[0].kind(), "tool_result");

    place.streams(&message("end_turn", &json!([]), &json!(null)));
    let run = run_tools(&place.client, &mut conversation, &[weather(&calls)], RunOptions::default()).await;
    assert_eq!(run.unwrap().ended, Ended::Stopped);
    assert_eq!(place.last().json()["messages"].as_array().unwrap().len(), 5);
    assert_eq!(place.last().json()["tools"].as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn a_failed_request_ends_the_loop_and_loses_no_results() {
    let place = Place::new();
    let calls = Arc::new(AtomicUsize::new(0));
    let wanted = json!([call("toolu_1", "weather", &json!({ "city": "Bern" }))]);
    place.streams(&message("tool_use", &wanted, &json!(null)));
    place.fails(400, &error("invalid_request_error", "no"));
    let mut conversation = Conversation::new(request());
    conversation.say("How is the weather?");
    let failed = run_tools(&place.client, &mut conversation, &[weather(&calls)], RunOptions::default()).await;
    assert_eq!(failed.unwrap_err().status(), Some(400));
    assert_eq!(conversation.request().messages.len(), 3);
}

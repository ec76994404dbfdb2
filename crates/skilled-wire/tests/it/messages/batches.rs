//! Requests for batches.

use serde_json::{Value, json};
use skilled_wire::CreateBatch;
use skilled_wire::messages::Limits;

use super::request;

fn refusal(body: &Value) -> String {
    match CreateBatch::parse(body.to_string().as_bytes()) {
        Ok(_) => panic!("this must be refused: {body}"),
        Err(refused) => refused.to_string(),
    }
}

#[test]
fn requests_are_read_when_their_turn_comes() {
    let body = json!({ "requests": [
        { "custom_id": "a", "params": request(json!({})) },
        { "params": { "model": 7 }, "custom_id": "b" },
    ] });
    let batch = CreateBatch::parse(body.to_string().as_bytes()).expect("a batch");
    assert_eq!(serde_json::to_value(&batch).expect("JSON"), body);
    let read: Vec<Result<String, String>> = batch
        .requests
        .iter()
        .map(|entry| {
            entry
                .parse(&Limits::default())
                .map(|request| request.model)
                .map_err(|refused| refused.to_string())
        })
        .collect();
    assert_eq!(read, [Ok("local-model".to_owned()), Err("model: Input should be a valid string".to_owned())]);
}

#[test]
fn batches_give_no_stream() {
    for (more, expected) in [
        (json!({ "stream": true }), "stream: Streaming is not supported in batches"),
        (json!({ "speed": "fast" }), "speed: Fast speed is not supported in batches"),
        (json!({ "max_tokens": 0 }), "max_tokens: Input should be greater than or equal to 1"),
        (json!({ "thread": { "type": "create" } }), "thread: Threads are not supported in batches"),
    ] {
        let body = json!({ "requests": [{ "custom_id": "a", "params": request(more) }] });
        let batch = CreateBatch::parse(body.to_string().as_bytes()).expect("a batch");
        let refused = batch.requests[0].parse(&Limits::default()).expect_err("this must be refused");
        assert_eq!(refused.to_string(), expected);
    }
}

#[test]
fn says_where_and_why() {
    let entry = |id: Value| json!({ "custom_id": id, "params": {} });
    let pattern = "String should match pattern '^[a-zA-Z0-9_-]{1,64}$'";
    for (body, expected) in [
        (json!([]), "Input should be a valid dictionary".to_owned()),
        (json!({}), "requests: Field required".to_owned()),
        (json!({ "requests": {} }), "requests: Input should be a valid list".to_owned()),
        (
            json!({ "requests": [] }),
            "requests: List should have at least 1 item after validation, not 0".to_owned(),
        ),
        (
            json!({ "requests": [entry(json!("a"))], "more": 1 }),
            "more: Extra inputs are not permitted".to_owned(),
        ),
        (json!({ "requests": [5] }), "requests.0: Input should be a valid dictionary".to_owned()),
        (json!({ "requests": [{ "custom_id": "a" }] }), "requests.0.params: Field required".to_owned()),
        (
            json!({ "requests": [{ "custom_id": "a", "params": [] }] }),
            "requests.0.params: Input should be a valid dictionary".to_owned(),
        ),
        (
            json!({ "requests": [{ "custom_id": "a", "params": {}, "x": 1 }] }),
            "requests.0.x: Extra inputs are not permitted".to_owned(),
        ),
        (
            json!({ "requests": [entry(json!(5))] }),
            "requests.0.custom_id: Input should be a valid string".to_owned(),
        ),
        (json!({ "requests": [entry(json!("a b"))] }), format!("requests.0.custom_id: {pattern}")),
        (json!({ "requests": [entry(json!(""))] }), format!("requests.0.custom_id: {pattern}")),
        (json!({ "requests": [entry(json!("x".repeat(65)))] }), format!("requests.0.custom_id: {pattern}")),
        (
            json!({ "requests": [entry(json!("a")), entry(json!("a"))] }),
            "requests.1.custom_id: Each custom_id must be unique in a batch".to_owned(),
        ),
        (
            json!({ "requests": vec![0; 100_001] }),
            "requests: List should have at most 100000 items after validation".to_owned(),
        ),
    ] {
        assert_eq!(refusal(&body), expected);
    }
    for body in ["", "{", "{\"requests\": [}", "{} x"] {
        let refused = CreateBatch::parse(body.as_bytes()).expect_err("this must be refused");
        assert!(refused.message.starts_with("The request body is not valid JSON: "), "{body}: {refused}");
    }
    let twice = br#"{"requests": [{"custom_id": "a", "custom_id": "b", "params": {}}]}"#;
    let refused = CreateBatch::parse(twice).expect_err("this must be refused");
    assert_eq!(refused.to_string(), "requests.0.custom_id: This field is given twice");
}

//! Batches.

use serde_json::{Value, json};
use skilled_client::skilled_wire::{BatchResult, BatchStatus, CreateBatch};
use skilled_testkit::Reply;

use crate::kit::{Place, error};

fn batch(status: &str, results_url: &Value) -> Value {
    json!({
        "id": "msgbatch_1", "type": "message_batch", "processing_status": status,
        "request_counts": { "processing": 0, "succeeded": 1, "errored": 1, "canceled": 0, "expired": 0 },
        "created_at": "2026-12-01T08:00:00Z", "expires_at": "2026-12-02T08:00:00Z", "results_url": results_url,
    })
}

#[tokio::test]
async fn a_batch_is_made_followed_and_ended() {
    let place = Place::new();
    for status in ["in_progress", "in_progress", "canceling"] {
        place.answers(&batch(status, &json!(null)));
    }
    place.answers(&json!({ "id": "msgbatch_1", "type": "message_batch_deleted" }));
    let body = json!({ "requests": [{ "custom_id": "a", "params": { "model": "m", "max_tokens": 1, "messages": [] } }] });
    let made = place
        .client
        .batches()
        .create(&CreateBatch::parse(body.to_string().as_bytes()).unwrap())
        .await
        .unwrap();
    assert_eq!(place.last().json(), body);
    place.client.batches().retrieve(&made.id).await.unwrap();
    let canceled = place.client.batches().cancel(&made.id).await.unwrap();
    assert_eq!(canceled.processing_status, BatchStatus::Canceling);
    place.client.batches().delete(&made.id).await.unwrap();
    let id = "/v1/messages/batches/msgbatch_1";
    let expected = [
        "POST /v1/messages/batches".to_owned(),
        format!("GET {id}"),
        format!("POST {id}/cancel"),
        format!("DELETE {id}"),
    ];
    assert_eq!(place.lines(), expected);
}

#[tokio::test]
async fn results_come_line_by_line() {
    let place = Place::new();
    let lines = format!(
        "{}\n\n{}",
        json!({ "custom_id": "a", "result": { "type": "succeeded", "message": { "id": "msg_1" } } }),
        json!({ "custom_id": "b", "result": { "type": "errored", "error": error("api_error", "no") } }),
    );
    place.answers(&batch("ended", &json!(format!("{}/elsewhere/results?x=1", place.server.url()))));
    place.server.push(Reply::new(200, "application/x-jsonl", lines).each_byte());
    let mut results = place.client.batches().results("msgbatch_1").await.unwrap();
    let first = results.next().await.unwrap().unwrap();
    assert!(first.custom_id == "a" && matches!(first.result, BatchResult::Succeeded { .. }), "{first:?}");
    let second = results.next().await.unwrap().unwrap();
    assert!(second.custom_id == "b" && matches!(second.result, BatchResult::Errored { .. }), "{second:?}");
    assert!(results.next().await.is_none());
    assert_eq!(place.lines()[1], "GET /elsewhere/results?x=1");
}

#[tokio::test]
async fn the_key_does_not_go_to_another_host() {
    let place = Place::new();
    place.answers(&batch("ended", &json!("https://evil.example/results")));
    place.server.push(Reply::new(200, "application/x-jsonl", ""));
    assert!(place.client.batches().results("msgbatch_1").await.unwrap().next().await.is_none());
    assert_eq!(place.lines()[1], "GET /v1/messages/batches/msgbatch_1/results");
}

#[tokio::test]
async fn a_batch_under_way_has_no_results() {
    let place = Place::new();
    place.answers(&batch("in_progress", &json!(null)));
    let failed = place.client.batches().results("msgbatch_1").await.unwrap_err();
    assert!(failed.to_string().contains("has not ended"), "{failed}");
}

//! What a request asks for, on the wire.

use futures_util::StreamExt;
use serde_json::json;
use skilled_message::{Message, ToolDefinition};
use skilled_model::{ErrorKind, Options, Request, StreamEvent, ToolMode};
use skilled_testkit::{Answer, Protocol, Recorded, SseServer};
use tokio_util::sync::CancellationToken;

use crate::kit::{hello, model, request};

/// Sends `options` and returns what arrived, and the last event.
async fn send(
    protocol: Protocol,
    options: Options,
) -> (Vec<Recorded>, Result<StreamEvent, skilled_model::Error>) {
    let server = SseServer::start();
    server.push(protocol.reply(&Answer::text("hi")));
    let typed = json!({"type": "bash_20250124", "name": "bash"});
    let tools: Vec<ToolDefinition> = vec![serde_json::from_value(typed).unwrap()];
    let request = Request { options, tools: tools.into(), ..request(vec![Message::user("hello")]) };
    let events = model(protocol, &server).stream(request, CancellationToken::new());
    let last = events.collect::<Vec<_>>().await.pop().unwrap();
    (server.requests(), last)
}

fn options() -> Options {
    Options {
        temperature: Some(0.25),
        stop_sequences: vec!["END".to_owned()],
        tool_choice: Some(ToolMode::Any.into()),
        betas: vec!["b-1".to_owned(), "b-2".to_owned(), "b-1".to_owned()],
        ..Options::default()
    }
}

#[tokio::test]
async fn each_protocol_says_them_in_its_own_words() {
    let (requests, _) = send(Protocol::Anthropic, options()).await;
    assert_eq!(requests[0].header("anthropic-beta"), Some("b-1,b-2"));
    let body = requests[0].json();
    assert_eq!(
        json!([body["temperature"], body["stop_sequences"], body["tool_choice"], body["tools"][0]["type"]]),
        json!([0.25, ["END"], {"type": "any"}, "bash_20250124"])
    );
    let (requests, _) = send(Protocol::OpenAi, options()).await;
    assert_eq!(requests[0].header("anthropic-beta"), None);
    let body = requests[0].json();
    assert_eq!(
        json!([body["temperature"], body["stop"], body["tool_choice"], body["tools"][0]["function"]["name"]]),
        json!([0.25, ["END"], "required", "bash"])
    );
}

#[tokio::test]
async fn what_a_protocol_cannot_say_is_never_sent() {
    let mut unknown = Options::default();
    unknown.other.insert("mcp_servers".to_owned(), json!([{"type": "url"}]));
    let (requests, last) = send(Protocol::Anthropic, unknown.clone()).await;
    assert!(matches!(last, Ok(StreamEvent::Finished(_))));
    assert_eq!(requests[0].json()["mcp_servers"], json!([{"type": "url"}]));
    let (requests, last) = send(Protocol::OpenAi, unknown).await;
    let error = last.unwrap_err();
    assert_eq!((error.kind, requests.len()), (ErrorKind::Untranslatable, 0));
    assert!(error.message.contains("`mcp_servers`"), "{error}");
    let beta = Options { betas: vec!["a\r\nx: y".to_owned()], ..Options::default() };
    let (requests, last) = send(Protocol::Anthropic, beta).await;
    assert_eq!((last.unwrap_err().kind, requests.len()), (ErrorKind::BadRequest, 0));
}

#[tokio::test]
async fn failures_keep_the_words_of_the_provider() {
    let server = SseServer::start();
    let body = json!({"type": "error", "request_id": "req_7", "error": {
        "type": "invalid_request_error", "message": "no such thread", "details": {"error_code": "thread_not_found"}}});
    server.push(skilled_testkit::Reply::json(404, &body));
    let error = hello(&*model(Protocol::Anthropic, &server)).await.error();
    assert_eq!((error.status, error.code.as_deref()), (Some(404), Some("thread_not_found")));
    assert_eq!(error.request_id.as_deref(), Some("req_7"));
    let reported = error.reported.unwrap();
    assert_eq!(reported.error_type.as_deref(), Some("invalid_request_error"));
    assert_eq!(reported.message, "no such thread");
    assert_eq!(reported.details, Some(json!({"error_code": "thread_not_found"})));

    let limited = Protocol::Anthropic.error(429, "slow down").header("retry-after", "9999");
    server.push(limited);
    let error = hello(&*model(Protocol::Anthropic, &server)).await.error();
    assert_eq!((error.kind, error.status), (ErrorKind::RateLimit, Some(429)));
    assert_eq!(error.retry_after.unwrap().as_secs(), 9999);
    assert_eq!(error.reported.unwrap().error_type.as_deref(), Some("rate_limit_error"));
}

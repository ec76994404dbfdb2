//! Counts of tokens.

use serde_json::json;
use skilled_message::Message;
use skilled_model::{ErrorKind, Options, Request, TokenCount, estimate};
use skilled_testkit::{Ending, Protocol, Reply, SseServer};
use tokio_util::sync::CancellationToken;

use crate::kit::{KEY, model, request};

fn asked() -> Request {
    let options = Options { temperature: Some(1.0), betas: vec!["b-1".to_owned()], ..Options::default() };
    Request { options, ..request(vec![Message::user("hello")]) }
}

#[tokio::test]
async fn the_messages_api_counts_itself_and_is_asked_again() {
    let server = SseServer::start();
    server.push(Protocol::Anthropic.error(529, "Overloaded").header("retry-after", "0"));
    server.push(Reply::json(200, &json!({"input_tokens": 77, "context_management": null})));
    let count = model(Protocol::Anthropic, &server).count_tokens(asked(), CancellationToken::new());
    assert_eq!(count.await.unwrap(), TokenCount { input_tokens: 77, estimated: false });
    let requests = server.requests();
    assert_eq!(requests.len(), 2);
    assert_eq!(
        (requests[1].method.as_str(), requests[1].path.as_str()),
        ("POST", "/v1/messages/count_tokens")
    );
    assert_eq!(requests[1].header("x-api-key"), Some(KEY));
    assert_eq!(requests[1].header("content-type"), Some("application/json"));
    assert_eq!(requests[1].header("anthropic-beta"), Some("b-1"));
    assert_eq!(
        requests[1].json(),
        json!({
            "model": "test-model",
            "tools": [{"name": "bash", "description": "a tool", "input_schema": {"type": "object"}},
                      {"name": "view", "description": "a tool", "input_schema": {"type": "object"}}],
            "system": [{"type": "text", "text": "be brief"}],
            "messages": [{"role": "user", "content": [{"type": "text", "text": "hello"}]}],
        })
    );
}

#[tokio::test]
async fn a_count_that_fails_says_why() {
    let server = SseServer::start();
    let model = model(Protocol::Anthropic, &server);
    for (reply, kind, status) in [
        (Protocol::Anthropic.error(404, "no such model"), ErrorKind::BadRequest, Some(404)),
        (Reply::json(200, &json!({"tokens": 1})), ErrorKind::Transport, None),
        (Reply::new(200, "application/json", "{"), ErrorKind::Transport, None),
        (Reply::new(200, "application/json", vec![b' '; (1 << 20) + 1]), ErrorKind::Transport, None),
    ] {
        server.push(reply);
        let error = model.count_tokens(asked(), CancellationToken::new()).await.unwrap_err();
        assert_eq!((error.kind, error.status), (kind, status), "{error}");
    }
    server.push(Reply::json(200, &json!({"input_tokens": 1})).ending(Ending::Stall(3)));
    let cancel = CancellationToken::new();
    let count = tokio::spawn(model.count_tokens(asked(), cancel.clone()));
    while server.left() > 0 {
        tokio::task::yield_now().await;
    }
    cancel.cancel();
    assert_eq!(count.await.unwrap().unwrap_err().kind, ErrorKind::Cancelled);
    server.client_closed(1).await;
}

#[tokio::test]
async fn other_providers_get_an_estimate_that_says_so() {
    let server = SseServer::start();
    let count = model(Protocol::OpenAi, &server).count_tokens(asked(), CancellationToken::new());
    let count = count.await.unwrap();
    assert_eq!(count, estimate(&asked()).unwrap());
    assert!(count.estimated && count.input_tokens > 5);
    assert!(server.requests().is_empty());
}

//! Requests that pass through as they are.

use std::sync::Arc;
use std::time::Duration;

use futures_util::StreamExt;
use skilled_model::{ErrorKind, Method, RawRequest, RawResponse, Upstream};
use skilled_testkit::{Answer, Chunking, Protocol, Reply, SseServer};
use tokio_util::sync::CancellationToken;

use crate::kit::{KEY, config, model, model_with};

fn upstream(server: &SseServer) -> Arc<dyn Upstream> {
    model(Protocol::Anthropic, server).upstream().unwrap()
}

async fn read(response: RawResponse) -> Vec<u8> {
    let chunks: Vec<_> = response.body.collect().await;
    chunks.into_iter().map(Result::unwrap).collect::<Vec<_>>().concat()
}

#[tokio::test]
async fn bytes_go_both_ways_unchanged() {
    let server = SseServer::start();
    let answer = Protocol::Anthropic.records(&Answer::text("Größe")).concat();
    let reply = Reply::sse(answer.clone()).chunks(Chunking::Size(5));
    server.push(
        reply.header("request-id", "r").header("anthropic-organization-id", "o").header("set-cookie", "c"),
    );
    let body = "{ \"model\" : \"x\" }";
    let request = RawRequest {
        betas: ["a-1", "b_2", "a-1"].map(str::to_owned).to_vec(),
        headers: vec![("X-Note".to_owned(), "n".to_owned())],
        ..RawRequest::post("/v1/messages?beta=true", body)
    };
    let response = upstream(&server).send(request, CancellationToken::new()).await.unwrap();
    assert_eq!(response.status, 200);
    assert_eq!((response.header("Request-Id"), response.header("set-cookie")), (Some("r"), None));
    assert_eq!(response.header("anthropic-organization-id"), Some("o"));
    assert_eq!(response.header("content-type"), Some("text/event-stream; charset=utf-8"));
    assert_eq!(read(response).await, answer.as_bytes());
    let asked = server.requests().remove(0);
    assert_eq!(
        (asked.method.as_str(), asked.path.as_str(), asked.text()),
        ("POST", "/v1/messages?beta=true", body)
    );
    for (name, value) in [
        ("x-api-key", KEY),
        ("anthropic-version", "2023-06-01"),
        ("anthropic-beta", "a-1,b_2"),
        ("content-type", "application/json"),
        ("x-note", "n"),
    ] {
        assert_eq!(asked.header(name), Some(value));
    }
}

#[tokio::test]
async fn other_methods_and_contents_pass_too() {
    let server = SseServer::start();
    let delete = RawRequest { method: Method::Delete, ..RawRequest::get("/v1/files/file_1") };
    let form = RawRequest {
        headers: vec![("Content-Type".to_owned(), "multipart/form-data; boundary=x".to_owned())],
        ..RawRequest::post("/v1/files", "--x--")
    };
    for (request, method, content_type) in [
        (RawRequest::get("/v1/files"), "GET", None),
        (delete, "DELETE", None),
        (form, "POST", Some("multipart/form-data; boundary=x")),
    ] {
        server.push(Reply::new(200, "application/octet-stream", vec![0, 255]));
        let response = upstream(&server).send(request, CancellationToken::new()).await.unwrap();
        assert_eq!(read(response).await, [0, 255]);
        let asked = server.requests().pop().unwrap();
        assert_eq!((asked.method.as_str(), asked.header("content-type")), (method, content_type));
    }
}

#[tokio::test]
async fn failures_are_answers_and_are_not_sent_again() {
    let server = SseServer::start();
    server.push(Protocol::Anthropic.error(529, "Overloaded").header("retry-after", "7"));
    let request = RawRequest::post("/v1/messages", "{}");
    let response = upstream(&server).send(request, CancellationToken::new()).await.unwrap();
    assert_eq!((response.status, response.header("retry-after")), (529, Some("7")));
    let body: serde_json::Value = serde_json::from_slice(&read(response).await).unwrap();
    assert_eq!(body["error"]["type"], "overloaded_error");
    assert_eq!(server.requests().len(), 1);
}

#[tokio::test]
async fn what_breaks_off_or_is_cancelled_is_an_error_of_the_body() {
    let server = SseServer::start();
    server.push(Reply::sse("data: 1\n\ndata: 2\n\n").hang_up_after("1\n\n"));
    let send =
        |cancel: CancellationToken| upstream(&server).send(RawRequest::post("/v1/messages", "{}"), cancel);
    let mut response = send(CancellationToken::new()).await.unwrap();
    assert_eq!(response.body.next().await.unwrap().unwrap(), "data: 1\n\n".as_bytes());
    let error = response.body.next().await.unwrap().unwrap_err();
    assert_eq!((error.kind, error.answer_began), (ErrorKind::Transport, true));
    assert!(response.body.next().await.is_none());

    server.push(Reply::sse("data: 1\n\ndata: 2\n\n").stall_after("1\n\n"));
    let cancel = CancellationToken::new();
    let mut response = send(cancel.clone()).await.unwrap();
    response.body.next().await.unwrap().unwrap();
    cancel.cancel();
    assert_eq!(response.body.next().await.unwrap().unwrap_err().kind, ErrorKind::Cancelled);
    drop(response);
    server.client_closed(1).await;

    server.push(Reply::sse("data: 1\n\ndata: 2\n\n").stall_after("1\n\n"));
    drop(send(CancellationToken::new()).await.unwrap());
    server.client_closed(2).await;
}

#[tokio::test]
async fn a_silent_upstream_is_left() {
    let server = SseServer::start();
    let mut config = config(&server.url());
    config.idle_timeout = Duration::from_millis(50);
    let upstream = model_with(Protocol::Anthropic, &config).upstream().unwrap();
    server.push(Reply::sse("data: 1\n\ndata: 2\n\n").stall_after("1\n\n"));
    let response =
        upstream.send(RawRequest::post("/v1/messages", "{}"), CancellationToken::new()).await.unwrap();
    let error = response.body.collect::<Vec<_>>().await.pop().unwrap().unwrap_err();
    assert!(error.to_string().contains("sent nothing"), "{error}");
}

#[tokio::test]
async fn what_would_leave_the_provider_or_its_key_is_refused() {
    let server = SseServer::start();
    let headers = |name: &str, value: &str| RawRequest {
        headers: vec![(name.to_owned(), value.to_owned())],
        ..RawRequest::get("/v1/models")
    };
    for (request, expected) in [
        (RawRequest::get("/v1/../admin"), "is not a path"),
        (RawRequest::get("//other.example/v1"), "is not a path"),
        (RawRequest::get("@other.example/v1"), "is not a path"),
        (headers("Authorization", "Bearer x"), "`authorization` cannot be passed on"),
        (headers("X-Api-Key", "x"), "`x-api-key` cannot be passed on"),
        (headers("Content-Length", "0"), "`content-length` cannot be passed on"),
        (headers("a b", "x"), "is not a header"),
        (headers("x", "a\nb"), "is not a header"),
        (
            RawRequest { betas: vec!["a,b".to_owned()], ..RawRequest::get("/v1/models") },
            "not the name of a beta",
        ),
    ] {
        let error = upstream(&server).send(request, CancellationToken::new()).await.unwrap_err();
        assert!(error.kind == ErrorKind::BadRequest && error.message.contains(expected), "{error}");
    }
    assert!(server.requests().is_empty());
}

#[test]
fn only_the_messages_api_has_one() {
    let config = config("http://127.0.0.1:9");
    assert!(model_with(Protocol::OpenAi, &config).upstream().is_none());
}

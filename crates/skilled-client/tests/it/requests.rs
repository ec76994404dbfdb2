//! What is sent, what is sent again, and what errors say.

use std::time::Duration;

use serde_json::json;
use skilled_client::skilled_wire::ErrorType;
use skilled_client::{ApiKey, Client, Error, Options};
use skilled_testkit::Reply;

use crate::kit::{KEY, Place, error, file, message, request};

#[tokio::test]
async fn requests_carry_key_version_betas_and_workspace() {
    let place = Place::with(|options| {
        options.betas = vec!["a-1".to_owned(), "b-2".to_owned()];
        options.workspace = Some("wrkspc_1".to_owned());
    });
    place.answers(&file("file_1", "a.txt"));
    let found = place.client.files().metadata("file_1").await.unwrap();
    assert_eq!((found.filename.as_str(), found.size_bytes), ("a.txt", 3));
    let sent = place.last();
    let header = |name| sent.header(name).unwrap_or_default().to_owned();
    assert_eq!(
        [
            header("authorization"),
            header("anthropic-version"),
            header("anthropic-beta"),
            header("anthropic-workspace-id")
        ],
        [format!("Bearer {KEY}"), "2026-10-21".to_owned(), "a-1,b-2".to_owned(), "wrkspc_1".to_owned()]
    );
    assert_eq!(place.lines(), ["GET /v1/files/file_1"]);
}

#[tokio::test]
async fn a_server_without_keys_is_sent_none() {
    let place = Place::new();
    place.answers(&file("file_1", "a.txt"));
    let client = Client::new(&place.server.url(), None, Options::default()).unwrap();
    client.files().metadata("file_1").await.unwrap();
    assert_eq!(place.last().header("authorization"), None);
}

#[tokio::test]
async fn what_may_pass_is_tried_three_times() {
    for status in [408, 409, 429, 500, 503, 529] {
        let place = Place::new();
        for _ in 0..2 {
            place.fails(status, &error("api_error", "later"));
        }
        place.answers(&file("file_1", "a.txt"));
        place.client.files().metadata("file_1").await.unwrap();
        assert_eq!(place.lines().len(), 3, "{status}");

        for _ in 0..3 {
            place.fails(status, &error("api_error", "later"));
        }
        let failed = place.client.files().metadata("file_1").await.unwrap_err();
        assert_eq!((failed.status(), place.lines().len()), (Some(status), 6), "{status}");
    }
}

#[tokio::test]
async fn what_is_final_is_tried_once() {
    for status in [400, 401, 403, 404, 413] {
        let place = Place::new();
        place.fails(status, &error("invalid_request_error", "no"));
        place.client.files().metadata("file_1").await.unwrap_err();
        assert_eq!(place.lines().len(), 1, "{status}");
    }
}

#[tokio::test]
async fn the_server_decides_whether_and_when_to_try_again() {
    let place = Place::new();
    place
        .server
        .push(Reply::json(409, &error("invalid_request_error", "taken")).header("x-should-retry", "false"));
    place.client.files().metadata("file_1").await.unwrap_err();
    assert_eq!(place.lines().len(), 1);

    place
        .server
        .push(Reply::json(400, &error("invalid_request_error", "odd")).header("x-should-retry", "true"));
    place.answers(&file("file_1", "a.txt"));
    place.client.files().metadata("file_1").await.unwrap();
    assert_eq!(place.lines().len(), 3);

    // Longer than anybody waits: it fails at once, and says how long.
    place.server.push(Reply::json(429, &error("rate_limit_error", "slow")).header("retry-after", "3600"));
    let failed = place.client.files().metadata("file_1").await.unwrap_err();
    assert_eq!(failed.api().unwrap().retry_after, Some(Duration::from_hours(1)));
    assert_eq!(place.lines().len(), 4);

    place.server.push(Reply::json(429, &error("rate_limit_error", "slow")).header("retry-after-ms", "1"));
    place.answers(&file("file_1", "a.txt"));
    place.client.files().metadata("file_1").await.unwrap();
    assert_eq!(place.lines().len(), 6);
}

#[tokio::test]
async fn errors_keep_what_the_server_said() {
    let place = Place::new();
    place.fails(
        404,
        &json!({ "type": "error", "error": {
            "type": "not_found_error", "message": "It went away.",
            "details": { "error_code": "file_expired", "since": 5 },
        } }),
    );
    let failed = place.client.files().metadata("file_1").await.unwrap_err();
    let said = failed.api().unwrap();
    assert_eq!(
        (
            said.status,
            &said.kind,
            said.error_code.as_deref(),
            said.message.as_str(),
            said.request_id.as_deref()
        ),
        (404, &ErrorType::NotFound, Some("file_expired"), "It went away.", Some("req_1"))
    );
    assert_eq!(said.details["since"], 5);
    assert_eq!(failed.error_code(), Some("file_expired"));
    assert_eq!(failed.to_string(), "It went away. (not_found_error, status 404, request req_1)");
}

#[tokio::test]
async fn errors_that_are_no_json_are_shown_in_part() {
    let place = Place::new();
    place.server.push(Reply::new(404, "text/html", format!("<h1>Not\n here</h1>{}", "x".repeat(100_000))));
    let failed = place.client.files().metadata("file_1").await.unwrap_err();
    let said = failed.api().unwrap();
    assert_eq!(said.kind, ErrorType::NotFound);
    assert!(
        said.message.starts_with("<h1>Not here</h1>xxx") && said.message.len() == 500,
        "{}",
        said.message
    );

    // Recorded of the hosted service: no outer type, no id.
    place.fails(413, &json!({ "error": { "type": "request_too_large", "message": "up to 30MBs" } }));
    let failed = place.client.files().metadata("file_1").await.unwrap_err();
    assert_eq!(failed.api().unwrap().kind, ErrorType::TooLarge);
}

#[tokio::test]
async fn a_key_follows_no_redirect() {
    let place = Place::new();
    place
        .server
        .push(Reply::new(307, "text/plain", "").header("location", "https://user:pw@evil.example/v1?k=1"));
    let failed = place.client.files().metadata("file_1").await.unwrap_err();
    assert_eq!(
        failed.to_string(),
        "the server redirects to https://evil.example: set the base URL to the final address"
    );
}

#[tokio::test]
async fn broken_connections_are_tried_again_and_named_without_the_key() {
    let place = Place::new();
    place.server.push(Reply::json(200, &file("file_1", "a")).header("content-type", "x").hang_up_after("{"));
    let failed = place.client.files().metadata("file_1").await.unwrap_err();
    assert!(matches!(failed, Error::Transport { .. }), "{failed:?}");
    // The answer had begun.
    assert_eq!(place.lines().len(), 1);

    let nobody = Client::new("http://127.0.0.1:1", ApiKey::new(KEY), Options::default()).unwrap();
    let failed = nobody.files().metadata("file_1").await.unwrap_err();
    assert!(failed.to_string().contains("cannot connect to http://127.0.0.1:1"), "{failed}");
    assert!(!format!("{failed:?}").contains(KEY), "{failed:?}");
}

#[tokio::test]
async fn silence_ends_and_is_not_repeated() {
    let place = Place::with(|options| options.idle_timeout = Duration::from_millis(50));
    place.server.push(Reply::json(200, &file("file_1", "a")).delay(Duration::from_mins(1)));
    let failed = place.client.files().metadata("file_1").await.unwrap_err();
    assert!(matches!(failed, Error::Silent { .. }), "{failed:?}");
    assert_eq!(place.lines().len(), 1);
}

#[tokio::test]
async fn an_answer_that_is_something_else_is_an_error_that_names_the_request() {
    let place = Place::new();
    place.answers(&json!({ "hello": "world" }));
    let failed = place.client.files().metadata("file_1").await.unwrap_err();
    let Error::Unexpected { reason, request_id } = failed else { panic!("{failed:?}") };
    assert!(reason.contains("id") && request_id.as_deref() == Some("req_1"), "{reason}");
}

#[tokio::test]
async fn messages_are_asked_for_whole_and_counted() {
    let place = Place::new();
    place.answers(&message("end_turn", &json!([{ "type": "text", "text": "Hi" }]), &json!(null)));
    let answer = place.client.messages().create(&request()).await.unwrap();
    assert_eq!((answer.id.as_str(), answer.usage.input_tokens), ("msg_1", 10));
    assert_eq!(place.last().json(), json!({ "model": "m", "max_tokens": 100, "messages": [] }));
    place.answers(&json!({ "input_tokens": 7 }));
    let count = serde_json::from_value(json!({ "model": "m", "messages": [] })).unwrap();
    assert_eq!(place.client.messages().count_tokens(&count).await.unwrap().input_tokens, 7);
    assert_eq!(place.lines(), ["POST /v1/messages", "POST /v1/messages/count_tokens"]);
}

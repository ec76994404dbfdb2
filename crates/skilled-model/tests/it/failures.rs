//! Answers that do not arrive.

use std::error::Error as _;
use std::io::Write;
use std::net::TcpListener;
use std::time::Duration;

use futures_util::StreamExt;
use serde_json::json;
use skilled_message::Message;
use skilled_model::{ErrorKind, EventStream, Jitter, RetryPolicy, StreamEvent};
use skilled_testkit::{Answer, Protocol, Reply, SseServer};
use tokio_util::sync::CancellationToken;

use crate::kit::{KEY, config, hello, model, model_with, request};

#[tokio::test]
async fn an_overloaded_server_is_asked_again_with_the_same_bytes() {
    for protocol in Protocol::ALL {
        let server = SseServer::start();
        server.push(protocol.error(529, "Overloaded").header("retry-after", "0"));
        server.push(protocol.reply(&Answer::text("done")));
        let outcome = hello(&*model(protocol, &server)).await;
        assert_eq!(outcome.text, "done");
        assert_eq!(outcome.retries.len(), 1);
        let notice = &outcome.retries[0];
        assert_eq!((notice.attempt, notice.delay), (1, Duration::ZERO));
        assert_eq!(notice.reason, "Overloaded (HTTP 529, overloaded_error, request id req_test)");
        let requests = server.requests();
        assert_eq!(requests[0].body, requests[1].body);
    }
}

#[tokio::test]
async fn statuses_that_pass_are_retried_until_the_attempts_are_used_up() {
    for (status, kind) in [
        (408, ErrorKind::BadRequest),
        (409, ErrorKind::BadRequest),
        (429, ErrorKind::RateLimit),
        (500, ErrorKind::Overloaded),
        (503, ErrorKind::Overloaded),
        (529, ErrorKind::Overloaded),
    ] {
        let server = SseServer::start();
        (0..4).for_each(|_| server.push(Protocol::Anthropic.error(status, "no")));
        let outcome = hello(&*model(Protocol::Anthropic, &server)).await;
        assert_eq!((outcome.retries.len(), server.left()), (2, 1), "{status}");
        let error = outcome.error();
        assert_eq!((error.kind, error.status, error.answer_began), (kind, Some(status), false));
        assert_eq!(error.request_id.as_deref(), Some("req_test"));
    }
}

#[tokio::test]
async fn other_statuses_fail_at_once_and_the_server_can_overrule() {
    for protocol in Protocol::ALL {
        for (status, kind) in [
            (400, ErrorKind::BadRequest),
            (401, ErrorKind::Auth),
            (403, ErrorKind::Auth),
            (404, ErrorKind::BadRequest),
            (413, ErrorKind::ContextTooLong),
        ] {
            let server = SseServer::start();
            server.push(protocol.error(status, "no"));
            let outcome = hello(&*model(protocol, &server)).await;
            assert!(outcome.retries.is_empty());
            assert_eq!(outcome.error().kind, kind);
        }
        let server = SseServer::start();
        server.push(protocol.error(400, "again").header("x-should-retry", "true"));
        server.push(protocol.error(529, "stop").header("x-should-retry", "false"));
        let outcome = hello(&*model(protocol, &server)).await;
        assert_eq!((outcome.retries.len(), outcome.error().status), (1, Some(529)));
    }
}

#[tokio::test]
async fn a_server_that_asks_for_too_long_a_wait_is_not_asked_again() {
    let server = SseServer::start();
    server.push(Protocol::Anthropic.error(429, "slow down").header("retry-after", "3600"));
    let outcome = hello(&*model(Protocol::Anthropic, &server)).await;
    assert!(outcome.retries.is_empty());
    assert_eq!(outcome.error().retry_after, Some(Duration::from_hours(1)));
}

#[tokio::test]
async fn a_hang_up_in_the_middle_is_an_error_and_never_an_answer() {
    for protocol in Protocol::ALL {
        let server = SseServer::start();
        let said = Answer::text("one two three").call("a", "bash", json!({"command": "ls"}));
        server.push(protocol.reply(&said).hang_up_after("three"));
        let outcome = hello(&*model(protocol, &server)).await;
        assert!(outcome.text == "one two" && outcome.blocks == 0, "{outcome:?}");
        assert!(outcome.retries.is_empty() && server.requests().len() == 1);
        let error = outcome.error();
        assert_eq!((error.kind, error.answer_began), (ErrorKind::Transport, true));
        assert_eq!(error.request_id.as_deref(), Some("req_test"));
        assert!(error.message.contains("broke before the answer was complete") && error.source().is_some());
    }
}

#[tokio::test]
async fn an_answer_without_its_end_is_an_error_even_if_http_ends_well() {
    for protocol in Protocol::ALL {
        let server = SseServer::start();
        let mut records = protocol.records(&Answer::text("one"));
        records.truncate(records.len() - 3);
        server.push(Reply::sse(records.concat()));
        let error = hello(&*model(protocol, &server)).await.error();
        assert_eq!((error.kind, error.answer_began), (ErrorKind::Transport, true), "{protocol:?}");
    }
}

#[tokio::test]
async fn a_connection_that_closes_before_the_first_byte_is_tried_again() {
    for protocol in Protocol::ALL {
        let server = SseServer::start();
        let reply = protocol.reply(&Answer::text("done"));
        server.push(reply.clone().ending(skilled_testkit::Ending::HangUp(0)));
        server.push(Reply::sse(""));
        server.push(reply);
        let outcome = hello(&*model(protocol, &server)).await;
        assert_eq!((outcome.text.as_str(), outcome.retries.len()), ("done", 2), "{outcome:?}");
    }
}

#[tokio::test]
async fn a_server_that_is_not_there_is_named() {
    let url = SseServer::start().url();
    for protocol in Protocol::ALL {
        let outcome = hello(&*model_with(protocol, &config(&url))).await;
        assert_eq!(outcome.retries.len(), 2);
        let error = outcome.error();
        assert_eq!((error.kind, error.status), (ErrorKind::Transport, None));
        assert!(error.message.starts_with(&format!("cannot connect to {url}/v1/")), "{error}");
    }
}

#[tokio::test]
async fn secrets_of_the_base_url_are_not_shown() {
    let address = SseServer::start().url().replace("http://", "");
    for protocol in Protocol::ALL {
        let mut config = config(&format!("http://user:hidden@{address}"));
        config.openai.base_url.push_str("?key=hidden");
        config.anthropic.base_url.push_str("?key=hidden");
        let outcome = hello(&*model_with(protocol, &config)).await;
        let notice = outcome.retries[0].reason.clone();
        let error = outcome.error();
        assert!(error.message.starts_with(&format!("cannot connect to http://{address}/v1/")), "{error}");
        assert!(!format!("{notice} {error:?}").contains("hidden"), "{notice} {error:?}");
    }
}

#[tokio::test]
async fn an_answer_too_large_for_a_log_is_an_error() {
    for protocol in Protocol::ALL {
        let server = SseServer::start();
        let mut said = Answer::text("x".repeat(17 << 20));
        said.piece = 1 << 20;
        server.push(protocol.reply(&said));
        let error = hello(&*model(protocol, &server)).await.error();
        assert_eq!((error.kind, error.answer_began), (ErrorKind::Transport, true));
        assert_eq!(error.message, "the answer is larger than 16777216 bytes: ask for less at once");
    }
}

#[tokio::test]
async fn tls_needs_no_setup_and_fails_as_a_connection() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let mut config = config(&format!("https://{}", listener.local_addr().unwrap()));
    config.retry.max_attempts = 1;
    let server =
        std::thread::spawn(move || listener.accept().unwrap().0.write_all(b"this is not TLS\n").unwrap());
    let error = hello(&*model_with(Protocol::Anthropic, &config)).await.error();
    server.join().unwrap();
    assert_eq!((error.kind, error.answer_began), (ErrorKind::Transport, false));
    assert!(error.message.starts_with("cannot connect to https://127.0.0.1:"), "{error}");
}

#[tokio::test]
async fn an_error_in_the_middle_of_a_stream_is_not_retried() {
    for protocol in Protocol::ALL {
        let server = SseServer::start();
        let mut records = protocol.records(&Answer::text("one two"));
        records.insert(4, protocol.error_record(529, "Overloaded"));
        server.push(Reply::sse(records.concat()).header("request-id", "req_head"));
        let outcome = hello(&*model(protocol, &server)).await;
        assert!(outcome.retries.is_empty() && !outcome.text.is_empty());
        let error = outcome.error();
        assert_eq!((error.kind, error.answer_began), (ErrorKind::Overloaded, true));
        assert_eq!((error.code.as_deref(), error.message.as_str()), (Some("overloaded_error"), "Overloaded"));
        assert!(error.request_id.is_some());
    }
}

#[tokio::test]
async fn silence_ends_the_request() {
    for protocol in Protocol::ALL {
        let server = SseServer::start();
        let mut config = config(&server.url());
        config.idle_timeout = Duration::from_millis(200);
        server.push(protocol.reply(&Answer::text("one two three")).stall_after("three"));
        let error = hello(&*model_with(protocol, &config)).await.error();
        assert_eq!((error.kind, error.answer_began), (ErrorKind::Transport, true));
        assert_eq!(error.message, "the server sent nothing for 0.2 seconds");
        server.client_closed(1).await;
    }
}

/// Reads `stream` up to its first text.
async fn first_text(stream: &mut EventStream) {
    loop {
        match stream.next().await {
            Some(Ok(StreamEvent::Started { .. } | StreamEvent::BlockStart { .. })) => {}
            Some(Ok(StreamEvent::TextDelta { .. })) => return,
            other => panic!("no text: {other:?}"),
        }
    }
}

#[tokio::test]
async fn cancelling_and_dropping_close_the_connection() {
    for protocol in Protocol::ALL {
        let server = SseServer::start();
        let model = model(protocol, &server);
        let stalled = || protocol.reply(&Answer::text("one two three")).stall_after("three");
        server.push(stalled());
        server.push(stalled());
        let cancel = CancellationToken::new();
        let mut stream = model.stream(request(vec![Message::user("hello")]), cancel.clone());
        first_text(&mut stream).await;
        cancel.cancel();
        // A preview that was under way may still arrive, but nothing follows the error.
        let rest: Vec<_> = stream.collect().await;
        let Some((Err(last), before)) = rest.split_last() else { panic!("no error: {rest:?}") };
        assert_eq!((last.kind, last.answer_began), (ErrorKind::Cancelled, true));
        assert!(before.iter().all(Result::is_ok));
        server.client_closed(1).await;

        let mut stream = model.stream(request(vec![Message::user("hello")]), CancellationToken::new());
        first_text(&mut stream).await;
        drop(stream);
        server.client_closed(2).await;
    }
}

#[tokio::test]
async fn cancelling_ends_the_pause_before_a_retry() {
    let server = SseServer::start();
    server.push(Protocol::Anthropic.error(529, "Overloaded"));
    let mut config = config(&server.url());
    let hour = Duration::from_hours(1);
    let jitter = Jitter::from_fn(|| 0.0);
    config.retry = RetryPolicy { first_delay: hour, max_delay: hour, jitter, ..RetryPolicy::default() };
    let cancel = CancellationToken::new();
    let model = model_with(Protocol::Anthropic, &config);
    let mut stream = model.stream(request(vec![Message::user("hello")]), cancel.clone());
    let Some(Ok(StreamEvent::Retry(notice))) = stream.next().await else { panic!("no retry") };
    assert_eq!(notice.delay, hour);
    cancel.cancel();
    let error = stream.next().await.unwrap().unwrap_err();
    assert_eq!((error.kind, error.answer_began), (ErrorKind::Cancelled, false));
}

#[tokio::test]
async fn what_is_not_a_stream_is_an_error() {
    for protocol in Protocol::ALL {
        for body in ["data: {\n\n", "data: \u{0}\n\n", "<html>", "data: \"\n\n"] {
            let server = SseServer::start();
            server.push(Reply::sse(body));
            let error = hello(&*model(protocol, &server)).await.error();
            assert_eq!((error.kind, error.answer_began), (ErrorKind::Transport, true), "{body}");
        }
        let server = SseServer::start();
        server.push(Reply::sse(b"data: \xff\xfe\n\n".as_slice()));
        let error = hello(&*model(protocol, &server)).await.error();
        assert_eq!(error.source().unwrap().to_string(), "the stream is not UTF-8");
        let server = SseServer::start();
        server.push(Reply::json(200, &json!({"id": "x", "choices": []})));
        let error = hello(&*model(protocol, &server)).await.error();
        assert_eq!(error.kind, ErrorKind::Transport);
        assert!(error.message.contains("JSON instead of a stream"), "{error}");
    }
}

#[tokio::test]
async fn a_giant_line_is_refused_before_it_ends() {
    let server = SseServer::start();
    let line = format!("data: \"{}", "x".repeat(17 << 20));
    server.push(Reply::sse(line).ending(skilled_testkit::Ending::Stall(usize::MAX)));
    let error = hello(&*model(Protocol::OpenAi, &server)).await.error();
    assert_eq!(error.kind, ErrorKind::Transport);
    assert_eq!(error.source().unwrap().to_string(), "a record of the stream is larger than 16777216 bytes");
}

#[tokio::test]
async fn a_giant_error_body_is_cut() {
    let server = SseServer::start();
    let body = "x ".repeat(1 << 20);
    server.push(Reply::new(400, "text/plain", body).ending(skilled_testkit::Ending::Stall(1 << 20)));
    let error = hello(&*model(Protocol::OpenAi, &server)).await.error();
    assert_eq!((error.kind, error.message.chars().count()), (ErrorKind::BadRequest, 501));
}

#[tokio::test]
async fn a_redirect_does_not_carry_the_key_elsewhere() {
    let (server, other) = (SseServer::start(), SseServer::start());
    server.push(Reply::new(307, "text/plain", "").header("location", &other.url()));
    let error = hello(&*model(Protocol::Anthropic, &server)).await.error();
    assert!(error.message.contains(&other.url()), "{error}");
    assert!(other.requests().is_empty());
}

#[tokio::test]
async fn no_error_shows_the_key() {
    let server = SseServer::start();
    server.push(Protocol::Anthropic.error(401, "invalid x-api-key"));
    let error = hello(&*model(Protocol::Anthropic, &server)).await.error();
    assert_eq!(
        error.to_string(),
        "the provider did not accept the API key: invalid x-api-key (HTTP 401, authentication_error, request id \
         req_test)"
    );
    assert!(!format!("{error:?}").contains(KEY));
}

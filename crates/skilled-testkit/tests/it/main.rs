//! The server, seen by a bare client.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a failed unwrap is a failed test")]

use std::io::{Read, Write};
use std::net::TcpStream;

use serde_json::json;
use skilled_message::Block;
use skilled_testkit::{Answer, Protocol, Reply, SseServer};

fn send(server: &SseServer, request: &str) -> TcpStream {
    let mut stream = TcpStream::connect(server.url().trim_start_matches("http://")).unwrap();
    stream.write_all(request.as_bytes()).unwrap();
    stream
}

fn ask(server: &SseServer, request: &str) -> String {
    let mut answer = String::new();
    send(server, request).read_to_string(&mut answer).unwrap();
    answer
}

#[test]
fn requests_are_recorded_and_replies_played_in_order() {
    let server = SseServer::start();
    server.push(Reply::json(429, &json!({"a": 1})).header("retry-after", "3"));
    server.push(Reply::sse("data: x\n\n").each_byte());
    let first = ask(
        &server,
        "POST /v1/x?y=1 HTTP/1.1\r\nX-Key: k\r\nConnection: close\r\nContent-Length: 7\r\n\r\n{\"b\":2}",
    );
    assert!(first.starts_with("HTTP/1.1 429 "), "{first}");
    assert!(
        first.contains("retry-after: 3\r\n") && first.ends_with("7\r\n{\"a\":1}\r\n0\r\n\r\n"),
        "{first}"
    );
    let second = ask(&server, "GET / HTTP/1.1\r\nConnection: close\r\n\r\n");
    assert!(second.ends_with("1\r\nx\r\n1\r\n\n\r\n1\r\n\n\r\n0\r\n\r\n"), "{second}");
    let requests = server.requests();
    assert_eq!((requests[0].method.as_str(), requests[0].path.as_str()), ("POST", "/v1/x?y=1"));
    assert_eq!((requests[0].header("x-key"), requests[0].json()), (Some("k"), json!({"b": 2})));
    assert_eq!((requests.len(), server.left()), (2, 0));
}

#[test]
fn a_connection_serves_requests_until_the_client_closes_it() {
    let server = SseServer::start();
    server.push(Reply::sse("a"));
    server.push(Reply::sse("b"));
    let mut stream = send(&server, "GET / HTTP/1.1\r\n\r\n");
    let mut first = Vec::new();
    while !first.ends_with(b"1\r\na\r\n0\r\n\r\n") {
        let mut byte = [0];
        stream.read_exact(&mut byte).unwrap();
        first.extend(byte);
    }
    stream.write_all(b"GET / HTTP/1.1\r\nConnection: close\r\n\r\n").unwrap();
    let mut second = String::new();
    stream.read_to_string(&mut second).unwrap();
    assert!(second.contains("connection: close") && second.ends_with("1\r\nb\r\n0\r\n\r\n"), "{second}");
    assert_eq!((server.requests().len(), server.connections()), (2, 1));
}

#[test]
fn a_reply_that_nobody_wrote_is_an_error_that_is_not_retried() {
    let server = SseServer::start();
    let answer = ask(&server, "GET / HTTP/1.1\r\nConnection: close\r\n\r\n");
    assert!(answer.starts_with("HTTP/1.1 500 ") && answer.contains("x-should-retry: false"), "{answer}");
}

#[test]
fn a_hang_up_leaves_the_body_without_its_end() {
    let server = SseServer::start();
    server.push(Reply::sse("data: one\n\ndata: two\n\n").hang_up_after("one"));
    let answer = ask(&server, "GET / HTTP/1.1\r\nConnection: close\r\n\r\n");
    assert!(answer.ends_with("9\r\ndata: one\r\n"), "{answer}");
}

#[tokio::test]
async fn a_client_that_leaves_is_noticed() {
    let server = SseServer::start();
    server.push(Reply::sse("data: one\n\n").stall_after("data"));
    let mut stream = send(&server, "GET / HTTP/1.1\r\nConnection: close\r\n\r\n");
    let mut byte = [0];
    stream.read_exact(&mut byte).unwrap();
    drop(stream);
    server.client_closed(1).await;
}

#[test]
fn both_protocols_say_the_same_answer() {
    let answer = Answer::new(vec![Block::text("héllo world")]).call("id1", "bash", json!({"command": "ls"}));
    for protocol in Protocol::ALL {
        let text = protocol.records(&answer).concat();
        assert!(text.contains("id1") && text.contains("\"h\u{e9}llo w\"") && text.contains("bash"), "{text}");
        assert!(text.split("\n\n").filter(|record| !record.is_empty()).all(|r| r.contains("data: ")));
    }
}

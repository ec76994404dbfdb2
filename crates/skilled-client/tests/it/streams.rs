//! Answers as they are made.

use futures_util::StreamExt;
use serde_json::json;
use skilled_client::Error;
use skilled_client::skilled_wire::ErrorType;
use skilled_testkit::Reply;

use crate::kit::{Place, container, error, events, message, request};

#[tokio::test]
async fn events_come_one_by_one_and_make_the_answer() {
    let place = Place::new();
    let whole = message(
        "end_turn",
        &json!([
            { "type": "text", "text": "Running.", "citations": null },
            { "type": "server_tool_use", "id": "srvtoolu_1", "name": "bash_code_execution", "input": { "command": "ls" } },
        ]),
        &container("container_1"),
    );
    place.server.push(Reply::sse(events(&whole)).header("request-id", "req_9").each_byte());
    let mut stream = place.client.messages().stream(&request()).await.unwrap();
    assert_eq!(stream.request_id(), Some("req_9"));
    let mut names = Vec::new();
    while let Some(event) = StreamExt::next(&mut stream).await {
        names.push(event.unwrap().name());
    }
    let block = ["content_block_start", "content_block_delta", "content_block_stop"];
    let expected = [&["message_start"], &block[..], &block, &["message_delta", "message_stop"]].concat();
    assert_eq!(names, expected);
    let answer = stream.finish().await.unwrap();
    let expected = serde_json::from_value(whole).unwrap();
    assert_eq!(answer, expected);
    assert_eq!(place.last().json()["stream"], true);
}

#[tokio::test]
async fn what_this_crate_does_not_know_is_passed_over_and_counted() {
    let place = Place::new();
    let text = events(&message("end_turn", &json!([{ "type": "text", "text": "Hi" }]), &json!(null)));
    let odd = "event: news\ndata: {\"type\":\"news\",\"x\":1}\n\n\
               data: {\"type\":\"message_stop\"}\n\n\
               event: ping\ndata: {\"type\":\"ping\"}\n\n\
               event: content_block_delta\ndata: {\"type\":\"content_block_delta\",\"index\":0,\"delta\":{\"type\":\"odd_delta\"}}\n\n";
    let at = text.find("event: content_block_stop").unwrap();
    place.server.push(Reply::sse(format!("{}{odd}{}", &text[..at], &text[at..])));
    let mut stream = place.client.messages().stream(&request()).await.unwrap();
    while let Some(event) = stream.next().await {
        event.unwrap();
    }
    assert_eq!(stream.unknown_events(), 2);
    assert_eq!(stream.finish().await.unwrap().content.len(), 1);
}

#[tokio::test]
async fn an_error_in_the_stream_is_that_of_an_answer_and_nothing_is_sent_again() {
    let place = Place::new();
    let text = events(&message("end_turn", &json!([]), &json!(null)));
    let first = text.split_inclusive("\n\n").next().unwrap();
    let failure = error("overloaded_error", "Overloaded");
    place.server.push(Reply::sse(format!(
        "{first}event: error\ndata: {failure}\n\nevent: ping\ndata: {{\"type\":\"ping\"}}\n\n"
    )));
    let mut stream = place.client.messages().stream(&request()).await.unwrap();
    assert_eq!(stream.next().await.unwrap().unwrap().name(), "message_start");
    let failed = stream.next().await.unwrap().unwrap_err();
    let said = failed.api().unwrap();
    assert_eq!(
        (said.status, &said.kind, said.message.as_str(), said.request_id.as_deref()),
        (529, &ErrorType::Overloaded, "Overloaded", Some("req_body"))
    );
    assert!(stream.next().await.is_none());
    assert_eq!(place.lines().len(), 1);
}

#[tokio::test]
async fn a_stream_that_is_cut_off_is_no_answer() {
    let text = events(&message("end_turn", &json!([{ "type": "text", "text": "Hello" }]), &json!(null)));
    for reply in [
        Reply::sse(text.clone()).hang_up_after("Hel"),
        Reply::sse(text.replace("message_stop", "message_gone")),
    ] {
        let place = Place::new();
        place.server.push(reply);
        let stream = place.client.messages().stream(&request()).await.unwrap();
        let failed = stream.finish().await.unwrap_err();
        assert!(matches!(failed, Error::Transport { .. } | Error::Stream(_)), "{failed:?}");
        assert_eq!(place.lines().len(), 1);
    }
}

#[tokio::test]
async fn errors_before_the_stream_are_tried_again() {
    let place = Place::new();
    place.fails(529, &error("overloaded_error", "Overloaded"));
    place.streams(&message("end_turn", &json!([]), &json!(null)));
    place.client.messages().stream(&request()).await.unwrap().finish().await.unwrap();
    assert_eq!(place.lines().len(), 2);
}

#[tokio::test]
async fn json_instead_of_a_stream_is_refused() {
    let place = Place::new();
    place.answers(&message("end_turn", &json!([]), &json!(null)));
    let failed = place.client.messages().stream(&request()).await.unwrap_err();
    assert!(failed.to_string().contains("application/json"), "{failed}");
}

#[tokio::test]
async fn a_dropped_stream_ends_the_request() {
    let place = Place::new();
    let text = events(&message("end_turn", &json!([{ "type": "text", "text": "Hello" }]), &json!(null)));
    place.server.push(Reply::sse(text).stall_after("Hello"));
    let mut stream = place.client.messages().stream(&request()).await.unwrap();
    stream.next().await.unwrap().unwrap();
    drop(stream);
    place.server.client_closed(1).await;
}

#[tokio::test]
async fn the_connection_serves_the_next_request_after_a_stream() {
    let place = Place::new();
    for _ in 0..3 {
        place.streams(&message("end_turn", &json!([]), &json!(null)));
        place.client.messages().stream(&request()).await.unwrap().finish().await.unwrap();
        // The rest of the body is read beside; what is asked next may come before that.
        tokio::task::yield_now().await;
    }
    assert!(place.server.connections() <= 3);
}

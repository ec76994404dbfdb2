//! Answers that arrive.

use serde_json::json;
use skilled_message::{Block, Message, Role, StopReason, ToolResultBlock, ToolUseBlock};
use skilled_model::{MaxTokensField, PromptCaching};
use skilled_testkit::{Answer, Chunking, Ending, Protocol, SseServer};

use crate::kit::{KEY, ask, config, hello, model, model_with};

#[tokio::test]
async fn two_calls_in_one_turn_arrive_however_the_stream_is_cut() {
    for protocol in Protocol::ALL {
        for chunking in [Chunking::Whole, Chunking::Size(1), Chunking::Size(7)] {
            let server = SseServer::start();
            let said = Answer::text("Größe and 表 🎉")
                .call("call_a", "bash", json!({"command": "ls 'Größe'"}))
                .call("call_b", "view", json!({}))
                .usage(11, 5);
            server.push(protocol.reply(&said).chunks(chunking));
            let outcome = hello(&*model(protocol, &server)).await;
            let response = outcome.result.unwrap();
            assert_eq!(response.content, said.blocks, "{protocol:?} {chunking:?}");
            assert_eq!((outcome.text.as_str(), outcome.blocks), ("Größe and 表 🎉", 3));
            assert_eq!(response.stop_reason, StopReason::ToolUse);
            assert_eq!((response.usage.prompt_tokens(), response.usage.output_tokens), (11, 5));
            assert_eq!(
                (response.model.as_str(), response.request_id.as_deref()),
                ("test-model", Some("req_test"))
            );
        }
    }
}

#[tokio::test]
async fn arguments_that_are_no_json_are_kept_as_text() {
    for protocol in Protocol::ALL {
        let server = SseServer::start();
        server.push(protocol.reply(&Answer::new(vec![]).call("a", "bash", json!("{\"command\": "))));
        let response = hello(&*model(protocol, &server)).await.result.unwrap();
        let expected = ToolUseBlock::new("a", "bash", json!("{\"command\": "));
        assert_eq!(response.content, [Block::ToolUse(expected)], "{protocol:?}");
    }
}

#[tokio::test]
async fn requests_carry_what_each_protocol_wants() {
    for (protocol, path, header, value) in [
        (Protocol::Anthropic, "/v1/messages", "x-api-key", KEY.to_owned()),
        (Protocol::OpenAi, "/v1/chat/completions", "authorization", format!("Bearer {KEY}")),
    ] {
        let server = SseServer::start();
        server.push(protocol.reply(&Answer::text("hi")));
        hello(&*model(protocol, &server)).await.result.unwrap();
        let request = server.requests().remove(0);
        assert_eq!((request.method.as_str(), request.path.as_str()), ("POST", path));
        assert_eq!(request.header(header), Some(value.as_str()));
        assert_eq!(request.header("content-type"), Some("application/json"));
        assert_eq!(request.header("accept-encoding"), Some("identity"));
        let body = request.json();
        assert_eq!(
            (&body["model"], &body["stream"], &body["max_tokens"]),
            (&json!("test-model"), &json!(true), &json!(64))
        );
        if protocol == Protocol::Anthropic {
            assert_eq!(request.header("anthropic-version"), Some("2023-06-01"));
        }
    }
}

#[tokio::test]
async fn a_server_without_keys_gets_none_and_its_limit_field() {
    let server = SseServer::start();
    server.push(Protocol::OpenAi.reply(&Answer::text("hi")));
    let mut config = config(&server.url());
    config.openai.key = None;
    config.openai.max_tokens = MaxTokensField::MaxCompletionTokens;
    hello(&*model_with(Protocol::OpenAi, &config)).await.result.unwrap();
    let request = server.requests().remove(0);
    assert_eq!(request.header("authorization"), None);
    assert_eq!(request.json()["max_completion_tokens"], 64);
    assert_eq!(request.json().get("max_tokens"), None);
}

#[tokio::test]
async fn recorded_requests_of_a_run_share_their_beginning() {
    for protocol in Protocol::ALL {
        let server = SseServer::start();
        let mut config = config(&server.url());
        config.anthropic.caching = PromptCaching::Unmarked;
        let model = model_with(protocol, &config);
        let mut messages = vec![Message::user("go")];
        for turn in 0..3 {
            let thinking = json!([{"type": "thinking", "thinking": "hm", "signature": "sig"}]);
            let thinking: Vec<Block> = serde_json::from_value(thinking).unwrap();
            let said =
                Answer::new(thinking).call(&format!("c{turn}"), "bash", json!({"z": turn, "a": [1, 2.5]}));
            server.push(protocol.reply(&said));
            let response = ask(&*model, messages.clone()).await.result.unwrap();
            messages.push(Message::new(Role::Assistant, response.content));
            let image = Block::image_base64("image/png", "AAAA");
            let result = ToolResultBlock::new(format!("c{turn}"), vec![Block::text("x"), image], turn == 1);
            messages.push(Message::new(Role::User, vec![Block::ToolResult(result)]));
        }
        let requests = server.requests();
        assert_eq!(requests.len(), 3);
        for pair in requests.windows(2) {
            let common = pair[0].text().strip_suffix("]}").unwrap();
            assert!(
                pair[1].text().starts_with(common),
                "{protocol:?}\n{}\n{}",
                pair[0].text(),
                pair[1].text()
            );
        }
    }
}

#[tokio::test]
async fn requests_after_one_another_share_a_connection() {
    for protocol in Protocol::ALL {
        let server = SseServer::start();
        let model = model(protocol, &server);
        for _ in 0..3 {
            server.push(protocol.reply(&Answer::text("hi")).each_byte());
            hello(&*model).await.result.unwrap();
        }
        assert_eq!((server.requests().len(), server.connections()), (3, 1), "{protocol:?}");
    }
}

#[tokio::test]
async fn a_server_that_does_not_end_its_answer_holds_nobody_up() {
    for protocol in Protocol::ALL {
        let server = SseServer::start();
        let model = model(protocol, &server);
        server.push(protocol.reply(&Answer::text("one")).ending(Ending::Stall(usize::MAX)));
        server.push(protocol.reply(&Answer::text("two")));
        assert_eq!(hello(&*model).await.text, "one");
        assert_eq!(hello(&*model).await.text, "two");
        server.client_closed(1).await;
        assert_eq!(server.connections(), 2, "{protocol:?}");
    }
}

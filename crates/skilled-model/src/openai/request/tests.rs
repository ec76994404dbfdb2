use serde_json::{Value, json};
use skilled_message::{Block, Extra, ImageBlock, ImageSource, Message, Role, ToolResultBlock};

use super::*;

const DIALECT: Dialect = Dialect { limit_field: "max_tokens", reasoning: ReasoningPolicy::SentBack };

fn request(messages: Vec<Message>) -> Request {
    let tool = ToolDefinition::new("bash", "d", json!({"type": "object"}));
    Request {
        system: "be brief".into(),
        tools: [tool].into(),
        messages,
        max_tokens: 9,
        options: crate::Options::default(),
    }
}

fn text(request: &Request, dialect: Dialect) -> String {
    String::from_utf8(body("m", request, dialect).unwrap().to_vec()).unwrap()
}

/// Returns the messages after the system prompt.
fn messages(messages: Vec<Message>, dialect: Dialect) -> Value {
    let mut body: Value = serde_json::from_str(&text(&request(messages), dialect)).unwrap();
    body["messages"].as_array_mut().unwrap().remove(0);
    body["messages"].take()
}

fn read(role: Role, blocks: Value) -> Message {
    Message::new(role, serde_json::from_value(blocks).unwrap())
}

#[test]
fn a_request_says_everything_in_a_fixed_order() {
    assert_eq!(
        text(&request(vec![Message::user("go")]), DIALECT),
        concat!(
            r#"{"model":"m","max_tokens":9,"stream":true,"stream_options":{"include_usage":true},"#,
            r#""tools":[{"type":"function","function":{"name":"bash","description":"d","parameters":{"type":"object"}}}],"#,
            r#""messages":[{"role":"system","content":"be brief"},{"role":"user","content":"go"}]}"#,
        )
    );
}

#[test]
fn calls_and_results_are_translated() {
    let found = messages(
        vec![
            Message::user("go"),
            read(
                Role::Assistant,
                json!([
                    {"type": "text", "text": "one"},
                    {"type": "tool_use", "id": "a", "name": "bash", "input": {"z": 1, "a": "ß"}},
                    {"type": "text", "text": "two"},
                    {"type": "tool_use", "id": "b", "name": "bash", "input": "{broken"},
                ]),
            ),
            read(
                Role::User,
                json!([
                    {"type": "text", "text": "and hurry"},
                    {"type": "tool_result", "tool_use_id": "a", "content": "x\ny"},
                    {"type": "tool_result", "tool_use_id": "b", "content": "no", "is_error": true},
                ]),
            ),
        ],
        DIALECT,
    );
    assert_eq!(
        found,
        json!([
            {"role": "user", "content": "go"},
            {"role": "assistant", "content": "one\n\ntwo", "tool_calls": [
                {"id": "a", "type": "function",
                 "function": {"name": "bash", "arguments": "{\"z\":1,\"a\":\"ß\"}"}},
                {"id": "b", "type": "function",
                 "function": {"name": "bash", "arguments": "{\"invalid_json\":\"{broken\"}"}},
            ]},
            {"role": "tool", "tool_call_id": "a", "content": "x\ny"},
            {"role": "tool", "tool_call_id": "b", "content": "Error:\nno"},
            {"role": "user", "content": "and hurry"},
        ])
    );
}

#[test]
fn images_of_the_user_and_of_results_are_both_shown() {
    let image = Block::image_base64("image/png", "AAAA");
    let by_url = ImageSource::Url { url: "https://x/y.png".into() };
    let by_url = Block::Image(ImageBlock { source: by_url, extra: Extra::new() });
    let result = ToolResultBlock::new("t", vec![Block::text("a page"), image], false);
    let found = messages(
        vec![Message::new(Role::User, vec![Block::ToolResult(result), by_url, Block::text("see")])],
        DIALECT,
    );
    assert_eq!(
        found,
        json!([
            {"role": "tool", "tool_call_id": "t",
             "content": "a page\n[image 1 of this result follows in the next message of the user]"},
            {"role": "user", "content": [
                {"type": "text", "text": "Image 1 of the result of the tool call t:"},
                {"type": "image_url", "image_url": {"url": "data:image/png;base64,AAAA"}},
                {"type": "image_url", "image_url": {"url": "https://x/y.png"}},
                {"type": "text", "text": "see"},
            ]},
        ])
    );
}

#[test]
fn what_the_server_sent_goes_back_in_its_place() {
    let blocks = json!([
        {"type": "thinking", "thinking": "hm", "signature": "",
         "openai": {"field": "reasoning", "message": {"reasoning_details": [1]}}},
        {"type": "text", "text": "no", "openai": {"refusal": true}},
        {"type": "tool_use", "id": "a", "name": "bash", "input": {}, "openai": {"call": {"extra_content": {"s": 1}}}},
    ]);
    let transcript = || vec![Message::user("go"), read(Role::Assistant, blocks.clone())];
    let call = json!({"id": "a", "type": "function", "function": {"name": "bash", "arguments": "{}"},
                      "extra_content": {"s": 1}});
    assert_eq!(
        messages(transcript(), DIALECT)[1],
        json!({"role": "assistant", "content": null, "reasoning": "hm", "reasoning_details": [1],
               "refusal": "no", "tool_calls": [call]})
    );
    let without = Dialect { reasoning: ReasoningPolicy::LeftOut, ..DIALECT };
    let left = messages(transcript(), without);
    assert!(left[1].get("reasoning").is_none() && left[1].get("reasoning_details").is_none(), "{left}");
}

#[test]
fn fields_that_only_answers_have_do_not_go_back() {
    let blocks = json!([
        {"type": "thinking", "thinking": "hm", "signature": "", "openai": {"field": "role"}},
        {"type": "text", "text": "a", "openai": {"message": {
            "annotations": [1], "audio": {"id": "x"}, "role": "user", "extra_content": {"s": 1}}}},
        {"type": "tool_use", "id": "a", "name": "bash", "input": {}, "openai": {"call": {
            "id": "b", "function": {"parsed": 1}, "note": 1, "provider_specific_fields": {"s": 2}}}},
    ]);
    let call = json!({"id": "a", "type": "function", "function": {"name": "bash", "arguments": "{}"},
                      "provider_specific_fields": {"s": 2}});
    assert_eq!(
        messages(vec![Message::user("go"), read(Role::Assistant, blocks)], DIALECT)[1],
        json!({"role": "assistant", "content": "a", "extra_content": {"s": 1}, "tool_calls": [call]})
    );
}

#[test]
fn an_answer_that_says_nothing_is_left_out() {
    let transcript = vec![Message::user("a"), Message::new(Role::Assistant, vec![]), Message::user("b")];
    assert_eq!(
        messages(transcript, DIALECT),
        json!([{"role": "user", "content": "a"}, {"role": "user", "content": "b"}])
    );
}

#[test]
fn consecutive_requests_share_their_beginning() {
    let mut transcript = vec![Message::user("go")];
    let mut before = text(&request(transcript.clone()), DIALECT);
    for turn in 0..4 {
        let id = format!("t{turn}");
        let image =
            json!({"type": "image", "source": {"type": "base64", "media_type": "image/png", "data": "AA"}});
        transcript.push(read(Role::Assistant, json!([
            {"type": "thinking", "thinking": "hm", "signature": "", "openai": {"field": "reasoning_content"}},
            {"type": "tool_use", "id": id, "name": "bash", "input": {"n": turn}},
        ])));
        transcript
            .push(read(Role::User, json!([{"type": "tool_result", "tool_use_id": id, "content": [image]}])));
        let after = text(&request(transcript.clone()), DIALECT);
        assert!(after.starts_with(before.strip_suffix("]}").unwrap()), "{before}\n{after}");
        before = after;
    }
}

#[test]
fn what_cannot_be_said_is_refused_by_name() {
    for (role, block, name) in [
        (Role::Assistant, json!({"type": "server_tool_use", "id": "s"}), "`server_tool_use`"),
        (Role::Assistant, json!({"type": "redacted_thinking", "data": "x"}), "`redacted_thinking`"),
        (Role::Assistant, json!({"type": "thinking", "thinking": "x", "signature": "s"}), "`thinking`"),
        (Role::User, json!({"type": "document", "source": {}}), "`document`"),
        (Role::User, json!({"type": "image", "source": {"type": "file", "file_id": "file_1"}}), "`file_1`"),
        (
            Role::User,
            json!({"type": "tool_result", "tool_use_id": "t", "content": [{"type": "document"}]}),
            "`document`",
        ),
    ] {
        let request = request(vec![Message::user("go"), read(role, json!([block]))]);
        let error = body("m", &request, DIALECT).unwrap_err();
        assert_eq!(error.kind, ErrorKind::Untranslatable);
        assert!(error.message.starts_with("message 1 ") && error.message.contains(name), "{error}");
    }
}

#[test]
fn fields_of_tools_are_carried_or_refused() {
    let mut definition = ToolDefinition::new("bash", "d", json!({}));
    definition.extra.insert("strict".to_owned(), json!(true));
    definition.extra.insert("cache_control".to_owned(), json!({"type": "ephemeral"}));
    assert_eq!(
        tool(&definition).unwrap()["function"],
        json!({"name": "bash", "description": "d", "parameters": {}, "strict": true})
    );
    definition.extra.insert("type".to_owned(), json!("bash_20250124"));
    let error = tool(&definition).unwrap_err();
    assert_eq!(error.kind, ErrorKind::Untranslatable);
    assert!(error.message.contains("`bash` has a field `type`"), "{error}");
}

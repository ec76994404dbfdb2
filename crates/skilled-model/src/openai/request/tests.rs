use serde_json::{Value, json};
use skilled_message::{Block, Extra, ImageBlock, ImageSource, Message, Role, ToolResultBlock};

use super::*;

const DIALECT: Dialect =
    Dialect { official: false, limit_field: "max_tokens", reasoning: ReasoningPolicy::SentBack };

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
    definition.extra.insert("novelty".to_owned(), json!(1));
    let error = tool(&definition).unwrap_err();
    assert_eq!(error.kind, ErrorKind::Untranslatable);
    assert!(error.message.contains("`bash` has a field `novelty`"), "{error}");
}

#[test]
fn tools_of_the_messages_api_become_functions() {
    let typed = |value: Value| serde_json::from_value::<ToolDefinition>(value).unwrap();
    let bash = tool(&typed(json!({"type": "bash_20250124", "name": "bash"}))).unwrap();
    assert_eq!(bash["function"]["name"], "bash");
    assert_eq!(bash["function"]["parameters"]["properties"]["restart"]["type"], "boolean");
    let error = tool(&typed(json!({"type": "web_fetch_20250910", "name": "web_fetch"}))).unwrap_err();
    assert!(error.message.contains("`web_fetch` is of the type `web_fetch_20250910`"), "{error}");
}

#[test]
fn the_system_prompt_can_be_blocks() {
    let mut request = request(vec![Message::user("go")]);
    request.options.system_blocks = serde_json::from_value(json!([
        {"type": "text", "text": "one", "cache_control": {"type": "ephemeral"}},
        {"type": "text", "text": " "},
        {"type": "text", "text": "two"},
    ]))
    .unwrap();
    let body: Value = serde_json::from_str(&text(&request, DIALECT)).unwrap();
    assert_eq!(body["messages"][0], json!({"role": "system", "content": "one\n\ntwo"}));
    request.options.system_blocks.push(Block::image_base64("image/png", "AAAA"));
    let error = super::body("m", &request, DIALECT).unwrap_err();
    assert!(error.message.contains("system prompt has a block `image`"), "{error}");
}

#[test]
fn the_system_may_speak_in_the_middle() {
    let mut said =
        read(Role::System, json!([{"type": "text", "text": "hurry"}, {"type": "text", "text": ""}]));
    said.extra.insert("clear_at".to_owned(), json!("never"));
    let silent = Message::new(Role::System, vec![]);
    let found = messages(vec![Message::user("a"), said.clone(), silent, Message::user("b")], DIALECT);
    assert_eq!(
        found,
        json!([{"role": "user", "content": "a"}, {"role": "system", "content": "hurry"},
               {"role": "user", "content": "b"}])
    );
    said.extra.insert("clear_at".to_owned(), json!("next_user_message"));
    let error = body("m", &request(vec![Message::user("a"), said]), DIALECT).unwrap_err();
    assert!(error.message.starts_with("message 1 ") && error.message.contains("`clear_at`"), "{error}");
    let addition = read(Role::System, json!([{"type": "tool_addition", "tool": {}}]));
    let error = body("m", &request(vec![addition]), DIALECT).unwrap_err();
    assert!(error.message.contains("`tool_addition`"), "{error}");
}

#[test]
fn documents_and_search_results_are_translated() {
    let pdf = json!({"type": "base64", "media_type": "application/pdf", "data": "JVBE"});
    let plain = json!({"type": "text", "media_type": "text/plain", "data": "body"});
    let blocks = json!([
        {"type": "document", "source": pdf, "title": "q.pdf", "context": "of May", "citations": {"enabled": false}},
        {"type": "document", "source": pdf, "cache_control": {"type": "ephemeral"}},
        {"type": "document", "source": plain, "title": "t", "context": null},
        {"type": "document", "source": {"type": "content", "content": [{"type": "text", "text": "x"}]}},
        {"type": "search_result", "source": "https://x", "title": "s", "content": [{"type": "text", "text": "y"}]},
    ]);
    let text = |text: &str| json!({"type": "text", "text": text});
    let file = |name: &str| json!({"type": "file", "file": {"filename": name, "file_data": "data:application/pdf;base64,JVBE"}});
    assert_eq!(
        messages(vec![read(Role::User, blocks)], DIALECT)[0]["content"],
        json!([
            text("of May"),
            file("q.pdf"),
            file("document.pdf"),
            text("t\n\nbody"),
            text("x"),
            text("Search result: s (https://x)"),
            text("y")
        ])
    );
    let result = json!([{"type": "tool_result", "tool_use_id": "t", "content": [
        {"type": "document", "source": plain}, {"type": "document", "source": pdf}]}]);
    assert_eq!(
        messages(vec![read(Role::User, result)], DIALECT),
        json!([
            {"role": "tool", "tool_call_id": "t",
             "content": "body\n[document 1 of this result follows in the next message of the user]"},
            {"role": "user", "content": [
                text("Document 1 of the result of the tool call t:"), file("document.pdf")]},
        ])
    );
}

#[test]
fn other_documents_are_refused_by_name() {
    let plain = json!({"type": "text", "media_type": "text/plain", "data": "body"});
    for (block, name) in [
        (json!({"type": "document", "source": {"type": "url", "url": "https://x"}}), "can be the source"),
        (json!({"type": "document", "source": {"type": "file", "file_id": "f"}}), "can be the source"),
        (json!({"type": "document", "source": plain, "citations": {"enabled": true}}), "`citations`"),
        (json!({"type": "document", "source": plain, "novelty": 1}), "`novelty`"),
        (
            json!({"type": "document", "source": {"type": "content", "content": [{"type": "x"}]}}),
            "texts and images",
        ),
        (json!({"type": "container_upload", "file_id": "f"}), "`container_upload`"),
    ] {
        let error = body("m", &request(vec![read(Role::User, json!([block]))]), DIALECT).unwrap_err();
        assert_eq!(error.kind, ErrorKind::Untranslatable);
        assert!(error.message.starts_with("message 0 ") && error.message.contains(name), "{error}");
    }
}

#[test]
fn reasoning_in_several_blocks_goes_back_whole() {
    let thinking = |text: &str| json!({"type": "thinking", "thinking": text, "signature": "", "openai": {"field": "reasoning"}});
    let blocks = json!([thinking("a"), {"type": "text", "text": "x"}, thinking("b")]);
    let found = messages(vec![Message::user("go"), read(Role::Assistant, blocks)], DIALECT);
    assert_eq!(found[1], json!({"role": "assistant", "content": "x", "reasoning": "ab"}));
}

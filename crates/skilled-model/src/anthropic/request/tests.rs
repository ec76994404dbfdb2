use serde_json::{Value, json};
use skilled_message::{
    Block, Extra, Message, Role, ThinkingBlock, ToolDefinition, ToolResultBlock, ToolUseBlock,
};

use super::*;

fn request(messages: Vec<Message>) -> Request {
    let schema = json!({"type": "object"});
    let tools = ["bash", "view"].map(|name| ToolDefinition::new(name, "d", schema.clone()));
    Request {
        system: "be brief".into(),
        tools: tools.into(),
        messages,
        max_tokens: 9,
        options: crate::Options::default(),
    }
}

fn text(request: &Request, caching: PromptCaching) -> String {
    String::from_utf8(body("claude-x", request, caching).unwrap().to_vec()).unwrap()
}

fn json_of(request: &Request, caching: PromptCaching) -> Value {
    serde_json::from_str(&text(request, caching)).unwrap()
}

/// A conversation of `turns` answers, each with a tool call.
fn conversation(turns: usize) -> Request {
    let mut messages = vec![Message::user("go")];
    for turn in 0..turns {
        let call = ToolUseBlock::new(format!("t{turn}"), "bash", json!({"b": 1, "a": turn}));
        messages.push(Message::new(Role::Assistant, vec![Block::text("on it"), Block::ToolUse(call)]));
        let result = ToolResultBlock::new(format!("t{turn}"), vec![Block::text("ok")], turn == 1);
        messages.push(Message::new(Role::User, vec![Block::ToolResult(result)]));
    }
    request(messages)
}

#[test]
fn a_request_says_everything_in_a_fixed_order() {
    let body = text(&conversation(1), PromptCaching::Unmarked);
    assert_eq!(
        body,
        concat!(
            r#"{"model":"claude-x","max_tokens":9,"stream":true,"tools":["#,
            r#"{"name":"bash","description":"d","input_schema":{"type":"object"}},"#,
            r#"{"name":"view","description":"d","input_schema":{"type":"object"}}],"#,
            r#""system":[{"type":"text","text":"be brief"}],"#,
            r#""messages":[{"role":"user","content":[{"type":"text","text":"go"}]},"#,
            r#"{"role":"assistant","content":[{"type":"text","text":"on it"},"#,
            r#"{"type":"tool_use","id":"t0","name":"bash","input":{"b":1,"a":0}}]},"#,
            r#"{"role":"user","content":[{"type":"tool_result","tool_use_id":"t0","#,
            r#""content":[{"type":"text","text":"ok"}]}]}]}"#,
        )
    );
}

#[test]
fn markers_stand_after_the_fixed_part_and_move_with_the_last_two_messages() {
    let marker = json!({"type": "ephemeral"});
    let body = json_of(&conversation(2), PromptCaching::Marked);
    assert_eq!(body["system"][0]["cache_control"], marker);
    let marked: Vec<bool> = body["messages"]
        .as_array()
        .unwrap()
        .iter()
        .map(|message| message["content"].as_array().unwrap().last().unwrap().get("cache_control").is_some())
        .collect();
    assert_eq!(marked, [false, false, true, false, true]);
    assert!(body["tools"][1].get("cache_control").is_none());
    let body = json_of(&Request { system: "".into(), ..conversation(0) }, PromptCaching::Marked);
    assert_eq!(body["tools"][1]["cache_control"], marker);
    assert!(body.get("system").is_none());
}

#[test]
fn markers_of_the_caller_are_the_only_ones() {
    let mut request = conversation(1);
    if let Block::Text(block) = &mut request.messages[0].content[0] {
        block.extra.insert("cache_control".to_owned(), json!({"type": "ephemeral", "ttl": "1h"}));
    }
    assert_eq!(text(&request, PromptCaching::Marked).matches("cache_control").count(), 1);
}

#[test]
fn consecutive_requests_share_their_beginning_but_for_the_markers() {
    for turns in 0..4 {
        let (shorter, longer) = (conversation(turns), conversation(turns + 1));
        let shorter_text = text(&shorter, PromptCaching::Unmarked);
        let common = shorter_text.strip_suffix("]}").unwrap();
        assert!(text(&longer, PromptCaching::Unmarked).starts_with(common));
        let unmarked = |request| {
            text(request, PromptCaching::Marked).replace(r#","cache_control":{"type":"ephemeral"}"#, "")
        };
        assert_eq!(unmarked(&shorter), shorter_text);
        assert!(unmarked(&longer).starts_with(common));
    }
}

#[test]
fn what_the_api_refuses_is_left_out_or_translated() {
    let call = ToolUseBlock::new("t", "bash", json!("{\"command\": \"ls"));
    let result = ToolResultBlock::new("t", vec![Block::text(""), Block::text("x")], true);
    let body = json_of(
        &request(vec![
            Message::user("go"),
            Message::new(Role::Assistant, vec![Block::text(" \n"), Block::ToolUse(call)]),
            Message::new(Role::User, vec![Block::ToolResult(result)]),
            Message::new(Role::Assistant, vec![Block::text("")]),
            Message::user("more"),
        ]),
        PromptCaching::Unmarked,
    );
    assert_eq!(
        body["messages"],
        json!([
            {"role": "user", "content": [{"type": "text", "text": "go"}]},
            {"role": "assistant", "content": [{"type": "tool_use", "id": "t", "name": "bash",
                "input": {"invalid_json": "{\"command\": \"ls"}}]},
            {"role": "user", "content": [{"type": "tool_result", "tool_use_id": "t",
                "content": [{"type": "text", "text": "x"}], "is_error": true}]},
            {"role": "user", "content": [{"type": "text", "text": "more"}]},
        ])
    );
}

#[test]
fn unknown_blocks_and_fields_go_back_as_they_came() {
    let blocks = json!([
        {"type": "thinking", "thinking": "", "signature": "s", "new": 1},
        {"type": "server_tool_use", "id": "s", "name": "n", "input": {"z": 1, "a": 2}},
        {"type": "hologram", "depth": [1, 2]},
        {"type": "text", "text": "t", "citations": null},
    ]);
    let content: Vec<Block> = serde_json::from_value(blocks.clone()).unwrap();
    let messages = vec![Message::user("go"), Message::new(Role::Assistant, content), Message::user("on")];
    assert_eq!(json_of(&request(messages), PromptCaching::Marked)["messages"][1]["content"], blocks);
}

#[test]
fn fields_of_the_other_protocol_stay_here() {
    let mut call = ToolUseBlock::new("t", "bash", json!({}));
    call.extra.insert("openai".to_owned(), json!({"call": {"x": 1}}));
    let messages = vec![Message::user("go"), Message::new(Role::Assistant, vec![Block::ToolUse(call)])];
    assert!(!text(&request(messages), PromptCaching::Marked).contains("openai"));
}

#[test]
fn reasoning_of_another_provider_is_refused_by_name() {
    let thinking = ThinkingBlock { thinking: "hm".into(), signature: String::new(), extra: Extra::new() };
    let messages = vec![Message::user("go"), Message::new(Role::Assistant, vec![Block::Thinking(thinking)])];
    let error = body("m", &request(messages), PromptCaching::Marked).unwrap_err();
    assert_eq!(error.kind, ErrorKind::Untranslatable);
    assert!(error.message.starts_with("message 1 of the transcript has a block `thinking`"), "{error}");
}

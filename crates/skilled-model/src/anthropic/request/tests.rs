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

/// Options that say everything.
fn everything() -> crate::Options {
    let mut options = crate::Options {
        temperature: Some(0.5),
        top_p: Some(0.9),
        top_k: Some(5),
        stop_sequences: vec!["END".to_owned()],
        tool_choice: Some(crate::ToolChoice {
            mode: crate::ToolMode::Tool { name: "bash".to_owned() },
            disable_parallel_tool_use: Some(true),
        }),
        thinking: Some(json!({"type": "enabled", "budget_tokens": 1024, "display": "omitted"})),
        output_config: serde_json::from_value(json!({
            "effort": "high", "format": {"type": "json_schema", "schema": {"type": "object"}},
            "task_budget": {"type": "tokens", "total": 9}, "novelty": 1,
        }))
        .unwrap(),
        metadata: serde_json::from_value(json!({"user_id": "u", "n": 1})).unwrap(),
        service_tier: Some("auto".to_owned()),
        speed: Some("fast".to_owned()),
        inference_geo: Some("eu".to_owned()),
        cache_control: Some(json!({"type": "ephemeral", "ttl": "1h"})),
        system_blocks: serde_json::from_value(json!([
            {"type": "text", "text": "s", "cache_control": {"type": "ephemeral"}}, {"type": "text", "text": ""},
        ]))
        .unwrap(),
        betas: vec!["b-1".to_owned()],
        ..crate::Options::default()
    };
    options.other.insert("context_management".to_owned(), json!({"edits": []}));
    options
}

#[test]
fn every_option_is_said_in_a_fixed_order() {
    let mut request = conversation(0);
    request.options = everything();
    let fields = concat!(
        r#""tool_choice":{"type":"tool","name":"bash","disable_parallel_tool_use":true},"#,
        r#""thinking":{"type":"enabled","budget_tokens":1024,"display":"omitted"},"#,
        r#""output_config":{"effort":"high","format":{"type":"json_schema","schema":{"type":"object"}},"#,
        r#""task_budget":{"type":"tokens","total":9},"novelty":1},"#,
    );
    let prompt = concat!(
        r#""tools":[{"name":"bash","description":"d","input_schema":{"type":"object"}},"#,
        r#"{"name":"view","description":"d","input_schema":{"type":"object"}}],"#,
        r#""system":[{"type":"text","text":"s","cache_control":{"type":"ephemeral"}}],"#,
        r#""messages":[{"role":"user","content":[{"type":"text","text":"go"}]}]}"#,
    );
    assert_eq!(
        text(&request, PromptCaching::Marked),
        [
            r#"{"model":"claude-x","max_tokens":9,"stream":true,"temperature":0.5,"top_p":0.9,"top_k":5,"#,
            r#""stop_sequences":["END"],"#,
            fields,
            r#""metadata":{"user_id":"u","n":1},"service_tier":"auto","speed":"fast","inference_geo":"eu","#,
            r#""cache_control":{"type":"ephemeral","ttl":"1h"},"context_management":{"edits":[]},"#,
            prompt,
        ]
        .concat()
    );
    let counted = String::from_utf8(count_body("claude-x", &request).unwrap().to_vec()).unwrap();
    let expected = [
        r#"{"model":"claude-x","#,
        fields,
        r#""speed":"fast","cache_control":{"type":"ephemeral","ttl":"1h"},"context_management":{"edits":[]},"#,
        prompt,
    ];
    assert_eq!(counted, expected.concat());
}

#[test]
fn options_survive_a_log() {
    for options in [everything(), crate::Options::default()] {
        let written = serde_json::to_string(&options).unwrap();
        assert_eq!(serde_json::from_str::<crate::Options>(&written).unwrap(), options);
    }
    assert_eq!(serde_json::to_string(&crate::Options::default()).unwrap(), "{}");
}

#[test]
fn fields_with_a_place_of_their_own_are_refused_by_name() {
    for name in ["model", "messages", "stream", "temperature"] {
        let mut request = conversation(0);
        request.options.other.insert(name.to_owned(), json!(1));
        let error = body("m", &request, PromptCaching::Marked).unwrap_err();
        assert_eq!(error.kind, ErrorKind::Untranslatable);
        assert!(error.message.contains(&format!("`{name}`")), "{error}");
    }
}

#[test]
fn markers_of_the_caller_are_the_only_ones_wherever_they_stand() {
    let marker = json!({"type": "ephemeral"});
    let mut top = conversation(0);
    top.options.cache_control = Some(marker.clone());
    let mut system = conversation(0);
    system.options.system_blocks =
        serde_json::from_value(json!([{"type": "text", "text": "s", "cache_control": marker}])).unwrap();
    let nested = json!([{"type": "tool_result", "tool_use_id": "t", "content": [
        {"type": "text", "text": "x", "cache_control": marker}]}]);
    let nested = request(vec![Message::new(Role::User, serde_json::from_value(nested).unwrap())]);
    for request in [top, system, nested] {
        assert_eq!(text(&request, PromptCaching::Marked).matches("cache_control").count(), 1, "{request:?}");
    }
}

#[test]
fn tools_of_the_api_and_messages_of_the_system_are_said_as_they_are() {
    let tools = json!([
        {"name": "bash", "type": "bash_20250124"},
        {"type": "mcp_toolset", "mcp_server_name": "m"},
        {"name": "code_execution", "type": "code_execution_20250825"},
    ]);
    let messages = json!([
        {"role": "user", "content": [{"type": "document", "source": {"type": "file", "file_id": "f"}}]},
        {"role": "system", "content": [{"type": "text", "text": "hurry"}], "clear_at": "next_user_message"},
        {"role": "system", "content": [], "output_config": {"effort": "low"}},
    ]);
    let request = Request {
        tools: serde_json::from_value::<Vec<ToolDefinition>>(tools.clone()).unwrap().into(),
        messages: serde_json::from_value(messages.clone()).unwrap(),
        ..conversation(0)
    };
    let body = json_of(&request, PromptCaching::Unmarked);
    assert_eq!((&body["tools"], &body["messages"]), (&tools, &messages));
}

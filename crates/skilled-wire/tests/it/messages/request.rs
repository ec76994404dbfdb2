//! Requests that are read, with nothing lost.

use ToolFamily::{Bash, Computer, ComputerToolset, TextEditor, ToolSearch, WebSearch};
use proptest::prelude::*;
use serde_json::{Map, Number, Value, json};
use skilled_message::{Block, Message, Role};
use skilled_wire::messages::{
    CodeExecutionVersion, ContainerRequest, Limits, MessagesRequest, SkillKind, System, Thread, Tool,
    ToolFamily,
};

use super::{parse, request};

/// A request with every field, most of them in their longest form.
fn full() -> Value {
    json!({
        "model": "claude-x",
        "max_tokens": 4096,
        "messages": [
            { "role": "user", "content": [
                { "type": "text", "text": "Look", "cache_control": { "type": "ephemeral", "ttl": "1h" } },
                { "type": "image", "source": { "type": "base64", "media_type": "image/png", "data": "AAAA" } },
                { "type": "image", "source": { "type": "file", "file_id": "file_1" } },
                { "type": "document", "source": { "type": "file", "file_id": "file_2" }, "title": "T", "citations": { "enabled": true } },
                { "type": "document", "source": { "type": "content", "content": [{ "type": "text", "text": "x" }] } },
                { "type": "container_upload", "file_id": "file_3" },
                { "type": "hologram", "frames": [1, 2, { "deep": null }] },
            ] },
            { "role": "assistant", "content": [
                { "type": "thinking", "thinking": "Hm.", "signature": "sig" },
                { "type": "redacted_thinking", "data": "xyz" },
                { "type": "text", "text": "Looking.", "citations": null },
                { "type": "server_tool_use", "id": "srvtoolu_1", "name": "text_editor_code_execution", "input": { "command": "view", "path": "a" }, "caller": { "type": "direct" } },
                { "type": "text_editor_code_execution_tool_result", "tool_use_id": "srvtoolu_1", "content": {
                    "type": "text_editor_code_execution_tool_result_error", "error_code": "file_not_found", "error_message": null,
                } },
                { "type": "tool_use", "id": "toolu_1", "name": "weather", "input": { "city": "Ulm" }, "caller": { "type": "code_execution_20260120", "tool_id": "srvtoolu_1" } },
            ] },
            { "role": "user", "content": [
                { "type": "tool_result", "tool_use_id": "toolu_1", "is_error": true, "content": [
                    { "type": "text", "text": "rain" },
                    { "type": "tool_reference", "tool_name": "weather" },
                ] },
            ] },
            { "role": "system", "content": [{ "type": "text", "text": "Be brief." }], "clear_at": "next_user_message", "output_config": { "effort": "low" } },
        ],
        "system": [{ "type": "text", "text": "You help.", "cache_control": { "type": "ephemeral" } }],
        "tools": [
            { "name": "weather", "description": "The weather", "input_schema": { "type": "object", "properties": { "city": { "type": "string" } } },
              "input_examples": [{ "city": "Ulm" }], "eager_input_streaming": true, "strict": true, "allowed_callers": ["direct", "code_execution_20260120"] },
            { "type": "code_execution_20260120", "name": "code_execution", "cache_control": { "type": "ephemeral" } },
            { "type": "bash_20250124", "name": "bash", "defer_loading": true },
            { "type": "text_editor_20250728", "name": "str_replace_based_edit_tool", "max_characters": 1000 },
            { "type": "computer_20251124", "name": "computer", "display_width_px": 800, "display_height_px": 600, "enable_zoom": true },
            { "type": "computer_toolset_20260801", "configs": { "zoom": { "enabled": false } } },
            { "type": "web_search_20260318", "name": "web_search", "max_uses": 3, "user_location": { "type": "approximate", "city": "Ulm" } },
            { "type": "tool_search_tool_bm25_20251119", "name": "tool_search_tool_bm25" },
            { "type": "mcp_toolset", "mcp_server_name": "crm", "configs": { "find": { "enabled": true } }, "default_config": { "defer_loading": true } },
        ],
        "tool_choice": { "type": "tool", "name": "weather", "disable_parallel_tool_use": true },
        "container": { "id": "container_1", "skills": [
            { "type": "anthropic", "skill_id": "xlsx" },
            { "type": "custom", "skill_id": "skill_1", "version": "1759178010641129" },
        ] },
        "thread": { "type": "create" },
        "stream": true,
        "thinking": { "type": "enabled", "budget_tokens": 2000, "display": "summarized" },
        "output_config": { "effort": "xhigh", "format": { "type": "json_schema", "schema": { "type": "object" } }, "task_budget": { "type": "tokens", "total": 9, "remaining": 3 } },
        "stop_sequences": ["END"],
        "temperature": 1.0,
        "top_p": 0.5,
        "top_k": 40,
        "metadata": { "user_id": "u" },
        "service_tier": "standard_only",
        "speed": "fast",
        "cache_control": { "type": "ephemeral", "ttl": "5m" },
        "context_management": { "edits": [
            { "type": "clear_tool_uses_20250919", "keep": { "type": "tool_uses", "value": 3 }, "clear_tool_inputs": ["a"] },
            { "type": "clear_thinking_20251015", "keep": "all" },
            { "type": "compact_20260112", "trigger": { "type": "input_tokens", "value": 9 } },
        ] },
        "compaction": { "type": "summarize", "instructions": "Short" },
        "mcp_servers": [{ "type": "url", "name": "crm", "url": "https://crm.example/mcp", "authorization_token": "t", "tool_configuration": { "enabled": true } }],
        "fallbacks": [{ "model": "other", "max_tokens": 10, "thinking": { "type": "disabled" } }],
        "diagnostics": { "previous_message_id": "msg_0" },
        "inference_geo": "eu",
        "billing_policy": { "type": "billing_policy", "bill_to": "self" },
        "fallback_credit_token": { "token": "t", "mode": "strict" },
    })
}

#[test]
fn nothing_is_lost() {
    let mut body = full();
    let read = parse(&body).expect("a request");
    let mut written = serde_json::to_value(&read).expect("JSON");
    assert_eq!(sorted(&mut written), sorted(&mut body));
    assert_eq!(parse(&written).expect("what was written is read again"), read);
}

/// Returns the text of a value whose objects are in alphabetical order.
fn sorted(value: &mut Value) -> String {
    value.sort_all_objects();
    format!("{value:#}")
}

#[test]
fn says_what_the_request_is() {
    let read = parse(&full()).expect("a request");
    let container = read.container.as_ref().expect("a container");
    assert_eq!(container.id(), Some("container_1"));
    let skills: Vec<_> = container
        .skills()
        .iter()
        .map(|skill| (skill.kind, skill.skill_id.as_str(), skill.version()))
        .collect();
    assert_eq!(
        skills,
        [(SkillKind::Anthropic, "xlsx", "latest"), (SkillKind::Custom, "skill_1", "1759178010641129")]
    );
    assert_eq!(read.thread, Some(Thread::Create));
    let families: Vec<Option<ToolFamily>> = read
        .tools
        .iter()
        .map(|tool| match tool {
            Tool::Client(tool) | Tool::Server(tool) => tool.family(),
            Tool::Custom(_) | Tool::CodeExecution(_) | Tool::McpToolset(_) => None,
        })
        .collect();
    assert_eq!(
        families,
        [
            None,
            None,
            Some(Bash),
            Some(TextEditor),
            Some(Computer),
            Some(ComputerToolset),
            Some(WebSearch),
            Some(ToolSearch),
            None
        ]
    );
    assert!(
        matches!(&read.tools[1], Tool::CodeExecution(tool) if tool.version == CodeExecutionVersion::V20260120)
    );
    assert_eq!(read.messages[3].role, Role::System);
    assert_eq!(read.messages[3].extra["clear_at"], "next_user_message");
}

#[test]
fn reads_the_short_forms() {
    let read = parse(&request(json!({
        "system": "You help.",
        "container": "container_1",
        "fallbacks": "default",
        "fallback_credit_token": "t",
        "tools": [{ "type": "custom", "name": "a", "input_schema": { "type": "object" } }],
        "thread": null,
        "speed": null,
        "max_tokens": 0,
        "output_format": { "type": "json_schema", "schema": { "type": "object" } },
    })))
    .expect("a request");
    assert_eq!(read.messages, [Message::user("Hello")]);
    assert_eq!(read.system.clone().map(System::into_blocks), Some(vec![Block::text("You help.")]));
    assert_eq!(read.container, Some(ContainerRequest::Id("container_1".to_owned())));
    assert!(read.format().is_some());
    assert_eq!(parse(&request(json!({ "container": null }))).expect("a request").container, None);
    let empty = parse(&request(json!({ "container": { "id": null, "skills": null } }))).expect("a request");
    assert!(
        empty.container.is_some_and(|container| container.id().is_none() && container.skills().is_empty())
    );
}

#[test]
fn blocks_are_what_the_transcript_reads() {
    for message in full()["messages"].as_array().expect("messages") {
        let mut said = message.clone();
        // Fields of a message that are null are left out, those of a block are not.
        said.as_object_mut().expect("an object").retain(|_, value| !value.is_null());
        let expected: Message = serde_json::from_value(said).expect("a message");
        let read = MessagesRequest::from_value(
            json!({ "model": "m", "max_tokens": 1, "messages": [message], "thread": { "type": "continue", "previous_message_id": "m" } }),
            &Limits::default(),
        )
        .expect("a request");
        assert_eq!(read.messages, [expected]);
    }
}

/// Any JSON, of a few levels.
fn any_json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::Bool),
        any::<i64>().prop_map(|number| json!(number)),
        any::<f64>().prop_map(|number| Number::from_f64(number).map_or(Value::Null, Value::Number)),
        "\\PC{0,12}".prop_map(Value::String),
    ];
    leaf.prop_recursive(4, 40, 5, |inner| {
        prop_oneof![
            proptest::collection::vec(inner.clone(), 0..5).prop_map(Value::Array),
            proptest::collection::vec(("[a-z_]{1,10}", inner), 0..5)
                .prop_map(|fields| Value::Object(fields.into_iter().collect::<Map<_, _>>())),
        ]
    })
}

/// Returns the places of all values in `value`.
fn places(value: &Value, at: &str, found: &mut Vec<String>) {
    found.push(at.to_owned());
    match value {
        Value::Array(items) => {
            items.iter().enumerate().for_each(|(index, item)| places(item, &format!("{at}/{index}"), found));
        }
        Value::Object(fields) => {
            fields.iter().for_each(|(name, item)| places(item, &format!("{at}/{name}"), found));
        }
        _ => {}
    }
}

proptest! {
    #[test]
    fn reads_any_bytes_without_a_panic(body in proptest::collection::vec(any::<u8>(), 0..200)) {
        let _ = MessagesRequest::parse(&body);
    }

    #[test]
    fn reads_any_json_without_a_panic(body in any_json()) {
        let _ = MessagesRequest::parse(body.to_string().as_bytes());
    }

    #[test]
    fn a_change_is_read_or_refused_with_its_place(place in any::<prop::sample::Index>(), other in any_json()) {
        let mut body = full();
        let mut found = Vec::new();
        places(&body, "", &mut found);
        let place = place.get(&found).clone();
        if let Some(value) = body.pointer_mut(&place) {
            *value = other;
        }
        match parse(&body) {
            Ok(read) => {
                let written = serde_json::to_value(&read).expect("JSON");
                prop_assert_eq!(parse(&written).expect("what was written is read again"), read);
            }
            Err(refused) => {
                prop_assert!(!refused.message.is_empty());
                prop_assert!(place.is_empty() || !refused.path.is_empty(), "{place}: {refused}");
                prop_assert!(!refused.message.contains("at line"), "the types are stricter than the tables: {refused}");
            }
        }
    }
}

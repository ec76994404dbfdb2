//! Requests that are refused: where and why.

use serde_json::{Value, json};
use skilled_wire::CountTokensRequest;
use skilled_wire::messages::{Limits, MessagesRequest};

use super::{parse, refusal, request};

/// Checks that the smallest request with each of these over it is refused with what begins so.
fn each_is_refused(cases: &[(Value, &str)]) {
    for (more, expected) in cases {
        let found = refusal(&request(more.clone()));
        assert!(found.starts_with(expected), "{more}\n  expected {expected}\n  found    {found}");
    }
}

#[test]
fn fields_of_the_request() {
    each_is_refused(&[
        (json!({ "max_tokens": null }), "max_tokens: Input should be a valid integer"),
        (json!({ "max_tokens": "many" }), "max_tokens: Input should be a valid integer"),
        (json!({ "max_tokens": 1.5 }), "max_tokens: Input should be a valid integer"),
        (json!({ "max_tokens": -1 }), "max_tokens: Input should be greater than or equal to 0"),
        (json!({ "model": 5 }), "model: Input should be a valid string"),
        (json!({ "messages": [] }), "messages: at least one message is required"),
        (json!({ "messages": "Hello" }), "messages: Input should be a valid list"),
        (json!({ "foo": 1 }), "foo: Extra inputs are not permitted"),
        (json!({ "system": null }), "system: Input should be a valid string or a valid list"),
        (
            json!({ "system": [{ "type": "image" }] }),
            "system.0: Input tag 'image' found using 'type' does not match any of the expected tags: 'text'",
        ),
        (json!({ "stream": "yes" }), "stream: Input should be a valid boolean"),
        (json!({ "temperature": 1.5 }), "temperature: Input should be less than or equal to 1"),
        (
            json!({ "stop_sequences": ["a", " "] }),
            "stop_sequences.1: each stop sequence must contain non-whitespace",
        ),
        (json!({ "service_tier": "fast" }), "service_tier: Input should be 'auto' or 'standard_only'"),
        (json!({ "container": 7 }), "container: Input should be a valid string or a valid dictionary"),
        (
            json!({ "container": { "skills": [{ "type": "custom" }] } }),
            "container.skills.0.skill_id: Field required",
        ),
        (
            json!({ "container": { "skills": [{ "type": "mine", "skill_id": "x" }] } }),
            "container.skills.0: Input tag 'mine' found using 'type' does not match any of the expected tags: 'anthropic', 'custom'",
        ),
        (json!({ "container": { "image": "debian" } }), "container.image: Extra inputs are not permitted"),
        (json!({ "thread": { "type": "continue" } }), "thread.previous_message_id: Field required"),
        (
            json!({ "thinking": { "type": "enabled", "budget_tokens": 10 } }),
            "thinking.budget_tokens: Input should be greater than or equal to 1024",
        ),
        (
            json!({ "thinking": { "type": "enabled", "budget_tokens": 2000 } }),
            "max_tokens: `max_tokens` must be greater than `thinking.budget_tokens`",
        ),
    ]);
}

#[test]
fn tools() {
    each_is_refused(&[
        (
            json!({ "tools": [{ "type": "code_execution_20990101", "name": "code_execution" }] }),
            "tools.0: Input tag 'code_execution_20990101' found",
        ),
        (
            json!({ "tools": [{ "type": "code_execution_20250825", "name": "run" }] }),
            "tools.0.name: Input should be 'code_execution'",
        ),
        (
            json!({ "tools": [{ "name": "a b", "input_schema": { "type": "object" } }] }),
            "tools.0.name: String should match pattern '^[a-zA-Z0-9_-]{1,128}$'",
        ),
        (
            json!({ "tools": [{ "name": "a", "input_schema": {} }] }),
            "tools.0.input_schema.type: Field required",
        ),
        (json!({ "tools": [{ "name": "a" }] }), "tools.0.input_schema: Field required"),
        (
            json!({ "tools": [
                { "name": "code_execution", "input_schema": { "type": "object" } },
                { "type": "code_execution_20250825", "name": "code_execution" },
            ] }),
            "tools: Tool names must be unique.",
        ),
        (
            json!({ "tools": [{ "type": "mcp_toolset", "mcp_server_name": "a" }] }),
            "tools.0.mcp_server_name: MCP server 'a' not found in mcp_servers",
        ),
        (
            json!({ "tool_choice": { "type": "any" } }),
            "tool_choice: tool_choice may only be specified while providing tools",
        ),
        (
            json!({
                "tools": [{ "name": "a", "input_schema": { "type": "object" } }],
                "tool_choice": { "type": "tool", "name": "b" },
            }),
            "tool_choice: Tool 'b' not found in provided tools",
        ),
    ]);
}

#[test]
fn messages() {
    each_is_refused(&[
        (
            json!({ "messages": [{ "role": "robot", "content": "x" }] }),
            "messages.0: Input tag 'robot' found using 'role' does not match any of the expected tags: 'user', 'assistant', 'system'",
        ),
        (json!({ "messages": [{ "role": "user" }] }), "messages.0.content: Field required"),
        (
            json!({ "messages": [{ "role": "user", "content": [] }] }),
            "messages.0: user messages must have non-empty content",
        ),
        (
            json!({ "messages": [{ "role": "user", "content": [{ "text": "x" }] }] }),
            "messages.0.content.0.type: Field required",
        ),
        (
            json!({ "messages": [{ "role": "user", "content": [{ "type": "text" }] }] }),
            "messages.0.content.0.text: Field required",
        ),
        (
            json!({ "messages": [{ "role": "user", "content": "x" }, { "role": "user", "content": [{ "type": "text", "text": "a" }, { "type": "image" }] }] }),
            "messages.1.content.1.source: Field required",
        ),
        (
            json!({ "messages": [{ "role": "user", "content": [
                { "type": "image", "source": { "type": "base64", "media_type": "image/tiff", "data": "" } },
            ] }] }),
            "messages.0.content.0.source.media_type: Input should be 'image/jpeg', 'image/png', 'image/gif' or 'image/webp'",
        ),
        (
            json!({ "messages": [{ "role": "user", "content": [{ "type": "text", "text": "x", "bold": true }] }] }),
            "messages.0.content.0.bold: Extra inputs are not permitted",
        ),
        (
            json!({ "messages": [{ "role": "user", "content": "x", "clear_at": "never" }] }),
            "messages.0.clear_at: Extra inputs are not permitted",
        ),
    ]);
}

#[test]
fn says_what_is_missing() {
    for (field, expected) in [
        ("model", "model: Field required"),
        ("max_tokens", "max_tokens: Field required"),
        ("messages", "messages: Field required"),
    ] {
        let mut body = request(json!({}));
        body.as_object_mut().expect("an object").shift_remove(field);
        assert_eq!(refusal(&body), expected);
    }
}

#[test]
fn refuses_what_is_no_json() {
    let refused = |body: &[u8]| MessagesRequest::parse(body).expect_err("this must be refused");
    for body in [
        "",
        "{",
        "[1,",
        "{\"model\": NaN}",
        "nul",
        "{\"a\": 1e999}",
        "{} {}",
        "\u{feff}{}",
        "{\"a\":\"\\ud800\"}",
    ] {
        let refused = refused(body.as_bytes());
        assert_eq!(refused.path, "", "{body}");
        assert!(refused.message.starts_with("The request body is not valid JSON: "), "{body}: {refused}");
    }
    assert!(refused(b"\xff\xfe").to_string().starts_with("The request body is not valid JSON: "));
    assert_eq!(refused(b"[]").to_string(), "Input should be a valid dictionary");
    assert_eq!(refused(b"null").to_string(), "Input should be a valid dictionary");
}

#[test]
fn refuses_names_given_twice() {
    let body =
        r#"{"model":"a","messages":[{"role":"user","content":"x","role":"assistant"}],"max_tokens":1}"#;
    let refused = MessagesRequest::parse(body.as_bytes()).expect_err("this must be refused");
    assert_eq!(refused.to_string(), "messages.0.role: This field is given twice");
}

#[test]
fn bounds_what_it_reads() {
    let deep = format!("{}{}", "[".repeat(5000), "]".repeat(5000));
    let refused = MessagesRequest::parse(deep.as_bytes()).expect_err("this must be refused");
    assert!(refused.message.starts_with("JSON may be nested at most 100 levels deep"), "{refused}");

    let mut schema = json!({ "type": "object" });
    for _ in 0..90 {
        schema = json!({ "type": "object", "properties": schema });
    }
    assert!(parse(&request(json!({ "tools": [{ "name": "deep", "input_schema": schema }] }))).is_ok());

    let limits = Limits { values: 100, ..Limits::default() };
    let many = json!({ "messages": vec![0; 200] }).to_string();
    let refused = MessagesRequest::parse_within(many.as_bytes(), &limits).expect_err("this must be refused");
    assert_eq!(refused.message, "The request body may hold at most 100 JSON values");

    let limits = Limits { messages: 1, tools: 1, blocks: 2, skills: 1, ..Limits::default() };
    let refused = |more| {
        let body = request(more).to_string();
        MessagesRequest::parse_within(body.as_bytes(), &limits).expect_err("this must be refused").to_string()
    };
    let said = json!({ "role": "user", "content": "x" });
    assert_eq!(
        refused(json!({ "messages": [said, said] })),
        "messages: List should have at most 1 items after validation, not 2"
    );
    let skill = json!({ "type": "anthropic", "skill_id": "xlsx" });
    assert_eq!(
        refused(json!({ "container": { "skills": [skill, skill] } })),
        "container.skills: List should have at most 1 items after validation, not 2"
    );
    let text = json!({ "type": "text", "text": "x" });
    assert_eq!(
        refused(json!({ "messages": [{ "role": "user", "content": [text, text, text] }] })),
        "messages: At most 2 content blocks are permitted, not 3"
    );
}

#[test]
fn repeats_no_long_name() {
    let mut body = request(json!({}));
    body[&"x".repeat(10_000)] = json!(1);
    assert!(refusal(&body).len() < 500);
}

#[test]
fn count_tokens_takes_no_limit_of_tokens() {
    let count = |body: Value| CountTokensRequest::parse(body.to_string().as_bytes());
    let mut body = request(json!({}));
    let refused = count(body.clone()).expect_err("this must be refused");
    assert_eq!(refused.to_string(), "max_tokens: Extra inputs are not permitted");
    body.as_object_mut().expect("an object").shift_remove("max_tokens");
    body["thinking"] = json!({ "type": "enabled", "budget_tokens": 4000 });
    let read = count(body.clone()).expect("a request");
    assert_eq!(
        serde_json::to_value(MessagesRequest::from(read)).expect("JSON")["thinking"],
        body["thinking"]
    );
    body["messages"] = json!([]);
    assert_eq!(count(body).expect_err("refused").to_string(), "messages: at least one message is required");
}

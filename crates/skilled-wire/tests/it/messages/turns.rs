//! The order of a conversation.

use serde_json::{Value, json};

use super::{parse, refusal, request};

fn said(role: &str, content: impl Into<Value>) -> Value {
    let content: Value = content.into();
    json!({ "role": role, "content": content })
}

fn call(id: &str) -> Value {
    json!({ "type": "tool_use", "id": id, "name": "weather", "input": {} })
}

fn result(id: &str) -> Value {
    json!({ "type": "tool_result", "tool_use_id": id, "content": "sunny" })
}

fn server_call(id: &str) -> Value {
    json!({ "type": "server_tool_use", "id": id, "name": "bash_code_execution", "input": { "command": "ls" }, "caller": { "type": "direct" } })
}

fn server_result(id: &str) -> Value {
    json!({ "type": "bash_code_execution_tool_result", "tool_use_id": id, "content": {
        "type": "bash_code_execution_result", "stdout": "", "stderr": "", "return_code": -9, "content": [],
    } })
}

fn conversation(messages: &[Value]) -> Value {
    request(json!({
        "messages": messages,
        "tools": [
            { "type": "code_execution_20250825", "name": "code_execution" },
            { "name": "weather", "input_schema": { "type": "object" } },
        ],
    }))
}

#[test]
fn lets_pairs_through() {
    let hello = said("user", json!("Hello"));
    let cases = [
        // A client's tool.
        vec![
            hello.clone(),
            said("assistant", json!([call("a"), call("b")])),
            said("user", json!([result("b"), result("a")])),
        ],
        // Results in two messages of one turn, and a word of the operator between.
        vec![
            hello.clone(),
            said("assistant", json!([call("a"), call("b")])),
            said("user", json!([result("a")])),
            said("system", json!("Be brief.")),
            said("user", json!([result("b"), { "type": "text", "text": "And now?" }])),
        ],
        // A server's tool, whole.
        vec![hello.clone(), said("assistant", json!([server_call("s"), server_result("s")])), hello.clone()],
        // A turn that was paused, with and without its last answer.
        vec![hello.clone(), said("assistant", json!([server_call("s")]))],
        vec![hello.clone(), said("assistant", json!([server_call("s"), server_result("s")]))],
        // Both kinds of tools in one turn: the server's answer begins the next.
        vec![
            hello.clone(),
            said("assistant", json!([server_call("s"), call("a")])),
            said("user", json!([result("a")])),
        ],
        vec![
            hello.clone(),
            said("assistant", json!([server_call("s"), call("a")])),
            said("user", json!([result("a")])),
            said("assistant", json!([call("b")])),
            said("user", json!([result("b")])),
            said("assistant", json!([server_result("s"), { "type": "text", "text": "Done." }])),
            hello.clone(),
        ],
        // The result of a server's tool as some clients give it back.
        vec![
            hello.clone(),
            said("assistant", json!([{ "type": "text", "text": "I ran it." }, result("srvtoolu_1")])),
            hello.clone(),
        ],
        // A block from the future.
        vec![said("user", json!([{ "type": "hologram", "data": [1, 2] }]))],
        // The beginning of an answer.
        vec![hello, said("assistant", json!("The answer is"))],
    ];
    for messages in cases {
        let body = conversation(&messages);
        parse(&body).unwrap_or_else(|refused| panic!("{body:#}\n{refused}"));
    }
}

#[test]
fn refuses_what_does_not_pair() {
    let hello = said("user", json!("Hello"));
    let cases = [
        (
            vec![
                hello.clone(),
                said("assistant", json!([call("a"), call("b")])),
                said("user", json!([result("a")])),
            ],
            "messages.1: `tool_use` ids were found without `tool_result` blocks immediately after: b. Each `tool_use` \
             block must have a corresponding `tool_result` block in the next message.",
        ),
        (
            vec![hello.clone(), said("assistant", json!([call("a")]))],
            "messages.1: `tool_use` ids were found without `tool_result` blocks immediately after: a.",
        ),
        (
            vec![said("user", json!([result("a")]))],
            "messages.0.content.0: unexpected `tool_use_id` found in `tool_result` blocks: a.",
        ),
        (
            vec![
                hello.clone(),
                said("assistant", json!([call("a")])),
                said("user", json!([result("a"), result("a")])),
            ],
            "messages.2.content.1: each tool_use must have a single result. Found multiple `tool_result` blocks with id: a",
        ),
        (
            vec![
                hello.clone(),
                said("assistant", json!([call("a"), call("a")])),
                said("user", json!([result("a")])),
            ],
            "messages.1.content.1: `tool_use` ids must be unique",
        ),
        (
            vec![hello.clone(), said("assistant", json!([server_call("s")])), hello.clone()],
            "messages.1: `bash_code_execution` tool use with id `s` was found without a corresponding \
             `bash_code_execution_tool_result` block",
        ),
        (
            vec![
                hello.clone(),
                said("assistant", json!([server_call("s"), call("a")])),
                said("user", json!([result("a"), { "type": "text", "text": "x" }])),
            ],
            "messages.1: `bash_code_execution` tool use with id `s` was found without",
        ),
        (
            vec![hello.clone(), said("assistant", json!([server_result("s")])), hello.clone()],
            "messages.1.content.0: unexpected `tool_use_id` found in `bash_code_execution_tool_result` blocks: s.",
        ),
        (
            vec![hello.clone(), said("assistant", json!([result("toolu_1")])), hello.clone()],
            "messages.1.content.0: `tool_result` blocks can only be in `user` messages",
        ),
        (
            vec![
                hello.clone(),
                said("assistant", json!([{ "type": "container_upload", "file_id": "file_1" }])),
            ],
            "messages.1.content.0: `container_upload` blocks can only be in `user` messages",
        ),
        (
            vec![said("user", json!([call("a")]))],
            "messages.0.content.0: `tool_use` blocks can only be in `assistant` messages",
        ),
        (
            vec![hello, said("system", json!([call("a")]))],
            "messages.1.content.0: `tool_use` blocks cannot be in `system` messages",
        ),
    ];
    for (messages, expected) in cases {
        let body = conversation(&messages);
        let found = refusal(&body);
        assert!(found.starts_with(expected), "{body:#}\n  expected {expected}\n  found    {found}");
    }
}

#[test]
fn asks_for_the_tool_of_a_call_to_be_answered() {
    let mut body =
        conversation(&[said("user", json!("Hello")), said("assistant", json!([server_call("s")]))]);
    body.as_object_mut().expect("an object").shift_remove("tools");
    assert_eq!(
        refusal(&body),
        "messages.1: `bash_code_execution` tool use with id `s` was found without a corresponding \
         `bash_code_execution_tool_result` block, but no `code_execution` tool was provided"
    );
}

#[test]
fn leaves_the_other_half_of_a_thread_to_the_server() {
    let thread = json!({ "type": "continue", "previous_message_id": "msg_1" });
    let mut body = request(json!({ "messages": [said("user", json!([result("a")]))], "thread": thread }));
    assert!(parse(&body).expect("a request").is_continuation());
    body["messages"] = json!([]);
    assert!(parse(&body).expect("a request").messages.is_empty());
}

#[test]
fn knows_a_prefilled_answer() {
    let prefilled = |last: Value| {
        parse(&conversation(&[said("user", json!("Hello")), last])).expect("a request").is_prefilled()
    };
    assert!(prefilled(said("assistant", json!("The answer is"))));
    assert!(!prefilled(said("assistant", json!([server_call("s"), server_result("s")]))));
    assert!(!prefilled(said("user", json!("Well?"))));
}

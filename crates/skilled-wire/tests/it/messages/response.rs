//! Answers, as clients read them.

use serde_json::{Value, json};
use skilled_message::{Block, StopReason};
use skilled_wire::Time;
use skilled_wire::messages::content::{
    BashErrorCode, BashResult, Caller, CodeErrorCode, CodeResult, EditorErrorCode, EditorResult, FileType,
    OutputFile, RunResult, ServerTool, ServerToolResult, ServerToolUse, text,
};
use skilled_wire::messages::{Container, ContainerSkill, MessagesResponse, SkillKind, Usage};

/// Returns an answer with every block that a server makes.
pub(super) fn full() -> MessagesResponse {
    let call = |id: &str, name, input| ServerToolUse::new(id, name, input).into_block();
    let editor = |id: &str, result| ServerToolResult::Editor(result).into_block(id);
    let run = RunResult {
        stdout: "ok\n".to_owned(),
        files: vec![OutputFile { file_id: "file_1".to_owned(), filename: None, media_type: None }],
        ..RunResult::default()
    };
    let mut answer = MessagesResponse::begun(
        "msg_1",
        "local-model",
        Usage { input_tokens: 10, output_tokens: 20, ..Usage::default() },
    );
    answer.content = vec![
        text("Running it."),
        call("srvtoolu_1", ServerTool::BashCodeExecution, json!({ "command": "make" })),
        ServerToolResult::Bash(BashResult::Run(run.clone())).into_block("srvtoolu_1"),
        call("srvtoolu_2", ServerTool::TextEditorCodeExecution, json!({ "command": "view", "path": "a" })),
        editor(
            "srvtoolu_2",
            EditorResult::View {
                content: "a\nb\n".to_owned(),
                file_type: FileType::Text,
                num_lines: Some(2),
                start_line: Some(1),
                total_lines: Some(2),
            },
        ),
        call(
            "srvtoolu_3",
            ServerTool::TextEditorCodeExecution,
            json!({ "command": "create", "path": "a", "file_text": "x" }),
        ),
        editor("srvtoolu_3", EditorResult::Create { is_file_update: true }),
        call(
            "srvtoolu_4",
            ServerTool::TextEditorCodeExecution,
            json!({ "command": "str_replace", "path": "a", "old_str": "x", "new_str": "y" }),
        ),
        editor(
            "srvtoolu_4",
            EditorResult::StrReplace {
                old_start: Some(1),
                old_lines: Some(1),
                new_start: Some(1),
                new_lines: Some(1),
                lines: Some(vec!["-x".to_owned(), "+y".to_owned()]),
            },
        ),
        call("srvtoolu_5", ServerTool::TextEditorCodeExecution, json!({ "command": "view", "path": "b" })),
        editor(
            "srvtoolu_5",
            EditorResult::Error { error_code: EditorErrorCode::FileNotFound, error_message: None },
        ),
        call("srvtoolu_6", ServerTool::CodeExecution, json!({ "code": "1" })),
        ServerToolResult::Code(CodeResult::Run(run)).into_block("srvtoolu_6"),
        call("srvtoolu_7", ServerTool::CodeExecution, json!({ "code": "1" })),
        ServerToolResult::Code(CodeResult::Error(CodeErrorCode::Unavailable)).into_block("srvtoolu_7"),
        call("srvtoolu_8", ServerTool::BashCodeExecution, json!({})),
        ServerToolResult::Bash(BashResult::Error(BashErrorCode::ExecutionTimeExceeded))
            .into_block("srvtoolu_8"),
        text(""),
    ];
    answer.stop_reason = Some(StopReason::EndTurn);
    answer.container = Some(Container {
        id: "container_1".to_owned(),
        expires_at: Time::from_millis(1_795_132_800_000),
        skills: Some(vec![ContainerSkill {
            kind: SkillKind::Custom,
            skill_id: "skill_1".to_owned(),
            version: "skver_1".to_owned(),
        }]),
    });
    answer
}

#[test]
fn writes_every_field() {
    let mut answer = full();
    answer.content.truncate(3);
    assert_eq!(
        serde_json::to_value(&answer).expect("JSON"),
        json!({
            "id": "msg_1",
            "type": "message",
            "role": "assistant",
            "model": "local-model",
            "content": [
                { "type": "text", "text": "Running it.", "citations": null },
                { "type": "server_tool_use", "id": "srvtoolu_1", "name": "bash_code_execution", "input": { "command": "make" }, "caller": { "type": "direct" } },
                { "type": "bash_code_execution_tool_result", "tool_use_id": "srvtoolu_1", "content": {
                    "type": "bash_code_execution_result", "stdout": "ok\n", "stderr": "", "return_code": 0,
                    "content": [{ "type": "bash_code_execution_output", "file_id": "file_1" }],
                } },
            ],
            "stop_reason": "end_turn",
            "stop_sequence": null,
            "stop_details": null,
            "usage": {
                "input_tokens": 10,
                "output_tokens": 20,
                "cache_creation_input_tokens": 0,
                "cache_read_input_tokens": 0,
                "cache_creation": { "ephemeral_5m_input_tokens": 0, "ephemeral_1h_input_tokens": 0 },
                "server_tool_use": { "web_search_requests": 0, "web_fetch_requests": 0, "code_execution_requests": 0 },
                "service_tier": "standard",
                "inference_geo": null,
                "speed": "standard",
                "output_tokens_details": null,
                "iterations": null,
            },
            "container": {
                "id": "container_1",
                "expires_at": "2026-11-20T00:00:00Z",
                "skills": [{ "type": "custom", "skill_id": "skill_1", "version": "skver_1" }],
            },
            "diagnostics": null,
            "context_management": null,
        })
    );
}

#[test]
fn reads_what_it_writes() {
    let answer = full();
    let written = serde_json::to_string(&answer).expect("JSON");
    assert_eq!(serde_json::from_str::<MessagesResponse>(&written).expect("an answer"), answer);
}

#[test]
fn a_client_can_send_an_answer_back() {
    let content = full().content;
    let body = super::request(json!({ "messages": [
        { "role": "user", "content": "Hello" },
        { "role": "assistant", "content": content },
        { "role": "user", "content": "Go on" },
    ] }));
    assert_eq!(super::parse(&body).expect("a request").messages[1].content, content);
}

#[test]
fn blocks_are_read_as_calls_and_results() {
    for pair in full().content[1..].chunks(2).filter(|pair| pair.len() == 2) {
        let call = ServerToolUse::from_block(&pair[0]).expect("a call");
        let (id, result) = ServerToolResult::from_block(&pair[1]).expect("a result");
        assert_eq!(id, call.id);
        assert_eq!((call.into_block(), result.into_block(id)), (pair[0].clone(), pair[1].clone()));
    }
    assert_eq!(ServerToolUse::from_block(&text("x")), None);
    assert_eq!(ServerToolResult::from_block(&Block::Other(json!({ "type": "hologram" }))), None);
    let mistyped = json!({ "type": "bash_code_execution_tool_result", "tool_use_id": "s", "content": {
        "type": "code_execution_result", "stdout": "", "stderr": "", "return_code": 0, "content": [],
    } });
    assert_eq!(ServerToolResult::from_block(&Block::Other(mistyped)), None);
}

#[test]
fn names_of_error_codes() {
    let written = |code: Value| code.as_str().map(str::to_owned).expect("a text");
    let codes = [
        written(json!(CodeErrorCode::InvalidToolInput)),
        written(json!(BashErrorCode::TooManyRequests)),
        written(json!(BashErrorCode::OutputFileTooLarge)),
        written(json!(EditorErrorCode::FileNotFound)),
        written(json!(EditorErrorCode::ExecutionTimeExceeded)),
    ];
    assert_eq!(
        codes,
        [
            "invalid_tool_input",
            "too_many_requests",
            "output_file_too_large",
            "file_not_found",
            "execution_time_exceeded"
        ]
    );
}

#[test]
fn a_script_calls_a_tool() {
    let caller = json!({ "caller": { "type": "code_execution_20260521", "tool_id": "srvtoolu_1" } });
    let caller = Caller::of(caller.as_object().expect("an object")).expect("a caller");
    assert_eq!(caller.script(), Some("srvtoolu_1"));
}

#[test]
fn usage_is_summed() {
    let first: skilled_message::Usage = serde_json::from_value(json!({
        "input_tokens": 1, "output_tokens": 2, "cache_creation_input_tokens": 4, "cache_read_input_tokens": 8,
        "cache_creation": { "ephemeral_5m_input_tokens": 1, "ephemeral_1h_input_tokens": 3 },
        "output_tokens_details": { "thinking_tokens": 2 }, "service_tier": "priority", "server_tool_use": null,
    }))
    .expect("counts");
    let second =
        skilled_message::Usage { input_tokens: 100, cache_creation_input_tokens: 7, ..Default::default() };
    let mut sum = Usage::from(&first);
    sum += Usage::from(&second);
    assert_eq!((sum.input_tokens, sum.output_tokens, sum.cache_read_input_tokens), (101, 2, 8));
    assert_eq!(sum.cache_creation_input_tokens, 11);
    assert_eq!(
        (sum.cache_creation.ephemeral_5m_input_tokens, sum.cache_creation.ephemeral_1h_input_tokens),
        (8, 3)
    );
    assert_eq!(sum.output_tokens_details.map(|details| details.thinking_tokens), Some(2));
}

//! The event schema: one event of each kind as it is written, and what is refused when it is read.

use insta::{assert_json_snapshot, assert_snapshot};
use serde_json::{Value, json};
use skilled_agent::{
    AssistantMessage, Budget, Delta, Event, EventId, EventKind, FinishReason, Limits, ModelFailed,
    OperationId, Preview, ReadEventError, RunFinished, RunResumed, RunStarted, SkillRecord, ToolCall,
    ToolResult, Warning,
};
use skilled_message::{Block, Message, Role, StopReason, Usage};
use skilled_tool::{Effect, PresentedFile};

use crate::machine;

fn started() -> RunStarted {
    let limits = Limits { budget: Some(Budget::Usd(0.1)), timeout_ms: Some(60_000), ..Limits::new(50, 8192) };
    let skill =
        SkillRecord { name: "xlsx".into(), digest: "sha256:00".into(), source: "/home/me/xlsx".into() };
    RunStarted { skills: vec![skill], ..machine::started(limits) }
}

fn said(role: Role, blocks: Vec<Block>) -> Message {
    Message::new(role, blocks)
}

fn usage() -> Usage {
    serde_json::from_value(json!({"input_tokens": 3, "output_tokens": 4, "service_tier": "standard"}))
        .unwrap()
}

/// One of each, in the order of [`EventKind::TYPES`].
fn kinds() -> Vec<EventKind> {
    let operation = OperationId::new(1);
    vec![
        EventKind::RunStarted(Box::new(started())),
        EventKind::RunResumed(Box::new(RunResumed {
            schema: 1,
            version: "1.2.4".into(),
            model: skilled_agent::ModelRecord { name: "openai/llama".into(), price: None },
            sandbox: machine::sandbox(),
            limits: Limits { budget: Some(Budget::Tokens(200_000)), ..Limits::new(50, 8192) },
        })),
        EventKind::Transcript { messages: vec![Message::user("Before")] },
        EventKind::UserMessage { message: Message::user("Make a sheet") },
        EventKind::AssistantMessage(Box::new(AssistantMessage {
            message: said(
                Role::Assistant,
                vec![Block::text("Yes"), machine::call_with("t1", "write", json!({"b": 1, "a": 0.1}))],
            ),
            stop_reason: StopReason::ToolUse,
            usage: usage(),
            model: "test-1".into(),
            request_id: Some("req_1".into()),
            extra: serde_json::from_value(json!({"stop_sequence": "END"})).unwrap(),
        })),
        EventKind::ModelRetry { attempt: 1, delay_ms: 500, reason: "busy (HTTP 529)".into() },
        EventKind::ModelFailed(Box::new(ModelFailed {
            kind: "overloaded".into(),
            status: Some(529),
            code: Some("overloaded_error".into()),
            message: "busy".into(),
            causes: vec!["connection reset".into()],
            request_id: Some("req_2".into()),
            answer_began: true,
        })),
        EventKind::ToolCall(ToolCall {
            operation,
            tool_use_id: "t1".into(),
            name: "write".into(),
            input: json!({"b": 1, "a": 0.1}),
            effect: Effect::Mutating,
        }),
        EventKind::ToolResult(ToolResult {
            operation: Some(operation),
            tool_use_id: "t1".into(),
            content: vec![Block::text("written")],
            is_error: false,
            duration_ms: Some(12),
            detail: Some(json!({"return_code": 0})),
        }),
        EventKind::FilePresented {
            operation,
            file: PresentedFile {
                path: "/mnt/session/outputs/a.xlsx".into(),
                name: "a.xlsx".into(),
                bytes: 9,
                media_type: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet".into(),
                digest: "sha256:00".into(),
            },
        },
        EventKind::Warning(Warning::new("skill_not_loaded", "no description").with_help("add one")),
        EventKind::StopRequested { reason: FinishReason::SandboxFailed, message: Some("no cgroup".into()) },
        EventKind::RunFinished(RunFinished {
            reason: FinishReason::EndTurn,
            usage: usage(),
            cost_usd: Some(0.1 + 0.2),
            rounds: 2,
        }),
    ]
}

fn events() -> Vec<Event> {
    let event =
        |(seq, kind)| Event { seq, id: EventId::from_bits(u128::from(seq)), at: 1_700_000_000_000, kind };
    (1..).zip(kinds()).map(event).collect()
}

/// A change of this snapshot is a change of what others read: raise the schema version when an old reader would err.
#[test]
fn the_schema_of_every_event() {
    assert_json_snapshot!("events", events());
}

#[test]
fn every_event_reads_back() {
    let types: Vec<_> = kinds().iter().map(EventKind::type_name).collect();
    assert_eq!(types, EventKind::TYPES);
    for event in events() {
        let line = event.to_json().unwrap();
        assert!(!line.contains('\n'));
        assert_eq!(serde_json::from_str::<Value>(&line).unwrap()["type"], event.kind.type_name());
        assert_eq!(Event::from_json(line.as_bytes()).unwrap(), event);
    }
}

#[test]
fn previews_are_written_beside_events() {
    let preview = Preview { turn: 2, sequence: 0, block: 1, delta: Delta::TextDelta { text: "Hi".into() } };
    assert_snapshot!(
        serde_json::to_string(&preview).unwrap(),
        @r#"{"turn":2,"sequence":0,"block":1,"type":"text_delta","text":"Hi"}"#
    );
}

/// Reads the first event after `change` was made to it.
fn read_changed(change: impl FnOnce(&mut Value)) -> ReadEventError {
    let mut value = serde_json::to_value(&events()[0]).unwrap();
    change(&mut value);
    Event::from_json(value.to_string().as_bytes()).unwrap_err()
}

#[test]
fn what_a_newer_program_wrote_is_refused_by_name() {
    let newer = read_changed(|event| event["schema"] = json!(2));
    assert_snapshot!(newer, @"written with event schema 2; this program reads up to 1: use the newer version of it");
    let unknown = read_changed(|event| event["type"] = json!("outcome_judged"));
    assert_snapshot!(unknown, @r#"unknown event type "outcome_judged" (this program reads event schema 1): use a newer version of it"#);
    let field = read_changed(|event| event["limits"]["colour"] = json!("red"));
    assert_snapshot!(field, @"unknown field `limits.colour` in a `run_started` event (this program reads event schema 1): use a newer version of it");
    let in_list = read_changed(|event| event["skills"][0]["mood"] = json!(1));
    assert!(matches!(in_list, ReadEventError::UnknownField { path, .. } if path == "skills.0.mood"));
}

#[test]
fn what_is_no_event_is_refused() {
    assert!(matches!(Event::from_json(b"{\"seq\":1"), Err(ReadEventError::NotJson(_))));
    assert!(matches!(Event::from_json(b"[]"), Err(ReadEventError::Malformed { .. })));
    let missing = read_changed(|event| {
        event.as_object_mut().unwrap().shift_remove("run");
    });
    assert!(matches!(missing, ReadEventError::Malformed { event_type, .. } if event_type == "run_started"));
    let other_id = read_changed(|event| event["id"] = json!("run_0000000000000000000001"));
    assert!(matches!(other_id, ReadEventError::Malformed { .. }));
}

#[test]
fn unknown_fields_of_blocks_are_kept_not_refused() {
    let mut value = serde_json::to_value(&events()[4]).unwrap();
    value["message"]["content"][0]["citations"] = json!([{"n": 1}]);
    value["message"]["content"][1] = json!({"type": "hologram", "at": [1]});
    let event = Event::from_json(value.to_string().as_bytes()).unwrap();
    assert_eq!(serde_json::to_value(&event).unwrap(), value);
}

#[test]
fn operation_ids_have_one_spelling() {
    assert_eq!("op_7".parse(), Ok(OperationId::new(7)));
    for text in ["op_", "op_07", "op_+7", "7", "op_-1", "op_18446744073709551616"] {
        assert!(text.parse::<OperationId>().is_err(), "{text}");
    }
}

use serde_json::{Value, json};
use skilled_message::{Block, StopReason};

use super::Decoder;
use crate::recorded::{answer, read};
use crate::{Error, ErrorKind, StreamEvent};

const START: &str = r#"{"type":"message_start","message":{"model":"m","content":[],"usage":{"input_tokens":1,"output_tokens":1}}}"#;
const DELTA: &str =
    r#"{"type":"message_delta","delta":{"stop_reason":"end_turn"},"usage":{"output_tokens":7}}"#;
const STOP: &str = r#"{"type":"message_stop"}"#;

fn stream(data: &[&str]) -> (Vec<StreamEvent>, Result<(), Error>) {
    let records: Vec<_> = data.iter().map(|data| format!("data: {data}\n\n")).collect();
    read(Decoder::default(), records.iter().map(String::as_bytes))
}

/// Returns the blocks of a message whose only block is made of `start` and `deltas`.
#[track_caller]
fn block(start: &str, deltas: &[&str]) -> Block {
    let start = format!(r#"{{"type":"content_block_start","index":0,"content_block":{start}}}"#);
    let deltas: Vec<_> = deltas
        .iter()
        .map(|delta| format!(r#"{{"type":"content_block_delta","index":0,"delta":{delta}}}"#))
        .collect();
    let mut data = vec![START, &start];
    data.extend(deltas.iter().map(String::as_str));
    data.extend([r#"{"type":"content_block_stop","index":0}"#, DELTA, STOP]);
    answer(stream(&data)).content.remove(0)
}

#[track_caller]
fn fail(data: &[&str], expected: &str) {
    let error = stream(data).1.unwrap_err();
    assert_eq!(error.kind, ErrorKind::Transport, "{error}");
    let source = error.source.unwrap().to_string();
    assert!(source.contains(expected), "{source}");
}

#[test]
fn records_need_no_event_line_and_unknown_events_are_skipped() {
    let response = answer(stream(&[START, r#"{"type":"novelty","x":1}"#, "", DELTA, STOP, "not even json"]));
    assert_eq!((response.usage.input_tokens, response.usage.output_tokens), (1, 7));
    assert_eq!((response.stop_reason, response.model.as_str()), (StopReason::EndTurn, "m"));
    assert_eq!(response.request_id.as_deref(), Some("req"));
}

#[test]
fn an_event_line_stands_in_for_a_missing_type() {
    let text = format!("event: message_start\ndata: {}\n\n", START.replace(r#""type":"message_start","#, ""));
    let text = format!("{text}data: {DELTA}\n\nevent: message_stop\ndata: {{}}\n\n");
    answer(read(Decoder::default(), [text.as_bytes()]));
}

#[test]
fn tool_input_is_empty_whole_or_kept_as_text() {
    let start = r#"{"type":"tool_use","id":"t","name":"n","input":{}}"#;
    let json_delta = |text: &str| json!({"type": "input_json_delta", "partial_json": text}).to_string();
    for (pieces, expected) in [
        (vec![], json!({})),
        (vec![""], json!({})),
        (vec!["{\"a\"", ": [1]}"], json!({"a": [1]})),
        (vec!["{\"a\": \"unfin"], json!("{\"a\": \"unfin")),
        (vec!["[1]"], json!([1])),
    ] {
        let deltas: Vec<_> = pieces.iter().map(|piece| json_delta(piece)).collect();
        let deltas: Vec<_> = deltas.iter().map(String::as_str).collect();
        let Block::ToolUse(call) = block(start, &deltas) else { panic!("not a call") };
        assert_eq!(call.input, expected);
    }
}

#[test]
fn unknown_blocks_deltas_and_fields_are_kept() {
    let found = block(
        r#"{"type":"compaction","content":null,"n":1}"#,
        &[
            r#"{"type":"compaction_delta","content":"so "}"#,
            r#"{"type":"compaction_delta","content":"far","n":2}"#,
        ],
    );
    assert_eq!(found, Block::Other(json!({"type": "compaction", "content": "so far", "n": 2})));
    let found = block(
        r#"{"type":"text","text":"a","citations":null}"#,
        &[r#"{"type":"citations_delta","citation":{"c":1}}"#],
    );
    assert_eq!(
        serde_json::to_value(found).unwrap(),
        json!({"type": "text", "text": "a", "citations": [{"c": 1}]})
    );
}

#[test]
fn fields_of_the_message_are_kept() {
    let start = r#"{"type":"message_start","message":{"id":"msg_1","type":"message","role":"assistant","model":"m","content":[],
        "stop_reason":null,"stop_sequence":null,"container":{"id":"c1"},"usage":{"input_tokens":1,"inference_geo":"eu"}}}"#;
    let start = start.replace('\n', "");
    let delta = r#"{"type":"message_delta","delta":{"stop_reason":"stop_sequence","stop_sequence":"END",
        "stop_details":{"n":1},"container":null},"usage":{"output_tokens":7},"context_management":{"applied_edits":[]}}"#;
    let delta = delta.replace('\n', "");
    let response = answer(stream(&[&start, &delta, r#"{"type":"message_stop","metrics":{"latency":3}}"#]));
    assert_eq!(
        Value::Object(response.extra),
        json!({"id": "msg_1", "container": {"id": "c1"}, "stop_sequence": "END", "stop_details": {"n": 1},
               "context_management": {"applied_edits": []}, "metrics": {"latency": 3}})
    );
    assert_eq!(Value::Object(response.usage.extra), json!({"inference_geo": "eu"}));
}

#[test]
fn blocks_that_overlap_are_emitted_one_after_another() {
    let text = |index: u8, kind: &str, rest: &str| {
        format!(r#"{{"type":"content_block_{kind}","index":{index}{rest}}}"#)
    };
    let open = r#","content_block":{"type":"text","text":"x"}"#;
    let more = r#","delta":{"type":"text_delta","text":"y"}"#;
    let data = [
        text(0, "start", open),
        text(1, "start", open),
        text(2, "start", open),
        text(1, "delta", more),
        text(2, "stop", ""),
        text(1, "stop", ""),
        text(0, "delta", more),
        text(0, "stop", ""),
    ];
    let mut all = vec![START];
    all.extend(data.iter().map(String::as_str));
    all.extend([DELTA, STOP]);
    let texts: Vec<_> = answer(stream(&all)).content.into_iter().collect();
    assert_eq!(texts, [Block::text("xy"), Block::text("xy"), Block::text("x")]);
}

#[test]
fn everything_is_told_as_it_comes() {
    let start = |index: u8, block: &str| {
        format!(r#"{{"type":"content_block_start","index":{index},"content_block":{block}}}"#)
    };
    let delta = |index: u8, delta: &str| {
        format!(r#"{{"type":"content_block_delta","index":{index},"delta":{delta}}}"#)
    };
    let stop = |index: u8| format!(r#"{{"type":"content_block_stop","index":{index}}}"#);
    let data = [
        START.replace(r#""model":"m""#, r#""id":"msg_1","model":"m""#),
        start(0, r#"{"type":"thinking","thinking":"","signature":""}"#),
        delta(0, r#"{"type":"thinking_delta","thinking":"hm"}"#),
        delta(0, r#"{"type":"signature_delta","signature":"sig"}"#),
        stop(0),
        start(1, r#"{"type":"text","text":"a","citations":null}"#),
        delta(1, r#"{"type":"citations_delta","citation":{"c":1}}"#),
        stop(1),
        start(2, r#"{"type":"server_tool_use","id":"s","name":"n","input":{}}"#),
        delta(2, r#"{"type":"input_json_delta","partial_json":"{\"a\":"}"#),
        delta(2, r#"{"type":"input_json_delta","partial_json":"1}"}"#),
        stop(2),
        start(3, r#"{"type":"compaction","content":null}"#),
        delta(3, r#"{"type":"compaction_delta","content":"c"}"#),
        stop(3),
        DELTA.to_owned(),
        STOP.to_owned(),
    ];
    let data: Vec<_> = data.iter().map(String::as_str).collect();
    let (mut events, result) = stream(&data);
    result.unwrap();
    events.pop();
    let block = |value: Value| serde_json::from_value::<Block>(value).unwrap();
    let begins = |index: usize, value: Value| StreamEvent::BlockStart { index, block: block(value) };
    let ends = |index: usize, value: Value| StreamEvent::Block { index, block: block(value) };
    let usage = serde_json::from_value(json!({"input_tokens": 1, "output_tokens": 1})).unwrap();
    let delta = json!({"type": "compaction_delta", "content": "c"});
    let call = |input: Value| json!({"type": "server_tool_use", "id": "s", "name": "n", "input": input});
    assert_eq!(
        events,
        [
            StreamEvent::Started { model: "m".into(), id: Some("msg_1".into()), usage },
            begins(0, json!({"type": "thinking", "thinking": "", "signature": ""})),
            StreamEvent::ThinkingDelta { block: 0, text: "hm".into() },
            StreamEvent::SignatureDelta { block: 0, signature: "sig".into() },
            ends(0, json!({"type": "thinking", "thinking": "hm", "signature": "sig"})),
            begins(1, json!({"type": "text", "text": "", "citations": null})),
            StreamEvent::TextDelta { block: 1, text: "a".into() },
            StreamEvent::CitationsDelta { block: 1, citation: json!({"c": 1}) },
            ends(1, json!({"type": "text", "text": "a", "citations": [{"c": 1}]})),
            begins(2, call(json!({}))),
            StreamEvent::InputDelta { block: 2, partial_json: "{\"a\":".into() },
            StreamEvent::InputDelta { block: 2, partial_json: "1}".into() },
            ends(2, call(json!({"a": 1}))),
            begins(3, json!({"type": "compaction", "content": null})),
            StreamEvent::OtherDelta { block: 3, delta },
            ends(3, json!({"type": "compaction", "content": "c"})),
        ]
    );
}

#[test]
fn what_is_not_the_protocol_is_an_error() {
    let open = r#"{"type":"content_block_start","index":0,"content_block":{"type":"text","text":""}}"#;
    let close = r#"{"type":"content_block_stop","index":0}"#;
    fail(&["{"], "EOF");
    fail(&[DELTA], "before `message_start`");
    fail(&[START, START], "a second `message_start`");
    fail(&[START, DELTA], "without `message_stop`");
    fail(&[START, STOP], "without a stop reason");
    fail(&[START, open, DELTA, STOP], "a block has no end");
    fail(&[START, open, open], "a second block 0");
    fail(&[START, close], "block 0 never began");
    fail(&[START, open, close, close], "a second end of block 0");
    fail(&[START, r#"{"type":"content_block_start","index":0}"#], "a block without a type");
    fail(&[START, r#"{"type":"content_block_stop"}"#], "without its index");
    fail(&["[]", "3", "null"], "without `message_stop`");
    fail(&[], "without `message_stop`");
}

#[test]
fn an_error_in_the_stream_keeps_its_code() {
    let error =
        r#"{"type":"error","error":{"type":"overloaded_error","message":"Overloaded"},"request_id":"req_9"}"#;
    let error = stream(&[START, error]).1.unwrap_err();
    assert_eq!((error.kind, error.status), (ErrorKind::Overloaded, None));
    assert_eq!(error.to_string(), "Overloaded (overloaded_error, request id req_9)");
    let reported = crate::Reported {
        error_type: Some("overloaded_error".into()),
        message: "Overloaded".into(),
        details: None,
    };
    assert_eq!(error.reported, Some(Box::new(reported)));
}

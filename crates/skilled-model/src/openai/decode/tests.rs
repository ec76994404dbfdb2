use serde_json::{Value, json};
use skilled_message::{Block, Message, Role, StopReason, ThinkingBlock, ToolUseBlock, Usage};

use super::Decoder;
use crate::recorded::{answer, read};
use crate::{Error, ErrorKind, Response, StreamEvent};

fn stream(transcript: &[Message], chunks: &[Value]) -> (Vec<StreamEvent>, Result<(), Error>) {
    let records: Vec<_> = chunks.iter().map(|chunk| format!("data: {chunk}\n\n")).collect();
    read(Decoder::new(transcript, &[]), records.iter().map(String::as_bytes))
}

fn delta(delta: &Value) -> Value {
    json!({"choices": [{"index": 0, "delta": delta}]})
}

fn end(reason: &str) -> Value {
    json!({"model": "m", "choices": [{"index": 0, "delta": {}, "finish_reason": reason}]})
}

/// Returns the answer of a stream whose deltas are lists of tool calls, ended by `stop`.
#[track_caller]
fn calls_of(deltas: &[Value]) -> Response {
    let mut chunks: Vec<_> = deltas.iter().map(|calls| delta(&json!({"tool_calls": calls}))).collect();
    chunks.push(end("stop"));
    answer(stream(&[], &chunks))
}

#[track_caller]
fn check_calls(deltas: &[Value], expected: &[(&str, &str, Value)]) {
    let response = calls_of(deltas);
    let expected: Vec<_> = expected
        .iter()
        .map(|(id, name, input)| Block::ToolUse(ToolUseBlock::new(*id, *name, input.clone())))
        .collect();
    assert_eq!(response.content, expected);
    assert_eq!(response.stop_reason, StopReason::ToolUse);
}

#[test]
fn calls_are_put_together_as_the_servers_send_them() {
    let function = |name: &str, arguments: &str| json!({"name": name, "arguments": arguments});
    let (a, b) = (json!({"n": 1}), json!({"n": 2}));
    let (whole_a, whole_b) = (a.to_string(), b.to_string());
    let both = [("1", "f", a.clone()), ("2", "g", b.clone())];
    // By index, the deltas of two calls mixed.
    check_calls(
        &[
            json!([{"index": 0, "id": "1", "function": function("f", "{\"n\"")},
                   {"index": 1, "id": "2", "function": function("g", "")}]),
            json!([{"index": 1, "function": {"arguments": "{\"n\": 2}"}}]),
            json!([{"index": 0, "function": {"arguments": ": 1}"}}]),
        ],
        &both,
    );
    // No index, whole calls.
    check_calls(
        &[
            json!([{"id": "1", "function": function("f", &whole_a)}, {"id": "2", "function": function("g", &whole_b)}]),
        ],
        &both,
    );
    // One index for all of them.
    check_calls(
        &[
            json!([{"index": 0, "id": "1", "function": function("f", &whole_a)}]),
            json!([{"index": 0, "id": "2", "function": function("g", "")}]),
            json!([{"index": 0, "function": {"arguments": whole_b}}]),
        ],
        &both,
    );
    // Neither index nor id, and arguments as an object.
    check_calls(
        &[
            json!([{"function": {"name": "f", "arguments": a}}]),
            json!([{"function": {"name": "f", "arguments": b}}]),
        ],
        &[("call_0_1", "f", a.clone()), ("call_0_2", "f", b.clone())],
    );
    // One id and one index for two calls.
    check_calls(
        &[
            json!([{"index": 0, "id": "1", "function": function("f", &whole_a)}]),
            json!([{"index": 0, "id": "1", "function": function("f", &whole_b)}]),
        ],
        &[("1", "f", a.clone()), ("call_0_2", "f", b)],
    );
    // Id and name repeated, or made up, in every delta; the name split.
    check_calls(
        &[
            json!([{"index": 0, "id": "1", "function": function("f", "{\"n\"")}]),
            json!([{"index": 0, "id": "1", "function": function("f", ": 1")}]),
            json!([{"index": 0, "id": "9", "function": {"arguments": "}"}}]),
        ],
        &[("1", "f", a.clone())],
    );
    check_calls(
        &[
            json!([{"index": 0, "id": "1", "function": {"name": "view"}}]),
            json!([{"index": 0, "function": {"name": "_file", "arguments": whole_a}}]),
        ],
        &[("1", "view_file", a)],
    );
}

#[test]
fn everything_is_told_as_it_comes() {
    let function = |name: &str, arguments: &str| json!({"name": name, "arguments": arguments});
    let calls = |calls: Value| delta(&json!({"tool_calls": calls}));
    let first = json!({"id": "c", "model": "m", "choices": [{"index": 0, "delta": {"role": "assistant"}}]});
    let (events, result) = stream(
        &[],
        &[
            first,
            delta(&json!({"reasoning": "hm"})),
            delta(&json!({"content": "a"})),
            delta(&json!({"content": "b"})),
            calls(json!([{"index": 0, "id": "1", "function": function("f", "")}])),
            calls(json!([{"index": 0, "function": {"arguments": "{\"n\":"}}])),
            calls(json!([{"index": 1, "id": "2", "function": function("g", "{}")}])),
            calls(json!([{"index": 0, "function": {"arguments": "1}"}}])),
            end("tool_calls"),
        ],
    );
    result.unwrap();
    let mut note = serde_json::Map::new();
    note.insert("openai".to_owned(), json!({"field": "reasoning"}));
    let thinking = |text: &str| {
        Block::Thinking(ThinkingBlock {
            thinking: text.into(),
            signature: String::new(),
            extra: note.clone(),
        })
    };
    let call = |id: &str, name: &str, input: Value| Block::ToolUse(ToolUseBlock::new(id, name, input));
    let begins = |index: usize, block: Block| StreamEvent::BlockStart { index, block };
    let ends = |index: usize, block: Block| StreamEvent::Block { index, block };
    let input = |block: usize, text: &str| StreamEvent::InputDelta { block, partial_json: text.into() };
    assert_eq!(
        events[..events.len() - 1],
        [
            StreamEvent::Started { model: "m".into(), id: Some("c".into()), usage: Usage::default() },
            begins(0, thinking("")),
            StreamEvent::ThinkingDelta { block: 0, text: "hm".into() },
            ends(0, thinking("hm")),
            begins(1, Block::text("")),
            StreamEvent::TextDelta { block: 1, text: "a".into() },
            StreamEvent::TextDelta { block: 1, text: "b".into() },
            ends(1, Block::text("ab")),
            begins(2, call("1", "f", json!({}))),
            input(2, "{\"n\":"),
            input(2, "1}"),
            ends(2, call("1", "f", json!({"n": 1}))),
            begins(3, call("2", "g", json!({}))),
            input(3, "{}"),
            ends(3, call("2", "g", json!({}))),
        ]
    );
}

#[test]
fn what_comes_after_another_block_is_a_block_of_its_own() {
    let call = json!([{"index": 0, "id": "1", "function": {"name": "f", "arguments": "{}"}}]);
    let response = answer(stream(
        &[],
        &[
            delta(&json!({"content": "a"})),
            delta(&json!({"tool_calls": call})),
            delta(&json!({"content": "b"})),
            end("tool_calls"),
        ],
    ));
    let call = Block::ToolUse(ToolUseBlock::new("1", "f", json!({})));
    assert_eq!(response.content, [Block::text("a"), call, Block::text("b")]);
    let late = json!([{"index": 0, "function": {"arguments": "x"}}]);
    let call = json!([{"index": 0, "id": "1", "function": {"name": "f", "arguments": "{}"}}]);
    let (_, result) = stream(
        &[],
        &[
            delta(&json!({"tool_calls": call})),
            delta(&json!({"content": "b"})),
            delta(&json!({"tool_calls": late})),
            end("tool_calls"),
        ],
    );
    assert!(result.unwrap_err().source.unwrap().to_string().contains("arguments were complete"));
}

#[test]
fn a_stop_sequence_is_told_where_the_server_tells_it() {
    for (key, value, expected) in [
        ("stop_reason", json!("END"), StopReason::StopSequence),
        ("matched_stop", json!("END"), StopReason::StopSequence),
        ("stop_reason", json!("other"), StopReason::EndTurn),
        ("stop_reason", json!(7), StopReason::EndTurn),
    ] {
        let mut last = end("stop");
        last["choices"][0][key] = value;
        let records: Vec<_> = [delta(&json!({"content": "x"})), last]
            .iter()
            .map(|chunk| format!("data: {chunk}\n\n"))
            .collect();
        let decoder = Decoder::new(&[], &["END".to_owned()]);
        let response = answer(read(decoder, records.iter().map(String::as_bytes)));
        let text = response.extra.get("stop_sequence").and_then(Value::as_str);
        assert_eq!(text, (expected == StopReason::StopSequence).then_some("END"));
        assert_eq!(response.stop_reason, expected);
    }
}

#[test]
fn arguments_are_empty_whole_or_kept_as_text() {
    for (arguments, expected) in [
        ("", json!({})),
        (" ", json!({})),
        ("{\"a\": 1}", json!({"a": 1})),
        ("{\"a\": ", json!("{\"a\": ")),
        ("ls", json!("ls")),
    ] {
        check_calls(
            &[json!([{"index": 0, "id": "1", "function": {"name": "f", "arguments": arguments}}])],
            &[("1", "f", expected)],
        );
    }
}

#[test]
fn ids_of_the_transcript_are_not_used_again() {
    let old = |id: &str| Block::ToolUse(ToolUseBlock::new(id, "f", json!({})));
    let transcript =
        [Message::user("go"), Message::new(Role::Assistant, vec![old("call_0"), old("call_2_1")])];
    let call = delta(&json!({"tool_calls": [{"index": 0, "id": "call_0", "function": {"name": "f"}}]}));
    let response = answer(stream(&transcript, &[call, end("tool_calls")]));
    assert!(matches!(&response.content[0], Block::ToolUse(call) if call.id == "call_2_2"), "{response:?}");
}

#[test]
fn fields_of_chunks_choices_and_counts_are_kept() {
    let token = |token: &str| json!({"content": [{"token": token}], "refusal": null});
    let chunk = |at: u64, text: &str| {
        json!({"id": "c1", "object": "chat.completion.chunk", "created": at, "model": "m", "obfuscation": "x9",
               "service_tier": null, "system_fingerprint": "fp",
               "choices": [{"index": 0, "delta": {"content": text}, "logprobs": token(text), "finish_reason": null}]})
    };
    let last = json!({"service_tier": "default", "choices": [
        {"index": 0, "delta": {}, "finish_reason": "stop", "native_finish_reason": "STOP"},
    ]});
    let usage = json!({"choices": [], "usage": {
        "prompt_tokens": 5, "completion_tokens": 2, "total_tokens": 7, "cost": 0.5, "prompt_tokens_details": null,
        "completion_tokens_details": {"reasoning_tokens": 1}, "input_tokens": 5,
    }});
    let response = answer(stream(&[], &[chunk(1, "a"), chunk(2, "b"), last, usage]));
    assert_eq!(
        Value::Object(response.extra),
        json!({"id": "c1", "created": 2, "system_fingerprint": "fp", "service_tier": "default",
               "choice": {"logprobs": {"content": [{"token": "a"}, {"token": "b"}], "refusal": null},
                          "native_finish_reason": "STOP"}})
    );
    assert_eq!(
        Value::Object(response.usage.extra.clone()),
        json!({"cost": 0.5, "completion_tokens_details": {"reasoning_tokens": 1}, "openai": {"input_tokens": 5}})
    );
    let written = serde_json::to_string(&response.usage).unwrap();
    assert_eq!(serde_json::from_str::<Usage>(&written).unwrap(), response.usage);
}

#[test]
fn fields_of_an_answer_without_blocks_are_kept() {
    let response = answer(stream(&[], &[delta(&json!({"content": "", "annotations": [1]})), end("stop")]));
    assert_eq!(Value::Object(response.extra), json!({"message": {"annotations": [1]}}));
}

#[test]
fn unknown_fields_are_kept_where_they_came() {
    let response = calls_of(&[
        json!([{"index": 0, "id": "1", "function": {"name": "f", "parsed": 1}, "extra_content": {"google": {"s": "x"}}}]),
    ]);
    let value = serde_json::to_value(&response.content[0]).unwrap();
    assert_eq!(
        value["openai"],
        json!({"call": {"extra_content": {"google": {"s": "x"}}, "function": {"parsed": 1}}})
    );
    let response = answer(stream(
        &[],
        &[
            delta(&json!({"reasoning": "a", "reasoning_details": [1], "note": "x"})),
            delta(&json!({"content": "b", "reasoning_details": [2], "note": "y", "audio": null})),
            end("stop"),
        ],
    ));
    let value = serde_json::to_value(&response.content).unwrap();
    assert_eq!(
        value,
        json!([
            {"type": "thinking", "thinking": "a", "signature": "", "openai": {"field": "reasoning"}},
            {"type": "text", "text": "b", "openai": {"message": {"reasoning_details": [1, 2], "note": "xy"}}},
        ])
    );
}

#[test]
fn finish_reasons_are_translated() {
    for (reason, expected) in [
        ("stop", StopReason::EndTurn),
        ("tool_calls", StopReason::EndTurn),
        ("length", StopReason::MaxTokens),
        ("content_filter", StopReason::Refusal),
        ("eos", StopReason::Other("eos".into())),
    ] {
        let response = answer(stream(&[], &[delta(&json!({"content": "x"})), end(reason)]));
        assert_eq!(response.stop_reason, expected);
    }
}

#[test]
fn usage_is_translated() {
    for (usage, expected) in [
        (json!({"prompt_tokens": 9, "completion_tokens": 2}), (9, 0, 2)),
        (
            json!({"prompt_tokens": 9, "completion_tokens": 2, "prompt_tokens_details": {"cached_tokens": 4}}),
            (5, 4, 2),
        ),
        (json!({"prompt_tokens": 9, "completion_tokens": 2, "prompt_cache_hit_tokens": 3}), (6, 3, 2)),
        (json!({"prompt_tokens": 1, "prompt_tokens_details": {"cached_tokens": 4}}), (0, 4, 0)),
        (json!({"prompt_tokens": 9, "prompt_tokens_details": null}), (9, 0, 0)),
    ] {
        let usage = answer(stream(&[], &[end("stop"), json!({"choices": [], "usage": usage})])).usage;
        assert_eq!((usage.input_tokens, usage.cache_read_input_tokens, usage.output_tokens), expected);
    }
}

#[test]
fn an_answer_may_end_with_done_or_with_a_finish_reason_only() {
    let text = b"data: {\"choices\":[{\"delta\":{\"content\":\"x\"}}]}\n\ndata: [DONE]\n\ndata: {broken\n\n";
    assert_eq!(answer(read(Decoder::new(&[], &[]), [text.as_slice()])).stop_reason, StopReason::EndTurn);
    let (events, result) = stream(&[], &[delta(&json!({"content": "x"}))]);
    assert_eq!(result.unwrap_err().kind, ErrorKind::Transport);
    assert_eq!(
        events,
        [
            StreamEvent::Started { model: String::new(), id: None, usage: Usage::default() },
            StreamEvent::BlockStart { index: 0, block: Block::text("") },
            StreamEvent::TextDelta { block: 0, text: "x".into() },
        ]
    );
}

#[test]
fn failures_in_the_stream_are_read_in_every_shape() {
    for (chunk, kind, status) in [
        (
            json!({"error": {"message": "m", "type": "server_error", "code": null}}),
            ErrorKind::Overloaded,
            None,
        ),
        (
            json!({"error": {"message": "m", "type": "BadRequestError", "code": 400}}),
            ErrorKind::BadRequest,
            Some(400),
        ),
        (
            json!({"object": "error", "message": "m", "type": "x", "code": 500}),
            ErrorKind::Overloaded,
            Some(500),
        ),
        (
            json!({"error": {"message": "m", "code": "context_length_exceeded"}}),
            ErrorKind::ContextTooLong,
            None,
        ),
        (json!({"error": "m"}), ErrorKind::Overloaded, None),
    ] {
        let error = stream(&[], &[delta(&json!({"content": "x"})), chunk.clone()]).1.unwrap_err();
        assert_eq!((error.kind, error.status, error.message.as_str()), (kind, status, "m"), "{chunk}");
    }
}

#[test]
fn what_is_not_the_protocol_is_an_error() {
    for data in ["{", "<html>"] {
        let text = format!("data: {data}\n\n");
        let error = read(Decoder::new(&[], &[]), [text.as_bytes()]).1.unwrap_err();
        assert_eq!(error.kind, ErrorKind::Transport, "{data}");
    }
    for strange in
        [json!([]), json!(3), json!({"choices": 1}), delta(&json!("x")), delta(&json!({"tool_calls": {}}))]
    {
        let error = stream(&[], &[strange]).1.unwrap_err();
        assert!(error.source.unwrap().to_string().contains("without a finish reason"));
    }
    let nameless = delta(&json!({"tool_calls": [{"index": 0, "id": "1", "function": {"arguments": "{}"}}]}));
    let error = stream(&[], &[nameless, end("tool_calls")]).1.unwrap_err();
    assert!(error.source.unwrap().to_string().contains("without a name"));
}

//! Tests over the recorded streams: every split gives what the official SDKs make of the same bytes.

use proptest::prelude::*;
use serde_json::{Value, json};
use skilled_message::{Block, StopReason};

use crate::fold::{fold, folded};
use crate::http::{Decoder, Reader};
use crate::sse::Parser;
use crate::{Error, Response, StreamEvent, anthropic, openai};

/// The recorded streams, and what the SDKs made of them. `tests/sdk` proves the second from the first.
macro_rules! recordings {
    ($($name:literal),* $(,)?) => {
        [$((
            $name,
            include_bytes!(concat!("../tests/data/", $name, ".sse")).as_slice(),
            include_str!(concat!("../tests/data/", $name, ".json")),
        )),*]
    };
}

const RECORDINGS: [(&str, &[u8], &str); 9] = recordings![
    "anthropic-refusal",
    "anthropic-server-tools",
    "anthropic-tools",
    "openai-llamacpp-text",
    "openai-ollama-tools",
    "openai-openrouter-comments",
    "openai-refusal",
    "openai-tools",
    "openai-vllm-reasoning",
];

/// Reads `chunks` as the transport does.
pub(crate) fn read<'a>(
    decoder: impl Decoder,
    chunks: impl IntoIterator<Item = &'a [u8]>,
) -> (Vec<StreamEvent>, Result<(), Error>) {
    let mut reader = Reader::new(decoder);
    let mut events = Vec::new();
    for chunk in chunks {
        if let Err(error) = reader.push(chunk, &mut events) {
            return (events, Err(error));
        }
    }
    let finished = reader.finish(Some("req".to_owned()), &mut events);
    (events, finished)
}

/// Returns the answer of a stream that must be good, after checking that its events agree with it.
#[track_caller]
pub(crate) fn answer((events, result): (Vec<StreamEvent>, Result<(), Error>)) -> Response {
    result.unwrap();
    let Some((StreamEvent::Finished(response), before)) = events.split_last() else {
        panic!("the last event is not the answer: {events:?}");
    };
    let blocks: Vec<_> = before
        .iter()
        .filter_map(|event| match event {
            StreamEvent::Block { index, block } => Some((*index, block.clone())),
            _ => None,
        })
        .collect();
    assert_eq!(blocks, response.content.iter().cloned().enumerate().collect::<Vec<_>>());
    assert_eq!(fold(before), folded(&response.content));
    response.clone()
}

fn read_named<'a>(name: &str, chunks: impl IntoIterator<Item = &'a [u8]>) -> Response {
    if name.starts_with("anthropic") {
        answer(read(anthropic::Decoder::default(), chunks))
    } else {
        answer(read(openai::Decoder::new(&[], &[]), chunks))
    }
}

#[test]
fn every_stream_gives_what_the_sdk_makes_of_it() {
    for (name, stream, expected) in RECORDINGS {
        let response = read_named(name, [stream]);
        let expected: Value = serde_json::from_str(expected).unwrap();
        if name.starts_with("anthropic") {
            check_message(name, &response, &expected);
        } else {
            check_completion(name, &response, &expected);
        }
    }
}

fn check_message(name: &str, response: &Response, expected: &Value) {
    assert_eq!(serde_json::to_value(&response.content).unwrap(), expected["content"], "{name}");
    assert_eq!(serde_json::to_value(&response.stop_reason).unwrap(), expected["stop_reason"], "{name}");
    assert_eq!(serde_json::to_value(&response.usage).unwrap(), expected["usage"], "{name}");
    assert_eq!(response.model, expected["model"], "{name}");
}

fn check_completion(name: &str, response: &Response, expected: &Value) {
    let message = &expected["choices"][0]["message"];
    let (mut text, mut refusal, mut reasoning, mut calls) =
        (String::new(), String::new(), String::new(), vec![]);
    for block in &response.content {
        match block {
            Block::Text(block) if block.extra.get("openai").is_some_and(|own| own["refusal"] == true) => {
                refusal.push_str(&block.text);
            }
            Block::Text(block) => text.push_str(&block.text),
            Block::Thinking(block) => reasoning.push_str(&block.thinking),
            Block::ToolUse(call) => calls.push(json!([call.id, call.name, call.input])),
            other => panic!("{name}: {other:?}"),
        }
    }
    let said = |key: &str| message[key].as_str().unwrap_or_default();
    assert_eq!((text.as_str(), refusal.as_str()), (said("content"), said("refusal")), "{name}");
    assert_eq!(reasoning, format!("{}{}", said("reasoning_content"), said("reasoning")), "{name}");
    let expected_calls: Vec<Value> = message["tool_calls"]
        .as_array()
        .into_iter()
        .flatten()
        .map(|call| {
            let arguments = call["function"]["arguments"].as_str().unwrap();
            json!([call["id"], call["function"]["name"], serde_json::from_str::<Value>(arguments).unwrap()])
        })
        .collect();
    assert_eq!(calls, expected_calls, "{name}");
    let reason = match expected["choices"][0]["finish_reason"].as_str().unwrap() {
        _ if !refusal.is_empty() => StopReason::Refusal,
        "tool_calls" => StopReason::ToolUse,
        "length" => StopReason::MaxTokens,
        _ if calls.is_empty() => StopReason::EndTurn,
        _ => StopReason::ToolUse,
    };
    assert_eq!(response.stop_reason, reason, "{name}");
    let counts = (response.usage.prompt_tokens(), response.usage.output_tokens);
    let usage = &expected["usage"];
    assert_eq!(
        counts,
        (usage["prompt_tokens"].as_u64().unwrap(), usage["completion_tokens"].as_u64().unwrap())
    );
    assert_eq!(response.model, expected["model"], "{name}");
}

#[test]
fn chunks_of_any_size_give_the_same_answer() {
    for (name, stream, _) in RECORDINGS {
        let whole = read_named(name, [stream]);
        for size in 1..=16 {
            assert_eq!(read_named(name, stream.chunks(size)), whole, "{name} in chunks of {size}");
        }
    }
}

#[test]
fn every_split_in_two_gives_the_same_records() {
    for (name, stream, _) in RECORDINGS {
        let records = |chunks: [&[u8]; 2]| {
            let (mut parser, mut records) = (Parser::new(1 << 20), Vec::new());
            for chunk in chunks {
                parser.push(chunk, &mut records).unwrap();
            }
            records
        };
        let whole = records([stream, b""]);
        for at in 0..=stream.len() {
            assert_eq!(records([&stream[..at], &stream[at..]]), whole, "{name} split at {at}");
        }
    }
}

#[test]
fn a_stream_that_is_cut_anywhere_is_never_a_whole_answer() {
    for (name, stream, _) in RECORDINGS {
        let records: Vec<usize> = stream
            .windows(6)
            .enumerate()
            .filter(|(_, w)| w.starts_with(b"data: "))
            .map(|(at, _)| at)
            .collect();
        // The end of the answer: `message_stop`, or the chunk with the finish reason, which may stand before the usage.
        let text = std::str::from_utf8(stream).unwrap();
        let end = text.rfind("message_stop").unwrap_or_else(|| text.rfind("\"finish_reason\":\"").unwrap());
        for at in records.into_iter().filter(|at| *at < end) {
            let result = if name.starts_with("anthropic") {
                read(anthropic::Decoder::default(), [&stream[..at]])
            } else {
                read(openai::Decoder::new(&[], &[]), [&stream[..at]])
            };
            let error = result.1.expect_err("a cut stream must fail");
            assert_eq!(error.kind, crate::ErrorKind::Transport, "{name} cut at {at}");
            assert!(!result.0.iter().any(|event| matches!(event, StreamEvent::Finished(_))));
        }
    }
}

proptest! {
    #[test]
    fn damaged_streams_never_panic(
        recording in 0..RECORDINGS.len(),
        damage in proptest::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..8),
    ) {
        let (name, stream, _) = RECORDINGS[recording];
        let mut bytes = stream.to_vec();
        for (index, byte) in damage {
            *index.get_mut(&mut bytes) = byte;
        }
        let (events, result) = if name.starts_with("anthropic") {
            read(anthropic::Decoder::default(), [bytes.as_slice()])
        } else {
            read(openai::Decoder::new(&[], &[]), [bytes.as_slice()])
        };
        let finished = matches!(events.last(), Some(StreamEvent::Finished(_)));
        prop_assert_eq!(finished, result.is_ok());
    }
}

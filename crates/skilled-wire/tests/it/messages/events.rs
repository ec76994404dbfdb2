//! An answer as events, and events as an answer.

use proptest::prelude::*;
use serde_json::json;
use skilled_message::{Block, StopReason, TextBlock, ThinkingBlock, ToolUseBlock};
use skilled_wire::messages::content::{ServerTool, ServerToolUse, text};
use skilled_wire::messages::{Accumulator, Delta, FoldError, MessagesResponse, StreamEvent, Usage};
use skilled_wire::{ErrorObject, ErrorType};

use super::response::full;

fn fold(events: impl IntoIterator<Item = StreamEvent>) -> Result<MessagesResponse, FoldError> {
    let mut answer = Accumulator::new();
    events.into_iter().try_for_each(|event| answer.push(event))?;
    answer.finish()
}

#[test]
fn events_are_the_answer() {
    assert_eq!(fold(full().into_events()), Ok(full()));
}

#[test]
fn records_have_a_name_and_one_line_of_data() {
    for event in full().into_events() {
        let record = event.to_sse();
        let lines: Vec<&str> = record.split('\n').collect();
        let [name, data, "", ""] = lines[..] else { panic!("{record:?}") };
        assert_eq!(name, format!("event: {}", event.name()));
        let data = data.strip_prefix("data: ").expect("data");
        assert_eq!(serde_json::from_str::<StreamEvent>(data).expect("an event"), event);
        assert!(data.contains(&format!(r#""type":"{}""#, event.name())));
    }
}

#[test]
fn results_come_whole_and_arguments_in_deltas() {
    let events = full().into_events();
    assert!(matches!(
        &events[4],
        StreamEvent::ContentBlockStart { index: 1, content_block: Block::Other(call) } if call["input"] == json!({})
    ));
    assert_eq!(
        events[5],
        StreamEvent::ContentBlockDelta {
            index: 1,
            delta: Delta::InputJsonDelta { partial_json: r#"{"command":"make"}"#.to_owned() },
        }
    );
    assert!(matches!(
        &events[7],
        StreamEvent::ContentBlockStart { index: 2, content_block: Block::Other(result) } if result["content"]["stdout"] == "ok\n"
    ));
    assert_eq!(StreamEvent::Ping.to_sse(), "event: ping\ndata: {\"type\":\"ping\"}\n\n");
}

#[test]
fn arguments_that_were_cut_off_keep_what_is_whole() {
    let cut = |partial: &str| {
        let call = ToolUseBlock::new("toolu_1", "weather", json!({}));
        let begun = MessagesResponse::begun("msg_1", "m", Usage::default());
        let answer = fold([
            StreamEvent::MessageStart { message: Box::new(begun) },
            StreamEvent::ContentBlockStart { index: 0, content_block: Block::ToolUse(call) },
            StreamEvent::ContentBlockDelta {
                index: 0,
                delta: Delta::InputJsonDelta { partial_json: partial.to_owned() },
            },
            StreamEvent::ContentBlockStop { index: 0 },
            StreamEvent::MessageStop,
        ]);
        match &answer.expect("an answer").content[0] {
            Block::ToolUse(call) => call.input.clone(),
            other => panic!("{other:?}"),
        }
    };
    assert_eq!(cut(r#"{"a": 1, "b": [1, 2, {"c": "d"#), json!({ "a": 1, "b": [1, 2, {}] }));
    assert_eq!(cut(r#"{"a": "x, {", "b"#), json!({ "a": "x, {" }));
    assert_eq!(cut(r#"{"a": "\""#), json!({}));
    assert_eq!(cut(r#"{"a": 1}"#), json!({ "a": 1 }));
    assert_eq!(cut("[1, 2]"), json!({}));
    assert_eq!(cut("}{"), json!({}));
    assert_eq!(cut("{{{{"), json!({}));
    assert_eq!(cut(&"{\"a\":[".repeat(100_000)), json!({}));
}

#[test]
fn refuses_events_that_are_no_answer() {
    let begun = || MessagesResponse::begun("msg_1", "m", Usage::default());
    let start = || StreamEvent::MessageStart { message: Box::new(begun()) };
    let block = |index| StreamEvent::ContentBlockStart { index, content_block: text("") };
    let misplaced = |event| Err(FoldError::Misplaced { event });
    assert_eq!(fold([block(0)]), misplaced("content_block_start"));
    assert_eq!(fold([start(), start()]), misplaced("message_start"));
    assert_eq!(fold([start(), block(1)]), misplaced("content_block_start"));
    assert_eq!(fold([start(), StreamEvent::ContentBlockStop { index: 0 }]), misplaced("content_block_stop"));
    assert_eq!(
        fold([start(), StreamEvent::MessageStop, StreamEvent::MessageStop]),
        misplaced("message_stop")
    );
    assert_eq!(fold([start(), StreamEvent::Ping]), Err(FoldError::Unfinished));
    assert_eq!(
        fold([
            start(),
            block(0),
            StreamEvent::ContentBlockDelta {
                index: 0,
                delta: Delta::SignatureDelta { signature: "x".to_owned() }
            }
        ]),
        Err(FoldError::Mismatched { index: 0, block: "text".to_owned() })
    );
    let error = ErrorObject { kind: ErrorType::Overloaded, message: "Later".to_owned(), details: None };
    let event = StreamEvent::Error { error: error.clone(), request_id: Some("req_1".to_owned()) };
    assert_eq!(
        event.to_sse(),
        "event: error\ndata: {\"type\":\"error\",\"error\":{\"type\":\"overloaded_error\",\"message\":\"Later\"},\"request_id\":\"req_1\"}\n\n"
    );
    assert_eq!(fold([start(), event]), Err(FoldError::Failed { error: Box::new(error) }));
}

/// A block that a model or server may make.
fn any_block() -> impl Strategy<Value = Block> {
    let arguments = proptest::collection::vec(("[a-z]{1,4}", "\\PC{0,8}"), 0..4).prop_map(|fields| {
        fields.into_iter().map(|(name, value)| (name, json!(value))).collect::<serde_json::Map<_, _>>()
    });
    prop_oneof![
        "\\PC{0,20}".prop_map(text),
        ("\\PC{0,20}", proptest::collection::vec("[a-z]{0,5}", 0..3)).prop_map(|(text, citations)| {
            let citations: Vec<_> =
                citations.into_iter().map(|cited| json!({ "cited_text": cited })).collect();
            let extra = [("citations".to_owned(), json!(citations))].into_iter().collect();
            Block::Text(TextBlock { text, extra })
        }),
        ("\\PC{0,20}", "[a-z]{0,5}").prop_map(|(thinking, signature)| {
            Block::Thinking(ThinkingBlock { thinking, signature, extra: serde_json::Map::new() })
        }),
        ("[a-z]{1,5}", arguments.clone()).prop_map(|(id, input)| Block::ToolUse(ToolUseBlock::new(
            id,
            "weather",
            json!(input)
        ))),
        ("[a-z]{1,5}", arguments).prop_map(|(id, input)| {
            ServerToolUse::new(id, ServerTool::BashCodeExecution, json!(input)).into_block()
        }),
        Just(Block::Other(json!({ "type": "hologram", "frames": [] }))),
    ]
}

/// Splits the texts of deltas after every letter.
fn split(event: StreamEvent) -> Vec<StreamEvent> {
    let StreamEvent::ContentBlockDelta { index, delta } = event else { return vec![event] };
    let each = |whole: String, make: fn(String) -> Delta| {
        whole
            .chars()
            .map(|letter| StreamEvent::ContentBlockDelta { index, delta: make(letter.to_string()) })
            .collect()
    };
    match delta {
        Delta::TextDelta { text } => each(text, |text| Delta::TextDelta { text }),
        Delta::InputJsonDelta { partial_json } => {
            each(partial_json, |partial_json| Delta::InputJsonDelta { partial_json })
        }
        Delta::ThinkingDelta { thinking, .. } => {
            each(thinking, |thinking| Delta::ThinkingDelta { thinking, estimated_tokens: None })
        }
        whole => vec![StreamEvent::ContentBlockDelta { index, delta: whole }],
    }
}

proptest! {
    #[test]
    fn any_answer_is_its_events(
        content in proptest::collection::vec(any_block(), 0..6),
        tokens in any::<(u32, u32, u32)>(),
        stop in prop_oneof![Just(StopReason::EndTurn), Just(StopReason::PauseTurn), Just(StopReason::ToolUse)],
        whole in any::<bool>(),
    ) {
        let mut answer = full();
        answer.content = content;
        answer.stop_reason = Some(stop);
        answer.usage.input_tokens = tokens.0.into();
        answer.usage.output_tokens = tokens.1.into();
        answer.usage.cache_creation.ephemeral_1h_input_tokens = tokens.2.into();
        let events = answer.clone().into_events();
        let events: Vec<_> = if whole { events } else { events.into_iter().flat_map(split).collect() };
        // Over the wire and back.
        let events = events.into_iter().map(|event| {
            let record = event.to_sse();
            let data = record.split_once("data: ").map(|(_, data)| data).unwrap_or_default();
            serde_json::from_str::<StreamEvent>(data.trim_end()).expect("an event")
        });
        prop_assert_eq!(fold(events), Ok(answer));
    }
}

//! Puts the blocks of an answer together from the previews alone, as a client that only sees a stream does.

use serde_json::{Value, json};
use skilled_message::Block;

use crate::StreamEvent;

/// Returns the blocks that the events before the answer add up to, after checking their order. What only the complete
/// block has, the notes of Chat Completions, is left out.
#[track_caller]
pub(crate) fn fold(events: &[StreamEvent]) -> Vec<Value> {
    let (mut blocks, mut open): (Vec<Value>, Option<(Value, String)>) = (Vec::new(), None);
    let mut started = false;
    for event in events {
        let index = match event {
            StreamEvent::Retry(_) => continue,
            StreamEvent::Started { .. } => {
                assert!(!started, "a second beginning");
                started = true;
                continue;
            }
            StreamEvent::BlockStart { index, .. } | StreamEvent::Block { index, .. } => *index,
            StreamEvent::TextDelta { block, .. }
            | StreamEvent::ThinkingDelta { block, .. }
            | StreamEvent::InputDelta { block, .. }
            | StreamEvent::SignatureDelta { block, .. }
            | StreamEvent::CitationsDelta { block, .. }
            | StreamEvent::OtherDelta { block, .. } => *block,
            StreamEvent::Finished(_) => panic!("the answer is no preview"),
        };
        assert!(started, "{event:?} before the beginning");
        assert_eq!(index, blocks.len(), "blocks follow one another: {event:?}");
        if let StreamEvent::BlockStart { block, .. } = event {
            assert!(open.is_none(), "a block begins in another: {event:?}");
            open = Some((serde_json::to_value(block).unwrap(), String::new()));
            continue;
        }
        let (mut value, mut input) = open.take().unwrap_or_else(|| panic!("no block is open: {event:?}"));
        if let StreamEvent::Block { block, .. } = event {
            if !input.trim().is_empty() {
                value["input"] = serde_json::from_str(&input).unwrap_or_else(|_| input.into());
            }
            assert_eq!(without_notes(value.clone()), without_notes(serde_json::to_value(block).unwrap()));
            blocks.push(without_notes(value));
            continue;
        }
        apply(event, &mut value, &mut input);
        open = Some((value, input));
    }
    assert!(open.is_none(), "a block has no end: {open:?}");
    blocks
}

fn apply(event: &StreamEvent, value: &mut Value, input: &mut String) {
    match event {
        StreamEvent::TextDelta { text, .. } => append(value, "text", text),
        StreamEvent::ThinkingDelta { text, .. } => append(value, "thinking", text),
        StreamEvent::InputDelta { partial_json, .. } => input.push_str(partial_json),
        StreamEvent::SignatureDelta { signature, .. } => value["signature"] = signature.clone().into(),
        StreamEvent::CitationsDelta { citation, .. } => match &mut value["citations"] {
            Value::Array(citations) => citations.push(citation.clone()),
            none => *none = json!([citation]),
        },
        StreamEvent::OtherDelta { delta, .. } => {
            for (key, more) in delta.as_object().unwrap().iter().filter(|(key, _)| *key != "type") {
                match more.as_str() {
                    Some(more) => append(value, key, more),
                    None => value[key] = more.clone(),
                }
            }
        }
        other => panic!("no delta: {other:?}"),
    }
}

fn append(value: &mut Value, key: &str, more: &str) {
    value[key] = format!("{}{more}", value[key].as_str().unwrap_or_default()).into();
}

fn without_notes(mut block: Value) -> Value {
    block.as_object_mut().unwrap().shift_remove("openai");
    block
}

/// Returns `blocks` as [`fold`] does.
pub(crate) fn folded(blocks: &[Block]) -> Vec<Value> {
    blocks.iter().map(|block| without_notes(serde_json::to_value(block).unwrap())).collect()
}

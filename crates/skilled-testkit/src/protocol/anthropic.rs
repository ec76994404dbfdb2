//! A stream of the Messages API.

use serde_json::{Value, json};
use skilled_message::Block;

use crate::Answer;

/// Returns the records of `answer`.
pub(super) fn records(answer: &Answer) -> Vec<String> {
    let mut records = vec![
        record(&json!({"type": "message_start", "message": {
            "id": "msg_test", "type": "message", "role": "assistant", "model": "test-model", "content": [],
            "stop_reason": null, "stop_sequence": null,
            "usage": {"input_tokens": answer.input_tokens, "output_tokens": 1,
                      "cache_creation_input_tokens": 0, "cache_read_input_tokens": 0},
        }})),
        record(&json!({"type": "ping"})),
    ];
    for (index, block) in answer.blocks.iter().enumerate() {
        let (start, deltas) = parts(answer, block);
        records.push(record(&json!({"type": "content_block_start", "index": index, "content_block": start})));
        for delta in deltas {
            records.push(record(&json!({"type": "content_block_delta", "index": index, "delta": delta})));
        }
        records.push(record(&json!({"type": "content_block_stop", "index": index})));
    }
    records.push(record(&json!({
        "type": "message_delta",
        "delta": {"stop_reason": answer.reason(), "stop_sequence": null},
        "usage": {"output_tokens": answer.output_tokens},
    })));
    records.push(record(&json!({"type": "message_stop"})));
    records
}

/// Returns how `block` begins, and its deltas.
fn parts(answer: &Answer, block: &Block) -> (Value, Vec<Value>) {
    let whole = serde_json::to_value(block).unwrap();
    match block {
        Block::Text(text) => {
            let deltas = answer.pieces(&text.text);
            let deltas = deltas.into_iter().map(|piece| json!({"type": "text_delta", "text": piece}));
            (with(whole, "text", json!("")), deltas.collect())
        }
        Block::Thinking(thinking) => {
            let mut deltas: Vec<_> = answer
                .pieces(&thinking.thinking)
                .into_iter()
                .map(|piece| json!({"type": "thinking_delta", "thinking": piece}))
                .collect();
            deltas.push(json!({"type": "signature_delta", "signature": thinking.signature}));
            (with(with(whole, "thinking", json!("")), "signature", json!("")), deltas)
        }
        Block::ToolUse(call) => {
            let mut deltas = vec![json!({"type": "input_json_delta", "partial_json": ""})];
            let pieces = answer.pieces(&input_text(&call.input));
            deltas.extend(
                pieces.into_iter().map(|piece| json!({"type": "input_json_delta", "partial_json": piece})),
            );
            (with(whole, "input", json!({})), deltas)
        }
        Block::Image(_) | Block::ToolResult(_) | Block::RedactedThinking(_) | Block::Other(_) => {
            (whole, Vec::new())
        }
    }
}

/// Returns the JSON of `input` as a model writes it. A bare string stands for text that is no JSON at all.
pub(super) fn input_text(input: &Value) -> String {
    input.as_str().map_or_else(|| input.to_string(), str::to_owned)
}

fn with(mut block: Value, key: &str, value: Value) -> Value {
    block[key] = value;
    block
}

fn record(data: &Value) -> String {
    format!("event: {}\ndata: {data}\n\n", data["type"].as_str().unwrap())
}

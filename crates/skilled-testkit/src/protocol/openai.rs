//! A stream of the Chat Completions API.

use serde_json::{Value, json};
use skilled_message::Block;

use super::anthropic::input_text;
use crate::Answer;

/// Returns the records of `answer`.
pub(super) fn records(answer: &Answer) -> Vec<String> {
    let mut records = vec![chunk(&json!({"role": "assistant", "content": null}), None)];
    let mut calls = 0;
    for block in &answer.blocks {
        match block {
            Block::Text(text) => {
                records.extend(
                    answer.pieces(&text.text).iter().map(|piece| chunk(&json!({"content": piece}), None)),
                );
            }
            Block::Thinking(thinking) => records.extend(
                answer
                    .pieces(&thinking.thinking)
                    .iter()
                    .map(|piece| chunk(&json!({"reasoning_content": piece}), None)),
            ),
            Block::ToolUse(call) => {
                let function = json!({"name": call.name, "arguments": ""});
                let begin = json!({"index": calls, "id": call.id, "type": "function", "function": function});
                records.push(chunk(&json!({"tool_calls": [begin]}), None));
                for piece in answer.pieces(&input_text(&call.input)) {
                    let more = json!({"index": calls, "function": {"arguments": piece}});
                    records.push(chunk(&json!({"tool_calls": [more]}), None));
                }
                calls += 1;
            }
            Block::Image(_) | Block::ToolResult(_) | Block::RedactedThinking(_) | Block::Other(_) => {
                panic!("Chat Completions cannot say a block `{}`", block.kind())
            }
        }
    }
    records.push(chunk(&json!({}), Some(finish_reason(answer.reason()))));
    records.push(usage(answer));
    records.push("data: [DONE]\n\n".to_owned());
    records
}

fn finish_reason(reason: &str) -> &str {
    match reason {
        "end_turn" => "stop",
        "tool_use" => "tool_calls",
        "max_tokens" => "length",
        "refusal" => "content_filter",
        other => other,
    }
}

fn chunk(delta: &Value, finish_reason: Option<&str>) -> String {
    record(
        &json!([{"index": 0, "delta": delta, "logprobs": null, "finish_reason": finish_reason}]),
        &Value::Null,
    )
}

fn usage(answer: &Answer) -> String {
    let total = answer.input_tokens + answer.output_tokens;
    let usage = json!({"prompt_tokens": answer.input_tokens, "completion_tokens": answer.output_tokens,
                       "total_tokens": total, "prompt_tokens_details": {"cached_tokens": 0}});
    record(&json!([]), &usage)
}

fn record(choices: &Value, usage: &Value) -> String {
    let chunk = json!({"id": "chatcmpl-test", "object": "chat.completion.chunk", "created": 1, "model": "test-model",
                       "choices": choices, "usage": usage});
    format!("data: {chunk}\n\n")
}

//! What of an answer is sent again, and what of an outcome is shown to the model.
//!
//! Providers refuse empty messages, text blocks without a visible character, calls whose input is no object, and answers
//! that end in reasoning. The log keeps all of that; the transcript does not.

use serde_json::{Map, Value};
use skilled_message::{Block, Message, ResultBlock, StopReason, ToolUseBlock};

use crate::FinishReason;

/// What the model sees of a call that gave nothing back.
const NO_OUTPUT: &str = "(no output)";

/// Returns what of an answer is sent in later requests; none when nothing of it can be.
///
/// A refused answer is left out whole: providers ask for that, and refuse again otherwise.
pub(super) fn sent_again(message: &Message, stop_reason: &StopReason) -> Option<Message> {
    if *stop_reason == StopReason::Refusal {
        return None;
    }
    let mut content: Vec<Block> =
        message.content.iter().filter(|block| !is_blank(block)).map(sendable).collect();
    while matches!(content.last(), Some(Block::Thinking(_) | Block::RedactedThinking(_))) {
        content.pop();
    }
    (!content.is_empty()).then(|| Message { content, ..message.clone() })
}

fn sendable(block: &Block) -> Block {
    match block {
        Block::ToolUse(call) if !call.input.is_object() => {
            Block::ToolUse(ToolUseBlock { input: Value::Object(Map::new()), ..call.clone() })
        }
        Block::Text(_)
        | Block::Image(_)
        | Block::ToolUse(_)
        | Block::ToolResult(_)
        | Block::Thinking(_)
        | Block::RedactedThinking(_)
        | Block::Other(_) => block.clone(),
    }
}

/// Returns the calls of an answer, in its order. A refused answer makes none.
pub(super) fn calls<'a>(
    message: &'a Message,
    stop_reason: &StopReason,
) -> impl Iterator<Item = &'a ToolUseBlock> {
    let heard = *stop_reason != StopReason::Refusal;
    message.content.iter().filter(move |_| heard).filter_map(|block| match block {
        Block::ToolUse(call) => Some(call),
        Block::Text(_)
        | Block::Image(_)
        | Block::ToolResult(_)
        | Block::Thinking(_)
        | Block::RedactedThinking(_)
        | Block::Other(_) => None,
    })
}

/// Returns how a run finishes with an answer that stopped for this reason; none when the model is to go on.
pub(super) const fn verdict(stop_reason: &StopReason, has_calls: bool) -> Option<FinishReason> {
    match stop_reason {
        StopReason::MaxTokens => Some(FinishReason::MaxTokens),
        StopReason::Refusal => Some(FinishReason::Refusal),
        StopReason::ModelContextWindowExceeded => Some(FinishReason::ContextWindowExceeded),
        StopReason::PauseTurn => None,
        // Some compatible servers write `stop` beside their calls, so the calls decide.
        StopReason::EndTurn | StopReason::StopSequence | StopReason::ToolUse | StopReason::Other(_) => {
            if has_calls {
                None
            } else {
                Some(FinishReason::EndTurn)
            }
        }
    }
}

/// Returns what the model sees of an outcome: never nothing.
pub(super) fn shown(content: Vec<ResultBlock>) -> Vec<ResultBlock> {
    let mut content: Vec<_> = content.into_iter().filter(|block| !is_blank(block)).collect();
    if content.is_empty() {
        content.push(Block::text(NO_OUTPUT));
    }
    content
}

fn is_blank(block: &Block) -> bool {
    matches!(block, Block::Text(text) if text.text.trim().is_empty())
}

//! Events folded into the answer that they tell of, and back.

use std::collections::HashMap;

use serde_json::{Map, Value, json};
use skilled_message::{Block, TextBlock, ThinkingBlock, ToolUseBlock};

use super::event::{Delta, DeltaUsage, MessageDelta, StreamEvent};
use super::partial;
use super::response::MessagesResponse;
use super::usage::Usage;
use crate::ErrorObject;

/// Folds the events of a stream into the answer. What is asked for as JSON is made so, and is therefore the same.
#[derive(Debug, Default)]
pub struct Accumulator {
    message: Option<MessagesResponse>,
    /// JSON of arguments, by the place of the block.
    inputs: HashMap<usize, String>,
    stopped: bool,
}

/// Why events are no answer.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum FoldError {
    /// The answer failed: the event `error` came.
    #[error("the answer failed: {}", error.message)]
    Failed {
        /// Why.
        error: Box<ErrorObject>,
    },
    /// An event came where it cannot.
    #[error("the event `{event}` cannot come here")]
    Misplaced {
        /// Its name.
        event: &'static str,
    },
    /// A delta came for a block of another type.
    #[error("block {index} is a `{block}`, to which this delta cannot be added")]
    Mismatched {
        /// The place of the block.
        index: usize,
        /// Its type.
        block: String,
    },
    /// The stream ended before the answer did.
    #[error("the stream ended before `message_stop`")]
    Unfinished,
}

impl Accumulator {
    /// Returns an accumulator that has seen no event.
    pub fn new() -> Self {
        Self::default()
    }

    /// Returns the answer as far as it has come.
    pub const fn message(&self) -> Option<&MessagesResponse> {
        self.message.as_ref()
    }

    /// Adds an event.
    pub fn push(&mut self, event: StreamEvent) -> Result<(), FoldError> {
        let misplaced = FoldError::Misplaced { event: event.name() };
        let message = match (event, &mut self.message) {
            (StreamEvent::Ping, _) => return Ok(()),
            (StreamEvent::Error { error, .. }, _) => {
                return Err(FoldError::Failed { error: Box::new(error) });
            }
            _ if self.stopped => return Err(misplaced),
            (StreamEvent::MessageStart { message }, none @ None) => {
                *none = Some(*message);
                return Ok(());
            }
            (StreamEvent::MessageStart { .. }, Some(_)) | (_, None) => return Err(misplaced),
            (event, Some(message)) => (event, message),
        };
        match message {
            (StreamEvent::ContentBlockStart { index, content_block }, message) => {
                if index != message.content.len() {
                    return Err(misplaced);
                }
                message.content.push(content_block);
            }
            (StreamEvent::ContentBlockDelta { index, delta }, message) => {
                let block = message.content.get_mut(index).ok_or(misplaced)?;
                add(block, delta, index, &mut self.inputs)?;
            }
            (StreamEvent::ContentBlockStop { index }, message) => {
                let block = message.content.get_mut(index).ok_or(misplaced)?;
                if let Some(written) = self.inputs.remove(&index) {
                    set_input(block, partial::parse(&written));
                }
            }
            (StreamEvent::MessageDelta { delta, usage, context_management }, message) => {
                message.stop_reason = delta.stop_reason;
                message.stop_sequence = delta.stop_sequence;
                message.stop_details = delta.stop_details;
                message.container = delta.container.or(message.container.take());
                message.context_management = context_management.or(message.context_management.take());
                usage.apply(&mut message.usage);
            }
            (StreamEvent::MessageStop, _) => self.stopped = true,
            (StreamEvent::MessageStart { .. } | StreamEvent::Ping | StreamEvent::Error { .. }, _) => {
                return Err(misplaced);
            }
        }
        Ok(())
    }

    /// Returns the whole answer.
    pub fn finish(self) -> Result<MessagesResponse, FoldError> {
        match self.message {
            Some(message) if self.stopped => Ok(message),
            _ => Err(FoldError::Unfinished),
        }
    }
}

/// Adds `delta` to `block`.
fn add(
    block: &mut Block,
    delta: Delta,
    index: usize,
    inputs: &mut HashMap<usize, String>,
) -> Result<(), FoldError> {
    let mismatched = |block: &Block| FoldError::Mismatched { index, block: block.kind().to_owned() };
    match (delta, block) {
        (Delta::TextDelta { text }, Block::Text(block)) => block.text.push_str(&text),
        (Delta::CitationsDelta { citation }, Block::Text(block)) => {
            let citations = block.extra.entry("citations").or_insert(Value::Null);
            match citations {
                Value::Array(citations) => citations.push(citation),
                none => *none = json!([citation]),
            }
        }
        (Delta::ThinkingDelta { thinking, .. }, Block::Thinking(block)) => block.thinking.push_str(&thinking),
        (Delta::SignatureDelta { signature }, Block::Thinking(block)) => block.signature = signature,
        (Delta::InputJsonDelta { partial_json }, block) if input(block).is_some() => {
            inputs.entry(index).or_default().push_str(&partial_json);
        }
        (Delta::CompactionDelta { content, encrypted_content }, Block::Other(value))
            if value["type"] == "compaction" =>
        {
            value["content"] = json!(content);
            value["encrypted_content"] = json!(encrypted_content);
        }
        (_, block) => return Err(mismatched(block)),
    }
    Ok(())
}

/// Returns the arguments of a call, whoever answers it.
fn input(block: &Block) -> Option<&Value> {
    match block {
        Block::ToolUse(call) => Some(&call.input),
        Block::Other(value) => {
            matches!(block.kind(), "server_tool_use" | "mcp_tool_use").then(|| &value["input"])
        }
        _ => None,
    }
}

/// Puts the arguments into a call.
fn set_input(block: &mut Block, input: Value) {
    match block {
        Block::ToolUse(call) => call.input = input,
        Block::Other(value) => value["input"] = input,
        Block::Text(_)
        | Block::Image(_)
        | Block::ToolResult(_)
        | Block::Thinking(_)
        | Block::RedactedThinking(_) => {}
    }
}

impl MessagesResponse {
    /// Returns the events that tell of this answer, each block in one delta.
    pub fn into_events(self) -> Vec<StreamEvent> {
        let Self { content, stop_reason, stop_sequence, stop_details, container, context_management, .. } =
            self;
        let started = Usage { output_tokens: 0, ..self.usage.clone() };
        let mut begun = Self::begun(self.id, self.model, started);
        begun.diagnostics = self.diagnostics;
        begun.input_transformations = self.input_transformations;
        let mut events = vec![StreamEvent::MessageStart { message: Box::new(begun) }];
        for (index, block) in content.into_iter().enumerate() {
            let (content_block, deltas) = opened(block);
            events.push(StreamEvent::ContentBlockStart { index, content_block });
            events.extend(deltas.into_iter().map(|delta| StreamEvent::ContentBlockDelta { index, delta }));
            events.push(StreamEvent::ContentBlockStop { index });
        }
        events.push(StreamEvent::MessageDelta {
            delta: MessageDelta { stop_reason, stop_sequence, stop_details, container },
            usage: Box::new(DeltaUsage::from(self.usage)),
            context_management,
        });
        events.push(StreamEvent::MessageStop);
        events
    }
}

/// Returns the block as it begins, and the deltas that it takes to become what it is.
pub fn opened(block: Block) -> (Block, Vec<Delta>) {
    match block {
        Block::Text(TextBlock { text, mut extra }) => {
            let mut deltas = Vec::new();
            if let Some(citations @ Value::Array(_)) = extra.get_mut("citations")
                && let Value::Array(citations) = citations.take()
            {
                // An empty list stays what it is: no delta brings it.
                if citations.is_empty() {
                    extra.insert("citations".to_owned(), json!([]));
                }
                deltas.extend(citations.into_iter().map(|citation| Delta::CitationsDelta { citation }));
            }
            if !text.is_empty() {
                deltas.push(Delta::TextDelta { text });
            }
            (Block::Text(TextBlock { text: String::new(), extra }), deltas)
        }
        Block::Thinking(ThinkingBlock { thinking, signature, extra }) => {
            let begun = ThinkingBlock { thinking: String::new(), signature: String::new(), extra };
            let mut deltas = Vec::new();
            if !thinking.is_empty() {
                deltas.push(Delta::ThinkingDelta { thinking, estimated_tokens: None });
            }
            if !signature.is_empty() {
                deltas.push(Delta::SignatureDelta { signature });
            }
            (Block::Thinking(begun), deltas)
        }
        Block::ToolUse(ToolUseBlock { id, name, input, extra }) => {
            let begun = ToolUseBlock { id, name, input: Value::Object(Map::new()), extra };
            (Block::ToolUse(begun), written(&input))
        }
        Block::Other(mut value) => match value["type"].as_str() {
            Some("server_tool_use" | "mcp_tool_use") => {
                let input = std::mem::replace(&mut value["input"], json!({}));
                (Block::Other(value), written(&input))
            }
            _ => (Block::Other(value), Vec::new()),
        },
        whole @ (Block::Image(_) | Block::ToolResult(_) | Block::RedactedThinking(_)) => (whole, Vec::new()),
    }
}

/// Returns the arguments of a call as a delta, none for those that it begins with.
fn written(input: &Value) -> Vec<Delta> {
    if input.as_object().is_some_and(Map::is_empty) {
        return Vec::new();
    }
    vec![Delta::InputJsonDelta { partial_json: input.to_string() }]
}

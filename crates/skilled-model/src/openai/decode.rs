//! The stream of the Chat Completions API.
//!
//! Reads what the compatible servers really send: tool calls without an index or an id, whole calls in one chunk, one
//! index or one id for several calls, arguments as an object, `stop` as the reason of a turn that calls tools, no
//! `[DONE]`, failures in the middle of the stream. Reasoning becomes a thinking block without a signature. Fields that
//! this crate does not know are kept under [`EXTRA`] and sent back.

mod calls;

use std::collections::HashSet;

use serde_json::{Map, Value};
use skilled_message::{Block, Extra, Message, StopReason, TextBlock, ThinkingBlock, ToolUseBlock, Usage};

use self::calls::Calls;
use super::EXTRA;
use crate::http::{Reported, broken_stream};
use crate::sse::Record;
use crate::{Error, Response, StreamEvent, http};

/// Puts one answer together.
#[derive(Debug)]
pub(crate) struct Decoder {
    parts: Vec<Part>,
    calls: Calls,
    /// Fields of the message that this crate does not know.
    unknown: Map<String, Value>,
    model: String,
    usage: Usage,
    finish_reason: Option<String>,
    done: bool,
}

/// A block of the answer, in the order in which the blocks began.
#[derive(Debug)]
enum Part {
    Thinking {
        field: &'static str,
        text: String,
    },
    Text(String),
    Refusal(String),
    /// The call at this place in [`Calls`].
    Call(usize),
}

/// The fields in which servers send reasoning.
const REASONING: [&str; 2] = ["reasoning_content", "reasoning"];

/// The fields of a delta that are read.
const KNOWN: [&str; 6] = ["role", "content", "refusal", "tool_calls", REASONING[0], REASONING[1]];

impl http::Decoder for Decoder {
    fn record(&mut self, record: Record, events: &mut Vec<StreamEvent>) -> Result<(), Error> {
        let data = record.data.trim();
        if data == "[DONE]" {
            self.done = true;
            return Ok(());
        }
        if data.is_empty() {
            return Ok(());
        }
        let data: Value = serde_json::from_str(data).map_err(broken_stream)?;
        let failed = data.get("error").is_some_and(|error| !error.is_null());
        if failed || data["object"] == "error" || record.event.as_deref() == Some("error") {
            return Err(Reported::from_json(&data).into_error());
        }
        if let Some(model) = data["model"].as_str().filter(|model| !model.is_empty()) {
            model.clone_into(&mut self.model);
        }
        if data["usage"].is_object() {
            self.usage = usage(&data["usage"]);
        }
        // Only one answer was asked for.
        let choices = data["choices"].as_array().into_iter().flatten();
        for choice in choices.filter(|choice| choice["index"].as_u64().unwrap_or(0) == 0) {
            self.delta(&choice["delta"], events);
            if let Some(reason) = choice["finish_reason"].as_str().filter(|reason| !reason.is_empty()) {
                self.finish_reason = Some(reason.to_owned());
            }
        }
        Ok(())
    }

    fn is_complete(&self) -> bool {
        self.done
    }

    fn finish(&mut self, request_id: Option<String>, events: &mut Vec<StreamEvent>) -> Result<(), Error> {
        if self.finish_reason.is_none() && !self.done {
            return Err(broken_stream("the answer ended without a finish reason"));
        }
        let stop_reason = self.stop_reason();
        let content = self.blocks()?;
        for (index, block) in content.iter().enumerate() {
            events.push(StreamEvent::Block { index, block: block.clone() });
        }
        events.push(StreamEvent::Finished(Response {
            content,
            stop_reason,
            usage: std::mem::take(&mut self.usage),
            model: std::mem::take(&mut self.model),
            request_id,
        }));
        Ok(())
    }
}

impl Decoder {
    /// Returns a decoder of the answer to `transcript`.
    pub(crate) fn new(transcript: &[Message]) -> Self {
        Self {
            parts: Vec::new(),
            calls: Calls::new(transcript.len(), used_ids(transcript)),
            unknown: Map::new(),
            model: String::new(),
            usage: Usage::default(),
            finish_reason: None,
            done: false,
        }
    }

    fn delta(&mut self, delta: &Value, events: &mut Vec<StreamEvent>) {
        let text = |key: &str| delta[key].as_str().filter(|text| !text.is_empty());
        if let Some((field, text)) = REASONING.into_iter().find_map(|field| Some((field, text(field)?))) {
            let block = self.part(
                |part| matches!(part, Part::Thinking { .. }),
                || Part::Thinking { field, text: String::new() },
            );
            self.append(block, text);
            events.push(StreamEvent::ThinkingDelta { block, text: text.to_owned() });
        }
        if let Some(text) = text("content") {
            let block = self.part(|part| matches!(part, Part::Text(_)), || Part::Text(String::new()));
            self.append(block, text);
            events.push(StreamEvent::TextDelta { block, text: text.to_owned() });
        }
        if let Some(text) = text("refusal") {
            let block = self.part(|part| matches!(part, Part::Refusal(_)), || Part::Refusal(String::new()));
            self.append(block, text);
            events.push(StreamEvent::TextDelta { block, text: text.to_owned() });
        }
        for call in delta["tool_calls"].as_array().into_iter().flatten() {
            if let Some(new) = self.calls.add(call) {
                self.parts.push(Part::Call(new));
            }
        }
        merge(&mut self.unknown, delta, &KNOWN);
    }

    /// Returns the place of the part that `is` accepts, which is made if there is none.
    fn part(&mut self, is: impl Fn(&Part) -> bool, make: impl FnOnce() -> Part) -> usize {
        self.parts.iter().position(is).unwrap_or_else(|| {
            self.parts.push(make());
            self.parts.len() - 1
        })
    }

    fn append(&mut self, place: usize, more: &str) {
        match &mut self.parts[place] {
            Part::Thinking { text, .. } | Part::Text(text) | Part::Refusal(text) => text.push_str(more),
            Part::Call(_) => {}
        }
    }

    fn stop_reason(&self) -> StopReason {
        let refused = self.parts.iter().any(|part| matches!(part, Part::Refusal(_)));
        let calls = self.parts.iter().any(|part| matches!(part, Part::Call(_)));
        match self.finish_reason.as_deref() {
            Some("length") => StopReason::MaxTokens,
            Some("content_filter") => StopReason::Refusal,
            Some("stop" | "tool_calls" | "function_call" | "end_turn") | None => match (refused, calls) {
                (true, _) => StopReason::Refusal,
                (false, true) => StopReason::ToolUse,
                (false, false) => StopReason::EndTurn,
            },
            Some(other) => StopReason::Other(other.to_owned()),
        }
    }

    fn blocks(&mut self) -> Result<Vec<Block>, Error> {
        let unknown = std::mem::take(&mut self.unknown);
        // The protocol has no place for them: they travel with the first block of the message.
        let mut unknown = (!unknown.is_empty()).then_some(unknown);
        let mut blocks = Vec::new();
        for part in std::mem::take(&mut self.parts) {
            let mut own = Map::new();
            own.extend(unknown.take().map(|fields| ("message".to_owned(), fields.into())));
            blocks.push(match part {
                Part::Thinking { field, text } => {
                    own.insert("field".to_owned(), field.into());
                    Block::Thinking(ThinkingBlock {
                        thinking: text,
                        signature: String::new(),
                        extra: extra(own),
                    })
                }
                Part::Text(text) => Block::Text(TextBlock { text, extra: extra(own) }),
                Part::Refusal(text) => {
                    own.insert("refusal".to_owned(), true.into());
                    Block::Text(TextBlock { text, extra: extra(own) })
                }
                Part::Call(place) => {
                    let call = self.calls.finish(place)?;
                    own.extend((!call.unknown.is_empty()).then(|| ("call".to_owned(), call.unknown.into())));
                    let (id, name, input) = (call.id, call.name, call.input);
                    Block::ToolUse(ToolUseBlock { id, name, input, extra: extra(own) })
                }
            });
        }
        Ok(blocks)
    }
}

fn extra(own: Map<String, Value>) -> Extra {
    let mut extra = Extra::new();
    if !own.is_empty() {
        extra.insert(EXTRA.to_owned(), own.into());
    }
    extra
}

/// Merges the fields of a delta other than `known`: texts are appended, lists extended, all else replaced.
fn merge(fields: &mut Map<String, Value>, delta: &Value, known: &[&str]) {
    for (key, value) in delta.as_object().into_iter().flatten() {
        if known.contains(&key.as_str()) || value.is_null() {
            continue;
        }
        match (fields.get_mut(key), value) {
            (Some(Value::String(so_far)), Value::String(more)) => so_far.push_str(more),
            (Some(Value::Array(so_far)), Value::Array(more)) => so_far.extend(more.iter().cloned()),
            _ => {
                fields.insert(key.clone(), value.clone());
            }
        }
    }
}

fn used_ids(transcript: &[Message]) -> HashSet<String> {
    let blocks = transcript.iter().flat_map(|message| &message.content);
    blocks
        .filter_map(|block| match block {
            Block::ToolUse(call) => Some(call.id.clone()),
            Block::Text(_)
            | Block::Image(_)
            | Block::ToolResult(_)
            | Block::Thinking(_)
            | Block::RedactedThinking(_)
            | Block::Other(_) => None,
        })
        .collect()
}

/// Translates the counts: here the whole prompt is counted, of which some was read from the cache.
fn usage(usage: &Value) -> Usage {
    let count = |path: &str| usage.pointer(path).and_then(Value::as_u64);
    let cached =
        count("/prompt_tokens_details/cached_tokens").or(count("/prompt_cache_hit_tokens")).unwrap_or(0);
    let mut extra = Extra::new();
    for key in ["prompt_tokens_details", "completion_tokens_details"] {
        extra.extend(
            usage.get(key).filter(|value| value.is_object()).map(|value| (key.to_owned(), value.clone())),
        );
    }
    Usage {
        input_tokens: count("/prompt_tokens").unwrap_or(0).saturating_sub(cached),
        output_tokens: count("/completion_tokens").unwrap_or(0),
        cache_creation_input_tokens: 0,
        cache_read_input_tokens: cached,
        extra,
    }
}

#[cfg(test)]
mod tests;

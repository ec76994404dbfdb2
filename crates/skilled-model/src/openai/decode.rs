//! The stream of the Chat Completions API.
//!
//! Reads what the compatible servers really send: tool calls without an index or an id, whole calls in one chunk, one
//! index or one id for several calls, arguments as an object, `stop` as the reason of a turn that calls tools, no
//! `[DONE]`, failures in the middle of the stream. Reasoning becomes a thinking block without a signature.
//!
//! A block is complete when another begins. What comes for a kind of text after that is a block of its own. Calls whose
//! deltas are mixed are told apart: the later one is shown once the arguments of the earlier are a whole object.
//!
//! Fields that this crate does not know are kept where they came: those of a message with its last block and those of a
//! call with the call, under [`EXTRA`]; those of a chunk in [`Response::extra`], and there under [`CHOICE`] those of the
//! choice. The request decides which of them go back.

mod calls;

use std::collections::HashSet;

use serde_json::{Map, Value};
use skilled_message::{Block, Extra, Message, StopReason, TextBlock, ThinkingBlock, ToolUseBlock, Usage};

use self::calls::Calls;
use super::{EXTRA, REASONING};
use crate::http::{Reported, broken_stream, set_latest};
use crate::sse::Record;
use crate::{Error, Response, StreamEvent, http};

/// Puts one answer together.
#[derive(Debug)]
pub(crate) struct Decoder {
    parts: Vec<Part>,
    calls: Calls,
    /// The blocks that are complete: as many as the first parts.
    content: Vec<Block>,
    /// How much of the text of the part after them was shown; nothing before its beginning was.
    shown: Option<usize>,
    /// That the answer began was told.
    started: bool,
    /// The texts at which the server was asked to stop.
    stop_sequences: Vec<String>,
    id: Option<String>,
    /// Fields of the message that this crate does not know.
    unknown: Map<String, Value>,
    /// Those of the choice.
    choice: Map<String, Value>,
    /// Those of the chunks.
    extra: Extra,
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

/// The fields of a delta that are read.
const KNOWN: [&str; 6] = ["role", "content", "refusal", "tool_calls", REASONING[0], REASONING[1]];

/// The fields of a chunk that are read, and the padding that hides its length.
const KNOWN_OF_CHUNK: [&str; 6] = ["object", "model", "choices", "usage", "error", "obfuscation"];

/// The key, in [`Response::extra`], of the unknown fields of the choice.
const CHOICE: &str = "choice";

/// The key of the unknown fields of the message: in its last block, or in [`Response::extra`] if it has none.
const MESSAGE: &str = "message";

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
        if self.id.is_none() {
            self.id = data["id"].as_str().filter(|id| !id.is_empty()).map(str::to_owned);
        }
        if let Some(model) = data["model"].as_str().filter(|model| !model.is_empty()) {
            model.clone_into(&mut self.model);
        }
        if data["usage"].is_object() {
            self.usage = usage(&data["usage"]);
        }
        set_latest(&mut self.extra, &data, &KNOWN_OF_CHUNK);
        // Only one answer was asked for.
        let choices = data["choices"].as_array().into_iter().flatten();
        for choice in choices.filter(|choice| choice["index"].as_u64().unwrap_or(0) == 0) {
            self.start(events);
            self.delta(&choice["delta"])?;
            merge_choice(&mut self.choice, choice, &["index", "delta", "finish_reason"]);
            if let Some(reason) = choice["finish_reason"].as_str().filter(|reason| !reason.is_empty()) {
                self.finish_reason = Some(reason.to_owned());
            }
        }
        self.show(false, events)
    }

    fn is_complete(&self) -> bool {
        self.done
    }

    fn finish(&mut self, request_id: Option<String>, events: &mut Vec<StreamEvent>) -> Result<(), Error> {
        if self.finish_reason.is_none() && !self.done {
            return Err(broken_stream("the answer ended without a finish reason"));
        }
        let stop_reason = self.stop_reason();
        self.start(events);
        self.show(true, events)?;
        events.push(StreamEvent::Finished(Response {
            content: std::mem::take(&mut self.content),
            stop_reason,
            usage: std::mem::take(&mut self.usage),
            model: std::mem::take(&mut self.model),
            request_id,
            extra: self.extra(),
        }));
        Ok(())
    }
}

impl Decoder {
    /// Returns a decoder of the answer to `transcript`, which was to stop at each of `stop_sequences`.
    pub(crate) fn new(transcript: &[Message], stop_sequences: &[String]) -> Self {
        Self {
            parts: Vec::new(),
            calls: Calls::new(transcript.len(), used_ids(transcript)),
            content: Vec::new(),
            shown: None,
            started: false,
            stop_sequences: stop_sequences.to_owned(),
            id: None,
            unknown: Map::new(),
            choice: Map::new(),
            extra: Extra::new(),
            model: String::new(),
            usage: Usage::default(),
            finish_reason: None,
            done: false,
        }
    }

    /// Tells once that the answer began.
    fn start(&mut self, events: &mut Vec<StreamEvent>) {
        if !std::mem::replace(&mut self.started, true) {
            let (model, id) = (self.model.clone(), self.id.clone());
            events.push(StreamEvent::Started { model, id, usage: Usage::default() });
        }
    }

    fn delta(&mut self, delta: &Value) -> Result<(), Error> {
        let text = |key: &str| delta[key].as_str().filter(|text| !text.is_empty());
        if let Some((field, more)) = REASONING.into_iter().find_map(|field| Some((field, text(field)?))) {
            match self.parts.last_mut() {
                Some(Part::Thinking { text, .. }) => text.push_str(more),
                _ => self.parts.push(Part::Thinking { field, text: more.to_owned() }),
            }
        }
        if let Some(more) = text("content") {
            match self.parts.last_mut() {
                Some(Part::Text(text)) => text.push_str(more),
                _ => self.parts.push(Part::Text(more.to_owned())),
            }
        }
        if let Some(more) = text("refusal") {
            match self.parts.last_mut() {
                Some(Part::Refusal(text)) => text.push_str(more),
                _ => self.parts.push(Part::Refusal(more.to_owned())),
            }
        }
        for call in delta["tool_calls"].as_array().into_iter().flatten() {
            if let Some(new) = self.calls.add(call)? {
                self.parts.push(Part::Call(new));
            }
        }
        merge(&mut self.unknown, delta, &KNOWN);
        Ok(())
    }

    /// Emits what can be shown, block after block; all of it if the answer has `ended`.
    fn show(&mut self, ended: bool, events: &mut Vec<StreamEvent>) -> Result<(), Error> {
        while self.content.len() < self.parts.len() {
            let index = self.content.len();
            let is_last = index + 1 == self.parts.len();
            if self.shown.is_none() {
                let Some(block) = self.bare(index, is_last && !ended) else {
                    // A call without a name.
                    return if ended { self.block(index, is_last).map(|_| ()) } else { Ok(()) };
                };
                events.push(StreamEvent::BlockStart { index, block });
            }
            let text = self.text(index);
            let more = text[self.shown.unwrap_or_default()..].to_owned();
            self.shown = Some(text.len());
            if !more.is_empty() {
                events.push(match self.parts[index] {
                    Part::Thinking { .. } => StreamEvent::ThinkingDelta { block: index, text: more },
                    Part::Text(_) | Part::Refusal(_) => StreamEvent::TextDelta { block: index, text: more },
                    Part::Call(_) => StreamEvent::InputDelta { block: index, partial_json: more },
                });
            }
            let complete = ended
                || !is_last
                    && match self.parts[index] {
                        Part::Call(place) => self.calls.close_if_whole(place),
                        Part::Thinking { .. } | Part::Text(_) | Part::Refusal(_) => true,
                    };
            if !complete {
                return Ok(());
            }
            let block = self.block(index, is_last)?;
            events.push(StreamEvent::Block { index, block: block.clone() });
            self.content.push(block);
            self.shown = None;
        }
        Ok(())
    }

    /// Returns how the block at `index` begins. Nothing if that is not known: a call may get more of its name until its
    /// arguments or another block begin.
    fn bare(&mut self, index: usize, may_go_on: bool) -> Option<Block> {
        Some(match &self.parts[index] {
            Part::Thinking { field, .. } => thinking(field, String::new(), Map::new()),
            Part::Text(_) => Block::text(""),
            Part::Refusal(_) => refusal(String::new(), Map::new()),
            Part::Call(place) => {
                if may_go_on && self.calls.arguments(*place).is_empty() {
                    return None;
                }
                let (id, name) = self.calls.show(*place)?;
                Block::ToolUse(ToolUseBlock::new(id, name, Value::Object(Map::new())))
            }
        })
    }

    /// Returns the text of the part at `index` so far.
    fn text(&self, index: usize) -> &str {
        match &self.parts[index] {
            Part::Thinking { text, .. } | Part::Text(text) | Part::Refusal(text) => text,
            Part::Call(place) => self.calls.arguments(*place),
        }
    }

    fn stop_reason(&self) -> StopReason {
        let refused = self.parts.iter().any(|part| matches!(part, Part::Refusal(_)));
        let calls = self.parts.iter().any(|part| matches!(part, Part::Call(_)));
        match self.finish_reason.as_deref() {
            Some("length") => StopReason::MaxTokens,
            Some("content_filter") => StopReason::Refusal,
            Some("stop") if self.stop_sequence().is_some() => StopReason::StopSequence,
            Some("stop" | "tool_calls" | "function_call" | "end_turn") | None => match (refused, calls) {
                (true, _) => StopReason::Refusal,
                (false, true) => StopReason::ToolUse,
                (false, false) => StopReason::EndTurn,
            },
            Some(other) => StopReason::Other(other.to_owned()),
        }
    }

    /// Returns the stop sequence that ended the answer, if the server says which.
    fn stop_sequence(&self) -> Option<String> {
        let said =
            ["stop_reason", "matched_stop"].into_iter().filter_map(|key| self.choice.get(key)?.as_str());
        said.map(str::to_owned).find(|text| self.stop_sequences.contains(text))
    }

    /// Returns what was said beside the blocks.
    fn extra(&mut self) -> Extra {
        let mut extra = std::mem::take(&mut self.extra);
        extra.extend(self.stop_sequence().map(|text| ("stop_sequence".to_owned(), text.into())));
        put_in(&mut extra, CHOICE, &mut self.choice);
        put_in(&mut extra, MESSAGE, &mut self.unknown);
        extra
    }

    /// Returns the complete block at `index`; the last one gets the unknown fields of the message.
    fn block(&mut self, index: usize, is_last: bool) -> Result<Block, Error> {
        let mut own = Map::new();
        if is_last {
            put_in(&mut own, MESSAGE, &mut self.unknown);
        }
        Ok(match &mut self.parts[index] {
            Part::Thinking { field, text } => thinking(field, std::mem::take(text), own),
            Part::Text(text) => Block::Text(TextBlock { text: std::mem::take(text), extra: extra(own) }),
            Part::Refusal(text) => refusal(std::mem::take(text), own),
            Part::Call(place) => {
                let call = self.calls.finish(*place)?;
                if !call.unknown.is_empty() {
                    own.insert("call".to_owned(), call.unknown.into());
                }
                let (id, name, input) = (call.id, call.name, call.input);
                Block::ToolUse(ToolUseBlock { id, name, input, extra: extra(own) })
            }
        })
    }
}

fn thinking(field: &str, thinking: String, mut own: Map<String, Value>) -> Block {
    own.insert("field".to_owned(), field.into());
    Block::Thinking(ThinkingBlock { thinking, signature: String::new(), extra: extra(own) })
}

fn refusal(text: String, mut own: Map<String, Value>) -> Block {
    own.insert("refusal".to_owned(), true.into());
    Block::Text(TextBlock { text, extra: extra(own) })
}

/// Moves `fields`, if there are any, into a field of `target`.
fn put_in(target: &mut Map<String, Value>, key: &str, fields: &mut Map<String, Value>) {
    if !fields.is_empty() {
        target.insert(key.to_owned(), std::mem::take(fields).into());
    }
}

fn extra(mut own: Map<String, Value>) -> Extra {
    let mut extra = Extra::new();
    put_in(&mut extra, EXTRA, &mut own);
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

/// Merges the fields of a choice other than `known`: lists, such as the log probabilities of each token, are extended at
/// any depth; all else is replaced.
fn merge_choice(fields: &mut Map<String, Value>, choice: &Value, known: &[&str]) {
    for (key, value) in choice.as_object().into_iter().flatten() {
        if known.contains(&key.as_str()) || value.is_null() {
            continue;
        }
        match (fields.get_mut(key), value) {
            (Some(Value::Array(so_far)), Value::Array(more)) => so_far.extend(more.iter().cloned()),
            (Some(Value::Object(so_far)), Value::Object(_)) => merge_choice(so_far, value, &[]),
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

/// The fields of [`Usage`].
const COUNTS: [&str; 4] =
    ["input_tokens", "output_tokens", "cache_creation_input_tokens", "cache_read_input_tokens"];

/// Translates the counts: here the whole prompt is counted, of which some was read from the cache.
fn usage(usage: &Value) -> Usage {
    let count = |path: &str| usage.pointer(path).and_then(Value::as_u64);
    let cached =
        count("/prompt_tokens_details/cached_tokens").or(count("/prompt_cache_hit_tokens")).unwrap_or(0);
    let (mut unknown, mut extra) = (Map::new(), Extra::new());
    set_latest(&mut unknown, usage, &["prompt_tokens", "completion_tokens", "total_tokens"]);
    // A server that also counts as Anthropic does must not write the same name twice.
    let (mut taken, free): (Map<_, _>, Map<_, _>) =
        unknown.into_iter().partition(|(key, _)| COUNTS.contains(&key.as_str()));
    extra.extend(free);
    put_in(&mut extra, EXTRA, &mut taken);
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

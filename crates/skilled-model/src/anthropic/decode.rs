//! The stream of the Messages API.
//!
//! Blocks are put together as JSON, so that fields and kinds of blocks that this crate does not know survive. So do the
//! fields of the message itself, in [`Response::extra`]. Events of an unknown type are skipped, as the protocol asks.

use std::collections::HashMap;

use serde::Deserialize;
use serde_json::{Map, Value, json};
use skilled_message::{Block, Extra, StopReason, Usage};

use crate::http::{Reported, broken_stream, set_latest};
use crate::sse::Record;
use crate::{Error, Response, StreamEvent, http};

/// Puts one message together.
#[derive(Debug, Default)]
pub(crate) struct Decoder {
    state: State,
    model: String,
    /// Blocks in the order in which they began.
    blocks: Vec<Slot>,
    /// The place in `blocks` of each index of the provider.
    places: HashMap<u64, usize>,
    /// How many blocks were emitted: all before this place.
    emitted: usize,
    /// Events of blocks behind an open one, with their places: they wait for its end.
    held: Vec<(usize, StreamEvent)>,
    usage: Map<String, Value>,
    stop_reason: Option<StopReason>,
    /// Fields of the message that have no place of their own.
    extra: Extra,
}

#[derive(Debug, Default, PartialEq, Eq, Clone, Copy)]
enum State {
    #[default]
    Expected,
    Started,
    Stopped,
}

#[derive(Debug)]
enum Slot {
    /// The block so far, and the JSON text of its input so far.
    Open(Value, String),
    Complete(Block),
}

impl http::Decoder for Decoder {
    fn record(&mut self, record: Record, events: &mut Vec<StreamEvent>) -> Result<(), Error> {
        if record.data.trim().is_empty() {
            return Ok(());
        }
        let data: Value = serde_json::from_str(&record.data).map_err(broken_stream)?;
        let kind = data["type"].as_str().map(str::to_owned).or(record.event).unwrap_or_default();
        match (kind.as_str(), self.state) {
            ("error", _) => return Err(Reported::from_json(&data).into_error()),
            ("message_start", State::Expected) => self.start(&data["message"], events)?,
            ("message_start", _) => return Err(broken_stream("a second `message_start`")),
            (
                "content_block_start"
                | "content_block_delta"
                | "content_block_stop"
                | "message_delta"
                | "message_stop",
                State::Expected,
            ) => {
                return Err(broken_stream(format!("`{kind}` before `message_start`")));
            }
            ("content_block_start", _) => self.open(index(&data)?, data["content_block"].clone(), events)?,
            ("content_block_delta", _) => self.extend(index(&data)?, &data["delta"], events)?,
            ("content_block_stop", _) => self.close(index(&data)?, events)?,
            ("message_delta", _) => self.message_delta(&data)?,
            ("message_stop", _) => {
                self.state = State::Stopped;
                set_latest(&mut self.extra, &data, &["type"]);
            }
            _ => {}
        }
        Ok(())
    }

    fn is_complete(&self) -> bool {
        self.state == State::Stopped
    }

    fn finish(&mut self, request_id: Option<String>, events: &mut Vec<StreamEvent>) -> Result<(), Error> {
        if self.state != State::Stopped {
            return Err(broken_stream("the answer ended without `message_stop`"));
        }
        let Some(stop_reason) = self.stop_reason.take() else {
            return Err(broken_stream("the answer ended without a stop reason"));
        };
        let mut content = Vec::new();
        for slot in std::mem::take(&mut self.blocks) {
            match slot {
                Slot::Complete(block) => content.push(block),
                Slot::Open(..) => return Err(broken_stream("a block has no end")),
            }
        }
        let usage =
            Usage::deserialize(Value::Object(std::mem::take(&mut self.usage))).map_err(broken_stream)?;
        let (model, extra) = (std::mem::take(&mut self.model), std::mem::take(&mut self.extra));
        events.push(StreamEvent::Finished(Response {
            content,
            stop_reason,
            usage,
            model,
            request_id,
            extra,
        }));
        Ok(())
    }
}

impl Decoder {
    fn start(&mut self, message: &Value, events: &mut Vec<StreamEvent>) -> Result<(), Error> {
        self.state = State::Started;
        message["model"].as_str().unwrap_or_default().clone_into(&mut self.model);
        set_latest(&mut self.usage, &message["usage"], &[]);
        set_latest(&mut self.extra, message, &["type", "role", "model", "content", "stop_reason", "usage"]);
        events.push(StreamEvent::Started {
            model: self.model.clone(),
            id: message["id"].as_str().map(str::to_owned),
            usage: Usage::deserialize(Value::Object(self.usage.clone())).map_err(broken_stream)?,
        });
        for block in message["content"].as_array().into_iter().flatten() {
            self.begin(self.blocks.len(), block, events)?;
            self.blocks.push(Slot::Complete(Block::deserialize(block).map_err(broken_stream)?));
            self.emit_complete(events);
        }
        Ok(())
    }

    fn open(&mut self, index: u64, block: Value, events: &mut Vec<StreamEvent>) -> Result<(), Error> {
        if !block["type"].is_string() {
            return Err(broken_stream("a block without a type"));
        }
        if self.places.insert(index, self.blocks.len()).is_some() {
            return Err(broken_stream(format!("a second block {index}")));
        }
        self.begin(self.blocks.len(), &block, events)?;
        self.blocks.push(Slot::Open(block, String::new()));
        Ok(())
    }

    /// Emits how a block begins: without its text, which follows.
    fn begin(&mut self, place: usize, block: &Value, events: &mut Vec<StreamEvent>) -> Result<(), Error> {
        let mut bare = block.clone();
        let said = match block["type"].as_str() {
            Some(key @ ("text" | "thinking")) => {
                let said = block[key].as_str().filter(|text| !text.is_empty());
                said.map(|text| (key, text.to_owned()))
            }
            _ => None,
        };
        if let Some((key, _)) = &said {
            bare[*key] = "".into();
        }
        let bare = Block::deserialize(bare).map_err(broken_stream)?;
        self.emit(place, StreamEvent::BlockStart { index: place, block: bare }, events);
        match said {
            Some(("text", text)) => self.emit(place, StreamEvent::TextDelta { block: place, text }, events),
            Some((_, text)) => self.emit(place, StreamEvent::ThinkingDelta { block: place, text }, events),
            None => {}
        }
        Ok(())
    }

    /// Emits an event of the block at `place`, once those before it are complete.
    fn emit(&mut self, place: usize, event: StreamEvent, events: &mut Vec<StreamEvent>) {
        if place == self.emitted {
            events.push(event);
        } else {
            self.held.push((place, event));
        }
    }

    fn extend(&mut self, index: u64, delta: &Value, events: &mut Vec<StreamEvent>) -> Result<(), Error> {
        let place = self.place(index)?;
        let Slot::Open(block, input) = &mut self.blocks[place] else {
            return Err(broken_stream(format!("a delta after the end of block {index}")));
        };
        let text = |key: &str| delta[key].as_str().unwrap_or_default().to_owned();
        let event = match delta["type"].as_str() {
            Some("text_delta") => {
                append(block, "text", &text("text"));
                StreamEvent::TextDelta { block: place, text: text("text") }
            }
            Some("thinking_delta") => {
                append(block, "thinking", &text("thinking"));
                StreamEvent::ThinkingDelta { block: place, text: text("thinking") }
            }
            Some("signature_delta") => {
                block["signature"] = text("signature").into();
                StreamEvent::SignatureDelta { block: place, signature: text("signature") }
            }
            Some("input_json_delta") => {
                input.push_str(&text("partial_json"));
                StreamEvent::InputDelta { block: place, partial_json: text("partial_json") }
            }
            Some("citations_delta") => {
                match &mut block["citations"] {
                    Value::Array(citations) => citations.push(delta["citation"].clone()),
                    citations => *citations = json!([delta["citation"]]),
                }
                StreamEvent::CitationsDelta { block: place, citation: delta["citation"].clone() }
            }
            _ => {
                merge_unknown(block, delta);
                StreamEvent::OtherDelta { block: place, delta: delta.clone() }
            }
        };
        self.emit(place, event, events);
        Ok(())
    }

    fn close(&mut self, index: u64, events: &mut Vec<StreamEvent>) -> Result<(), Error> {
        let place = self.place(index)?;
        let Slot::Open(block, input) = &mut self.blocks[place] else {
            return Err(broken_stream(format!("a second end of block {index}")));
        };
        let mut block = block.take();
        if !input.trim().is_empty() {
            // A model can write arguments that are no JSON, or be cut off in them. The text is kept in place of the
            // value: whoever calls the tool sees that it is no object and answers the model with an error.
            block["input"] = serde_json::from_str(input).unwrap_or_else(|_| Value::String(input.clone()));
        }
        self.blocks[place] = Slot::Complete(Block::deserialize(block).map_err(broken_stream)?);
        self.emit_complete(events);
        Ok(())
    }

    fn message_delta(&mut self, data: &Value) -> Result<(), Error> {
        // The counts of a stream are running totals: the latest is the one that holds.
        set_latest(&mut self.usage, &data["usage"], &[]);
        set_latest(&mut self.extra, &data["delta"], &["stop_reason"]);
        // Some fields of the message, such as `context_management`, stand beside the delta.
        set_latest(&mut self.extra, data, &["type", "delta", "usage"]);
        let reason = &data["delta"]["stop_reason"];
        if !reason.is_null() {
            self.stop_reason = Some(StopReason::deserialize(reason).map_err(broken_stream)?);
        }
        Ok(())
    }

    /// Emits the blocks that are complete and have no open one before them, and what waited for them.
    fn emit_complete(&mut self, events: &mut Vec<StreamEvent>) {
        while let Some(Slot::Complete(block)) = self.blocks.get(self.emitted) {
            events.push(StreamEvent::Block { index: self.emitted, block: block.clone() });
            self.emitted += 1;
            let now = self.emitted;
            let (next, held): (Vec<_>, _) =
                std::mem::take(&mut self.held).into_iter().partition(|(place, _)| *place == now);
            self.held = held;
            events.extend(next.into_iter().map(|(_, event)| event));
        }
    }

    fn place(&self, index: u64) -> Result<usize, Error> {
        self.places.get(&index).copied().ok_or_else(|| broken_stream(format!("block {index} never began")))
    }
}

fn index(data: &Value) -> Result<u64, Error> {
    data["index"].as_u64().ok_or_else(|| broken_stream("an event of a block without its index"))
}

fn append(block: &mut Value, key: &str, text: &str) {
    match &mut block[key] {
        Value::String(so_far) => so_far.push_str(text),
        other => *other = text.into(),
    }
}

/// Merges a delta of an unknown type: texts are appended, everything else replaces what was there.
fn merge_unknown(block: &mut Value, delta: &Value) {
    for (key, value) in delta.as_object().into_iter().flatten().filter(|(key, _)| *key != "type") {
        match value {
            Value::String(text) => append(block, key, text),
            _ => block[key.as_str()] = value.clone(),
        }
    }
}

#[cfg(test)]
mod tests;

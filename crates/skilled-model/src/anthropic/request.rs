//! Requests of the Messages API.
//!
//! The transcript is almost the request: what differs is written here. Blocks and fields that this crate does not know
//! go back as they came. Left out are empty text blocks, and messages that have nothing else: the API refuses them and
//! they say nothing. Arguments that are no JSON object go back as `{"invalid_json": …}`, since the API takes only
//! objects. Reasoning that another provider wrote has no signature that the API accepts: it is refused by name.

use bytes::Bytes;
use serde_json::{Map, Value, json};
use skilled_message::{Block, Message, Role};

use crate::openai::EXTRA;
use crate::{Error, ErrorKind, PromptCaching, Request};

/// Returns the body of the request. The messages stand last, so that the bodies of consecutive requests share their
/// beginning.
pub(super) fn body(model: &str, request: &Request, caching: PromptCaching) -> Result<Bytes, Error> {
    let mut messages = Vec::new();
    for (index, message) in request.messages.iter().enumerate() {
        messages.extend(translate(index, message)?);
    }
    let mut tools = request.tools.iter().map(to_value).collect::<Result<Vec<_>, _>>()?;
    let mut system = Vec::new();
    if !request.system.trim().is_empty() {
        system.push(json!({"type": "text", "text": &*request.system}));
    }
    if caching == PromptCaching::Marked
        && !tools.iter().any(is_marked)
        && !messages.iter().any(has_marked_block)
    {
        mark_fixed_part(&mut tools, &mut system);
        mark_messages(&mut messages);
    }
    let mut body = Map::new();
    body.insert("model".to_owned(), model.into());
    body.insert("max_tokens".to_owned(), request.max_tokens.into());
    body.insert("stream".to_owned(), true.into());
    if !tools.is_empty() {
        body.insert("tools".to_owned(), tools.into());
    }
    if !system.is_empty() {
        body.insert("system".to_owned(), system.into());
    }
    body.insert("messages".to_owned(), messages.into());
    Ok(Bytes::from(Value::Object(body).to_string()))
}

/// Returns the message as the API takes it, or nothing if it says nothing.
fn translate(index: usize, message: &Message) -> Result<Option<Value>, Error> {
    let mut content = Vec::new();
    for block in &message.content {
        content.extend(translate_block(index, block)?);
    }
    if content.is_empty() {
        return Ok(None);
    }
    let mut translated = to_value(message)?;
    translated["content"] = content.into();
    Ok(Some(translated))
}

fn translate_block(message: usize, block: &Block) -> Result<Option<Value>, Error> {
    match block {
        Block::Text(text) if text.text.trim().is_empty() => return Ok(None),
        Block::Thinking(thinking) if thinking.signature.is_empty() => {
            let reason = "reasoning without a signature of Anthropic: it was written by another provider";
            let text = format!(
                "message {message} of the transcript has a block `thinking` that the Messages API does \
                                not take ({reason}); continue with the model that wrote it"
            );
            return Err(Error::new(ErrorKind::Untranslatable, text));
        }
        _ => {}
    }
    let mut value = to_value(block)?;
    if let Some(fields) = value.as_object_mut() {
        fields.shift_remove(EXTRA);
    }
    match block {
        Block::ToolUse(call) if !call.input.is_object() => {
            value["input"] = json!({"invalid_json": call.input});
        }
        Block::ToolResult(_) => {
            if let Some(Value::Array(content)) = value.get_mut("content") {
                content.retain(|part| part["text"] != "" || part["type"] != "text");
            }
        }
        _ => {}
    }
    Ok(Some(value))
}

fn to_value(value: &impl serde::Serialize) -> Result<Value, Error> {
    serde_json::to_value(value).map_err(|error| Error {
        source: Some(error.into()),
        ..Error::new(ErrorKind::Untranslatable, "the transcript cannot be written as JSON")
    })
}

fn is_marked(value: &Value) -> bool {
    value.get("cache_control").is_some_and(|marker| !marker.is_null())
}

fn has_marked_block(message: &Value) -> bool {
    message["content"].as_array().is_some_and(|content| content.iter().any(is_marked))
}

fn mark(block: &mut Value) {
    block["cache_control"] = json!({"type": "ephemeral"});
}

/// The prompt is read as tools, system, messages: a marker on the system prompt covers the tools too.
fn mark_fixed_part(tools: &mut [Value], system: &mut [Value]) {
    if let Some(last) = system.last_mut().or(tools.last_mut()) {
        mark(last);
    }
}

/// Marks the end of the last two messages of the user: the last is written to the cache now, the one before was by the
/// request before and is found again however many blocks lie between (a marker alone looks back 20 blocks).
fn mark_messages(messages: &mut [Value]) {
    let role = json!(Role::User);
    for message in messages.iter_mut().rev().filter(|message| message["role"] == role).take(2) {
        let Some(content) = message["content"].as_array_mut() else { continue };
        let markable = |block: &&mut Value| {
            matches!(block["type"].as_str(), Some("text" | "image" | "document" | "tool_result"))
        };
        if let Some(block) = content.iter_mut().rev().find(markable) {
            mark(block);
        }
    }
}

#[cfg(test)]
mod tests;

//! Requests of the Messages API.
//!
//! The transcript is almost the request: what differs is written here. Blocks and fields that this crate does not know
//! go back as they came. Left out are empty text blocks, and messages that have nothing else: the API refuses them and
//! they say nothing. Arguments that are no JSON object go back as `{"invalid_json": …}`, since the API takes only
//! objects. Options are fields of the request, see [`crate::Options`]. Reasoning that another provider wrote has no
//! signature that the API accepts: it is refused by name.

use bytes::Bytes;
use serde_json::{Map, Value, json};
use skilled_message::{Block, Message, Role};

use crate::openai::EXTRA;
use crate::options::to_value;
use crate::{Error, ErrorKind, PromptCaching, Request};

/// Returns the body of the request. The messages stand last, so that the bodies of consecutive requests share their
/// beginning.
pub(super) fn body(model: &str, request: &Request, caching: PromptCaching) -> Result<Bytes, Error> {
    let mut body = Map::new();
    body.insert("model".to_owned(), model.into());
    body.insert("max_tokens".to_owned(), request.max_tokens.into());
    body.insert("stream".to_owned(), true.into());
    body.extend(request.options.fields()?);
    body.extend(prompt(request, caching)?);
    Ok(Bytes::from(Value::Object(body).to_string()))
}

/// Returns the body of a request that only counts the prompt: what says how tokens are drawn and billed is no part of
/// it, and the API does not take it there.
pub(super) fn count_body(model: &str, request: &Request) -> Result<Bytes, Error> {
    const OF_THE_ANSWER: [&str; 7] =
        ["temperature", "top_p", "top_k", "stop_sequences", "metadata", "service_tier", "inference_geo"];
    let mut body = Map::new();
    body.insert("model".to_owned(), model.into());
    let fields = request.options.fields()?;
    body.extend(fields.into_iter().filter(|(name, _)| !OF_THE_ANSWER.contains(&name.as_str())));
    body.extend(prompt(request, PromptCaching::Unmarked)?);
    Ok(Bytes::from(Value::Object(body).to_string()))
}

/// Returns the tools, the system prompt and the messages, with markers for the cache unless they have some.
fn prompt(request: &Request, caching: PromptCaching) -> Result<Map<String, Value>, Error> {
    let mut messages = Vec::new();
    for (index, message) in request.messages.iter().enumerate() {
        messages.extend(translate(index, message)?);
    }
    let mut tools = request.tools.iter().map(to_value).collect::<Result<Vec<_>, _>>()?;
    let mut system = system(request)?;
    if caching == PromptCaching::Marked
        && request.options.cache_control.is_none()
        && !tools.iter().any(is_marked)
        && !system.iter().any(is_marked)
        && !messages.iter().any(has_marked_block)
    {
        mark_fixed_part(&mut tools, &mut system);
        mark_messages(&mut messages);
    }
    let mut fields = Map::new();
    if !tools.is_empty() {
        fields.insert("tools".to_owned(), tools.into());
    }
    if !system.is_empty() {
        fields.insert("system".to_owned(), system.into());
    }
    fields.insert("messages".to_owned(), messages.into());
    Ok(fields)
}

/// Returns the blocks of the system prompt.
fn system(request: &Request) -> Result<Vec<Value>, Error> {
    let blocks = &request.options.system_blocks;
    if blocks.is_empty() {
        let text = &*request.system;
        return Ok(if text.trim().is_empty() {
            Vec::new()
        } else {
            vec![json!({"type": "text", "text": text})]
        });
    }
    let said = |block: &&Block| !matches!(block, Block::Text(text) if text.text.trim().is_empty());
    blocks.iter().filter(said).map(to_value).collect()
}

/// Returns the message as the API takes it, or nothing if it says nothing.
fn translate(index: usize, message: &Message) -> Result<Option<Value>, Error> {
    let mut content = Vec::new();
    for block in &message.content {
        content.extend(translate_block(index, block)?);
    }
    // A message of the system may say something in its other fields only.
    if content.is_empty() && (message.role != Role::System || message.extra.is_empty()) {
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

fn is_marked(value: &Value) -> bool {
    value.get("cache_control").is_some_and(|marker| !marker.is_null())
}

/// Returns whether a block of `message`, or one in a tool result of it, has a marker.
fn has_marked_block(message: &Value) -> bool {
    let blocks = message["content"].as_array().into_iter().flatten();
    blocks.into_iter().any(|block| is_marked(block) || has_marked_block(block))
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

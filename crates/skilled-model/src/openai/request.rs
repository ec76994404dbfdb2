//! Requests of the Chat Completions API.
//!
//! The transcript is translated so:
//!
//! - A tool result becomes a message of the role `tool`. One with `is_error` begins with a line `Error:`, since the
//!   protocol has no field for it. An image in it, which the protocol cannot carry there, is named in the text and
//!   follows in a message of the user.
//! - What else the user said stands in one message after the tool results. A PDF in base64 becomes a file; the text of a
//!   document and of a search result becomes text.
//! - A message of the system in the middle of the conversation stays one.
//! - The texts of an answer are joined with an empty line and stand before its tool calls.
//! - Reasoning goes back in the field in which it came, unless [`ReasoningPolicy::LeftOut`] says otherwise.
//! - Of the fields that a server added to its answer, only those that models need back are sent: [`MESSAGE_FIELDS`],
//!   [`REASONING_FIELDS`] and [`CALL_FIELDS`]. All others (`annotations`, `audio`, …) are of answers only, and servers
//!   that check their requests refuse them. They stay in the transcript.
//! - Fields of the Messages API's own bookkeeping (`cache_control`, `citations`, `caller`) are not sent.
//! - Everything else that the protocol cannot say is refused by name.
//!
//! Each message is translated by itself, so that equal transcripts give equal bytes.

mod media;
mod options;

use bytes::Bytes;
use serde_json::{Map, Value, json};
use skilled_message::{Block, Message, Role, ToolDefinition, ToolResultBlock, ToolUseBlock};

use self::media::Said;
use super::{Dialect, EXTRA, REASONING};
use crate::{Error, ErrorKind, ReasoningPolicy, Request, as_function};

/// The fields of a message that go back: signatures of thoughts, as Gemini has them.
const MESSAGE_FIELDS: [&str; 1] = ["extra_content"];

/// The fields of a message that go back with the reasoning: its blocks with their signatures, as `OpenRouter` has them.
const REASONING_FIELDS: [&str; 1] = ["reasoning_details"];

/// The fields of a call that go back: signatures of thoughts, as Gemini has them and as `LiteLLM` passes them on.
const CALL_FIELDS: [&str; 2] = ["extra_content", "provider_specific_fields"];

/// Returns the body of the request. The messages stand last, so that the bodies of consecutive requests share their
/// beginning.
pub(super) fn body(model: &str, request: &Request, dialect: Dialect) -> Result<Bytes, Error> {
    let mut messages = Vec::new();
    let prompt = system_prompt(request)?;
    if !prompt.trim().is_empty() {
        messages.push(json!({"role": "system", "content": prompt}));
    }
    for (index, message) in request.messages.iter().enumerate() {
        match message.role {
            Role::User => user(index, message, &mut messages)?,
            Role::System => messages.extend(system(index, message)?),
            Role::Assistant => messages.extend(assistant(index, message, dialect.reasoning)?),
        }
    }
    let tools = request.tools.iter().map(tool).collect::<Result<Vec<_>, _>>()?;
    let mut body = Map::new();
    body.insert("model".to_owned(), model.into());
    body.insert(dialect.limit_field.to_owned(), request.max_tokens.into());
    body.insert("stream".to_owned(), true.into());
    body.insert("stream_options".to_owned(), json!({"include_usage": true}));
    body.extend(options::fields(&request.options, !tools.is_empty(), dialect)?);
    if !tools.is_empty() {
        body.insert("tools".to_owned(), tools.into());
    }
    body.insert("messages".to_owned(), messages.into());
    Ok(Bytes::from(Value::Object(body).to_string()))
}

fn system_prompt(request: &Request) -> Result<String, Error> {
    let blocks = &request.options.system_blocks;
    if blocks.is_empty() {
        return Ok(request.system.to_string());
    }
    let mut texts = Vec::new();
    for block in blocks {
        match block {
            Block::Text(text) if text.text.trim().is_empty() => {}
            Block::Text(text) => texts.push(text.text.as_str()),
            Block::Image(_)
            | Block::ToolUse(_)
            | Block::ToolResult(_)
            | Block::Thinking(_)
            | Block::RedactedThinking(_)
            | Block::Other(_) => {
                let message = format!(
                    "the system prompt has a block `{}` that Chat Completions cannot say: give its text",
                    block.kind()
                );
                return Err(Error::new(ErrorKind::Untranslatable, message));
            }
        }
    }
    Ok(texts.join("\n\n"))
}

fn tool(definition: &ToolDefinition) -> Result<Value, Error> {
    let definition = as_function(definition)?;
    let mut function = json!({
        "name": definition.name,
        "description": definition.description,
        "parameters": definition.input_schema,
    });
    for (key, value) in definition.extra {
        function[key] = value;
    }
    Ok(json!({"type": "function", "function": function}))
}

/// Returns what the operator said in the middle of the conversation, or nothing if it says nothing.
fn system(index: usize, message: &Message) -> Result<Option<Value>, Error> {
    for (key, value) in &message.extra {
        let says_nothing = match key.as_str() {
            "clear_at" => value == "never",
            "output_config" => value.as_object().is_some_and(Map::is_empty),
            _ => false,
        };
        if !says_nothing && !value.is_null() {
            let message = format!(
                "message {index} of the transcript has a field `{key}` that Chat Completions cannot say: a message of \
                 the system has only a text"
            );
            return Err(Error::new(ErrorKind::Untranslatable, message));
        }
    }
    let mut texts = Vec::new();
    for block in &message.content {
        match block {
            Block::Text(text) if text.text.trim().is_empty() => {}
            Block::Text(text) => texts.push(text.text.as_str()),
            Block::Image(_)
            | Block::ToolUse(_)
            | Block::ToolResult(_)
            | Block::Thinking(_)
            | Block::RedactedThinking(_)
            | Block::Other(_) => {
                return Err(unsaid(index, block, "it has no form for it in a message of the system"));
            }
        }
    }
    Ok((!texts.is_empty()).then(|| json!({"role": "system", "content": texts.join("\n\n")})))
}

/// Appends what the user said: the tool results, then the rest.
fn user(index: usize, message: &Message, messages: &mut Vec<Value>) -> Result<(), Error> {
    let (mut media, mut parts) = (Vec::new(), Vec::new());
    for block in &message.content {
        match block {
            Block::ToolResult(result) => messages.push(tool_message(index, result, &mut media)?),
            Block::Text(_) | Block::Image(_) | Block::Other(_) => {
                add_parts(media::said(index, block)?, &mut parts);
            }
            Block::ToolUse(_) | Block::Thinking(_) | Block::RedactedThinking(_) => {
                return Err(unsaid(index, block, "it has no form for it in a message of the user"));
            }
        }
    }
    media.append(&mut parts);
    match media.as_slice() {
        [] => {}
        // Servers with simple chat templates take only a string.
        [only] if only["type"] == "text" => messages.push(json!({"role": "user", "content": only["text"]})),
        _ => messages.push(json!({"role": "user", "content": media})),
    }
    Ok(())
}

/// Appends what was said as parts of a message.
fn add_parts(said: Said, parts: &mut Vec<Value>) {
    match said {
        Said::Text(text) => parts.push(json!({"type": "text", "text": text})),
        Said::Part(_, part) => parts.push(part),
        Said::All(all) => all.into_iter().for_each(|said| add_parts(said, parts)),
    }
}

fn tool_message(index: usize, result: &ToolResultBlock, media: &mut Vec<Value>) -> Result<Value, Error> {
    let mut lines = Vec::new();
    if result.is_error {
        lines.push("Error:".to_owned());
    }
    let mut count = 0;
    for block in &result.content {
        add_lines(media::said(index, block)?, &result.tool_use_id, &mut count, &mut lines, media);
    }
    Ok(json!({"role": "tool", "tool_call_id": result.tool_use_id, "content": lines.join("\n")}))
}

/// Appends the texts of what a result holds to `lines`, and what is no text to `media`, each named in the other.
fn add_lines(said: Said, id: &str, count: &mut usize, lines: &mut Vec<String>, media: &mut Vec<Value>) {
    match said {
        Said::Text(text) => lines.push(text),
        Said::Part(kind, part) => {
            *count += 1;
            lines.push(format!("[{kind} {count} of this result follows in the next message of the user]"));
            let (initial, rest) = kind.split_at(1);
            let title =
                format!("{}{rest} {count} of the result of the tool call {id}:", initial.to_uppercase());
            media.push(json!({"type": "text", "text": title}));
            media.push(part);
        }
        Said::All(all) => all.into_iter().for_each(|said| add_lines(said, id, count, lines, media)),
    }
}

/// Returns the answer of the model, or nothing if it said nothing.
fn assistant(index: usize, message: &Message, reasoning: ReasoningPolicy) -> Result<Option<Value>, Error> {
    let (mut texts, mut calls, mut fields) = (Vec::new(), Vec::new(), Map::new());
    for block in &message.content {
        match block {
            Block::Text(text) if own(&text.extra, "refusal").is_some() => {
                fields.insert("refusal".to_owned(), text.text.clone().into());
            }
            Block::Text(text) if text.text.is_empty() => {}
            Block::Text(text) => texts.push(text.text.as_str()),
            Block::ToolUse(call) => calls.push(tool_call(call)),
            Block::Thinking(thinking) => match (own(&thinking.extra, "field"), reasoning) {
                (Some(Value::String(field)), ReasoningPolicy::SentBack)
                    if REASONING.contains(&field.as_str()) =>
                {
                    match fields.get_mut(field) {
                        Some(Value::String(before)) => before.push_str(&thinking.thinking),
                        _ => {
                            fields.insert(field.clone(), thinking.thinking.clone().into());
                        }
                    }
                }
                (Some(_), _) => {}
                (None, _) => return Err(unsaid(index, block, "it was written by another provider")),
            },
            Block::Image(_) | Block::ToolResult(_) | Block::RedactedThinking(_) | Block::Other(_) => {
                return Err(unsaid(index, block, "it has no form for it in an answer"));
            }
        }
        if let Some(Value::Object(unknown)) = extra(block).and_then(|extra| own(extra, "message")) {
            fields.extend(only(unknown, &MESSAGE_FIELDS));
            if reasoning == ReasoningPolicy::SentBack {
                fields.extend(only(unknown, &REASONING_FIELDS));
            }
        }
    }
    if texts.is_empty() && calls.is_empty() && fields.is_empty() {
        return Ok(None);
    }
    let mut translated = Map::new();
    translated.insert("role".to_owned(), "assistant".into());
    let content = if texts.is_empty() { Value::Null } else { texts.join("\n\n").into() };
    translated.insert("content".to_owned(), content);
    translated.extend(fields);
    if !calls.is_empty() {
        translated.insert("tool_calls".to_owned(), calls.into());
    }
    Ok(Some(Value::Object(translated)))
}

fn tool_call(call: &ToolUseBlock) -> Value {
    // Servers parse the arguments to fill their templates and fail on text that is no JSON object.
    let arguments = match &call.input {
        object @ Value::Object(_) => object.to_string(),
        other => json!({"invalid_json": other}).to_string(),
    };
    let function = json!({"name": call.name, "arguments": arguments});
    let mut translated = json!({"id": call.id, "type": "function", "function": function});
    if let Some(Value::Object(unknown)) = own(&call.extra, "call") {
        for (key, value) in only(unknown, &CALL_FIELDS) {
            translated[key] = value;
        }
    }
    translated
}

fn extra(block: &Block) -> Option<&Map<String, Value>> {
    match block {
        Block::Text(block) => Some(&block.extra),
        Block::ToolUse(block) => Some(&block.extra),
        Block::Thinking(block) => Some(&block.extra),
        Block::Image(_) | Block::ToolResult(_) | Block::RedactedThinking(_) | Block::Other(_) => None,
    }
}

/// Returns the fields of `unknown` that are in `allowed`.
fn only<'a>(
    unknown: &'a Map<String, Value>,
    allowed: &'a [&str],
) -> impl Iterator<Item = (String, Value)> + 'a {
    let fields = unknown.iter().filter(|(key, _)| allowed.contains(&key.as_str()));
    fields.map(|(key, value)| (key.clone(), value.clone()))
}

/// Returns what this provider noted in a block's unknown fields.
fn own<'a>(extra: &'a Map<String, Value>, key: &str) -> Option<&'a Value> {
    extra.get(EXTRA)?.get(key)
}

fn unsaid(index: usize, block: &Block, reason: &str) -> Error {
    let message = format!(
        "message {index} of the transcript has a block `{}` that Chat Completions cannot say: {reason}; continue with \
         a model of the provider that wrote it",
        block.kind()
    );
    Error::new(ErrorKind::Untranslatable, message)
}

#[cfg(test)]
mod tests;

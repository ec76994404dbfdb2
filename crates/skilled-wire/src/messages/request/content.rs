//! Messages from JSON that has been checked, moved and not copied: an image takes megabytes.

use serde::de::Error as _;
use serde::{Deserialize, Deserializer};
use serde_json::{Map, Value};
use skilled_message::{
    Block, ImageBlock, ImageSource, Message, RedactedThinkingBlock, Role, TextBlock, ThinkingBlock,
    ToolResultBlock, ToolUseBlock,
};

/// Reads the messages of a request.
pub(crate) fn messages<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<Message>, D::Error> {
    let messages = Vec::<Value>::deserialize(deserializer)?;
    messages.into_iter().map(|value| message(value).map_err(D::Error::custom)).collect()
}

/// Reads one message.
fn message(value: Value) -> Result<Message, serde_json::Error> {
    let Value::Object(mut fields) = value else { return Err(malformed("a message must be an object")) };
    let role = Role::deserialize(fields.shift_remove("role").unwrap_or_default())?;
    let content = match fields.shift_remove("content") {
        Some(content) => blocks(content)?,
        None => Vec::new(),
    };
    fields.retain(|_, value| !value.is_null());
    Ok(Message { role, content, extra: fields })
}

/// Reads the content of a message or of a result: a text or blocks.
fn blocks(value: Value) -> Result<Vec<Block>, serde_json::Error> {
    match value {
        Value::String(text) => Ok(vec![Block::text(text)]),
        Value::Array(blocks) => blocks.into_iter().map(block).collect(),
        _ => Err(malformed("content must be a string or a list")),
    }
}

/// Reads a block. Gives what [`Block::deserialize`] gives, without copying what is in it.
fn block(value: Value) -> Result<Block, serde_json::Error> {
    let Value::Object(mut fields) = value else { return Block::deserialize(value) };
    let Some(Value::String(kind)) = fields.shift_remove("type") else {
        return Err(malformed("a content block must be an object with a string `type`"));
    };
    Ok(match kind.as_str() {
        "text" => Block::Text(TextBlock { text: text(&mut fields, "text")?, extra: fields }),
        "image" => {
            let source = ImageSource::deserialize(fields.shift_remove("source").unwrap_or_default())?;
            Block::Image(ImageBlock { source, extra: fields })
        }
        "tool_use" => Block::ToolUse(ToolUseBlock {
            id: text(&mut fields, "id")?,
            name: text(&mut fields, "name")?,
            input: fields.shift_remove("input").unwrap_or_default(),
            extra: fields,
        }),
        "tool_result" => Block::ToolResult(ToolResultBlock {
            tool_use_id: text(&mut fields, "tool_use_id")?,
            content: fields.shift_remove("content").map(blocks).transpose()?.unwrap_or_default(),
            is_error: fields.shift_remove("is_error").and_then(|value| value.as_bool()).unwrap_or_default(),
            extra: fields,
        }),
        "thinking" => Block::Thinking(ThinkingBlock {
            thinking: text(&mut fields, "thinking")?,
            signature: text(&mut fields, "signature")?,
            extra: fields,
        }),
        "redacted_thinking" => {
            Block::RedactedThinking(RedactedThinkingBlock { data: text(&mut fields, "data")?, extra: fields })
        }
        _ => {
            fields.shift_insert(0, "type".to_owned(), Value::String(kind));
            Block::Other(Value::Object(fields))
        }
    })
}

/// Takes the text `name` out of `fields`.
fn text(fields: &mut Map<String, Value>, name: &str) -> Result<String, serde_json::Error> {
    match fields.shift_remove(name) {
        Some(Value::String(text)) => Ok(text),
        _ => Err(malformed(&format!("`{name}` must be a string"))),
    }
}

fn malformed(message: &str) -> serde_json::Error {
    serde_json::Error::custom(message)
}

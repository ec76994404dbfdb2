//! How large a prompt is.

use serde_json::Value;
use skilled_message::Block;

use crate::options::to_value;
use crate::{Error, Request};

/// The tokens of a prompt.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TokenCount {
    /// The tokens.
    pub input_tokens: u64,
    /// Whether this is the estimate of [`estimate()`] and not the provider's count.
    pub estimated: bool,
}

/// What an image or a document without readable text counts as: about one picture of a million pixels.
const OF_MEDIA: u64 = 1_600;
/// What a message counts as beside its content.
const OF_MESSAGE: u64 = 4;

/// Returns about how many tokens the prompt of `request` has.
///
/// No tokenizer is asked. Of every text (the system prompt, the JSON of each tool, of each call and of each unknown
/// block, and what is said) one token is counted for every four bytes of ASCII and one for every two bytes of anything
/// else, rounded up; for an image, and for a document that is no text, 1,600; for each message 4. It is a measure for
/// budgets, not for bills.
///
/// # Errors
///
/// Fails if the transcript cannot be written as JSON.
pub fn estimate(request: &Request) -> Result<TokenCount, Error> {
    let options = &request.options;
    let mut tokens = if options.system_blocks.is_empty() {
        of_text(&request.system)
    } else {
        options.system_blocks.iter().map(of_block).sum::<Result<u64, _>>()?
    };
    for tool in &*request.tools {
        tokens += of_text(&to_value(tool)?.to_string());
    }
    for message in &request.messages {
        tokens += OF_MESSAGE;
        for block in &message.content {
            tokens += of_block(block)?;
        }
    }
    if let Some(format) = &options.output_config.format {
        tokens += of_text(&format.to_string());
    }
    Ok(TokenCount { input_tokens: tokens, estimated: true })
}

fn of_block(block: &Block) -> Result<u64, Error> {
    Ok(of_value(&to_value(block)?))
}

/// Counts what a block says: the frame of known ones is left out.
fn of_value(block: &Value) -> u64 {
    let text = |key: &str| of_text(block[key].as_str().unwrap_or_default());
    match block["type"].as_str() {
        Some("text") => text("text"),
        // Reasoning of earlier turns is not part of the prompt; what follows its last call is: count it all.
        Some("thinking") => text("thinking"),
        Some("redacted_thinking") => text("data"),
        Some("tool_use") => text("name") + of_text(&block["input"].to_string()),
        Some("tool_result") => of_content(&block["content"]),
        Some("image") => OF_MEDIA,
        Some("document") => {
            let source = &block["source"];
            let of_source = match source["type"].as_str() {
                Some("text") => of_text(source["data"].as_str().unwrap_or_default()),
                Some("content") => of_content(&source["content"]),
                _ => OF_MEDIA,
            };
            of_source + text("title") + text("context")
        }
        Some("search_result") => text("title") + text("source") + of_content(&block["content"]),
        _ => of_text(&block.to_string()),
    }
}

fn of_content(content: &Value) -> u64 {
    match content {
        Value::String(text) => of_text(text),
        Value::Array(blocks) => blocks.iter().map(of_value).sum(),
        _ => 0,
    }
}

fn of_text(text: &str) -> u64 {
    let ascii = text.bytes().filter(u8::is_ascii).count() as u64;
    let other = text.len() as u64 - ascii;
    ascii.div_ceil(4) + other.div_ceil(2)
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use serde_json::json;
    use skilled_message::{Message, Role, ToolDefinition};

    use super::*;
    use crate::Options;

    fn count(system: &str, tools: &[ToolDefinition], blocks: Value, options: Options) -> u64 {
        let message = Message::new(Role::User, serde_json::from_value(blocks).unwrap());
        let tools = Arc::from(tools);
        let request =
            Request { system: system.into(), tools, messages: vec![message], max_tokens: 1, options };
        let count = estimate(&request).unwrap();
        assert!(count.estimated);
        count.input_tokens
    }

    #[test]
    fn every_part_of_a_prompt_counts() {
        let none = Options::default();
        for (blocks, expected) in [
            (json!([]), 4),
            (json!([{"type": "text", "text": "12345678"}]), 6),
            (json!([{"type": "text", "text": "ßß"}]), 6),
            (json!([{"type": "tool_use", "id": "x", "name": "bash", "input": {"a": 1}}]), 4 + 1 + 2),
            (
                json!([{"type": "tool_result", "tool_use_id": "x", "content": [{"type": "text", "text": "1234"},
                {"type": "image", "source": {"type": "url", "url": "https://x"}}]}]),
                4 + 1 + 1600,
            ),
            (
                json!([{"type": "document", "source": {"type": "text", "media_type": "text/plain", "data": "1234"},
                "title": "abcd"}]),
                6,
            ),
            (
                json!([{"type": "document", "source": {"type": "base64", "media_type": "application/pdf",
                "data": "AAAA"}}]),
                1604,
            ),
            (json!([{"type": "x", "y": 1}]), 4 + 5),
        ] {
            assert_eq!(count("", &[], blocks.clone(), none.clone()), expected, "{blocks}");
        }
        assert_eq!(count("12345678", &[], json!([]), none.clone()), 6);
        let tool = ToolDefinition::new("t", "", json!({}));
        let of_tool = serde_json::to_string(&tool).unwrap().len().div_ceil(4) as u64;
        assert_eq!(count("", &[tool], json!([]), none), 4 + of_tool);
        let blocks = Options { system_blocks: vec![Block::text("1234")], ..Options::default() };
        assert_eq!(count("the blocks stand in its place", &[], json!([]), blocks), 5);
    }
}

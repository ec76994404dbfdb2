//! How large a prompt is.

use serde::Serialize;
use serde_json::Value;

use crate::{Error, ErrorKind, Request};

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
/// else, rounded up; for an image or another base64 source 1,600; for each message 4. English prose comes out within a fifth of
/// what common tokenizers say; code and other languages less exactly.
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
        tokens += of_text(&json(tool)?.to_string());
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

fn of_block(block: &skilled_message::Block) -> Result<u64, Error> {
    Ok(of_value(&json(block)?))
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

fn json(value: &impl Serialize) -> Result<Value, Error> {
    serde_json::to_value(value).map_err(|error| Error {
        source: Some(error.into()),
        ..Error::new(ErrorKind::Untranslatable, "the transcript cannot be written as JSON")
    })
}

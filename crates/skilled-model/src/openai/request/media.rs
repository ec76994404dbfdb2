//! Images and documents.

use serde_json::{Value, json};
use skilled_message::{Block, ImageSource};

use super::unsaid;
use crate::{Error, ErrorKind};

/// What a block of the user becomes.
pub(super) enum Said {
    /// Text.
    Text(String),
    /// A part of a message that is no text, and what it is called in texts.
    Part(&'static str, Value),
    /// Several of these.
    All(Vec<Self>),
}

/// Returns what `block` becomes: a text, an image, or what a document or a search result holds.
pub(super) fn said(index: usize, block: &Block) -> Result<Said, Error> {
    match block {
        Block::Text(text) => Ok(Said::Text(text.text.clone())),
        Block::Image(image) => Ok(Said::Part("image", image_part(index, &image.source)?)),
        Block::Other(value) if value["type"] == "document" => document(index, block, value),
        Block::Other(value) if value["type"] == "search_result" => search_result(index, block, value),
        Block::ToolUse(_)
        | Block::ToolResult(_)
        | Block::Thinking(_)
        | Block::RedactedThinking(_)
        | Block::Other(_) => Err(unsaid(index, block, "it has no form for it there")),
    }
}

fn image_part(index: usize, source: &ImageSource) -> Result<Value, Error> {
    let url = match source {
        ImageSource::Base64 { media_type, data } => format!("data:{media_type};base64,{data}"),
        ImageSource::Url { url } => url.clone(),
        ImageSource::File { file_id } => {
            let message = format!(
                "message {index} of the transcript has an image stored at another provider (`{file_id}`): \
                 Chat Completions cannot refer to it; give the image itself"
            );
            return Err(Error::new(ErrorKind::Untranslatable, message));
        }
    };
    Ok(json!({"type": "image_url", "image_url": {"url": url}}))
}

/// A PDF becomes a file, a text stays text below its title and its context, blocks stay blocks.
fn document(index: usize, block: &Block, value: &Value) -> Result<Said, Error> {
    refuse_fields(
        index,
        block,
        value,
        &["type", "source", "title", "context", "cache_control", "citations"],
    )?;
    let source = &value["source"];
    let text = |value: &Value| value.as_str().filter(|text| !text.trim().is_empty()).map(str::to_owned);
    let (title, context) = (text(&value["title"]), text(&value["context"]));
    let mut all = Vec::new();
    let content = match (source["type"].as_str(), source["data"].as_str()) {
        (Some("text"), Some(data)) => {
            let lines = [title, context, Some(data.to_owned())];
            return Ok(Said::Text(lines.into_iter().flatten().collect::<Vec<_>>().join("\n\n")));
        }
        (Some("base64"), Some(data)) if source["media_type"] == "application/pdf" => {
            let name = title.unwrap_or_else(|| "document.pdf".to_owned());
            let file = json!({"filename": name, "file_data": format!("data:application/pdf;base64,{data}")});
            all.extend(context.map(Said::Text));
            all.push(Said::Part("document", json!({"type": "file", "file": file})));
            return Ok(Said::All(all));
        }
        (Some("content"), _) => &source["content"],
        _ => return Err(unsaid(index, block, "only a text, a PDF in base64 and blocks can be the source")),
    };
    all.extend(title.map(Said::Text));
    all.extend(context.map(Said::Text));
    all.extend(blocks(index, block, content)?);
    Ok(Said::All(all))
}

/// A search result becomes its title, its source and its texts.
fn search_result(index: usize, block: &Block, value: &Value) -> Result<Said, Error> {
    refuse_fields(
        index,
        block,
        value,
        &["type", "source", "title", "content", "cache_control", "citations"],
    )?;
    let text = |key: &str| value[key].as_str().unwrap_or_default();
    let mut all = vec![Said::Text(format!("Search result: {} ({})", text("title"), text("source")))];
    all.extend(blocks(index, block, &value["content"])?);
    Ok(Said::All(all))
}

/// Returns what a text or a list of blocks becomes.
fn blocks(index: usize, block: &Block, content: &Value) -> Result<Vec<Said>, Error> {
    use serde::Deserialize as _;

    if let Some(text) = content.as_str() {
        return Ok(vec![Said::Text(text.to_owned())]);
    }
    let Ok(blocks) = Vec::<Block>::deserialize(content) else {
        return Err(unsaid(index, block, "its content is no list of blocks"));
    };
    let plain = |inner: &Block| matches!(inner, Block::Text(_) | Block::Image(_));
    if !blocks.iter().all(plain) {
        return Err(unsaid(index, block, "its content is more than texts and images"));
    }
    blocks.iter().map(|inner| said(index, inner)).collect()
}

/// Refuses fields other than `known`, and citations: no such model marks what it cites.
fn refuse_fields(index: usize, block: &Block, value: &Value, known: &[&str]) -> Result<(), Error> {
    if value["citations"]["enabled"] == true {
        return Err(unsaid(index, block, "it asks for `citations`"));
    }
    let mut fields = value.as_object().into_iter().flatten();
    match fields.find(|(key, value)| !known.contains(&key.as_str()) && !value.is_null()) {
        Some((key, _)) => Err(unsaid(index, block, &format!("it has a field `{key}`"))),
        None => Ok(()),
    }
}

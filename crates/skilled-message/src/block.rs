//! Content blocks: what a message is made of.
//!
//! Known blocks are typed; an unknown block is kept as the JSON it came as. Unknown fields of a known block are kept in
//! its `extra` map. Serialising what was deserialised gives the same JSON value back (tested in `tests/it`).

use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::{Map, Value};

/// Fields of a block that this crate does not know, in the order in which they came.
pub type Extra = Map<String, Value>;

/// One block of a message.
#[derive(Debug, Clone, PartialEq)]
pub enum Block {
    /// Text from either side.
    Text(TextBlock),
    /// An image given by the user or returned by a tool.
    Image(ImageBlock),
    /// A call of a tool by the model.
    ToolUse(ToolUseBlock),
    /// What a tool call gave back.
    ToolResult(ToolResultBlock),
    /// The model's reasoning, signed by the provider.
    Thinking(ThinkingBlock),
    /// Reasoning that the provider returned encrypted.
    RedactedThinking(RedactedThinkingBlock),
    /// Any other block of a provider, unchanged. Always a JSON object with a string `type`.
    Other(Value),
}

/// A block inside a tool result: the same shapes as in a message, of which providers accept text and images.
pub type ResultBlock = Block;

/// `{"type":"text","text":…}`
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct TextBlock {
    /// The text, UTF-8.
    pub text: String,
    /// Fields this crate does not know (`citations`, `cache_control`, …).
    #[serde(flatten)]
    pub extra: Extra,
}

/// `{"type":"image","source":…}`
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ImageBlock {
    /// Where the image's bytes are.
    pub source: ImageSource,
    /// Fields this crate does not know.
    #[serde(flatten)]
    pub extra: Extra,
}

/// The source of an image.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum ImageSource {
    /// The bytes themselves.
    Base64 {
        /// MIME type, such as `image/png`.
        media_type: String,
        /// Standard base64 with padding, without line breaks.
        data: String,
    },
    /// An address that the provider fetches.
    Url {
        /// An `https` URL.
        url: String,
    },
    /// A file uploaded to the provider before.
    File {
        /// The provider's id of the file.
        file_id: String,
    },
}

/// `{"type":"tool_use","id":…,"name":…,"input":{…}}`
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ToolUseBlock {
    /// The provider's id of this call; the result names it.
    pub id: String,
    /// The name of the tool.
    pub name: String,
    /// The arguments. An object, unless the model wrote something else.
    pub input: Value,
    /// Fields this crate does not know.
    #[serde(flatten)]
    pub extra: Extra,
}

/// `{"type":"tool_result","tool_use_id":…,"content":[…],"is_error":…}`
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ToolResultBlock {
    /// The id of the call this answers.
    pub tool_use_id: String,
    /// What the tool gave back. A bare string on the wire reads as one text block.
    #[serde(default, deserialize_with = "result_content", skip_serializing_if = "Vec::is_empty")]
    pub content: Vec<ResultBlock>,
    /// Whether the call failed.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub is_error: bool,
    /// Fields this crate does not know.
    #[serde(flatten)]
    pub extra: Extra,
}

/// `{"type":"thinking","thinking":…,"signature":…}`
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ThinkingBlock {
    /// The reasoning, possibly empty.
    pub thinking: String,
    /// The provider's signature; sent back unchanged.
    #[serde(default)]
    pub signature: String,
    /// Fields this crate does not know.
    #[serde(flatten)]
    pub extra: Extra,
}

/// `{"type":"redacted_thinking","data":…}`
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RedactedThinkingBlock {
    /// Opaque; sent back unchanged.
    pub data: String,
    /// Fields this crate does not know.
    #[serde(flatten)]
    pub extra: Extra,
}

impl Block {
    /// Returns a text block.
    pub fn text(text: impl Into<String>) -> Self {
        Self::Text(TextBlock { text: text.into(), extra: Extra::new() })
    }

    /// Returns an image block that carries `data`, which must be standard base64.
    pub fn image_base64(media_type: impl Into<String>, data: impl Into<String>) -> Self {
        let source = ImageSource::Base64 { media_type: media_type.into(), data: data.into() };
        Self::Image(ImageBlock { source, extra: Extra::new() })
    }

    /// Returns the block's `type` as it is written on the wire.
    pub fn kind(&self) -> &str {
        match self {
            Self::Text(_) => "text",
            Self::Image(_) => "image",
            Self::ToolUse(_) => "tool_use",
            Self::ToolResult(_) => "tool_result",
            Self::Thinking(_) => "thinking",
            Self::RedactedThinking(_) => "redacted_thinking",
            Self::Other(value) => value.get("type").and_then(Value::as_str).unwrap_or_default(),
        }
    }
}

impl ToolUseBlock {
    /// Returns a call of `name` with `input`.
    pub fn new(id: impl Into<String>, name: impl Into<String>, input: Value) -> Self {
        Self { id: id.into(), name: name.into(), input, extra: Extra::new() }
    }
}

impl ToolResultBlock {
    /// Returns the result of the call `tool_use_id`.
    pub fn new(tool_use_id: impl Into<String>, content: Vec<ResultBlock>, is_error: bool) -> Self {
        Self { tool_use_id: tool_use_id.into(), content, is_error, extra: Extra::new() }
    }
}

/// The `type` tag beside a block's own fields.
#[derive(Serialize)]
struct Tagged<'a, T> {
    r#type: &'a str,
    #[serde(flatten)]
    block: &'a T,
}

impl Serialize for Block {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let r#type = self.kind();
        match self {
            Self::Text(block) => Tagged { r#type, block }.serialize(serializer),
            Self::Image(block) => Tagged { r#type, block }.serialize(serializer),
            Self::ToolUse(block) => Tagged { r#type, block }.serialize(serializer),
            Self::ToolResult(block) => Tagged { r#type, block }.serialize(serializer),
            Self::Thinking(block) => Tagged { r#type, block }.serialize(serializer),
            Self::RedactedThinking(block) => Tagged { r#type, block }.serialize(serializer),
            Self::Other(value) => value.serialize(serializer),
        }
    }
}

impl<'de> Deserialize<'de> for Block {
    /// Reads any JSON object with a string `type`. A known type with fields of a shape this crate does not know is kept
    /// as [`Block::Other`]: a provider's novelty is no reason to lose a block.
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let value = Value::deserialize(deserializer)?;
        let Some(kind) = value.get("type").and_then(Value::as_str).map(str::to_owned) else {
            return Err(D::Error::custom("a content block must be an object with a string `type`"));
        };
        Ok(known(&kind, &value).unwrap_or(Self::Other(value)))
    }
}

/// Reads `value` as the known block `kind`, or returns nothing.
fn known(kind: &str, value: &Value) -> Option<Block> {
    let mut fields = value.as_object()?.clone();
    fields.shift_remove("type");
    let fields = Value::Object(fields);
    match kind {
        "text" => TextBlock::deserialize(fields).ok().map(Block::Text),
        "image" => ImageBlock::deserialize(fields).ok().map(Block::Image),
        "tool_use" => ToolUseBlock::deserialize(fields).ok().map(Block::ToolUse),
        "tool_result" => ToolResultBlock::deserialize(fields).ok().map(Block::ToolResult),
        "thinking" => ThinkingBlock::deserialize(fields).ok().map(Block::Thinking),
        "redacted_thinking" => RedactedThinkingBlock::deserialize(fields).ok().map(Block::RedactedThinking),
        _ => None,
    }
}

/// Reads the content of a tool result: a string or a list of blocks.
fn result_content<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<ResultBlock>, D::Error> {
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum Content {
        Text(String),
        Blocks(Vec<ResultBlock>),
    }
    Ok(match Content::deserialize(deserializer)? {
        Content::Text(text) => vec![Block::text(text)],
        Content::Blocks(blocks) => blocks,
    })
}

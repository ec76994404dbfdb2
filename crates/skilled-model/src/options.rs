//! What a request can ask for beyond its transcript.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use skilled_message::Block;

/// The fields of a request of the Messages API that are neither the transcript nor its limit.
///
/// The default asks for nothing. Each provider honours a field, translates it or refuses it by name with
/// [`crate::ErrorKind::Untranslatable`]; none is silently left out, except what only concerns billing and caches where
/// the table says so:
///
/// | Field | Anthropic | Chat Completions | scripted |
/// |---|---|---|---|
/// | `temperature`, `top_p` | as it is | as it is | accepted |
/// | `top_k` | as it is | `top_k`; refused by OpenAI and Azure, which have none | accepted |
/// | `stop_sequences` | as it is | `stop` | accepted |
/// | `tool_choice` | as it is | `tool_choice`: `auto`, `required`, the function, `none` | accepted |
/// | `disable_parallel_tool_use` | as it is | `parallel_tool_calls`, where there are tools | accepted |
/// | `thinking` | as it is | `disabled`: `reasoning_effort` `none` for OpenAI, nothing elsewhere; `adaptive`: nothing; `enabled`: the effort nearest to its budget; others refused | accepted |
/// | `output_config.effort` | as it is | `reasoning_effort`; `max` is `xhigh` | accepted |
/// | `output_config.format` | as it is | `response_format` | accepted |
/// | `output_config.task_budget` | as it is | refused | accepted |
/// | `metadata.user_id` | as it is | `user` | accepted |
/// | `service_tier` | as it is | `auto`: the same; `standard_only`: `default` | accepted |
/// | `speed` | as it is | `standard`: nothing; others refused | accepted |
/// | `inference_geo` | as it is | refused | accepted |
/// | `cache_control` | as it is | nothing: such servers cache by themselves | accepted |
/// | `system_blocks` | as they are | their texts, joined with an empty line | the same |
/// | `betas` | `anthropic-beta` | nothing: they only name what other fields say | accepted |
/// | `other` | as it is | refused, unless `null` or empty | accepted |
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Options {
    /// How freely tokens are drawn, 0 to 1.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub temperature: Option<f64>,
    /// The share of probability from which tokens are drawn, 0 to 1.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub top_p: Option<f64>,
    /// The number of tokens among which the next is drawn.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub top_k: Option<u64>,
    /// Texts that end the answer.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub stop_sequences: Vec<String>,
    /// Whether the model must, may or must not call tools.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tool_choice: Option<ToolChoice>,
    /// `{"type":"enabled","budget_tokens":…}`, `{"type":"adaptive"}`, `{"type":"disabled"}` and what may come, see
    /// [`Self::thinking_type`].
    #[serde(skip_serializing_if = "Option::is_none")]
    pub thinking: Option<Value>,
    /// The effort and the form of the answer.
    #[serde(skip_serializing_if = "OutputConfig::is_empty")]
    pub output_config: OutputConfig,
    /// What is told of the request itself.
    #[serde(skip_serializing_if = "Metadata::is_empty")]
    pub metadata: Metadata,
    /// `auto` or `standard_only`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub service_tier: Option<String>,
    /// `standard` or `fast`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub speed: Option<String>,
    /// The region in which the model runs.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub inference_geo: Option<String>,
    /// `{"type":"ephemeral"}`: the provider places the marker for its prompt cache itself. No other markers are added
    /// then.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cache_control: Option<Value>,
    /// The system prompt as blocks, with what else they carry. They stand in place of [`crate::Request::system`] when
    /// there are any.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub system_blocks: Vec<Block>,
    /// Further fields of the request, by their names. They are sent as they are to a provider of the same protocol.
    /// Names that a request has anyway (`model`, `messages`, `stream`, …) are refused.
    #[serde(skip_serializing_if = "Map::is_empty")]
    pub other: Map<String, Value>,
    /// Values of the header `anthropic-beta`. Each is a token of letters, digits, `-`, `_` and `.`.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub betas: Vec<String>,
}

/// Whether the model must, may or must not call tools: `{"type":"auto"|"any"|"tool"|"none",…}`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ToolChoice {
    /// What it must do.
    #[serde(flatten)]
    pub mode: ToolMode,
    /// Whether it may call only one tool at a time.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub disable_parallel_tool_use: Option<bool>,
}

/// What the model must do with its tools.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum ToolMode {
    /// It decides.
    Auto,
    /// It calls at least one.
    Any,
    /// It calls this one.
    Tool {
        /// The tool.
        name: String,
    },
    /// It calls none.
    None,
}

impl From<ToolMode> for ToolChoice {
    fn from(mode: ToolMode) -> Self {
        Self { mode, disable_parallel_tool_use: None }
    }
}

/// `output_config`: the effort and the form of the answer.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct OutputConfig {
    /// `low`, `medium`, `high`, `xhigh` or `max`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub effort: Option<String>,
    /// `{"type":"json_schema","schema":{…}}`
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub format: Option<Value>,
    /// `{"type":"tokens","total":…}`
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub task_budget: Option<Value>,
    /// Fields this crate does not know.
    #[serde(flatten)]
    pub extra: Map<String, Value>,
}

/// `metadata`: what is told of the request itself.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Metadata {
    /// An opaque id of the person behind the request.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub user_id: Option<String>,
    /// Fields this crate does not know.
    #[serde(flatten)]
    pub extra: Map<String, Value>,
}

impl OutputConfig {
    /// Returns whether it says nothing.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

impl Metadata {
    /// Returns whether it says nothing.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

impl Options {
    /// Returns the `type` of [`Self::thinking`], if it says one.
    pub fn thinking_type(&self) -> Option<&str> {
        self.thinking.as_ref()?.get("type")?.as_str()
    }

    /// Returns the tokens that `{"type":"enabled"}` allows for reasoning.
    pub fn thinking_budget(&self) -> Option<u64> {
        self.thinking.as_ref()?.get("budget_tokens")?.as_u64()
    }
}

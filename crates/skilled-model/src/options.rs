//! What a request can ask for beyond its transcript.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use skilled_message::Block;

use crate::{Error, ErrorKind};

/// The fields of a request of the Messages API that are neither the transcript nor its limit.
///
/// The default asks for nothing. Each provider honours a field, translates it or refuses it by name with
/// [`crate::ErrorKind::Untranslatable`]. Nothing is left out but what this table says:
///
/// | Field | Anthropic | Chat Completions |
/// |---|---|---|
/// | `temperature`, `top_p` | as it is | the same |
/// | `top_k` | as it is | the same, as vLLM and llama.cpp have it; OpenAI and Azure have none: refused |
/// | `stop_sequences` | as it is | `stop`. Only some servers say which one ended the answer; with the others it looks like its end |
/// | `tool_choice` | as it is | `auto`, `required`, the function or `none`. Without tools `any` and `tool` are refused, and the others say nothing |
/// | `tool_choice.disable_parallel_tool_use` | as it is | `parallel_tool_calls`, if there are tools |
/// | `thinking` | as it is | `adaptive`: nothing, models decide. `disabled`: nothing, there is no switch that all servers know. `enabled`: `reasoning_effort` by its budget (below 4,096 `low`, below 16,384 `medium`, else `high`), unless an effort is given. Anything else is refused |
/// | `output_config.effort` | as it is | `reasoning_effort`; `max` becomes `xhigh` |
/// | `output_config.format` | as it is | `response_format`, strict if every object of the schema is closed and requires all its properties |
/// | `output_config.task_budget` | as it is | refused |
/// | `metadata.user_id` | as it is | `user` |
/// | `service_tier` | as it is | `auto`; `standard_only` becomes `default` |
/// | `speed` | as it is | `standard`: nothing; anything else is refused |
/// | `inference_geo` | as it is | refused |
/// | `cache_control` | as it is | nothing: such servers cache by themselves |
/// | `system_blocks` | as they are | their texts, joined with an empty line |
/// | `betas` | the header `anthropic-beta` | nothing: a beta only lets other fields be said, and those are refused |
/// | `other`, unknown fields of the others | as they are | refused, unless they are `null` |
///
/// The scripted model ends its text at a stop sequence and takes everything else as said; its scripts can expect it.
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
    /// Names that have a place of their own (`model`, `messages`, `stream`, `temperature`, …) are refused.
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

/// The names of a request that have a place of their own.
const TAKEN: [&str; 19] = [
    "model",
    "max_tokens",
    "stream",
    "tools",
    "system",
    "messages",
    "temperature",
    "top_p",
    "top_k",
    "stop_sequences",
    "tool_choice",
    "thinking",
    "output_config",
    "metadata",
    "service_tier",
    "speed",
    "inference_geo",
    "cache_control",
    "betas",
];

impl Options {
    /// Returns the fields of a request of the Messages API that these options are, in a fixed order; those that are not
    /// asked for are not there.
    pub(crate) fn fields(&self) -> Result<Map<String, Value>, Error> {
        let mut fields = Map::new();
        let mut put = |name: &str, value: Option<Value>| {
            fields.extend(value.map(|value| (name.to_owned(), value)));
        };
        put("temperature", self.temperature.map(Value::from));
        put("top_p", self.top_p.map(Value::from));
        put("top_k", self.top_k.map(Value::from));
        put("stop_sequences", (!self.stop_sequences.is_empty()).then(|| self.stop_sequences.clone().into()));
        put("tool_choice", self.tool_choice.as_ref().map(to_value).transpose()?);
        put("thinking", self.thinking.clone());
        put("output_config", object(&self.output_config)?);
        put("metadata", object(&self.metadata)?);
        put("service_tier", self.service_tier.clone().map(Value::from));
        put("speed", self.speed.clone().map(Value::from));
        put("inference_geo", self.inference_geo.clone().map(Value::from));
        put("cache_control", self.cache_control.clone());
        for (name, value) in &self.other {
            if TAKEN.contains(&name.as_str()) {
                let message = format!("the field `{name}` of the request has a place of its own");
                return Err(Error::new(ErrorKind::Untranslatable, message));
            }
            fields.insert(name.clone(), value.clone());
        }
        Ok(fields)
    }

    /// Returns the `type` of [`Self::thinking`], if it says one.
    pub fn thinking_type(&self) -> Option<&str> {
        self.thinking.as_ref()?.get("type")?.as_str()
    }

    /// Returns the tokens that `{"type":"enabled"}` allows for reasoning.
    pub fn thinking_budget(&self) -> Option<u64> {
        self.thinking.as_ref()?.get("budget_tokens")?.as_u64()
    }
}

/// Returns `value` as an object, or nothing if it is empty.
fn object(value: &impl Serialize) -> Result<Option<Value>, Error> {
    let value = to_value(value)?;
    Ok(value.as_object().is_some_and(|fields| !fields.is_empty()).then_some(value))
}

/// Returns `value` as JSON.
pub(crate) fn to_value(value: &impl Serialize) -> Result<Value, Error> {
    serde_json::to_value(value).map_err(|error| Error {
        source: Some(error.into()),
        ..Error::new(ErrorKind::Untranslatable, "the transcript cannot be written as JSON")
    })
}

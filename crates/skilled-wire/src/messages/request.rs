//! `POST /v1/messages`.

mod check;
mod content;

use serde::{Deserialize, Serialize};
use serde_json::Value;
use skilled_message::{Block, Message, Role};

pub(crate) use content::messages as read_messages;

use super::invalid::{Invalid, Place};
use super::json;
use super::limits::Limits;
use super::options::{
    BillingPolicy, CacheControl, Compaction, ContextManagement, Diagnostics, FallbackCredit, Fallbacks,
    McpServer, Metadata, OutputConfig, OutputFormat, ServiceTier, Speed, Thinking, ToolChoice,
};
use super::shape::request::{COUNT_REQUEST, REQUEST};
use super::tool::Tool;
use crate::CountTokensRequest;

/// A request for a message, with everything that the GA and the beta interface have for it.
///
/// Serialising it gives a body that means the same: texts in the place of blocks are written as blocks, and what was
/// `null` is left out.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MessagesRequest {
    /// The model, as the client calls it.
    pub model: String,
    /// The most tokens to write. 0 fills the prompt cache and answers nothing.
    pub max_tokens: u64,
    /// The conversation. May be empty only where a thread is continued.
    #[serde(deserialize_with = "read_messages")]
    pub messages: Vec<Message>,
    /// What the model is told before the conversation.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub system: Option<System>,
    /// The tools.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub tools: Vec<Tool>,
    /// Whether and which tools the model is to use.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tool_choice: Option<ToolChoice>,
    /// Where code runs, and the skills in it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub container: Option<ContainerRequest>,
    /// Whether the server keeps the conversation.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub thread: Option<Thread>,
    /// Whether the answer comes as events.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub stream: bool,
    /// How the model is to think.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub thinking: Option<Thinking>,
    /// How the answer is to be.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub output_config: Option<OutputConfig>,
    /// What older clients send for `output_config.format`; see [`Self::format`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub output_format: Option<OutputFormat>,
    /// Texts at which the model stops.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub stop_sequences: Vec<String>,
    /// Randomness, 0 to 1. Sent by older clients.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub temperature: Option<f64>,
    /// The share of probability to choose from, 0 to 1. Sent by older clients.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub top_p: Option<f64>,
    /// The number of tokens to choose from. Sent by older clients.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub top_k: Option<u64>,
    /// About the request.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub metadata: Option<Metadata>,
    /// Which capacity to use.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub service_tier: Option<ServiceTier>,
    /// How fast to answer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub speed: Option<Speed>,
    /// Marks the last block that can be cached.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cache_control: Option<CacheControl>,
    /// What the server may take out of a long conversation.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub context_management: Option<ContextManagement>,
    /// Asks for a summary of the conversation in place of an answer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub compaction: Option<Compaction>,
    /// MCP servers that the server connects to.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub mcp_servers: Vec<McpServer>,
    /// Models that answer where this one declines.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fallbacks: Option<Fallbacks>,
    /// Asks why the prompt cache did not hold.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub diagnostics: Option<Diagnostics>,
    /// Where in the world to infer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub inference_geo: Option<String>,
    /// Who pays.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub billing_policy: Option<BillingPolicy>,
    /// A credit from an answer that declined.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fallback_credit_token: Option<FallbackCredit>,
}

/// The system prompt.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum System {
    /// One text.
    Text(String),
    /// Texts with hints for the cache.
    Blocks(Vec<Block>),
}

/// Where code runs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum ContainerRequest {
    /// In this container, as it is.
    Id(String),
    /// In this container or a new one, with skills.
    Spec(ContainerSpec),
}

/// A container and its skills.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ContainerSpec {
    /// The container; none for a new one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    /// The skills; none leaves a container's skills as they are.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub skills: Option<Vec<SkillReference>>,
}

/// A skill in a request.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SkillReference {
    /// Whose it is.
    #[serde(rename = "type")]
    pub kind: SkillKind,
    /// Its id, such as `xlsx` or `skill_…`.
    pub skill_id: String,
    /// The version, by id, by epoch, by date or `latest`; none is `latest`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub version: Option<String>,
}

/// Whose a skill is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SkillKind {
    /// It comes with the server.
    Anthropic,
    /// It was uploaded.
    Custom,
}

/// Whether the server keeps the conversation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case", deny_unknown_fields)]
pub enum Thread {
    /// From this answer on, under its id.
    Create,
    /// Go on after an answer. The request has only what is new.
    Continue {
        /// The id of that answer.
        previous_message_id: String,
    },
}

impl MessagesRequest {
    /// Returns a request with nothing but what it must have.
    pub fn new(model: impl Into<String>, max_tokens: u64, messages: Vec<Message>) -> Self {
        Self {
            model: model.into(),
            max_tokens,
            messages,
            system: None,
            tools: Vec::new(),
            tool_choice: None,
            container: None,
            thread: None,
            stream: false,
            thinking: None,
            output_config: None,
            output_format: None,
            stop_sequences: Vec::new(),
            temperature: None,
            top_p: None,
            top_k: None,
            metadata: None,
            service_tier: None,
            speed: None,
            cache_control: None,
            context_management: None,
            compaction: None,
            mcp_servers: Vec::new(),
            fallbacks: None,
            diagnostics: None,
            inference_geo: None,
            billing_policy: None,
            fallback_credit_token: None,
        }
    }

    /// Reads a body within [`Limits::default`].
    pub fn parse(body: &[u8]) -> Result<Self, Invalid> {
        Self::parse_within(body, &Limits::default())
    }

    /// Reads a body. It has been checked in itself: the fields and their types, the order of the conversation, tools
    /// and results in pairs. Whether the model and this server can do what it asks is not known here.
    pub fn parse_within(body: &[u8], limits: &Limits) -> Result<Self, Invalid> {
        Self::from_value(json::read(body, limits)?, limits)
    }

    /// As [`Self::parse_within`], of JSON that was read before.
    pub fn from_value(body: Value, limits: &Limits) -> Result<Self, Invalid> {
        REQUEST.check(&body, Place::Body)?;
        // The shape has been checked: what fails here is a difference between it and the types.
        let request = Self::deserialize(body).map_err(|error| Invalid::new("", error.to_string()))?;
        check::request(&request, limits)?;
        Ok(request)
    }

    /// Returns the schema that the answer must have, in whichever field it was sent.
    pub fn format(&self) -> Option<&OutputFormat> {
        self.output_config.as_ref().and_then(|config| config.format.as_ref()).or(self.output_format.as_ref())
    }

    /// Returns whether the last message is the beginning of the answer, which not every model goes on with. That of a
    /// paused turn, which ends with tools of the server, is not.
    pub fn is_prefilled(&self) -> bool {
        let last = self.messages.iter().rev().find(|message| message.role != Role::System);
        last.is_some_and(|message| {
            message.role == Role::Assistant
                && message.content.last().is_some_and(|block| matches!(block, Block::Text(_)))
        })
    }

    /// Returns whether this goes on after an answer that the server keeps.
    pub const fn is_continuation(&self) -> bool {
        matches!(self.thread, Some(Thread::Continue { .. }))
    }
}

/// Reads a request to count tokens.
pub(crate) fn read_count_request(body: &[u8], limits: &Limits) -> Result<CountTokensRequest, Invalid> {
    let body = json::read(body, limits)?;
    COUNT_REQUEST.check(&body, Place::Body)?;
    let request =
        CountTokensRequest::deserialize(body).map_err(|error| Invalid::new("", error.to_string()))?;
    let counted = MessagesRequest::from(request.clone());
    check::request(&counted, limits)?;
    Ok(request)
}

impl System {
    /// Returns the prompt as text blocks.
    pub fn into_blocks(self) -> Vec<Block> {
        match self {
            Self::Text(text) => vec![Block::text(text)],
            Self::Blocks(blocks) => blocks,
        }
    }
}

impl ContainerRequest {
    /// Returns the id of the container.
    pub fn id(&self) -> Option<&str> {
        match self {
            Self::Id(id) => Some(id),
            Self::Spec(spec) => spec.id.as_deref(),
        }
    }

    /// Returns the skills, none where the request says nothing of them.
    pub fn skills(&self) -> &[SkillReference] {
        match self {
            Self::Id(_) => &[],
            Self::Spec(spec) => spec.skills.as_deref().unwrap_or_default(),
        }
    }
}

impl SkillReference {
    /// Returns the version, `latest` where none is given.
    pub fn version(&self) -> &str {
        self.version.as_deref().unwrap_or("latest")
    }
}

//! The request of `POST /v1/messages/count_tokens`.

use serde::{Deserialize, Serialize};
use skilled_message::Message;

use crate::messages::{
    BillingPolicy, CacheControl, Compaction, ContextManagement, Invalid, Limits, McpServer, MessagesRequest,
    OutputConfig, OutputFormat, Speed, System, Thinking, Tool, ToolChoice, read_count_request,
};

/// A request whose tokens are to be counted: what of [`MessagesRequest`] makes tokens, and what may stand beside it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CountTokensRequest {
    /// The model, as the client calls it.
    pub model: String,
    /// The conversation.
    #[serde(deserialize_with = "crate::messages::read_messages")]
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
    /// How the model is to think.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub thinking: Option<Thinking>,
    /// How the answer is to be.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub output_config: Option<OutputConfig>,
    /// What older clients send for `output_config.format`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub output_format: Option<OutputFormat>,
    /// How fast to answer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub speed: Option<Speed>,
    /// Marks the last block that can be cached.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cache_control: Option<CacheControl>,
    /// What the server may take out of a long conversation.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub context_management: Option<ContextManagement>,
    /// Does not change the count.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub compaction: Option<Compaction>,
    /// MCP servers that the server connects to.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub mcp_servers: Vec<McpServer>,
    /// Does not change the count.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub billing_policy: Option<BillingPolicy>,
}

impl CountTokensRequest {
    /// Reads a body within [`Limits::default`].
    pub fn parse(body: &[u8]) -> Result<Self, Invalid> {
        Self::parse_within(body, &Limits::default())
    }

    /// Reads a body, with the checks of [`MessagesRequest::parse_within`].
    pub fn parse_within(body: &[u8], limits: &Limits) -> Result<Self, Invalid> {
        read_count_request(body, limits)
    }
}

impl From<CountTokensRequest> for MessagesRequest {
    /// Returns the request that would be counted, which writes as much as it may.
    fn from(request: CountTokensRequest) -> Self {
        Self {
            system: request.system,
            tools: request.tools,
            tool_choice: request.tool_choice,
            thinking: request.thinking,
            output_config: request.output_config,
            output_format: request.output_format,
            speed: request.speed,
            cache_control: request.cache_control,
            context_management: request.context_management,
            compaction: request.compaction,
            mcp_servers: request.mcp_servers,
            billing_policy: request.billing_policy,
            // The most there is: more than any budget of thinking.
            ..Self::new(request.model, u64::MAX, request.messages)
        }
    }
}

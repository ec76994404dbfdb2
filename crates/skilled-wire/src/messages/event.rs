//! An answer as a stream of events.

use serde::{Deserialize, Serialize};
use serde_json::Value;
use skilled_message::{Block, StopReason};

use super::response::{Container, ContextManagementResponse, MessagesResponse, StopDetails};
use super::usage::{CacheCreation, OutputDetails, ServerToolCounts, Usage};
use crate::ErrorObject;

/// An event of a stream. The order is: `message_start`; for each block `content_block_start`, its deltas and
/// `content_block_stop`; `message_delta`, mostly once; `message_stop`. A ping may come anywhere, an error ends the
/// stream.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum StreamEvent {
    /// The answer begins.
    MessageStart {
        /// It, without content.
        message: Box<MessagesResponse>,
    },
    /// A block begins.
    ContentBlockStart {
        /// Its place among the blocks.
        index: usize,
        /// It, without what its deltas will bring. Results of tools come whole.
        content_block: Block,
    },
    /// A block goes on.
    ContentBlockDelta {
        /// Its place.
        index: usize,
        /// What is new.
        delta: Delta,
    },
    /// A block ends.
    ContentBlockStop {
        /// Its place.
        index: usize,
    },
    /// What is known at the end.
    MessageDelta {
        /// Why the model stopped, and where its code ran.
        delta: MessageDelta,
        /// Token counts of the whole answer so far.
        usage: Box<DeltaUsage>,
        /// What was taken out of the conversation.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        context_management: Option<ContextManagementResponse>,
    },
    /// The answer ends.
    MessageStop,
    /// Nothing: keeps the connection alive.
    Ping,
    /// The answer failed.
    Error {
        /// Why.
        error: ErrorObject,
        /// The request that failed.
        #[serde(default)]
        request_id: Option<String>,
    },
}

/// What is new in a block.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum Delta {
    /// More of a text.
    TextDelta {
        /// The text.
        text: String,
    },
    /// More of the arguments of a call.
    InputJsonDelta {
        /// JSON, cut anywhere.
        partial_json: String,
    },
    /// A citation of a text.
    CitationsDelta {
        /// The citation.
        citation: Value,
    },
    /// More thinking.
    ThinkingDelta {
        /// The thinking.
        thinking: String,
        /// How many tokens it was, where it is not shown.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        estimated_tokens: Option<u64>,
    },
    /// The signature of the thinking, whole.
    SignatureDelta {
        /// The signature.
        signature: String,
    },
    /// A summary of the conversation, whole.
    CompactionDelta {
        /// The summary.
        content: Option<String>,
        /// What the server needs of it later.
        #[serde(default)]
        encrypted_content: Option<String>,
    },
}

/// What is known at the end of an answer.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct MessageDelta {
    /// Why the model stopped.
    pub stop_reason: Option<StopReason>,
    /// The stop sequence that it wrote.
    #[serde(default)]
    pub stop_sequence: Option<String>,
    /// More about why it stopped.
    #[serde(default)]
    pub stop_details: Option<StopDetails>,
    /// Where its code ran. Clients take it from here, not from `message_start`.
    #[serde(default)]
    pub container: Option<Container>,
}

/// Token counts of the whole answer so far: what is there takes the place of what was known before.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct DeltaUsage {
    /// Tokens of the prompt outside of the cache.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub input_tokens: Option<u64>,
    /// Tokens that were written.
    pub output_tokens: u64,
    /// Tokens of the prompt that were written to the cache.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cache_creation_input_tokens: Option<u64>,
    /// Tokens of the prompt that were read from the cache.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cache_read_input_tokens: Option<u64>,
    /// Those written to the cache, by how long they are kept. Not in the hosted API.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cache_creation: Option<CacheCreation>,
    /// Calls of the server's tools.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub server_tool_use: Option<ServerToolCounts>,
    /// What the written tokens were.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub output_tokens_details: Option<OutputDetails>,
    /// The counts of each call of a model.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub iterations: Option<Vec<Value>>,
    /// What became of a credit.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fallback_credit: Option<Value>,
}

impl From<Usage> for DeltaUsage {
    /// Takes all counts.
    fn from(usage: Usage) -> Self {
        Self {
            input_tokens: Some(usage.input_tokens),
            output_tokens: usage.output_tokens,
            cache_creation_input_tokens: Some(usage.cache_creation_input_tokens),
            cache_read_input_tokens: Some(usage.cache_read_input_tokens),
            cache_creation: Some(usage.cache_creation),
            server_tool_use: Some(usage.server_tool_use),
            output_tokens_details: usage.output_tokens_details,
            iterations: usage.iterations,
            fallback_credit: usage.fallback_credit,
        }
    }
}

impl DeltaUsage {
    /// Writes what is there into `usage`.
    pub fn apply(self, usage: &mut Usage) {
        usage.output_tokens = self.output_tokens;
        usage.input_tokens = self.input_tokens.unwrap_or(usage.input_tokens);
        usage.cache_creation_input_tokens =
            self.cache_creation_input_tokens.unwrap_or(usage.cache_creation_input_tokens);
        usage.cache_read_input_tokens = self.cache_read_input_tokens.unwrap_or(usage.cache_read_input_tokens);
        usage.cache_creation = self.cache_creation.unwrap_or(usage.cache_creation);
        usage.server_tool_use = self.server_tool_use.unwrap_or(usage.server_tool_use);
        usage.output_tokens_details = self.output_tokens_details.or(usage.output_tokens_details);
        usage.iterations = self.iterations.or(usage.iterations.take());
        usage.fallback_credit = self.fallback_credit.or(usage.fallback_credit.take());
    }
}

impl StreamEvent {
    /// Returns the name of the event, which is also its `type`. Clients pass over records without a name.
    pub const fn name(&self) -> &'static str {
        match self {
            Self::MessageStart { .. } => "message_start",
            Self::ContentBlockStart { .. } => "content_block_start",
            Self::ContentBlockDelta { .. } => "content_block_delta",
            Self::ContentBlockStop { .. } => "content_block_stop",
            Self::MessageDelta { .. } => "message_delta",
            Self::MessageStop => "message_stop",
            Self::Ping => "ping",
            Self::Error { .. } => "error",
        }
    }

    /// Returns the event as a record of server-sent events: `event: NAME\ndata: JSON\n\n`.
    pub fn to_sse(&self) -> String {
        // Written by hand, since a type that is written as JSON can fail to, as far as its signature says; these cannot.
        let data = serde_json::to_string(self).unwrap_or_default();
        format!("event: {}\ndata: {data}\n\n", self.name())
    }
}

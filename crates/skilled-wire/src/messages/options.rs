//! The smaller parts of a request.

use serde::{Deserialize, Serialize};
use serde_json::Value;
use skilled_message::Extra;

/// Whether and which tools the model is to use.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case", deny_unknown_fields)]
pub enum ToolChoice {
    /// As it likes.
    Auto {
        /// At most one at a time.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        disable_parallel_tool_use: bool,
    },
    /// Some tool.
    Any {
        /// Exactly one.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        disable_parallel_tool_use: bool,
    },
    /// This tool.
    Tool {
        /// Its name.
        name: String,
        /// Exactly once.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        disable_parallel_tool_use: bool,
    },
    /// No tool.
    None,
}

/// How the model is to think before it answers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case", deny_unknown_fields)]
pub enum Thinking {
    /// Within a budget.
    Enabled {
        /// At least 1024 and less than `max_tokens`.
        budget_tokens: u64,
        /// What is shown of it.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        display: Option<ThinkingDisplay>,
        /// What becomes of thinking from elsewhere.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        block_binding: Option<BlockBinding>,
    },
    /// Not at all.
    Disabled,
    /// Only between tools.
    BetweenTools,
    /// As it likes.
    Adaptive {
        /// What is shown of it.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        display: Option<ThinkingDisplay>,
        /// What becomes of thinking from elsewhere.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        block_binding: Option<BlockBinding>,
    },
}

/// What is shown of the thinking.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ThinkingDisplay {
    /// Its summary.
    Summarized,
    /// Nothing.
    Omitted,
    /// Short notes of its progress.
    Updates,
}

/// What becomes of a thinking block that was made in another conversation.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BlockBinding {
    /// `error` or `drop_block`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub prefix_mismatch_behavior: Option<String>,
}

/// How the answer is to be.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OutputConfig {
    /// How much work to put into it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub effort: Option<Effort>,
    /// What form it must have.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub format: Option<OutputFormat>,
    /// The tokens of a whole task.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub task_budget: Option<TaskBudget>,
}

/// How much work the model puts into an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Effort {
    /// Little.
    Low,
    /// Some.
    Medium,
    /// Much.
    High,
    /// Very much.
    Xhigh,
    /// All.
    Max,
}

impl Effort {
    /// Returns the text on the wire.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Low => "low",
            Self::Medium => "medium",
            Self::High => "high",
            Self::Xhigh => "xhigh",
            Self::Max => "max",
        }
    }
}

/// What form the answer must have.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case", deny_unknown_fields)]
pub enum OutputFormat {
    /// JSON of this schema.
    JsonSchema {
        /// A JSON schema.
        schema: Value,
    },
}

/// The tokens of a whole task.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case", deny_unknown_fields)]
pub enum TaskBudget {
    /// In tokens.
    Tokens {
        /// All of them.
        total: u64,
        /// Those that are left; all where it is not given.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        remaining: Option<u64>,
    },
}

/// About the request.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Metadata {
    /// A name of the user that says nothing of the person.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub user_id: Option<String>,
}

/// Which capacity to use.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ServiceTier {
    /// The best there is.
    Auto,
    /// Not the reserved one.
    StandardOnly,
}

/// How fast to answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Speed {
    /// Faster, for more money.
    Fast,
    /// As usual.
    Standard,
}

/// A hint for the prompt cache: `{"type":"ephemeral"}`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case", deny_unknown_fields)]
pub enum CacheControl {
    /// Keep what is before it for a while.
    Ephemeral {
        /// `5m` or `1h`; none is `5m`.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        ttl: Option<String>,
    },
}

/// What the server may take out of a long conversation.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ContextManagement {
    /// The edits, in their order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub edits: Vec<ContextEdit>,
}

/// One edit of a long conversation.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ContextEdit {
    /// What is done.
    #[serde(rename = "type")]
    pub kind: ContextEditKind,
    /// When and how far (`trigger`, `keep`, …).
    #[serde(flatten)]
    pub options: Extra,
}

/// What an edit does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum ContextEditKind {
    /// Takes out old results of tools.
    #[serde(rename = "clear_tool_uses_20250919")]
    ClearToolUses,
    /// Takes out old thinking.
    #[serde(rename = "clear_thinking_20251015")]
    ClearThinking,
    /// Puts a summary in the place of what is old.
    #[serde(rename = "compact_20260112")]
    Compact,
}

/// Asks for a summary of the conversation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case", deny_unknown_fields)]
pub enum Compaction {
    /// A summary, as one `compaction` block.
    Summarize {
        /// How to summarise; none and blank are the server's own way.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        instructions: Option<String>,
    },
}

/// An MCP server that the server connects to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case", deny_unknown_fields)]
pub enum McpServer {
    /// At an address.
    Url {
        /// What it is called in this request.
        name: String,
        /// Where it is.
        url: String,
        /// The bearer token for it.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        authorization_token: Option<String>,
        /// Which of its tools to use. Sent by older clients, others say it in the tool `mcp_toolset`.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        tool_configuration: Option<McpToolConfiguration>,
    },
}

impl McpServer {
    /// Returns what it is called in its request.
    pub fn name(&self) -> &str {
        match self {
            Self::Url { name, .. } => name,
        }
    }
}

/// Which tools of an MCP server to use.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct McpToolConfiguration {
    /// Only these.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub allowed_tools: Option<Vec<String>>,
    /// Whether any.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub enabled: Option<bool>,
}

/// Models that answer where the first one declines.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Fallbacks {
    /// `default`: those that the model has.
    Named(String),
    /// These, in their order.
    Models(Vec<Fallback>),
}

/// A model that answers where the first one declines.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Fallback {
    /// The model.
    pub model: String,
    /// In place of the request's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_tokens: Option<u64>,
    /// Over the request's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub output_config: Option<OutputConfig>,
    /// In place of the request's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub speed: Option<Speed>,
    /// In place of the request's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub thinking: Option<Thinking>,
}

/// Asks why the prompt cache did not hold.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Diagnostics {
    /// The answer to compare with.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub previous_message_id: Option<String>,
}

/// Who pays.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case", deny_unknown_fields)]
pub enum BillingPolicy {
    /// Who pays.
    BillingPolicy {
        /// `self` or `user_profile`; none is `self`.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        bill_to: Option<String>,
    },
}

/// A credit from an answer that declined.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum FallbackCredit {
    /// The token.
    Token(String),
    /// The token, and what happens when it is not taken.
    Spec {
        /// The token.
        token: String,
        /// `strict` or `best_effort`.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        mode: Option<String>,
    },
}

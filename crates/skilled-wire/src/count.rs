//! The answer to `POST /v1/messages/count_tokens`.

use serde::{Deserialize, Serialize};

/// How many tokens a request has.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct TokenCount {
    /// Tokens of system prompt, tools and messages.
    pub input_tokens: u64,
    /// What context management would have changed; always null from this server.
    #[serde(default)]
    #[cfg_attr(feature = "openapi", schema(value_type = Option<Object>))]
    pub context_management: Option<serde_json::Value>,
}

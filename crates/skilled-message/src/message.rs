//! Messages, and why a model stopped.

use serde::{Deserialize, Serialize};

use crate::{Block, Extra};

/// Who speaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Role {
    /// The user, and the results of tools.
    User,
    /// The model.
    Assistant,
    /// The operator, in the middle of a conversation.
    System,
}

/// One message of a conversation.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Message {
    /// Who speaks.
    pub role: Role,
    /// What is said, in order. A bare string on the wire reads as one text block.
    #[serde(deserialize_with = "content")]
    pub content: Vec<Block>,
    /// Fields this crate does not know.
    #[serde(flatten)]
    pub extra: Extra,
}

impl Message {
    /// Returns a message of the user with one text block.
    pub fn user(text: impl Into<String>) -> Self {
        Self::new(Role::User, vec![Block::text(text)])
    }

    /// Returns a message.
    pub fn new(role: Role, content: Vec<Block>) -> Self {
        Self { role, content, extra: Extra::new() }
    }
}

/// Why the model stopped speaking.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum StopReason {
    /// It had said what it wanted to say.
    EndTurn,
    /// It reached the output limit of the request.
    MaxTokens,
    /// It wrote one of the request's stop sequences.
    StopSequence,
    /// It waits for the results of tools.
    ToolUse,
    /// The provider paused a long turn; sending the transcript again continues it.
    PauseTurn,
    /// It refused for reasons of policy.
    Refusal,
    /// The model's context is full.
    ModelContextWindowExceeded,
    /// A reason this crate does not know, as the provider wrote it.
    #[serde(untagged)]
    Other(String),
}

/// Reads the content of a message: a string or a list of blocks.
fn content<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<Vec<Block>, D::Error> {
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum Content {
        Text(String),
        Blocks(Vec<Block>),
    }
    Ok(match Content::deserialize(deserializer)? {
        Content::Text(text) => vec![Block::text(text)],
        Content::Blocks(blocks) => blocks,
    })
}

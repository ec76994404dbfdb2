//! Previews: what a model is saying, before it has said it.

use serde::Serialize;

/// A piece of an answer under way. A preview is never saved and may be lost; the finished block comes in an
/// [`crate::AssistantMessage`]. When a request fails, the previews of its turn are void.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Preview {
    /// The turn: the number of the request within the run, from 1.
    pub turn: u64,
    /// The place of the piece within the turn, from 0, without gaps.
    pub sequence: u64,
    /// The index of the block in the message.
    pub block: usize,
    /// The piece.
    #[serde(flatten)]
    pub delta: Delta,
}

/// A piece of a block.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum Delta {
    /// Of a text block.
    TextDelta {
        /// The next piece of its text.
        text: String,
    },
    /// Of a block of reasoning.
    ThinkingDelta {
        /// The next piece of its text.
        text: String,
    },
}

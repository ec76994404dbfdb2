//! Previews: what a model is saying, before it has said it.

use serde::Serialize;
use serde_json::Value;
use skilled_message::Block;

/// A piece of an answer under way. A preview is never saved and may be lost; the finished block comes in an
/// [`crate::AssistantMessage`]. When a request fails, the previews of its turn are void.
#[derive(Debug, Clone, PartialEq, Serialize)]
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
#[derive(Debug, Clone, PartialEq, Serialize)]
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
    /// A block begins.
    BlockStart {
        /// The block as far as it is known.
        content: Block,
    },
    /// Of the arguments of a call.
    InputDelta {
        /// The next piece of their JSON.
        partial_json: String,
    },
    /// The signature of a block of reasoning.
    SignatureDelta {
        /// The signature.
        signature: String,
    },
    /// A further citation of a text block.
    CitationsDelta {
        /// The citation.
        citation: Value,
    },
    /// Of a block, in a form of the provider's own.
    Other {
        /// The piece, an object with a `type`.
        delta: Value,
    },
    /// A block is complete.
    BlockEnd {
        /// The block as it will be recorded.
        content: Block,
    },
}

//! What an upstream answers, whatever its protocol.

use serde_json::Value;
use skilled_message::{Block, ToolUseBlock};

/// One answer of a model.
#[derive(Debug, Clone)]
pub struct Answer {
    /// Its blocks. The Chat Completions protocol can say text, thinking and tool calls only.
    pub blocks: Vec<Block>,
    /// Why it stops, in Anthropic's words; `tool_use` or `end_turn` by the blocks when none.
    pub stop_reason: Option<String>,
    /// Tokens of the prompt.
    pub input_tokens: u64,
    /// Tokens of the answer.
    pub output_tokens: u64,
    /// Characters per delta.
    pub piece: usize,
}

impl Answer {
    /// Returns an answer of `blocks`: 100 tokens in, 20 out, in deltas of 7 characters.
    pub fn new(blocks: Vec<Block>) -> Self {
        Self { blocks, stop_reason: None, input_tokens: 100, output_tokens: 20, piece: 7 }
    }

    /// Returns an answer of one text block.
    pub fn text(text: impl Into<String>) -> Self {
        Self::new(vec![Block::text(text)])
    }

    /// Adds a tool call.
    #[must_use]
    pub fn call(mut self, id: &str, name: &str, input: Value) -> Self {
        self.blocks.push(Block::ToolUse(ToolUseBlock::new(id, name, input)));
        self
    }

    /// Sets why the model stops.
    #[must_use]
    pub fn stop(mut self, reason: &str) -> Self {
        self.stop_reason = Some(reason.to_owned());
        self
    }

    /// Sets the token counts.
    #[must_use]
    pub const fn usage(mut self, input: u64, output: u64) -> Self {
        self.input_tokens = input;
        self.output_tokens = output;
        self
    }

    /// Returns the stop reason in Anthropic's words.
    pub(crate) fn reason(&self) -> &str {
        let calls = self.blocks.iter().any(|block| matches!(block, Block::ToolUse(_)));
        self.stop_reason.as_deref().unwrap_or(if calls { "tool_use" } else { "end_turn" })
    }

    /// Returns `text` in deltas.
    pub(crate) fn pieces(&self, text: &str) -> Vec<String> {
        let chars: Vec<char> = text.chars().collect();
        chars.chunks(self.piece.max(1)).map(|piece| piece.iter().collect()).collect()
    }
}

//! The transcript of a conversation with a model.
//!
//! One shape for every provider and every door: Anthropic's content blocks, with everything a provider sends that this
//! crate does not know kept beside it, so that a block survives a round trip unchanged. Providers and doors adapt to
//! these types at their edge.
//!
//! This crate must never know HTTP, a provider, a tool or a skill, and never reads a clock: ids take their time as an
//! argument.
//!
//! ```
//! use skilled_message::{Block, Message, Role};
//!
//! let message = Message::user("Make me a spreadsheet");
//! assert_eq!(message.role, Role::User);
//! assert!(matches!(&message.content[0], Block::Text(text) if text.text == "Make me a spreadsheet"));
//! ```

mod block;
mod id;
mod message;
mod tool;
mod usage;

pub use block::{
    Block, Extra, ImageBlock, ImageSource, RedactedThinkingBlock, ResultBlock, TextBlock, ThinkingBlock,
    ToolResultBlock, ToolUseBlock,
};
pub use id::{Id, ParseIdError, Prefix, UnixMillis};
pub use message::{Message, Role, StopReason};
pub use tool::ToolDefinition;
pub use usage::Usage;

//! The seam between the agent loop and a provider.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use futures_core::Stream;
use serde_json::Value;
use skilled_message::{Block, Extra, Message, StopReason, ToolDefinition, Usage};
use tokio_util::sync::CancellationToken;

use crate::{Error, ModelName, Options, TokenCount, Upstream, estimate};

/// The events of one request, ended by [`StreamEvent::Finished`] or by the first error.
pub type EventStream = Pin<Box<dyn Stream<Item = Result<StreamEvent, Error>> + Send>>;

/// A count that is under way.
pub type CountFuture = Pin<Box<dyn Future<Output = Result<TokenCount, Error>> + Send>>;

/// A model of some provider.
///
/// An implementation guarantees: every block arrives complete in a [`StreamEvent::Block`], in order of its index; its
/// [`StreamEvent::BlockStart`] comes after the block before it, and what lies between adds up to it (see there);
/// exactly one [`StreamEvent::Finished`] ends a good stream; a stream that breaks off is an error, never a short
/// answer; dropping the stream or cancelling the token before the answer is complete closes the connection; nothing is retried after the first byte
/// of an answer.
pub trait Model: Send + Sync {
    /// Returns the model's full name.
    fn name(&self) -> &ModelName;

    /// Returns what is known of the model without asking the provider.
    fn info(&self) -> ModelInfo;

    /// Sends `request` and streams the answer. Cancelling `cancel` ends the stream with [`crate::ErrorKind::Cancelled`].
    fn stream(&self, request: Request, cancel: CancellationToken) -> EventStream;

    /// Counts the tokens of `request`'s prompt: the provider's own count where it has one, else an estimate that says
    /// that it is one.
    fn count_tokens(&self, request: Request, cancel: CancellationToken) -> CountFuture {
        let _ = cancel;
        let count = estimate(&request);
        Box::pin(async move { count })
    }

    /// Returns a way to the provider itself, for requests in its own protocol, if that is the Messages API.
    fn upstream(&self) -> Option<Arc<dyn Upstream>> {
        None
    }
}

/// What a model is asked: the whole transcript, every time.
#[derive(Debug, Clone)]
pub struct Request {
    /// The system prompt; none when empty.
    pub system: Arc<str>,
    /// The tools, in their frozen order.
    pub tools: Arc<[ToolDefinition]>,
    /// The conversation so far. It begins and ends with a message of the user, except that a message of the role
    /// `system` may stand anywhere.
    pub messages: Vec<Message>,
    /// The most tokens the model may write.
    pub max_tokens: u32,
    /// What else is asked for.
    pub options: Options,
}

/// What comes while a model answers.
#[derive(Debug, Clone, PartialEq)]
pub enum StreamEvent {
    /// The request failed before its answer began and is sent again after a pause.
    Retry(RetryNotice),
    /// The answer began.
    Started {
        /// The model that answers, as the provider names it; empty if it does not say.
        model: String,
        /// The provider's id of the message.
        id: Option<String>,
        /// What is known of the tokens so far, usually those of the prompt; zero if nothing is.
        usage: Usage,
    },
    /// A block began. All events of its index follow before the next block begins, and add to it:
    /// [`Self::TextDelta`] to `text`, [`Self::ThinkingDelta`] to `thinking`, [`Self::InputDelta`] to the JSON text of
    /// `input`, [`Self::CitationsDelta`] one entry to `citations`; [`Self::SignatureDelta`] sets `signature`, and
    /// [`Self::OtherDelta`] does as it says. What they add up to is the block of [`Self::Block`], except for unknown
    /// fields that no delta told: those are in the complete block only.
    BlockStart {
        /// The index of the block in the message.
        index: usize,
        /// The block as it began. Its text and reasoning are empty: what the provider sent of them at once follows as
        /// a delta. The input of a call is what stands if no [`Self::InputDelta`] with more than white space comes.
        block: Block,
    },
    /// A preview of a text block.
    TextDelta {
        /// The index of the block in the message.
        block: usize,
        /// The next piece of its text.
        text: String,
    },
    /// A preview of a block of reasoning.
    ThinkingDelta {
        /// The index of the block in the message.
        block: usize,
        /// The next piece of its text.
        text: String,
    },
    /// A preview of the input of a call.
    InputDelta {
        /// The index of the block in the message.
        block: usize,
        /// The next piece of the JSON text. All of them together may still be no JSON, see the crate's documentation.
        partial_json: String,
    },
    /// The signature of a block of reasoning.
    SignatureDelta {
        /// The index of the block in the message.
        block: usize,
        /// The signature.
        signature: String,
    },
    /// A citation of a text block.
    CitationsDelta {
        /// The index of the block in the message.
        block: usize,
        /// The citation, as the provider wrote it.
        citation: Value,
    },
    /// A delta that this crate does not know. Of its fields other than `type`, texts are appended to the block's field
    /// of the same name; all else replaces it.
    OtherDelta {
        /// The index of the block in the message.
        block: usize,
        /// The delta, an object with a `type`, as the provider wrote it.
        delta: Value,
    },
    /// A block is complete.
    Block {
        /// The index of the block in the message.
        index: usize,
        /// The block.
        block: Block,
    },
    /// The answer is complete.
    Finished(Response),
}

/// Why and when a request is sent again.
#[derive(Debug, Clone, PartialEq)]
pub struct RetryNotice {
    /// The attempt that failed, from 1.
    pub attempt: u32,
    /// How long it waits before the next.
    pub delay: Duration,
    /// The failure, for people.
    pub reason: String,
}

/// A complete answer.
#[derive(Debug, Clone, PartialEq)]
pub struct Response {
    /// All blocks, in order: the same as were streamed.
    pub content: Vec<Block>,
    /// Why the model stopped.
    pub stop_reason: StopReason,
    /// The tokens of this request.
    pub usage: Usage,
    /// The model that answered, as the provider names it.
    pub model: String,
    /// The provider's id of the request, for its support.
    pub request_id: Option<String>,
    /// What else the provider said of the answer, by its own names: for the record, never sent back.
    pub extra: Extra,
}

/// What is known of a model.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ModelInfo {
    /// Tokens of its context, prompt and answer.
    pub context_window: u64,
    /// The most tokens it can write in one answer.
    pub max_output_tokens: u32,
    /// What its tokens cost, where known.
    pub price: Option<Price>,
}

/// Prices in US dollars per million tokens.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Price {
    /// Uncached input.
    pub input: f64,
    /// Output.
    pub output: f64,
    /// Input written to the cache.
    pub cache_write: f64,
    /// Input read from the cache.
    pub cache_read: f64,
}

impl Price {
    /// Returns what `usage` costs, in US dollars.
    pub fn cost(&self, usage: &Usage) -> f64 {
        let per_token = |count: u64, price: f64| count as f64 * price / 1e6;
        per_token(usage.input_tokens, self.input)
            + per_token(usage.output_tokens, self.output)
            + per_token(usage.cache_creation_input_tokens, self.cache_write)
            + per_token(usage.cache_read_input_tokens, self.cache_read)
    }
}

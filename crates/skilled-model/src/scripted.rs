//! A model that plays a file.
//!
//! The format is documented in `docs/scripted-model.md`. The turn is chosen by the transcript alone, so that a run can
//! be resumed, and the same transcript always gets the same answer.

mod expect;
mod file;

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use serde_json::{Map, Value};
use skilled_message::{Block, Extra, Role, StopReason, ThinkingBlock, ToolUseBlock, Usage};
use tokio_util::sync::CancellationToken;

use self::expect::{Results, interpolate};
use self::file::{Conversation, ErrorEntry, File, Turn};
use crate::emit::Emitter;
use crate::http::{Failure, Reported, is_retried, retry_pause};
use crate::{
    Error, ErrorKind, EventStream, Model, ModelInfo, ModelName, Price, Request, Response, RetryPolicy,
    StreamEvent, emit,
};

/// Characters per delta.
const PIECE: usize = 12;

/// Why a script cannot be played.
#[derive(Debug, thiserror::Error)]
pub enum ScriptError {
    /// The file cannot be read.
    #[error("cannot read the script {}", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// The cause.
        #[source]
        source: std::io::Error,
    },
    /// The file is too large.
    #[error("the script {} is larger than {limit} bytes", path.display())]
    TooLarge {
        /// The file.
        path: PathBuf,
        /// The limit in bytes.
        limit: u64,
    },
    /// The file is not YAML of the right shape. The source names line and column.
    #[error("{} is not a script", path.display())]
    Malformed {
        /// The file.
        path: PathBuf,
        /// The cause.
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// A part of the script makes no sense.
    #[error("the script {}: {place}: {problem}", path.display())]
    Invalid {
        /// The file.
        path: PathBuf,
        /// The conversation and the turn.
        place: String,
        /// What is wrong.
        problem: String,
    },
}

/// A script, ready to be played.
pub(crate) struct Scripted {
    name: ModelName,
    price: Option<Price>,
    script: Arc<Script>,
}

struct Script {
    path: String,
    file: File,
    retry: RetryPolicy,
}

impl Scripted {
    /// Reads the file that `name` names.
    pub(crate) fn open(name: &ModelName, retry: RetryPolicy) -> Result<Self, ScriptError> {
        let file = file::read(&PathBuf::from(&name.model))?;
        let price = file.price.as_ref().map(|price| Price {
            input: price.input,
            output: price.output,
            cache_write: price.cache_write,
            cache_read: price.cache_read,
        });
        Ok(Self {
            name: name.clone(),
            price,
            script: Arc::new(Script { path: name.model.clone(), file, retry }),
        })
    }
}

impl Model for Scripted {
    fn name(&self) -> &ModelName {
        &self.name
    }

    fn info(&self) -> ModelInfo {
        ModelInfo { context_window: 1_000_000, max_output_tokens: 128_000, price: self.price }
    }

    fn stream(&self, request: Request, cancel: CancellationToken) -> EventStream {
        let script = Arc::clone(&self.script);
        emit::stream(cancel, |emitter| async move { script.play(&request, &emitter).await })
    }
}

impl Script {
    async fn play(&self, request: &Request, emitter: &Emitter) -> Result<(), Error> {
        let conversation = self.conversation(request)?;
        let number = request.messages.iter().filter(|message| message.role == Role::Assistant).count() + 1;
        let place = |problem: String| {
            let (path, name) = (&self.path, &conversation.name);
            Error::new(
                ErrorKind::BadRequest,
                format!("script {path}, conversation `{name}`, turn {number}: {problem}"),
            )
        };
        let Some(turn) = conversation.turns.get(number - 1) else {
            let count = conversation.turns.len();
            return Err(place(format!("the conversation has only {count} turns")));
        };
        let last = request.messages.last().map(|message| message.content.as_slice()).unwrap_or_default();
        if let Some(expect) = &turn.expect {
            expect.check(last).map_err(place)?;
            expect.check_request(request).map_err(place)?;
        }
        let mut blocks = blocks(turn, number, &Results::of(last)).map_err(place)?;
        let stopped = stop_at(&mut blocks, &request.options.stop_sequences);
        if let Some(error) = &turn.error {
            self.fail(error, emitter).await?;
        }
        if turn.delay > 0 {
            // The timer counts whole milliseconds: even no delay would take one.
            tokio::time::sleep(Duration::from_millis(turn.delay)).await;
        }
        self.answer(turn, blocks, stopped, emitter).await
    }

    /// Returns the conversation that plays.
    fn conversation(&self, request: &Request) -> Result<&Conversation, Error> {
        let first = request.messages.iter().find(|message| message.role == Role::User);
        let prompt = expect::text(first.map(|message| message.content.as_slice()).unwrap_or_default());
        let mut conversations = self.file.conversations.iter();
        conversations
            .find(|entry| entry.when.as_ref().is_none_or(|when| when.check(&prompt).is_ok()))
            .ok_or_else(|| {
                let names = self.file.conversations.iter().map(|entry| format!("`{}`", entry.name));
                let names = names.collect::<Vec<_>>().join(", ");
                let message = format!(
                    "script {}: no conversation fits the first message; there are {names}",
                    self.path
                );
                Error::new(ErrorKind::BadRequest, message)
            })
    }

    /// Fails as often as the script says.
    async fn fail(&self, entry: &ErrorEntry, emitter: &Emitter) -> Result<(), Error> {
        let Some(status) = entry.status else { return Ok(()) };
        let mut attempt = 1;
        while entry.times.is_none_or(|times| attempt <= times) {
            let reported = Reported {
                status: Some(status),
                codes: entry.code.iter().cloned().collect(),
                message: entry.message.clone().unwrap_or_else(|| "scripted error".to_owned()),
                ..Reported::default()
            };
            let retry_after = entry.retry_after.and_then(|seconds| Duration::try_from_secs_f64(seconds).ok());
            let error = Error { retry_after, ..reported.into_error() };
            let failure = Failure { retry: is_retried(&error), error };
            attempt = retry_pause(&self.retry, attempt, failure, emitter).await?;
        }
        Ok(())
    }

    async fn answer(
        &self,
        turn: &Turn,
        blocks: Vec<Block>,
        stopped: Option<String>,
        emitter: &Emitter,
    ) -> Result<(), Error> {
        emitter.answer_began();
        let model = self.file.model.clone().unwrap_or_else(|| "scripted".to_owned());
        let usage = usage(turn);
        let of_prompt = Usage { output_tokens: 0, ..usage.clone() };
        emitter.emit(StreamEvent::Started { model: model.clone(), id: None, usage: of_prompt }).await;
        let mut left = turn.error.as_ref().and_then(|error| error.hang_up_after);
        for (index, block) in blocks.iter().enumerate() {
            self.preview(index, block, &mut left, emitter).await?;
            if left.is_some() && matches!(block, Block::Text(_)) {
                return Err(hang_up());
            }
            emitter.emit(StreamEvent::Block { index, block: block.clone() }).await;
        }
        if left.is_some() {
            return Err(hang_up());
        }
        let calls = blocks.iter().any(|block| matches!(block, Block::ToolUse(_)));
        let stop_reason = match &stopped {
            Some(_) => StopReason::StopSequence,
            None => turn.stop_reason.clone().unwrap_or(if calls {
                StopReason::ToolUse
            } else {
                StopReason::EndTurn
            }),
        };
        let mut extra = Extra::new();
        extra.extend(stopped.map(|text| ("stop_sequence".to_owned(), text.into())));
        let response = Response { content: blocks, stop_reason, usage, model, request_id: None, extra };
        emitter.emit(StreamEvent::Finished(response)).await;
        Ok(())
    }

    /// Streams the text of `content`, of which only `left` characters arrive if the connection is to break.
    async fn preview(
        &self,
        block: usize,
        content: &Block,
        left: &mut Option<usize>,
        emitter: &Emitter,
    ) -> Result<(), Error> {
        let (begun, text) = match content {
            Block::Text(text) => (Block::text(""), text.text.clone()),
            Block::Thinking(thinking) => {
                let bare = ThinkingBlock { thinking: String::new(), ..thinking.clone() };
                (Block::Thinking(bare), thinking.thinking.clone())
            }
            Block::ToolUse(call) => {
                let bare = ToolUseBlock { input: Value::Object(Map::new()), ..call.clone() };
                (Block::ToolUse(bare), call.input.to_string())
            }
            Block::Image(_) | Block::ToolResult(_) | Block::RedactedThinking(_) | Block::Other(_) => {
                (content.clone(), String::new())
            }
        };
        emitter.emit(StreamEvent::BlockStart { index: block, block: begun }).await;
        let is_text = matches!(content, Block::Text(_));
        let chars: Vec<char> = text.chars().collect();
        for piece in chars.chunks(PIECE) {
            let text: String = match left {
                Some(left) if is_text => {
                    let sent = piece.len().min(*left);
                    *left -= sent;
                    piece[..sent].iter().collect()
                }
                _ => piece.iter().collect(),
            };
            if text.is_empty() {
                return Err(hang_up());
            }
            let event = match content {
                Block::Thinking(_) => StreamEvent::ThinkingDelta { block, text },
                Block::ToolUse(_) => StreamEvent::InputDelta { block, partial_json: text },
                Block::Text(_)
                | Block::Image(_)
                | Block::ToolResult(_)
                | Block::RedactedThinking(_)
                | Block::Other(_) => StreamEvent::TextDelta { block, text },
            };
            emitter.emit(event).await;
            if self.file.pace > 0 && !matches!(content, Block::ToolUse(_)) {
                tokio::time::sleep(Duration::from_millis(self.file.pace)).await;
            }
        }
        Ok(())
    }
}

fn usage(turn: &Turn) -> Usage {
    let usage = turn.usage.as_ref().map(|entry| Usage {
        input_tokens: entry.input_tokens,
        output_tokens: entry.output_tokens,
        cache_creation_input_tokens: entry.cache_creation_input_tokens,
        cache_read_input_tokens: entry.cache_read_input_tokens,
        extra: Extra::new(),
    });
    usage.unwrap_or_default()
}

/// Ends `blocks` at the first of `sequences` that occurs in a text of theirs, and returns it.
fn stop_at(blocks: &mut Vec<Block>, sequences: &[String]) -> Option<String> {
    for (index, block) in blocks.iter_mut().enumerate() {
        let Block::Text(block) = block else { continue };
        let found = sequences.iter().filter(|sequence| !sequence.is_empty());
        let found = found.filter_map(|sequence| Some((block.text.find(sequence)?, sequence)));
        let Some((at, sequence)) = found.min() else { continue };
        block.text.truncate(at);
        blocks.truncate(index + 1);
        return Some(sequence.clone());
    }
    None
}

fn hang_up() -> Error {
    Error::new(ErrorKind::Transport, "the connection broke before the answer was complete")
}

/// Returns the blocks of `turn`, with the values of `results` filled in.
fn blocks(turn: &Turn, number: usize, results: &Results) -> Result<Vec<Block>, String> {
    let mut blocks = Vec::new();
    if let Some(thinking) = &turn.thinking {
        let thinking = interpolate(thinking, results)?;
        blocks.push(Block::Thinking(ThinkingBlock {
            thinking,
            signature: String::new(),
            extra: Extra::new(),
        }));
    }
    if let Some(text) = &turn.text {
        blocks.push(Block::text(interpolate(text, results)?));
    }
    for (index, call) in turn.calls.iter().enumerate() {
        let mut input = Value::Object(call.input.clone());
        fill(&mut input, results)?;
        let id = format!("call_{number}_{}", index + 1);
        blocks.push(Block::ToolUse(ToolUseBlock::new(id, &call.tool, input)));
    }
    Ok(blocks)
}

/// Fills values into every text of `value`.
fn fill(value: &mut Value, results: &Results) -> Result<(), String> {
    match value {
        Value::String(text) => *text = interpolate(text, results)?,
        Value::Array(values) => values.iter_mut().try_for_each(|value| fill(value, results))?,
        Value::Object(fields) => fields.values_mut().try_for_each(|value| fill(value, results))?,
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
    Ok(())
}

#[cfg(test)]
mod tests;

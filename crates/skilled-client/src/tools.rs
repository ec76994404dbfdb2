//! The loop over client tools.

use std::fmt;
use std::pin::Pin;
use std::sync::Arc;

use futures_util::future::join_all;
use serde_json::Value;
use skilled_message::{Block, StopReason, ToolResultBlock, ToolUseBlock};
use skilled_wire::messages::{CustomTool, MessagesResponse, StreamEvent, Tool, ToolOptions, Usage};

use crate::generated::files_of;
use crate::{Client, Conversation, ResponseFile, Result};

type Outcome = std::result::Result<Vec<Block>, ToolFailure>;
type Running = Pin<Box<dyn Future<Output = Outcome> + Send>>;

/// A tool of the client: what the model is told of it, and what is done when it is called.
#[derive(Clone)]
pub struct ToolFunction {
    definition: CustomTool,
    function: Arc<dyn Fn(Value) -> Running + Send + Sync>,
}

/// Why a tool could not do what it was called for. The model reads it, and the loop goes on. Any error becomes one by
/// `?`, with its causes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ToolFailure(pub String);

impl<E: std::error::Error> From<E> for ToolFailure {
    fn from(error: E) -> Self {
        let causes = std::iter::successors(error.source(), |cause| cause.source());
        Self(causes.fold(error.to_string(), |line, cause| format!("{line}: {cause}")))
    }
}

impl ToolFunction {
    /// A tool that answers with a text. `input_schema` is a JSON schema of an object.
    pub fn new<F, R>(
        name: impl Into<String>,
        description: impl Into<String>,
        input_schema: Value,
        function: F,
    ) -> Self
    where
        F: Fn(Value) -> R + Send + Sync + 'static,
        R: Future<Output = std::result::Result<String, ToolFailure>> + Send + 'static,
    {
        Self::with_blocks(name, description, input_schema, move |input| {
            let running = function(input);
            async move { running.await.map(|text| vec![Block::text(text)]) }
        })
    }

    /// A tool that answers with blocks, such as images.
    pub fn with_blocks<F, R>(
        name: impl Into<String>,
        description: impl Into<String>,
        input_schema: Value,
        function: F,
    ) -> Self
    where
        F: Fn(Value) -> R + Send + Sync + 'static,
        R: Future<Output = Outcome> + Send + 'static,
    {
        let definition = CustomTool {
            name: name.into(),
            description: Some(description.into()),
            input_schema,
            eager_input_streaming: None,
            input_examples: Vec::new(),
            options: ToolOptions::default(),
        };
        Self { definition, function: Arc::new(move |input| Box::pin(function(input))) }
    }

    /// What the model is told.
    pub const fn definition(&self) -> &CustomTool {
        &self.definition
    }

    /// The same, to be changed.
    pub const fn definition_mut(&mut self) -> &mut CustomTool {
        &mut self.definition
    }
}

impl fmt::Debug for ToolFunction {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ToolFunction").field("name", &self.definition.name).finish_non_exhaustive()
    }
}

/// How the loop runs.
pub struct RunOptions<'a> {
    /// The most answers of the model.
    pub max_rounds: u32,
    /// Sees the events of all answers as they come.
    pub observe: Option<&'a mut (dyn FnMut(&StreamEvent) + Send)>,
}

impl Default for RunOptions<'_> {
    /// 50 rounds, nobody sees the events.
    fn default() -> Self {
        Self { max_rounds: 50, observe: None }
    }
}

impl fmt::Debug for RunOptions<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RunOptions").field("max_rounds", &self.max_rounds).finish_non_exhaustive()
    }
}

/// What came of a loop.
#[derive(Debug, Clone, PartialEq)]
pub struct ToolRun {
    /// The last answer.
    pub answer: MessagesResponse,
    /// How many answers there were.
    pub rounds: u32,
    /// Why it ended.
    pub ended: Ended,
    /// The token counts of all answers.
    pub usage: Usage,
    /// The files that code in the container made, in all answers.
    pub files: Vec<ResponseFile>,
}

/// Why a loop ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ended {
    /// The model calls nothing more: see the `stop_reason` of the answer.
    Stopped,
    /// All rounds are used. The conversation can be gone on with: calls were answered, a paused turn is there.
    Rounds,
}

/// Asks for answers, runs the tools that they call and answers with their results, until the model calls nothing more.
/// Turns that the server paused are gone on with, and the container is that of the answer before.
///
/// The tools are added to the conversation, where they are not there yet. Calls of one answer run at the same time;
/// their results go back in the order of the calls. A call of a tool that is not there is answered with an error.
///
/// # Errors
///
/// The first error of a request. The conversation holds everything up to it, and can be gone on with.
pub async fn run_tools(
    client: &Client,
    conversation: &mut Conversation,
    tools: &[ToolFunction],
    mut options: RunOptions<'_>,
) -> Result<ToolRun> {
    add_tools(conversation, tools);
    let mut rounds = 0;
    let mut usage: Option<Usage> = None;
    let mut blocks = Vec::new();
    loop {
        let observe = |event: &StreamEvent| {
            if let Some(observe) = &mut options.observe {
                observe(event);
            }
        };
        let answer = conversation.stream(client, observe).await?;
        rounds += 1;
        match &mut usage {
            Some(sum) => *sum += answer.usage.clone(),
            none => *none = Some(answer.usage.clone()),
        }
        blocks.extend(answer.content.iter().filter(|block| matches!(block, Block::Other(_))).cloned());
        let goes_on = match answer.stop_reason {
            Some(StopReason::PauseTurn) => true,
            Some(StopReason::ToolUse) => run_calls(conversation, tools, &answer).await,
            _ => false,
        };
        if !goes_on || rounds >= options.max_rounds {
            let ended = if goes_on { Ended::Rounds } else { Ended::Stopped };
            let usage = usage.unwrap_or_else(|| answer.usage.clone());
            return Ok(ToolRun { answer, rounds, ended, usage, files: files_of(&blocks) });
        }
    }
}

fn add_tools(conversation: &mut Conversation, tools: &[ToolFunction]) {
    let listed = &mut conversation.request_mut().tools;
    for tool in tools {
        if !listed.iter().any(|there| there.name() == Some(&tool.definition.name)) {
            listed.push(Tool::Custom(tool.definition.clone()));
        }
    }
}

/// Runs the calls of an answer and says their results. Returns whether there were any.
async fn run_calls(
    conversation: &mut Conversation,
    tools: &[ToolFunction],
    answer: &MessagesResponse,
) -> bool {
    let calls = answer.content.iter().filter_map(|block| match block {
        Block::ToolUse(call) => Some(call),
        _ => None,
    });
    let results = join_all(calls.map(|call| run_call(tools, call))).await;
    let any = !results.is_empty();
    for result in results {
        conversation.add(Block::ToolResult(result));
    }
    any
}

async fn run_call(tools: &[ToolFunction], call: &ToolUseBlock) -> ToolResultBlock {
    let outcome = match tools.iter().find(|tool| tool.definition.name == call.name) {
        Some(tool) => (tool.function)(call.input.clone()).await,
        None => Err(ToolFailure(format!("there is no tool `{}`", call.name))),
    };
    match outcome {
        Ok(content) => ToolResultBlock::new(&call.id, content, false),
        Err(ToolFailure(message)) => ToolResultBlock::new(&call.id, vec![Block::text(message)], true),
    }
}

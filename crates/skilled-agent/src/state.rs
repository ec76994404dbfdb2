//! The state of a run: exactly the fold over its events.

mod draft;
mod fold;
mod step;
mod transcript;

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::time::Duration;

use serde_json::Value;
use skilled_message::{Block, Message, Role, ToolDefinition, ToolResultBlock, ToolUseBlock, Usage};
use skilled_model::{ErrorKind, Price, Request, Response};
use skilled_tool::{Effect, Outcome, PresentedFile, ToolSet};

pub use fold::{ApplyError, Problem};
pub use step::step;

use crate::{
    Event, EventKind, FinishReason, Limits, ModelFailed, OperationId, RunResumed, RunStarted, Warning,
};

/// The state of a run. Made by [`State::default`] and [`State::apply`] alone: two runs with the same events have equal
/// states.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct State {
    run: Option<Arc<Frozen>>,
    limits: Option<Limits>,
    model: Option<crate::ModelRecord>,
    messages: Vec<Arc<Message>>,
    /// The calls of the latest answer, in its order; empty once all are answered and the results are a message.
    calls: Vec<PendingCall>,
    /// What the user said beside results of which some are still missing; it follows them.
    beside: Vec<Block>,
    /// How the run finishes if nothing more is said; none while the model is to go on.
    verdict: Option<FinishReason>,
    stopping: Option<FinishReason>,
    finished: Option<FinishReason>,
    last_seq: u64,
    last_operation: u64,
    turn: u64,
    total: Spent,
    /// Since the run was started or last resumed.
    leg: Spent,
    /// Of finished legs, at the price of their model; none once a price was unknown.
    earlier_cost: EarlierCost,
    files: Vec<PresentedFile>,
}

/// What every request begins with.
#[derive(Debug, PartialEq)]
struct Frozen {
    started: RunStarted,
    /// The system prompt.
    system: Arc<str>,
    tools: Arc<[ToolDefinition]>,
}

#[derive(Debug, Clone, PartialEq, Default)]
struct Spent {
    rounds: u64,
    usage: Usage,
}

#[derive(Debug, Clone, Copy, PartialEq)]
enum EarlierCost {
    Known(f64),
    Unknown,
}

impl Default for EarlierCost {
    fn default() -> Self {
        Self::Known(0.0)
    }
}

#[derive(Debug, Clone, PartialEq)]
struct PendingCall {
    tool_use: Arc<ToolUseBlock>,
    status: CallStatus,
}

#[derive(Debug, Clone, PartialEq)]
enum CallStatus {
    Waiting,
    Running { operation: OperationId, effect: Effect },
    Answered(Arc<ToolResultBlock>),
}

impl PendingCall {
    const fn is_running(&self) -> bool {
        matches!(self.status, CallStatus::Running { .. })
    }

    const fn is_waiting(&self) -> bool {
        matches!(self.status, CallStatus::Waiting)
    }
}

/// What happens to a run. Ids and times in it were made by the caller.
#[derive(Debug, Clone)]
pub enum Input {
    /// The run begins. Ignored when it has begun.
    Start {
        /// What every request begins with.
        started: Box<RunStarted>,
        /// What was said before, and what is said first.
        opening: Opening,
        /// What was noticed while the run was prepared.
        warnings: Vec<Warning>,
    },
    /// The run goes on after it finished, or after the process that drove it died. Calls that were under way and were not
    /// recovered are answered as of unknown outcome, never run again. Without a prompt, calls that had not started are
    /// started.
    Resume {
        /// What changes.
        resumed: Box<RunResumed>,
        /// What became of calls that were under way.
        recovered: Vec<Recovered>,
        /// What the user says further; see [`State::needs_prompt`].
        prompt: Option<Message>,
        /// What was noticed while the run was prepared.
        warnings: Vec<Warning>,
    },
    /// The request `turn` is sent again after a pause.
    ModelRetry {
        /// The request.
        turn: u64,
        /// The attempt that failed, from 1.
        attempt: u32,
        /// How long it waits.
        delay: Duration,
        /// The failure, for people.
        reason: String,
    },
    /// The request `turn` was answered.
    ModelFinished {
        /// The request.
        turn: u64,
        /// The answer.
        response: Box<Response>,
    },
    /// The request `turn` failed for good.
    ModelFailed {
        /// The request.
        turn: u64,
        /// The kind of failure.
        kind: ErrorKind,
        /// What is recorded of it.
        failure: Box<ModelFailed>,
    },
    /// A call ended.
    ToolFinished {
        /// The call.
        operation: OperationId,
        /// What it gave back.
        outcome: Outcome,
        /// How long it took.
        duration: Duration,
    },
    /// The run is to end. The first cause counts.
    Stop(StopCause),
    /// Something a person should know.
    Warn(Warning),
}

/// How the conversation of a run begins.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Opening {
    /// What was said before, oldest first. Calls of its last answer that have no result yet are made first.
    pub history: Vec<Message>,
    /// What the user says; none when the history is all.
    pub prompt: Option<Message>,
}

impl From<Message> for Opening {
    /// A run that begins with a word of the user.
    fn from(prompt: Message) -> Self {
        Self { history: Vec::new(), prompt: Some(prompt) }
    }
}

/// What became of a call whose driver died.
#[derive(Debug, Clone)]
pub struct Recovered {
    /// The call.
    pub operation: OperationId,
    /// What it gave back.
    pub outcome: Outcome,
}

/// Why a run is to end before its time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum StopCause {
    /// Somebody cancelled it.
    Cancelled,
    /// It took too long.
    Timeout,
    /// The sandbox could not be made, or broke.
    SandboxFailed {
        /// What happened.
        message: String,
    },
}

/// What a step gives: events to record, in order, and then actions to perform, in order.
#[derive(Debug, Clone, Default)]
pub struct Step {
    /// To be made durable before any action is performed.
    pub events: Vec<EventKind>,
    /// To be performed afterwards.
    pub actions: Vec<Action>,
}

/// An effect that a step asks of the driver.
#[derive(Debug, Clone)]
#[expect(clippy::large_enum_variant, reason = "a step has few, and they are taken apart at once")]
pub enum Action {
    /// Ask the model. Answered by [`Input::ModelFinished`] or [`Input::ModelFailed`] with the same `turn`.
    RequestModel {
        /// The number of the request within the run, from 1.
        turn: u64,
        /// What to send.
        request: Request,
    },
    /// Start a call. Answered by [`Input::ToolFinished`].
    StartTool {
        /// The id of the operation.
        operation: OperationId,
        /// The tool.
        name: String,
        /// The arguments, an object.
        input: Value,
    },
    /// Cancel the request under way; its answer or failure is still awaited.
    CancelModel,
    /// Cancel the calls under way; their results are still awaited.
    CancelTools,
    /// The run has ended.
    Finish(FinishReason),
}

/// What the loop must know of the tools: a pure function, always the same for the same arguments.
pub trait ToolEffects {
    /// Returns what a call of the tool `name` may change; none when there is no such tool.
    fn effect_of(&self, name: &str, input: &Value) -> Option<Effect>;
}

impl ToolEffects for ToolSet {
    /// A tool that panics over its input counts as mutating: its call runs alone, and reports the panic.
    fn effect_of(&self, name: &str, input: &Value) -> Option<Effect> {
        let tool = self.get(name)?;
        Some(catch_unwind(AssertUnwindSafe(|| tool.effect(input))).unwrap_or(Effect::Mutating))
    }
}

impl State {
    /// Folds `events`, the first of which is the run's first.
    pub fn replay<'a>(events: impl IntoIterator<Item = &'a Event>) -> Result<Self, ApplyError> {
        let mut state = Self::default();
        events.into_iter().try_for_each(|event| state.apply(event))?;
        Ok(state)
    }

    /// Returns how the run began; none before it has.
    pub fn started(&self) -> Option<&RunStarted> {
        self.run.as_deref().map(|run| &run.started)
    }

    /// Returns the limits in force.
    pub const fn limits(&self) -> Option<&Limits> {
        self.limits.as_ref()
    }

    /// Returns the model that answers, or answered last.
    pub const fn model(&self) -> Option<&crate::ModelRecord> {
        self.model.as_ref()
    }

    /// Returns the transcript as the next request will carry it. Messages are only ever added at its end.
    pub fn messages(&self) -> impl ExactSizeIterator<Item = &Message> {
        self.messages.iter().map(Arc::as_ref)
    }

    /// Returns why the run finished; none while it goes on, and after a crash.
    pub const fn finished(&self) -> Option<FinishReason> {
        self.finished
    }

    /// Returns the sequence number of the next event.
    pub const fn next_seq(&self) -> u64 {
        self.last_seq + 1
    }

    /// Returns the tokens of the whole run.
    pub const fn usage(&self) -> &Usage {
        &self.total.usage
    }

    /// Returns how many answers the model gave in the whole run.
    pub const fn rounds(&self) -> u64 {
        self.total.rounds
    }

    /// Returns what the whole run cost in US dollars; none when a price is unknown.
    pub fn cost_usd(&self) -> Option<f64> {
        match (self.earlier_cost, self.price()) {
            (EarlierCost::Known(earlier), Some(price)) => Some(earlier + price.cost(&self.leg.usage)),
            (EarlierCost::Known(_) | EarlierCost::Unknown, _) => None,
        }
    }

    /// Returns the presented files, each once, in the order in which they were first presented.
    pub fn files(&self) -> &[PresentedFile] {
        &self.files
    }

    /// Returns the calls that are under way, or were when their driver died: operation, tool and input.
    pub fn under_way(&self) -> Vec<(OperationId, Arc<ToolUseBlock>)> {
        let running = |call: &PendingCall| match call.status {
            CallStatus::Running { operation, .. } => Some((operation, Arc::clone(&call.tool_use))),
            CallStatus::Waiting | CallStatus::Answered(_) => None,
        };
        self.calls.iter().filter_map(running).collect()
    }

    /// Returns whether a resumed run would have nothing to do without a further prompt: the model had ended its turn.
    pub fn needs_prompt(&self) -> bool {
        self.verdict == Some(FinishReason::EndTurn)
    }

    const fn price(&self) -> Option<&Price> {
        match &self.model {
            Some(model) => model.price.as_ref(),
            None => None,
        }
    }

    /// Whether the run is under way and no call is: an answer of the model is due.
    const fn awaits_model(&self) -> bool {
        self.run.is_some() && self.finished.is_none() && self.calls.is_empty()
    }

    fn ends_with_answer(&self) -> bool {
        self.messages.last().is_some_and(|message| message.role == Role::Assistant)
    }

    fn running(&self) -> usize {
        self.calls.iter().filter(|call| call.is_running()).count()
    }
}

//! Events: what happened in a run, in order. The log of a run is the truth; everything else is a fold over it.
//!
//! One versioned set of types: what `--json` prints, what is saved, and what a server sends are the same.

mod read;
mod record;

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::Value;
use skilled_message::{Extra, Id, Message, Prefix, ResultBlock, StopReason, UnixMillis, Usage};
use skilled_tool::{Effect, PresentedFile};

pub use read::ReadEventError;
pub use record::{ModelRecord, RunResumed, RunStarted, SandboxRecord, SkillRecord};

use crate::FinishReason;

/// The version of the event types. Raised whenever an older reader could misread a newer log.
pub const SCHEMA_VERSION: u32 = 1;

/// The prefix of [`EventId`]s: `sevt_`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EventPrefix {}

impl Prefix for EventPrefix {
    const PREFIX: &'static str = "sevt";
}

/// The prefix of [`RunId`]s: `run_`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RunPrefix {}

impl Prefix for RunPrefix {
    const PREFIX: &'static str = "run";
}

/// The id of an event.
pub type EventId = Id<EventPrefix>;

/// The id of a run.
pub type RunId = Id<RunPrefix>;

/// One event of a run.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Event {
    /// Its place in the run, from 1, without gaps.
    pub seq: u64,
    /// Its id.
    pub id: EventId,
    /// When it was recorded.
    pub at: UnixMillis,
    /// What happened.
    #[serde(flatten)]
    pub kind: EventKind,
}

/// What happened.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum EventKind {
    /// The run began. Always the first event.
    RunStarted(Box<RunStarted>),
    /// The run goes on after a stop or a crash, with new limits.
    RunResumed(Box<RunResumed>),
    /// What was said before the run, as its caller has it. At most once, before anything is said in the run. Calls of its
    /// last answer that have no result yet are made when the run goes on.
    Transcript {
        /// The messages, oldest first.
        messages: Vec<Message>,
    },
    /// The user said something.
    UserMessage {
        /// What was said.
        message: Message,
    },
    /// The model answered.
    AssistantMessage(Box<AssistantMessage>),
    /// A request failed before its answer began and is sent again.
    ModelRetry {
        /// The attempt that failed, from 1.
        attempt: u32,
        /// How long the provider's adapter waits before the next, in milliseconds.
        delay_ms: u64,
        /// The failure, for people.
        reason: String,
    },
    /// A request failed for good.
    ModelFailed(Box<ModelFailed>),
    /// A tool is about to be called: recorded before the call starts.
    ToolCall(ToolCall),
    /// A call has its result, whether it ran or not.
    ToolResult(ToolResult),
    /// A call presented a file to the user. Recorded before the result of the call.
    FilePresented {
        /// The call.
        operation: OperationId,
        /// The file.
        file: PresentedFile,
    },
    /// Something a person should know.
    Warning(Warning),
    /// The run is to end before its time; what is under way is being cancelled.
    StopRequested {
        /// The reason with which the run will finish.
        reason: FinishReason,
        /// More about it, for people.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        message: Option<String>,
    },
    /// The run ended. Nothing follows, except a [`EventKind::RunResumed`].
    RunFinished(RunFinished),
}

/// An answer of the model.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct AssistantMessage {
    /// The message as the provider gave it. What of it is sent again is decided by the transcript.
    pub message: Message,
    /// Why the model stopped.
    pub stop_reason: StopReason,
    /// The tokens of this request.
    pub usage: Usage,
    /// The model that answered, as the provider names it.
    pub model: String,
    /// The provider's id of the request.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub request_id: Option<String>,
    /// What else the provider said of the answer, by its own names. Never sent again.
    #[serde(default, skip_serializing_if = "Extra::is_empty")]
    pub extra: Extra,
}

/// A request that gave no answer.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ModelFailed {
    /// The stable name of the kind, see [`skilled_model::ErrorKind::as_str`].
    pub kind: String,
    /// The HTTP status, where there was one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status: Option<u16>,
    /// The provider's own code.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub code: Option<String>,
    /// What happened.
    pub message: String,
    /// What caused it, outermost first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub causes: Vec<String>,
    /// The provider's id of the request.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub request_id: Option<String>,
    /// Whether a part of the answer had arrived, and was thrown away.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub answer_began: bool,
}

/// A call about to start.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ToolCall {
    /// The operation: unique in the run.
    pub operation: OperationId,
    /// The model's id of the call.
    pub tool_use_id: String,
    /// The tool.
    pub name: String,
    /// The arguments: a JSON object.
    pub input: Value,
    /// What the call may change.
    #[serde(with = "EffectName")]
    pub effect: Effect,
}

/// The result of a call.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ToolResult {
    /// The operation; none when the call never started.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub operation: Option<OperationId>,
    /// The model's id of the call.
    pub tool_use_id: String,
    /// What the model sees; never empty.
    pub content: Vec<ResultBlock>,
    /// Whether the call failed, or did not run.
    #[serde(default)]
    pub is_error: bool,
    /// How long the call took, in milliseconds; none when it never started or its end is unknown.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub duration_ms: Option<u64>,
    /// The same result as data, see [`skilled_tool::Outcome::detail`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub detail: Option<Value>,
}

/// Something a person should know; never an end of the run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Warning {
    /// A stable name in snake case.
    pub code: String,
    /// What happened.
    pub message: String,
    /// What to do about it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub help: Option<String>,
}

impl Warning {
    /// Returns a warning without advice.
    pub fn new(code: impl Into<String>, message: impl Into<String>) -> Self {
        Self { code: code.into(), message: message.into(), help: None }
    }

    /// Returns the warning with advice.
    #[must_use]
    pub fn with_help(self, help: impl Into<String>) -> Self {
        Self { help: Some(help.into()), ..self }
    }
}

/// The end of a run.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RunFinished {
    /// Why.
    pub reason: FinishReason,
    /// The tokens of the whole run, earlier legs of a resumed run included.
    pub usage: Usage,
    /// What the whole run cost, in US dollars; none when a price is unknown.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cost_usd: Option<f64>,
    /// Answers of the model in the whole run.
    pub rounds: u64,
}

/// The id of one tool call of a run: `op_1`, `op_2`, … in the order in which the calls start.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct OperationId(u64);

impl OperationId {
    /// Returns the id of the `number`th call of a run.
    pub const fn new(number: u64) -> Self {
        Self(number)
    }

    /// Returns its number.
    pub const fn number(self) -> u64 {
        self.0
    }
}

impl fmt::Display for OperationId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "op_{}", self.0)
    }
}

/// A text is not an operation id.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{text:?} is not an operation id: it must be `op_` and a number")]
pub struct ParseOperationIdError {
    /// The text that was read.
    pub text: String,
}

impl FromStr for OperationId {
    type Err = ParseOperationIdError;

    fn from_str(text: &str) -> Result<Self, ParseOperationIdError> {
        let number = text.strip_prefix("op_").and_then(|digits| digits.parse().ok());
        // One id has one spelling: `op_+7` and `op_007` are not ids.
        number
            .map(Self)
            .filter(|id| id.to_string() == text)
            .ok_or(ParseOperationIdError { text: text.to_owned() })
    }
}

impl Serialize for OperationId {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for OperationId {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
    }
}

/// How an [`Effect`] is written.
#[derive(Serialize, Deserialize)]
#[serde(remote = "Effect", rename_all = "snake_case")]
enum EffectName {
    ReadOnly,
    Mutating,
}

impl EventKind {
    /// The `type` of every kind, in the order of their declaration.
    pub const TYPES: [&str; 13] = [
        "run_started",
        "run_resumed",
        "transcript",
        "user_message",
        "assistant_message",
        "model_retry",
        "model_failed",
        "tool_call",
        "tool_result",
        "file_presented",
        "warning",
        "stop_requested",
        "run_finished",
    ];

    /// Returns the `type` under which this kind is written.
    pub const fn type_name(&self) -> &'static str {
        match self {
            Self::RunStarted(_) => "run_started",
            Self::RunResumed(_) => "run_resumed",
            Self::Transcript { .. } => "transcript",
            Self::UserMessage { .. } => "user_message",
            Self::AssistantMessage(_) => "assistant_message",
            Self::ModelRetry { .. } => "model_retry",
            Self::ModelFailed(_) => "model_failed",
            Self::ToolCall(_) => "tool_call",
            Self::ToolResult(_) => "tool_result",
            Self::FilePresented { .. } => "file_presented",
            Self::Warning(_) => "warning",
            Self::StopRequested { .. } => "stop_requested",
            Self::RunFinished(_) => "run_finished",
        }
    }
}

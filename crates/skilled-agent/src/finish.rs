//! Why a run ended.

use std::fmt;

use serde::{Deserialize, Serialize};

/// Why a run ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FinishReason {
    /// The model had said what it wanted to say.
    EndTurn,
    /// An answer reached the output limit of one request.
    MaxTokens,
    /// The run used up its rounds.
    MaxRounds,
    /// The run used up its rounds and can be gone on with as it stands: calls may be open.
    Paused,
    /// The model called tools that the run's caller executes: their calls are open, and so are others beside them.
    ClientTools,
    /// The run used up its tokens or its money.
    Budget,
    /// The model, or its provider, refused for reasons of policy.
    Refusal,
    /// The transcript no longer fits the model's context.
    ContextWindowExceeded,
    /// Somebody cancelled it.
    Cancelled,
    /// It took too long.
    Timeout,
    /// A request to the model failed for good.
    ModelFailed,
    /// The sandbox could not be made, or broke.
    SandboxFailed,
}

/// What an ended run means to whoever started it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ExitClass {
    /// The job is done.
    Done,
    /// The job stopped short; the reason is in the last event.
    StoppedShort,
    /// The provider failed.
    Provider,
    /// The sandbox failed.
    Sandbox,
    /// It was interrupted.
    Interrupted,
}

impl FinishReason {
    /// Every reason.
    pub const ALL: [Self; 12] = [
        Self::EndTurn,
        Self::MaxTokens,
        Self::MaxRounds,
        Self::Paused,
        Self::ClientTools,
        Self::Budget,
        Self::Refusal,
        Self::ContextWindowExceeded,
        Self::Cancelled,
        Self::Timeout,
        Self::ModelFailed,
        Self::SandboxFailed,
    ];

    /// Returns what the reason means to whoever started the run.
    pub const fn exit_class(self) -> ExitClass {
        match self {
            Self::EndTurn | Self::ClientTools => ExitClass::Done,
            Self::MaxTokens
            | Self::MaxRounds
            | Self::Paused
            | Self::Budget
            | Self::Refusal
            | Self::ContextWindowExceeded
            | Self::Timeout => ExitClass::StoppedShort,
            Self::ModelFailed => ExitClass::Provider,
            Self::SandboxFailed => ExitClass::Sandbox,
            Self::Cancelled => ExitClass::Interrupted,
        }
    }

    /// Returns the name of the reason, as events carry it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::EndTurn => "end_turn",
            Self::MaxTokens => "max_tokens",
            Self::MaxRounds => "max_rounds",
            Self::Paused => "paused",
            Self::ClientTools => "client_tools",
            Self::Budget => "budget",
            Self::Refusal => "refusal",
            Self::ContextWindowExceeded => "context_window_exceeded",
            Self::Cancelled => "cancelled",
            Self::Timeout => "timeout",
            Self::ModelFailed => "model_failed",
            Self::SandboxFailed => "sandbox_failed",
        }
    }

    /// Returns whether calls of the last answer stay open when a run ends for this reason.
    pub const fn leaves_calls_open(self) -> bool {
        matches!(self, Self::Paused | Self::ClientTools)
    }

    /// Returns what a tool call of the model is told when the run ends before the call could start.
    pub(crate) const fn why_not_run(self) -> &'static str {
        match self {
            Self::EndTurn => "the turn had ended",
            Self::MaxTokens => "the answer was cut off at its output limit, so the call may be incomplete",
            Self::MaxRounds | Self::Paused => "the run reached its limit of rounds",
            Self::ClientTools => "the caller's tools were called beside it",
            Self::Budget => "the run reached its budget",
            Self::Refusal => "the answer was refused",
            Self::ContextWindowExceeded => "the context window was full, so the call may be incomplete",
            Self::Cancelled => "the run was cancelled",
            Self::Timeout => "the run reached its time limit",
            Self::ModelFailed => "the model failed",
            Self::SandboxFailed => "the sandbox failed",
        }
    }
}

impl fmt::Display for FinishReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl ExitClass {
    /// Returns the exit status of a process that ran the job.
    pub const fn code(self) -> u8 {
        match self {
            Self::Done => 0,
            Self::StoppedShort => 1,
            Self::Provider => 3,
            Self::Sandbox => 4,
            Self::Interrupted => 130,
        }
    }
}

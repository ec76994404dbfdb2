//! The agent loop: model, tool calls, results, model.
//!
//! [`step`] is a pure function from a [`State`] and an [`Input`] to [`EventKind`]s and [`Action`]s; the state is exactly
//! the fold over the events, so a saved log replays to the same run. A [`Driver`] performs the actions: it asks the
//! model, calls the tools, and records each event in a [`Log`] before anybody sees it.
//!
//! This crate must never know HTTP, SQL, a provider, a sandbox or a particular tool, and [`step`] must never see a clock,
//! a random number or the outside.
//!
//! ```
//! use serde_json::Value;
//! use skilled_agent::{
//!     Action, Event, EventId, Input, Limits, ModelRecord, RunId, RunStarted, SCHEMA_VERSION, SandboxRecord, State, ToolEffects, step,
//! };
//! use skilled_message::Message;
//!
//! struct NoTools;
//! impl ToolEffects for NoTools {
//!     fn effect_of(&self, _: &str, _: &Value) -> Option<skilled_tool::Effect> {
//!         None
//!     }
//! }
//!
//! let started = RunStarted {
//!     schema: SCHEMA_VERSION,
//!     version: "1.0.0".into(),
//!     run: RunId::new(0),
//!     model: ModelRecord { name: "scripted/hello".into(), price: None },
//!     system: String::new(),
//!     tools: vec![],
//!     client_tools: None,
//!     options: skilled_model::Options::default(),
//!     skills: vec![],
//!     sandbox: SandboxRecord { name: "none".into(), enforces: vec![] },
//!     limits: Limits::new(10, 1024),
//! };
//! let start = Input::Start { started: Box::new(started), opening: Message::user("Hello").into(), warnings: vec![] };
//! let mut state = State::default();
//! let step = step(&state, start, &NoTools);
//! for kind in step.events {
//!     let event = Event { seq: state.next_seq(), id: EventId::new(0), at: 0, kind };
//!     state.apply(&event)?; // after it was saved
//! }
//! assert!(matches!(&step.actions[..], [Action::RequestModel { turn: 1, .. }]));
//! # Ok::<(), skilled_agent::ApplyError>(())
//! ```

mod driver;
mod event;
mod finish;
mod limits;
mod preview;
mod state;

pub use driver::{
    Clock, DriveError, Driver, Finished, Log, LogError, LogFuture, Observer, ResumeSettings, RunSettings,
    StopHandle,
};
pub use event::{
    AssistantMessage, Event, EventId, EventKind, EventPrefix, ModelFailed, ModelRecord, OperationId,
    ParseOperationIdError, ReadEventError, RunFinished, RunId, RunPrefix, RunResumed, RunStarted,
    SCHEMA_VERSION, SandboxRecord, SkillRecord, ToolCall, ToolResult, Warning,
};
pub use finish::{ExitClass, FinishReason};
pub use limits::{AtLastRound, Budget, Limits, ParseBudgetError, UnknownPrice};
pub use preview::{Delta, Preview};
pub use state::{
    Action, ApplyError, Input, Opening, Problem, Recovered, State, Step, StopCause, ToolEffects, step,
};

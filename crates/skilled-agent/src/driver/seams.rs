//! What a driver is given.

use std::future::Future;
use std::pin::Pin;

use skilled_message::{ToolDefinition, UnixMillis};
use skilled_model::Options;

use crate::{Event, Limits, Preview, RunId, SandboxRecord, SkillRecord};

/// Says the time.
pub trait Clock: Send + Sync {
    /// Returns the time now.
    fn now(&self) -> UnixMillis;
}

/// Why a log could not record an event.
pub type LogError = Box<dyn std::error::Error + Send + Sync>;

/// What [`Log::append`] returns.
pub type LogFuture<'a> = Pin<Box<dyn Future<Output = Result<(), LogError>> + Send + 'a>>;

/// Where the events of one run are made durable.
pub trait Log: Send {
    /// Records `event` after all before it. Once the future is ready the event outlives this process; nobody sees the
    /// event earlier. After an error nothing more is appended.
    fn append<'a>(&'a mut self, event: &'a Event) -> LogFuture<'a>;
}

/// Who watches a run. Called between the steps of the run, so an implementation must be quick.
pub trait Observer: Send {
    /// Shows an event that has been recorded.
    fn event(&mut self, event: &Event);

    /// Shows a piece of an answer under way.
    fn preview(&mut self, preview: &Preview);
}

/// What is decided once for a run. The model and the tools come from the driver.
#[derive(Debug, Clone)]
pub struct RunSettings {
    /// The run.
    pub run: RunId,
    /// The version of the program.
    pub version: String,
    /// The system prompt; none when empty.
    pub system: String,
    /// The tools that the caller executes, see [`crate::RunStarted::client_tools`].
    pub client_tools: Option<Vec<ToolDefinition>>,
    /// What else every request asks for.
    pub options: Options,
    /// The skills, in the order of the catalogue.
    pub skills: Vec<SkillRecord>,
    /// Where tools run.
    pub sandbox: SandboxRecord,
    /// When the run stops by itself.
    pub limits: Limits,
}

/// What is decided again for a run that is resumed. The model comes from the driver.
#[derive(Debug, Clone)]
pub struct ResumeSettings {
    /// The version of the program.
    pub version: String,
    /// Where tools run from now on.
    pub sandbox: SandboxRecord,
    /// When the run stops by itself, counted from here.
    pub limits: Limits,
}

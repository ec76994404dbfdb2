//! `POST /v1/messages`: the request, the answer, and the answer as a stream of events.

pub mod content;
mod event;
mod fold;
mod invalid;
mod json;
mod limits;
mod options;
mod partial;
mod request;
mod response;
mod shape;
mod tool;
mod turns;
mod usage;

pub use event::{Delta, DeltaUsage, MessageDelta, StreamEvent};
pub use fold::{Accumulator, FoldError, opened};
pub use invalid::Invalid;
pub(crate) use invalid::shortened;
pub(crate) use json::no_json;
pub use limits::Limits;
pub use options::{
    BillingPolicy, BlockBinding, CacheControl, Compaction, ContextEdit, ContextEditKind, ContextManagement,
    Diagnostics, Effort, Fallback, FallbackCredit, Fallbacks, McpServer, McpToolConfiguration, Metadata,
    OutputConfig, OutputFormat, ServiceTier, Speed, TaskBudget, Thinking, ThinkingDisplay, ToolChoice,
};
pub use request::{
    ContainerRequest, ContainerSpec, MessagesRequest, SkillKind, SkillReference, System, Thread,
};
pub(crate) use request::{read_count_request, read_messages};
pub use response::{Container, ContainerSkill, ContextManagementResponse, MessagesResponse, StopDetails};
pub use tool::{
    CodeExecutionTool, CodeExecutionVersion, CustomTool, McpToolset, Tool, ToolCaller, ToolFamily,
    ToolOptions, TypedTool,
};
pub use turns::check_turns;
pub use usage::{CacheCreation, OutputDetails, ServerToolCounts, Usage};

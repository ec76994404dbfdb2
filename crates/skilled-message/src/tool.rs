//! What a model is told of a tool.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::Extra;

/// The definition of a tool as a model sees it.
///
/// A tool that the provider defines (`{"type":"bash_20250124","name":"bash"}`) has its `type` in
/// [`ToolDefinition::extra`], and no more of the other fields than the provider asks for: what is empty is not written.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ToolDefinition {
    /// `^[a-zA-Z0-9_-]{1,64}$`, the narrowest rule of the providers.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub name: String,
    /// What it does, when to use it, what it returns.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub description: String,
    /// A JSON Schema (draft 2020-12) of the input; its `type` is `object`.
    #[serde(default, skip_serializing_if = "Value::is_null")]
    pub input_schema: Value,
    /// Fields this crate does not know (`cache_control`, …).
    #[serde(flatten)]
    pub extra: Extra,
}

impl ToolDefinition {
    /// Returns a definition.
    pub fn new(name: impl Into<String>, description: impl Into<String>, input_schema: Value) -> Self {
        Self { name: name.into(), description: description.into(), input_schema, extra: Extra::new() }
    }
}

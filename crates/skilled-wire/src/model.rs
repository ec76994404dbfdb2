//! Models.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::Time;
use crate::tag::types;

/// A model that can be named in requests.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ModelObject {
    /// What requests call it.
    pub id: String,
    /// `model`.
    #[serde(rename = "type")]
    pub kind: types::Model,
    /// What people call it.
    pub display_name: String,
    /// When it came out, or the Unix epoch when nobody knows.
    pub created_at: Time,
    /// Where in its life it is.
    #[serde(default)]
    pub lifecycle: Lifecycle,
    /// The family, such as `opus`; null outside of those families.
    #[serde(default)]
    pub line: Option<String>,
    /// When it was or will be deprecated.
    #[serde(default)]
    pub deprecated_at: Option<Time>,
    /// When it was or will be retired.
    #[serde(default)]
    pub retires_at: Option<Time>,
    /// Most tokens of a request; null when unknown.
    #[serde(default)]
    pub max_input_tokens: Option<u64>,
    /// Most tokens of an answer; null when unknown.
    #[serde(default)]
    pub max_tokens: Option<u64>,
    /// What it can do, as the hosted service describes it; null when unknown.
    #[serde(default)]
    #[cfg_attr(feature = "openapi", schema(value_type = Option<Object>))]
    pub capabilities: Option<Value>,
    /// Models that may answer in its place.
    #[serde(default)]
    pub allowed_fallback_models: Vec<String>,
}

/// Where in its life a model is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum Lifecycle {
    /// To be used.
    #[default]
    Active,
    /// Still answers.
    Deprecated,
    /// Answers no more.
    Retired,
}

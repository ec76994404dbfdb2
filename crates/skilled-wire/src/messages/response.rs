//! The answer to `POST /v1/messages`.

use serde::{Deserialize, Serialize};
use serde_json::Value;
use skilled_message::{Block, Role, StopReason};

use super::request::SkillKind;
use super::usage::Usage;
use crate::{Time, types};

/// An answer. Every field that clients of any generation read is always written.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct MessagesResponse {
    /// `msg_…`.
    pub id: String,
    /// `message`.
    #[serde(rename = "type")]
    pub kind: types::Message,
    /// `assistant`.
    pub role: Role,
    /// The model that answered.
    pub model: String,
    /// What it said and did, in order.
    pub content: Vec<Block>,
    /// Why it stopped; null at the beginning of a stream.
    #[serde(default)]
    pub stop_reason: Option<StopReason>,
    /// The stop sequence that it wrote.
    #[serde(default)]
    pub stop_sequence: Option<String>,
    /// More about why it stopped, for a refusal.
    #[serde(default)]
    pub stop_details: Option<StopDetails>,
    /// Token counts.
    pub usage: Usage,
    /// Where its code ran; null where none did. In a stream it comes with `message_delta`.
    #[serde(default)]
    pub container: Option<Container>,
    /// Why the prompt cache did not hold, where the request asked.
    #[serde(default)]
    pub diagnostics: Option<Value>,
    /// What was taken out of the conversation.
    #[serde(default)]
    pub context_management: Option<ContextManagementResponse>,
    /// What was changed in the request before the model saw it, where it was asked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub input_transformations: Option<Vec<Value>>,
}

impl MessagesResponse {
    /// Returns an answer that has just begun: nothing said, no reason to stop.
    pub fn begun(id: impl Into<String>, model: impl Into<String>, usage: Usage) -> Self {
        Self {
            id: id.into(),
            kind: types::Message,
            role: Role::Assistant,
            model: model.into(),
            content: Vec::new(),
            stop_reason: None,
            stop_sequence: None,
            stop_details: None,
            usage,
            container: None,
            diagnostics: None,
            context_management: None,
            input_transformations: None,
        }
    }
}

/// More about a refusal.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StopDetails {
    /// `refusal`.
    #[serde(rename = "type")]
    pub kind: types::Refusal,
    /// `cyber`, `bio`, …; null where it is none of them.
    #[serde(default)]
    pub category: Option<String>,
    /// Why, in words.
    #[serde(default)]
    pub explanation: Option<String>,
    /// A credit for trying again elsewhere.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fallback_credit_token: Option<String>,
    /// Whether that credit holds for a retry that goes on with what was said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fallback_has_prefill_claim: Option<bool>,
    /// The model to try.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub recommended_model: Option<String>,
}

/// Where code ran.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Container {
    /// `container_…`.
    pub id: String,
    /// When it goes away unless it is used.
    pub expires_at: Time,
    /// The skills in it; null where there are none.
    #[serde(default)]
    pub skills: Option<Vec<ContainerSkill>>,
}

/// A skill in a container.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ContainerSkill {
    /// Whose it is.
    #[serde(rename = "type")]
    pub kind: SkillKind,
    /// Its id.
    pub skill_id: String,
    /// The version that was taken, never `latest`.
    pub version: String,
}

/// What was taken out of a conversation.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct ContextManagementResponse {
    /// What each edit took out.
    #[serde(default)]
    pub applied_edits: Vec<Value>,
}

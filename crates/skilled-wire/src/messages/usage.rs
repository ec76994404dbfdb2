//! Token counts of an answer.

use std::ops::AddAssign;

use serde::{Deserialize, Serialize};
use serde_json::Value;

/// Token counts of an answer, or of its parts together.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Usage {
    /// Tokens of the prompt that were neither read from nor written to the cache.
    #[serde(default)]
    pub input_tokens: u64,
    /// Tokens that were written.
    #[serde(default)]
    pub output_tokens: u64,
    /// Tokens of the prompt that were written to the cache.
    #[serde(default, deserialize_with = "or_default")]
    pub cache_creation_input_tokens: u64,
    /// Tokens of the prompt that were read from the cache.
    #[serde(default, deserialize_with = "or_default")]
    pub cache_read_input_tokens: u64,
    /// The former by how long they are kept.
    #[serde(default, deserialize_with = "or_default")]
    pub cache_creation: CacheCreation,
    /// Calls of the server's tools.
    #[serde(default, deserialize_with = "or_default")]
    pub server_tool_use: ServerToolCounts,
    /// `standard`, `priority` or `batch`.
    #[serde(default)]
    pub service_tier: Option<String>,
    /// Where in the world it was inferred.
    #[serde(default)]
    pub inference_geo: Option<String>,
    /// `standard` or `fast`.
    #[serde(default)]
    pub speed: Option<String>,
    /// What the written tokens were.
    #[serde(default)]
    pub output_tokens_details: Option<OutputDetails>,
    /// The counts of each call of a model, where there were several.
    #[serde(default)]
    pub iterations: Option<Vec<Value>>,
    /// What became of a credit that the request had.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fallback_credit: Option<Value>,
}

/// Tokens that were written to the cache, by how long they are kept.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct CacheCreation {
    /// For five minutes.
    #[serde(default)]
    pub ephemeral_5m_input_tokens: u64,
    /// For an hour.
    #[serde(default)]
    pub ephemeral_1h_input_tokens: u64,
}

/// How often the server's tools were called.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ServerToolCounts {
    /// Searches in the web.
    #[serde(default)]
    pub web_search_requests: u64,
    /// Fetches from the web.
    #[serde(default)]
    pub web_fetch_requests: u64,
    /// Runs of code.
    #[serde(default)]
    pub code_execution_requests: u64,
}

/// What the written tokens were.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct OutputDetails {
    /// Thinking.
    #[serde(default)]
    pub thinking_tokens: u64,
}

impl Default for Usage {
    /// Nothing yet, at the standard tier and speed.
    fn default() -> Self {
        Self {
            input_tokens: 0,
            output_tokens: 0,
            cache_creation_input_tokens: 0,
            cache_read_input_tokens: 0,
            cache_creation: CacheCreation::default(),
            server_tool_use: ServerToolCounts::default(),
            service_tier: Some("standard".to_owned()),
            inference_geo: None,
            speed: Some("standard".to_owned()),
            output_tokens_details: None,
            iterations: None,
            fallback_credit: None,
        }
    }
}

impl From<&skilled_message::Usage> for Usage {
    /// Takes the counts of a provider, and of what it says beside them that which has a place here.
    fn from(usage: &skilled_message::Usage) -> Self {
        let text = |name: &str| usage.extra.get(name).and_then(Value::as_str).map(str::to_owned);
        let known = Self::default();
        let by_duration: CacheCreation = part(usage, "cache_creation").unwrap_or_default();
        let mut counts = Self {
            input_tokens: usage.input_tokens,
            output_tokens: usage.output_tokens,
            cache_creation_input_tokens: usage.cache_creation_input_tokens,
            cache_read_input_tokens: usage.cache_read_input_tokens,
            cache_creation: by_duration,
            server_tool_use: part(usage, "server_tool_use").unwrap_or_default(),
            service_tier: text("service_tier").or(known.service_tier),
            inference_geo: text("inference_geo"),
            speed: text("speed").or(known.speed),
            output_tokens_details: part(usage, "output_tokens_details"),
            iterations: part(usage, "iterations"),
            fallback_credit: part(usage, "fallback_credit"),
        };
        // Providers that do not say how long they keep it keep it for the shortest time.
        if counts.cache_creation == CacheCreation::default() {
            counts.cache_creation.ephemeral_5m_input_tokens = counts.cache_creation_input_tokens;
        }
        counts
    }
}

/// Reads what a provider says beside the counts; what has another shape is passed over.
fn part<T: serde::de::DeserializeOwned>(usage: &skilled_message::Usage, name: &str) -> Option<T> {
    usage.extra.get(name).filter(|value| !value.is_null()).and_then(|value| T::deserialize(value).ok())
}

impl AddAssign for Usage {
    /// Sums the counts, saturating; of the rest the latest holds.
    fn add_assign(&mut self, other: Self) {
        let sum = |count: &mut u64, more: u64| *count = count.saturating_add(more);
        sum(&mut self.input_tokens, other.input_tokens);
        sum(&mut self.output_tokens, other.output_tokens);
        sum(&mut self.cache_creation_input_tokens, other.cache_creation_input_tokens);
        sum(&mut self.cache_read_input_tokens, other.cache_read_input_tokens);
        let kept = &mut self.cache_creation;
        sum(&mut kept.ephemeral_5m_input_tokens, other.cache_creation.ephemeral_5m_input_tokens);
        sum(&mut kept.ephemeral_1h_input_tokens, other.cache_creation.ephemeral_1h_input_tokens);
        let calls = &mut self.server_tool_use;
        sum(&mut calls.web_search_requests, other.server_tool_use.web_search_requests);
        sum(&mut calls.web_fetch_requests, other.server_tool_use.web_fetch_requests);
        sum(&mut calls.code_execution_requests, other.server_tool_use.code_execution_requests);
        if let Some(details) = other.output_tokens_details {
            sum(
                &mut self.output_tokens_details.get_or_insert_default().thinking_tokens,
                details.thinking_tokens,
            );
        }
        if let Some(iterations) = other.iterations {
            self.iterations.get_or_insert_default().extend(iterations);
        }
        self.service_tier = other.service_tier.or(self.service_tier.take());
        self.inference_geo = other.inference_geo.or(self.inference_geo.take());
        self.speed = other.speed.or(self.speed.take());
        self.fallback_credit = other.fallback_credit.or(self.fallback_credit.take());
    }
}

/// Reads something that is also written as `null`.
fn or_default<'de, T: Deserialize<'de> + Default, D: serde::Deserializer<'de>>(
    deserializer: D,
) -> Result<T, D::Error> {
    Ok(Option::deserialize(deserializer)?.unwrap_or_default())
}

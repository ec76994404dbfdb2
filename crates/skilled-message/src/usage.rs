//! Token counts.

use std::ops::{Add, AddAssign};

use serde::{Deserialize, Serialize};

use crate::Extra;

/// Tokens of one response, or the sum of several.
///
/// As Anthropic counts: `input_tokens` are those neither read from nor written to the prompt cache, so the whole prompt
/// is [`Usage::prompt_tokens`]. Providers that count otherwise are translated.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Usage {
    /// Uncached tokens of the prompt.
    #[serde(default)]
    pub input_tokens: u64,
    /// Tokens the model wrote, reasoning included.
    #[serde(default)]
    pub output_tokens: u64,
    /// Prompt tokens written to the provider's cache.
    #[serde(default, deserialize_with = "or_zero")]
    pub cache_creation_input_tokens: u64,
    /// Prompt tokens read from the provider's cache.
    #[serde(default, deserialize_with = "or_zero")]
    pub cache_read_input_tokens: u64,
    /// Fields this crate does not know, of the latest response.
    #[serde(flatten)]
    pub extra: Extra,
}

impl Usage {
    /// Returns the tokens of the whole prompt.
    pub const fn prompt_tokens(&self) -> u64 {
        self.input_tokens
            .saturating_add(self.cache_creation_input_tokens)
            .saturating_add(self.cache_read_input_tokens)
    }

    /// Returns all tokens, in and out.
    pub const fn total_tokens(&self) -> u64 {
        self.prompt_tokens().saturating_add(self.output_tokens)
    }
}

impl AddAssign for Usage {
    /// Sums the counts, saturating. Of the unknown fields the latest value is kept: they cannot be summed blindly.
    fn add_assign(&mut self, other: Self) {
        self.input_tokens = self.input_tokens.saturating_add(other.input_tokens);
        self.output_tokens = self.output_tokens.saturating_add(other.output_tokens);
        self.cache_creation_input_tokens =
            self.cache_creation_input_tokens.saturating_add(other.cache_creation_input_tokens);
        self.cache_read_input_tokens =
            self.cache_read_input_tokens.saturating_add(other.cache_read_input_tokens);
        self.extra.extend(other.extra);
    }
}

impl Add for Usage {
    type Output = Self;

    fn add(mut self, other: Self) -> Self {
        self += other;
        self
    }
}

/// Reads a count that providers also write as `null`.
fn or_zero<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<u64, D::Error> {
    Ok(Option::deserialize(deserializer)?.unwrap_or(0))
}

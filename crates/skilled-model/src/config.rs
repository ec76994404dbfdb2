//! What the providers are told from outside.

use std::fmt;
use std::time::Duration;

use crate::{HttpClient, RetryPolicy};

/// A secret. Its value is never printed.
#[derive(Clone, PartialEq, Eq)]
pub struct ApiKey(String);

impl ApiKey {
    /// Takes a key. White space around it is dropped: it comes from files and terminals.
    pub fn new(key: impl AsRef<str>) -> Self {
        Self(key.as_ref().trim().to_owned())
    }

    /// Returns the secret itself, for the header that carries it.
    pub fn secret(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for ApiKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ApiKey(…)")
    }
}

/// Keys, addresses and rules for every provider. Cheap to clone; clones share connections.
#[derive(Debug, Clone)]
pub struct ProviderConfig {
    /// The Messages API.
    pub anthropic: AnthropicConfig,
    /// The Chat Completions API.
    pub openai: OpenAiConfig,
    /// When failed requests are sent again.
    pub retry: RetryPolicy,
    /// The longest silence of a server, before its answer and within it. A local server that loads a large model first
    /// may need minutes.
    pub idle_timeout: Duration,
    /// The HTTP client. Keep one per process.
    pub http: HttpClient,
}

impl Default for ProviderConfig {
    /// No keys, the providers' own addresses, five attempts, five minutes of silence, ten seconds to connect.
    fn default() -> Self {
        Self {
            anthropic: AnthropicConfig::default(),
            openai: OpenAiConfig::default(),
            retry: RetryPolicy::default(),
            idle_timeout: Duration::from_mins(5),
            http: HttpClient::new(Duration::from_secs(10)),
        }
    }
}

/// The Messages API.
#[derive(Debug, Clone)]
pub struct AnthropicConfig {
    /// The key; required.
    pub key: Option<ApiKey>,
    /// The address before `/v1/messages`.
    pub base_url: String,
    /// Whether requests are marked for the prompt cache.
    pub caching: PromptCaching,
}

impl Default for AnthropicConfig {
    fn default() -> Self {
        Self { key: None, base_url: "https://api.anthropic.com".to_owned(), caching: PromptCaching::Marked }
    }
}

/// Whether requests carry markers for the provider's prompt cache.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PromptCaching {
    /// The end of the fixed part (system prompt and tools) and the last two messages of the user are marked. The
    /// markers are all that differs between the common parts of consecutive requests. A request whose blocks or tools
    /// already have markers of their own gets no others.
    Marked,
    /// None is added: the common parts of consecutive requests are equal byte for byte.
    Unmarked,
}

/// The Chat Completions API.
#[derive(Debug, Clone)]
pub struct OpenAiConfig {
    /// The key. Servers other than OpenAI's often need none.
    pub key: Option<ApiKey>,
    /// The address before `/chat/completions`, such as `http://localhost:11434/v1`.
    pub base_url: String,
    /// How the output limit is called.
    pub max_tokens: MaxTokensField,
    /// What happens to reasoning in the transcript.
    pub reasoning: ReasoningPolicy,
}

impl Default for OpenAiConfig {
    fn default() -> Self {
        Self {
            key: None,
            base_url: "https://api.openai.com/v1".to_owned(),
            max_tokens: MaxTokensField::ByHost,
            reasoning: ReasoningPolicy::SentBack,
        }
    }
}

/// The field of a request that limits the answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MaxTokensField {
    /// `max_completion_tokens` for OpenAI and Azure, which refuse the other for newer models; `max_tokens` elsewhere,
    /// since many servers know no other.
    ByHost,
    /// `max_tokens`.
    MaxTokens,
    /// `max_completion_tokens`.
    MaxCompletionTokens,
}

/// What happens to the reasoning that a compatible server sent in earlier answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ReasoningPolicy {
    /// It goes back in the field in which it came. Models that call tools while they reason need it.
    SentBack,
    /// It is left out, for servers that refuse it.
    LeftOut,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_trimmed_and_not_printed() {
        let key = ApiKey::new(" sk-secret\n");
        assert_eq!(key.secret(), "sk-secret");
        let mut config = ProviderConfig::default();
        config.anthropic.key = Some(key.clone());
        config.openai.key = Some(key);
        assert!(!format!("{config:#?}").contains("secret"));
    }
}

//! Models: one trait, and the providers behind it.
//!
//! A [`Model`] takes a [`Request`] (the whole transcript, and [`Options`]) and streams [`StreamEvent`]s: each block as it
//! comes and once it is complete, then one [`Response`]. Providers translate at their edge what they can, refuse the rest
//! by name, retry what may be retried, and fail with a typed [`Error`]. [`Model::count_tokens`] tells how large a prompt
//! is; [`Model::upstream`] passes requests through to a provider of the Messages API as they are. [`connect()`] makes the
//! model that a [`ModelName`] names:
//!
//! | Provider | Protocol |
//! |---|---|
//! | `anthropic` | Messages |
//! | `openai` | Chat Completions, of OpenAI or any compatible server (vLLM, Ollama, llama.cpp) |
//! | `scripted` | none: a YAML file of turns, see `docs/scripted-model.md` |
//!
//! Arguments of a tool call that are not JSON are kept as a JSON string with the text the model wrote, in place of the
//! object: the caller answers the model with an error.
//!
//! This crate must never know tools or skills, and never reads the environment: keys and addresses are passed in. (The
//! HTTP client reads the proxy settings of the system for hosts other than this machine.)
//!
//! ```
//! use skilled_model::{ApiKey, ModelName, ProviderConfig, connect};
//!
//! let mut config = ProviderConfig::default();
//! config.anthropic.key = Some(ApiKey::new("sk-…".replace('…', "0")));
//! let name: ModelName = "anthropic/claude-opus-4-8".parse().unwrap();
//! let model = connect(&name, &config).unwrap();
//! assert_eq!(model.info().context_window, 1_000_000);
//! ```

mod anthropic;
mod config;
mod connect;
mod count;
mod emit;
mod error;
#[cfg(test)]
mod fold;
mod http;
mod info;
mod model;
mod name;
mod openai;
mod options;
#[cfg(test)]
mod recorded;
mod retry;
mod scripted;
pub mod sse;
mod typed_tools;
mod upstream;

pub use config::{
    AnthropicConfig, ApiKey, MaxTokensField, OpenAiConfig, PromptCaching, ProviderConfig, ReasoningPolicy,
};
pub use connect::{ConnectError, PROVIDERS, connect};
pub use count::{TokenCount, estimate};
pub use error::{Error, ErrorKind, Reported};
pub use http::{HttpClient, retry_after};
pub use model::{
    CountFuture, EventStream, Model, ModelInfo, Price, Request, Response, RetryNotice, StreamEvent,
};
pub use name::{ModelName, ParseModelNameError};
pub use options::{Metadata, Options, OutputConfig, ToolChoice, ToolMode};
pub use retry::{Jitter, RetryPolicy};
pub use scripted::ScriptError;
pub use typed_tools::as_function;
pub use upstream::{ByteStream, Method, RawFuture, RawRequest, RawResponse, Upstream};

//! The Chat Completions API of OpenAI and of the many servers that speak it.

mod decode;
mod request;

use std::sync::Arc;

use reqwest::Url;
use reqwest::header::HeaderMap;
use tokio_util::sync::CancellationToken;

pub(crate) use decode::Decoder;

use crate::connect::{endpoint, key_headers};
use crate::http::{Call, Transport};
use crate::{
    ConnectError, EventStream, MaxTokensField, Model, ModelInfo, ModelName, ProviderConfig, ReasoningPolicy,
    Request, emit, info,
};

/// The key, among a block's unknown fields, of what only this protocol has. Other providers leave it out.
pub(crate) const EXTRA: &str = "openai";

/// The fields in which servers send reasoning.
const REASONING: [&str; 2] = ["reasoning_content", "reasoning"];

/// A model behind a Chat Completions API.
pub(crate) struct OpenAi {
    name: ModelName,
    url: Url,
    headers: HeaderMap,
    dialect: Dialect,
    transport: Arc<Transport>,
}

/// How this server wants to be asked.
#[derive(Debug, Clone, Copy)]
struct Dialect {
    /// The server is OpenAI's own, or Azure's.
    official: bool,
    limit_field: &'static str,
    reasoning: ReasoningPolicy,
}

impl OpenAi {
    pub(crate) fn new(name: &ModelName, config: &ProviderConfig) -> Result<Self, ConnectError> {
        let settings = &config.openai;
        let url = endpoint(&name.provider, &settings.base_url, &["chat", "completions"])?;
        let headers = match &settings.key {
            Some(key) => key_headers(&name.provider, "authorization", &format!("Bearer {}", key.secret()))?,
            None if is_openai(&url) => {
                return Err(ConnectError::MissingKey { provider: name.provider.clone() });
            }
            None => HeaderMap::new(),
        };
        let official = is_openai(&url) || is_azure(&url);
        let limit_field = match settings.max_tokens {
            MaxTokensField::MaxTokens => "max_tokens",
            MaxTokensField::MaxCompletionTokens => "max_completion_tokens",
            MaxTokensField::ByHost if official => "max_completion_tokens",
            MaxTokensField::ByHost => "max_tokens",
        };
        Ok(Self {
            name: name.clone(),
            url,
            headers,
            dialect: Dialect { official, limit_field, reasoning: settings.reasoning },
            transport: Arc::new(Transport::new(config)),
        })
    }
}

impl Model for OpenAi {
    fn name(&self) -> &ModelName {
        &self.name
    }

    fn info(&self) -> ModelInfo {
        info::openai(&self.name.model, is_openai(&self.url))
    }

    fn stream(&self, request: Request, cancel: CancellationToken) -> EventStream {
        let body = request::body(&self.name.model, &request, self.dialect);
        let decoder = Decoder::new(&request.messages, &request.options.stop_sequences);
        let (url, headers) = (self.url.clone(), self.headers.clone());
        let transport = Arc::clone(&self.transport);
        emit::stream(cancel, |emitter| async move {
            let call = Call { url, headers, body: body? };
            transport.run(&call, decoder, &emitter).await
        })
    }
}

fn is_openai(url: &Url) -> bool {
    url.host_str() == Some("api.openai.com")
}

fn is_azure(url: &Url) -> bool {
    url.host_str().is_some_and(|host| host.ends_with(".openai.azure.com"))
}

//! The Messages API of Anthropic.

mod decode;
mod request;
mod upstream;

use std::sync::Arc;

use reqwest::Url;
use reqwest::header::{HeaderMap, HeaderValue};
use tokio_util::sync::CancellationToken;

pub(crate) use decode::Decoder;
use upstream::Api;

use crate::connect::{endpoint, key_headers};
use crate::http::{Call, Transport};
use crate::{
    ConnectError, CountFuture, Error, ErrorKind, EventStream, Model, ModelInfo, ModelName, PromptCaching,
    ProviderConfig, Request, TokenCount, Upstream, emit, info,
};

/// The version of the protocol that this module speaks.
const VERSION: &str = "2023-06-01";

/// A model behind the Messages API.
pub(crate) struct Anthropic {
    name: ModelName,
    /// The address before `/v1/messages`.
    base: Url,
    url: Url,
    headers: HeaderMap,
    caching: PromptCaching,
    transport: Arc<Transport>,
}

impl Anthropic {
    pub(crate) fn new(name: &ModelName, config: &ProviderConfig) -> Result<Self, ConnectError> {
        let settings = &config.anthropic;
        let Some(key) = &settings.key else {
            return Err(ConnectError::MissingKey { provider: name.provider.clone() });
        };
        let mut headers = key_headers(&name.provider, "x-api-key", key.secret())?;
        headers.insert("anthropic-version", HeaderValue::from_static(VERSION));
        Ok(Self {
            name: name.clone(),
            base: endpoint(&name.provider, &settings.base_url, &[])?,
            url: endpoint(&name.provider, &settings.base_url, &["v1", "messages"])?,
            headers,
            caching: settings.caching,
            transport: Arc::new(Transport::new(config)),
        })
    }
}

impl Model for Anthropic {
    fn name(&self) -> &ModelName {
        &self.name
    }

    fn info(&self) -> ModelInfo {
        info::anthropic(&self.name.model)
    }

    fn stream(&self, request: Request, cancel: CancellationToken) -> EventStream {
        let body = request::body(&self.name.model, &request, self.caching);
        let headers = with_betas(&self.headers, &request.options.betas);
        let url = self.url.clone();
        let transport = Arc::clone(&self.transport);
        emit::stream(cancel, |emitter| async move {
            let call = Call { url, headers: headers?, body: body? };
            transport.run(&call, Decoder::default(), &emitter).await
        })
    }

    fn count_tokens(&self, request: Request, cancel: CancellationToken) -> CountFuture {
        let body = request::count_body(&self.name.model, &request);
        let headers = with_betas(&self.headers, &request.options.betas);
        let url = endpoint(&self.name.provider, self.base.as_str(), &["v1", "messages", "count_tokens"]);
        let transport = Arc::clone(&self.transport);
        Box::pin(emit::until_cancelled(cancel, async move {
            let url = url.map_err(|error| Error::new(ErrorKind::Transport, error.to_string()))?;
            let counted = transport.json(&Call { url, headers: headers?, body: body? }).await?;
            let Some(input_tokens) = counted["input_tokens"].as_u64() else {
                return Err(Error::new(ErrorKind::Transport, "the answer has no count of tokens"));
            };
            Ok(TokenCount { input_tokens, estimated: false })
        }))
    }

    fn upstream(&self) -> Option<Arc<dyn Upstream>> {
        Some(Arc::new(Api {
            base: self.base.clone(),
            headers: self.headers.clone(),
            transport: Arc::clone(&self.transport),
        }))
    }
}

/// Returns `headers` with `betas`, each once.
fn with_betas(headers: &HeaderMap, betas: &[String]) -> Result<HeaderMap, Error> {
    let mut headers = headers.clone();
    let mut values: Vec<&str> = Vec::new();
    for beta in betas {
        let known = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte);
        if beta.is_empty() || !beta.bytes().all(known) {
            return Err(Error::new(ErrorKind::BadRequest, format!("{beta:?} is not the name of a beta")));
        }
        if !values.contains(&beta.as_str()) {
            values.push(beta);
        }
    }
    if let Ok(value) = HeaderValue::from_str(&values.join(","))
        && !values.is_empty()
    {
        headers.insert("anthropic-beta", value);
    }
    Ok(headers)
}

//! The Messages API of Anthropic.

mod decode;
mod request;

use std::sync::Arc;

use reqwest::Url;
use reqwest::header::{HeaderMap, HeaderValue};
use tokio_util::sync::CancellationToken;

pub(crate) use decode::Decoder;

use crate::connect::{endpoint, key_headers};
use crate::http::{Call, Transport};
use crate::{
    ConnectError, EventStream, Model, ModelInfo, ModelName, PromptCaching, ProviderConfig, Request, emit,
    info,
};

/// The version of the protocol that this module speaks.
const VERSION: &str = "2023-06-01";

/// A model behind the Messages API.
pub(crate) struct Anthropic {
    name: ModelName,
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
        let (url, headers) = (self.url.clone(), self.headers.clone());
        let transport = Arc::clone(&self.transport);
        emit::stream(cancel, |emitter| async move {
            let call = Call { url, headers, body: body? };
            transport.run(&call, Decoder::default(), &emitter).await
        })
    }
}

//! Requests that pass through to the API as they are.

use std::sync::Arc;

use reqwest::Url;
use reqwest::header::{ACCEPT, CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue};
use tokio_util::sync::CancellationToken;

use super::with_betas;
use crate::connect::below;
use crate::http::Transport;
use crate::{Error, ErrorKind, Method, RawFuture, RawRequest, RawResponse, Upstream, emit};

/// Headers that a request does not bring: those with keys, those that frame the body, and those with a place of their
/// own.
const REFUSED: [&str; 14] = [
    "accept-encoding",
    "anthropic-beta",
    "authorization",
    "connection",
    "content-length",
    "cookie",
    "expect",
    "host",
    "keep-alive",
    "proxy-authorization",
    "te",
    "transfer-encoding",
    "upgrade",
    "x-api-key",
];

/// Headers of an answer that concern whoever asked, beside those that begin with `anthropic-`.
const PASSED_ON: [&str; 6] =
    ["content-type", "content-disposition", "request-id", "retry-after", "retry-after-ms", "x-should-retry"];

/// The API behind a model.
pub(super) struct Api {
    pub(super) base: Url,
    pub(super) headers: HeaderMap,
    pub(super) transport: Arc<Transport>,
}

impl Upstream for Api {
    fn send(&self, request: RawRequest, cancel: CancellationToken) -> RawFuture {
        let prepared = self.prepare(&request);
        let transport = Arc::clone(&self.transport);
        Box::pin(async move {
            let (url, headers) = prepared?;
            let method = match request.method {
                Method::Get => reqwest::Method::GET,
                Method::Post => reqwest::Method::POST,
                Method::Delete => reqwest::Method::DELETE,
            };
            let sent = async {
                transport.send(method, &url, headers, request.body).await.map_err(|failure| failure.error)
            };
            let response = emit::until_cancelled(cancel.clone(), sent).await?;
            let (status, headers) = (response.status().as_u16(), passed_on(response.headers()));
            let body =
                emit::stream(cancel, |emitter| async move { transport.relay(response, &emitter).await });
            Ok(RawResponse { status, headers, body })
        })
    }
}

impl Api {
    /// Returns the address and the headers of `request`.
    fn prepare(&self, request: &RawRequest) -> Result<(Url, HeaderMap), Error> {
        let refuse = |message: String| Err(Error::new(ErrorKind::BadRequest, message));
        let Some(url) = below(&self.base, &request.path) else {
            return refuse(format!("{:?} is not a path of the provider", request.path));
        };
        let mut headers = with_betas(&self.headers, &request.betas)?;
        headers.insert(ACCEPT, HeaderValue::from_static("*/*"));
        if !request.body.is_empty() {
            headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        }
        for (name, value) in &request.headers {
            let parsed = (HeaderName::from_bytes(name.as_bytes()), HeaderValue::from_str(value));
            let (Ok(name), Ok(value)) = parsed else {
                return refuse(format!("{name:?} is not a header, or its value is none"));
            };
            if REFUSED.contains(&name.as_str()) {
                return refuse(format!("the header `{name}` cannot be passed on"));
            }
            headers.insert(name, value);
        }
        Ok((url, headers))
    }
}

/// Returns the headers of an answer that concern whoever asked.
fn passed_on(headers: &HeaderMap) -> Vec<(String, String)> {
    let concern =
        |name: &HeaderName| PASSED_ON.contains(&name.as_str()) || name.as_str().starts_with("anthropic-");
    let passed = headers.iter().filter(|(name, _)| concern(name));
    passed
        .filter_map(|(name, value)| Some((name.as_str().to_owned(), value.to_str().ok()?.to_owned())))
        .collect()
}

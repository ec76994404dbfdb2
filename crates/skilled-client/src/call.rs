//! One request, sent until it is answered or there is nothing more to hope for.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use bytes::Bytes;
use reqwest::header::{
    ACCEPT, ACCEPT_ENCODING, CONTENT_LENGTH, CONTENT_TYPE, HeaderMap, HeaderValue, LOCATION,
};
use reqwest::{Method, RequestBuilder, Response, Url};
use serde::Serialize;
use serde::de::DeserializeOwned;
use skilled_model::retry_after;
use skilled_wire::{ErrorBody, ErrorType};

use crate::body::{next_chunk, read_all, read_up_to};
use crate::multipart::Form;
use crate::{ApiError, Client, Error, Result};

/// The largest answer that is read as JSON: a list of a thousand files, or a message with some images.
const JSON_LIMIT: u64 = 64 << 20;
/// What is read of an answer that is an error.
const ERROR_LIMIT: usize = 64 << 10;
/// What is shown of an error that is no JSON, in characters.
const EXCERPT: usize = 500;

/// A request, ready to be sent.
#[derive(Debug)]
pub(crate) struct Call {
    method: Method,
    url: Url,
    accept: Accept,
    body: Outgoing,
}

/// What is to come back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Accept {
    Json,
    /// Bytes as they are.
    Content,
    Events,
}

#[derive(Debug)]
enum Outgoing {
    None,
    Json(Bytes),
    Form(Form),
}

impl Call {
    pub(crate) const fn get(url: Url) -> Self {
        Self { method: Method::GET, url, accept: Accept::Json, body: Outgoing::None }
    }

    pub(crate) const fn delete(url: Url) -> Self {
        Self { method: Method::DELETE, url, accept: Accept::Json, body: Outgoing::None }
    }

    /// A POST without a body.
    pub(crate) const fn post(url: Url) -> Self {
        Self { method: Method::POST, url, accept: Accept::Json, body: Outgoing::None }
    }

    pub(crate) fn post_json<T: Serialize>(url: Url, body: &T) -> Result<Self> {
        let body = serde_json::to_vec(body).map_err(|error| Error::unexpected(error, None))?;
        Ok(Self { body: Outgoing::Json(body.into()), ..Self::post(url) })
    }

    pub(crate) fn post_form(url: Url, form: Form) -> Self {
        Self { body: Outgoing::Form(form), ..Self::post(url) }
    }

    pub(crate) fn accepting(mut self, accept: Accept) -> Self {
        self.accept = accept;
        self
    }

    /// Whether the body is still there after it was sent.
    fn is_repeatable(&self) -> bool {
        match &self.body {
            Outgoing::None | Outgoing::Json(_) => true,
            Outgoing::Form(form) => form.is_repeatable(),
        }
    }
}

/// A failed attempt.
struct Failure {
    error: Error,
    /// Whether another attempt may help.
    retry: bool,
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        Self { error, retry: false }
    }
}

impl Client {
    /// Sends `call`, again where that may help, and returns the answer as JSON.
    pub(crate) async fn json<T: DeserializeOwned>(&self, call: Call) -> Result<T> {
        let mut response = self.send(&call).await?;
        let request_id = request_id(response.headers());
        let body = read_all(&mut response, JSON_LIMIT, "the answer", self.options().idle_timeout).await?;
        serde_json::from_slice(&body).map_err(|error| Error::unexpected(error, request_id))
    }

    /// Sends `call`, again where that may help, until an answer begins that is no error.
    pub(crate) async fn send(&self, call: &Call) -> Result<Response> {
        let retry = &self.options().retry;
        let mut attempt = 1;
        loop {
            let Failure { error, retry: may_help } = match self.attempt(call).await {
                Ok(response) => return Ok(response),
                Err(failure) => failure,
            };
            let asked = error.api().and_then(|error| error.retry_after);
            let pause = if may_help && call.is_repeatable() { retry.delay(attempt, asked) } else { None };
            let Some(pause) = pause else { return Err(error) };
            tokio::time::sleep(pause).await;
            attempt += 1;
        }
    }

    async fn attempt(&self, call: &Call) -> Result<Response, Failure> {
        let http = self.options().http.client_for(&call.url).map_err(|error| Error::Transport {
            message: "the HTTP client cannot be set up".to_owned(),
            source: Some(Box::new(error)),
        })?;
        let sent = Arc::new(AtomicU64::new(0));
        let request = http.request(call.method.clone(), call.url.clone()).headers(self.headers().clone());
        let request = accepting(request, call.accept);
        let request = match &call.body {
            Outgoing::None => request,
            Outgoing::Json(body) => request.header(CONTENT_TYPE, "application/json").body(body.clone()),
            Outgoing::Form(form) => {
                let (body, length) = form.body(&sent).await?;
                let request = match length {
                    Some(length) => request.header(CONTENT_LENGTH, length),
                    None => request,
                };
                request.header(CONTENT_TYPE, form.content_type()).body(body)
            }
        };
        let mut response = self.answered(call, request, &sent).await?;
        if response.status().is_success() {
            return Ok(response);
        }
        Err(failed(&mut response, self.options().idle_timeout).await)
    }

    /// Waits for the answer as long as something moves.
    async fn answered(
        &self,
        call: &Call,
        request: RequestBuilder,
        sent: &AtomicU64,
    ) -> Result<Response, Failure> {
        let idle = self.options().idle_timeout;
        let mut sending = std::pin::pin!(request.send());
        loop {
            let before = sent.load(Ordering::Relaxed);
            match tokio::time::timeout(idle, &mut sending).await {
                Ok(Ok(response)) => return Ok(response),
                Ok(Err(error)) => return Err(not_answered(&call.url, error)),
                Err(_) if sent.load(Ordering::Relaxed) != before => {}
                // Not sent again: the server may still be at work on it.
                Err(_) => return Err(Error::Silent { idle }.into()),
            }
        }
    }
}

fn accepting(request: RequestBuilder, accept: Accept) -> RequestBuilder {
    match accept {
        Accept::Json => request.header(ACCEPT, "application/json"),
        // Compressed, their sizes would not be known, and a proxy would hold events back.
        Accept::Content => request.header(ACCEPT, "application/binary").header(ACCEPT_ENCODING, "identity"),
        Accept::Events => request.header(ACCEPT, "text/event-stream").header(ACCEPT_ENCODING, "identity"),
    }
}

/// A request to which no response came.
fn not_answered(url: &Url, error: reqwest::Error) -> Failure {
    // What is wrong with what is uploaded is told by its reader.
    let local = std::iter::successors(std::error::Error::source(&error), |cause| cause.source())
        .find_map(|cause| cause.downcast_ref::<crate::multipart::Unreadable>());
    if let Some(unreadable) = local {
        return unreadable.to_error().into();
    }
    let address = url.origin().ascii_serialization();
    let message = if error.is_connect() {
        format!("cannot connect to {address}: check the address and the network")
    } else {
        format!("the connection to {address} broke before it answered")
    };
    let retry = !error.is_builder();
    Failure { error: Error::Transport { message, source: Some(Box::new(error.without_url())) }, retry }
}

/// An answer that is an error.
async fn failed(response: &mut Response, idle: Duration) -> Failure {
    let status = response.status();
    if status.is_redirection() {
        let target = response.headers().get(LOCATION).and_then(|value| value.to_str().ok());
        let target = target.and_then(|text| text.parse::<Url>().ok()).filter(Url::has_host);
        let to = target.map_or_else(|| "elsewhere".to_owned(), |url| url.origin().ascii_serialization());
        return Error::Redirect { to }.into();
    }
    let headers = response.headers().clone();
    // What cannot be read is not worth a second error.
    let body = read_up_to(ERROR_LIMIT, async || next_chunk(response, idle).await).await;
    let status = status.as_u16();
    let body = serde_json::from_slice(&body).unwrap_or_else(|_| {
        let text = String::from_utf8_lossy(&body);
        let words = text.split_whitespace().collect::<Vec<_>>().join(" ");
        let message = if words.is_empty() {
            "the server did not say why".to_owned()
        } else {
            words.chars().take(EXCERPT).collect()
        };
        ErrorBody::new(ErrorType::of_status(status), message)
    });
    let mut error = ApiError::new(status, body);
    error.request_id = request_id(&headers).or(error.request_id);
    error.retry_after = retry_after(&headers);
    let retry = match headers.get("x-should-retry").map(HeaderValue::as_bytes) {
        Some(b"true") => true,
        Some(b"false") => false,
        _ => matches!(status, 408 | 409 | 429 | 500..),
    };
    Failure { error: Error::Api(Box::new(error)), retry }
}

/// The request, as the server calls it.
pub(crate) fn request_id(headers: &HeaderMap) -> Option<String> {
    headers.get("request-id").and_then(|value| value.to_str().ok()).map(str::to_owned)
}

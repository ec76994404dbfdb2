//! What failed requests mean.

use std::time::Duration;

use jiff::fmt::rfc2822::DateTimeParser;
use reqwest::header::{DATE, HeaderMap, HeaderValue, LOCATION, RETRY_AFTER};
use reqwest::{StatusCode, Url};
use serde_json::Value;

use super::{shown, shown_text};
use crate::{Error, ErrorKind};

/// A failed attempt.
pub(crate) struct Failure {
    pub(crate) error: Error,
    /// Whether another attempt may help.
    pub(crate) retry: bool,
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        Self { error, retry: false }
    }
}

/// What a provider says of a failure.
#[derive(Debug, Clone, PartialEq, Default)]
pub(crate) struct Reported {
    pub(crate) status: Option<u16>,
    /// The most specific code first.
    pub(crate) codes: Vec<String>,
    pub(crate) message: String,
    pub(crate) request_id: Option<String>,
    /// The `type`, as it is written.
    pub(crate) error_type: Option<String>,
    /// The `details`.
    pub(crate) details: Option<Value>,
}

impl Failure {
    pub(crate) const fn retried(error: Error) -> Self {
        Self { error, retry: true }
    }

    /// A request to which no response came.
    pub(super) fn not_sent(url: &Url, error: reqwest::Error) -> Self {
        let retry = !error.is_builder();
        let address = shown(url);
        let message = if error.is_connect() {
            format!("cannot connect to {address}: check the address and the network")
        } else {
            format!("the connection to {address} broke before it answered")
        };
        let source = Some(error.without_url().into());
        Self { error: Error { source, ..Error::new(ErrorKind::Transport, message) }, retry }
    }

    /// A response that is not an answer.
    pub(super) fn from_response(status: StatusCode, headers: &HeaderMap, body: &[u8]) -> Self {
        let mut reported = Reported::from_body(body);
        if status.is_success() {
            // Some servers report failures with 200; without one, the server ignored that a stream was asked for.
            if reported.message.is_empty() || reported.codes.is_empty() && reported.status.is_none() {
                return Error::new(ErrorKind::Transport, "the server answered with JSON instead of a stream")
                    .into();
            }
        } else {
            reported.status = Some(status.as_u16());
        }
        if status.is_redirection() {
            let target = headers.get(LOCATION).and_then(|value| value.to_str().ok()).map(shown_text);
            let target = target.unwrap_or_else(|| "elsewhere".to_owned());
            let message = format!("the server redirects to {target}: set the base URL to the final address");
            return Error { status: reported.status, ..Error::new(ErrorKind::Transport, message) }.into();
        }
        reported.request_id = headers.request_id().or(reported.request_id);
        let mut error = reported.into_error();
        error.retry_after = retry_after(headers);
        let retry = match headers.get("x-should-retry").map(HeaderValue::as_bytes) {
            Some(b"true") => true,
            Some(b"false") => false,
            _ => is_retried(&error),
        };
        Self { error, retry }
    }
}

/// Returns whether a failure passes by itself, as far as its status tells.
pub(crate) fn is_retried(error: &Error) -> bool {
    const FINAL: [&str; 2] = ["insufficient_quota", "enforced_spend_limit_reached"];
    let passing = error.status.is_some_and(|status| matches!(status, 408 | 409 | 429 | 500..));
    let used_up = error.code.as_deref().is_some_and(|code| FINAL.contains(&code));
    passing && !used_up && error.kind != ErrorKind::ContextTooLong
}

impl Reported {
    /// Reads the body of a failed request, in any of the shapes that servers use.
    pub(crate) fn from_body(body: &[u8]) -> Self {
        match serde_json::from_slice::<Value>(body) {
            Ok(value) => Self::from_json(&value),
            Err(_) => Self { message: excerpt(&String::from_utf8_lossy(body)), ..Self::default() },
        }
    }

    /// Reads `{"error":{…}}`, `{"error":"…"}`, `{"message":…}`, `{"detail":…}` or a list of one of these.
    pub(crate) fn from_json(value: &Value) -> Self {
        let value = value.get(0).unwrap_or(value);
        let error = value.get("error").unwrap_or(value);
        let text = |key: &str| error.get(key).and_then(Value::as_str).map(str::to_owned);
        let detail = error.pointer("/details/error_code").and_then(Value::as_str).map(str::to_owned);
        let error_type = text("type").filter(|kind| kind != "error");
        let codes = [detail, text("code"), error_type.clone()].into_iter().flatten();
        let message = text("message")
            .or_else(|| error.as_str().map(str::to_owned))
            .or_else(|| {
                error
                    .get("detail")
                    .map(|detail| detail.as_str().map_or_else(|| detail.to_string(), str::to_owned))
            })
            .unwrap_or_default();
        let status = error.get("code").and_then(Value::as_u64).and_then(|code| u16::try_from(code).ok());
        Self {
            status: status.filter(|status| (400..600).contains(status)),
            codes: codes.filter(|code| code != "error").collect(),
            message: excerpt(&message),
            request_id: value.get("request_id").and_then(Value::as_str).map(str::to_owned),
            error_type,
            details: error.get("details").filter(|details| details.is_object()).cloned(),
        }
    }

    /// Returns the error that this is.
    pub(crate) fn into_error(self) -> Error {
        let kind = classify(self.status, &self.codes, &self.message);
        let said = if self.message.is_empty() { "the provider did not say why" } else { &self.message };
        let message = match kind {
            ErrorKind::Auth => format!("the provider did not accept the API key: {said}"),
            _ => said.to_owned(),
        };
        let reported =
            crate::Reported { error_type: self.error_type, message: self.message, details: self.details };
        Error {
            status: self.status,
            code: self.codes.into_iter().next(),
            request_id: self.request_id,
            reported: Some(Box::new(reported)),
            ..Error::new(kind, message)
        }
    }
}

/// Returns what kind of failure this is.
pub(crate) fn classify(status: Option<u16>, codes: &[String], message: &str) -> ErrorKind {
    if is_too_long(status, codes, message) {
        return ErrorKind::ContextTooLong;
    }
    let by_code = codes.iter().find_map(|code| match code.as_str() {
        "authentication_error" | "permission_error" | "invalid_api_key" => Some(ErrorKind::Auth),
        "rate_limit_error" | "rate_limit_exceeded" | "insufficient_quota" => Some(ErrorKind::RateLimit),
        "overloaded_error" | "api_error" | "timeout_error" | "server_error" => Some(ErrorKind::Overloaded),
        "content_filter" | "content_policy_violation" => Some(ErrorKind::Refused),
        "invalid_request_error" | "not_found_error" | "billing_error" => Some(ErrorKind::BadRequest),
        _ => None,
    });
    match (status, by_code) {
        (_, Some(ErrorKind::Refused)) => ErrorKind::Refused,
        (Some(401 | 403), _) => ErrorKind::Auth,
        (Some(429), _) => ErrorKind::RateLimit,
        (Some(500..), _) => ErrorKind::Overloaded,
        // The codes of 4xx are less reliable than the number: `invalid_request_error` stands for all of them.
        (Some(400..), _) => ErrorKind::BadRequest,
        (_, Some(kind)) => kind,
        (_, None) => ErrorKind::Overloaded,
    }
}

/// Returns whether the transcript did not fit. Most servers have no code for it, only a sentence.
fn is_too_long(status: Option<u16>, codes: &[String], message: &str) -> bool {
    const CODES: [&str; 3] = ["context_length_exceeded", "exceed_context_size_error", "request_too_large"];
    const PHRASES: [&str; 9] = [
        "prompt is too long",                 // Anthropic
        "exceed context limit",               // Anthropic: prompt and max_tokens together
        "maximum context length",             // OpenAI, vLLM
        "exceeds the context window",         // OpenAI
        "maximum model length",               // vLLM
        "max_model_len",                      // vLLM
        "exceeds the available context size", // llama.cpp
        "exceeded max context length",        // Ollama
        "exceeds the context length",         // Ollama
    ];
    if status == Some(413) || codes.iter().any(|code| CODES.contains(&code.as_str())) {
        return true;
    }
    let message = message.to_lowercase();
    let other = matches!(status, Some(401 | 403 | 429));
    !other && PHRASES.iter().any(|phrase| message.contains(phrase))
}

/// Returns how long the server asks to wait. A date counts from the server's own `date`, so that no clock is needed and
/// none can be wrong.
pub fn retry_after(headers: &HeaderMap) -> Option<Duration> {
    let text = |name| headers.get(name).and_then(|value| value.to_str().ok()).map(str::trim);
    let number = |text: &str| text.parse::<f64>().ok();
    if let Some(millis) = headers.get("retry-after-ms").and_then(|value| value.to_str().ok()).and_then(number)
    {
        return Duration::try_from_secs_f64(millis / 1000.0).ok();
    }
    let asked = text(RETRY_AFTER)?;
    if let Some(seconds) = number(asked) {
        return Duration::try_from_secs_f64(seconds).ok();
    }
    let parser = DateTimeParser::new();
    let (until, now) = (parser.parse_timestamp(asked).ok()?, parser.parse_timestamp(text(DATE)?).ok()?);
    // A time in the past means now.
    Some(Duration::try_from(until.duration_since(now)).unwrap_or(Duration::ZERO))
}

/// Returns one line of at most 500 characters.
fn excerpt(text: &str) -> String {
    const LIMIT: usize = 500;
    let line = text.split_whitespace().collect::<Vec<_>>().join(" ");
    match line.char_indices().nth(LIMIT) {
        Some((at, _)) => format!("{}…", &line[..at]),
        None => line,
    }
}

/// The id of a request, as the providers name it.
pub(super) trait RequestId {
    fn request_id(&self) -> Option<String>;
}

impl RequestId for HeaderMap {
    fn request_id(&self) -> Option<String> {
        let value = self.get("request-id").or_else(|| self.get("x-request-id"))?;
        value.to_str().ok().map(str::to_owned)
    }
}

#[cfg(test)]
mod tests;

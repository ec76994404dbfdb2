//! Why a model gave no answer.

use std::fmt;
use std::time::Duration;

use serde_json::Value;

/// A failed request. Keeps what the provider said, so that a caller can act and a person can ask its support.
#[derive(Debug, thiserror::Error)]
#[error("{}", self.describe())]
pub struct Error {
    /// The kind of failure.
    pub kind: ErrorKind,
    /// The HTTP status, where there was one.
    pub status: Option<u16>,
    /// The provider's own code, such as `overloaded_error` or `context_length_exceeded`.
    pub code: Option<String>,
    /// What happened: the provider's words, or ours.
    pub message: String,
    /// The provider's id of the request.
    pub request_id: Option<String>,
    /// How long the provider asked to wait.
    pub retry_after: Option<Duration>,
    /// Bytes of the answer had arrived before the failure; such a request is never sent again by itself.
    pub answer_began: bool,
    /// What the provider said, in its own words, where it said something.
    pub reported: Option<Box<Reported>>,
    /// What caused it.
    #[source]
    pub source: Option<Box<dyn std::error::Error + Send + Sync>>,
}

/// A failure in the words of the provider, so that a door of the same protocol can answer in kind.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Reported {
    /// `error.type`, such as `invalid_request_error`.
    pub error_type: Option<String>,
    /// `error.message`, on one line and cut to 500 characters.
    pub message: String,
    /// `error.details`, such as `{"error_code":…}`; the Messages API only.
    pub details: Option<Value>,
}

/// The kinds of failure, each with its own remedy.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ErrorKind {
    /// The key is missing, wrong or not allowed (401, 403).
    Auth,
    /// Too many requests or tokens (429).
    RateLimit,
    /// The provider is overloaded or broken (5xx, 529).
    Overloaded,
    /// The transcript does not fit the model's context.
    ContextTooLong,
    /// The provider did not accept the request (other 4xx).
    BadRequest,
    /// The provider refused on grounds of policy.
    Refused,
    /// No connection, a broken stream, an answer that is not the protocol's.
    Transport,
    /// What the transcript holds cannot be said in the provider's protocol.
    Untranslatable,
    /// The caller cancelled.
    Cancelled,
}

impl ErrorKind {
    /// Returns the stable name of the kind, as events and `--json` carry it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Auth => "auth",
            Self::RateLimit => "rate_limit",
            Self::Overloaded => "overloaded",
            Self::ContextTooLong => "context_too_long",
            Self::BadRequest => "bad_request",
            Self::Refused => "refused",
            Self::Transport => "transport",
            Self::Untranslatable => "untranslatable",
            Self::Cancelled => "cancelled",
        }
    }
}

impl fmt::Display for ErrorKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl Error {
    /// Returns an error of `kind` that says `message`.
    pub fn new(kind: ErrorKind, message: impl Into<String>) -> Self {
        Self {
            kind,
            status: None,
            code: None,
            message: message.into(),
            request_id: None,
            retry_after: None,
            answer_began: false,
            reported: None,
            source: None,
        }
    }

    /// The one line that people see; the source is not repeated in it.
    fn describe(&self) -> String {
        let mut line = self.message.clone();
        let mut details = Vec::new();
        details.extend(self.status.map(|status| format!("HTTP {status}")));
        details.extend(self.code.clone());
        details.extend(self.request_id.as_ref().map(|id| format!("request id {id}")));
        if !details.is_empty() {
            line = format!("{line} ({})", details.join(", "));
        }
        line
    }
}

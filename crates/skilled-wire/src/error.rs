//! Errors.

use std::fmt;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::tag::types;

/// The body of every answer that is an error, and of the event `error` in a stream.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ErrorBody {
    /// `error`.
    #[serde(rename = "type", default)]
    pub kind: types::Error,
    /// What is wrong.
    pub error: ErrorObject,
    /// The request that failed, as the header `request-id` names it.
    #[serde(default)]
    pub request_id: Option<String>,
}

/// What is wrong.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ErrorObject {
    /// The kind of fault.
    #[serde(rename = "type")]
    pub kind: ErrorType,
    /// The fault in words, for people.
    pub message: String,
    /// More for programs.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub details: Option<ErrorDetails>,
}

/// More about a fault, for programs.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ErrorDetails {
    /// A stable name of the fault, by which clients choose their exception: see [`code`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error_code: Option<String>,
    /// What else there is to say.
    #[serde(flatten)]
    #[cfg_attr(feature = "openapi", schema(value_type = Object))]
    pub more: Map<String, Value>,
}

impl ErrorBody {
    /// An error without details, of a request that is not named yet.
    pub fn new(kind: ErrorType, message: impl Into<String>) -> Self {
        let error = ErrorObject { kind, message: message.into(), details: None };
        Self { kind: types::Error, error, request_id: None }
    }

    /// The same with a stable name of the fault.
    #[must_use]
    pub fn with_code(mut self, code: impl Into<String>) -> Self {
        self.error.details.get_or_insert_default().error_code = Some(code.into());
        self
    }

    /// The stable name of the fault.
    pub fn code(&self) -> Option<&str> {
        self.error.details.as_ref()?.error_code.as_deref()
    }
}

/// The kind of a fault.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub enum ErrorType {
    /// The request is wrong; also where it contradicts what is there (409).
    #[serde(rename = "invalid_request_error")]
    InvalidRequest,
    /// The key is missing or wrong.
    #[serde(rename = "authentication_error")]
    Authentication,
    /// There is no money.
    #[serde(rename = "billing_error")]
    Billing,
    /// The key may not do this.
    #[serde(rename = "permission_error")]
    Permission,
    /// There is no such thing, or not for this key.
    #[serde(rename = "not_found_error")]
    NotFound,
    /// The body is too large.
    #[serde(rename = "request_too_large")]
    TooLarge,
    /// Too much at once.
    #[serde(rename = "rate_limit_error")]
    RateLimit,
    /// It took too long.
    #[serde(rename = "timeout_error")]
    Timeout,
    /// The server failed.
    #[serde(rename = "api_error")]
    Api,
    /// The server or the model behind it has too much to do.
    #[serde(rename = "overloaded_error")]
    Overloaded,
    /// A kind that this crate does not know.
    #[serde(untagged)]
    Other(String),
}

impl ErrorType {
    /// The status that usually goes with it.
    pub const fn status(&self) -> u16 {
        match self {
            Self::InvalidRequest => 400,
            Self::Authentication => 401,
            Self::Billing => 402,
            Self::Permission => 403,
            Self::NotFound => 404,
            Self::TooLarge => 413,
            Self::RateLimit => 429,
            Self::Timeout => 504,
            Self::Api | Self::Other(_) => 500,
            Self::Overloaded => 529,
        }
    }

    /// The kind that usually goes with a status.
    pub const fn of_status(status: u16) -> Self {
        match status {
            401 => Self::Authentication,
            402 => Self::Billing,
            403 => Self::Permission,
            404 => Self::NotFound,
            408 | 504 => Self::Timeout,
            413 => Self::TooLarge,
            429 => Self::RateLimit,
            400..=499 => Self::InvalidRequest,
            503 | 529 => Self::Overloaded,
            _ => Self::Api,
        }
    }

    /// The text on the wire.
    pub fn as_str(&self) -> &str {
        match self {
            Self::InvalidRequest => "invalid_request_error",
            Self::Authentication => "authentication_error",
            Self::Billing => "billing_error",
            Self::Permission => "permission_error",
            Self::NotFound => "not_found_error",
            Self::TooLarge => "request_too_large",
            Self::RateLimit => "rate_limit_error",
            Self::Timeout => "timeout_error",
            Self::Api => "api_error",
            Self::Overloaded => "overloaded_error",
            Self::Other(text) => text,
        }
    }
}

impl fmt::Display for ErrorType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// Stable names of faults, in `error.details.error_code`. Clients have an exception for each.
pub mod code {
    /// 400: the content of an upload cannot be fetched.
    pub const FILE_NOT_DOWNLOADABLE: &str = "file_not_downloadable";
    /// 404: the content went away at its time.
    pub const FILE_EXPIRED: &str = "file_expired";
    /// 400: the workspace's files take all the room they may.
    pub const STORAGE_QUOTA_EXCEEDED: &str = "storage_quota_exceeded";
    /// 400: the body came too slowly.
    pub const REQUEST_BODY_TIMEOUT: &str = "request_body_timeout";
    /// 400: the body is compressed in a way that the server does not read.
    pub const REQUEST_BODY_ENCODING_UNSUPPORTED: &str = "request_body_encoding_unsupported";
    /// 404: there is no such thread.
    pub const THREAD_NOT_FOUND: &str = "thread_not_found";
    /// 400: the answer was already continued.
    pub const THREAD_ALREADY_CONTINUED: &str = "thread_already_continued";
    /// 400: another request is continuing the answer.
    pub const THREAD_CONTINUE_IN_FLIGHT: &str = "thread_continue_in_flight";
    /// 400: the request differs from the one it continues.
    pub const THREAD_FINGERPRINT_MISMATCH: &str = "thread_fingerprint_mismatch";
    /// 400: this request cannot have a thread.
    pub const THREAD_UNSUPPORTED_REQUEST: &str = "thread_unsupported_request";
    /// 400: two tools have one name.
    pub const TOOL_NAME_CONFLICT: &str = "tool_name_conflict";
}

//! The streams of the providers.

mod anthropic;
mod openai;

use serde_json::{Value, json};

use crate::{Answer, Reply};

/// A provider's protocol.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Protocol {
    /// Messages: `POST {base}/v1/messages`.
    Anthropic,
    /// Chat Completions: `POST {base}/chat/completions`, where the base usually ends in `/v1`.
    OpenAi,
}

impl Protocol {
    /// Every protocol.
    pub const ALL: [Self; 2] = [Self::Anthropic, Self::OpenAi];

    /// Returns the name of the provider, as in `provider/model`.
    pub const fn provider(self) -> &'static str {
        match self {
            Self::Anthropic => "anthropic",
            Self::OpenAi => "openai",
        }
    }

    /// Returns the base URL to configure for a server at `url`.
    pub fn base_url(self, url: &str) -> String {
        match self {
            Self::Anthropic => url.to_owned(),
            Self::OpenAi => format!("{url}/v1"),
        }
    }

    /// Returns the SSE records of `answer`, each with its empty line.
    ///
    /// # Panics
    ///
    /// Panics on a block that the protocol cannot say.
    pub fn records(self, answer: &Answer) -> Vec<String> {
        match self {
            Self::Anthropic => anthropic::records(answer),
            Self::OpenAi => openai::records(answer),
        }
    }

    /// Returns the reply that streams `answer`.
    ///
    /// # Panics
    ///
    /// Panics on a block that the protocol cannot say.
    pub fn reply(self, answer: &Answer) -> Reply {
        Reply::sse(self.records(answer).concat()).header(self.request_id_header(), "req_test")
    }

    /// Returns the reply of a request that failed with `status`.
    pub fn error(self, status: u16, message: &str) -> Reply {
        let body = self.error_body(status, message);
        Reply::json(status, &body).header(self.request_id_header(), "req_test")
    }

    /// Returns the record that reports a failure in the middle of a stream.
    pub fn error_record(self, status: u16, message: &str) -> String {
        let body = self.error_body(status, message);
        match self {
            Self::Anthropic => format!("event: error\ndata: {body}\n\n"),
            Self::OpenAi => format!("data: {body}\n\n"),
        }
    }

    const fn request_id_header(self) -> &'static str {
        match self {
            Self::Anthropic => "request-id",
            Self::OpenAi => "x-request-id",
        }
    }

    fn error_body(self, status: u16, message: &str) -> Value {
        let kind = match status {
            401 => "authentication_error",
            403 => "permission_error",
            404 => "not_found_error",
            413 => "request_too_large",
            429 => "rate_limit_error",
            529 => "overloaded_error",
            500.. => "api_error",
            _ => "invalid_request_error",
        };
        match self {
            Self::Anthropic => {
                json!({"type": "error", "error": {"type": kind, "message": message}, "request_id": "req_test"})
            }
            Self::OpenAi => {
                json!({"error": {"message": message, "type": kind, "param": null, "code": null}})
            }
        }
    }
}

//! Requests in a provider's own protocol, passed through as they are.

use std::fmt;
use std::future::Future;
use std::pin::Pin;

use bytes::Bytes;
use futures_core::Stream;
use tokio_util::sync::CancellationToken;

use crate::Error;

/// The body of an answer, as its bytes come. Dropping it closes the connection.
pub type ByteStream = Pin<Box<dyn Stream<Item = Result<Bytes, Error>> + Send>>;

/// A request that is under way.
pub type RawFuture = Pin<Box<dyn Future<Output = Result<RawResponse, Error>> + Send>>;

/// A provider of the Messages API, asked in its own words.
///
/// For requests whose skills and code run at the provider. The key, `anthropic-version` and the address are added;
/// the body is sent as it is. Nothing is sent again: whoever asked sees every failure as the provider told it.
pub trait Upstream: Send + Sync {
    /// Sends `request` and returns the answer once its headers have come, whatever its status.
    ///
    /// # Errors
    ///
    /// The future fails if no answer comes, or if `request` has a path or a header that cannot be sent. The body fails
    /// if it breaks off, falls silent for too long, or if `cancel` is cancelled.
    fn send(&self, request: RawRequest, cancel: CancellationToken) -> RawFuture;
}

/// A request in the protocol of the provider.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RawRequest {
    /// The method.
    pub method: Method,
    /// The path below the base URL with its query, such as `/v1/messages?beta=true`.
    pub path: String,
    /// The body; none when empty.
    pub body: Bytes,
    /// Values of the header `anthropic-beta`. Each is a token of letters, digits, `-`, `_` and `.`.
    pub betas: Vec<String>,
    /// Further headers. A `content-type` replaces `application/json`; those that carry keys, name the host or frame the
    /// body are refused.
    pub headers: Vec<(String, String)>,
}

/// The method of a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Method {
    /// `GET`
    Get,
    /// `POST`
    Post,
    /// `DELETE`
    Delete,
}

impl RawRequest {
    /// Returns a `GET` of `path`.
    pub fn get(path: impl Into<String>) -> Self {
        Self {
            method: Method::Get,
            path: path.into(),
            body: Bytes::new(),
            betas: Vec::new(),
            headers: Vec::new(),
        }
    }

    /// Returns a `POST` of `body`, which is JSON, to `path`.
    pub fn post(path: impl Into<String>, body: impl Into<Bytes>) -> Self {
        Self { method: Method::Post, body: body.into(), ..Self::get(path) }
    }
}

/// The answer of the provider, whatever its status.
pub struct RawResponse {
    /// The HTTP status.
    pub status: u16,
    /// The headers that concern whoever asked, in their order, names in lower case: `content-type`, `request-id`,
    /// `retry-after`, `x-should-retry`, `content-disposition` and all that begin with `anthropic-`.
    pub headers: Vec<(String, String)>,
    /// The body.
    pub body: ByteStream,
}

impl RawResponse {
    /// Returns the first header `name`.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_str())
    }
}

impl fmt::Debug for RawResponse {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RawResponse")
            .field("status", &self.status)
            .field("headers", &self.headers)
            .finish_non_exhaustive()
    }
}

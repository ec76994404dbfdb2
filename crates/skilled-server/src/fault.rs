//! Errors as answers.

use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use skilled_store::{BlobError, StoreError};
use skilled_wire::{ErrorBody, ErrorType, code};

/// An answer that is an error. The outermost layer writes it, with the request's id.
#[derive(Debug, Clone)]
pub struct Fault {
    status: StatusCode,
    body: Box<ErrorBody>,
    /// Whether a client that tries again by itself should.
    retry: Option<bool>,
    retry_after: Option<u32>,
}

impl Fault {
    /// An error with the status that usually goes with its type.
    pub fn new(kind: ErrorType, message: impl Into<String>) -> Self {
        let status = StatusCode::from_u16(kind.status()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        Self { status, body: Box::new(ErrorBody::new(kind, message)), retry: None, retry_after: None }
    }

    /// 400: the request is wrong.
    pub fn invalid(message: impl Into<String>) -> Self {
        Self::new(ErrorType::InvalidRequest, message)
    }

    /// 404.
    pub fn not_found(message: impl Into<String>) -> Self {
        Self::new(ErrorType::NotFound, message)
    }

    /// 409: the request contradicts what is there, and would again.
    pub fn conflict(message: impl Into<String>) -> Self {
        Self { status: StatusCode::CONFLICT, retry: Some(false), ..Self::invalid(message) }
    }

    /// 413.
    pub fn too_large(message: impl Into<String>) -> Self {
        Self::new(ErrorType::TooLarge, message)
    }

    /// 500. What went wrong is for the log, not for the client.
    pub fn internal(error: &(dyn std::error::Error + 'static)) -> Self {
        let mut causes = Vec::new();
        let mut next = Some(error);
        while let Some(cause) = next {
            causes.push(cause.to_string());
            next = cause.source();
        }
        tracing::error!(error = causes.join(": "), "a request failed");
        Self::new(ErrorType::Api, "Internal server error")
    }

    /// The same with another status.
    #[must_use]
    pub fn with_status(mut self, status: StatusCode) -> Self {
        self.status = status;
        self
    }

    /// The same with a stable name, by which clients choose their exception.
    #[must_use]
    pub fn with_code(mut self, code: &str) -> Self {
        let body = ErrorBody::clone(&self.body).with_code(code);
        *self.body = body;
        self
    }

    /// The same with more for programs, under `error.details`.
    #[must_use]
    pub fn with_detail(mut self, name: &str, value: serde_json::Value) -> Self {
        self.body.error.details.get_or_insert_default().more.insert(name.to_owned(), value);
        self
    }

    /// The same for clients that should try again after so many seconds.
    #[must_use]
    pub fn with_retry_after(mut self, seconds: u32) -> Self {
        self.retry_after = Some(seconds);
        self
    }

    /// The same for clients that should not try again by themselves.
    #[must_use]
    pub fn without_retry(mut self) -> Self {
        self.retry = Some(false);
        self
    }

    /// The status.
    pub fn status(&self) -> StatusCode {
        self.status
    }

    /// The body, as it also goes into a stream.
    pub fn body(&self) -> &ErrorBody {
        &self.body
    }

    /// The whole answer, for the request `id`.
    pub(crate) fn answer(&self, id: &str) -> Response {
        let mut body = ErrorBody::clone(&self.body);
        body.request_id = Some(id.to_owned());
        // An error body has nothing that cannot be written.
        let text = serde_json::to_vec(&body).unwrap_or_default();
        let mut response = (self.status, [(header::CONTENT_TYPE, "application/json")], text).into_response();
        let headers = response.headers_mut();
        if let Some(retry) = self.retry {
            headers.insert("x-should-retry", HeaderValue::from_static(if retry { "true" } else { "false" }));
        }
        if let Some(seconds) = self.retry_after {
            headers.insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        }
        response
    }
}

impl IntoResponse for Fault {
    /// A response that only carries the fault: the outermost layer makes the answer of it.
    fn into_response(self) -> Response {
        let mut response = self.status.into_response();
        response.extensions_mut().insert(self);
        response
    }
}

impl From<StoreError> for Fault {
    /// What a handler has not dealt with itself.
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::BadCursor => Self::invalid("invalid page cursor"),
            StoreError::BadLimit { given, max } => {
                Self::invalid(format!("limit: must be between 1 and {max}, not {given}"))
            }
            StoreError::NotFound { what, id } => Self::not_found(format!("No {what} `{id}` was found.")),
            StoreError::Quota { limit, used, wanted } => Self::invalid(format!(
                "The file has {wanted} bytes, but the workspace already uses {used} of its {limit} bytes. Delete files first."
            ))
            .with_code(code::STORAGE_QUOTA_EXCEEDED),
            StoreError::Exists { .. }
            | StoreError::NameTaken { .. }
            | StoreError::HasVersions { .. }
            | StoreError::LastVersion { .. }
            | StoreError::NotEnded { .. }
            | StoreError::Ended { .. } => Self::conflict(error.to_string()),
            StoreError::OtherSlug { .. }
            | StoreError::DuplicateCustomId { .. }
            | StoreError::BadCount { .. } => Self::invalid(error.to_string()),
            StoreError::Closed => {
                Self::new(ErrorType::Overloaded, "The server is ending.").with_retry_after(5)
            }
            StoreError::NotHeld { .. }
            | StoreError::Newer { .. }
            | StoreError::Older { .. }
            | StoreError::Foreign { .. }
            | StoreError::Damaged { .. }
            | StoreError::Database { .. } => Self::internal(&error),
        }
    }
}

impl From<BlobError> for Fault {
    fn from(error: BlobError) -> Self {
        match &error {
            BlobError::TooLarge { limit } => {
                Self::too_large(format!("Request exceeds the maximum size of {limit} bytes."))
            }
            BlobError::Body { .. } => Self::invalid("The body ended early."),
            BlobError::Io { source, .. } if source.kind() == std::io::ErrorKind::StorageFull => {
                let _ = Self::internal(&error);
                Self::new(ErrorType::Overloaded, "The server has no room left on its disk.")
            }
            BlobError::Io { .. } | BlobError::Ending => Self::internal(&error),
        }
    }
}

//! What goes wrong.

use std::path::PathBuf;
use std::time::Duration;

use serde_json::{Map, Value};
use skilled_wire::messages::FoldError;
use skilled_wire::{ErrorBody, ErrorObject, ErrorType};

/// What this crate returns.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// Why a request or a helper failed. No text of it has the key.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The server answered with an error, or its stream ended with one.
    #[error(transparent)]
    Api(Box<ApiError>),
    /// There was no connection, or it broke.
    #[error("{message}")]
    Transport {
        /// What happened, with the address.
        message: String,
        /// Why, where that is known.
        #[source]
        source: Option<Box<dyn std::error::Error + Send + Sync>>,
    },
    /// The server sent nothing for too long. It may still be at work on the request.
    #[error("the server sent nothing for {} seconds", idle.as_secs_f64())]
    Silent {
        /// How long that was.
        idle: Duration,
    },
    /// The server wants the request elsewhere. It is not followed: the key would go along.
    #[error("the server redirects to {to}: set the base URL to the final address")]
    Redirect {
        /// Where to, without what may be secret in it.
        to: String,
    },
    /// The answer is not what the interface describes.
    #[error("the answer is not what the interface describes: {reason}")]
    Unexpected {
        /// What is wrong with it.
        reason: String,
        /// The request, as the server calls it.
        request_id: Option<String>,
    },
    /// The events of a stream do not make an answer.
    #[error("the stream is no answer")]
    Stream(#[source] FoldError),
    /// There is more than the caller wants to take.
    #[error("{what} is larger than {limit} bytes")]
    TooLarge {
        /// What is too large.
        what: &'static str,
        /// The limit in bytes.
        limit: u64,
    },
    /// The base URL cannot be used. It is not shown: what is wrong with it may be a secret in it.
    #[error("the base URL cannot be used: {reason}")]
    BaseUrl {
        /// Why not.
        reason: &'static str,
    },
    /// The key, or another text that becomes a header, has characters that no header can carry.
    #[error("{what} has characters that a header cannot carry")]
    Header {
        /// Which text.
        what: &'static str,
    },
    /// A text that is no id: empty, a dot segment of a path, or with control characters.
    #[error("{id:?} is no id")]
    Id {
        /// The text.
        id: String,
    },
    /// A local file cannot be read or written.
    #[error("cannot {action} {}", path.display())]
    File {
        /// `read` or `write`.
        action: &'static str,
        /// The file or folder.
        path: PathBuf,
        /// Why not.
        #[source]
        source: std::io::Error,
    },
    /// A local file is there already and was not to be replaced.
    #[error("{} is there already", path.display())]
    Exists {
        /// The file.
        path: PathBuf,
    },
    /// A reader was given as an upload, and it failed or was used before.
    #[error("cannot read what is to be uploaded")]
    Upload(#[source] std::io::Error),
    /// The folder is no skill that may travel.
    #[error("the skill cannot be packed")]
    Pack(#[source] Box<skilled_package::PackError>),
}

/// What a server says of a failure.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[error("{message} ({kind}, status {status}{})", request_id.as_deref().map(|id| format!(", request {id}")).unwrap_or_default())]
pub struct ApiError {
    /// The status; for an error in a stream, the one that usually goes with its type.
    pub status: u16,
    /// The type of the error.
    pub kind: ErrorType,
    /// The stable name of the error, such as `file_expired`: see [`skilled_wire::code`].
    pub error_code: Option<String>,
    /// The error in words.
    pub message: String,
    /// What else `error.details` has.
    pub details: Map<String, Value>,
    /// The request, as the server calls it.
    pub request_id: Option<String>,
    /// How long the server asks to wait.
    pub retry_after: Option<Duration>,
}

impl ApiError {
    /// What the body of an error says.
    pub(crate) fn new(status: u16, body: ErrorBody) -> Self {
        let ErrorObject { kind, message, details } = body.error;
        let details = details.unwrap_or_default();
        Self {
            status,
            kind,
            error_code: details.error_code,
            message,
            details: details.more,
            request_id: body.request_id,
            retry_after: None,
        }
    }
}

impl Error {
    /// What the server said, if it said something.
    pub const fn api(&self) -> Option<&ApiError> {
        match self {
            Self::Api(error) => Some(error),
            _ => None,
        }
    }

    /// The status of the answer.
    pub fn status(&self) -> Option<u16> {
        self.api().map(|error| error.status)
    }

    /// The stable name of the error.
    pub fn error_code(&self) -> Option<&str> {
        self.api()?.error_code.as_deref()
    }

    pub(crate) fn unexpected(reason: impl std::fmt::Display, request_id: Option<String>) -> Self {
        Self::Unexpected { reason: format!("{reason}"), request_id }
    }

    pub(crate) fn reading(path: impl Into<PathBuf>) -> impl FnOnce(std::io::Error) -> Self {
        let path = path.into();
        move |source| Self::File { action: "read", path, source }
    }

    pub(crate) fn writing(path: impl Into<PathBuf>) -> impl FnOnce(std::io::Error) -> Self {
        let path = path.into();
        move |source| Self::File { action: "write", path, source }
    }
}

impl From<FoldError> for Error {
    fn from(error: FoldError) -> Self {
        match error {
            FoldError::Failed { error } => {
                let status = error.kind.status();
                let body = ErrorBody { kind: skilled_wire::types::Error, error: *error, request_id: None };
                Self::Api(Box::new(ApiError::new(status, body)))
            }
            other => Self::Stream(other),
        }
    }
}

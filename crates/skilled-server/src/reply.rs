//! Answers that are JSON.

use axum::http::header;
use axum::response::{IntoResponse, Response};
use serde::Serialize;

use crate::Fault;

/// An answer that is JSON.
pub struct Reply<T>(pub T);

impl<T: Serialize> IntoResponse for Reply<T> {
    fn into_response(self) -> Response {
        match serde_json::to_vec(&self.0) {
            Ok(text) => ([(header::CONTENT_TYPE, "application/json")], text).into_response(),
            Err(error) => Fault::internal(&error).into_response(),
        }
    }
}

/// What handlers return.
pub type Answer<T> = Result<Reply<T>, Fault>;

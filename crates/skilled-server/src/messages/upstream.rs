//! Requests that are passed on as they are, to a hosted service that runs skills and code itself.

use axum::body::Body;
use axum::http::{HeaderName, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use futures_util::StreamExt as _;
use serde_json::Value;
use skilled_model::RawRequest;
use skilled_wire::ErrorType;
use skilled_wire::messages::MessagesRequest;
use tokio_util::sync::CancellationToken;

use crate::models::Execution;
use crate::{AppState, Client, Fault};

/// Headers of the hosted service's answer that clients read.
const PASSED: [&str; 5] = ["content-type", "retry-after", "retry-after-ms", "x-should-retry", "request-id"];

/// Returns the hosted service's answer, where the model is set to have skills and code run there.
pub(super) async fn forwarded(
    app: &AppState,
    client: &Client,
    request: &MessagesRequest,
    body: &Bytes,
) -> Result<Option<Response>, Fault> {
    let Some(served) = app.models.resolve(&request.model) else { return Ok(None) };
    if served.execution != Execution::Upstream {
        return Ok(None);
    }
    let Some(upstream) = served.model.upstream() else {
        return Err(Fault::invalid(format!(
            "model: `{}` is set to `execution = \"upstream\"`, but its provider has no Messages API",
            request.model
        )));
    };
    // Everything stays as the client wrote it, but for the model's name.
    let mut value: Value = serde_json::from_slice(body).map_err(|error| Fault::internal(&error))?;
    value["model"] = served.model.name().model.clone().into();
    let mut raw = RawRequest::post("/v1/messages", Bytes::from(value.to_string()));
    raw.betas = client.betas.to_vec();
    let cancel = CancellationToken::new();
    let guard = cancel.clone().drop_guard();
    let answer = upstream.send(raw, cancel).await;
    let answer = answer.map_err(|error| {
        Fault::new(ErrorType::Api, format!("The hosted service did not answer: {}", error.message))
    })?;
    let status = StatusCode::from_u16(answer.status).unwrap_or(StatusCode::BAD_GATEWAY);
    let headers = answer.headers;
    let stream = answer.body.map(move |piece| {
        let _while_it_comes = &guard;
        piece.map_err(|error| std::io::Error::other(error.message))
    });
    let mut response = (status, Body::from_stream(stream)).into_response();
    for (name, value) in headers {
        if PASSED.contains(&name.to_ascii_lowercase().as_str())
            && let (Ok(name), Ok(value)) = (HeaderName::try_from(name), HeaderValue::try_from(value))
        {
            response.headers_mut().insert(name, value);
        }
    }
    Ok(Some(response))
}

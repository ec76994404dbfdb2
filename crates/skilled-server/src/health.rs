//! How the server is.

use std::time::Duration;

use axum::Extension;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use skilled_wire::ErrorType;
use tokio::time::timeout;

use crate::peer::Peer;
use crate::{AppState, Fault, auth};

/// How long the store may take to answer.
const PATIENCE: Duration = Duration::from_secs(5);

/// The program runs.
pub(crate) async fn alive() -> &'static str {
    "ok\n"
}

/// Requests can be answered: the store answers, and the server is not ending.
pub(crate) async fn ready(State(app): State<AppState>) -> Response {
    if app.ending.is_cancelled() {
        return (StatusCode::SERVICE_UNAVAILABLE, "ending\n").into_response();
    }
    match timeout(PATIENCE, app.records.check()).await {
        Ok(Ok(())) => "ready\n".into_response(),
        Ok(Err(error)) => {
            tracing::error!(%error, "the store does not answer");
            (StatusCode::SERVICE_UNAVAILABLE, "the store does not answer\n").into_response()
        }
        Err(_) => (StatusCode::SERVICE_UNAVAILABLE, "the store is busy\n").into_response(),
    }
}

/// What was counted, for Prometheus: to programs of this machine, who has a key, or everybody if the settings say so.
pub(crate) async fn metrics(
    State(app): State<AppState>,
    peer: Option<Extension<Peer>>,
    headers: HeaderMap,
) -> Response {
    let is_near = peer.is_some_and(|Extension(peer)| peer.address.is_loopback() && !peer.is_forwarded);
    if !app.config.open_metrics && !is_near && !auth::has_key(&app, &headers).await {
        return Fault::new(ErrorType::Authentication, "Authentication failed").into_response();
    }
    ([(header::CONTENT_TYPE, "text/plain; version=0.0.4")], app.metrics.render()).into_response()
}

//! `/v1/messages`: answers of models, with tools that this server runs.

pub(crate) mod batches;
mod count;
mod files;
mod lower;
mod plan;
mod raise;
mod run;
mod thread;
mod upstream;

use axum::Router;
use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use bytes::Bytes;
use futures_util::StreamExt as _;
use skilled_wire::messages::{Accumulator, MessagesRequest, MessagesResponse, StreamEvent};
use tokio::sync::mpsc;
use tokio_util::sync::{CancellationToken, DropGuard};

use crate::auth::RequestName;
use crate::body::IncomingBody;
use crate::query::Query;
use crate::reply::Reply;
use crate::{AppState, Client, Fault};
use run::Said;

/// `POST /v1/messages` and what is below it. Gates, keys and versions are before it; the routes here set their own limits
/// of bodies.
pub(crate) fn router() -> Router<AppState> {
    Router::new()
        .route("/v1/messages", post(create))
        .route("/v1/messages/count_tokens", post(count::tokens))
        .merge(batches::router())
}

async fn create(
    State(app): State<AppState>,
    client: Client,
    RequestName(request_id): RequestName,
    request: Request,
) -> Result<Response, Fault> {
    let body = read(&app, request).await?;
    let request = MessagesRequest::parse(&body).map_err(|error| Fault::invalid(error.to_string()))?;
    let streams = request.stream;
    if let Some(answer) = upstream::forwarded(&app, &client, &request, &body).await? {
        return Ok(answer);
    }
    let cancel = CancellationToken::new();
    let guard = cancel.clone().drop_guard();
    let said = run::start(&app, &client, request, request_id.to_string(), cancel).await?;
    if streams { events(said, guard).await } else { whole(said, guard).await }
}

/// The body of a request, within the limit for messages.
async fn read(app: &AppState, request: Request) -> Result<Bytes, Fault> {
    let (parts, body) = request.into_parts();
    Query::read(parts.uri.query(), &[])?;
    let limit = app.config.limits.message_bytes;
    let too_large = format!("Request exceeds the maximum size of {limit} bytes.");
    IncomingBody::new(app, &parts.headers, body, limit, too_large)?.whole().await
}

/// The answer as one object.
async fn whole(said: mpsc::UnboundedReceiver<Said>, _guard: DropGuard) -> Result<Response, Fault> {
    Ok(Reply(folded(said).await?).into_response())
}

/// The fold of a run's events, when the run is over: what it used is counted then, and its conversation kept.
async fn folded(mut said: mpsc::UnboundedReceiver<Said>) -> Result<MessagesResponse, Fault> {
    let mut answer = Accumulator::new();
    let mut failed = None;
    while let Some(said) = said.recv().await {
        match said {
            _ if failed.is_some() => {}
            Said::Event(event, _) => failed = answer.push(*event).err().map(|error| Fault::internal(&error)),
            Said::Failed(fault) => failed = Some(fault),
        }
    }
    match failed {
        Some(fault) => Err(fault),
        None => answer.finish().map_err(|error| Fault::internal(&error)),
    }
}

/// The answer as it happens. What fails before the model has said anything is an ordinary error.
async fn events(mut said: mpsc::UnboundedReceiver<Said>, guard: DropGuard) -> Result<Response, Fault> {
    let first = match said.recv().await {
        Some(Said::Event(event, counted)) => (event, counted),
        Some(Said::Failed(fault)) => return Err(fault),
        None => return Err(Fault::internal(&std::io::Error::other("a run ended without a word"))),
    };
    let start = Bytes::from(first.0.to_sse());
    drop(first.1);
    let rest = futures_util::stream::unfold((said, guard), |(mut said, guard)| async move {
        let record = match said.recv().await? {
            Said::Event(event, _counted) => event.to_sse(),
            Said::Failed(fault) => {
                let body = fault.body();
                StreamEvent::Error { error: body.error.clone(), request_id: body.request_id.clone() }.to_sse()
            }
        };
        Some((Bytes::from(record), (said, guard)))
    });
    let stream = futures_util::stream::once(async move { start }).chain(rest);
    let body = Body::from_stream(stream.map(Ok::<_, std::convert::Infallible>));
    let mut response = body.into_response();
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("text/event-stream; charset=utf-8"));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-cache"));
    // Proxies that gather answers would keep the events back.
    headers.insert("x-accel-buffering", HeaderValue::from_static("no"));
    Ok(response)
}

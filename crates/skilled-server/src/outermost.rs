//! What surrounds every request: its name, its place, its log line, its numbers, and errors as they are written.

use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::Instant;

use axum::extract::{MatchedPath, Request, State};
use axum::http::{HeaderValue, Method};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use futures_util::FutureExt as _;
use skilled_wire::{ErrorType, RequestId};

use crate::auth::{Client, RequestName};
use crate::peer::{Connection, Peer};
use crate::{AppState, Fault, admit};

/// The outermost layer.
pub(crate) async fn layer(State(app): State<AppState>, mut request: Request, next: Next) -> Response {
    let id: Arc<str> = RequestId::new(app.now()).to_string().into();
    let peer = request
        .extensions()
        .get::<Connection>()
        .map(|connection| Peer::of(*connection, request.headers(), &app.config));
    let route = request.extensions().get::<MatchedPath>().map(|path| path.as_str().to_owned());
    let mut running = Running {
        app: app.clone(),
        id: Arc::clone(&id),
        method: known_method(request.method()),
        route: route.unwrap_or_else(|| "other".to_owned()),
        path: crate::query::shown(request.uri().path()),
        peer,
        client: None,
        status: 0,
        begun: Instant::now(),
    };
    app.metrics.gauge("skilled_requests_running", &[], 1);
    request.extensions_mut().insert(RequestName(Arc::clone(&id)));
    if let Some(peer) = peer {
        request.extensions_mut().insert(peer);
    }
    let response = match app.gates.enter() {
        Ok(place) => {
            let answered = AssertUnwindSafe(next.run(request)).catch_unwind().await;
            let response = answered.unwrap_or_else(|_| {
                tracing::error!(request_id = %id, "a handler panicked");
                Fault::new(ErrorType::Api, "Internal server error").into_response()
            });
            admit::hold(response, place)
        }
        Err(fault) => fault.into_response(),
    };
    running.client = response.extensions().get::<Client>().cloned();
    let mut response = written(response, &id);
    running.status = response.status().as_u16();
    if let Ok(id) = HeaderValue::from_str(&id) {
        response.headers_mut().insert("request-id", id);
    }
    admit::hold(response, running)
}

/// Makes the answer of a fault.
fn written(mut response: Response, id: &str) -> Response {
    let Some(fault) = response.extensions_mut().remove::<Fault>() else { return response };
    let mut answer = fault.answer(id);
    for (name, value) in response.headers() {
        if !answer.headers().contains_key(name) && *name != axum::http::header::CONTENT_LENGTH {
            answer.headers_mut().insert(name.clone(), value.clone());
        }
    }
    // What is held for the request is held until its answer is sent.
    let place = response.into_body();
    admit::hold(answer, place)
}

/// Methods as labels: a client cannot make up new ones.
fn known_method(method: &Method) -> &'static str {
    match *method {
        Method::GET => "GET",
        Method::POST => "POST",
        Method::DELETE => "DELETE",
        Method::HEAD => "HEAD",
        _ => "other",
    }
}

/// A request until its answer is sent or given up.
struct Running {
    app: AppState,
    id: Arc<str>,
    method: &'static str,
    route: String,
    path: String,
    peer: Option<Peer>,
    client: Option<Client>,
    status: u16,
    begun: Instant,
}

impl Drop for Running {
    fn drop(&mut self) {
        let metrics = &self.app.metrics;
        metrics.gauge("skilled_requests_running", &[], -1);
        let took = self.begun.elapsed();
        let status = self.status.to_string();
        let labels = [("method", self.method), ("route", self.route.as_str()), ("status", status.as_str())];
        metrics.count("skilled_requests_total", &labels, 1);
        metrics.took("skilled_request_seconds", &[("route", self.route.as_str())], took);
        let (workspace, key) =
            self.client.as_ref().map_or(("", ""), |client| (&*client.workspace, &*client.key));
        if !key.is_empty() || !workspace.is_empty() {
            let amounts = skilled_store::Amounts { requests: 1, ..Default::default() };
            self.app.usage.add(workspace, key, "", self.app.now(), amounts);
        }
        tracing::info!(
            request_id = %self.id,
            method = self.method,
            path = self.path,
            status = self.status,
            ms = took.as_secs_f64() * 1000.0,
            workspace,
            key,
            peer = self.peer.map(|peer| peer.address.to_string()),
            "answered"
        );
    }
}

//! All routes.

use axum::extract::{DefaultBodyLimit, Request};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Router, middleware};
use skilled_wire::ErrorType;

use crate::{AppState, Fault, auth, files, health, messages, model_list, openapi, outermost, skills};

/// The whole interface.
pub fn router(app: AppState) -> Router {
    let gate = middleware::from_fn_with_state(app.clone(), auth::gate);
    let interface = Router::new()
        .merge(skills::router())
        .merge(files::router())
        .merge(model_list::router())
        .merge(messages::router())
        // Only what has a route is asked for a key: what has none is not found, whoever asks.
        .route_layer(gate);
    let about = Router::new()
        .route("/healthz", get(health::alive))
        .route("/readyz", get(health::ready))
        .route("/metrics", get(health::metrics))
        .route("/openapi.json", get(openapi::document));
    Router::new()
        .merge(interface)
        .merge(about)
        .fallback(unknown)
        .method_not_allowed_fallback(not_allowed)
        .layer(DefaultBodyLimit::disable())
        .layer(middleware::from_fn_with_state(app.clone(), outermost::layer))
        .with_state(app)
}

async fn unknown(_: Request) -> Response {
    Fault::new(ErrorType::NotFound, "Not found").into_response()
}

async fn not_allowed(_: Request) -> Response {
    Fault::invalid("Method Not Allowed").with_status(StatusCode::METHOD_NOT_ALLOWED).into_response()
}

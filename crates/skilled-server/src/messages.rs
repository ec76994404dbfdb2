//! Messages.

use axum::Router;

use crate::AppState;

/// `POST /v1/messages` and what is below it. Gates, keys and versions are before it; the routes here set their own limits
/// of bodies.
pub(crate) fn router() -> Router<AppState> {
    Router::new()
}

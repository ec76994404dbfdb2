//! How many requests are answered at once.

use std::collections::HashMap;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll};

use axum::body::{Body, Bytes, HttpBody};
use axum::extract::Request;
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use http_body::{Frame, SizeHint};
use skilled_wire::ErrorType;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::auth::Client;
use crate::config::Limits;
use crate::{AppState, Fault};

/// Counts the requests that are being answered, until the last byte of their answers.
#[derive(Debug)]
pub(crate) struct Gates {
    all: Arc<Semaphore>,
    per_key: usize,
    keys: Mutex<HashMap<Arc<str>, Arc<Semaphore>>>,
}

impl Gates {
    pub(crate) fn new(limits: &Limits) -> Self {
        let all = Arc::new(Semaphore::new(limits.requests.min(Semaphore::MAX_PERMITS)));
        Self { all, per_key: limits.requests_per_key, keys: Mutex::default() }
    }

    /// A place among all requests.
    pub(crate) fn enter(&self) -> Result<OwnedSemaphorePermit, Fault> {
        let place = Arc::clone(&self.all).try_acquire_owned();
        place.map_err(|_| crowded("The server answers as many requests as it can at once."))
    }

    /// A place among those of a key.
    fn enter_as(&self, key: &Arc<str>) -> Result<OwnedSemaphorePermit, Fault> {
        let mut keys = self.keys.lock().unwrap_or_else(PoisonError::into_inner);
        if keys.len() > 1024 {
            keys.retain(|_, places| places.available_permits() < self.per_key);
        }
        let places = keys
            .entry(Arc::clone(key))
            .or_insert_with(|| Arc::new(Semaphore::new(self.per_key.min(Semaphore::MAX_PERMITS))));
        let place = Arc::clone(places).try_acquire_owned();
        place.map_err(|_| crowded("This key has as many requests as it may have at once."))
    }
}

fn crowded(message: &str) -> Fault {
    Fault::new(ErrorType::RateLimit, message).with_retry_after(1)
}

/// Answers a request of `client` if its key has a place.
pub(crate) async fn within_key(app: &AppState, client: &Client, request: Request, next: Next) -> Response {
    match app.gates.enter_as(&client.key) {
        Ok(place) => hold(next.run(request).await, place),
        Err(fault) => fault.into_response(),
    }
}

/// Keeps `what` until the answer is sent or given up.
pub(crate) fn hold<T: Send + Unpin + 'static>(response: Response, what: T) -> Response {
    response.map(|body| Body::new(Holding { body, _what: what }))
}

struct Holding<T> {
    body: Body,
    _what: T,
}

impl<T: Unpin> HttpBody for Holding<T> {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        Pin::new(&mut self.body).poll_frame(context)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

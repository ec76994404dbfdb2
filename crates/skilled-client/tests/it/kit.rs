//! A client of a server that plays replies, and objects as the server writes them.

use std::time::Duration;

use serde_json::{Value, json};
use skilled_client::skilled_wire::messages::{MessagesRequest, MessagesResponse, StreamEvent};
use skilled_client::{ApiKey, Client, Jitter, Options, RetryPolicy};
use skilled_testkit::{Recorded, Reply, SseServer};

pub(crate) const KEY: &str = "sk-secret";

/// A server and a client of it that waits next to nothing between attempts.
pub(crate) struct Place {
    pub(crate) server: SseServer,
    pub(crate) client: Client,
}

impl Place {
    pub(crate) fn new() -> Self {
        Self::with(|_| {})
    }

    pub(crate) fn with(change: impl FnOnce(&mut Options)) -> Self {
        let server = SseServer::start();
        let mut options = Options::default();
        options.retry = RetryPolicy {
            first_delay: Duration::from_millis(1),
            jitter: Jitter::from_fn(|| 0.0),
            ..options.retry
        };
        change(&mut options);
        let client = Client::new(&server.url(), ApiKey::new(KEY), options).unwrap();
        Self { server, client }
    }

    pub(crate) fn answers(&self, body: &Value) {
        self.server.push(Reply::json(200, body).header("request-id", "req_1"));
    }

    pub(crate) fn fails(&self, status: u16, body: &Value) {
        self.server.push(Reply::json(status, body).header("request-id", "req_1"));
    }

    /// Streams `message`.
    pub(crate) fn streams(&self, message: &Value) {
        self.server.push(Reply::sse(events(message)).header("request-id", "req_1"));
    }

    /// `METHOD PATH` of each request so far.
    pub(crate) fn lines(&self) -> Vec<String> {
        self.server.requests().iter().map(|it| format!("{} {}", it.method, it.path)).collect()
    }

    pub(crate) fn last(&self) -> Recorded {
        self.server.requests().pop().unwrap()
    }
}

pub(crate) fn error(kind: &str, message: &str) -> Value {
    json!({ "type": "error", "error": { "type": kind, "message": message }, "request_id": "req_body" })
}

pub(crate) fn file(id: &str, name: &str) -> Value {
    json!({
        "id": id, "type": "file", "filename": name, "mime_type": "text/plain", "size_bytes": 3,
        "created_at": "2026-12-01T08:00:00Z", "downloadable": true, "field_of_tomorrow": 1,
    })
}

/// An answer with this content.
pub(crate) fn message(stop_reason: &str, content: &Value, container: &Value) -> Value {
    json!({
        "id": "msg_1", "type": "message", "role": "assistant", "model": "m", "content": content,
        "stop_reason": stop_reason, "stop_sequence": null, "container": container,
        "usage": { "input_tokens": 10, "output_tokens": 2 },
    })
}

pub(crate) fn container(id: &str) -> Value {
    json!({ "id": id, "expires_at": "2026-12-01T09:00:00Z", "skills": null })
}

/// `message` as a stream of events.
pub(crate) fn events(message: &Value) -> String {
    let message: MessagesResponse = serde_json::from_value(message.clone()).unwrap();
    message.into_events().iter().map(StreamEvent::to_sse).collect()
}

pub(crate) fn request() -> MessagesRequest {
    MessagesRequest::new("m", 100, Vec::new())
}

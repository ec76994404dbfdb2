//! What the server answers, and how it breaks.

use std::time::Duration;

use bytes::Bytes;
use serde_json::Value;

/// One answer of the server.
#[derive(Debug, Clone)]
pub struct Reply {
    pub(crate) status: u16,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: Bytes,
    pub(crate) delay: Duration,
    pub(crate) chunking: Chunking,
    pub(crate) ending: Ending,
}

/// How a body is cut into chunks. Each chunk is one of HTTP's and is flushed by itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Chunking {
    /// The whole body.
    Whole,
    /// This many bytes each, at least one.
    Size(usize),
}

/// How a body ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ending {
    /// As HTTP has it.
    Complete,
    /// The connection is closed after this many bytes.
    HangUp(usize),
    /// Nothing more comes after this many bytes, until the client closes the connection.
    Stall(usize),
}

impl Reply {
    /// Returns a reply with `body`.
    pub fn new(status: u16, content_type: &str, body: impl Into<Bytes>) -> Self {
        Self {
            status,
            headers: vec![("content-type".to_owned(), content_type.to_owned())],
            body: body.into(),
            delay: Duration::ZERO,
            chunking: Chunking::Whole,
            ending: Ending::Complete,
        }
    }

    /// Returns a stream of SSE records.
    pub fn sse(body: impl Into<Bytes>) -> Self {
        Self::new(200, "text/event-stream; charset=utf-8", body)
    }

    /// Returns a JSON reply.
    pub fn json(status: u16, body: &Value) -> Self {
        Self::new(status, "application/json", body.to_string())
    }

    /// Adds a header.
    #[must_use]
    pub fn header(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }

    /// Sends the body in chunks of one byte.
    #[must_use]
    pub const fn each_byte(self) -> Self {
        self.chunks(Chunking::Size(1))
    }

    /// Sets how the body is cut.
    #[must_use]
    pub const fn chunks(mut self, chunking: Chunking) -> Self {
        self.chunking = chunking;
        self
    }

    /// Sets how the body ends.
    #[must_use]
    pub const fn ending(mut self, ending: Ending) -> Self {
        self.ending = ending;
        self
    }

    /// Closes the connection once `text` was sent for the first time.
    ///
    /// # Panics
    ///
    /// Panics if the body has no such text.
    #[must_use]
    pub fn hang_up_after(self, text: &str) -> Self {
        let end = self.end_of(text);
        self.ending(Ending::HangUp(end))
    }

    /// Falls silent once `text` was sent for the first time.
    ///
    /// # Panics
    ///
    /// Panics if the body has no such text.
    #[must_use]
    pub fn stall_after(self, text: &str) -> Self {
        let end = self.end_of(text);
        self.ending(Ending::Stall(end))
    }

    /// Waits before the answer.
    #[must_use]
    pub const fn delay(mut self, delay: Duration) -> Self {
        self.delay = delay;
        self
    }

    fn end_of(&self, text: &str) -> usize {
        let found = self.body.windows(text.len()).position(|window| window == text.as_bytes());
        found.unwrap_or_else(|| panic!("the body has no {text:?}")) + text.len()
    }

    /// Returns the bytes that are sent.
    pub(crate) fn sent(&self) -> Bytes {
        match self.ending {
            Ending::Complete => self.body.clone(),
            Ending::HangUp(count) | Ending::Stall(count) => self.body.slice(..count.min(self.body.len())),
        }
    }
}

//! An answer as it is made.

use std::collections::VecDeque;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use futures_core::Stream;
use futures_util::StreamExt as _;
use reqwest::Response;
use reqwest::header::CONTENT_TYPE;
use serde_json::Value;
use skilled_model::sse::{Parser, Record};
use skilled_wire::messages::{Accumulator, FoldError, MessagesResponse, StreamEvent};

use crate::body::{Chunks, chunks};
use crate::call::request_id;
use crate::{ApiError, Error, Result};

/// The largest record: a block with an image in it fits.
const RECORD_LIMIT: usize = 16 << 20;
/// The largest stream: most of it is the frame around each token.
const STREAM_LIMIT: usize = 256 << 20;
/// How long the end of a body is waited for: about what a new connection costs.
const REST_TIMEOUT: Duration = Duration::from_millis(500);

/// The events of an answer as they come, which are also folded into the answer.
///
/// Dropping it ends the request: the server stops. Events and deltas of types that this crate does not know are passed
/// over and counted.
pub struct MessageStream {
    chunks: Chunks,
    parser: Parser,
    records: Vec<Record>,
    ready: VecDeque<StreamEvent>,
    accumulator: Accumulator,
    request_id: Option<String>,
    read: usize,
    unknown: usize,
    /// What ends the stream once the events before it are taken.
    failed: Option<Error>,
    ended: bool,
}

impl MessageStream {
    pub(crate) fn of(response: Response, idle: Duration) -> Result<Self> {
        let request_id = request_id(response.headers());
        let kind = response.headers().get(CONTENT_TYPE).and_then(|value| value.to_str().ok());
        if !kind.is_some_and(|kind| kind.starts_with("text/event-stream")) {
            let reason = format!("it is {}, not a stream of events", kind.unwrap_or("of no type"));
            return Err(Error::unexpected(reason, request_id));
        }
        Ok(Self {
            chunks: chunks(response, idle),
            parser: Parser::new(RECORD_LIMIT),
            records: Vec::new(),
            ready: VecDeque::new(),
            accumulator: Accumulator::new(),
            request_id,
            read: 0,
            unknown: 0,
            failed: None,
            ended: false,
        })
    }

    /// The request, as the server calls it.
    pub fn request_id(&self) -> Option<&str> {
        self.request_id.as_deref()
    }

    /// The answer as far as its events were taken.
    pub const fn message(&self) -> Option<&MessagesResponse> {
        self.accumulator.message()
    }

    /// How many events were passed over, since this crate does not know them.
    pub const fn unknown_events(&self) -> usize {
        self.unknown
    }

    /// The next event; none at the end.
    pub async fn next(&mut self) -> Option<Result<StreamEvent>> {
        std::future::poll_fn(|context| Pin::new(&mut *self).poll_next(context)).await
    }

    /// Reads to the end and returns the answer.
    ///
    /// # Errors
    ///
    /// The first error of the stream; one that ends before the answer does is one.
    pub async fn finish(mut self) -> Result<MessagesResponse> {
        while let Some(event) = self.next().await {
            event?;
        }
        Ok(self.accumulator.finish()?)
    }

    /// Reads bytes, up to the first thing that is wrong with them.
    fn take(&mut self, bytes: &[u8]) -> Result<()> {
        self.read += bytes.len();
        if self.read > STREAM_LIMIT {
            return Err(Error::TooLarge { what: "the stream of the answer", limit: STREAM_LIMIT as u64 });
        }
        let parsed = self.parser.push(bytes, &mut self.records);
        for record in std::mem::take(&mut self.records) {
            // As the official clients: records without a name or without data are none.
            if record.event.is_none() || record.data.trim().is_empty() {
                continue;
            }
            match self.event(&record)? {
                Some(event) => self.ready.push_back(event),
                None => self.unknown += 1,
            }
        }
        parsed.map_err(|error| Error::unexpected(error, self.request_id.clone()))
    }

    /// Reads a record; none if its event is not known.
    fn event(&self, record: &Record) -> Result<Option<StreamEvent>> {
        let error = match serde_json::from_str(&record.data) {
            Ok(event) => return Ok(Some(event)),
            Err(error) => error,
        };
        let value: Value = serde_json::from_str(&record.data).unwrap_or_default();
        let known = match value["type"].as_str() {
            Some("content_block_delta") => is_known_delta(value["delta"]["type"].as_str()),
            Some(kind) => is_known(kind),
            // Not even an event.
            None => true,
        };
        if known { Err(Error::unexpected(error, self.request_id.clone())) } else { Ok(None) }
    }

    /// Hands out an event once it is folded.
    fn hand_out(&mut self, event: StreamEvent) -> Result<StreamEvent> {
        if let StreamEvent::Error { request_id, .. } = &event {
            let request_id = request_id.clone().or_else(|| self.request_id.clone());
            let error = self.accumulator.push(event).map_err(Error::from).err();
            return Err(match error {
                Some(Error::Api(failure)) => Error::Api(Box::new(ApiError { request_id, ..*failure })),
                Some(other) => other,
                None => Error::Stream(FoldError::Unfinished),
            });
        }
        self.accumulator.push(event.clone())?;
        Ok(event)
    }

    /// Reads what follows the last event, usually only the end of the body, so that the connection can serve the next
    /// request. Nobody waits for it, and a server that does not end is left.
    fn read_the_rest(&mut self) {
        self.ended = true;
        self.ready.clear();
        let mut rest = std::mem::replace(&mut self.chunks, Box::pin(futures_util::stream::empty()));
        tokio::spawn(async move {
            let reading = async { while let Some(Ok(_)) = rest.next().await {} };
            // Left or read: there is nothing more to do with it.
            let _ = tokio::time::timeout(REST_TIMEOUT, reading).await;
        });
    }

    fn end_with(&mut self, error: Error) -> Error {
        self.ended = true;
        self.ready.clear();
        // Nothing more is read: the request ends.
        self.chunks = Box::pin(futures_util::stream::empty());
        error
    }
}

fn is_known(kind: &str) -> bool {
    matches!(
        kind,
        "message_start"
            | "content_block_start"
            | "content_block_stop"
            | "message_delta"
            | "message_stop"
            | "ping"
            | "error"
    )
}

fn is_known_delta(kind: Option<&str>) -> bool {
    let Some(kind) = kind else { return true };
    matches!(
        kind,
        "text_delta"
            | "input_json_delta"
            | "citations_delta"
            | "thinking_delta"
            | "signature_delta"
            | "compaction_delta"
    )
}

impl Stream for MessageStream {
    type Item = Result<StreamEvent>;

    fn poll_next(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let this = self.get_mut();
        loop {
            if let Some(event) = this.ready.pop_front() {
                let stops = matches!(event, StreamEvent::MessageStop);
                let event = this.hand_out(event).map_err(|error| this.end_with(error));
                // What may follow the last event is not waited for.
                if stops {
                    this.read_the_rest();
                }
                return Poll::Ready(Some(event));
            }
            if this.ended {
                return Poll::Ready(None);
            }
            if let Some(error) = this.failed.take() {
                return Poll::Ready(Some(Err(this.end_with(error))));
            }
            match std::task::ready!(this.chunks.as_mut().poll_next(context)) {
                Some(Ok(bytes)) => this.failed = this.take(&bytes).err(),
                Some(Err(error)) => this.failed = Some(error),
                None => this.failed = Some(Error::Stream(FoldError::Unfinished)),
            }
        }
    }
}

impl std::fmt::Debug for MessageStream {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("MessageStream").field("request_id", &self.request_id).finish_non_exhaustive()
    }
}

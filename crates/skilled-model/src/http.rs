//! One request and its streamed answer, over HTTP.

mod failure;
mod whole;

use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use reqwest::header::{ACCEPT, ACCEPT_ENCODING, CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue};
use reqwest::{Response, Url};
use serde_json::{Map, Value};
use tokio::task::JoinHandle;

use failure::RequestId;
pub use failure::retry_after;
pub(crate) use failure::{Failure, Reported, is_retried};

use crate::emit::Emitter;
use crate::sse::{Parser, Record};
use crate::{Error, ErrorKind, RetryNotice, RetryPolicy, StreamEvent};

/// The largest record of a stream: a block with an image in it fits.
const RECORD_LIMIT: usize = 16 << 20;
/// The largest stream: most of it is the frame around each token.
const STREAM_LIMIT: usize = 128 << 20;
/// The largest answer, written as JSON. An event with it stays far below the longest line of a log.
const ANSWER_LIMIT: usize = 16 << 20;
/// How long the end of a body is waited for: about what a new connection costs.
const REST_TIMEOUT: Duration = Duration::from_millis(500);
/// The largest body of an error that is read.
const ERROR_BODY_LIMIT: usize = 64 << 10;

/// The HTTP client of a process. Clones share its connections.
///
/// Nothing is set up before the first request: a process that only plays a script never initialises TLS. Addresses on
/// the loopback are reached directly; for all others the proxy of the system applies.
#[derive(Debug, Clone)]
pub struct HttpClient(Arc<Clients>);

#[derive(Debug)]
struct Clients {
    connect_timeout: Duration,
    direct: OnceLock<Result<reqwest::Client, String>>,
    proxied: OnceLock<Result<reqwest::Client, String>>,
}

impl HttpClient {
    /// Returns a client that gives up a connection attempt after `connect_timeout`.
    pub fn new(connect_timeout: Duration) -> Self {
        Self(Arc::new(Clients { connect_timeout, direct: OnceLock::new(), proxied: OnceLock::new() }))
    }

    /// Returns the client for requests to `url`, set up if it is the first one.
    pub fn client_for(&self, url: &Url) -> Result<&reqwest::Client, Error> {
        let client = if is_loopback(url) {
            self.0.direct.get_or_init(|| self.build(reqwest::Client::builder().no_proxy()))
        } else {
            self.0.proxied.get_or_init(|| self.build(reqwest::Client::builder()))
        };
        client.as_ref().map_err(|reason| {
            Error::new(ErrorKind::Transport, format!("cannot set up the HTTP client: {reason}"))
        })
    }

    fn build(&self, builder: reqwest::ClientBuilder) -> Result<reqwest::Client, String> {
        builder
            .connect_timeout(self.0.connect_timeout)
            // A redirect would carry the key and the conversation to an address that nobody configured.
            .redirect(reqwest::redirect::Policy::none())
            .user_agent(concat!("skilled/", env!("CARGO_PKG_VERSION")))
            .build()
            .map_err(|error| chain(&error))
    }
}

/// Returns whether `url` names this machine.
pub(crate) fn is_loopback(url: &Url) -> bool {
    let host = url.host_str().unwrap_or_default();
    let bare = host.trim_start_matches('[').trim_end_matches(']');
    host == "localhost" || bare.parse::<std::net::IpAddr>().is_ok_and(|address| address.is_loopback())
}

/// Returns `url` as messages show it: without its user, password, query and fragment, any of which can be a secret.
pub(crate) fn shown(url: &Url) -> String {
    let mut shown = url.clone();
    // These fail only for addresses that cannot have a user.
    let _ = shown.set_username("");
    let _ = shown.set_password(None);
    shown.set_query(None);
    shown.set_fragment(None);
    shown.into()
}

/// Returns what of `text` may be shown, which ought to be an address but may be a malformed one.
pub(crate) fn shown_text(text: &str) -> String {
    match text.trim().parse::<Url>() {
        Ok(url) if url.has_host() => shown(&url),
        // Nobody knows where the user and the password of a malformed address end.
        _ if text.contains('@') => "…".to_owned(),
        _ => text.split(['?', '#']).next().unwrap_or_default().to_owned(),
    }
}

/// Returns `error` and its causes on one line.
fn chain(error: &dyn std::error::Error) -> String {
    let causes = std::iter::successors(error.source(), |cause| cause.source());
    causes.fold(error.to_string(), |line, cause| format!("{line}: {cause}"))
}

/// Turns the records of a provider's stream into events.
pub(crate) trait Decoder: Send {
    /// Reads `record` and appends the events that it completes to `events`.
    fn record(&mut self, record: Record, events: &mut Vec<StreamEvent>) -> Result<(), Error>;

    /// Returns whether the provider has said everything: what may follow is not waited for.
    fn is_complete(&self) -> bool;

    /// Ends a stream that was complete or ended without a transport error. Appends the last events, the response
    /// included, or fails if the answer is cut short.
    fn finish(&mut self, request_id: Option<String>, events: &mut Vec<StreamEvent>) -> Result<(), Error>;
}

/// From the bytes of an answer to events.
pub(crate) struct Reader<D> {
    pub(crate) decoder: D,
    parser: Parser,
    records: Vec<Record>,
    size: usize,
}

impl<D: Decoder> Reader<D> {
    pub(crate) const fn new(decoder: D) -> Self {
        Self { decoder, parser: Parser::new(RECORD_LIMIT), records: Vec::new(), size: 0 }
    }

    /// Reads `bytes` and appends the events that they complete, those before an error included.
    pub(crate) fn push(&mut self, bytes: &[u8], events: &mut Vec<StreamEvent>) -> Result<(), Error> {
        self.size += bytes.len();
        if self.size > STREAM_LIMIT {
            let message = format!("the stream of the answer is larger than {STREAM_LIMIT} bytes");
            return Err(Error::new(ErrorKind::Transport, message));
        }
        let parsed = self.parser.push(bytes, &mut self.records);
        for record in self.records.drain(..) {
            if !self.decoder.is_complete() {
                self.decoder.record(record, events)?;
            }
        }
        if self.decoder.is_complete() { Ok(()) } else { parsed.map_err(broken_stream) }
    }

    /// Ends the stream, see [`Decoder::finish`]. An answer that is too large for a log is an error.
    pub(crate) fn finish(
        &mut self,
        request_id: Option<String>,
        events: &mut Vec<StreamEvent>,
    ) -> Result<(), Error> {
        self.decoder.finish(request_id, events)?;
        let Some(StreamEvent::Finished(answer)) = events.last() else { return Ok(()) };
        if json_size(answer).map_err(broken_stream)? > ANSWER_LIMIT {
            events.clear();
            let message = format!("the answer is larger than {ANSWER_LIMIT} bytes: ask for less at once");
            return Err(Error::new(ErrorKind::Transport, message));
        }
        Ok(())
    }
}

/// Returns how many bytes what is kept of `answer` has as JSON.
fn json_size(answer: &crate::Response) -> Result<usize, serde_json::Error> {
    struct Counter(usize);

    impl std::io::Write for Counter {
        fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
            self.0 += bytes.len();
            Ok(bytes.len())
        }

        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }

    let mut counter = Counter(0);
    serde_json::to_writer(&mut counter, &(&answer.content, &answer.usage, &answer.extra))?;
    Ok(counter.0)
}

/// A request, ready to be sent any number of times.
pub(crate) struct Call {
    pub(crate) url: Url,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
}

/// How requests are sent.
#[derive(Debug, Clone)]
pub(crate) struct Transport {
    pub(crate) http: HttpClient,
    pub(crate) retry: RetryPolicy,
    pub(crate) idle_timeout: Duration,
    /// Reads what follows the last answer.
    pub(crate) rest: Arc<Mutex<Option<JoinHandle<()>>>>,
}

impl Transport {
    /// Sends `call`, again where the policy says so, and emits its answer.
    pub(crate) async fn run(
        &self,
        call: &Call,
        decoder: impl Decoder,
        emitter: &Emitter,
    ) -> Result<(), Error> {
        self.rest_was_read().await;
        let Begun { mut response, first, request_id } = self.begin(call, emitter).await?;
        emitter.answer_began();
        let named = |error: Error| Error { request_id: error.request_id.or(request_id.clone()), ..error };
        let mut reader = Reader::new(decoder);
        let mut events = Vec::new();
        let mut chunk = Some(first);
        while let Some(bytes) = chunk {
            let read = reader.push(&bytes, &mut events);
            for event in events.drain(..) {
                emitter.emit(event).await;
            }
            read.map_err(named)?;
            if reader.decoder.is_complete() {
                break;
            }
            chunk = self.next_chunk(&mut response).await.map_err(|failure| named(failure.error))?;
        }
        let finished = reader.finish(request_id.clone(), &mut events).map_err(named);
        if reader.decoder.is_complete() {
            self.read_to_end(response);
        }
        finished?;
        for event in events {
            emitter.emit(event).await;
        }
        Ok(())
    }

    /// Reads what follows a complete answer, usually only the end of the body, so that the connection can serve the next
    /// request. A server that does not end is left after [`REST_TIMEOUT`]. The answer does not wait for it.
    fn read_to_end(&self, mut response: Response) {
        let rest = async move { while let Ok(Some(_)) = response.chunk().await {} };
        let bounded = tokio::time::timeout(REST_TIMEOUT, rest);
        let reading = tokio::spawn(async move {
            // Left or read: there is nothing more to do with it.
            let _ = bounded.await;
        });
        *self.rest.lock().unwrap_or_else(PoisonError::into_inner) = Some(reading);
    }

    /// Waits for [`Self::read_to_end`]: a request right after the answer would need a connection of its own.
    async fn rest_was_read(&self) {
        let reading = self.rest.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(reading) = reading {
            // It cannot fail in a way that matters to the next request.
            let _ = reading.await;
        }
    }

    /// Sends `call` until an answer begins or the policy gives up.
    async fn begin(&self, call: &Call, emitter: &Emitter) -> Result<Begun, Error> {
        let mut attempt = 1;
        loop {
            let failure = match self.attempt(call).await {
                Ok(begun) => return Ok(begun),
                Err(failure) => failure,
            };
            attempt = retry_pause(&self.retry, attempt, failure, emitter).await?;
        }
    }

    async fn attempt(&self, call: &Call) -> Result<Begun, Failure> {
        let client = self.http.client_for(&call.url)?;
        let request = client
            .post(call.url.clone())
            .headers(call.headers.clone())
            .header(CONTENT_TYPE, "application/json")
            .header(ACCEPT, "text/event-stream")
            // A proxy that compresses a stream also holds it back.
            .header(ACCEPT_ENCODING, "identity")
            .body(call.body.clone())
            .send();
        let mut response = match tokio::time::timeout(self.idle_timeout, request).await {
            Ok(Ok(response)) => response,
            Ok(Err(error)) => return Err(Failure::not_sent(&call.url, error)),
            Err(_) => return Err(self.silence().into()),
        };
        let streams = !response
            .headers()
            .get(CONTENT_TYPE)
            .is_some_and(|kind| kind.as_bytes().starts_with(b"application/json"));
        if !response.status().is_success() || !streams {
            let body = self.error_body(&mut response).await;
            return Err(Failure::from_response(response.status(), response.headers(), &body));
        }
        let request_id = response.headers().request_id();
        match self.next_chunk(&mut response).await {
            Ok(Some(first)) => Ok(Begun { response, first, request_id }),
            Ok(None) => Err(Failure::retried(Error {
                request_id,
                ..Error::new(ErrorKind::Transport, "the server closed the connection before it answered")
            })),
            Err(failure) => Err(Failure { error: Error { request_id, ..failure.error }, ..failure }),
        }
    }

    /// Returns the next bytes of the body, or nothing at its end.
    async fn next_chunk(&self, response: &mut Response) -> Result<Option<Bytes>, Failure> {
        match tokio::time::timeout(self.idle_timeout, response.chunk()).await {
            Ok(Ok(chunk)) => Ok(chunk),
            Ok(Err(error)) => Err(Failure::retried(Error {
                source: Some(Box::new(error.without_url())),
                ..Error::new(ErrorKind::Transport, "the connection broke before the answer was complete")
            })),
            // Not sent again: the server may still be at work on it, and would be for as long again.
            Err(_) => Err(self.silence().into()),
        }
    }

    /// Reads the body of a failed request up to its limit. What cannot be read is not worth a second error.
    async fn error_body(&self, response: &mut Response) -> Vec<u8> {
        let mut body = Vec::new();
        while body.len() < ERROR_BODY_LIMIT {
            let Ok(Some(chunk)) = self.next_chunk(response).await else { break };
            body.extend_from_slice(&chunk[..chunk.len().min(ERROR_BODY_LIMIT - body.len())]);
        }
        body
    }

    fn silence(&self) -> Error {
        let message = format!("the server sent nothing for {} seconds", self.idle_timeout.as_secs_f64());
        Error::new(ErrorKind::Transport, message)
    }
}

/// Waits before the next attempt and returns its number, or returns the error if there is none.
pub(crate) async fn retry_pause(
    policy: &RetryPolicy,
    attempt: u32,
    failure: Failure,
    emitter: &Emitter,
) -> Result<u32, Error> {
    let Some(delay) = pause(policy, attempt, &failure) else { return Err(failure.error) };
    let reason = failure.error.to_string();
    emitter.emit(StreamEvent::Retry(RetryNotice { attempt, delay, reason })).await;
    tokio::time::sleep(delay).await;
    Ok(attempt + 1)
}

/// Returns how long to wait before the next attempt, or nothing if there is none.
fn pause(policy: &RetryPolicy, attempt: u32, failure: &Failure) -> Option<Duration> {
    if failure.retry { policy.delay(attempt, failure.error.retry_after) } else { None }
}

/// An answer whose first bytes have come.
struct Begun {
    response: Response,
    first: Bytes,
    request_id: Option<String>,
}

/// Returns the error of a stream that is not its protocol's.
pub(crate) fn broken_stream(source: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Error {
    let error = Error::new(ErrorKind::Transport, "the answer is not the stream that the protocol describes");
    Error { source: Some(source.into()), ..error }
}

/// Copies the fields of `from` other than `known` to `fields`. A later value replaces an earlier one, unless it is `null`.
pub(crate) fn set_latest(fields: &mut Map<String, Value>, from: &Value, known: &[&str]) {
    let said = from.as_object().into_iter().flatten().filter(|(_, value)| !value.is_null());
    let unknown = said.filter(|(key, _)| !known.contains(&key.as_str()));
    fields.extend(unknown.map(|(key, value)| (key.clone(), value.clone())));
}

/// Returns a header that is not printed.
pub(crate) fn secret_header(name: &'static str, value: &str) -> Option<(HeaderName, HeaderValue)> {
    let mut value = HeaderValue::from_str(value).ok()?;
    value.set_sensitive(true);
    Some((HeaderName::from_static(name), value))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_of_an_address_are_not_shown() {
        for (text, expected) in [
            ("https://user:pw@h:8443/v1?key=k#f", "https://h:8443/v1"),
            ("ftp://token@h/v1", "ftp://h/v1"),
            ("localhost:11434/v1?key=k", "localhost:11434/v1"),
            ("user:p?w@h/v1", "…"),
            ("h/v1#k", "h/v1"),
            ("", ""),
        ] {
            assert_eq!(shown_text(text), expected, "{text}");
        }
    }

    #[test]
    fn loopback_addresses_are_known() {
        for (url, expected) in [
            ("http://localhost:1", true),
            ("http://127.8.0.1", true),
            ("http://[::1]:80/v1", true),
            ("https://api.openai.com", false),
            ("http://localhost.example.com", false),
            ("http://10.0.0.1", false),
        ] {
            assert_eq!(is_loopback(&url.parse().unwrap()), expected, "{url}");
        }
    }
}

//! Requests whose answer is no stream of events.

use bytes::Bytes;
use reqwest::header::{ACCEPT_ENCODING, CONTENT_TYPE, HeaderMap};
use reqwest::{Method, Response, Url};
use serde_json::Value;

use super::{Call, Failure, Transport, broken_stream, pause};
use crate::emit::Emitter;
use crate::{Error, ErrorKind};

/// The largest answer that is read as a whole.
const WHOLE_LIMIT: usize = 1 << 20;

impl Transport {
    /// Sends `call`, again where the policy says so, and returns the JSON of its answer.
    pub(crate) async fn json(&self, call: &Call) -> Result<Value, Error> {
        let mut attempt = 1;
        loop {
            let failure = match self.json_once(call).await {
                Ok(value) => return Ok(value),
                Err(failure) => failure,
            };
            let Some(delay) = pause(&self.retry, attempt, &failure) else { return Err(failure.error) };
            tokio::time::sleep(delay).await;
            attempt += 1;
        }
    }

    async fn json_once(&self, call: &Call) -> Result<Value, Failure> {
        let mut headers = call.headers.clone();
        headers.insert(CONTENT_TYPE, reqwest::header::HeaderValue::from_static("application/json"));
        let mut response = self.send(Method::POST, &call.url, headers, call.body.clone()).await?;
        if !response.status().is_success() {
            let body = self.error_body(&mut response).await;
            return Err(Failure::from_response(response.status(), response.headers(), &body));
        }
        let mut body = Vec::new();
        while let Some(chunk) = self.next_chunk(&mut response).await? {
            if body.len() + chunk.len() > WHOLE_LIMIT {
                let message = format!("the answer is larger than {WHOLE_LIMIT} bytes");
                return Err(Error::new(ErrorKind::Transport, message).into());
            }
            body.extend_from_slice(&chunk);
        }
        Ok(serde_json::from_slice(&body).map_err(broken_stream)?)
    }

    /// Sends a request once and returns the answer, whatever its status, once its headers have come.
    pub(crate) async fn send(
        &self,
        method: Method,
        url: &Url,
        headers: HeaderMap,
        body: Bytes,
    ) -> Result<Response, Failure> {
        let request = self
            .http
            .client_for(url)?
            .request(method, url.clone())
            .headers(headers)
            .header(ACCEPT_ENCODING, "identity")
            .body(body)
            .send();
        match tokio::time::timeout(self.idle_timeout, request).await {
            Ok(Ok(response)) => Ok(response),
            Ok(Err(error)) => Err(Failure::not_sent(url, error)),
            Err(_) => Err(self.silence().into()),
        }
    }

    /// Emits the body of `response` as it comes.
    pub(crate) async fn relay(&self, mut response: Response, emitter: &Emitter<Bytes>) -> Result<(), Error> {
        emitter.answer_began();
        while let Some(bytes) = self.next_chunk(&mut response).await.map_err(|failure| failure.error)? {
            emitter.emit(bytes).await;
        }
        Ok(())
    }
}

//! Reading the bodies of answers, bounded in size and silence.

use std::pin::Pin;
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use futures_core::Stream;
use futures_util::stream;
use reqwest::Response;

use crate::{Error, Result};

/// The pieces of a body as they come.
pub(crate) type Chunks = Pin<Box<dyn Stream<Item = Result<Bytes>> + Send>>;

/// The next piece of a body; none at its end.
pub(crate) async fn next_chunk(response: &mut Response, idle: Duration) -> Result<Option<Bytes>> {
    match tokio::time::timeout(idle, response.chunk()).await {
        Ok(Ok(chunk)) => Ok(chunk),
        Ok(Err(error)) => Err(Error::Transport {
            message: "the connection broke before the answer was complete".to_owned(),
            source: Some(Box::new(error.without_url())),
        }),
        Err(_) => Err(Error::Silent { idle }),
    }
}

/// The pieces of a body as a stream. It ends after an error.
pub(crate) fn chunks(response: Response, idle: Duration) -> Chunks {
    Box::pin(stream::unfold(Some(response), move |response| async move {
        let mut response = response?;
        match next_chunk(&mut response, idle).await {
            Ok(Some(chunk)) => Some((Ok(chunk), Some(response))),
            Ok(None) => None,
            Err(error) => Some((Err(error), None)),
        }
    }))
}

/// The whole of a body.
pub(crate) async fn read_all(
    response: &mut Response,
    limit: u64,
    what: &'static str,
    idle: Duration,
) -> Result<Bytes> {
    let too_large = || Error::TooLarge { what, limit };
    if response.content_length().is_some_and(|length| length > limit) {
        return Err(too_large());
    }
    let mut body = BytesMut::new();
    while let Some(chunk) = next_chunk(response, idle).await? {
        if (body.len() + chunk.len()) as u64 > limit {
            return Err(too_large());
        }
        body.extend_from_slice(&chunk);
    }
    Ok(body.freeze())
}

/// The beginning of a body, as far as it can be read.
pub(crate) async fn read_up_to(
    limit: usize,
    mut next: impl AsyncFnMut() -> Result<Option<Bytes>>,
) -> Vec<u8> {
    let mut body = Vec::new();
    while body.len() < limit {
        let Ok(Some(chunk)) = next().await else { break };
        body.extend_from_slice(&chunk[..chunk.len().min(limit - body.len())]);
    }
    body
}

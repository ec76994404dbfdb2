//! Bodies of requests, bounded in size and time.

use std::time::{Duration, Instant};

use axum::body::{Body, BodyDataStream, Bytes};
use axum::http::{HeaderMap, StatusCode, header};
use futures_util::StreamExt as _;
use skilled_wire::code;
use tokio::time::timeout;

use crate::auth::text;
use crate::config::Limits;
use crate::{AppState, Fault};

/// How much of a body that is too large is still read, so that the client hears why before the connection ends.
const LEFT: u64 = 64 << 20;
/// How long that may take.
const LEFT_TIME: Duration = Duration::from_secs(10);

/// A body of at most so many bytes, as it comes. A client that is too slow or sends too much is told so.
pub struct IncomingBody {
    stream: BodyDataStream,
    limit: u64,
    too_large: String,
    seen: u64,
    pause: Duration,
    rate: u64,
    begun: Instant,
    ended: bool,
}

impl IncomingBody {
    /// The body of a request to a door that accepts `limit` bytes and says `too_large` to more.
    pub fn new(
        app: &AppState,
        headers: &HeaderMap,
        body: Body,
        limit: u64,
        too_large: String,
    ) -> Result<Self, Fault> {
        if let Some(encoding) = text(headers, header::CONTENT_ENCODING.as_str())
            && !encoding.eq_ignore_ascii_case("identity")
        {
            let encoding = crate::query::shown(encoding);
            return Err(Fault::invalid(format!("content-encoding: {encoding} is not supported"))
                .with_code(code::REQUEST_BODY_ENCODING_UNSUPPORTED));
        }
        let Limits { body_pause, body_rate, .. } = app.config.limits;
        Ok(Self {
            stream: body.into_data_stream(),
            limit,
            too_large,
            seen: 0,
            pause: body_pause,
            rate: body_rate,
            begun: Instant::now(),
            ended: false,
        })
    }

    /// The next piece; none at the end.
    pub async fn next(&mut self) -> Result<Option<Bytes>, Fault> {
        if self.ended {
            return Ok(None);
        }
        let piece = timeout(self.pause, self.stream.next()).await;
        let piece = match piece {
            Err(_) => return Err(self.too_slow()),
            Ok(None) => {
                self.ended = true;
                return Ok(None);
            }
            // Usually nobody is there any more to hear it.
            Ok(Some(Err(_))) => {
                self.ended = true;
                return Err(Fault::invalid("The body ended early."));
            }
            Ok(Some(Ok(piece))) => piece,
        };
        self.seen += piece.len() as u64;
        if self.seen > self.limit {
            self.discard().await;
            return Err(Fault::too_large(self.too_large.clone()));
        }
        let elapsed = self.begun.elapsed();
        if elapsed > self.pause && self.seen / elapsed.as_secs().max(1) < self.rate {
            return Err(self.too_slow());
        }
        Ok(Some(piece))
    }

    /// All of it, in memory.
    pub async fn whole(mut self) -> Result<Bytes, Fault> {
        let Some(first) = self.next().await? else { return Ok(Bytes::new()) };
        let Some(second) = self.next().await? else { return Ok(first) };
        let mut all = Vec::with_capacity(first.len() + second.len());
        all.extend_from_slice(&first);
        all.extend_from_slice(&second);
        while let Some(piece) = self.next().await? {
            all.extend_from_slice(&piece);
        }
        Ok(all.into())
    }

    /// Reads the rest of the body for nothing, as far as that is reasonable: a client hears an answer only when it has sent
    /// everything, unless it listens meanwhile.
    pub async fn discard(&mut self) {
        let rest = async {
            let mut left = LEFT;
            while let Some(Ok(piece)) = self.stream.next().await {
                left = left.saturating_sub(piece.len() as u64);
                if left == 0 {
                    break;
                }
            }
        };
        if !self.ended {
            let _ = timeout(LEFT_TIME, rest).await;
            self.ended = true;
        }
    }

    fn too_slow(&mut self) -> Fault {
        self.ended = true;
        Fault::invalid("The body came too slowly.")
            .with_status(StatusCode::BAD_REQUEST)
            .with_code(code::REQUEST_BODY_TIMEOUT)
    }
}

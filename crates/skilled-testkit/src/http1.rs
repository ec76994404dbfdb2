//! As much of HTTP/1.1 as the tests need.

use std::io;

use serde_json::Value;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::reply::{Chunking, Ending, Reply};

/// A request that the server got.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Recorded {
    /// The method.
    pub method: String,
    /// The path with its query.
    pub path: String,
    /// The headers in their order, names in lower case.
    pub headers: Vec<(String, String)>,
    /// The body.
    pub body: Vec<u8>,
}

impl Recorded {
    /// Returns the value of the first header `name`.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_str())
    }

    /// Returns whether the client wants to send another request through the connection.
    pub(crate) fn keeps_alive(&self) -> bool {
        !self.header("connection").is_some_and(|value| value.eq_ignore_ascii_case("close"))
    }

    /// Returns the body as JSON.
    ///
    /// # Panics
    ///
    /// Panics if it is not JSON.
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).expect("the body of the request is JSON")
    }

    /// Returns the body as text.
    ///
    /// # Panics
    ///
    /// Panics if it is not UTF-8.
    pub fn text(&self) -> &str {
        std::str::from_utf8(&self.body).expect("the body of the request is UTF-8")
    }
}

/// Reads one request; nothing if the client closed the connection before it was complete.
pub(crate) async fn read_request(stream: &mut TcpStream) -> io::Result<Option<Recorded>> {
    let mut buffer = Vec::new();
    let head_end = loop {
        if let Some(at) = buffer.windows(4).position(|window| window == b"\r\n\r\n") {
            break at;
        }
        if stream.read_buf(&mut buffer).await? == 0 {
            return Ok(None);
        }
    };
    let head = String::from_utf8_lossy(&buffer[..head_end]).into_owned();
    let mut lines = head.split("\r\n");
    let mut first = lines.next().unwrap_or_default().split(' ').map(str::to_owned);
    let (method, path) = (first.next().unwrap_or_default(), first.next().unwrap_or_default());
    let headers: Vec<_> = lines
        .filter_map(|line| line.split_once(':'))
        .map(|(name, value)| (name.to_ascii_lowercase(), value.trim().to_owned()))
        .collect();
    let mut request = Recorded { method, path, headers, body: buffer.split_off(head_end + 4) };
    let length = request.header("content-length").and_then(|value| value.parse().ok()).unwrap_or(0);
    while request.body.len() < length {
        if stream.read_buf(&mut request.body).await? == 0 {
            return Ok(None);
        }
    }
    Ok(Some(request))
}

/// Sends `reply` as it wants to be sent. After a complete one the connection stays open if `keep` says so.
pub(crate) async fn write_reply(stream: &mut TcpStream, reply: &Reply, keep: bool) -> io::Result<()> {
    tokio::time::sleep(reply.delay).await;
    let mut head = format!("HTTP/1.1 {} Scripted\r\n", reply.status);
    for (name, value) in &reply.headers {
        head.extend([name, ": ", value, "\r\n"]);
    }
    let connection = if keep { "keep-alive" } else { "close" };
    head.extend(["transfer-encoding: chunked\r\nconnection: ", connection, "\r\n\r\n"]);
    stream.write_all(head.as_bytes()).await?;
    stream.flush().await?;
    let body = reply.sent();
    let size = match reply.chunking {
        Chunking::Whole => body.len(),
        Chunking::Size(size) => size,
    };
    for piece in body.chunks(size.max(1)) {
        let mut chunk = format!("{:x}\r\n", piece.len()).into_bytes();
        chunk.extend_from_slice(piece);
        chunk.extend_from_slice(b"\r\n");
        stream.write_all(&chunk).await?;
        stream.flush().await?;
    }
    match reply.ending {
        Ending::Complete => {
            stream.write_all(b"0\r\n\r\n").await?;
            if keep { stream.flush().await } else { stream.shutdown().await }
        }
        Ending::HangUp(_) => stream.shutdown().await,
        Ending::Stall(_) => Ok(()),
    }
}

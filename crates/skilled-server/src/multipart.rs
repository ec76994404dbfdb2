//! Bodies in parts (`multipart/form-data`, RFC 7578), as they come.

mod disposition;
mod parser;

use axum::body::Bytes;
use axum::http::{HeaderMap, header};

use crate::Fault;
use crate::auth::text;
use crate::body::IncomingBody;
use parser::{Event, Parser, Wrong};

pub(crate) use disposition::PartHead;

/// A body in parts. Memory holds one piece of the body and the head of a part, at most 8 KiB.
pub(crate) struct Multipart {
    body: IncomingBody,
    parser: Parser,
}

impl Multipart {
    /// The parts of a body, at most `parts` of them.
    pub(crate) fn new(headers: &HeaderMap, body: IncomingBody, parts: usize) -> Result<Self, Fault> {
        let content_type = text(headers, header::CONTENT_TYPE.as_str()).unwrap_or_default();
        let boundary = disposition::boundary(content_type).ok_or_else(|| {
            Fault::invalid("content-type: must be multipart/form-data with a boundary of 1 to 70 characters")
        })?;
        Ok(Self { body, parser: Parser::new(&boundary, parts) })
    }

    /// The head of the next part; what is left of the one before is passed over. None at the end.
    pub(crate) async fn next_part(&mut self) -> Result<Option<PartHead>, Fault> {
        loop {
            match self.event().await? {
                Event::Head(head) => return Ok(Some(head)),
                Event::Data(_) | Event::PartEnd | Event::More => {}
                Event::End => {
                    self.body.discard().await;
                    return Ok(None);
                }
            }
        }
    }

    /// The next piece of the part; none at its end.
    pub(crate) async fn data(&mut self) -> Result<Option<Bytes>, Fault> {
        while self.parser.is_in_part() {
            if let Event::Data(data) = self.event().await? {
                return Ok(Some(data));
            }
        }
        Ok(None)
    }

    /// All of the part, which is a text of at most `limit` bytes.
    pub(crate) async fn text(&mut self, name: &str, limit: usize) -> Result<String, Fault> {
        let mut all = Vec::new();
        while let Some(piece) = self.data().await? {
            if all.len() + piece.len() > limit {
                return Err(Fault::invalid(format!("{name}: must have at most {limit} bytes")));
            }
            all.extend_from_slice(&piece);
        }
        String::from_utf8(all).map_err(|_| Fault::invalid(format!("{name}: must be UTF-8")))
    }

    /// Reads the rest for nothing, before an answer that does not need it.
    pub(crate) async fn discard(&mut self) {
        self.body.discard().await;
    }

    async fn event(&mut self) -> Result<Event, Fault> {
        loop {
            match self.parser.next().map_err(|wrong| refused(&wrong))? {
                Event::More => match self.body.next().await? {
                    Some(piece) => self.parser.feed(&piece),
                    None => self.parser.finish().map_err(|wrong| refused(&wrong))?,
                },
                event => return Ok(event),
            }
        }
    }
}

fn refused(wrong: &Wrong) -> Fault {
    Fault::invalid(format!("Invalid multipart body: {wrong}"))
}

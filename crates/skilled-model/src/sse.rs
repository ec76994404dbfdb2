//! Server-sent events, read from bytes that may be split anywhere.
//!
//! Follows the event stream format of the HTML standard (section 9.2): lines end with LF, CRLF or CR, a byte order mark
//! at the start is skipped, comments and unknown fields are ignored, several `data` lines are joined with LF, and a
//! record that the end of the stream cuts off is dropped. Unlike the standard, bytes that are not UTF-8 are an error
//! (a damaged answer must not pass for a good one), and the size of a record is bounded.

/// One record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Record {
    /// The value of the last `event` line, if any.
    pub event: Option<String>,
    /// The `data` lines.
    pub data: String,
}

/// Why bytes are no event stream.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// A record is larger than the limit.
    #[error("a record of the stream is larger than {limit} bytes")]
    TooLarge {
        /// The limit in bytes.
        limit: usize,
    },
    /// A line is not UTF-8.
    #[error("the stream is not UTF-8")]
    NotUtf8,
}

/// A parser of one stream.
#[derive(Debug)]
pub struct Parser {
    limit: usize,
    /// The line that has begun.
    line: Vec<u8>,
    /// The last byte was a CR: an LF that follows belongs to it.
    after_cr: bool,
    /// No line has ended yet: a byte order mark may stand at its start.
    first_line: bool,
    event: Option<String>,
    data: Option<String>,
}

const BYTE_ORDER_MARK: &[u8] = b"\xEF\xBB\xBF";

impl Parser {
    /// Returns a parser that accepts records (their lines taken together) of up to `limit` bytes.
    pub const fn new(limit: usize) -> Self {
        Self { limit, line: Vec::new(), after_cr: false, first_line: true, event: None, data: None }
    }

    /// Reads `bytes` and appends the records that they complete to `records`.
    pub fn push(&mut self, mut bytes: &[u8], records: &mut Vec<Record>) -> Result<(), Error> {
        while let Some(&first) = bytes.first() {
            if std::mem::take(&mut self.after_cr) && first == b'\n' {
                bytes = &bytes[1..];
                continue;
            }
            let end = bytes.iter().position(|byte| matches!(byte, b'\n' | b'\r'));
            let (text, rest) = bytes.split_at(end.unwrap_or(bytes.len()));
            self.extend_line(text)?;
            let Some(&terminator) = rest.first() else { break };
            self.after_cr = terminator == b'\r';
            bytes = &rest[1..];
            self.end_line(records)?;
        }
        Ok(())
    }

    fn extend_line(&mut self, text: &[u8]) -> Result<(), Error> {
        let held = self.line.len()
            + self.data.as_ref().map_or(0, String::len)
            + self.event.as_ref().map_or(0, String::len);
        if held + text.len() > self.limit {
            return Err(Error::TooLarge { limit: self.limit });
        }
        self.line.extend_from_slice(text);
        Ok(())
    }

    fn end_line(&mut self, records: &mut Vec<Record>) -> Result<(), Error> {
        let mut line = std::mem::take(&mut self.line);
        if std::mem::take(&mut self.first_line) && line.starts_with(BYTE_ORDER_MARK) {
            line.drain(..BYTE_ORDER_MARK.len());
        }
        if line.is_empty() {
            let event = self.event.take();
            records.extend(self.data.take().map(|data| Record { event, data }));
            return Ok(());
        }
        let line = String::from_utf8(line).map_err(|_| Error::NotUtf8)?;
        let (field, value) = line.split_once(':').unwrap_or((&line, ""));
        let value = value.strip_prefix(' ').unwrap_or(value);
        match field {
            "data" => match &mut self.data {
                Some(data) => data.extend(["\n", value]),
                None => self.data = Some(value.to_owned()),
            },
            "event" => self.event = Some(value.to_owned()),
            // A comment (no field name), `id` and `retry` (nothing here reconnects), or unknown.
            _ => {}
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests;

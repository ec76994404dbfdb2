//! What happened to an operation, in a file that outlives whoever waits for it.
//!
//! A journal begins with a counter ([`COMMITTED`] bytes, little-endian) of the bytes that count, itself included; its highest
//! bit says that the end is among them. Then frames follow: a length (four bytes, little-endian) and a [`Record`], encoded
//! by `postcard`. A frame is written first and counted afterwards, so that a reader never sees half of one, whenever the
//! writer was killed. The first record is [`Record::Begun`], written
//! before anything happens; the last is [`Record::Ended`]. A journal without an end, of a sandbox that is gone, tells that
//! nobody knows how the operation ended.
//!
//! The supervisor writes; hosts read while it grows. Neither trusts lengths it has not checked.

use serde::{Deserialize, Serialize};

/// Bytes of the counter at the beginning of a journal.
pub const COMMITTED: u64 = 8;
/// The bit of the counter that says that the end is there.
pub const HAS_ENDED: u64 = 1 << 63;
/// The longest frame, in bytes, without its length.
pub const FRAME_LIMIT: usize = 80 * 1024;
/// The most bytes of output in one record.
pub const CHUNK: usize = 64 * 1024;

/// One thing that happened.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Record<'a> {
    /// The operation was asked for. Whatever it does comes later.
    Begun {
        /// Milliseconds since 1970.
        at: u64,
        /// The program with its arguments, or the text, cut to a few hundred bytes; for people.
        what: &'a str,
        /// Its output waits for readers ([`crate::Keep::Window`]).
        window: bool,
        /// It takes texts, and does nothing by itself.
        interpreter: bool,
    },
    /// Its process runs, or the interpreter has its text.
    Started,
    /// It wrote something.
    Output {
        /// 1 or 2, as in `stdin(3)`.
        stream: u8,
        /// What.
        #[serde(serialize_with = "as_bytes")]
        bytes: &'a [u8],
    },
    /// Something that it wrote is not here.
    Cut {
        /// 1 or 2.
        stream: u8,
        /// How many bytes.
        bytes: u64,
    },
    /// It has ended. Nothing follows.
    Ended(End),
}

/// The end of an operation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct End {
    /// How.
    pub how: How,
    /// Milliseconds since it began.
    pub after_ms: u64,
    /// Processor time of its processes that have ended, in milliseconds.
    pub cpu_ms: u64,
    /// The largest memory of one of them, in KiB.
    pub peak_kib: u64,
}

/// How an operation ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum How {
    /// It never ran, for a reason as in `errno(3)`.
    NotStarted {
        /// The reason.
        errno: i32,
    },
    /// Its process, or its interpreter, has ended with this status, as `wait(2)` gives it.
    Exited {
        /// The status.
        status: i32,
    },
    /// Its interpreter has reported this status and lives on.
    Reported {
        /// The status.
        status: i32,
    },
    /// Its time was up.
    TimedOut {
        /// Its interpreter lives on.
        interpreter_lives: bool,
    },
    /// It was killed because a host asked for it.
    Killed,
    /// Something in the sandbox killed its runner; everything that it had started was killed.
    Lost,
}

/// In one piece: a slice would be written byte by byte.
fn as_bytes<S: serde::Serializer>(bytes: &[u8], serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_bytes(bytes)
}

impl Record<'_> {
    /// Appends the frame of this record to `buffer`.
    pub fn encode(&self, buffer: &mut Vec<u8>) {
        let start = buffer.len();
        buffer.extend_from_slice(&[0; 4]);
        let taken = std::mem::take(buffer);
        // Writing into a vector cannot fail, and none of the records has a serializer of its own that could.
        *buffer = postcard::to_extend(self, taken).unwrap_or_default();
        let length = (buffer.len().saturating_sub(start + 4)) as u32;
        if let Some(place) = buffer.get_mut(start..start + 4) {
            place.copy_from_slice(&length.to_le_bytes());
        }
    }
}

/// Reads a counter: how many bytes count, and whether the end is among them.
pub const fn counted(counter: u64) -> (u64, bool) {
    (counter & !HAS_ENDED, counter & HAS_ENDED != 0)
}

/// A journal whose bytes are not those of a journal.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the journal is damaged at byte {at}")]
pub struct Damaged {
    /// Where, counted from the first of the bytes that were given.
    pub at: usize,
}

/// Reads the first frame of `bytes`: its record, and how many bytes it takes. None when it is not whole yet.
pub fn decode(bytes: &[u8]) -> Result<Option<(Record<'_>, usize)>, Damaged> {
    let Some((length, rest)) = bytes.split_first_chunk::<4>() else { return Ok(None) };
    let length = u32::from_le_bytes(*length) as usize;
    if length > FRAME_LIMIT {
        return Err(Damaged { at: 0 });
    }
    let Some(frame) = rest.get(..length) else { return Ok(None) };
    let record = postcard::from_bytes(frame).map_err(|_| Damaged { at: 4 })?;
    Ok(Some((record, 4 + length)))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn records_come_back_whole_and_partial_ones_wait() {
        let end = End { how: How::TimedOut { interpreter_lives: true }, after_ms: 5, cpu_ms: 1, peak_kib: 9 };
        let large = vec![7; CHUNK];
        let records = [
            Record::Begun { at: 1, what: "true", window: true, interpreter: false },
            Record::Started,
            Record::Output { stream: 2, bytes: &large },
            Record::Cut { stream: 1, bytes: u64::MAX },
            Record::Ended(end),
        ];
        let mut bytes = Vec::new();
        for record in &records {
            record.encode(&mut bytes);
        }
        let mut rest = &bytes[..];
        for record in &records {
            let (found, length) = decode(rest).unwrap().unwrap();
            assert_eq!(&found, record);
            assert_eq!(decode(&rest[..length - 1]).unwrap(), None);
            rest = &rest[length..];
        }
        assert!(rest.is_empty());
        assert_eq!(decode(&u32::MAX.to_le_bytes()), Err(Damaged { at: 0 }));
        assert_eq!(decode(&[1, 0, 0, 0, 99]), Err(Damaged { at: 4 }));
    }

    proptest! {
        #[test]
        fn garbage_never_panics(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
            let _ = decode(&bytes);
        }
    }
}

//! Output kept within a bound while it streams.

use std::collections::VecDeque;

/// Keeps the beginning and the end of a stream of bytes, and counts what it drops between them.
///
/// Memory stays within the limit however much comes.
#[derive(Debug)]
pub struct Capture {
    head: Vec<u8>,
    tail: VecDeque<u8>,
    head_limit: usize,
    tail_limit: usize,
    total: u64,
}

/// What a [`Capture`] kept.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Captured {
    /// The first bytes; all of them when nothing was cut.
    pub head: Vec<u8>,
    /// The last bytes; empty when nothing was cut.
    pub tail: Vec<u8>,
    /// How many bytes between the two were dropped.
    pub cut: u64,
}

impl Capture {
    /// Keeps at most `limit` bytes: two thirds from the beginning, the rest from the end.
    pub fn new(limit: usize) -> Self {
        let tail_limit = limit / 3;
        Self { head: Vec::new(), tail: VecDeque::new(), head_limit: limit - tail_limit, tail_limit, total: 0 }
    }

    /// Takes the next bytes of the stream.
    pub fn push(&mut self, mut bytes: &[u8]) {
        self.total += bytes.len() as u64;
        let room = (self.head_limit - self.head.len()).min(bytes.len());
        self.head.extend_from_slice(&bytes[..room]);
        bytes = &bytes[room..];
        if bytes.len() >= self.tail_limit {
            self.tail.clear();
            bytes = &bytes[bytes.len() - self.tail_limit..];
        }
        let over = (self.tail.len() + bytes.len()).saturating_sub(self.tail_limit);
        self.tail.drain(..over);
        self.tail.extend(bytes);
    }

    /// Returns what was kept.
    pub fn finish(mut self) -> Captured {
        let cut = self.total - self.head.len() as u64 - self.tail.len() as u64;
        if cut == 0 {
            self.head.extend(self.tail.drain(..));
        }
        Captured { head: self.head, tail: self.tail.into(), cut }
    }
}

impl Captured {
    /// Returns whether nothing came.
    pub const fn is_empty(&self) -> bool {
        self.head.is_empty() && self.tail.is_empty()
    }

    /// Returns the output as text: what is not UTF-8 is replaced by U+FFFD, what was cut by a line that says how much.
    pub fn to_text(&self) -> String {
        let head = String::from_utf8_lossy(whole_characters(&self.head, self.cut > 0));
        if self.cut == 0 {
            return head.into_owned();
        }
        let start = self.tail.iter().take(3).take_while(|byte| **byte & 0xC0 == 0x80).count();
        let tail = String::from_utf8_lossy(&self.tail[start..]);
        format!("{head}\n[… {} bytes cut …]\n{tail}", self.cut)
    }
}

/// Drops an incomplete character from the end of `bytes` when they were cut there.
fn whole_characters(bytes: &[u8], cut: bool) -> &[u8] {
    match std::str::from_utf8(bytes) {
        Err(error) if cut && error.error_len().is_none() => &bytes[..error.valid_up_to()],
        Ok(_) | Err(_) => bytes,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn capture(limit: usize, pieces: &[&[u8]]) -> Captured {
        let mut capture = Capture::new(limit);
        for piece in pieces {
            capture.push(piece);
        }
        capture.finish()
    }

    #[test]
    fn short_output_is_whole() {
        assert_eq!(capture(9, &[b"ab", b"cdefghi"]).to_text(), "abcdefghi");
        assert!(capture(9, &[]).is_empty());
    }

    #[test]
    fn long_output_says_how_much_was_cut() {
        let captured = capture(9, &[b"0123456789", b"abcdef"]);
        assert_eq!(captured, Captured { head: b"012345".to_vec(), tail: b"def".to_vec(), cut: 7 });
        assert_eq!(captured.to_text(), "012345\n[… 7 bytes cut …]\ndef");
    }

    #[test]
    fn characters_are_not_torn_by_the_cut() {
        let captured = capture(9, &["aaaaa€€€€€".as_bytes()]);
        assert_eq!(captured.to_text(), "aaaaa\n[… 11 bytes cut …]\n€");
        assert_eq!(capture(9, &[b"\xff\xfeok"]).to_text(), "\u{fffd}\u{fffd}ok");
    }

    proptest! {
        #[test]
        fn head_cut_and_tail_add_up(pieces: Vec<Vec<u8>>, limit in 0usize..64) {
            let whole: Vec<u8> = pieces.concat();
            let borrowed: Vec<&[u8]> = pieces.iter().map(Vec::as_slice).collect();
            let captured = capture(limit, &borrowed);
            prop_assert_eq!(captured.head.len() as u64 + captured.cut + captured.tail.len() as u64, whole.len() as u64);
            prop_assert!(captured.head.len() + captured.tail.len() <= limit);
            prop_assert!(whole.starts_with(&captured.head) && whole.ends_with(&captured.tail));
        }
    }
}

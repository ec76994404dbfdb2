//! Output, as far as it was kept.

/// What was kept of an output: its beginning and its end.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Captured {
    /// The first bytes; all of them when nothing was cut.
    pub head: Vec<u8>,
    /// The last bytes; empty when nothing was cut.
    pub tail: Vec<u8>,
    /// How many bytes between the two were dropped.
    pub cut: u64,
}

impl Captured {
    /// Adds what came next.
    pub(crate) fn push(&mut self, bytes: &[u8]) {
        if self.cut == 0 {
            self.head.extend_from_slice(bytes);
        } else {
            self.tail.extend_from_slice(bytes);
        }
    }

    /// Notes that something is missing here. What was kept between two gaps is counted with them.
    pub(crate) fn skip(&mut self, bytes: u64) {
        self.cut += bytes + self.tail.len() as u64;
        self.tail.clear();
    }

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
    use super::*;

    #[test]
    fn long_output_says_how_much_was_cut() {
        let mut captured = Captured::default();
        assert!(captured.is_empty());
        captured.push(b"0123");
        captured.push(b"45");
        assert_eq!(captured.to_text(), "012345");
        captured.skip(5);
        captured.push(b"lost");
        captured.skip(3);
        captured.push(b"def");
        assert_eq!(captured, Captured { head: b"012345".to_vec(), tail: b"def".to_vec(), cut: 12 });
        assert_eq!(captured.to_text(), "012345\n[… 12 bytes cut …]\ndef");
    }

    #[test]
    fn characters_are_not_torn_by_the_cut() {
        let euros = "€€".as_bytes();
        let captured = Captured { head: [b"a", &euros[..2]].concat(), tail: euros[2..].to_vec(), cut: 9 };
        assert_eq!(captured.to_text(), "a\n[… 9 bytes cut …]\n€");
        let captured = Captured { head: b"\xff\xfeok".to_vec(), ..Captured::default() };
        assert_eq!(captured.to_text(), "\u{fffd}\u{fffd}ok");
    }
}

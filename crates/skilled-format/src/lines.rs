//! Lines and columns of byte offsets.

/// The lines of a text, so that places in it can be named.
#[derive(Debug, Clone)]
pub struct Lines<'a> {
    text: &'a str,
    /// Offset of the first byte of each line.
    starts: Vec<usize>,
}

impl<'a> Lines<'a> {
    /// Finds the lines of `text`, which end with `\n`.
    pub fn new(text: &'a str) -> Self {
        let breaks = text.bytes().enumerate().filter(|(_, byte)| *byte == b'\n');
        Self { text, starts: std::iter::once(0).chain(breaks.map(|(at, _)| at + 1)).collect() }
    }

    /// Line and column of a byte offset, both from 1, the column in characters. An offset beyond the end, or
    /// inside a character, is that of the last character before it.
    pub fn place(&self, offset: usize) -> (usize, usize) {
        let mut offset = offset.min(self.text.len());
        while !self.text.is_char_boundary(offset) {
            offset -= 1;
        }
        let line = self.starts.partition_point(|start| *start <= offset);
        (line, 1 + self.text[self.starts[line - 1]..offset].chars().count())
    }

    /// Number of lines; text after the last line break counts as one.
    pub fn count(&self) -> usize {
        self.starts.len() - usize::from(self.text.is_empty() || self.text.ends_with('\n'))
    }

    /// Byte range of a line, counted from 1, without its line break; `None` when there is no such line.
    pub fn range(&self, line: usize) -> Option<std::ops::Range<usize>> {
        let start = *self.starts.get(line.checked_sub(1)?)?;
        let end = self.starts.get(line).map_or(self.text.len(), |next| next - 1);
        Some(start..end)
    }
}

/// Number of bytes of a kind, counted many at once.
pub(crate) fn count(bytes: &[u8], is_counted: impl Fn(u8) -> bool) -> usize {
    // As many as one byte can count, so that the compiler counts in bytes.
    const CHUNK: usize = u8::MAX as usize;
    let in_chunk =
        |chunk: &[u8]| chunk.iter().fold(0_u8, |count, byte| count.wrapping_add(u8::from(is_counted(*byte))));
    bytes.chunks(CHUNK).map(|chunk| usize::from(in_chunk(chunk))).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_are_counted_in_characters_from_one() {
        let lines = Lines::new("aé\n\nxyz");
        let places = [0, 1, 2, 3, 4, 5, 7, 99].map(|offset| lines.place(offset));
        assert_eq!(places, [(1, 1), (1, 2), (1, 2), (1, 3), (2, 1), (3, 1), (3, 3), (3, 4)]);
        assert_eq!((lines.range(1), lines.range(2), lines.range(4)), (Some(0..3), Some(4..4), None));
    }

    #[test]
    fn a_last_line_without_a_break_counts() {
        assert_eq!(["", "a", "a\n", "a\nb", "\n"].map(|text| Lines::new(text).count()), [0, 1, 1, 2, 1]);
    }
}

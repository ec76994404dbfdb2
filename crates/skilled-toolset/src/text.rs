//! Text for models: names that cannot mislead, numbered lines, sizes, and likeness.

use std::collections::HashMap;
use std::fmt::Write as _;

/// Characters of a text that count when it is compared with another.
const COMPARED: usize = 500;

/// Returns a path or name on one line: control characters and characters that reorder or hide text are escaped.
pub(crate) fn shown(name: &str) -> String {
    let mut out = String::with_capacity(name.len());
    for character in name.chars() {
        if character.is_control() || misleads(character) {
            out.extend(character.escape_default());
        } else {
            out.push(character);
        }
    }
    out
}

/// Returns whether a character reorders text, hides in it, or breaks its line (Unicode bidirectional and zero-width
/// formats, and the two separators).
const fn misleads(character: char) -> bool {
    matches!(character, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}')
}

/// Returns a name of bytes on one line; what is not UTF-8 is written as `\xNN`.
pub(crate) fn shown_bytes(name: &[u8]) -> String {
    let mut out = String::new();
    for chunk in name.utf8_chunks() {
        out.push_str(&shown(chunk.valid()));
        for byte in chunk.invalid() {
            let _ = write!(out, "\\x{byte:02x}");
        }
    }
    out
}

/// Returns a size as people read it, such as `1.2 KiB`.
pub(crate) fn size(bytes: u64) -> String {
    const UNITS: [&str; 4] = ["KiB", "MiB", "GiB", "TiB"];
    if bytes < 1024 {
        return format!("{bytes} B");
    }
    let mut amount = bytes as f64 / 1024.0;
    let mut unit = 0;
    while amount >= 1023.95 && unit + 1 < UNITS.len() {
        amount /= 1024.0;
        unit += 1;
    }
    format!("{amount:.1} {}", UNITS[unit])
}

/// Returns `count` with the noun it counts.
pub(crate) fn counted(count: usize, singular: &str, plural: &str) -> String {
    format!("{count} {}", if count == 1 { singular } else { plural })
}

/// Adds a line with its number, as `view` shows it: the number in six columns, a tab, the text.
pub(crate) fn numbered(out: &mut String, number: u64, line: &str) {
    let _ = writeln!(out, "{number:>6}\t{line}");
}

/// Returns `line` cut to `limit` bytes, with a mark that says how much is missing.
pub(crate) fn shortened(line: &str, limit: usize) -> String {
    if line.len() <= limit {
        return line.to_owned();
    }
    let end = line.floor_char_boundary(limit);
    format!("{} [… {} bytes of this line cut …]", &line[..end], line.len() - end)
}

/// A text that others are compared with.
pub(crate) struct Likeness {
    folded: Vec<char>,
    /// How often each pair of neighbouring characters occurs.
    pairs: HashMap<(char, char), usize>,
}

impl Likeness {
    pub(crate) fn new(text: &str) -> Self {
        let folded = folded(text);
        let mut pairs = HashMap::new();
        for pair in folded.windows(2) {
            *pairs.entry((pair[0], pair[1])).or_default() += 1;
        }
        Self { folded, pairs }
    }

    /// Returns how alike the two texts are, from 0 to 1: the share of pairs of neighbouring characters they have in
    /// common (Dice's coefficient), without regard to case and white space. Only the first [`COMPARED`] characters of
    /// each count.
    pub(crate) fn to(&self, other: &str) -> f64 {
        let (own, other) = (&self.folded, folded(other));
        if *own == other {
            return 1.0;
        }
        if own.len() < 2 || other.len() < 2 {
            return 0.0;
        }
        let mut met: HashMap<(char, char), usize> = HashMap::new();
        let mut common = 0;
        for pair in other.windows(2) {
            let pair = (pair[0], pair[1]);
            let Some(own) = self.pairs.get(&pair) else { continue };
            let times = met.entry(pair).or_default();
            if *times < *own {
                *times += 1;
                common += 1;
            }
        }
        2.0 * f64::from(common) / (own.len() + other.len() - 2) as f64
    }
}

fn folded(text: &str) -> Vec<char> {
    text.chars().filter(|c| !c.is_whitespace()).flat_map(char::to_lowercase).take(COMPARED).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_stay_on_one_line() {
        assert_eq!(shown("a\nb\u{202e}c é"), "a\\nb\\u{202e}c é");
        for hidden in ['\0', '\u{7f}', '\u{9b}', '\u{200b}', '\u{200f}', '\u{2028}', '\u{2069}', '\u{feff}'] {
            assert_eq!(shown(&hidden.to_string()), hidden.escape_default().to_string());
        }
        assert_eq!(shown_bytes(b"a\xff\xfe\nb"), "a\\xff\\xfe\\nb");
    }

    #[test]
    fn sizes_keep_their_unit() {
        let shown: Vec<_> = [0, 1023, 1024, 1536, 1024 * 1024 - 1, 5 << 30].map(size).into();
        assert_eq!(shown, ["0 B", "1023 B", "1.0 KiB", "1.5 KiB", "1.0 MiB", "5.0 GiB"]);
    }

    #[test]
    fn long_lines_are_cut_between_characters() {
        assert_eq!(shortened("aé", 3), "aé");
        assert_eq!(shortened("aéb", 2), "a [… 3 bytes of this line cut …]");
    }

    #[test]
    fn likeness_orders_candidates() {
        let key = Likeness::new("report.txt");
        assert!(key.to("Report.txt") > 0.99);
        assert!(key.to("reprot.txt") > key.to("summary.csv"));
        assert!(Likeness::new("a").to("b") < 0.01);
        assert!((Likeness::new("aab").to("aaaab") - 4.0 / 6.0).abs() < 1e-9);
    }

    #[test]
    fn only_the_beginnings_of_long_texts_are_compared() {
        let start = "abcdefghij".repeat(50);
        let other = format!("{start}{}", "xyz".repeat(10_000));
        assert!(Likeness::new(&start).to(&other) > 0.99);
    }
}

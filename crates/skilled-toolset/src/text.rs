//! Text for models: names that cannot mislead, numbered lines, sizes, and likeness.

use std::collections::HashMap;
use std::fmt::Write as _;

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

/// Returns how alike two texts are, from 0 to 1: the share of pairs of neighbouring characters they have in common
/// (Dice's coefficient), without regard to case and white space.
pub(crate) fn likeness(a: &str, b: &str) -> f64 {
    let (a, b) = (folded(a), folded(b));
    if a == b {
        return 1.0;
    }
    if a.len() < 2 || b.len() < 2 {
        return 0.0;
    }
    let mut pairs: HashMap<(char, char), usize> = HashMap::new();
    for pair in a.windows(2) {
        *pairs.entry((pair[0], pair[1])).or_default() += 1;
    }
    let mut common = 0;
    for pair in b.windows(2) {
        if let Some(left @ 1..) = pairs.get_mut(&(pair[0], pair[1])) {
            *left -= 1;
            common += 1;
        }
    }
    2.0 * f64::from(common) / (a.len() + b.len() - 2) as f64
}

fn folded(text: &str) -> Vec<char> {
    text.chars().filter(|c| !c.is_whitespace()).flat_map(char::to_lowercase).collect()
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
        assert!(likeness("report.txt", "Report.txt") > 0.99);
        assert!(likeness("report.txt", "reprot.txt") > likeness("report.txt", "summary.csv"));
        assert!(likeness("a", "b") < 0.01);
    }
}

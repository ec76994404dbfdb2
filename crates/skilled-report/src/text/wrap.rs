//! Text in lines of a width.

use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

use crate::visible::visible;

/// Breaks `text` into lines of at most `width` columns (at least 10), at white space; a word that is wider than a line
/// is broken inside. Characters that could steer a terminal are escaped. There is always a line.
pub fn wrapped(text: &str, width: usize) -> Vec<String> {
    let width = width.max(10);
    let mut lines = vec![String::new()];
    let mut used = 0;
    for word in text.split_whitespace() {
        let word = visible(word);
        let long = word.width();
        if used > 0 && used + 1 + long > width {
            lines.push(String::new());
            used = 0;
        }
        if used > 0 {
            push(&mut lines, " ");
            used += 1;
        }
        if used + long <= width {
            push(&mut lines, &word);
            used += long;
            continue;
        }
        for c in word.chars() {
            let wide = c.width().unwrap_or(0);
            if used + wide > width {
                lines.push(String::new());
                used = 0;
            }
            push(&mut lines, c.encode_utf8(&mut [0; 4]));
            used += wide;
        }
    }
    lines
}

fn push(lines: &mut [String], text: &str) {
    if let Some(last) = lines.last_mut() {
        last.push_str(text);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_kept_whole_unless_they_are_wider_than_a_line() {
        assert_eq!(wrapped("one two  three\nfour", 10), ["one two", "three four"]);
        assert_eq!(
            wrapped("a abcdefghijklm 你好你好你好", 10),
            ["a", "abcdefghij", "klm", "你好你好你", "好"]
        );
        assert_eq!(wrapped(" ", 10), [""]);
        assert_eq!(wrapped("a\u{202e}b", 20), ["a\\u{202e}b"]);
    }
}

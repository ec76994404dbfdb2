//! Rust source as far as the rules need it: what is code and what only looks like it, and where blocks end.

use std::ops::Range;

/// A Rust file with its comments and literals blanked out.
pub(super) struct Source<'a> {
    text: &'a str,
    /// Same length and lines as `text`; comments and the contents of literals are spaces.
    code: String,
    line_starts: Vec<usize>,
    /// Byte ranges of items behind `#[cfg(test)]`.
    tests: Vec<Range<usize>>,
}

/// A function with a body.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Function<'a> {
    pub(super) name: &'a str,
    /// Of the word `fn`, counted from 1.
    pub(super) line: usize,
    /// From the word `fn` to the closing brace, both lines included.
    pub(super) lines: usize,
    /// Whether it stands behind `#[cfg(test)]`.
    pub(super) test: bool,
}

impl<'a> Source<'a> {
    pub(super) fn new(text: &'a str) -> Self {
        let code = blank_literals(text);
        let line_starts = std::iter::once(0).chain(text.match_indices('\n').map(|(at, _)| at + 1)).collect();
        let mut source = Self { text, code, line_starts, tests: Vec::new() };
        source.tests = source.test_items();
        source
    }

    /// The line of a byte, counted from 1.
    pub(super) fn line_of(&self, at: usize) -> usize {
        self.line_starts.partition_point(|&start| start <= at)
    }

    /// A line as written, counted from 1.
    pub(super) fn line(&self, number: usize) -> &'a str {
        self.text[self.line_range(number)].trim_end_matches('\n')
    }

    /// A line without its comments and literals, counted from 1.
    pub(super) fn code_line(&self, number: usize) -> &str {
        self.code[self.line_range(number)].trim_end_matches('\n')
    }

    /// How many lines are not behind `#[cfg(test)]`.
    pub(super) fn production_lines(&self) -> usize {
        let tests: usize =
            self.tests.iter().map(|it| self.line_of(it.end) - self.line_of(it.start) + 1).sum();
        self.text.lines().count().saturating_sub(tests)
    }

    /// Where the word stands as a token of its own.
    pub(super) fn words(&self, word: &'static str) -> impl Iterator<Item = usize> {
        self.code.match_indices(word).map(|(at, _)| at).filter(move |&at| {
            let before = self.code[..at].chars().next_back();
            let after = self.code[at + word.len()..].chars().next();
            !before.is_some_and(is_word) && !after.is_some_and(is_word)
        })
    }

    /// What follows the byte, without the spaces.
    pub(super) fn after(&self, at: usize) -> &str {
        self.code[at..].trim_start()
    }

    /// Every function with a body; function pointer types and declarations have none.
    pub(super) fn functions(&self) -> Vec<Function<'_>> {
        let starts = self.words("fn");
        starts.filter_map(|start| self.function(start)).collect()
    }

    fn function(&self, start: usize) -> Option<Function<'_>> {
        let rest = self.after(start + 2);
        let name_at = self.code.len() - rest.len();
        let name = &rest[..rest.find(|c| !is_word(c)).unwrap_or(rest.len())];
        if name.is_empty() || name.starts_with(|c: char| c.is_ascii_digit()) {
            return None;
        }
        let open = self.block_after(name_at)?;
        let close = self.block_end(open);
        Some(Function {
            name,
            line: self.line_of(start),
            lines: self.line_of(close) - self.line_of(start) + 1,
            test: self.tests.iter().any(|range| range.contains(&start)),
        })
    }

    /// The opening brace of the item whose header contains `from`; none where a semicolon ends the item first.
    fn block_after(&self, from: usize) -> Option<usize> {
        let mut depth = 0_usize;
        for (at, byte) in self.code.bytes().enumerate().skip(from) {
            match byte {
                b'(' | b'[' => depth += 1,
                b')' | b']' => depth = depth.saturating_sub(1),
                b'{' if depth == 0 => return Some(at),
                b';' if depth == 0 => return None,
                _ => {}
            }
        }
        None
    }

    /// The brace that closes the one at `open`; the end of the file where it is missing.
    fn block_end(&self, open: usize) -> usize {
        let mut depth = 0_usize;
        for (at, byte) in self.code.bytes().enumerate().skip(open) {
            match byte {
                b'{' => depth += 1,
                b'}' if depth <= 1 => return at,
                b'}' => depth -= 1,
                _ => {}
            }
        }
        self.code.len().saturating_sub(1)
    }

    fn test_items(&self) -> Vec<Range<usize>> {
        let mut items: Vec<Range<usize>> = Vec::new();
        let starts = ["#[cfg(test)]", "#[cfg(all(test"].map(|attribute| self.code.match_indices(attribute));
        let mut starts: Vec<usize> = starts.into_iter().flatten().map(|(at, _)| at).collect();
        starts.sort_unstable();
        for start in starts {
            // Past the opening `#[`, so that the attribute's own brackets do not count as the item's.
            let end = self.code[start..].find(']').map_or(start, |length| start + length + 1);
            let nested = items.last().is_some_and(|last| last.contains(&start));
            if let (false, Some(open)) = (nested, self.block_after(end)) {
                items.push(start..self.block_end(open));
            }
        }
        items
    }

    fn line_range(&self, number: usize) -> Range<usize> {
        let start = self.line_starts[number - 1];
        start..self.line_starts.get(number).copied().unwrap_or(self.text.len())
    }
}

fn is_word(c: char) -> bool {
    c == '_' || c.is_alphanumeric()
}

/// Replaces every byte of comments and literals by a space; line ends stay.
fn blank_literals(text: &str) -> String {
    let bytes = text.as_bytes();
    let mut code = bytes.to_vec();
    let mut at = 0;
    while at < bytes.len() {
        let end = literal_end(text, at);
        match end {
            Some(end) => {
                for byte in code[at..end].iter_mut().filter(|byte| **byte != b'\n') {
                    *byte = b' ';
                }
                at = end;
            }
            // A word as a whole, or the `r` of `bar"x"` would start a raw string.
            None if is_word_byte(bytes[at]) => {
                at += bytes[at..].iter().take_while(|byte| is_word_byte(**byte)).count();
            }
            None => at += 1,
        }
    }
    String::from_utf8_lossy(&code).into_owned()
}

fn is_word_byte(byte: u8) -> bool {
    byte == b'_' || byte.is_ascii_alphanumeric() || !byte.is_ascii()
}

/// Where the comment or literal that starts at `at` ends; none where something else starts.
fn literal_end(text: &str, at: usize) -> Option<usize> {
    let rest = &text.as_bytes()[at..];
    let length = match rest {
        [b'/', b'/', ..] => rest.iter().position(|byte| *byte == b'\n').unwrap_or(rest.len()),
        [b'/', b'*', ..] => block_comment(rest),
        [b'"', ..] => quoted(rest, b'"'),
        [b'b' | b'c', b'"', ..] => 1 + quoted(&rest[1..], b'"'),
        [b'b', b'\'', ..] => 1 + quoted(&rest[1..], b'\''),
        [b'r', ..] => raw_string(rest)?,
        [b'b' | b'c', b'r', ..] => 1 + raw_string(&rest[1..])?,
        [b'\'', b'\\', ..] => quoted(rest, b'\''),
        [b'\'', ..] => {
            // One character and a quote is a literal; anything else is a lifetime or a label.
            let character = text[at + 1..].chars().next()?;
            (text[at + 1 + character.len_utf8()..].starts_with('\'')).then_some(2 + character.len_utf8())?
        }
        _ => return None,
    };
    Some(at + length)
}

fn quoted(rest: &[u8], quote: u8) -> usize {
    let mut at = 1;
    while at < rest.len() {
        match rest[at] {
            b'\\' => at += 2,
            byte if byte == quote => return at + 1,
            _ => at += 1,
        }
    }
    rest.len()
}

fn raw_string(rest: &[u8]) -> Option<usize> {
    let hashes = rest[1..].iter().take_while(|byte| **byte == b'#').count();
    if rest.get(1 + hashes) != Some(&b'"') {
        return None;
    }
    let mut closing = vec![b'"'];
    closing.resize(1 + hashes, b'#');
    let body = 2 + hashes;
    let length = rest[body..].windows(closing.len()).position(|window| window == closing);
    Some(length.map_or(rest.len(), |length| body + length + closing.len()))
}

fn block_comment(rest: &[u8]) -> usize {
    let mut depth = 0_usize;
    let mut at = 0;
    while at < rest.len() {
        match &rest[at..] {
            [b'/', b'*', ..] => (depth, at) = (depth + 1, at + 2),
            [b'*', b'/', ..] => (depth, at) = (depth - 1, at + 2),
            _ => at += 1,
        }
        if depth == 0 {
            break;
        }
    }
    at
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check_code(text: &str, left: &str) {
        let code = Source::new(text).code;
        assert_eq!(code.len(), text.len(), "positions must not move");
        assert_eq!(code.split_whitespace().collect::<Vec<_>>().join(" "), left, "of {text}");
    }

    #[test]
    fn comments_and_literals_are_blank() {
        check_code("a // { \"\nb", "a b");
        check_code("a /* x /* { */ ' */ b", "a b");
        check_code(r##"a("{ \" {", b"\\", c"}")"##, "a( , , )");
        check_code("a(r#\"{ \"# , br\"\\\", r\"\")", "a( , , )");
        check_code("a('{', '\\'', b'}', 'é', '\\u{7b}')", "a( , , , , )");
    }

    #[test]
    fn what_only_looks_like_a_literal_stays() {
        check_code("fn f<'a>(x: &'a str, r#type: T)", "fn f<'a>(x: &'a str, r#type: T)");
        check_code("'outer: loop { break 'outer }", "'outer: loop { break 'outer }");
        check_code("for bar in ber{}", "for bar in ber{}");
    }

    #[test]
    fn an_unclosed_literal_ends_with_the_file() {
        for text in ["a \"x", "a r#\"x", "a /* x", "a 'x", "a \"\\", "a '\\", "fn f() {"] {
            Source::new(text).functions();
        }
    }

    #[test]
    fn functions_are_measured_from_their_word_to_their_brace() {
        let text = "pub fn one<T>(x: [u8; { 2 }]) -> T\nwhere\n    T: X,\n{\n    \"}\";\n}\ntype F = fn(u8);\nfn none();\n";
        let source = Source::new(text);
        assert_eq!(source.functions(), [Function { name: "one", line: 1, lines: 6, test: false }]);
    }

    #[test]
    fn test_modules_are_not_production() {
        let text = "fn a() {}\n#[cfg(test)]\nmod tests {\n    #[cfg(test)]\n    fn b() {}\n}\n#[cfg(test)]\nmod other;\nfn c() {}\n";
        let source = Source::new(text);
        let tests: Vec<_> =
            source.functions().iter().map(|it| (it.name, it.test)).collect::<Vec<_>>().clone();
        assert_eq!(tests, [("a", false), ("b", true), ("c", false)]);
        assert_eq!(source.production_lines(), 4);
    }
}

//! Telling code from comments and doc strings.
//!
//! One small scanner for four families of languages. It does not parse: on code that is no valid program it still ends,
//! in linear time, with something sensible.

#[cfg(test)]
mod tests;

use std::ops::Range;

use crate::material::Language;

/// How a family of languages writes comments and strings.
struct Syntax {
    line_comments: &'static [&'static str],
    block_comment: Option<(&'static str, &'static str)>,
    quotes: &'static [u8],
    triple: bool,
    /// A `#` starts a comment only where a word starts, and quotes may go over lines.
    shell: bool,
    /// A slash may start a regular expression.
    regex: bool,
    escape: u8,
}

fn syntax(language: Language) -> Syntax {
    let plain = Syntax {
        line_comments: &["#"],
        block_comment: None,
        quotes: b"\"'",
        triple: false,
        shell: false,
        regex: false,
        escape: b'\\',
    };
    match language {
        Language::Python => Syntax { triple: true, ..plain },
        Language::JavaScript => Syntax {
            line_comments: &["//"],
            block_comment: Some(("/*", "*/")),
            quotes: b"\"'`",
            regex: true,
            ..plain
        },
        Language::PowerShell => {
            Syntax { block_comment: Some(("<#", "#>")), shell: true, escape: b'`', ..plain }
        }
        Language::Shell | Language::Prose | Language::Data => Syntax { shell: true, ..plain },
        Language::OtherCode => Syntax { line_comments: &["//"], block_comment: Some(("/*", "*/")), ..plain },
    }
}

/// Longest regular expression that is taken for one.
const REGEX_BYTES: usize = 1000;

/// Blanks the comments and doc strings of `text`. Its length and its line breaks stay, so that offsets are the same.
pub(super) fn code(text: &str, language: Language) -> String {
    let mut lexer =
        Lexer { bytes: text.as_bytes(), syntax: syntax(language), code: text.as_bytes().to_vec(), depth: 0 };
    let mut at = 0;
    while at < lexer.bytes.len() {
        at = lexer.step(at).max(at + 1);
    }
    String::from_utf8(lexer.code).unwrap_or_default()
}

struct Lexer<'a> {
    bytes: &'a [u8],
    syntax: Syntax,
    code: Vec<u8>,
    /// Open brackets.
    depth: usize,
}

impl Lexer<'_> {
    /// Reads one token at `at`; returns where the next one starts.
    fn step(&mut self, at: usize) -> usize {
        let rest = &self.bytes[at..];
        let byte = rest[0];
        if let Some((open, close)) = self.syntax.block_comment
            && rest.starts_with(open.as_bytes())
        {
            let end =
                self.find(at + open.len(), close.as_bytes()).map_or(self.bytes.len(), |at| at + close.len());
            self.note(at..end);
            return end;
        }
        if self.starts_line_comment(at) {
            let end = self.find(at, b"\n").unwrap_or(self.bytes.len());
            self.note(at..end);
            return end;
        }
        match byte {
            b'(' | b'[' | b'{' => self.depth += 1,
            b')' | b']' | b'}' => self.depth = self.depth.saturating_sub(1),
            b'/' if self.syntax.regex && self.may_start_regex(at) => {
                if let Some(end) = self.regex_end(at) {
                    return end;
                }
            }
            _ if byte == self.syntax.escape => return at + 2,
            _ if self.syntax.quotes.contains(&byte) => return self.quoted(at, byte),
            _ => {}
        }
        at + 1
    }

    fn starts_line_comment(&self, at: usize) -> bool {
        let rest = &self.bytes[at..];
        if !self.syntax.line_comments.iter().any(|start| rest.starts_with(start.as_bytes())) {
            return false;
        }
        !self.syntax.shell
            || at == 0
            || matches!(self.bytes[at - 1], b' ' | b'\t' | b'\n' | b';' | b'(' | b'&' | b'|')
    }

    fn quoted(&mut self, at: usize, quote: u8) -> usize {
        let triple = [quote; 3];
        if self.syntax.triple && self.bytes[at..].starts_with(&triple) {
            let content = at + 3;
            let end = self.find_unescaped(content, &triple).unwrap_or(self.bytes.len());
            let after = (end + 3).min(self.bytes.len());
            self.note_if_statement(at..after);
            return after;
        }
        let over_lines = self.syntax.shell || quote == b'`';
        let has_escapes = !(self.syntax.shell && quote == b'\'');
        let mut end = at + 1;
        while let Some(&byte) = self.bytes.get(end) {
            match byte {
                _ if byte == quote => break,
                b'\n' if !over_lines => return at + 1,
                _ if has_escapes && byte == self.syntax.escape => end += 2,
                _ => end += 1,
            }
        }
        if end >= self.bytes.len() {
            // Never closed: rather an apostrophe than a string of everything.
            return at + 1;
        }
        if self.syntax.triple {
            self.note_if_statement(at..end + 1);
        }
        end + 1
    }

    /// A Python string is a doc string when it is a statement of its own.
    fn note_if_statement(&mut self, string: Range<usize>) {
        let before = &self.bytes[..string.start];
        let prefix = before.iter().rev().take(2).take_while(|byte| byte.is_ascii_alphabetic()).count();
        let start = string.start - prefix;
        let before = self.bytes[..start].iter().rev().find(|byte| !matches!(byte, b' ' | b'\t'));
        let next = self.bytes[string.end..].iter().find(|byte| !matches!(byte, b' ' | b'\t' | b'\r'));
        let is_statement = self.depth == 0
            && matches!(before, None | Some(b'\n' | b';'))
            && matches!(next, None | Some(b'\n' | b'#' | b';'));
        if is_statement {
            self.note(start..string.end);
        }
    }

    fn note(&mut self, span: Range<usize>) {
        blank(&mut self.code[span]);
    }

    /// A slash after an operator starts a regular expression; after a value it divides.
    fn may_start_regex(&self, at: usize) -> bool {
        let before = self.bytes[..at].iter().rev().take(64).find(|byte| !matches!(byte, b' ' | b'\t'));
        before.is_none_or(|byte| b"(,=:[!&|?{};\n+>".contains(byte))
    }

    fn regex_end(&self, at: usize) -> Option<usize> {
        let mut end = at + 1;
        let mut in_class = false;
        while end < at + REGEX_BYTES {
            match *self.bytes.get(end)? {
                b'\n' => return None,
                b'\\' => end += 1,
                b'[' => in_class = true,
                b']' => in_class = false,
                b'/' if !in_class => return Some(end + 1),
                _ => {}
            }
            end += 1;
        }
        None
    }

    fn find(&self, from: usize, what: &[u8]) -> Option<usize> {
        let rest = self.bytes.get(from..)?;
        rest.windows(what.len()).position(|window| window == what).map(|at| from + at)
    }

    fn find_unescaped(&self, from: usize, what: &[u8]) -> Option<usize> {
        let mut at = from;
        while at < self.bytes.len() {
            if self.bytes[at..].starts_with(what) {
                return Some(at);
            }
            at += if self.bytes[at] == b'\\' { 2 } else { 1 };
        }
        None
    }
}

/// Blanks whole characters, and leaves line breaks.
fn blank(bytes: &mut [u8]) {
    for byte in bytes.iter_mut().filter(|byte| **byte != b'\n') {
        *byte = b' ';
    }
}

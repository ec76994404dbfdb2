//! Plain, quoted and block scalars.

use super::Refusal;
use super::scanner::Scanner;
use super::source::{END, is_blank_or_end, is_break, is_break_or_end};
use super::tokens::{Token, TokenKind};

/// What `|` or `>` does with line breaks at the end of the text.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Chomping {
    Clip,
    Strip,
    Keep,
}

/// White space between two parts of a plain scalar.
enum Gap {
    /// So many spaces.
    Spaces(usize),
    /// Line breaks, and what they are in the value.
    Lines {
        text: String,
        /// More than one line break, which the reference validator keeps as a comment.
        blank_lines: bool,
    },
}

impl Scanner<'_> {
    pub(super) fn plain(&mut self) -> Token {
        let start = self.at;
        let mut end = start;
        let mut text = String::new();
        let mut gap = None::<Gap>;
        loop {
            let length = self.plain_run();
            if length == 0 {
                break;
            }
            self.allow_key = false;
            match gap.take() {
                Some(Gap::Spaces(count)) => text.extend(std::iter::repeat_n(' ', count)),
                Some(Gap::Lines { text: lines, .. }) => text.push_str(&lines),
                None => {}
            }
            self.copy(length, &mut text);
            end = self.at;
            gap = self.plain_gap();
            if gap.is_none() || (self.at.column as isize) <= self.indent {
                break;
            }
        }
        let mut token = Token::new(TokenKind::Scalar { text, plain: true }, start, end);
        if matches!(gap, Some(Gap::Lines { blank_lines: true, .. })) {
            token.add_comment_after();
        }
        token
    }

    /// Length of the text on this line, with the spaces inside of it, up to a tab, `: ` or ` #`.
    fn plain_run(&self) -> usize {
        let start = self.at.index;
        let mut end = start;
        loop {
            end = self.source.position(end, |c| matches!(c, ':' | '#' | '\t') || is_break(c));
            let goes_on = match self.source.char(end) {
                ':' => !is_blank_or_end(self.source.char(end + 1)),
                '#' => end > start && self.source.char(end - 1) != ' ',
                _ => false,
            };
            if !goes_on {
                break;
            }
            end += 1;
        }
        while end > start && self.source.char(end - 1) == ' ' {
            end -= 1;
        }
        end - start
    }

    /// Spaces and line breaks after a part of a plain scalar; `None` when the scalar ends here.
    fn plain_gap(&mut self) -> Option<Gap> {
        let mut spaces = 0;
        while self.peek(spaces) == ' ' {
            spaces += 1;
        }
        self.forward(spaces);
        let Some(first) = self.line_break() else {
            return (spaces > 0).then_some(Gap::Spaces(spaces));
        };
        self.allow_key = true;
        let mut breaks = String::new();
        loop {
            if self.at_document_end() {
                return None;
            }
            while self.peek(0) == ' ' {
                self.forward(1);
            }
            match self.line_break() {
                Some(c) => breaks.push(c),
                None => break,
            }
        }
        let blank_lines = first == '\n' && breaks.starts_with('\n');
        Some(Gap::Lines { text: join_lines(first, breaks), blank_lines })
    }

    pub(super) fn quoted(&mut self, quote: char) -> Result<Token, Refusal> {
        let start = self.at;
        let mut text = String::new();
        self.forward(1);
        self.quoted_text(quote, &mut text)?;
        while self.peek(0) != quote {
            self.quoted_spaces(start, &mut text)?;
            self.quoted_text(quote, &mut text)?;
        }
        self.forward(1);
        Ok(Token::new(TokenKind::Scalar { text, plain: false }, start, self.at))
    }

    /// Reads up to white space or the closing quote.
    fn quoted_text(&mut self, quote: char, text: &mut String) -> Result<(), Refusal> {
        loop {
            match self.peek(0) {
                '\'' if quote == '\'' && self.peek(1) == '\'' => {
                    text.push('\'');
                    self.forward(2);
                }
                '\\' if quote == '"' => self.escape(text)?,
                c if c == quote || is_blank_or_end(c) => return Ok(()),
                _ => self.copy(self.quoted_run(), text),
            }
        }
    }

    /// Length of the text on this line, at least one character, up to a quote or a backslash, or to the white space that
    /// ends the line.
    fn quoted_run(&self) -> usize {
        let first = self.at.index + 1;
        let mut end = self.source.position(first, |c| matches!(c, '\'' | '"' | '\\') || is_break(c));
        if is_break_or_end(self.source.char(end)) {
            while end > first && matches!(self.source.char(end - 1), ' ' | '\t') {
                end -= 1;
            }
        }
        end - self.at.index
    }

    fn escape(&mut self, text: &mut String) -> Result<(), Refusal> {
        self.forward(1);
        let c = self.peek(0);
        let digits = match c {
            'x' => 2,
            'u' => 4,
            'U' => 8,
            c if is_break(c) => {
                self.line_break();
                let breaks = self.quoted_breaks()?;
                text.push_str(&breaks);
                return Ok(());
            }
            c => {
                let Some(meant) = escaped(c) else {
                    return Err(self.refusal("this escape is unknown; write `\\\\` for a backslash", self.at));
                };
                text.push(meant);
                self.forward(1);
                return Ok(());
            }
        };
        self.forward(1);
        let mut hex = String::new();
        for _ in 0..digits {
            if !self.peek(0).is_ascii_hexdigit() {
                return Err(self.refusal("this escape needs more hexadecimal digits", self.at));
            }
            self.copy(1, &mut hex);
        }
        match u32::from_str_radix(&hex, 16) {
            Ok(code) if code <= u32::from(char::MAX) => {
                // A lone surrogate is a character for the reference validator, of one kind: not a letter.
                text.push(char::from_u32(code).unwrap_or(char::REPLACEMENT_CHARACTER));
                Ok(())
            }
            Ok(_) | Err(_) => Err(self.refusal("this escape is beyond the last character", self.at)),
        }
    }

    fn quoted_spaces(&mut self, start: super::tokens::Mark, text: &mut String) -> Result<(), Refusal> {
        let from = self.at.index;
        while matches!(self.peek(0), ' ' | '\t') {
            self.forward(1);
        }
        let to = self.at.index;
        if self.peek(0) == END {
            return Err(self.refusal("this quote is never closed", start));
        }
        match self.line_break() {
            Some(first) => {
                let breaks = self.quoted_breaks()?;
                text.push_str(&join_lines(first, breaks));
            }
            None => self.source.copy(from, to, text),
        }
        Ok(())
    }

    fn quoted_breaks(&mut self) -> Result<String, Refusal> {
        let mut breaks = String::new();
        loop {
            if self.at_document_end() {
                return Err(self.refusal("`...` ends the front matter inside a quote", self.at));
            }
            while matches!(self.peek(0), ' ' | '\t') {
                self.forward(1);
            }
            match self.line_break() {
                Some(c) => breaks.push(c),
                None => return Ok(breaks),
            }
        }
    }

    pub(super) fn block_scalar(&mut self, folded: bool) -> Result<Token, Refusal> {
        let start = self.at;
        self.forward(1);
        let (chomping, increment) = self.block_header()?;
        let has_comment = self.block_header_rest()?;
        let least = (self.indent + 1).max(0) as usize;
        let (mut breaks, indent) = match increment {
            None => {
                let (breaks, deepest) = self.block_indentation();
                (breaks, deepest.max(least))
            }
            Some(increment) => {
                let indent = least.max(1) + increment - 1;
                (self.block_breaks(indent), indent)
            }
        };
        let mut text = String::new();
        let mut last_break = None;
        while self.at.column == indent && self.peek(0) != END {
            text.push_str(&breaks);
            let starts_with_text = !matches!(self.peek(0), ' ' | '\t');
            self.copy(self.rest_of_line(), &mut text);
            last_break = self.line_break();
            breaks = self.block_breaks(indent);
            let at_end = least == 0 && self.at_document_end();
            if at_end || self.at.column != indent || self.peek(0) == END {
                break;
            }
            let joins = folded && last_break == Some('\n') && starts_with_text;
            if !joins || matches!(self.peek(0), ' ' | '\t') {
                text.extend(last_break);
            } else if breaks.is_empty() {
                text.push(' ');
            }
        }
        if chomping != Chomping::Strip {
            text.extend(last_break);
        }
        let end = self.at;
        let mut token = Token::new(TokenKind::Scalar { text, plain: false }, start, end);
        if has_comment {
            token.comments.get_or_insert_default().before = true;
        }
        match &mut token.kind {
            TokenKind::Scalar { text, .. } if chomping == Chomping::Keep => text.push_str(&breaks),
            _ if !breaks.is_empty() => {
                while self.skip_to_token().is_some() {}
                token.add_comment_after();
            }
            _ => {}
        }
        Ok(token)
    }

    fn block_header(&mut self) -> Result<(Chomping, Option<usize>), Refusal> {
        let mut chomping = None;
        let mut increment = None;
        loop {
            let c = self.peek(0);
            match c {
                '+' if chomping.is_none() => chomping = Some(Chomping::Keep),
                '-' if chomping.is_none() => chomping = Some(Chomping::Strip),
                '1'..='9' if increment.is_none() => increment = c.to_digit(10).map(|digit| digit as usize),
                ' ' => break,
                c if is_break_or_end(c) => break,
                _ => return Err(self.refusal("only `+`, `-` or 1 to 9 may follow `|` and `>`", self.at)),
            }
            self.forward(1);
        }
        Ok((chomping.unwrap_or(Chomping::Clip), increment))
    }

    /// The rest of the line after `|` or `>`; tells whether it holds a comment.
    fn block_header_rest(&mut self) -> Result<bool, Refusal> {
        while self.peek(0) == ' ' {
            self.forward(1);
        }
        let has_comment = self.peek(0) == '#';
        if has_comment {
            self.pass(self.rest_of_line());
        }
        if !is_break_or_end(self.peek(0)) {
            return Err(self.refusal("text must start on the line after `|` and `>`", self.at));
        }
        self.line_break();
        Ok(has_comment)
    }

    /// Blank lines before the first text, and the deepest column reached.
    fn block_indentation(&mut self) -> (String, usize) {
        let mut breaks = String::new();
        let mut deepest = 0;
        loop {
            if self.peek(0) == ' ' {
                self.forward(1);
                deepest = deepest.max(self.at.column);
            } else if let Some(c) = self.line_break() {
                breaks.push(c);
            } else {
                return (breaks, deepest);
            }
        }
    }

    fn block_breaks(&mut self, indent: usize) -> String {
        let mut breaks = String::new();
        loop {
            while self.at.column < indent && self.peek(0) == ' ' {
                self.forward(1);
            }
            match self.line_break() {
                Some(c) => breaks.push(c),
                None => return breaks,
            }
        }
    }
}

/// A single line break becomes a space, more become one less.
fn join_lines(first: char, breaks: String) -> String {
    match first {
        '\n' if breaks.is_empty() => " ".to_owned(),
        '\n' => breaks,
        first => format!("{first}{breaks}"),
    }
}

fn escaped(c: char) -> Option<char> {
    Some(match c {
        '0' => '\0',
        'a' => '\x07',
        'b' => '\x08',
        't' | '\t' => '\t',
        'n' => '\n',
        'v' => '\x0b',
        'f' => '\x0c',
        'r' => '\r',
        'e' => '\x1b',
        ' ' | '"' | '/' | '\\' => c,
        'N' => '\u{85}',
        '_' => '\u{a0}',
        'L' => '\u{2028}',
        'P' => '\u{2029}',
        _ => return None,
    })
}

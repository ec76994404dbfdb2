//! Cuts the front matter into tokens.
//!
//! A key is recognised only when its `:` is met, so tokens wait in a queue until it is known whether a key
//! starts before them. Comments are tokens too, because the reference validator attaches them to their
//! neighbours.

use std::collections::VecDeque;

use super::source::{END, Source, is_blank_or_end, is_break};
use super::tokens::{Mark, Token, TokenKind};
use super::{Reason, Refusal};

/// A key must end this many characters after its start.
const MAX_KEY_LENGTH: usize = 1024;

/// Tokens that wait at once in ordinary front matter.
const USUAL_QUEUE: usize = 8;

/// A token that is a key if a `:` follows on its line.
struct PossibleKey {
    /// Number of the token, counted from the start of the stream.
    number: usize,
    /// Nothing but a key can stand at this indentation.
    required: bool,
    mark: Mark,
}

pub(super) struct Scanner<'a> {
    pub(super) source: &'a Source<'a>,
    pub(super) at: Mark,
    queue: VecDeque<Token>,
    taken: usize,
    done: bool,
    /// Column of the innermost open collection, -1 outside.
    pub(super) indent: isize,
    outer_indents: Vec<isize>,
    pub(super) allow_key: bool,
    possible_key: Option<PossibleKey>,
}

impl<'a> Scanner<'a> {
    pub(super) fn new(source: &'a Source<'a>) -> Self {
        let at = Mark { index: 0, line: 0, column: 0 };
        let mut queue = VecDeque::with_capacity(USUAL_QUEUE);
        queue.push_back(Token::new(TokenKind::StreamStart, at, at));
        Self {
            source,
            at,
            queue,
            taken: 0,
            done: false,
            indent: -1,
            outer_indents: Vec::new(),
            allow_key: true,
            possible_key: None,
        }
    }

    /// Makes sure the front of the queue is final: no key can still start before it.
    pub(super) fn check(&mut self) -> Result<(), Refusal> {
        self.fill()?;
        self.gather_comments()
    }

    /// The next token. Call [`Self::check`] first.
    pub(super) fn front(&self) -> &Token {
        &self.queue[0]
    }

    pub(super) fn front_mut(&mut self) -> &mut Token {
        &mut self.queue[0]
    }

    /// Removes the next token, after attaching the comments that follow it.
    pub(super) fn take(&mut self) -> Result<Token, Refusal> {
        self.check()?;
        if let Some(follower) = self.queue.get(1)
            && follower.kind == TokenKind::Comment
        {
            let same_line = self.queue[0].end.line == follower.start.line;
            let takes_comment = match self.queue[0].kind {
                TokenKind::Scalar { .. } => true,
                TokenKind::Value => same_line,
                _ => false,
            };
            if takes_comment {
                self.queue[0].add_comment_after();
                while self.queue.get(1).is_some_and(|token| token.kind == TokenKind::Comment) {
                    self.queue.remove(1);
                    self.taken += 1;
                    self.fetch()?;
                }
            }
        }
        self.taken += 1;
        self.queue.pop_front().ok_or_else(|| self.refusal("the front matter ends too early", self.at))
    }

    fn fill(&mut self) -> Result<(), Refusal> {
        while self.needs_more()? {
            self.fetch()?;
        }
        Ok(())
    }

    fn needs_more(&mut self) -> Result<bool, Refusal> {
        if self.done {
            return Ok(false);
        }
        if self.queue.is_empty() {
            return Ok(true);
        }
        self.drop_stale_key()?;
        Ok(self.possible_key.as_ref().is_some_and(|key| key.number == self.taken))
    }

    fn gather_comments(&mut self) -> Result<(), Refusal> {
        let mut gathered = self.pop_comment();
        while self.needs_more()? {
            self.fetch()?;
            gathered |= self.pop_comment();
        }
        if gathered && let Some(front) = self.queue.front_mut() {
            let offset = self.source.offset(front.start.index);
            let comments = front.comments.get_or_insert_default();
            if comments.before {
                return Err(Refusal::new(Reason::CommentBeforeValue, offset));
            }
            comments.before = true;
        }
        if !self.done && self.queue.len() < 2 {
            self.fetch()?;
        }
        Ok(())
    }

    fn pop_comment(&mut self) -> bool {
        let found = self.queue.pop_front_if(|token| token.kind == TokenKind::Comment).is_some();
        self.taken += usize::from(found);
        found
    }

    fn fetch(&mut self) -> Result<(), Refusal> {
        if let Some((start, end)) = self.skip_to_token() {
            self.queue.push_back(Token::new(TokenKind::Comment, start, end));
            return Ok(());
        }
        self.drop_stale_key()?;
        self.unwind_indent(self.at.column as isize);
        let next = self.peek(1);
        match self.peek(0) {
            END => self.fetch_end(),
            '%' if self.at.column == 0 => Err(self.refusal("a YAML directive is not allowed", self.at)),
            '.' if self.at_document_end() => {
                self.unwind_indent(-1);
                self.drop_key()?;
                self.allow_key = false;
                self.push_indicator(TokenKind::DocumentEnd, 3);
                Ok(())
            }
            '[' | '{' => Err(Refusal::new(Reason::FlowStyle, self.source.offset(self.at.index))),
            '&' | '*' => Err(Refusal::new(Reason::Anchor, self.source.offset(self.at.index))),
            '!' => Err(Refusal::new(Reason::Tag, self.source.offset(self.at.index))),
            ']' | '}' | ',' => Err(self.refusal("a value cannot start with this character", self.at)),
            '-' if is_blank_or_end(next) => self.fetch_entry(),
            '?' if is_blank_or_end(next) => self.fetch_key(),
            ':' if is_blank_or_end(next) => self.fetch_value(),
            '|' => self.fetch_block_scalar(false),
            '>' => self.fetch_block_scalar(true),
            '\'' => self.fetch_scalar(|scanner| scanner.quoted('\'')),
            '"' => self.fetch_scalar(|scanner| scanner.quoted('"')),
            '\t' => Err(Refusal::new(Reason::Tab, self.source.offset(self.at.index))),
            '%' | '@' | '`' | '#' => Err(self.refusal("a value cannot start with this character", self.at)),
            _ => self.fetch_scalar(|scanner| Ok(scanner.plain())),
        }
    }

    fn fetch_end(&mut self) -> Result<(), Refusal> {
        self.unwind_indent(-1);
        self.drop_key()?;
        self.allow_key = false;
        self.push_indicator(TokenKind::StreamEnd, 0);
        self.done = true;
        Ok(())
    }

    fn fetch_entry(&mut self) -> Result<(), Refusal> {
        if !self.allow_key {
            return Err(self.refusal("a list cannot start here", self.at));
        }
        self.open_collection(TokenKind::SequenceStart);
        self.drop_key()?;
        self.push_indicator(TokenKind::Entry, 1);
        Ok(())
    }

    fn fetch_key(&mut self) -> Result<(), Refusal> {
        if !self.allow_key {
            return Err(self.refusal("a key cannot start here", self.at));
        }
        self.open_collection(TokenKind::MappingStart);
        self.drop_key()?;
        self.push_indicator(TokenKind::Key, 1);
        Ok(())
    }

    fn fetch_value(&mut self) -> Result<(), Refusal> {
        if let Some(key) = self.possible_key.take() {
            let position = key.number - self.taken;
            self.queue.insert(position, Token::new(TokenKind::Key, key.mark, key.mark));
            if self.indent < key.mark.column as isize {
                self.push_indent(key.mark.column as isize);
                self.queue.insert(position, Token::new(TokenKind::MappingStart, key.mark, key.mark));
            }
            self.allow_key = false;
        } else {
            if !self.allow_key {
                return Err(self.refusal("this `:` starts a value inside a value; quote the text", self.at));
            }
            self.open_collection(TokenKind::MappingStart);
        }
        self.push_indicator(TokenKind::Value, 1);
        Ok(())
    }

    fn fetch_block_scalar(&mut self, folded: bool) -> Result<(), Refusal> {
        self.allow_key = true;
        self.drop_key()?;
        let token = self.block_scalar(folded)?;
        self.queue.push_back(token);
        Ok(())
    }

    fn fetch_scalar(
        &mut self,
        scan: impl FnOnce(&mut Self) -> Result<Token, Refusal>,
    ) -> Result<(), Refusal> {
        if self.allow_key {
            let required = self.indent == self.at.column as isize;
            self.drop_key()?;
            let number = self.taken + self.queue.len();
            self.possible_key = Some(PossibleKey { number, required, mark: self.at });
        }
        self.allow_key = false;
        let token = scan(self)?;
        self.queue.push_back(token);
        Ok(())
    }

    /// Skips spaces, blank lines and one comment; returns the comment. Blank lines count as a comment.
    pub(super) fn skip_to_token(&mut self) -> Option<(Mark, Mark)> {
        if self.at.index == 0 && self.peek(0) == '\u{feff}' {
            self.forward(1);
        }
        loop {
            while self.peek(0) == ' ' {
                self.forward(1);
            }
            if self.peek(0) == '#' {
                let start = self.at;
                self.pass(self.rest_of_line());
                while self.line_break().is_some() {}
                self.allow_key = true;
                return Some((start, self.at));
            }
            self.line_break()?;
            self.allow_key = true;
            if self.peek(0) == '\n' {
                let start = self.at;
                while matches!(self.peek(0), ' ' | '\t') || is_break(self.peek(0)) {
                    self.forward(1);
                }
                return Some((start, self.at));
            }
        }
    }

    fn drop_stale_key(&mut self) -> Result<(), Refusal> {
        let stale = self.possible_key.as_ref().is_some_and(|key| {
            key.mark.line != self.at.line || self.at.index - key.mark.index > MAX_KEY_LENGTH
        });
        if stale { self.drop_key() } else { Ok(()) }
    }

    fn drop_key(&mut self) -> Result<(), Refusal> {
        match self.possible_key.take() {
            Some(key) if key.required => Err(self.refusal("a `:` is missing after this text", key.mark)),
            Some(_) | None => Ok(()),
        }
    }

    fn unwind_indent(&mut self, column: isize) {
        while self.indent > column {
            self.indent = self.outer_indents.pop().unwrap_or(-1);
            self.queue.push_back(Token::new(TokenKind::BlockEnd, self.at, self.at));
        }
    }

    /// Opens a collection at the current column, unless one is open there.
    fn open_collection(&mut self, kind: TokenKind) {
        self.allow_key = true;
        let column = self.at.column as isize;
        if self.indent < column {
            self.push_indent(column);
            self.queue.push_back(Token::new(kind, self.at, self.at));
        }
    }

    fn push_indent(&mut self, column: isize) {
        self.outer_indents.push(self.indent);
        self.indent = column;
    }

    fn push_indicator(&mut self, kind: TokenKind, length: usize) {
        let start = self.at;
        self.forward(length);
        self.queue.push_back(Token::new(kind, start, self.at));
    }

    pub(super) fn at_document_end(&self) -> bool {
        self.at.column == 0 && (0..3).all(|ahead| self.peek(ahead) == '.') && is_blank_or_end(self.peek(3))
    }

    pub(super) fn peek(&self, ahead: usize) -> char {
        self.source.char(self.at.index + ahead)
    }

    /// Moves on by `count` characters, counting lines by `\n` only.
    pub(super) fn forward(&mut self, count: usize) {
        for _ in 0..count {
            match self.peek(0) {
                '\n' => {
                    self.at.line += 1;
                    self.at.column = 0;
                }
                '\u{feff}' => {}
                _ => self.at.column += 1,
            }
            self.at.index += 1;
        }
    }

    /// Consumes one line break and returns it as it appears in a value.
    pub(super) fn line_break(&mut self) -> Option<char> {
        let c = self.peek(0);
        if !is_break(c) {
            return None;
        }
        self.forward(1);
        Some(if c == '\u{85}' { '\n' } else { c })
    }

    /// Moves on by `count` characters of this line.
    pub(super) fn pass(&mut self, count: usize) {
        let end = self.at.index + count;
        self.at.column += self.source.width(self.at.index, end);
        self.at.index = end;
    }

    /// Consumes `count` characters of this line into `text`.
    pub(super) fn copy(&mut self, count: usize, text: &mut String) {
        self.source.copy(self.at.index, self.at.index + count, text);
        self.pass(count);
    }

    /// Characters up to the end of the line.
    pub(super) fn rest_of_line(&self) -> usize {
        self.source.position(self.at.index, is_break) - self.at.index
    }

    pub(super) fn refusal(&self, message: &'static str, mark: Mark) -> Refusal {
        Refusal::new(Reason::Syntax(message), self.source.offset(mark.index))
    }
}

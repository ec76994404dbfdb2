//! Cutting what is written for a shell into simple commands.
//!
//! One pass that knows words, quotes, operators, redirections, here-documents and substitutions (POSIX Shell Command
//! Language, sections 2.2 to 2.9). What is no valid shell still gives sensible words, in linear time.

#[cfg(test)]
mod tests;

/// Deepest substitution that is followed.
const DEPTH: usize = 16;
/// Longest parameter expansion or arithmetic in bytes; what is longer is read as words.
const EXPANSION: usize = 1000;

/// A word without its quotes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Word {
    pub(super) text: String,
    /// Where it starts in the text.
    pub(super) start: usize,
    /// The target of a redirection.
    pub(super) redirect: bool,
}

/// A simple command.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Command {
    /// With assignments in front and redirections among them.
    pub(super) words: Vec<Word>,
    /// The content of a here-document, and where it starts.
    pub(super) document: Option<(usize, String)>,
}

/// What stands in parentheses.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Top,
    /// `$(…)`, within double quotes or not.
    Substitution {
        quoted: bool,
    },
    Backticks {
        quoted: bool,
    },
    Subshell,
    /// `name=(…)`, or the parentheses of a function.
    List,
}

struct Frame {
    kind: Kind,
    command: Command,
    word: Option<Word>,
}

/// Cuts `text` into commands, in the order in which they end.
pub(super) fn commands(text: &str) -> Vec<Command> {
    let mut parser = Parser {
        text,
        at: 0,
        quoted: false,
        redirect: false,
        frames: vec![Frame { kind: Kind::Top, command: Command::default(), word: None }],
        documents: Vec::new(),
        no_single: false,
        no_double: false,
        done: Vec::new(),
    };
    while let Some(byte) = text.as_bytes().get(parser.at) {
        parser.step(*byte);
    }
    while parser.frames.len() > 1 {
        parser.close();
    }
    parser.end_command();
    parser.done
}

struct Parser<'t> {
    text: &'t str,
    at: usize,
    /// Within double quotes.
    quoted: bool,
    /// The next word is the target of a redirection.
    redirect: bool,
    /// Never empty.
    frames: Vec<Frame>,
    /// Delimiters of here-documents that start at the next line.
    documents: Vec<String>,
    no_single: bool,
    no_double: bool,
    done: Vec<Command>,
}

impl Parser<'_> {
    fn rest(&self) -> &[u8] {
        &self.text.as_bytes()[self.at..]
    }

    /// The word that is being read.
    fn word(&mut self) -> Option<&mut Word> {
        let (start, redirect) = (self.at, self.redirect);
        let frame = self.frames.last_mut()?;
        Some(frame.word.get_or_insert_with(|| Word { text: String::new(), start, redirect }))
    }

    fn push_str(&mut self, to: usize) {
        let part = self.text.get(self.at..to).unwrap_or_default().to_owned();
        if let Some(word) = self.word() {
            word.text.push_str(&part);
        }
        self.at = to;
    }

    fn end_word(&mut self) {
        let Some(frame) = self.frames.last_mut() else { return };
        if let Some(word) = frame.word.take() {
            self.redirect = false;
            frame.command.words.push(word);
        }
    }

    fn end_command(&mut self) {
        self.end_word();
        self.redirect = false;
        let Some(frame) = self.frames.last_mut() else { return };
        let command = std::mem::take(&mut frame.command);
        if !command.words.is_empty() && frame.kind != Kind::List {
            self.done.push(command);
        }
    }

    fn open(&mut self, kind: Kind, bytes: usize) {
        if let Kind::Substitution { quoted } | Kind::Backticks { quoted } = kind {
            if let Some(word) = self.word() {
                word.text.push_str("$()");
            }
            debug_assert_eq!(quoted, self.quoted);
            self.quoted = false;
        }
        self.at += bytes;
        self.frames.push(Frame { kind, command: Command::default(), word: None });
    }

    fn close(&mut self) {
        self.end_command();
        if let Some(frame) = self.frames.pop() {
            self.quoted = match frame.kind {
                Kind::Substitution { quoted } | Kind::Backticks { quoted } => quoted,
                Kind::Top | Kind::Subshell | Kind::List => false,
            };
        }
    }

    fn step(&mut self, byte: u8) {
        match byte {
            b'\\' => self.escape(),
            b'"' => self.double_quote(),
            b'$' => self.dollar(),
            b'`' => self.backtick(),
            _ if self.quoted => self.letter(),
            b'\'' => self.single_quote(),
            b'#' if self.frames.last().is_some_and(|frame| frame.word.is_none()) => self.comment(),
            b' ' | b'\t' | b'\r' => {
                self.end_word();
                self.at += 1;
            }
            b'\n' => self.line_break(),
            b';' | b'|' | b'&' => self.operator(byte),
            b'(' | b')' => self.parenthesis(byte),
            b'<' | b'>' => self.redirection(),
            _ => self.letter(),
        }
    }

    fn letter(&mut self) {
        let length = self.text[self.at..].chars().next().map_or(1, char::len_utf8);
        self.push_str(self.at + length);
    }

    fn escape(&mut self) {
        self.at += 1;
        match self.rest().first() {
            Some(b'\n') => self.at += 1,
            Some(b'\r') if self.rest().get(1) == Some(&b'\n') => self.at += 2,
            Some(_) => self.letter(),
            None => {}
        }
    }

    fn comment(&mut self) {
        self.at += memchr_or_end(self.rest(), b'\n');
    }

    fn double_quote(&mut self) {
        if !self.quoted {
            let closes = !self.no_double && self.rest()[1..].contains(&b'"');
            if !closes {
                self.no_double = true;
                self.at += 1;
                return;
            }
            // Makes an empty word of an empty string.
            self.word();
        }
        self.quoted = !self.quoted;
        self.at += 1;
    }

    fn single_quote(&mut self) {
        let end = memchr_or_end(&self.rest()[1..], b'\'');
        if self.no_single || self.at + 1 + end >= self.text.len() {
            // An apostrophe rather than a string of everything that follows.
            self.no_single = true;
            return self.letter();
        }
        self.at += 1;
        self.push_str(self.at + end);
        self.at += 1;
    }

    fn dollar(&mut self) {
        let rest = self.rest();
        if rest.starts_with(b"$((") || rest.starts_with(b"${") {
            let (end, length) = if rest[1] == b'(' { (b')', 2) } else { (b'}', 1) };
            let window = &rest[..rest.len().min(EXPANSION)];
            if let Some(at) = window.iter().position(|byte| *byte == end) {
                let mut to = self.at + (at + length).min(rest.len());
                while !self.text.is_char_boundary(to) {
                    to -= 1;
                }
                return self.push_str(to);
            }
        }
        if rest.starts_with(b"$(") && !rest.starts_with(b"$((") && self.frames.len() < DEPTH {
            return self.open(Kind::Substitution { quoted: self.quoted }, 2);
        }
        if rest.starts_with(b"$'") && !self.quoted {
            self.at += 1;
            return;
        }
        self.letter();
    }

    fn backtick(&mut self) {
        if let Some(frame) = self.frames.last()
            && let Kind::Backticks { .. } = frame.kind
        {
            self.at += 1;
            return self.close();
        }
        if self.frames.len() < DEPTH {
            return self.open(Kind::Backticks { quoted: self.quoted }, 1);
        }
        self.at += 1;
    }

    fn operator(&mut self, byte: u8) {
        // `2>&1`, `&>file`
        let redirects = byte == b'&' && self.rest().get(1) == Some(&b'>');
        if redirects {
            self.end_word();
        } else {
            self.end_command();
        }
        self.at += 1;
    }

    fn parenthesis(&mut self, byte: u8) {
        if byte == b')' {
            self.at += 1;
            if self.frames.len() > 1 {
                return self.close();
            }
            // The pattern of a `case`.
            if let Some(frame) = self.frames.last_mut() {
                frame.word = None;
                frame.command = Command::default();
            }
            return;
        }
        let word = self.frames.last().and_then(|frame| frame.word.as_ref());
        let kind = if word.is_some() { Kind::List } else { Kind::Subshell };
        let function = word.is_some_and(|word| !word.text.contains('='));
        if function && let Some(frame) = self.frames.last_mut() {
            frame.word = None;
            frame.command = Command::default();
        }
        if self.frames.len() < DEPTH {
            self.open(kind, 1);
        } else {
            self.at += 1;
        }
    }

    fn redirection(&mut self) {
        if let Some(frame) = self.frames.last_mut()
            && let Some(word) = &frame.word
            && word.text.bytes().all(|byte| byte.is_ascii_digit())
        {
            frame.word = None;
        }
        self.end_word();
        let rest = self.rest();
        // Process substitution.
        if rest.get(1) == Some(&b'(') {
            self.at += 1;
            return;
        }
        let here = rest.starts_with(b"<<") && !rest.starts_with(b"<<<");
        let length = rest.iter().take_while(|byte| b"<>&-|".contains(byte)).count();
        self.at += length;
        if here {
            self.here_document();
        } else {
            self.redirect = true;
        }
    }

    fn here_document(&mut self) {
        let blanks = self.rest().iter().take_while(|byte| **byte == b' ').count();
        self.at += blanks;
        let end = self.rest().iter().take_while(|byte| !b" \t\r\n;|&<>()".contains(byte)).count();
        let delimiter = self.text.get(self.at..self.at + end).unwrap_or_default();
        let delimiter = delimiter.replace(['\'', '"', '\\'], "");
        if !delimiter.is_empty() && self.documents.is_empty() {
            self.documents.push(delimiter);
        }
        self.at += end;
    }

    fn line_break(&mut self) {
        self.at += 1;
        let Some(delimiter) = self.documents.pop() else { return self.end_command() };
        let start = self.at;
        let mut end = start;
        for line in self.text[start..].split_inclusive('\n') {
            if line.trim() == delimiter {
                self.at = end + line.len();
                let content = self.text[start..end].to_owned();
                self.end_word();
                if let Some(frame) = self.frames.last_mut() {
                    frame.command.document = Some((start, content));
                }
                return self.end_command();
            }
            end += line.len();
        }
        // Never closed: what follows is read as commands.
        self.end_command();
    }
}

fn memchr_or_end(bytes: &[u8], byte: u8) -> usize {
    bytes.iter().position(|other| *other == byte).unwrap_or(bytes.len())
}

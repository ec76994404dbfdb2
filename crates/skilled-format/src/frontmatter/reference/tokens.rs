//! What the scanner of the reference dialect hands to its parser.

/// A place in the source: character index, line and column, all counted from zero.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Mark {
    pub(super) index: usize,
    pub(super) line: usize,
    pub(super) column: usize,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum TokenKind {
    StreamStart,
    StreamEnd,
    DocumentEnd,
    SequenceStart,
    MappingStart,
    BlockEnd,
    Entry,
    Key,
    Value,
    Scalar { text: String, plain: bool },
    Comment,
}

impl TokenKind {
    pub(super) fn is_stream_end(&self) -> bool {
        matches!(self, Self::StreamEnd)
    }

    pub(super) fn ends_mapping_part(&self) -> bool {
        matches!(self, Self::Key | Self::Value | Self::BlockEnd)
    }
}

/// Which kinds of comment hang on a token. Their text does not matter, but a second one of a kind is refused.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Comments {
    /// On the same line, or trailing blank lines of a value.
    pub(super) after: bool,
    /// On the lines before.
    pub(super) before: bool,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Token {
    pub(super) kind: TokenKind,
    pub(super) start: Mark,
    pub(super) end: Mark,
    pub(super) comments: Option<Comments>,
}

impl Token {
    pub(super) fn new(kind: TokenKind, start: Mark, end: Mark) -> Self {
        Self { kind, start, end, comments: None }
    }

    pub(super) fn add_comment_after(&mut self) {
        self.comments.get_or_insert_default().after = true;
    }
}

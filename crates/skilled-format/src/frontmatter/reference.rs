//! The YAML dialect of the reference validator.
//!
//! The reference validator of agentskills.io reads front matter with StrictYAML, which is block-style YAML
//! without tags, anchors and duplicate keys, on top of an older scanner that is stricter than YAML 1.2 in
//! some places (tabs) and laxer in others (indentation of quoted text). Whether a file is valid therefore
//! depends on this dialect and not on YAML, so it is written out here: a scanner that emits tokens, and a
//! parser that builds the tree or says where the reference validator stops.

mod scalars;
mod scanner;
mod source;
mod tokens;

use std::collections::BTreeSet;

use self::scanner::Scanner;
use self::source::Source;
pub(super) use self::source::is_printable;
use self::tokens::{Comments, Mark, Token, TokenKind};
use super::node::{Kind, Node};

/// Collections nested deeper than this are refused; the reference validator itself overflows its stack
/// between 200 and 300.
const MAX_DEPTH: usize = 100;

/// Why the reference validator does not accept front matter, and where it stopped.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Refusal {
    pub(crate) reason: Reason,
    /// Byte offset in the front matter.
    pub(crate) offset: usize,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Reason {
    FlowStyle,
    Anchor,
    Tag,
    DuplicateKey(String),
    UnevenIndentation,
    Tab,
    ControlCharacter(char),
    /// A comment between a key and a value that the reference validator crashes on.
    CommentBeforeValue,
    Syntax(&'static str),
}

impl Refusal {
    fn new(reason: Reason, offset: usize) -> Self {
        Self { reason, offset }
    }
}

/// Reads `text`, the front matter between its markers, as the reference validator does.
pub(crate) fn parse(text: &str) -> Result<Node, Refusal> {
    let source = Source::new(text)?;
    let mut parser = Parser { scanner: Scanner::new(&source), source: &source };
    let root = parser.document()?;
    check_mappings(&root, &source)?;
    match root.kind {
        Kind::Mapping(_) => Ok(root),
        Kind::Scalar(_) | Kind::Sequence(_) => {
            Err(Refusal::new(Reason::Syntax("the front matter is not a mapping"), root.span.start))
        }
    }
}

struct Parser<'a> {
    scanner: Scanner<'a>,
    source: &'a Source<'a>,
}

impl Parser<'_> {
    fn document(&mut self) -> Result<Node, Refusal> {
        let mut start = self.scanner.take()?;
        self.hand_on_comments(&mut start)?;
        if self.at(TokenKind::is_stream_end)? {
            return Err(self.refuse_here("the front matter is empty"));
        }
        let root = self.node(false, 0)?;
        if self.at(|kind| matches!(kind, TokenKind::DocumentEnd))? {
            self.scanner.take()?;
        }
        if !self.at(TokenKind::is_stream_end)? {
            return Err(self.refuse_here("there is text after the end of the mapping"));
        }
        Ok(root)
    }

    /// `block_node`, or `block_node_or_indentless_sequence` when `indentless`.
    fn node(&mut self, indentless: bool, depth: usize) -> Result<Node, Refusal> {
        if depth > MAX_DEPTH {
            return Err(self.refuse_here("collections are nested too deeply"));
        }
        self.scanner.check()?;
        let start = self.scanner.front().start;
        if indentless && self.at(|kind| matches!(kind, TokenKind::Entry))? {
            if let Some(comments) = &mut self.scanner.front_mut().comments {
                comments.after = false;
            }
            return self.indentless_sequence(start, depth);
        }
        match self.scanner.front().kind {
            TokenKind::Scalar { .. } => self.scalar(),
            TokenKind::SequenceStart => {
                let front = self.scanner.front_mut();
                if matches!(front.comments, Some(Comments { after: true, before: false })) {
                    front.comments = None;
                }
                self.scanner.take()?;
                self.sequence(start, depth)
            }
            TokenKind::MappingStart => {
                self.scanner.take()?;
                self.mapping(start, depth)
            }
            _ => Err(self.refuse_here("a value is expected here")),
        }
    }

    fn scalar(&mut self) -> Result<Node, Refusal> {
        let token = self.scanner.take()?;
        let span = self.source.offset(token.start.index)..self.source.offset(token.end.index);
        match token.kind {
            TokenKind::Scalar { text, plain } => Ok(Node::scalar(text, plain, span)),
            _ => Err(Refusal::new(Reason::Syntax("a value is expected here"), span.start)),
        }
    }

    fn indentless_sequence(&mut self, start: Mark, depth: usize) -> Result<Node, Refusal> {
        let mut items = Vec::new();
        while self.at(|kind| matches!(kind, TokenKind::Entry))? {
            let mut entry = self.scanner.take()?;
            self.hand_on_comments(&mut entry)?;
            let empty = self.at(|kind| {
                matches!(kind, TokenKind::Entry | TokenKind::Key | TokenKind::Value | TokenKind::BlockEnd)
            })?;
            items.push(if empty { self.empty(entry.end) } else { self.node(false, depth + 1)? });
        }
        if let Some(comments) = &mut self.scanner.front_mut().comments {
            comments.before = false;
        }
        Ok(self.collection(Kind::Sequence(items), start))
    }

    fn sequence(&mut self, start: Mark, depth: usize) -> Result<Node, Refusal> {
        let mut items = Vec::new();
        while self.at(|kind| matches!(kind, TokenKind::Entry))? {
            let mut entry = self.scanner.take()?;
            self.hand_on_comments(&mut entry)?;
            let empty = self.at(|kind| matches!(kind, TokenKind::Entry | TokenKind::BlockEnd))?;
            items.push(if empty { self.empty(entry.end) } else { self.node(false, depth + 1)? });
        }
        self.block_end("the list ends here, but its indentation says otherwise")?;
        Ok(self.collection(Kind::Sequence(items), start))
    }

    fn mapping(&mut self, start: Mark, depth: usize) -> Result<Node, Refusal> {
        let mut pairs = Vec::new();
        loop {
            let key = if self.at(|kind| matches!(kind, TokenKind::Key))? {
                let mut token = self.scanner.take()?;
                self.hand_on_comments(&mut token)?;
                if self.at(TokenKind::ends_mapping_part)? {
                    self.empty(token.end)
                } else {
                    self.node(true, depth + 1)?
                }
            } else if self.at(|kind| matches!(kind, TokenKind::Value))? {
                self.empty(self.scanner.front().start)
            } else {
                break;
            };
            let value = self.mapping_value(depth)?;
            pairs.push((key, value));
        }
        let mut end = self.block_end("a field is expected here")?;
        self.hand_on_comments(&mut end)?;
        Ok(self.collection(Kind::Mapping(pairs), start))
    }

    fn mapping_value(&mut self, depth: usize) -> Result<Node, Refusal> {
        if !self.at(|kind| matches!(kind, TokenKind::Value))? {
            return Ok(self.empty(self.scanner.front().start));
        }
        let mut token = self.scanner.take()?;
        if !self.at(|kind| matches!(kind, TokenKind::Key))? {
            self.hand_on_comments(&mut token)?;
        }
        if !self.at(TokenKind::ends_mapping_part)? {
            return self.node(true, depth + 1);
        }
        if token.comments.is_none()
            && let Some(comments) = &mut self.scanner.front_mut().comments
        {
            comments.after = false;
        }
        Ok(self.empty(token.end))
    }

    /// Moves the comments of a token that is consumed to the next one, where the reference validator keeps
    /// them. It has room for one comment of each kind and crashes on a second, as in `key: # one`, value,
    /// blank line.
    fn hand_on_comments(&mut self, from: &mut Token) -> Result<(), Refusal> {
        self.scanner.check()?;
        let Some(comments) = from.comments else { return Ok(()) };
        let target = self.scanner.front_mut();
        if target.kind.is_stream_end() {
            return Ok(());
        }
        from.comments = None;
        let Some(theirs) = &mut target.comments else {
            target.comments = Some(comments);
            return Ok(());
        };
        if (comments.after && theirs.after) || (comments.before && theirs.before) {
            let index = target.start.index;
            return Err(Refusal::new(Reason::CommentBeforeValue, self.source.offset(index)));
        }
        theirs.after |= comments.after;
        theirs.before |= comments.before;
        Ok(())
    }

    fn block_end(&mut self, otherwise: &'static str) -> Result<Token, Refusal> {
        if self.at(|kind| matches!(kind, TokenKind::BlockEnd))? {
            self.scanner.take()
        } else {
            Err(self.refuse_here(otherwise))
        }
    }

    fn at(&mut self, test: impl Fn(&TokenKind) -> bool) -> Result<bool, Refusal> {
        self.scanner.check()?;
        Ok(test(&self.scanner.front().kind))
    }

    fn refuse_here(&self, message: &'static str) -> Refusal {
        let index = self.scanner.front().start.index;
        Refusal::new(Reason::Syntax(message), self.source.offset(index))
    }

    fn empty(&self, at: Mark) -> Node {
        let offset = self.source.offset(at.index);
        Node::scalar(String::new(), true, offset..offset)
    }

    fn collection(&self, kind: Kind, start: Mark) -> Node {
        let start = self.source.offset(start.index);
        let end = match &kind {
            Kind::Sequence(items) => items.last().map_or(start, |item| item.span.end),
            Kind::Mapping(pairs) => pairs.last().map_or(start, |(_, value)| value.span.end),
            Kind::Scalar(_) => start,
        };
        Node { kind, span: start..end.max(start) }
    }
}

/// Refuses what StrictYAML refuses about mappings: collections and merges as keys, a key twice, and sibling
/// mappings that start in different columns.
fn check_mappings(node: &Node, source: &Source<'_>) -> Result<(), Refusal> {
    match &node.kind {
        Kind::Scalar(_) => Ok(()),
        Kind::Sequence(items) => items.iter().try_for_each(|item| check_mappings(item, source)),
        Kind::Mapping(pairs) => {
            check_keys(pairs)?;
            let mut column = None;
            for (_, value) in pairs {
                check_mappings(value, source)?;
                if matches!(value.kind, Kind::Mapping(_)) {
                    let own = source.column(value.span.start);
                    if *column.get_or_insert(own) != own {
                        return Err(Refusal::new(Reason::UnevenIndentation, value.span.start));
                    }
                }
            }
            Ok(())
        }
    }
}

fn check_keys(pairs: &[(Node, Node)]) -> Result<(), Refusal> {
    let mut seen = BTreeSet::new();
    for (key, value) in pairs {
        let Kind::Scalar(scalar) = &key.kind else {
            return Err(Refusal::new(Reason::Syntax("a list or mapping is used as a key"), key.span.start));
        };
        if scalar.plain && scalar.text == "<<" {
            if matches!(value.kind, Kind::Scalar(_)) {
                return Err(Refusal::new(Reason::Syntax("`<<` needs a mapping to merge"), key.span.start));
            }
        } else if !seen.insert(scalar.text.as_str()) {
            return Err(Refusal::new(Reason::DuplicateKey(scalar.text.clone()), key.span.start));
        }
    }
    Ok(())
}

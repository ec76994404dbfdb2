//! YAML events to a tree, within limits.

use std::collections::HashMap;
use std::ops::Range;

use granit_parser::{Event, Parser, ScalarStyle, Span, StructureStyle};

use super::node::{Kind, Node};
use super::{Note, NoteKind, Unreadable};

/// Collections nested deeper than this are refused.
const MAX_DEPTH: usize = 64;
/// Nodes that aliases may add to a document. Without aliases its size is limited by that of the text.
const MAX_ALIASED_NODES: usize = 20_000;

pub(super) struct Document {
    pub(super) root: Node,
    pub(super) notes: Vec<Note>,
}

/// Reads the first document of `text`.
pub(super) fn parse(text: &str) -> Result<Document, Unreadable> {
    let options = granit_parser::options! {
        emit_comments: false,
        emit_unresolved_aliases: true,
        flow_nesting_limit: MAX_DEPTH,
        block_nesting_limit: MAX_DEPTH,
    };
    let mut builder = Builder::new(text);
    for next in Parser::new_from_str_with_options(text, options) {
        let (event, span) = next.map_err(|error| Unreadable {
            message: error.kind().to_string(),
            offset: error.marker().byte_offset().unwrap_or(0).min(text.len()),
        })?;
        if let Some(root) = builder.event(event, &span) {
            return Ok(Document { root, notes: builder.notes });
        }
    }
    Err(Unreadable { message: "the front matter is empty".to_owned(), offset: 0 })
}

/// A collection that is still open.
struct Open {
    kind: Kind,
    is_flow: bool,
    start: usize,
    anchor: usize,
    /// The key that waits for its value.
    key: Option<Node>,
    /// Nodes inside, with aliases in full.
    size: usize,
}

struct Builder<'a> {
    text: &'a str,
    open: Vec<Open>,
    anchors: HashMap<usize, (Node, usize)>,
    /// Nodes added by aliases so far.
    aliased: usize,
    notes: Vec<Note>,
}

impl<'a> Builder<'a> {
    fn new(text: &'a str) -> Self {
        Self { text, open: Vec::new(), anchors: HashMap::new(), aliased: 0, notes: Vec::new() }
    }

    /// Takes one event; returns the root once it is complete.
    fn event(&mut self, event: Event<'_>, span: &Span) -> Option<Node> {
        let range = self.range(span);
        match event {
            Event::Scalar(value, style, anchor, tag) => {
                self.note_properties(anchor, tag.is_some(), &range);
                let node = Node::scalar(value.into_owned(), style == ScalarStyle::Plain, range);
                self.add(node, anchor, 1)
            }
            Event::SequenceStart(style, anchor, tag) => {
                self.note_properties(anchor, tag.is_some(), &range);
                self.start(Kind::Sequence(Vec::new()), style, anchor, range);
                None
            }
            Event::MappingStart(style, anchor, tag) => {
                self.note_properties(anchor, tag.is_some(), &range);
                self.start(Kind::Mapping(Vec::new()), style, anchor, range);
                None
            }
            Event::SequenceEnd | Event::MappingEnd => self.end(range.end),
            Event::Alias(id) => self.alias(Some(id), range),
            Event::UnresolvedAlias(_) => self.alias(None, range),
            _ => None,
        }
    }

    fn start(&mut self, kind: Kind, style: StructureStyle, anchor: usize, range: Range<usize>) {
        // Inside flow style everything is flow style; one note is enough.
        let is_flow = style == StructureStyle::Flow;
        if is_flow && !self.open.last().is_some_and(|parent| parent.is_flow) {
            self.notes.push(Note { kind: NoteKind::FlowStyle, span: range.clone() });
        }
        self.open.push(Open { kind, is_flow, start: range.start, anchor, key: None, size: 1 });
    }

    fn end(&mut self, end: usize) -> Option<Node> {
        let open = self.open.pop()?;
        let end = self.text[..end].trim_end().len().max(open.start);
        self.add(Node { kind: open.kind, span: open.start..end }, open.anchor, open.size)
    }

    fn alias(&mut self, id: Option<usize>, range: Range<usize>) -> Option<Node> {
        self.notes.push(Note { kind: NoteKind::Anchor, span: range.clone() });
        let target = id.and_then(|id| self.anchors.get(&id));
        let within = target.filter(|(_, size)| self.aliased + size <= MAX_ALIASED_NODES).cloned();
        if let Some((mut node, size)) = within {
            self.aliased += size;
            node.span = range;
            return self.add(node, 0, size);
        }
        self.notes.push(Note { kind: NoteKind::AliasDropped, span: range.clone() });
        self.add(Node::scalar(String::new(), true, range), 0, 1)
    }

    fn add(&mut self, node: Node, anchor: usize, size: usize) -> Option<Node> {
        if anchor != 0 {
            self.anchors.insert(anchor, (node.clone(), size));
        }
        let Some(parent) = self.open.last_mut() else { return Some(node) };
        parent.size += size;
        match &mut parent.kind {
            Kind::Sequence(items) => items.push(node),
            Kind::Mapping(pairs) => match parent.key.take() {
                Some(key) => pairs.push((key, node)),
                None => parent.key = Some(node),
            },
            Kind::Scalar(_) => {}
        }
        None
    }

    fn note_properties(&mut self, anchor: usize, has_tag: bool, range: &Range<usize>) {
        if anchor != 0 {
            self.notes.push(Note { kind: NoteKind::Anchor, span: range.clone() });
        }
        if has_tag {
            self.notes.push(Note { kind: NoteKind::Tag, span: range.clone() });
        }
    }

    fn range(&self, span: &Span) -> Range<usize> {
        let range = span.byte_range().unwrap_or(0..0);
        let end = self.text.floor_char_boundary(range.end.min(self.text.len()));
        self.text.floor_char_boundary(range.start.min(end))..end
    }
}

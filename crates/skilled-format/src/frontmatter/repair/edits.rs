//! Replacements in the front matter, and the way back from the repaired text to the file.

use std::ops::Range;

use super::Slot;
use crate::frontmatter::{Kind, Node, Note, NoteKind};

/// One replacement: `range` of the original becomes `text`.
pub(super) struct Edit {
    pub(super) range: Range<usize>,
    pub(super) text: String,
    pub(super) kind: NoteKind,
}

impl Edit {
    pub(super) fn space(range: Range<usize>) -> Self {
        Self { range, text: " ".to_owned(), kind: NoteKind::Tab }
    }

    /// The value of `slot` in single quotes, its lines joined by spaces.
    pub(super) fn quote(text: &str, slot: &Slot, kind: NoteKind) -> Self {
        let words: Vec<&str> = text[slot.value.clone()].lines().map(str::trim).collect();
        let joined = words.join(" ");
        let value = joined.trim();
        let inner = ['"', '\''].iter().find_map(|&quote| value.strip_prefix(quote)?.strip_suffix(quote));
        let quoted = inner.unwrap_or(value).replace('\'', "''");
        // A key of a line such as `key:value` needs the space that the writer left out.
        Self { range: slot.value.clone(), text: format!("'{quoted}'"), kind }
    }
}

/// Edits that do not overlap, in the order of the text.
pub(super) struct Edits {
    edits: Vec<Edit>,
    original_len: usize,
}

impl Edits {
    pub(super) fn new(text: &str) -> Self {
        Self { edits: Vec::new(), original_len: text.len() }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.edits.is_empty()
    }

    pub(super) fn extend(&mut self, edits: impl Iterator<Item = Edit>) {
        self.edits.extend(edits);
    }

    /// Adds an edit; edits inside its range give way.
    pub(super) fn add(&mut self, edit: Edit) {
        self.edits.retain(|old| old.range.end <= edit.range.start || old.range.start >= edit.range.end);
        let position = self.edits.partition_point(|old| old.range.start < edit.range.start);
        self.edits.insert(position, edit);
    }

    /// Tells whether the value of `slot` is already replaced, alone or as part of a larger one.
    pub(super) fn covers(&self, slot: &Slot) -> bool {
        self.edits
            .iter()
            .any(|edit| edit.range.start <= slot.value.start && slot.value.end <= edit.range.end)
    }

    pub(super) fn apply(&self, text: &str) -> String {
        let mut repaired = String::with_capacity(text.len() + 16);
        let mut copied = 0;
        for edit in &self.edits {
            repaired.push_str(&text[copied..edit.range.start]);
            repaired.push_str(&edit.text);
            copied = edit.range.end;
        }
        repaired.push_str(&text[copied..]);
        repaired
    }

    /// The place in the original of an offset in the repaired text; inside a replacement, its start.
    pub(super) fn original(&self, offset: usize) -> usize {
        let (mut repaired, mut original) = (0, 0);
        for edit in &self.edits {
            let unchanged = edit.range.start - original;
            if offset < repaired + unchanged {
                break;
            }
            repaired += unchanged;
            if offset < repaired + edit.text.len() {
                return edit.range.start;
            }
            repaired += edit.text.len();
            original = edit.range.end;
        }
        (original + (offset - repaired)).min(self.original_len)
    }

    pub(super) fn original_range(&self, range: &Range<usize>) -> Range<usize> {
        let start = self.original(range.start);
        start..self.original(range.end).max(start)
    }

    pub(super) fn translate(&self, node: &mut Node) {
        node.span = self.original_range(&node.span);
        match &mut node.kind {
            Kind::Scalar(_) => {}
            Kind::Sequence(items) => items.iter_mut().for_each(|item| self.translate(item)),
            Kind::Mapping(pairs) => {
                for (key, value) in pairs {
                    self.translate(key);
                    self.translate(value);
                }
            }
        }
    }

    pub(super) fn notes(&self) -> Vec<Note> {
        self.edits.iter().map(|edit| Note { kind: edit.kind, span: edit.range.clone() }).collect()
    }
}

//! Replacements in the front matter, and the way back from the repaired text to the file.

use std::ops::Range;

use super::Slot;
use crate::frontmatter::reference::is_printable;
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

    pub(super) fn remove(range: Range<usize>, kind: NoteKind) -> Self {
        Self { range, text: String::new(), kind }
    }

    /// The value of `slot` in single quotes, its lines joined by spaces.
    pub(super) fn quote(text: &str, slot: &Slot, kind: NoteKind) -> Self {
        let words: Vec<&str> = text[slot.value.clone()].lines().map(str::trim).collect();
        let joined = words.join(" ");
        let value = joined.trim();
        let inner = ['"', '\''].iter().find_map(|&quote| value.strip_prefix(quote)?.strip_suffix(quote));
        let printable: String = inner.unwrap_or(value).chars().filter(|&c| is_printable(c)).collect();
        let quoted = printable.replace('\'', "''");
        Self { range: slot.value.clone(), text: format!("'{quoted}'"), kind }
    }
}

/// Edits that do not overlap, in the order of the text.
#[derive(Default)]
pub(super) struct Edits {
    edits: Vec<Edit>,
}

impl Edits {
    pub(super) fn is_empty(&self) -> bool {
        self.edits.is_empty()
    }

    pub(super) fn extend(&mut self, edits: impl IntoIterator<Item = Edit>) {
        edits.into_iter().for_each(|edit| self.add(edit));
    }

    /// Adds an edit; edits inside its range give way.
    pub(super) fn add(&mut self, edit: Edit) {
        let start = self.edits.partition_point(|old| old.range.end <= edit.range.start);
        let end = self.edits.partition_point(|old| old.range.start < edit.range.end);
        self.edits.splice(start..end.max(start), [edit]);
    }

    /// Tells whether the value of `slot` is already replaced, alone or as part of a larger one.
    pub(super) fn covers(&self, slot: &Slot) -> bool {
        let next = self.edits.partition_point(|edit| edit.range.end < slot.value.end);
        self.edits.get(next).is_some_and(|edit| edit.range.start <= slot.value.start)
    }

    pub(super) fn apply(&self, text: &str) -> Repaired<'_> {
        let mut repaired = String::with_capacity(text.len() + 16);
        let mut starts = Vec::with_capacity(self.edits.len());
        let mut copied = 0;
        for edit in &self.edits {
            repaired.push_str(&text[copied..edit.range.start]);
            starts.push(repaired.len());
            repaired.push_str(&edit.text);
            copied = edit.range.end;
        }
        repaired.push_str(&text[copied..]);
        Repaired { text: repaired, original_len: text.len(), edits: &self.edits, starts }
    }

    pub(super) fn notes(&self) -> Vec<Note> {
        self.edits.iter().map(|edit| Note { kind: edit.kind, span: edit.range.clone() }).collect()
    }
}

/// The text after all edits.
pub(super) struct Repaired<'a> {
    pub(super) text: String,
    original_len: usize,
    edits: &'a [Edit],
    /// Where each edit starts in the repaired text.
    starts: Vec<usize>,
}

impl Repaired<'_> {
    /// The place in the original of an offset in the repaired text; inside a replacement, its start.
    pub(super) fn original(&self, offset: usize) -> usize {
        let before = self.starts.partition_point(|&start| start <= offset);
        let Some(last) = before.checked_sub(1) else { return offset.min(self.original_len) };
        let (edit, inside) = (&self.edits[last], offset - self.starts[last]);
        match inside.checked_sub(edit.text.len()) {
            Some(beyond) => (edit.range.end + beyond).min(self.original_len),
            None => edit.range.start,
        }
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
}

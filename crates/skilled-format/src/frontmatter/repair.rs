//! Reads front matter that is not YAML but whose meaning is plain.
//!
//! People write `description: Use when: …` and mean the text. A repair replaces one value by the same text in
//! single quotes; tabs become spaces. First the mistakes that can be seen on the line are repaired, then the
//! value at each place YAML complains about. Positions are translated back, so that every diagnostic points
//! into the file.

mod edits;
mod slots;

use self::edits::{Edit, Edits, Repaired};
use self::slots::{Slot, slots};
use super::reference::is_printable;
use super::{Node, Note, NoteKind, Unreadable, yaml};

/// Values repaired because of a complaint. Each costs one more parse.
const MAX_COMPLAINTS: usize = 24;

/// Parses `text` after as many repairs as it takes; `error` is the complaint about the text as it stands, and
/// what is returned when nothing helps.
pub(super) fn parse(text: &str, error: Unreadable) -> Result<(Node, Vec<Note>), Unreadable> {
    let slots = slots(text);
    let mut edits = Edits::default();
    edits.extend(indentation_tabs(text));
    edits.extend(control_characters(text));
    for slot in &slots {
        if slot.tab_before_value {
            edits.add(Edit::space(slot.gap.clone()));
        }
        if let Some(kind) = slot.visible_mistake(text) {
            edits.add(Edit::quote(text, slot, kind));
        }
    }
    if edits.is_empty() && !edits.repair_at(text, &slots, error.offset) {
        return Err(error);
    }
    for _ in 0..MAX_COMPLAINTS {
        let repaired = edits.apply(text);
        let complaint = match yaml::parse(&repaired.text) {
            Ok(document) => return Ok(finish(document, &edits, &repaired)),
            Err(complaint) => repaired.original(complaint.offset),
        };
        if !edits.repair_at(text, &slots, complaint) {
            break;
        }
    }
    Err(error)
}

impl Edits {
    /// Quotes the value that a complaint at `offset` is about: the nearest one before it that is not quoted
    /// yet.
    fn repair_at(&mut self, text: &str, slots: &[Slot], offset: usize) -> bool {
        let before = slots.partition_point(|slot| slot.line_start <= offset);
        let candidate =
            slots[..before].iter().rev().find(|slot| !slot.value.is_empty() && !self.covers(slot));
        let Some(slot) = candidate else { return false };
        self.add(Edit::quote(text, slot, NoteKind::ReadAsText));
        true
    }
}

fn indentation_tabs(text: &str) -> impl Iterator<Item = Edit> + '_ {
    let mut start = 0;
    text.split_inclusive('\n').filter_map(move |line| {
        let line_start = start;
        start += line.len();
        let indent = line.len() - line.trim_start_matches([' ', '\t']).len();
        line[..indent].contains('\t').then(|| Edit {
            range: line_start..line_start + indent,
            text: line[..indent].replace('\t', "  "),
            kind: NoteKind::Tab,
        })
    })
}

/// Removes control characters, one edit for each run of them.
fn control_characters(text: &str) -> Vec<Edit> {
    let mut edits = Vec::<Edit>::new();
    for (start, found) in text.match_indices(|c| !is_printable(c)) {
        let end = start + found.len();
        match edits.last_mut() {
            Some(last) if last.range.end == start => last.range.end = end,
            Some(_) | None => edits.push(Edit::remove(start..end, NoteKind::ControlCharacter)),
        }
    }
    edits
}

fn finish(document: yaml::Document, edits: &Edits, repaired: &Repaired<'_>) -> (Node, Vec<Note>) {
    let yaml::Document { mut root, notes } = document;
    repaired.translate(&mut root);
    let mut all = edits.notes();
    all.extend(
        notes.into_iter().map(|note| Note { kind: note.kind, span: repaired.original_range(&note.span) }),
    );
    all.sort_by_key(|note| note.span.start);
    (root, all)
}

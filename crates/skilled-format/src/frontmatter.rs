//! Front matter text to a tree, leniently.
//!
//! Three attempts, each laxer: the dialect of the reference validator, YAML, YAML after repairs. Which one
//! succeeded, and why the ones before it did not, is part of the answer. No parser type leaves this module.

mod node;
pub(crate) mod reference;
mod repair;
mod yaml;

use std::ops::Range;

pub(crate) use self::node::{Kind, Node, Scalar};
use self::reference::Refusal;

/// Longest front matter that is parsed, in bytes. The largest in two thousand public skills is 10 KiB.
pub(crate) const MAX_BYTES: usize = 64 * 1024;

/// Front matter that could be read.
pub(crate) struct FrontMatter {
    /// The fields in the order of the file, duplicates included.
    pub(crate) fields: Vec<(Node, Node)>,
    /// Why the reference validator refuses the text, if it does.
    pub(crate) refusal: Option<Refusal>,
    pub(crate) notes: Vec<Note>,
}

/// Something tolerated; ranges are byte ranges in the front matter as written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Note {
    pub(crate) kind: NoteKind,
    pub(crate) span: Range<usize>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum NoteKind {
    FlowStyle,
    /// An anchor or an alias.
    Anchor,
    Tag,
    /// An alias that would have made the document too large; it reads as empty.
    AliasDropped,
    /// Text with `: ` inside that was read as if quoted.
    UnquotedColon,
    /// Text starting with a character YAML reserves, read as if quoted.
    ReservedStart,
    /// Quotes that do not match, read as part of the text.
    UnbalancedQuotes,
    Tab,
    /// A control character, which is dropped.
    ControlCharacter,
    /// Anything else that had to be read as plain text.
    ReadAsText,
}

/// Front matter that no attempt could read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Unreadable {
    pub(crate) message: String,
    pub(crate) offset: usize,
}

pub(crate) fn read(text: &str) -> Result<FrontMatter, Unreadable> {
    let refusal = match reference::parse(text) {
        Ok(root) => return into_front_matter(root, None, Vec::new()),
        Err(refusal) => refusal,
    };
    match yaml::parse(text) {
        Ok(document) => into_front_matter(document.root, Some(refusal), document.notes),
        Err(error) => {
            let (root, notes) = repair::parse(text, error)?;
            into_front_matter(root, Some(refusal), notes)
        }
    }
}

fn into_front_matter(
    root: Node,
    refusal: Option<Refusal>,
    notes: Vec<Note>,
) -> Result<FrontMatter, Unreadable> {
    match root.kind {
        Kind::Mapping(fields) => Ok(FrontMatter { fields, refusal, notes }),
        Kind::Scalar(_) | Kind::Sequence(_) => Err(Unreadable {
            message: "the front matter is not a list of `field: value` lines".to_owned(),
            offset: root.span.start,
        }),
    }
}

//! The Markdown documents of a skill.

use std::cell::OnceCell;
use std::collections::BTreeMap;

use crate::markdown::Markdown;
use crate::material::{Kind, Material, Text};

/// Most documents of a skill that are parsed; the text rules look at the others too.
const MAX_DOCUMENTS: usize = 2_000;

/// Documents by path. Each is parsed once, when a rule needs it: most need not be.
pub(crate) struct Documents<'a>(BTreeMap<&'a str, Document<'a>>);

struct Document<'a> {
    text: &'a Text,
    parsed: OnceCell<Markdown>,
}

impl<'a> Documents<'a> {
    pub(crate) fn new(material: &'a Material<'_>) -> Self {
        let documents = material.texts.iter().filter(|text| text.kind == Kind::Markdown).take(MAX_DOCUMENTS);
        Self(documents.map(|text| (text.path.as_str(), Document { text, parsed: OnceCell::new() })).collect())
    }

    pub(crate) fn contains(&self, path: &str) -> bool {
        self.0.contains_key(path)
    }

    pub(crate) fn get(&self, path: &str) -> Option<&Markdown> {
        let document = self.0.get(path)?;
        let parse = || Markdown::parse(document.text.body(), document.text.body.start);
        Some(document.parsed.get_or_init(parse))
    }

    /// Whether the offset lies in a piece of code of a document.
    pub(crate) fn is_code(&self, path: &str, at: usize) -> bool {
        let Some(document) = self.get(path) else { return false };
        let after = document.code.partition_point(|code| code.span.start <= at);
        document.code[..after].last().is_some_and(|code| code.span.contains(&at))
    }
}

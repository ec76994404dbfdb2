//! The Markdown documents of a skill.

use std::cell::OnceCell;
use std::collections::BTreeMap;

use crate::markdown::Markdown;
use crate::material::{Kind, Material, Text};

/// Documents by path. Each is parsed once, when a rule needs it: most need not be.
pub(crate) struct Documents<'a> {
    by_path: BTreeMap<&'a str, Document<'a>>,
    left_out: Vec<&'a str>,
}

struct Document<'a> {
    text: &'a Text,
    parsed: OnceCell<Markdown>,
}

impl<'a> Documents<'a> {
    /// Most documents of a skill that are parsed; the text rules look at the others too.
    pub(crate) const MOST: usize = 2_000;

    pub(crate) fn new(material: &'a Material<'_>) -> Self {
        let mut documents = material.texts.iter().filter(|text| text.kind == Kind::Markdown);
        let parsed = documents.by_ref().take(Self::MOST);
        let by_path = parsed.map(|text| (text.path.as_str(), Document { text, parsed: OnceCell::new() }));
        let by_path = by_path.collect();
        Self { by_path, left_out: documents.map(|text| text.path.as_str()).collect() }
    }

    /// The documents that are not parsed, as there are too many.
    pub(crate) fn left_out(&self) -> &[&'a str] {
        &self.left_out
    }

    pub(crate) fn contains(&self, path: &str) -> bool {
        self.by_path.contains_key(path)
    }

    pub(crate) fn get(&self, path: &str) -> Option<&Markdown> {
        let document = self.by_path.get(path)?;
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

//! The Markdown documents of a skill.

use std::collections::BTreeMap;

use crate::markdown::Markdown;
use crate::material::{Kind, Material};

/// Most documents of a skill that are parsed; the text rules look at the others too.
const MAX_DOCUMENTS: usize = 2_000;

/// Documents by path.
#[derive(Debug, Default)]
pub(crate) struct Documents(BTreeMap<String, Markdown>);

impl Documents {
    pub(crate) fn new(material: &Material<'_>) -> Self {
        let documents = material.texts.iter().filter(|text| text.kind == Kind::Markdown).take(MAX_DOCUMENTS);
        let parse =
            |text: &crate::material::Text| (text.path.clone(), Markdown::parse(text.body(), text.body.start));
        Self(documents.map(parse).collect())
    }

    pub(crate) fn get(&self, path: &str) -> Option<&Markdown> {
        self.0.get(path)
    }

    /// Whether the offset lies in a piece of code of a document.
    pub(crate) fn is_code(&self, path: &str, at: usize) -> bool {
        let Some(document) = self.get(path) else { return false };
        let after = document.code.partition_point(|code| code.span.start <= at);
        document.code[..after].last().is_some_and(|code| code.span.contains(&at))
    }
}

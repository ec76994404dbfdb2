//! The files of a skill as the rules see them: read once, bounded, with their language.

use std::ops::Range;

use skilled_format::{Folder, Lines, Reading};

/// What a file is written in, by its name, its first line, or the label of its code fence.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Language {
    /// Markdown and other prose that a model reads.
    Prose,
    /// Shells of the Unix family, and what is typed at their prompt.
    Shell,
    PowerShell,
    Python,
    /// JavaScript and TypeScript.
    JavaScript,
    /// Other programming languages.
    OtherCode,
    /// JSON, YAML, TOML and the like.
    Data,
}

/// A stretch of a file in one language. Prose and the code fences in it are stretches of their own; any other file is one.
#[derive(Clone, Debug)]
pub(crate) struct Stretch {
    pub(crate) language: Language,
    pub(crate) span: Range<usize>,
}

/// One text file.
#[derive(Debug)]
pub(crate) struct Source {
    /// Relative to the skill folder.
    pub(crate) path: String,
    /// What the file as a whole is.
    pub(crate) language: Language,
    pub(crate) executable: bool,
    pub(crate) text: String,
    /// In the order of the file.
    pub(crate) stretches: Vec<Stretch>,
}

/// A file that is no text: only its first bytes are kept.
#[derive(Debug)]
pub(crate) struct Binary {
    pub(crate) path: String,
    pub(crate) executable: bool,
    pub(crate) size: u64,
    /// At most 4 KiB.
    pub(crate) head: Vec<u8>,
}

/// A skill, ready for the rules.
pub(crate) struct Material<'a> {
    pub(crate) folder: &'a Folder,
    pub(crate) reading: Reading,
    pub(crate) sources: Vec<Source>,
    pub(crate) binaries: Vec<Binary>,
}

impl Source {
    /// Its stretches in one of `languages`, with their text.
    pub(crate) fn in_languages<'s>(
        &'s self,
        languages: &'s [Language],
    ) -> impl Iterator<Item = (&'s Stretch, &'s str)> {
        let chosen = self.stretches.iter().filter(|stretch| languages.contains(&stretch.language));
        chosen.map(|stretch| (stretch, &self.text[stretch.span.clone()]))
    }

    pub(crate) fn lines(&self) -> Lines<'_> {
        Lines::new(&self.text)
    }
}

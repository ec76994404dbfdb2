//! The files of a skill as the rules see them: read once, bounded, with their language.

mod archive;
mod decode;
mod fences;
mod injected;
mod language;
mod parts;
mod read;

use std::cell::OnceCell;
use std::ops::Range;

use skilled_format::{Folder, Reading};

pub(crate) use self::archive::Opened;
pub(crate) use self::injected::injected_commands;

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
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Stretch {
    pub(crate) language: Language,
    pub(crate) span: Range<usize>,
}

/// One text file.
#[derive(Debug)]
pub(crate) struct Source {
    /// Relative to the skill folder; `a.zip!/path` for a file in an archive.
    pub(crate) path: String,
    /// What the file as a whole is.
    pub(crate) language: Language,
    pub(crate) text: String,
    /// In the order of the file.
    pub(crate) stretches: Vec<Stretch>,
    /// Offsets of line breaks, found when the first place is asked for.
    breaks: OnceCell<Vec<usize>>,
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
    /// Archives, and what came of looking into them.
    pub(crate) archives: Vec<(String, Opened)>,
    /// Files that were not read as a whole, and why.
    pub(crate) unread: Vec<(String, String)>,
}

impl Source {
    /// A text with its language and stretches worked out.
    pub(crate) fn new(path: String, text: String) -> Self {
        let language = language::of_file(&path, &text);
        let stretches = match language {
            Language::Prose => fences::stretches(&text),
            Language::Shell
            | Language::PowerShell
            | Language::Python
            | Language::JavaScript
            | Language::OtherCode
            | Language::Data => vec![Stretch { language, span: 0..text.len() }],
        };
        Self { path, language, text, stretches, breaks: OnceCell::new() }
    }

    /// Its stretches in one of `languages`, with their text.
    pub(crate) fn in_languages<'s>(
        &'s self,
        languages: &'s [Language],
    ) -> impl Iterator<Item = (&'s Stretch, &'s str)> {
        let chosen = self.stretches.iter().filter(|stretch| languages.contains(&stretch.language));
        chosen.map(|stretch| (stretch, &self.text[stretch.span.clone()]))
    }

    /// Line of a byte offset, from 1. Cheap to ask again and again.
    pub(crate) fn line(&self, offset: usize) -> usize {
        1 + self.breaks().partition_point(|&at| at < offset)
    }

    /// Line and column of a byte offset, both from 1, the column in characters.
    pub(crate) fn place(&self, offset: usize) -> (usize, usize) {
        let mut offset = offset.min(self.text.len());
        while !self.text.is_char_boundary(offset) {
            offset -= 1;
        }
        let line = self.line(offset);
        let start = line.checked_sub(2).map_or(0, |before| self.breaks()[before] + 1);
        (line, 1 + self.text[start..offset].chars().count())
    }

    fn breaks(&self) -> &[usize] {
        self.breaks.get_or_init(|| {
            let bytes = self.text.bytes().enumerate();
            bytes.filter(|(_, byte)| *byte == b'\n').map(|(at, _)| at).collect()
        })
    }
}

#[cfg(test)]
mod tests {
    use skilled_format::Lines;

    use super::*;

    #[test]
    fn places_agree_with_those_of_the_format() {
        let source = Source::new("a.txt".to_owned(), "aé\n\nxyz\n".to_owned());
        for offset in 0..=source.text.len() + 2 {
            assert_eq!(source.place(offset), Lines::new(&source.text).place(offset), "offset {offset}");
        }
    }
}

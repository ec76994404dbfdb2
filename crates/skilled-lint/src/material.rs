//! A skill as the rules see it: its text files, read once and within limits.

use std::collections::BTreeMap;
use std::ops::Range;

use skilled_format::{
    Code, Folder, Listed, ListedKind, Reading, SKILL_FILE, Skill, read_skill, read_skill_text,
};

use crate::tree;

/// Most bytes read of one file.
const MAX_FILE: u64 = 1 << 20;
/// Most bytes read of one skill.
const MAX_TOTAL: u64 = 16 << 20;

/// Files whose content is given instead of being read.
pub(crate) type Overrides = BTreeMap<String, String>;

/// What a text file is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// A document for models and people.
    Markdown,
    /// A program in a language of scripts.
    Script,
    /// A program or data whose line ends are those of Windows.
    Windows,
    /// Anything else: data, configuration, programs that are compiled.
    Other,
}

/// One text file.
#[derive(Debug)]
pub(crate) struct Text {
    /// Relative to the skill folder.
    pub(crate) path: String,
    pub(crate) kind: Kind,
    pub(crate) executable: bool,
    pub(crate) content: String,
    /// The part that is Markdown in a document, everything in any other file.
    pub(crate) body: Range<usize>,
}

impl Text {
    pub(crate) fn body(&self) -> &str {
        &self.content[self.body.clone()]
    }

    pub(crate) fn is_skill_file(&self) -> bool {
        self.path == SKILL_FILE
    }

    /// Whether line ends of Windows are never meant in such a file, so that a repair may replace them. In patches, calendars,
    /// recorded requests and templates they are part of what is said.
    pub(crate) fn wants_unix_ends(&self) -> bool {
        let ending = ending(&self.path);
        match self.kind {
            Kind::Markdown => true,
            Kind::Script => ending.is_empty() || UNIX_SCRIPTS.contains(&ending.as_str()),
            Kind::Windows | Kind::Other => false,
        }
    }
}

/// A file that gives no text, though it should.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Gap {
    /// It is not UTF-8 from this offset on.
    NotUtf8(usize),
    /// Only the beginning was read.
    Cut,
    /// The skill has too much text; nothing of the file was read.
    TooMuch,
    /// The system said why it cannot be read.
    Failed(String),
}

/// A skill, ready for the rules.
pub(crate) struct Material<'a> {
    pub(crate) folder: &'a Folder,
    pub(crate) reading: Reading,
    /// SKILL.md first, the others in the order of their paths.
    pub(crate) texts: Vec<Text>,
    pub(crate) gaps: Vec<(String, Gap)>,
    /// Whether every file is listed.
    pub(crate) is_complete: bool,
}

impl<'a> Material<'a> {
    pub(crate) fn load(folder: &'a Folder, overrides: &Overrides) -> Self {
        let (reading, skill_text) = skill_file(folder, overrides);
        let is_complete = !folder.diagnostics().iter().any(|found| found.code == Code::TreeTooLarge);
        let mut material = Self { folder, reading, texts: Vec::new(), gaps: Vec::new(), is_complete };
        let mut left = MAX_TOTAL;
        material.texts.extend(skill_text);
        for listed in folder.files() {
            if listed.path != SKILL_FILE {
                material.load_file(listed, overrides, &mut left);
            }
        }
        material
    }

    fn load_file(&mut self, listed: &Listed, overrides: &Overrides, left: &mut u64) {
        let ListedKind::File { executable, .. } = listed.kind else { return };
        let path = &listed.path;
        if tree::is_debris(path) || is_binary_name(path) {
            return;
        }
        if *left == 0 {
            self.gaps.push((path.clone(), Gap::TooMuch));
            return;
        }
        let text = |content| Text::new(path, executable, content);
        if let Some(content) = overrides.get(path) {
            self.texts.push(text(content.clone()));
            return;
        }
        let content = match self.folder.read(path, MAX_FILE.min(*left)) {
            Ok(content) => content,
            Err(error) => {
                self.gaps.push((path.clone(), Gap::Failed(error.to_string())));
                return;
            }
        };
        if is_binary(&content.bytes) {
            return;
        }
        *left -= (content.bytes.len() as u64).min(*left);
        if content.cut {
            self.gaps.push((path.clone(), Gap::Cut));
        }
        match decode(content.bytes, content.cut) {
            Ok(content) => self.texts.push(text(content)),
            Err(at) => self.gaps.push((path.clone(), Gap::NotUtf8(at))),
        }
    }

    /// SKILL.md, when it is text.
    pub(crate) fn skill_text(&self) -> Option<&Text> {
        self.texts.first().filter(|text| text.is_skill_file())
    }

    /// SKILL.md with what it says, when it loads.
    pub(crate) fn skill(&self) -> Option<(&Text, &Skill)> {
        Some((self.skill_text()?, self.reading.skill.as_ref()?))
    }
}

impl Text {
    fn new(path: &str, executable: bool, content: String) -> Self {
        let kind = if content.starts_with("#!") && !is_markdown(path) { Kind::Script } else { kind_of(path) };
        let body = 0..content.len();
        Self { path: path.to_owned(), kind, executable, content, body }
    }
}

/// Reads SKILL.md once, for its meaning and for its text.
fn skill_file(folder: &Folder, overrides: &Overrides) -> (Reading, Option<Text>) {
    let bytes = match overrides.get(SKILL_FILE) {
        Some(content) => content.clone().into_bytes(),
        None => match folder.skill_file() {
            Ok(bytes) => bytes,
            Err(found) => {
                let reading = Reading { skill: None, valid: false, diagnostics: vec![*found] };
                return (reading, None);
            }
        },
    };
    let content = match String::from_utf8(bytes) {
        Ok(content) => content,
        Err(error) => return (read_skill(error.as_bytes(), folder.name()), None),
    };
    let reading = read_skill_text(&content, folder.name());
    let body = reading.skill.as_ref().map_or_else(|| body_of(&content), |skill| skill.body_span.clone());
    let executable = folder.get(SKILL_FILE).is_some_and(is_executable);
    (reading, Some(Text { path: SKILL_FILE.to_owned(), kind: Kind::Markdown, executable, content, body }))
}

/// Where the body of a skill that does not load probably is.
fn body_of(content: &str) -> Range<usize> {
    let closing = content.strip_prefix("---").and_then(|rest| rest.find("\n---"));
    let start = closing.map_or(0, |at| {
        let line = "---".len() + at + 1;
        content[line..].find('\n').map_or(content.len(), |end| line + end + 1)
    });
    start..content.len()
}

pub(crate) fn is_executable(listed: &Listed) -> bool {
    matches!(listed.kind, ListedKind::File { executable: true, .. })
}

/// Text, or where it stops being UTF-8. A character that the limit cuts in two is no mistake of the file.
fn decode(bytes: Vec<u8>, cut: bool) -> Result<String, usize> {
    String::from_utf8(bytes).or_else(|error| {
        let (at, is_end) = (error.utf8_error().valid_up_to(), error.utf8_error().error_len().is_none());
        let mut bytes = error.into_bytes();
        if !(cut && is_end) {
            return Err(at);
        }
        bytes.truncate(at);
        String::from_utf8(bytes).map_err(|error| error.utf8_error().valid_up_to())
    })
}

/// A zero byte at the beginning, as git decides; UTF-16 is text that everybody takes for binary.
fn is_binary(bytes: &[u8]) -> bool {
    const BEGINNING: usize = 8_000;
    let is_utf16 = bytes.starts_with(&[0xff, 0xfe]) || bytes.starts_with(&[0xfe, 0xff]);
    !is_utf16 && bytes[..bytes.len().min(BEGINNING)].contains(&0)
}

/// What follows the last dot of the file's name, in lower case; empty where there is none.
pub(crate) fn ending(path: &str) -> String {
    let name = path.rsplit('/').next().unwrap_or_default();
    name.rsplit_once('.').map(|(_, ending)| ending.to_ascii_lowercase()).unwrap_or_default()
}

pub(crate) fn is_markdown(path: &str) -> bool {
    matches!(ending(path).as_str(), "md" | "markdown" | "mdx")
}

/// Endings of programs that a system can start by their first line.
const SCRIPTS: [&str; 16] = [
    "awk", "bash", "cjs", "fish", "js", "ksh", "lua", "mjs", "php", "pl", "py", "r", "rb", "sh", "tcl", "zsh",
];

/// Endings of scripts whose interpreters either choke on a carriage return or read it as a line end. Those that may hand it
/// on, such as templates of PHP, are not among them.
const UNIX_SCRIPTS: [&str; 14] =
    ["awk", "bash", "cjs", "fish", "js", "ksh", "lua", "mjs", "py", "r", "rb", "sh", "tcl", "zsh"];

fn kind_of(path: &str) -> Kind {
    let ending = ending(path);
    match ending.as_str() {
        "md" | "markdown" | "mdx" => Kind::Markdown,
        "bat" | "cmd" | "ps1" | "psm1" | "psd1" | "vbs" | "reg" | "ini" | "csv" | "tsv" | "eml" | "ics" => {
            Kind::Windows
        }
        other if SCRIPTS.contains(&other) => Kind::Script,
        _ => Kind::Other,
    }
}

/// Endings of files that are never text, so that they need not be opened.
fn is_binary_name(path: &str) -> bool {
    const ENDINGS: [&str; 40] = [
        "7z", "avi", "bin", "bmp", "bz2", "class", "dll", "doc", "docx", "dylib", "eot", "exe", "gif", "gz",
        "ico", "jar", "jpeg", "jpg", "mov", "mp3", "mp4", "odt", "otf", "pdf", "png", "ppt", "pptx", "pyc",
        "skill", "so", "sqlite", "tar", "tgz", "ttf", "wasm", "webp", "woff", "woff2", "xlsx", "zip",
    ];
    ENDINGS.contains(&ending(path).as_str())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_body_is_found_in_a_file_that_does_not_load() {
        let body = |text: &'static str| &text[body_of(text)];
        assert_eq!(body("---\nname: x\n---\nbody\n---\n"), "body\n---\n");
        assert_eq!(body("---\nname: x\n---"), "");
        assert_eq!(body("# Title\n"), "# Title\n");
        assert_eq!(body("---\nname: x\n"), "---\nname: x\n");
    }

    #[test]
    fn a_character_cut_by_the_limit_is_no_mistake() {
        assert_eq!(decode(b"a\xc3".to_vec(), true), Ok("a".to_owned()));
        assert_eq!(decode(b"a\xc3".to_vec(), false), Err(1));
        assert_eq!(decode(b"a\xc3b".to_vec(), true), Err(1));
    }
}

//! What is wrong with an archive.

use std::fmt;

/// Most problems that are kept of one archive; the rest is counted.
const MAX_PROBLEMS: usize = 50;

/// Longest quoted name in characters.
const MAX_QUOTED: usize = 200;

macro_rules! codes {
    ($($variant:ident $text:literal $doc:literal $help:literal)*) => {
        /// A kind of problem. Its text is stable.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub enum Code {
            $(#[doc = $doc] $variant,)*
        }

        impl Code {
            /// Every code.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)*];

            /// Returns the stable text of the code.
            pub fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $text,)* }
            }

            /// What to do about it.
            pub fn help(self) -> &'static str {
                match self { $(Self::$variant => $help,)* }
            }
        }
    };
}

codes! {
    UnknownFormat "archive-unknown-format" "The file is no archive that can be read."
        "Pack the folder as .skill, .zip, .tar.gz or .tar."
    Damaged "archive-damaged" "The structure of the archive contradicts itself."
        "Get the archive again, or pack it anew; it may be damaged, or made to be read differently by different programs."
    Truncated "archive-truncated" "The archive ends too early."
        "Get the archive again; it was cut off."
    Surplus "archive-surplus" "Bytes lie before, between or behind the parts of the archive."
        "Pack the folder anew; what lies outside the entries may be hidden on purpose."
    Checksum "archive-checksum" "Content does not have the checksum that the archive gives."
        "Get the archive again; it was damaged on the way."
    Encrypted "archive-encrypted" "An entry is encrypted."
        "Pack it without a password."
    Compression "archive-compression" "An entry is compressed by a method that is not read."
        "Pack it with deflate or without compression."
    Feature "archive-feature" "The archive uses a feature that is not read."
        "Pack it with an ordinary tool: one file, no volumes, no sparse files."
    TooLarge "archive-too-large" "The archive or what is in it is larger than allowed."
        "Leave out what the skill does not need, or host it elsewhere."
    TooManyEntries "archive-too-many-entries" "The archive has more entries than allowed."
        "Leave out what the skill does not need, such as installed dependencies."
    Ratio "archive-ratio" "Content is compressed so much that it may be a bomb."
        "If the content is meant to be this uniform, pack it without compression."
    NameEmpty "archive-name-empty" "An entry has no name."
        "Pack it with an ordinary tool."
    NameNotUtf8 "archive-name-not-utf8" "A name is not UTF-8."
        "Rename the file and pack it anew."
    NameTooLong "archive-name-too-long" "A path or one of its components is too long."
        "Shorten the names."
    NameTooDeep "archive-name-too-deep" "An entry lies too deep."
        "Flatten the folders."
    NameEscapes "archive-name-escapes" "A path is absolute or leads out of the archive."
        "Pack it with paths that are relative to the folder; do not unpack it with another tool."
    NameNotPortable "archive-name-not-portable" "A name cannot be used, or means something else, on another system."
        "Rename the file."
    NameDuplicate "archive-name-duplicate" "Two entries have the same path."
        "Pack it anew, with every file once."
    NameCollision "archive-name-collision" "Two paths differ only in case or in how letters are encoded."
        "Rename one of them; on many systems they are one file."
    NameConflict "archive-name-conflict" "A path is used as a folder and as something else."
        "Pack it anew; one of the two cannot exist."
    Link "archive-link" "The archive contains a link."
        "Replace the link by what it leads to."
    LinkEscapes "archive-link-escapes" "A link leads out of the archive."
        "Replace the link by what it leads to, or make it relative and keep it inside."
    LinkTarget "archive-link-target" "A hard link does not name an earlier file."
        "Pack it anew, with the file itself before the link."
    Special "archive-special" "An entry is a device, a pipe or a socket."
        "Leave it out; no skill needs one."
    Changed "archive-changed" "The archive changed while it was read."
        "Try again when nothing writes to the file."
}

impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// One thing that is wrong with an archive.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// The kind.
    pub code: Code,
    /// The entry, safe to print; `None` for the archive as a whole.
    pub entry: Option<String>,
    /// What is wrong, on one line, safe to print.
    pub message: String,
}

impl Problem {
    pub(crate) fn archive(code: Code, message: impl Into<String>) -> Self {
        Self { code, entry: None, message: message.into() }
    }

    pub(crate) fn entry(code: Code, entry: &str, message: impl Into<String>) -> Self {
        Self { code, entry: Some(quoted(entry)), message: message.into() }
    }
}

impl std::error::Error for Problem {}

impl fmt::Display for Problem {
    /// `a/b: archive-link: a symbolic link`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(entry) = &self.entry {
            write!(f, "{entry}: ")?;
        }
        write!(f, "{}: {}", self.code, self.message)
    }
}

/// The problems of one archive, at least one, in the order of the archive.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Problems {
    list: Vec<Problem>,
    more: usize,
}

impl Problems {
    pub(crate) fn add(&mut self, problem: Problem) {
        if self.list.len() < MAX_PROBLEMS {
            self.list.push(problem);
        } else {
            self.more += 1;
        }
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.list.is_empty()
    }

    /// The first problems, at most 50.
    pub fn list(&self) -> &[Problem] {
        &self.list
    }

    /// How many more there are.
    pub fn more(&self) -> usize {
        self.more
    }
}

impl From<Problem> for Problems {
    fn from(problem: Problem) -> Self {
        Self { list: vec![problem], more: 0 }
    }
}

impl fmt::Display for Problems {
    /// One line per problem, each with what to do about it.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, problem) in self.list.iter().enumerate() {
            let separator = if at == 0 { "" } else { "\n" };
            write!(f, "{separator}{problem}; {}", problem.code.help())?;
        }
        if self.more > 0 {
            write!(f, "\nand {} more", self.more)?;
        }
        Ok(())
    }
}

/// Text from an archive, on one line and safe to print.
pub(crate) fn quoted(text: &str) -> String {
    let mut line = String::new();
    for (count, c) in text.chars().enumerate() {
        if count == MAX_QUOTED {
            line.push('…');
            break;
        }
        if is_hidden(c) {
            line.extend(c.escape_default());
        } else {
            line.push(c);
        }
    }
    line
}

/// Whether a character is a control, a format character (Unicode categories Cc and Cf), a separator of lines, or one of
/// those that show nothing although they are letters or marks (`Default_Ignorable_Code_Point` of the Unicode Character
/// Database). The selectors of text and emoji style (U+FE0E, U+FE0F) are left alone: honest text is full of them.
pub fn is_hidden(c: char) -> bool {
    if c.is_ascii() {
        return c.is_ascii_control();
    }
    c.is_control()
        || matches!(
            c,
            '\u{ad}'
                | '\u{34f}'
                | '\u{600}'..='\u{605}'
                | '\u{61c}'
                | '\u{6dd}'
                | '\u{70f}'
                | '\u{890}'..='\u{891}'
                | '\u{8e2}'
                | '\u{115f}'..='\u{1160}'
                | '\u{17b4}'..='\u{17b5}'
                | '\u{180b}'..='\u{180f}'
                | '\u{200b}'..='\u{200f}'
                | '\u{2028}'..='\u{202e}'
                | '\u{2060}'..='\u{206f}'
                | '\u{3164}'
                | '\u{fe00}'..='\u{fe0d}'
                | '\u{feff}'
                | '\u{ffa0}'
                | '\u{fff0}'..='\u{fffb}'
                | '\u{110bd}'
                | '\u{110cd}'
                | '\u{13430}'..='\u{1343f}'
                | '\u{1bca0}'..='\u{1bca3}'
                | '\u{1d173}'..='\u{1d17a}'
                | '\u{e0000}'..='\u{e0fff}'
        )
}

/// Characters that make text look different from what it is: line separators and marks of direction.
pub(crate) fn changes_direction(c: char) -> bool {
    matches!(c, '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

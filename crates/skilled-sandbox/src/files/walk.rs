//! Finding files in a folder and below it.

use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt as _;
use std::str::FromStr;

use globset::{GlobBuilder, GlobMatcher};

use super::Metadata;
use crate::FileError;

/// The longest pattern, in bytes.
const PATTERN_LIMIT: usize = 4096;

/// What to look for, and how far.
#[derive(Debug, Clone)]
pub struct Walk {
    /// What the path below the folder must be like; none finds everything.
    pub pattern: Option<Pattern>,
    /// Whether names that begin with a dot are found, and such folders looked into.
    pub hidden: bool,
    /// How many entries are looked at. 100,000.
    pub entries: usize,
    /// How many are found, and how many left out one by one. 10,000.
    pub found: usize,
    /// How many levels of folders are looked into below the folder itself, at most 256. 32.
    pub depth: usize,
}

impl Default for Walk {
    /// Everything that is not hidden, within the bounds that each field names.
    fn default() -> Self {
        Self { pattern: None, hidden: false, entries: 100_000, found: 10_000, depth: 32 }
    }
}

/// A pattern of paths: `*` and `?` within a name, `**` for any number of folders, `[a-z]`, `{a,b}`.
///
/// It is about the whole path below the folder: `*.csv` finds no file of a subfolder, `**/*.csv` does.
#[derive(Debug, Clone)]
pub struct Pattern(GlobMatcher);

/// A text is not a pattern.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ParsePatternError {
    /// It is too long.
    #[error("a pattern of {bytes} bytes is too long: use one of at most {PATTERN_LIMIT}")]
    Long {
        /// Its length.
        bytes: usize,
    },
    /// It does not follow the rules.
    #[error("{pattern:?} is not a pattern of paths: `*`, `?`, `**`, `[a-z]` and `{{a,b}}` can be used")]
    Syntax {
        /// The text.
        pattern: String,
        /// What is wrong with it.
        #[source]
        source: globset::Error,
    },
}

impl FromStr for Pattern {
    type Err = ParsePatternError;

    fn from_str(text: &str) -> Result<Self, ParsePatternError> {
        if text.len() > PATTERN_LIMIT {
            return Err(ParsePatternError::Long { bytes: text.len() });
        }
        let built = GlobBuilder::new(text).literal_separator(true).backslash_escape(true).build();
        built
            .map(|glob| Self(glob.compile_matcher()))
            .map_err(|source| ParsePatternError::Syntax { pattern: text.to_owned(), source })
    }
}

impl Pattern {
    /// Returns whether it is like this. `path` is relative.
    pub fn matches(&self, path: &[u8]) -> bool {
        self.0.is_match(OsStr::from_bytes(path))
    }
}

impl Walk {
    /// Returns whether an entry is wanted: its path below the folder.
    pub fn wants(&self, path: &[u8]) -> bool {
        self.pattern.as_ref().is_none_or(|pattern| pattern.matches(path))
    }

    /// Returns whether an entry is passed over, whatever is in it.
    pub fn passes_over(&self, name: &[u8]) -> bool {
        name.starts_with(b".") && !self.hidden
    }
}

/// What was found.
#[derive(Debug, Default)]
pub struct Walked {
    /// Files, folders, links and whatever else, sorted by path.
    pub found: Vec<Found>,
    /// What was left out, and why.
    pub cut: Vec<Cut>,
}

/// Something that was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found {
    /// Its path below the folder that was walked: bytes, as Linux has it.
    pub path: Vec<u8>,
    /// What it is, itself: a link is not followed.
    pub metadata: Metadata,
}

/// Something that was left out.
#[derive(Debug, thiserror::Error)]
pub enum Cut {
    /// There is more than was to be looked at.
    #[error("more than {limit} entries: what follows was not looked at")]
    Entries {
        /// The bound.
        limit: usize,
    },
    /// There is more to be found than was to be found.
    #[error("more than {limit} files and folders: what follows was left out")]
    Found {
        /// The bound.
        limit: usize,
    },
    /// A folder is too deep.
    #[error("{} is more than {limit} folders deep: it was not looked into", String::from_utf8_lossy(path))]
    Depth {
        /// Its path below the folder that was walked.
        path: Vec<u8>,
        /// The bound.
        limit: usize,
    },
    /// A folder could not be looked into.
    #[error("{} was not looked into", String::from_utf8_lossy(path))]
    Unreadable {
        /// Its path below the folder that was walked.
        path: Vec<u8>,
        /// Why.
        #[source]
        source: FileError,
    },
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pattern_is_about_the_whole_path() {
        let pattern = |text: &str| text.parse::<Pattern>().unwrap();
        for (text, path, matches) in [
            ("*.csv", &b"a.csv"[..], true),
            ("*.csv", b"d/a.csv", false),
            ("**/*.csv", b"d/e/a.csv", true),
            ("**/*.csv", b"a.csv", true),
            ("d/*", b"d/\xff", true),
            ("[ab]/{x,y}", b"b/y", true),
            ("[ab]/{x,y}", b"b/z", false),
        ] {
            assert_eq!(pattern(text).matches(path), matches, "{text}");
        }
        for (text, said) in
            [("[a", "not a pattern"), ("{a", "not a pattern"), (&"x".repeat(5000), "too long")]
        {
            let error = text.parse::<Pattern>().unwrap_err();
            assert!(error.to_string().contains(said), "{error}");
        }
    }

    #[test]
    fn hidden_names_are_passed_over_unless_asked_for() {
        assert!(Walk::default().passes_over(b".git") && !Walk::default().passes_over(b"git."));
        assert!(!Walk { hidden: true, ..Walk::default() }.passes_over(b".git"));
        assert!(Walk::default().wants(b"any/thing"));
    }
}

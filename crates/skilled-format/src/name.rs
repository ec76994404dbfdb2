//! Names that may become folder names.

use std::fmt;

/// A skill name that is a single safe path component: it can name a folder and cannot lead anywhere else.
///
/// Not every valid skill name is one, and not every one is a valid skill name.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct MountName(String);

/// Why a name cannot be a folder name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NameError {
    /// The name is empty.
    #[error("the name is empty")]
    Empty,
    /// The name is `.` or `..`.
    #[error("the name is `.` or `..`, which are not folders of their own")]
    Dots,
    /// The name has a `/`, a `\` or a control character.
    #[error("the name contains {0:?}, which a folder name must not")]
    Character(char),
    /// The name is longer than Linux allows for one path component (`NAME_MAX`, 255 bytes).
    #[error("the name is {0} bytes long; a folder name has at most {max}", max = MountName::MAX_BYTES)]
    TooLong(usize),
}

impl MountName {
    /// Longest name in bytes: `NAME_MAX` of Linux file systems.
    pub const MAX_BYTES: usize = 255;

    /// Checks `name`.
    ///
    /// # Errors
    ///
    /// See [`NameError`]. A backslash is refused because the skill may be unpacked where it separates
    /// folders.
    pub fn new(name: &str) -> Result<Self, NameError> {
        if name.is_empty() {
            return Err(NameError::Empty);
        }
        if matches!(name, "." | "..") {
            return Err(NameError::Dots);
        }
        if let Some(c) =
            name.chars().find(|&c| matches!(c, '/' | '\\') || c.is_control() || is_line_separator(c))
        {
            return Err(NameError::Character(c));
        }
        if name.len() > Self::MAX_BYTES {
            return Err(NameError::TooLong(name.len()));
        }
        Ok(Self(name.to_owned()))
    }

    /// Returns the name.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

fn is_line_separator(c: char) -> bool {
    matches!(c, '\u{2028}' | '\u{2029}')
}

impl AsRef<str> for MountName {
    fn as_ref(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for MountName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ordinary_names_are_kept_as_they_are() {
        for name in ["pdf", "技能", "a.b", "..a", "a b", "C22-Upper"] {
            assert_eq!(MountName::new(name).map(|n| n.as_str().to_owned()), Ok(name.to_owned()));
        }
    }

    #[test]
    fn names_that_lead_elsewhere_are_refused() {
        assert_eq!(MountName::new(""), Err(NameError::Empty));
        assert_eq!(MountName::new("."), Err(NameError::Dots));
        assert_eq!(MountName::new(".."), Err(NameError::Dots));
        for (name, c) in
            [("../evil", '/'), ("a\0b", '\0'), ("a\nb", '\n'), ("a\\b", '\\'), ("\u{85}", '\u{85}')]
        {
            assert_eq!(MountName::new(name), Err(NameError::Character(c)));
        }
        assert_eq!(MountName::new(&"é".repeat(128)), Err(NameError::TooLong(256)));
        assert!(MountName::new(&"a".repeat(255)).is_ok());
    }
}

//! Why a request is refused, and where in it.

use std::fmt::{self, Write as _};

/// How much of a name that a client chose is repeated to it.
const LONGEST_NAME: usize = 100;

/// A request that is not what it should be: the place and the reason, in the words of the API this crate speaks.
///
/// Displayed as `messages.0.content.1.source: Field required`; without a place, the reason alone.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{path}{}{message}", if path.is_empty() { "" } else { ": " })]
pub struct Invalid {
    /// Where: field names and indices, joined by dots. Empty when the whole body is meant.
    pub path: String,
    /// What is wrong with it.
    pub message: String,
}

impl Invalid {
    /// Says that what is at `path` is refused for the reason `message`.
    pub fn new(path: impl Into<String>, message: impl Into<String>) -> Self {
        Self { path: path.into(), message: message.into() }
    }

    /// Moves the place under `prefix`.
    #[must_use]
    pub fn under(mut self, prefix: &str) -> Self {
        self.path = match (prefix.is_empty(), self.path.is_empty()) {
            (true, _) => self.path,
            (false, true) => prefix.to_owned(),
            (false, false) => format!("{prefix}.{}", self.path),
        };
        self
    }
}

/// A place in a body, linked upwards: building one costs nothing until it is shown.
#[derive(Clone, Copy)]
pub(crate) enum Place<'a> {
    /// The body itself.
    Body,
    /// A field.
    Field(&'a Self, &'a str),
    /// An element of a list.
    Item(&'a Self, usize),
}

impl Place<'_> {
    /// Says what is wrong here.
    pub(crate) fn invalid(&self, message: impl Into<String>) -> Invalid {
        Invalid { path: self.to_string(), message: message.into() }
    }
}

impl fmt::Display for Place<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let parent = match self {
            Self::Body => return Ok(()),
            Self::Field(parent, _) | Self::Item(parent, _) => parent,
        };
        fmt::Display::fmt(parent, f)?;
        if !matches!(parent, Self::Body) {
            f.write_char('.')?;
        }
        match self {
            Self::Body => Ok(()),
            Self::Field(_, name) => f.write_str(&shortened(name)),
            Self::Item(_, index) => write!(f, "{index}"),
        }
    }
}

/// Returns `name` without control characters, cut where it becomes unreadable.
pub(crate) fn shortened(name: &str) -> String {
    let mut shown: String = name
        .chars()
        .take(LONGEST_NAME)
        .map(|letter| if letter.is_control() { char::REPLACEMENT_CHARACTER } else { letter })
        .collect();
    if name.chars().nth(LONGEST_NAME).is_some() {
        shown.push('…');
    }
    shown
}

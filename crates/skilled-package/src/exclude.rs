//! What is left out of a package.

use std::fmt;

/// A file or folder that does not go into the package.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LeftOut {
    /// Path relative to the skill folder. What is in a folder that is left out is not listed.
    pub path: String,
    /// Whether it is a folder.
    pub folder: bool,
    /// Why.
    pub reason: Reason,
}

/// Why something is left out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reason {
    /// Programs make it again: compiled files, installed dependencies, caches, virtual environments.
    Debris,
    /// The history of the folder.
    VersionControl,
    /// Files that a file manager or an operating system leaves behind.
    System,
    /// Settings and backup files of an editor.
    Editor,
    /// The skill's tests, `evals/` at its root, which are for its author.
    Evals,
    /// An earlier package, `*.skill` at the root.
    Package,
    /// It matches this pattern of [`PackOptions::exclude`](crate::PackOptions::exclude).
    Asked(String),
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Debris => f.write_str("made again by programs"),
            Self::VersionControl => f.write_str("version control"),
            Self::System => f.write_str("left behind by the system"),
            Self::Editor => f.write_str("an editor's own file"),
            Self::Evals => f.write_str("tests are for the author"),
            Self::Package => f.write_str("an earlier package"),
            Self::Asked(pattern) => write!(f, "excluded by {pattern:?}"),
        }
    }
}

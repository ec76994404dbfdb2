//! What a rule says about itself.

/// How a finding is treated by those who only know three levels (SARIF 2.1.0 §3.27.10, GitHub annotations).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Level {
    /// Worth knowing.
    Note,
    /// Should be looked at.
    Warning,
    /// Must be dealt with.
    Error,
}

/// One kind of finding, as its page shows it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rule {
    /// Stable text form, such as `dead-link`: lower case, words joined by hyphens. May be matched in scripts and
    /// settings.
    pub code: &'static str,
    /// Its severity in the words of its tool: `error`, `warning`, `info`, or `critical`, `high`, ….
    pub severity: &'static str,
    /// What that means to those who know three levels.
    pub level: Level,
    /// The finding as a short sentence without a full stop.
    pub title: &'static str,
    /// Why it matters: one or a few sentences, Markdown.
    pub why: &'static str,
    /// What to do about it: one or a few sentences, Markdown.
    pub help: &'static str,
    /// Classes of other catalogues it belongs to, such as `AST03`.
    pub tags: &'static [&'static str],
    /// A skill with the finding.
    pub bad: Example,
    /// The same skill without it.
    pub good: Example,
}

/// A small skill folder, or the files of one that matter. Empty where text cannot show the case (devices, sizes).
pub type Example = &'static [File];

/// A file of an [`Example`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct File {
    /// Path relative to the skill folder.
    pub path: &'static str,
    /// The whole content.
    pub content: &'static str,
    /// Whether it may be executed.
    pub executable: bool,
}

/// A file that may not be executed.
pub const fn file(path: &'static str, content: &'static str) -> File {
    File { path, content, executable: false }
}

/// A file that may be executed.
pub const fn script(path: &'static str, content: &'static str) -> File {
    File { path, content, executable: true }
}

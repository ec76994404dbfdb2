//! Folders that appear when they are complete.

/// What happens when the destination exists.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Existing {
    /// It stays and the new content is refused.
    #[default]
    Refuse,
    /// The new content takes its place.
    Replace,
}

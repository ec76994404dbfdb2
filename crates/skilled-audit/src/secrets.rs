//! Recognising secrets by their form.

use std::ops::Range;

/// A secret in a text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Secret {
    /// Byte range in the text.
    pub span: Range<usize>,
    /// What it is, such as `AWS access key`, for messages.
    pub kind: &'static str,
}

/// Finds secrets in `text`: private keys and tokens whose form tells what they are. Placeholders of documentation
/// (`AKIAIOSFODNN7EXAMPLE`, `sk-…`, `<token>`) are none. Not the names of variables, and nothing that is merely random.
pub fn secrets(text: &str) -> Vec<Secret> {
    let _ = text;
    Vec::new()
}

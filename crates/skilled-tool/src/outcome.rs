//! What a call gave back.

use serde::{Deserialize, Serialize};
use serde_json::Value;
use skilled_message::{Block, ResultBlock};

/// The result of a call: what the model sees, and the files it gives to the user.
#[derive(Debug, Clone, PartialEq)]
pub struct Outcome {
    /// What the model sees: text and images.
    pub content: Vec<ResultBlock>,
    /// Whether the call failed.
    pub is_error: bool,
    /// Files that were presented to the user by this call.
    pub files: Vec<PresentedFile>,
    /// The same result as data, for doors whose clients read fields; a model never sees it.
    pub detail: Option<Value>,
}

/// A file presented to the user.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PresentedFile {
    /// Its path in the sandbox.
    pub path: String,
    /// Its path below the outputs folder, with `/`; unique in the session, the latest version wins.
    pub name: String,
    /// Its size in bytes.
    pub bytes: u64,
    /// Its MIME type, found by content and then by name.
    pub media_type: String,
    /// `sha256:` and 64 hexadecimal digits.
    pub digest: String,
}

impl Outcome {
    /// Returns a success that says `text`.
    pub fn text(text: impl Into<String>) -> Self {
        Self { content: vec![Block::text(text)], is_error: false, files: Vec::new(), detail: None }
    }

    /// Returns a failure that says `text`.
    pub fn error(text: impl Into<String>) -> Self {
        Self { is_error: true, ..Self::text(text) }
    }
}

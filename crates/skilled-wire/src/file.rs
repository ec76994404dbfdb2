//! Files.

use serde::{Deserialize, Serialize};

use crate::Time;
use crate::tag::types;

/// What is known of a file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct FileObject {
    /// `file_…`.
    pub id: String,
    /// `file`.
    #[serde(rename = "type")]
    pub kind: types::File,
    /// Its name, without folders; 1 to 255 characters.
    pub filename: String,
    /// Its media type.
    pub mime_type: String,
    /// Its size in bytes.
    pub size_bytes: u64,
    /// The same, under the name that older documents have for it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub size: Option<u64>,
    /// When it was made.
    pub created_at: Time,
    /// When its content goes away; null for never.
    #[serde(default)]
    pub expires_at: Option<Time>,
    /// Whether its content can be fetched: what was made in a container can, what was uploaded cannot.
    #[serde(default)]
    pub downloadable: Option<bool>,
    /// What it belongs to; null for an upload.
    #[serde(default)]
    pub scope: Option<FileScope>,
}

/// What a file belongs to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct FileScope {
    /// The id of that, such as `sesn_…`.
    pub id: String,
    /// What it is, such as `session`.
    #[serde(rename = "type")]
    pub kind: String,
}

/// The answer to the deletion of a file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct DeletedFile {
    /// `file_…`.
    pub id: String,
    /// `file_deleted`.
    #[serde(rename = "type", default)]
    pub kind: types::FileDeleted,
}

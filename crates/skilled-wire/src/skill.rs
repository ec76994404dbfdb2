//! Skills and their versions.

use serde::{Deserialize, Serialize};

use crate::Time;
use crate::tag::types;

/// A skill. Clients that send the beta `skills-2025-10-02` read `display_title` and `latest_version`, others
/// `display_name` and `latest_version_id`; both are always there.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Skill {
    /// `skill_…`, or the plain name of a skill that comes with the server, such as `xlsx`.
    pub id: String,
    /// `skill`.
    #[serde(rename = "type")]
    pub kind: types::Skill,
    /// What people call it, at most 255 characters; not unique.
    #[serde(default)]
    pub display_name: String,
    /// The same for older clients.
    #[serde(default)]
    pub display_title: Option<String>,
    /// What `latest` stands for: `skver_…`, or a date such as `20261201` for a skill that comes with the server.
    #[serde(default)]
    pub latest_version_id: String,
    /// The same for older clients: microseconds since the Unix epoch, or that date.
    #[serde(default)]
    pub latest_version: Option<String>,
    /// Where it comes from.
    pub source: SkillSource,
    /// When it was made.
    pub created_at: Time,
    /// When its last version was made or deleted.
    pub updated_at: Time,
}

/// Where a skill comes from, in both ways of writing it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(untagged)]
pub enum SkillSource {
    /// `{"type": "custom"}`
    Object {
        /// The source.
        #[serde(rename = "type")]
        kind: SkillSourceType,
    },
    /// `"custom"`, for older clients.
    Text(SkillSourceType),
}

impl SkillSource {
    /// The source, however it is written.
    pub const fn kind(&self) -> SkillSourceType {
        match self {
            Self::Object { kind } | Self::Text(kind) => *kind,
        }
    }
}

/// Where a skill comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum SkillSourceType {
    /// It was uploaded into the workspace.
    Custom,
    /// It comes with the server, under the name that the hosted service has for it.
    Anthropic,
    /// An example of the hosted service.
    AnthropicExample,
    /// A plugin brought it.
    Plugin,
}

/// A version of a skill: a complete snapshot, never a difference.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct SkillVersion {
    /// `skver_…`, or a date such as `20261201` for a skill that comes with the server.
    pub id: String,
    /// `skill_version`.
    #[serde(rename = "type")]
    pub kind: types::SkillVersion,
    /// The skill.
    pub skill_id: String,
    /// The skill's name in its first version, which every later one has; also the folder that it is mounted at.
    pub name: String,
    /// What its SKILL.md says that it does.
    pub description: String,
    /// When it was made.
    pub created_at: Time,
    /// The address of older clients: microseconds since the Unix epoch, or that date.
    #[serde(default)]
    pub version: Option<String>,
    /// The folder in which it was uploaded, for older clients.
    #[serde(default)]
    pub directory: Option<String>,
}

/// The answer to the deletion of a skill.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct DeletedSkill {
    /// The skill.
    pub id: String,
    /// `skill_deleted`.
    #[serde(rename = "type")]
    pub kind: types::SkillDeleted,
}

/// The answer to the deletion of a version.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct DeletedSkillVersion {
    /// The version, as the client addresses versions: an id, or microseconds since the Unix epoch.
    pub id: String,
    /// `skill_version_deleted`.
    #[serde(rename = "type")]
    pub kind: types::SkillVersionDeleted,
}

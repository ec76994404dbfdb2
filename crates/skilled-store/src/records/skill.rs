//! Skills and their versions.

use skilled_message::UnixMillis;

use super::{Answer, Page, PageQuery};

/// A skill that was uploaded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SkillRecord {
    /// Its id (`skill_…`).
    pub id: String,
    /// Whose it is.
    pub workspace: String,
    /// Where it comes from: `custom` for an upload.
    pub source: String,
    /// What people call it.
    pub display_name: String,
    /// The name of all its versions, fixed by the first one.
    pub slug: String,
    /// When it was made.
    pub created_at: UnixMillis,
    /// When its versions last changed.
    pub updated_at: UnixMillis,
    /// Its newest version; none when all versions were deleted.
    pub latest_version: Option<SkillVersionRecord>,
}

/// A version of a skill. It never changes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SkillVersionRecord {
    /// Its id (`skver_…`).
    pub id: String,
    /// Its skill.
    pub skill_id: String,
    /// Its other name, microseconds since the Unix epoch: unique in the skill and greater than that of every version before
    /// it. The store raises what it is given as far as that needs.
    pub epoch_us: u64,
    /// The name in its SKILL.md, which is its skill's slug.
    pub name: String,
    /// The description in its SKILL.md.
    pub description: String,
    /// The name of its folder.
    pub directory: String,
    /// The digest of its files, as whoever keeps them writes it. Counted as a reference to
    /// [`ObjectKind::Tree`](super::ObjectKind::Tree).
    pub tree_digest: String,
    /// The size of its files together.
    pub bytes: u64,
    /// When it was made.
    pub created_at: UnixMillis,
}

/// A skill to be made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewSkill {
    /// Its id (`skill_…`).
    pub id: String,
    /// Whose it is.
    pub workspace: String,
    /// Where it comes from: `custom` for an upload.
    pub source: String,
    /// What people call it.
    pub display_name: String,
    /// Whether another skill may have that name.
    pub display_names: DisplayNames,
    /// Its first version, whose name becomes the slug and whose time that of the skill. Its `skill_id` must be the id above.
    pub first: SkillVersionRecord,
}

/// Whether two skills of one workspace may have the same display name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DisplayNames {
    /// They may.
    Shared,
    /// They may not: [`StoreError::NameTaken`](crate::StoreError::NameTaken).
    Unique,
}

/// How a version is named.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum VersionRef {
    /// The newest one.
    Latest,
    /// By its id (`skver_…`).
    Id(String),
    /// By [`SkillVersionRecord::epoch_us`].
    Epoch(u64),
}

/// Which skills are wanted.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct SkillFilter {
    /// From this source only.
    pub source: Option<String>,
    /// With this slug only.
    pub slug: Option<String>,
    /// With this display name only.
    pub display_name: Option<String>,
}

/// What to do when the only version of a skill is to be deleted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LastVersion {
    /// Delete it; the skill stays, without a version.
    Delete,
    /// Refuse: [`StoreError::LastVersion`](crate::StoreError::LastVersion).
    Keep,
}

/// What to do when a skill to be deleted has versions.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SkillRemoval {
    /// Delete them with it.
    WithVersions,
    /// Refuse: [`StoreError::HasVersions`](crate::StoreError::HasVersions).
    WithoutVersions,
}

/// The skills.
pub trait Skills {
    /// Makes a skill with its first version, and returns it.
    fn create_skill(&self, skill: NewSkill) -> Answer<'_, SkillRecord>;

    /// Adds a version to a skill and returns it as it was kept. Its name must be the skill's slug, otherwise
    /// [`StoreError::OtherSlug`](crate::StoreError::OtherSlug). It is the newest one from now on.
    fn add_version<'a>(
        &'a self,
        workspace: &'a str,
        version: SkillVersionRecord,
    ) -> Answer<'a, SkillVersionRecord>;

    /// Returns a skill.
    fn skill<'a>(&'a self, workspace: &'a str, id: &'a str) -> Answer<'a, Option<SkillRecord>>;

    /// Returns skills.
    fn skills<'a>(
        &'a self,
        workspace: &'a str,
        filter: SkillFilter,
        query: PageQuery,
    ) -> Answer<'a, Page<SkillRecord>>;

    /// Returns the versions of a skill. No such skill is [`StoreError::NotFound`](crate::StoreError::NotFound).
    fn versions<'a>(
        &'a self,
        workspace: &'a str,
        skill: &'a str,
        query: PageQuery,
    ) -> Answer<'a, Page<SkillVersionRecord>>;

    /// Returns one version of a skill.
    fn version<'a>(
        &'a self,
        workspace: &'a str,
        skill: &'a str,
        version: &'a VersionRef,
    ) -> Answer<'a, Option<SkillVersionRecord>>;

    /// Deletes a version and returns it. The newest one that is left becomes the latest.
    fn delete_version<'a>(
        &'a self,
        workspace: &'a str,
        skill: &'a str,
        version: &'a VersionRef,
        last: LastVersion,
        now: UnixMillis,
    ) -> Answer<'a, SkillVersionRecord>;

    /// Deletes a skill and returns it as it was.
    fn delete_skill<'a>(
        &'a self,
        workspace: &'a str,
        id: &'a str,
        removal: SkillRemoval,
        now: UnixMillis,
    ) -> Answer<'a, SkillRecord>;
}

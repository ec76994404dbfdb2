//! Which skill and which version a client means.

use std::path::PathBuf;

use skilled_store::SkillVersionRecord;

use super::builtin::BuiltinVersion;
use super::{no_skill, no_version, reference};
use crate::{AppState, Fault};

/// A version of a skill, with its files.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ResolvedSkill {
    /// Where it comes from.
    pub owner: SkillOwner,
    /// The skill's id.
    pub skill_id: String,
    /// The version's id: `skver_…`, or a date.
    pub version: String,
    /// Its name, which is also the folder that it is mounted at.
    pub name: String,
    /// What it does.
    pub description: String,
    /// The digest of its files.
    pub digest: String,
    /// Its files, which nobody may change.
    pub folder: PathBuf,
}

/// Where a skill comes from, as requests name it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SkillOwner {
    /// `anthropic`: it comes with the server.
    Anthropic,
    /// `custom`: it was uploaded.
    Custom,
}

/// A version that was found.
pub(super) enum Found {
    Custom(SkillVersionRecord),
    /// The skill's id, and its version.
    Builtin(String, BuiltinVersion),
}

/// The version that a path names: an id, microseconds, a date or `latest`.
pub(super) async fn find(
    app: &AppState,
    workspace: &str,
    skill: &str,
    version: &str,
) -> Result<Found, Fault> {
    if let Some(builtin) = app.builtins.get(skill) {
        let found = builtin.version(version).ok_or_else(no_version)?;
        return Ok(Found::Builtin(builtin.id.clone(), found.clone()));
    }
    match app.records.version(workspace, skill, &reference(version)).await? {
        Some(version) => Ok(Found::Custom(version)),
        None if app.records.skill(workspace, skill).await?.is_none() => Err(no_skill()),
        None => Err(no_version()),
    }
}

/// The version that a request names, with its files. Without one it is the newest.
///
/// # Errors
///
/// A [`Fault`]: 404 where there is no such skill in the workspace, or no such version.
pub async fn resolve(
    app: &AppState,
    workspace: &str,
    owner: SkillOwner,
    skill: &str,
    version: Option<&str>,
) -> Result<ResolvedSkill, Fault> {
    if (owner == SkillOwner::Anthropic) != app.builtins.get(skill).is_some() {
        return Err(no_skill());
    }
    let found = find(app, workspace, skill, version.unwrap_or("latest")).await?;
    let (version, name, description, digest) = match found {
        Found::Custom(found) => (found.id, found.name, found.description, found.tree_digest),
        Found::Builtin(id, found) => (found.version, id, found.description, found.digest),
    };
    let folder = app.trees.folder(&digest).ok_or_else(|| lost(&digest))?;
    Ok(ResolvedSkill { owner, skill_id: skill.to_owned(), version, name, description, digest, folder })
}

/// The files of a version are not where they were kept.
pub(super) fn lost(digest: &str) -> Fault {
    Fault::internal(&std::io::Error::other(format!("the files {digest} of a skill are missing")))
}

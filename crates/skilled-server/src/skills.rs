//! `/v1/skills`: skills and their versions.

mod builtin;
mod catalogue;
mod download;
mod list;
mod resolve;
mod shape;
mod stage;
mod upload;

use axum::Router;
use axum::extract::{Path, Request, State};
use axum::routing::get;
use skilled_store::{
    DisplayNames, LastVersion, NewSkill, SkillFilter, SkillRemoval, SkillVersionRecord, StoreError,
    VersionRef,
};
use skilled_wire::{
    DeletedSkill, DeletedSkillVersion, ErrorType, Skill, SkillId, SkillVersion, SkillVersionId, types,
};

pub use builtin::{BuiltinError, Builtins};
pub use resolve::{ResolvedSkill, SkillOwner, resolve};

use crate::query::{Query, shown};
use crate::reply::{Answer, Reply};
use crate::{AppState, Client, Fault};

/// The routes.
pub(crate) fn router() -> Router<AppState> {
    Router::new()
        .route("/v1/skills", get(list::skills).post(create))
        .route("/v1/skills/{skill}", get(retrieve).delete(delete))
        .route("/v1/skills/{skill}/versions", get(list::versions).post(create_version))
        .route("/v1/skills/{skill}/versions/{version}", get(retrieve_version).delete(delete_version))
        .route("/v1/skills/{skill}/versions/{version}/content", get(download::content))
}

async fn create(State(app): State<AppState>, client: Client, request: Request) -> Answer<Skill> {
    Query::read(request.uri().query(), &[])?;
    let upload = upload::receive(&app, &client, request, upload::Door::Skill).await?;
    let display_name = upload.display_name.clone();
    // Nothing removes the snapshot before the record refers to it.
    let _kept = app.snapshots.read().await;
    let kept = upload.keep(&app).await?;
    let display_name = display_name.unwrap_or_else(|| kept.name.clone());
    let now = app.now();
    let id = SkillId::new(now).to_string();
    let display_names = if client.has_legacy_skills() { DisplayNames::Unique } else { DisplayNames::Shared };
    let first = version_record(&id, kept, now);
    let skill = NewSkill {
        id,
        workspace: client.workspace.to_string(),
        source: "custom".to_owned(),
        display_name,
        display_names,
        first,
    };
    let made = app.records.create_skill(skill).await.map_err(|error| match error {
        StoreError::NameTaken { name } => {
            Fault::invalid(format!("Skill cannot reuse an existing display_title: {}", shown(&name)))
        }
        error => error.into(),
    })?;
    Ok(Reply(shape::skill(&made, &client)))
}

async fn retrieve(
    State(app): State<AppState>,
    client: Client,
    Path(id): Path<String>,
    request: Request,
) -> Answer<Skill> {
    Query::read(request.uri().query(), &[])?;
    if let Some(builtin) = app.builtins.get(&id) {
        return Ok(Reply(shape::builtin(builtin, &client)));
    }
    let found = app.records.skill(&client.workspace, &id).await?;
    match found.filter(|skill| shape::is_shown(skill, &client)) {
        Some(skill) => Ok(Reply(shape::skill(&skill, &client))),
        None => Err(no_skill()),
    }
}

async fn delete(
    State(app): State<AppState>,
    client: Client,
    Path(id): Path<String>,
    request: Request,
) -> Answer<DeletedSkill> {
    Query::read(request.uri().query(), &[])?;
    if app.builtins.get(&id).is_some() {
        return Err(not_yours());
    }
    let legacy = client.has_legacy_skills();
    let removal = if legacy { SkillRemoval::WithoutVersions } else { SkillRemoval::WithVersions };
    let deleted = app.records.delete_skill(&client.workspace, &id, removal, app.now()).await;
    let deleted = deleted.map_err(|error| match error {
        StoreError::NotFound { .. } => no_skill(),
        StoreError::HasVersions { .. } => {
            Fault::invalid("Cannot delete skill with existing versions. Delete all versions first.")
        }
        error => error.into(),
    })?;
    Ok(Reply(DeletedSkill { id: deleted.id, kind: types::SkillDeleted }))
}

async fn create_version(
    State(app): State<AppState>,
    client: Client,
    Path(id): Path<String>,
    request: Request,
) -> Answer<SkillVersion> {
    Query::read(request.uri().query(), &[])?;
    if app.builtins.get(&id).is_some() {
        return Err(not_yours());
    }
    let skill = app.records.skill(&client.workspace, &id).await?.ok_or_else(no_skill)?;
    let upload = upload::receive(&app, &client, request, upload::Door::Version).await?;
    let _kept = app.snapshots.read().await;
    let kept = upload.keep(&app).await?;
    let version = version_record(&skill.id, kept, app.now());
    let made = app.records.add_version(&client.workspace, version).await.map_err(|error| match error {
        StoreError::NotFound { .. } => no_skill(),
        StoreError::OtherSlug { slug, given } => Fault::invalid(format!(
            "The name of a skill cannot change: SKILL.md says '{}', but this skill is '{}'.",
            shown(&given),
            shown(&slug)
        )),
        error => error.into(),
    })?;
    Ok(Reply(shape::version(&made)))
}

async fn retrieve_version(
    State(app): State<AppState>,
    client: Client,
    Path((id, version)): Path<(String, String)>,
    request: Request,
) -> Answer<SkillVersion> {
    Query::read(request.uri().query(), &[])?;
    match resolve::find(&app, &client.workspace, &id, &version).await? {
        resolve::Found::Custom(version) => Ok(Reply(shape::version(&version))),
        resolve::Found::Builtin(skill, version) => Ok(Reply(shape::builtin_version(&skill, &version))),
    }
}

async fn delete_version(
    State(app): State<AppState>,
    client: Client,
    Path((id, version)): Path<(String, String)>,
    request: Request,
) -> Answer<DeletedSkillVersion> {
    Query::read(request.uri().query(), &[])?;
    if app.builtins.get(&id).is_some() {
        return Err(not_yours());
    }
    let reference = reference(&version);
    let deleted = app
        .records
        .delete_version(&client.workspace, &id, &reference, LastVersion::Delete, app.now())
        .await
        .map_err(|error| match error {
            StoreError::NotFound { .. } => no_version(),
            error => error.into(),
        })?;
    // Older clients know versions by their time.
    let id = if client.has_legacy_skills() { deleted.epoch_us.to_string() } else { deleted.id };
    Ok(Reply(DeletedSkillVersion { id, kind: types::SkillVersionDeleted }))
}

/// The record of a version whose files are kept.
fn version_record(skill: &str, kept: upload::Kept, now: u64) -> SkillVersionRecord {
    let upload::Kept { name, description, directory, digest, bytes } = kept;
    SkillVersionRecord {
        id: SkillVersionId::new(now).to_string(),
        skill_id: skill.to_owned(),
        epoch_us: now.saturating_mul(1000),
        name,
        description,
        directory,
        tree_digest: digest,
        bytes,
        created_at: now,
    }
}

/// A version as a path names it: `latest`, microseconds, or an id.
fn reference(text: &str) -> VersionRef {
    match text.parse() {
        _ if text == "latest" => VersionRef::Latest,
        Ok(epoch) if text.bytes().all(|byte| byte.is_ascii_digit()) => VersionRef::Epoch(epoch),
        _ => VersionRef::Id(text.to_owned()),
    }
}

fn no_skill() -> Fault {
    Fault::not_found("Skill not found")
}

fn no_version() -> Fault {
    Fault::not_found("Skill version not found")
}

fn not_yours() -> Fault {
    Fault::new(ErrorType::Permission, "Skills that come with the server cannot be changed.")
}

/// All skills of a source.
fn of_source(source: Option<&str>) -> SkillFilter {
    SkillFilter { source: source.map(str::to_owned), ..SkillFilter::default() }
}

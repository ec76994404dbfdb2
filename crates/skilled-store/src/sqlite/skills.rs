//! Skills and their versions.

use skilled_message::UnixMillis;
use sqlx::SqliteConnection;
use sqlx::sqlite::SqliteRow;

use super::list::List;
use super::references::{refer, release};
use super::value::{exists, get, int, not_found, number, optional_number};
use super::{SqliteRecords, failed};
use crate::{
    Answer, DisplayNames, LastVersion, NewSkill, Noun, ObjectKind, Page, PageQuery, SkillFilter, SkillRecord,
    SkillRemoval, SkillVersionRecord, Skills, StoreError, VersionRef,
};

/// Skills with their newest version, whose columns begin with `v_`.
const SELECT_SKILLS: &str = "\
SELECT s.id, s.workspace, s.source, s.display_name, s.slug, s.created_at, s.updated_at, \
       v.id AS v_id, v.epoch_us AS v_epoch_us, v.name AS v_name, v.description AS v_description, \
       v.directory AS v_directory, v.tree_digest AS v_tree_digest, v.bytes AS v_bytes, v.created_at AS v_created_at \
FROM skills s LEFT JOIN skill_versions v ON v.skill_id = s.id AND v.epoch_us = s.latest_epoch_us \
WHERE 1 = 1";

const SELECT_SKILL: &str = "\
SELECT s.id, s.workspace, s.source, s.display_name, s.slug, s.created_at, s.updated_at, \
       v.id AS v_id, v.epoch_us AS v_epoch_us, v.name AS v_name, v.description AS v_description, \
       v.directory AS v_directory, v.tree_digest AS v_tree_digest, v.bytes AS v_bytes, v.created_at AS v_created_at \
FROM skills s LEFT JOIN skill_versions v ON v.skill_id = s.id AND v.epoch_us = s.latest_epoch_us \
WHERE s.workspace = $1 AND s.id = $2";

const INSERT_VERSION: &str = "\
INSERT INTO skill_versions (id, skill_id, epoch_us, name, description, directory, tree_digest, bytes, created_at) \
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)";

fn skill(row: &SqliteRow) -> Result<SkillRecord, StoreError> {
    let id: String = get(row, "id")?;
    let latest_version = match get::<Option<String>>(row, "v_id")? {
        None => None,
        Some(version) => Some(SkillVersionRecord {
            id: version,
            skill_id: id.clone(),
            epoch_us: number(row, "v_epoch_us")?,
            name: get(row, "v_name")?,
            description: get(row, "v_description")?,
            directory: get(row, "v_directory")?,
            tree_digest: get(row, "v_tree_digest")?,
            bytes: number(row, "v_bytes")?,
            created_at: number(row, "v_created_at")?,
        }),
    };
    Ok(SkillRecord {
        id,
        workspace: get(row, "workspace")?,
        source: get(row, "source")?,
        display_name: get(row, "display_name")?,
        slug: get(row, "slug")?,
        created_at: number(row, "created_at")?,
        updated_at: number(row, "updated_at")?,
        latest_version,
    })
}

fn version(row: &SqliteRow) -> Result<SkillVersionRecord, StoreError> {
    Ok(SkillVersionRecord {
        id: get(row, "id")?,
        skill_id: get(row, "skill_id")?,
        epoch_us: number(row, "epoch_us")?,
        name: get(row, "name")?,
        description: get(row, "description")?,
        directory: get(row, "directory")?,
        tree_digest: get(row, "tree_digest")?,
        bytes: number(row, "bytes")?,
        created_at: number(row, "created_at")?,
    })
}

async fn find_skill(
    connection: &mut SqliteConnection,
    workspace: &str,
    id: &str,
) -> Result<Option<SkillRecord>, StoreError> {
    let found = sqlx::query(SELECT_SKILL).bind(workspace).bind(id).fetch_optional(connection).await;
    found.map_err(failed("look for a skill"))?.as_ref().map(skill).transpose()
}

async fn require_skill(
    connection: &mut SqliteConnection,
    workspace: &str,
    id: &str,
) -> Result<SkillRecord, StoreError> {
    find_skill(connection, workspace, id).await?.ok_or_else(|| not_found(Noun::Skill, id))
}

async fn find_version(
    connection: &mut SqliteConnection,
    workspace: &str,
    skill: &str,
    wanted: &VersionRef,
) -> Result<Option<SkillVersionRecord>, StoreError> {
    let sql = "SELECT v.* FROM skill_versions v JOIN skills s ON s.id = v.skill_id \
               WHERE s.workspace = $1 AND s.id = $2 \
               AND (v.id = $3 OR v.epoch_us = $4 OR ($5 AND v.epoch_us = s.latest_epoch_us))";
    let (id, epoch, latest) = match wanted {
        VersionRef::Latest => (None, None, true),
        VersionRef::Id(id) => (Some(id.as_str()), None, false),
        VersionRef::Epoch(epoch) => (None, Some(int(*epoch)), false),
    };
    let found = sqlx::query(sql).bind(workspace).bind(skill).bind(id).bind(epoch).bind(latest);
    let found = found.fetch_optional(connection).await.map_err(failed("look for a version"))?;
    found.as_ref().map(version).transpose()
}

async fn insert_version(
    connection: &mut SqliteConnection,
    version: &SkillVersionRecord,
) -> Result<(), StoreError> {
    let SkillVersionRecord { id, skill_id, name, description, directory, tree_digest, .. } = version;
    let kept = sqlx::query(INSERT_VERSION).bind(id).bind(skill_id).bind(int(version.epoch_us));
    let kept = kept.bind(name).bind(description).bind(directory).bind(tree_digest);
    let kept = kept.bind(int(version.bytes)).bind(int(version.created_at));
    kept.execute(&mut *connection).await.map_err(exists(Noun::SkillVersion, id))?;
    refer(connection, ObjectKind::Tree, tree_digest).await
}

async fn create(connection: &mut SqliteConnection, skill: NewSkill) -> Result<SkillRecord, StoreError> {
    let NewSkill { id, workspace, source, display_name, display_names, first } = skill;
    if display_names == DisplayNames::Unique {
        let sql = "SELECT 1 FROM skills WHERE workspace = $1 AND display_name = $2 LIMIT 1";
        let taken = sqlx::query(sql).bind(&workspace).bind(&display_name);
        let taken = taken.fetch_optional(&mut *connection).await.map_err(failed("look for a skill"))?;
        if taken.is_some() {
            return Err(StoreError::NameTaken { name: display_name });
        }
    }
    let sql = "INSERT INTO skills (id, workspace, source, display_name, slug, created_at, updated_at, \
               latest_epoch_us, last_epoch_us) VALUES ($1, $2, $3, $4, $5, $6, $6, $7, $7)";
    let kept = sqlx::query(sql).bind(&id).bind(&workspace).bind(source).bind(display_name);
    let kept = kept.bind(&first.name).bind(int(first.created_at)).bind(int(first.epoch_us));
    kept.execute(&mut *connection).await.map_err(exists(Noun::Skill, &id))?;
    insert_version(connection, &SkillVersionRecord { skill_id: id.clone(), ..first }).await?;
    require_skill(connection, &workspace, &id).await
}

async fn add(
    connection: &mut SqliteConnection,
    workspace: &str,
    mut version: SkillVersionRecord,
) -> Result<SkillVersionRecord, StoreError> {
    let skill = &version.skill_id;
    let sql = "SELECT slug, last_epoch_us FROM skills WHERE workspace = $1 AND id = $2";
    let found = sqlx::query(sql).bind(workspace).bind(skill).fetch_optional(&mut *connection).await;
    let row = found.map_err(failed("look for a skill"))?.ok_or_else(|| not_found(Noun::Skill, skill))?;
    let slug: String = get(&row, "slug")?;
    if slug != version.name {
        return Err(StoreError::OtherSlug { slug, given: version.name });
    }
    version.epoch_us = version.epoch_us.max(number(&row, "last_epoch_us")?.saturating_add(1));
    insert_version(connection, &version).await?;
    let sql = "UPDATE skills SET latest_epoch_us = $2, last_epoch_us = $2, updated_at = max(updated_at, $3) \
               WHERE id = $1";
    let changed = sqlx::query(sql).bind(&version.skill_id).bind(int(version.epoch_us));
    let changed = changed.bind(int(version.created_at)).execute(connection).await;
    changed.map_err(failed("add a version"))?;
    Ok(version)
}

async fn remove_version(
    connection: &mut SqliteConnection,
    workspace: &str,
    (skill, wanted): (&str, &VersionRef),
    last: LastVersion,
    now: UnixMillis,
) -> Result<SkillVersionRecord, StoreError> {
    require_skill(connection, workspace, skill).await?;
    let version = find_version(connection, workspace, skill, wanted).await?;
    let version = version.ok_or_else(|| {
        let name = match wanted {
            VersionRef::Latest => "latest".to_owned(),
            VersionRef::Id(id) => id.clone(),
            VersionRef::Epoch(epoch) => epoch.to_string(),
        };
        StoreError::NotFound { what: Noun::SkillVersion, id: name }
    })?;
    let deleted = sqlx::query("DELETE FROM skill_versions WHERE id = $1").bind(&version.id);
    deleted.execute(&mut *connection).await.map_err(failed("delete a version"))?;
    let sql = "SELECT max(epoch_us) AS epoch_us FROM skill_versions WHERE skill_id = $1";
    let left = sqlx::query(sql).bind(skill).fetch_one(&mut *connection).await;
    let left = optional_number(&left.map_err(failed("delete a version"))?, "epoch_us")?;
    if left.is_none() && last == LastVersion::Keep {
        // What this has changed is taken back with the error.
        return Err(StoreError::LastVersion { skill: skill.to_owned() });
    }
    let sql = "UPDATE skills SET latest_epoch_us = $2, updated_at = max(updated_at, $3) WHERE id = $1";
    let changed = sqlx::query(sql).bind(skill).bind(left.map(int)).bind(int(now));
    changed.execute(&mut *connection).await.map_err(failed("delete a version"))?;
    release(connection, ObjectKind::Tree, &version.tree_digest, now).await?;
    Ok(version)
}

async fn remove_skill(
    connection: &mut SqliteConnection,
    workspace: &str,
    id: &str,
    removal: SkillRemoval,
    now: UnixMillis,
) -> Result<SkillRecord, StoreError> {
    let skill = require_skill(connection, workspace, id).await?;
    let sql = "DELETE FROM skill_versions WHERE skill_id = $1 RETURNING tree_digest";
    let deleted = sqlx::query(sql).bind(id).fetch_all(&mut *connection).await;
    let deleted = deleted.map_err(failed("delete a skill"))?;
    if removal == SkillRemoval::WithoutVersions && !deleted.is_empty() {
        // What this has changed is taken back with the error.
        return Err(StoreError::HasVersions { skill: skill.id, versions: deleted.len() as u64 });
    }
    for row in &deleted {
        release(connection, ObjectKind::Tree, get(row, "tree_digest")?, now).await?;
    }
    let deleted = sqlx::query("DELETE FROM skills WHERE id = $1").bind(id).execute(connection).await;
    deleted.map_err(failed("delete a skill"))?;
    Ok(skill)
}

impl Skills for SqliteRecords {
    fn create_skill(&self, skill: NewSkill) -> Answer<'_, SkillRecord> {
        Box::pin(self.write(Box::new(move |connection| Box::pin(create(connection, skill)))))
    }

    fn add_version<'a>(
        &'a self,
        workspace: &'a str,
        version: SkillVersionRecord,
    ) -> Answer<'a, SkillVersionRecord> {
        let workspace = workspace.to_owned();
        Box::pin(self.write(Box::new(move |connection| {
            Box::pin(async move { add(connection, &workspace, version).await })
        })))
    }

    fn skill<'a>(&'a self, workspace: &'a str, id: &'a str) -> Answer<'a, Option<SkillRecord>> {
        Box::pin(async move { find_skill(&mut *self.reader().await?, workspace, id).await })
    }

    fn skills<'a>(
        &'a self,
        workspace: &'a str,
        filter: SkillFilter,
        query: PageQuery,
    ) -> Answer<'a, Page<SkillRecord>> {
        Box::pin(async move {
            let SkillFilter { source, slug, display_name } = &filter;
            let mut equal = vec![("s.workspace", workspace)];
            equal.extend(source.as_deref().map(|source| ("s.source", source)));
            equal.extend(slug.as_deref().map(|slug| ("s.slug", slug)));
            equal.extend(display_name.as_deref().map(|name| ("s.display_name", name)));
            let list = List {
                name: "skills",
                owner: workspace,
                what: Noun::Skill,
                select: SELECT_SKILLS,
                key: "s.created_at",
                id: "s.id",
                equal,
            };
            list.page(&mut *self.reader().await?, query, skill).await
        })
    }

    fn versions<'a>(
        &'a self,
        workspace: &'a str,
        skill: &'a str,
        query: PageQuery,
    ) -> Answer<'a, Page<SkillVersionRecord>> {
        Box::pin(async move {
            let mut reader = self.reader().await?;
            require_skill(&mut reader, workspace, skill).await?;
            let list = List {
                name: "versions",
                owner: skill,
                what: Noun::SkillVersion,
                select: "SELECT * FROM skill_versions WHERE 1 = 1",
                key: "epoch_us",
                id: "id",
                equal: vec![("skill_id", skill)],
            };
            list.page(&mut reader, query, version).await
        })
    }

    fn version<'a>(
        &'a self,
        workspace: &'a str,
        skill: &'a str,
        version: &'a VersionRef,
    ) -> Answer<'a, Option<SkillVersionRecord>> {
        Box::pin(async move { find_version(&mut *self.reader().await?, workspace, skill, version).await })
    }

    fn delete_version<'a>(
        &'a self,
        workspace: &'a str,
        skill: &'a str,
        version: &'a VersionRef,
        last: LastVersion,
        now: UnixMillis,
    ) -> Answer<'a, SkillVersionRecord> {
        let (workspace, skill, version) = (workspace.to_owned(), skill.to_owned(), version.clone());
        Box::pin(self.write(Box::new(move |connection| {
            Box::pin(
                async move { remove_version(connection, &workspace, (&skill, &version), last, now).await },
            )
        })))
    }

    fn delete_skill<'a>(
        &'a self,
        workspace: &'a str,
        id: &'a str,
        removal: SkillRemoval,
        now: UnixMillis,
    ) -> Answer<'a, SkillRecord> {
        let (workspace, id) = (workspace.to_owned(), id.to_owned());
        Box::pin(self.write(Box::new(move |connection| {
            Box::pin(async move { remove_skill(connection, &workspace, &id, removal, now).await })
        })))
    }
}

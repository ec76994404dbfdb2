//! Workspaces and keys.

use skilled_message::UnixMillis;
use sqlx::sqlite::SqliteRow;

use super::value::{exists, get, int, not_found, number, optional_number};
use super::{SqliteRecords, failed};
use crate::{Answer, KeyRecord, Keys, Noun, StoreError, WorkspaceRecord, Workspaces};

fn workspace(row: &SqliteRow) -> Result<WorkspaceRecord, StoreError> {
    Ok(WorkspaceRecord {
        id: get(row, "id")?,
        name: get(row, "name")?,
        created_at: number(row, "created_at")?,
    })
}

fn key(row: &SqliteRow) -> Result<KeyRecord, StoreError> {
    let hash: &[u8] = get(row, "hash")?;
    let damaged =
        |_| StoreError::Damaged { what: Noun::Key, column: "hash", value: format!("{} bytes", hash.len()) };
    Ok(KeyRecord {
        id: get(row, "id")?,
        workspace: get(row, "workspace")?,
        name: get(row, "name")?,
        hash: hash.try_into().map_err(damaged)?,
        hint: get(row, "hint")?,
        created_at: number(row, "created_at")?,
        revoked_at: optional_number(row, "revoked_at")?,
        last_used_at: optional_number(row, "last_used_at")?,
    })
}

impl Workspaces for SqliteRecords {
    fn create_workspace(&self, workspace: WorkspaceRecord) -> Answer<'_, ()> {
        Box::pin(self.write(Box::new(move |connection| {
            Box::pin(async move {
                let WorkspaceRecord { id, name, created_at } = workspace;
                let sql = "SELECT 1 FROM workspaces WHERE id = $1";
                let taken = sqlx::query(sql).bind(&id).fetch_optional(&mut *connection).await;
                let taken = taken.map_err(failed("look for a workspace"))?.is_some();
                let clash = exists(Noun::Workspace, if taken { &id } else { &name });
                let sql = "INSERT INTO workspaces (id, name, created_at) VALUES ($1, $2, $3)";
                let kept = sqlx::query(sql).bind(&id).bind(&name).bind(int(created_at));
                kept.execute(connection).await.map_err(clash)?;
                Ok(())
            })
        })))
    }

    fn workspace_by_name<'a>(&'a self, name: &'a str) -> Answer<'a, Option<WorkspaceRecord>> {
        Box::pin(async move {
            let found = sqlx::query("SELECT * FROM workspaces WHERE name = $1").bind(name);
            let found = found.fetch_optional(&mut *self.reader().await?).await;
            found.map_err(failed("look for a workspace"))?.as_ref().map(workspace).transpose()
        })
    }

    fn workspaces(&self) -> Answer<'_, Vec<WorkspaceRecord>> {
        Box::pin(async move {
            let found = sqlx::query("SELECT * FROM workspaces ORDER BY created_at, id");
            let found = found.fetch_all(&mut *self.reader().await?).await;
            found.map_err(failed("list the workspaces"))?.iter().map(workspace).collect()
        })
    }
}

impl Keys for SqliteRecords {
    fn create_key(&self, key: KeyRecord) -> Answer<'_, ()> {
        Box::pin(self.write(Box::new(move |connection| {
            Box::pin(async move {
                let sql = "SELECT 1 FROM workspaces WHERE id = $1";
                let found = sqlx::query(sql).bind(&key.workspace).fetch_optional(&mut *connection).await;
                if found.map_err(failed("look for a workspace"))?.is_none() {
                    return Err(not_found(Noun::Workspace, &key.workspace));
                }
                let sql = "INSERT INTO keys (id, workspace, name, hash, hint, created_at, revoked_at, last_used_at) \
                           VALUES ($1, $2, $3, $4, $5, $6, $7, $8)";
                let clash = exists(Noun::Key, &key.id);
                let kept = sqlx::query(sql).bind(key.id).bind(key.workspace).bind(key.name);
                let kept = kept.bind(key.hash.to_vec()).bind(key.hint).bind(int(key.created_at));
                let kept = kept.bind(key.revoked_at.map(int)).bind(key.last_used_at.map(int));
                kept.execute(connection).await.map_err(clash)?;
                Ok(())
            })
        })))
    }

    fn keys<'a>(&'a self, workspace: Option<&'a str>) -> Answer<'a, Vec<KeyRecord>> {
        Box::pin(async move {
            let sql = "SELECT * FROM keys WHERE $1 IS NULL OR workspace = $1 ORDER BY created_at, id";
            let found = sqlx::query(sql).bind(workspace).fetch_all(&mut *self.reader().await?).await;
            found.map_err(failed("list the keys"))?.iter().map(key).collect()
        })
    }

    fn live_key(&self, hash: [u8; 32]) -> Answer<'_, Option<KeyRecord>> {
        Box::pin(async move {
            let sql = "SELECT * FROM keys WHERE hash = $1 AND revoked_at IS NULL";
            let found = sqlx::query(sql).bind(hash.to_vec());
            let found = found.fetch_optional(&mut *self.reader().await?).await;
            found.map_err(failed("look for a key"))?.as_ref().map(key).transpose()
        })
    }

    fn any_key(&self) -> Answer<'_, bool> {
        Box::pin(async move {
            let found = sqlx::query("SELECT 1 FROM keys LIMIT 1");
            let found = found.fetch_optional(&mut *self.reader().await?).await;
            Ok(found.map_err(failed("look for a key"))?.is_some())
        })
    }

    fn revoke_key<'a>(&'a self, id: &'a str, now: UnixMillis) -> Answer<'a, KeyRecord> {
        let id = id.to_owned();
        Box::pin(self.write(Box::new(move |connection| {
            Box::pin(async move {
                let sql = "UPDATE keys SET revoked_at = coalesce(revoked_at, $2) WHERE id = $1 RETURNING *";
                let found = sqlx::query(sql).bind(&id).bind(int(now)).fetch_optional(connection).await;
                let found = found.map_err(failed("revoke a key"))?;
                key(&found.ok_or_else(|| not_found(Noun::Key, &id))?)
            })
        })))
    }
}

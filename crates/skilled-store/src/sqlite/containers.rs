//! Containers.

use serde_json::Value;
use skilled_message::UnixMillis;
use sqlx::sqlite::SqliteRow;

use super::list::List;
use super::value::{exists, get, int, not_found, number, parsed};
use super::{SqliteRecords, failed};
use crate::{Answer, ContainerRecord, ContainerState, Containers, Noun, Page, PageQuery, StoreError};

const STATES: [ContainerState; 3] =
    [ContainerState::Active, ContainerState::Stopped, ContainerState::Expired];

fn state_name(state: ContainerState) -> &'static str {
    match state {
        ContainerState::Active => "active",
        ContainerState::Stopped => "stopped",
        ContainerState::Expired => "expired",
    }
}

fn container(row: &SqliteRow) -> Result<ContainerRecord, StoreError> {
    let json = |column| parsed(row, Noun::Container, column, |text| serde_json::from_str(text).ok());
    Ok(ContainerRecord {
        id: get(row, "id")?,
        workspace: get(row, "workspace")?,
        state: parsed(row, Noun::Container, "state", |text| {
            STATES.into_iter().find(|state| state_name(*state) == text)
        })?,
        created_at: number(row, "created_at")?,
        last_used_at: number(row, "last_used_at")?,
        expires_at: number(row, "expires_at")?,
        skills: json("skills")?,
        control: json("control")?,
        session_dir: get(row, "session_dir")?,
    })
}

impl Containers for SqliteRecords {
    fn create_container(&self, container: ContainerRecord) -> Answer<'_, ()> {
        Box::pin(self.write(Box::new(move |connection| {
            Box::pin(async move {
                let sql = "INSERT INTO containers (id, workspace, state, created_at, last_used_at, expires_at, \
                           skills, control, session_dir) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)";
                let clash = exists(Noun::Container, &container.id);
                let kept = sqlx::query(sql).bind(container.id).bind(container.workspace);
                let kept = kept.bind(state_name(container.state)).bind(int(container.created_at));
                let kept = kept.bind(int(container.last_used_at)).bind(int(container.expires_at));
                let kept = kept.bind(container.skills.to_string()).bind(container.control.to_string());
                kept.bind(container.session_dir).execute(connection).await.map_err(clash)?;
                Ok(())
            })
        })))
    }

    fn container<'a>(&'a self, workspace: &'a str, id: &'a str) -> Answer<'a, Option<ContainerRecord>> {
        Box::pin(async move {
            let found = sqlx::query("SELECT * FROM containers WHERE workspace = $1 AND id = $2");
            let found = found.bind(workspace).bind(id).fetch_optional(&mut *self.reader().await?).await;
            found.map_err(failed("look for a container"))?.as_ref().map(container).transpose()
        })
    }

    fn touch_container<'a>(
        &'a self,
        workspace: &'a str,
        id: &'a str,
        now: UnixMillis,
        expires_at: UnixMillis,
    ) -> Answer<'a, ContainerRecord> {
        let (workspace, id) = (workspace.to_owned(), id.to_owned());
        Box::pin(self.write(Box::new(move |connection| {
            Box::pin(async move {
                let sql = "UPDATE containers SET last_used_at = max(last_used_at, $3), expires_at = $4 \
                           WHERE workspace = $1 AND id = $2 AND state = 'active' RETURNING *";
                let found = sqlx::query(sql).bind(workspace).bind(&id).bind(int(now)).bind(int(expires_at));
                let found = found.fetch_optional(connection).await.map_err(failed("touch a container"))?;
                container(&found.ok_or_else(|| not_found(Noun::Container, &id))?)
            })
        })))
    }

    fn describe_container<'a>(
        &'a self,
        workspace: &'a str,
        id: &'a str,
        skills: Value,
        control: Value,
    ) -> Answer<'a, ()> {
        let (workspace, id) = (workspace.to_owned(), id.to_owned());
        Box::pin(self.write(Box::new(move |connection| {
            Box::pin(async move {
                let sql = "UPDATE containers SET skills = $3, control = $4 WHERE workspace = $1 AND id = $2";
                let changed = sqlx::query(sql).bind(workspace).bind(&id);
                let changed = changed.bind(skills.to_string()).bind(control.to_string());
                let changed = changed.execute(connection).await.map_err(failed("describe a container"))?;
                found_one(changed.rows_affected(), &id)
            })
        })))
    }

    fn end_container<'a>(
        &'a self,
        workspace: &'a str,
        id: &'a str,
        state: ContainerState,
    ) -> Answer<'a, bool> {
        let (workspace, id) = (workspace.to_owned(), id.to_owned());
        Box::pin(self.write(Box::new(move |connection| {
            Box::pin(async move {
                let sql =
                    "UPDATE containers SET state = $3 WHERE workspace = $1 AND id = $2 AND state = 'active'";
                let ended = sqlx::query(sql).bind(&workspace).bind(&id).bind(state_name(state));
                let ended = ended.execute(&mut *connection).await.map_err(failed("end a container"))?;
                if ended.rows_affected() == 1 {
                    return Ok(true);
                }
                let sql = "SELECT 1 FROM containers WHERE workspace = $1 AND id = $2";
                let found = sqlx::query(sql).bind(workspace).bind(&id).fetch_optional(connection).await;
                let found = found.map_err(failed("look for a container"))?;
                found_one(u64::from(found.is_some()), &id)?;
                Ok(false)
            })
        })))
    }

    fn expire_containers(&self, now: UnixMillis, limit: u32) -> Answer<'_, Vec<ContainerRecord>> {
        Box::pin(self.write(Box::new(move |connection| {
            Box::pin(async move {
                let sql = "UPDATE containers SET state = 'expired' WHERE id IN \
                           (SELECT id FROM containers WHERE state = 'active' AND expires_at <= $1 \
                            ORDER BY expires_at LIMIT $2) RETURNING *";
                let ended =
                    sqlx::query(sql).bind(int(now)).bind(i64::from(limit)).fetch_all(connection).await;
                ended.map_err(failed("expire containers"))?.iter().map(container).collect()
            })
        })))
    }

    fn containers<'a>(
        &'a self,
        workspace: Option<&'a str>,
        state: Option<ContainerState>,
        query: PageQuery,
    ) -> Answer<'a, Page<ContainerRecord>> {
        Box::pin(async move {
            let mut equal = Vec::new();
            equal.extend(workspace.map(|workspace| ("workspace", workspace)));
            equal.extend(state.map(|state| ("state", state_name(state))));
            let list = List {
                name: if workspace.is_some() { "containers" } else { "all containers" },
                owner: workspace.unwrap_or(""),
                what: Noun::Container,
                select: "SELECT * FROM containers WHERE 1 = 1",
                key: "created_at",
                id: "id",
                equal,
            };
            list.page(&mut *self.reader().await?, query, container).await
        })
    }

    fn delete_container<'a>(&'a self, workspace: &'a str, id: &'a str) -> Answer<'a, ()> {
        let (workspace, id) = (workspace.to_owned(), id.to_owned());
        Box::pin(self.write(Box::new(move |connection| {
            Box::pin(async move {
                let sql = "DELETE FROM containers WHERE workspace = $1 AND id = $2 AND state <> 'active'";
                let deleted = sqlx::query(sql).bind(workspace).bind(&id).execute(connection).await;
                found_one(deleted.map_err(failed("delete a container"))?.rows_affected(), &id)
            })
        })))
    }
}

fn found_one(rows: u64, id: &str) -> Result<(), StoreError> {
    if rows == 0 { Err(not_found(Noun::Container, id)) } else { Ok(()) }
}

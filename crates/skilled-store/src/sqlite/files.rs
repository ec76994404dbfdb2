//! Files.

use std::collections::HashMap;

use skilled_message::UnixMillis;
use sqlx::sqlite::SqliteRow;
use sqlx::{QueryBuilder, SqliteConnection};

use super::list::List;
use super::references::{refer, release};
use super::value::{exists, get, int, not_found, number, optional_number, parsed};
use super::{SqliteRecords, failed};
use crate::{
    Answer, FileFilter, FileOrigin, FileRecord, FileScope, Files, MAX_PAGE, Noun, ObjectKind, Page,
    PageQuery, Quota, StoreError,
};

const INSERT: &str = "\
INSERT INTO files (id, workspace, filename, mime_type, size_bytes, created_at, expires_at, downloadable, scope_id, \
                   scope_kind, content, origin, released_at) \
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, NULL)";

fn origin_name(origin: FileOrigin) -> &'static str {
    match origin {
        FileOrigin::Upload => "upload",
        FileOrigin::Container => "container",
    }
}

fn file(row: &SqliteRow) -> Result<FileRecord, StoreError> {
    let scope = match (get(row, "scope_id")?, get(row, "scope_kind")?) {
        (Some(id), Some(kind)) => Some(FileScope { id, kind }),
        _ => None,
    };
    Ok(FileRecord {
        id: get(row, "id")?,
        workspace: get(row, "workspace")?,
        filename: get(row, "filename")?,
        mime_type: get(row, "mime_type")?,
        size_bytes: number(row, "size_bytes")?,
        created_at: number(row, "created_at")?,
        expires_at: optional_number(row, "expires_at")?,
        downloadable: get(row, "downloadable")?,
        scope,
        content: parsed(row, Noun::File, "content", |text| text.parse().ok())?,
        origin: parsed(row, Noun::File, "origin", |text| {
            [FileOrigin::Upload, FileOrigin::Container].into_iter().find(|one| origin_name(*one) == text)
        })?,
        released_at: optional_number(row, "released_at")?,
    })
}

async fn used(connection: &mut SqliteConnection, workspace: &str) -> Result<u64, StoreError> {
    let found = sqlx::query("SELECT bytes FROM file_totals WHERE workspace = $1").bind(workspace);
    let found = found.fetch_optional(connection).await.map_err(failed("read how much room files take"))?;
    found.map_or(Ok(0), |row| number(&row, "bytes"))
}

/// Adds to the sum of a workspace's files.
async fn add_to_total(
    connection: &mut SqliteConnection,
    workspace: &str,
    bytes: i64,
) -> Result<(), StoreError> {
    let sql = "INSERT INTO file_totals (workspace, bytes) VALUES ($1, $2) \
               ON CONFLICT (workspace) DO UPDATE SET bytes = bytes + $2";
    let added = sqlx::query(sql).bind(workspace).bind(bytes).execute(connection).await;
    added.map_err(failed("add up the room that files take"))?;
    Ok(())
}

/// Gives the content of a file up, unless that was done.
async fn give_up_content(
    connection: &mut SqliteConnection,
    file: &FileRecord,
    now: UnixMillis,
) -> Result<(), StoreError> {
    if file.released_at.is_some() {
        return Ok(());
    }
    add_to_total(connection, &file.workspace, -int(file.size_bytes)).await?;
    release(connection, ObjectKind::Blob, &file.content.to_string(), now).await
}

async fn create(connection: &mut SqliteConnection, file: FileRecord, quota: Quota) -> Result<(), StoreError> {
    if let Quota::Bytes(limit) = quota {
        let (used, wanted) = (used(connection, &file.workspace).await?, file.size_bytes);
        if used.saturating_add(wanted) > limit {
            return Err(StoreError::Quota { limit, used, wanted });
        }
    }
    let (scope_id, scope_kind) = file.scope.map(|FileScope { id, kind }| (id, kind)).unzip();
    let content = file.content.to_string();
    let clash = exists(Noun::File, &file.id);
    let kept = sqlx::query(INSERT).bind(file.id).bind(&file.workspace).bind(file.filename);
    let kept = kept.bind(file.mime_type).bind(int(file.size_bytes)).bind(int(file.created_at));
    let kept = kept.bind(file.expires_at.map(int)).bind(file.downloadable).bind(scope_id);
    let kept = kept.bind(scope_kind).bind(&content).bind(origin_name(file.origin));
    kept.execute(&mut *connection).await.map_err(clash)?;
    add_to_total(connection, &file.workspace, int(file.size_bytes)).await?;
    refer(connection, ObjectKind::Blob, &content).await
}

/// Does with each row of an update or a deletion what its file's content needs; returns how many there were.
async fn give_up_all(
    connection: &mut SqliteConnection,
    rows: Vec<SqliteRow>,
    now: UnixMillis,
) -> Result<u64, StoreError> {
    for row in &rows {
        give_up_content(connection, &file(row)?, now).await?;
    }
    Ok(rows.len() as u64)
}

impl Files for SqliteRecords {
    fn create_file(&self, file: FileRecord, quota: Quota) -> Answer<'_, ()> {
        Box::pin(self.write(Box::new(move |connection| Box::pin(create(connection, file, quota)))))
    }

    fn file<'a>(&'a self, workspace: &'a str, id: &'a str) -> Answer<'a, Option<FileRecord>> {
        Box::pin(async move {
            let found = sqlx::query("SELECT * FROM files WHERE workspace = $1 AND id = $2");
            let found = found.bind(workspace).bind(id).fetch_optional(&mut *self.reader().await?).await;
            found.map_err(failed("look for a file"))?.as_ref().map(file).transpose()
        })
    }

    fn files<'a>(
        &'a self,
        workspace: &'a str,
        filter: FileFilter,
        query: PageQuery,
    ) -> Answer<'a, Page<FileRecord>> {
        Box::pin(async move {
            let mut equal = vec![("workspace", workspace)];
            equal.extend(filter.scope_id.as_deref().map(|scope| ("scope_id", scope)));
            let list = List {
                name: "files",
                owner: workspace,
                what: Noun::File,
                select: "SELECT * FROM files WHERE 1 = 1",
                key: "created_at",
                id: "id",
                equal,
            };
            list.page(&mut *self.reader().await?, query, file).await
        })
    }

    fn files_by_id<'a>(&'a self, workspace: &'a str, ids: &'a [String]) -> Answer<'a, Vec<FileRecord>> {
        Box::pin(async move {
            let (given, limit) = (ids.len() as u64, u64::from(MAX_PAGE));
            if given > limit {
                return Err(StoreError::BadCount { given, limit });
            }
            if ids.is_empty() {
                return Ok(Vec::new());
            }
            let mut sql = QueryBuilder::new("SELECT * FROM files WHERE workspace = ");
            sql.push_bind(workspace).push(" AND id IN (");
            let mut list = sql.separated(", ");
            for id in ids {
                list.push_bind(id.as_str());
            }
            sql.push(")");
            let found = sql.build().fetch_all(&mut *self.reader().await?).await;
            let found = found.map_err(failed("look for files"))?;
            let found = found.iter().map(file).map(|file| file.map(|file| (file.id.clone(), file)));
            let mut found = found.collect::<Result<HashMap<_, _>, _>>()?;
            Ok(ids.iter().filter_map(|id| found.remove(id)).collect())
        })
    }

    fn delete_file<'a>(&'a self, workspace: &'a str, id: &'a str, now: UnixMillis) -> Answer<'a, FileRecord> {
        let (workspace, id) = (workspace.to_owned(), id.to_owned());
        Box::pin(self.write(Box::new(move |connection| {
            Box::pin(async move {
                let sql = "DELETE FROM files WHERE workspace = $1 AND id = $2 RETURNING *";
                let found = sqlx::query(sql).bind(workspace).bind(&id).fetch_optional(&mut *connection).await;
                let found = found.map_err(failed("delete a file"))?;
                let file = file(&found.ok_or_else(|| not_found(Noun::File, &id))?)?;
                give_up_content(connection, &file, now).await?;
                Ok(file)
            })
        })))
    }

    fn used_bytes<'a>(&'a self, workspace: &'a str) -> Answer<'a, u64> {
        Box::pin(async move { used(&mut *self.reader().await?, workspace).await })
    }

    fn release_expired_files(&self, now: UnixMillis, limit: u32) -> Answer<'_, u64> {
        Box::pin(self.write(Box::new(move |connection| {
            Box::pin(async move {
                let sql = "SELECT * FROM files WHERE expires_at <= $1 AND released_at IS NULL \
                           ORDER BY expires_at LIMIT $2";
                let due = sqlx::query(sql).bind(int(now)).bind(i64::from(limit));
                let due = due.fetch_all(&mut *connection).await.map_err(failed("look for expired files"))?;
                for row in &due {
                    let sql = "UPDATE files SET released_at = $2 WHERE id = $1";
                    let released = sqlx::query(sql).bind(get::<&str>(row, "id")?).bind(int(now));
                    let released = released.execute(&mut *connection).await;
                    released.map_err(failed("release the content of an expired file"))?;
                }
                give_up_all(connection, due, now).await
            })
        })))
    }

    fn delete_expired_files(&self, before: UnixMillis, now: UnixMillis, limit: u32) -> Answer<'_, u64> {
        Box::pin(self.write(Box::new(move |connection| {
            Box::pin(async move {
                let sql = "DELETE FROM files WHERE id IN \
                           (SELECT id FROM files WHERE expires_at < $1 ORDER BY expires_at LIMIT $2) RETURNING *";
                let gone = sqlx::query(sql).bind(int(before)).bind(i64::from(limit));
                let gone = gone.fetch_all(&mut *connection).await.map_err(failed("delete expired files"))?;
                give_up_all(connection, gone, now).await
            })
        })))
    }
}

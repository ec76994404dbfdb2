//! The schema and its versions. Steps are only ever added.

use std::path::Path;

use sqlx::{Row, SqliteConnection};

use super::{failed, path_of};
use crate::StoreError;

/// The steps, each from the schema of its index to the next one.
const STEPS: [&str; 1] = [include_str!("migrations/0001_records.sql")];

/// The schema this program knows.
const KNOWN: u32 = STEPS.len() as u32;

/// Stands in the database's header (`SKST`), so that a database of something else is not taken for records.
const APPLICATION: i64 = 0x534b_5354;

/// Brings the schema up to date, all of it or nothing.
pub(super) async fn upgrade(connection: &mut SqliteConnection, file: &Path) -> Result<(), StoreError> {
    let failed = failed("bring the schema of the records up to date");
    sqlx::query("BEGIN IMMEDIATE").execute(&mut *connection).await.map_err(&failed)?;
    let found = known_schema(connection, file).await;
    let upgraded = match found {
        Ok(KNOWN) => Ok(()),
        Ok(found) => apply(connection, found).await.map_err(&failed),
        Err(error) => Err(error),
    };
    let end = if upgraded.is_ok() { "COMMIT" } else { "ROLLBACK" };
    let ended = sqlx::query(end).execute(&mut *connection).await;
    upgraded?;
    ended.map_err(&failed)?;
    Ok(())
}

/// Checks that the schema is the one this program knows.
pub(super) async fn require_current(
    connection: &mut SqliteConnection,
    file: &Path,
) -> Result<(), StoreError> {
    match known_schema(connection, file).await? {
        KNOWN => Ok(()),
        found => Err(StoreError::Older { path: path_of(file), found, known: KNOWN }),
    }
}

/// Checks that the schema is one this program can bring up to date.
pub(super) async fn require_known(connection: &mut SqliteConnection, file: &Path) -> Result<(), StoreError> {
    match known_schema(connection, file).await? {
        0 => Err(StoreError::Foreign { path: path_of(file) }),
        _ => Ok(()),
    }
}

async fn apply(connection: &mut SqliteConnection, found: u32) -> Result<(), sqlx::Error> {
    for step in &STEPS[found as usize..] {
        sqlx::raw_sql(*step).execute(&mut *connection).await?;
    }
    // Pragmas take no parameters. Both are part of the transaction.
    sqlx::raw_sql(sqlx::AssertSqlSafe(format!(
        "PRAGMA application_id = {APPLICATION}; PRAGMA user_version = {KNOWN}"
    )))
    .execute(connection)
    .await?;
    Ok(())
}

/// The schema of the database: 0 for an empty one, never above the one known.
async fn known_schema(connection: &mut SqliteConnection, file: &Path) -> Result<u32, StoreError> {
    let application = pragma(connection, "PRAGMA application_id").await?;
    let schema = pragma(connection, "PRAGMA user_version").await?;
    let things = pragma(connection, "SELECT count(*) FROM sqlite_schema").await?;
    if application != APPLICATION && (application, schema, things) != (0, 0, 0) {
        return Err(StoreError::Foreign { path: path_of(file) });
    }
    match u32::try_from(schema) {
        Ok(found) if found <= KNOWN => Ok(found),
        Ok(found) => Err(StoreError::Newer { path: path_of(file), found, known: KNOWN }),
        Err(_) => Err(StoreError::Foreign { path: path_of(file) }),
    }
}

async fn pragma(connection: &mut SqliteConnection, question: &'static str) -> Result<i64, StoreError> {
    let failed = failed("read the schema of the records");
    let row = sqlx::query(question).fetch_one(connection).await.map_err(&failed)?;
    row.try_get(0).map_err(&failed)
}

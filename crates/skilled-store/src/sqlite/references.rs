//! Counting what refers to content.

use std::collections::HashSet;

use skilled_message::UnixMillis;
use sqlx::{QueryBuilder, SqliteConnection};

use super::list::check_limit;
use super::value::{get, int};
use super::{SqliteRecords, failed};
use crate::{Answer, MAX_PAGE, ObjectKind, References, StoreError};

fn name(kind: ObjectKind) -> &'static str {
    match kind {
        ObjectKind::Blob => "blob",
        ObjectKind::Tree => "tree",
    }
}

/// Counts one reference more.
pub(super) async fn refer(
    connection: &mut SqliteConnection,
    kind: ObjectKind,
    digest: &str,
) -> Result<(), StoreError> {
    let sql = "INSERT INTO objects (kind, digest, refs, unreferenced_since) VALUES ($1, $2, 1, NULL) \
               ON CONFLICT (kind, digest) DO UPDATE SET refs = refs + 1, unreferenced_since = NULL";
    let counted = sqlx::query(sql).bind(name(kind)).bind(digest).execute(connection).await;
    counted.map_err(failed("count a reference"))?;
    Ok(())
}

/// Counts one reference less.
pub(super) async fn release(
    connection: &mut SqliteConnection,
    kind: ObjectKind,
    digest: &str,
    now: UnixMillis,
) -> Result<(), StoreError> {
    let sql = "UPDATE objects SET refs = refs - 1, unreferenced_since = CASE WHEN refs = 1 THEN $3 END \
               WHERE kind = $1 AND digest = $2";
    let counted = sqlx::query(sql).bind(name(kind)).bind(digest).bind(int(now)).execute(connection).await;
    counted.map_err(failed("count a reference"))?;
    Ok(())
}

impl References for SqliteRecords {
    fn unreferenced<'a>(
        &'a self,
        kind: ObjectKind,
        before: UnixMillis,
        after: Option<&'a str>,
        limit: u32,
    ) -> Answer<'a, Vec<String>> {
        Box::pin(async move {
            check_limit(limit)?;
            let sql = "SELECT digest FROM objects WHERE kind = $1 AND digest > $2 AND refs = 0 \
                       AND unreferenced_since < $3 ORDER BY digest LIMIT $4";
            let rows = sqlx::query(sql).bind(name(kind)).bind(after.unwrap_or("")).bind(int(before));
            let rows = rows.bind(i64::from(limit)).fetch_all(&mut *self.reader().await?).await;
            let rows = rows.map_err(failed("read which content nothing refers to"))?;
            rows.iter().map(|row| get(row, "digest")).collect()
        })
    }

    fn referenced<'a>(
        &'a self,
        kind: ObjectKind,
        after: Option<&'a str>,
        limit: u32,
    ) -> Answer<'a, Vec<String>> {
        Box::pin(async move { referenced(&mut *self.reader().await?, kind, after, limit).await })
    }

    fn unknown<'a>(&'a self, kind: ObjectKind, digests: &'a [String]) -> Answer<'a, Vec<String>> {
        Box::pin(async move {
            check_count(digests)?;
            if digests.is_empty() {
                return Ok(Vec::new());
            }
            let mut sql = QueryBuilder::new("SELECT digest FROM objects WHERE kind = ");
            sql.push_bind(name(kind)).push(" AND digest IN (");
            let mut list = sql.separated(", ");
            for digest in digests {
                list.push_bind(digest.as_str());
            }
            sql.push(")");
            let rows = sql.build().fetch_all(&mut *self.reader().await?).await;
            let rows = rows.map_err(failed("read which content is referred to"))?;
            let known = rows.iter().map(|row| get(row, "digest"));
            let known = known.collect::<Result<HashSet<String>, _>>()?;
            Ok(digests.iter().filter(|digest| !known.contains(*digest)).cloned().collect())
        })
    }

    fn forget<'a>(&'a self, kind: ObjectKind, digests: &'a [String]) -> Answer<'a, ()> {
        let digests = digests.to_vec();
        Box::pin(async move {
            check_count(&digests)?;
            if digests.is_empty() {
                return Ok(());
            }
            self.write(Box::new(move |connection| {
                Box::pin(async move {
                    let sql = "DELETE FROM objects WHERE kind = $1 AND digest = $2 AND refs = 0";
                    for digest in &digests {
                        let forgotten = sqlx::query(sql).bind(name(kind)).bind(digest.as_str());
                        forgotten.execute(&mut *connection).await.map_err(failed("forget content"))?;
                    }
                    Ok(())
                })
            }))
            .await
        })
    }
}

/// The digests that something refers to, in their order.
pub(super) async fn referenced(
    connection: &mut SqliteConnection,
    kind: ObjectKind,
    after: Option<&str>,
    limit: u32,
) -> Result<Vec<String>, StoreError> {
    check_limit(limit)?;
    let sql =
        "SELECT digest FROM objects WHERE kind = $1 AND digest > $2 AND refs > 0 ORDER BY digest LIMIT $3";
    let rows = sqlx::query(sql).bind(name(kind)).bind(after.unwrap_or("")).bind(i64::from(limit));
    let rows = rows.fetch_all(connection).await.map_err(failed("read which content is referred to"))?;
    rows.iter().map(|row| get(row, "digest")).collect()
}

fn check_count(digests: &[String]) -> Result<(), StoreError> {
    let (given, limit) = (digests.len() as u64, u64::from(MAX_PAGE));
    if given > limit { Err(StoreError::BadCount { given, limit }) } else { Ok(()) }
}

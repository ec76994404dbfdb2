//! Keeping batches, and giving their contents out and up.

use std::collections::HashSet;

use futures_util::TryStreamExt;
use skilled_message::UnixMillis;
use sqlx::SqliteConnection;

use super::{OUTCOMES, require};
use crate::sqlite::list::check_limit;
use crate::sqlite::value::{exists, get, int, number};
use crate::sqlite::{SqliteRecords, failed};
use crate::{BatchRecord, BatchResult, BatchStatus, MAX_BATCH_REQUESTS, NewBatchRequest, Noun, StoreError};

/// A step of a new batch has at most so many requests, and is closed when it has so many bytes: other writers come in between.
const STEP_REQUESTS: usize = 500;
const STEP_BYTES: usize = 2 << 20;
/// How many bytes of results are read at once.
const RESULT_BYTES: usize = 4 << 20;

impl SqliteRecords {
    /// Keeps a batch in steps. Nobody sees it before the last one; a killed process leaves steps that [`clear_unfinished`]
    /// removes.
    pub(super) async fn keep_batch(
        &self,
        batch: BatchRecord,
        requests: Vec<NewBatchRequest>,
    ) -> Result<BatchRecord, StoreError> {
        let given = requests.len();
        if !(1..=MAX_BATCH_REQUESTS).contains(&given) {
            return Err(StoreError::BadCount { given: given as u64, limit: MAX_BATCH_REQUESTS as u64 });
        }
        let mut seen = HashSet::new();
        if let Some(twice) = requests.iter().find(|request| !seen.insert(request.custom_id.as_str())) {
            return Err(StoreError::DuplicateCustomId { custom_id: twice.custom_id.clone() });
        }
        drop(seen);
        let (id, workspace) = (batch.id.clone(), batch.workspace.clone());
        self.write(Box::new(move |connection| Box::pin(stage(connection, batch, given)))).await?;
        let kept = self.keep_requests(&id, requests).await;
        let showing = id.clone();
        let shown = match kept {
            Ok(()) => {
                self.write(Box::new(move |connection| {
                    Box::pin(async move { show(connection, &workspace, &showing).await })
                }))
                .await
            }
            Err(error) => Err(error),
        };
        if shown.is_err() {
            // If this fails as well, the next start does it.
            let _ = self
                .write(Box::new(move |connection| Box::pin(async move { remove(connection, &id).await })))
                .await;
        }
        shown
    }

    async fn keep_requests(&self, id: &str, requests: Vec<NewBatchRequest>) -> Result<(), StoreError> {
        let mut requests = requests.into_iter().zip(0_i64..).peekable();
        while requests.peek().is_some() {
            let (mut step, mut bytes) = (Vec::new(), 0);
            while let Some((request, position)) =
                requests.next_if(|_| step.len() < STEP_REQUESTS && bytes < STEP_BYTES)
            {
                bytes += request.params.len();
                step.push((request, position));
            }
            let id = id.to_owned();
            self.write(Box::new(move |connection| {
                Box::pin(async move { insert(connection, &id, step).await })
            }))
            .await?;
        }
        Ok(())
    }
}

async fn stage(
    connection: &mut SqliteConnection,
    batch: BatchRecord,
    requests: usize,
) -> Result<(), StoreError> {
    let sql = "INSERT INTO batches (id, workspace, key_id, created_at, expires_at, status, processing, succeeded, \
               errored, canceled, expired, staged) VALUES ($1, $2, $3, $4, $5, 'in_progress', $6, 0, 0, 0, 0, 1)";
    let clash = exists(Noun::Batch, &batch.id);
    let kept = sqlx::query(sql).bind(batch.id).bind(batch.workspace).bind(batch.key);
    let kept = kept.bind(int(batch.created_at)).bind(int(batch.expires_at)).bind(int(requests as u64));
    kept.execute(connection).await.map_err(clash)?;
    Ok(())
}

async fn insert(
    connection: &mut SqliteConnection,
    id: &str,
    requests: Vec<(NewBatchRequest, i64)>,
) -> Result<(), StoreError> {
    let sql = "INSERT INTO batch_requests (batch_id, position, custom_id, params, state, attempts) \
               VALUES ($1, $2, $3, $4, 0, 0)";
    for (NewBatchRequest { custom_id, params }, position) in requests {
        let kept = sqlx::query(sql).bind(id).bind(position).bind(custom_id).bind(params);
        kept.execute(&mut *connection).await.map_err(failed("keep the requests of a batch"))?;
    }
    Ok(())
}

async fn show(
    connection: &mut SqliteConnection,
    workspace: &str,
    id: &str,
) -> Result<BatchRecord, StoreError> {
    let shown = sqlx::query("UPDATE batches SET staged = 0 WHERE id = $1").bind(id);
    shown.execute(&mut *connection).await.map_err(failed("keep a batch"))?;
    require(connection, workspace, id).await
}

async fn remove(connection: &mut SqliteConnection, id: &str) -> Result<(), StoreError> {
    for sql in ["DELETE FROM batch_requests WHERE batch_id = $1", "DELETE FROM batches WHERE id = $1"] {
        let removed = sqlx::query(sql).bind(id).execute(&mut *connection).await;
        removed.map_err(failed("delete a batch"))?;
    }
    Ok(())
}

/// Removes the batches that a killed process had not kept completely.
pub(in crate::sqlite) async fn clear_unfinished(connection: &mut SqliteConnection) -> Result<(), StoreError> {
    let staged = sqlx::query("SELECT id FROM batches WHERE status <> 'ended' AND staged = 1");
    let staged = staged.fetch_all(&mut *connection).await.map_err(failed("look for unfinished batches"))?;
    for row in &staged {
        // Either order of the two is harmless: it stays unseen until both are done.
        remove(connection, get(row, "id")?).await?;
    }
    Ok(())
}

pub(super) async fn results(
    connection: &mut SqliteConnection,
    id: &str,
    after: Option<u32>,
    limit: u32,
) -> Result<Vec<BatchResult>, StoreError> {
    check_limit(limit)?;
    let sql = "SELECT position, custom_id, state, result FROM batch_requests \
               WHERE batch_id = $1 AND position > $2 ORDER BY position LIMIT $3";
    let rows = sqlx::query(sql).bind(id).bind(after.map_or(-1, i64::from)).bind(i64::from(limit));
    let mut rows = rows.fetch(connection);
    let (mut results, mut bytes) = (Vec::new(), 0);
    while bytes < RESULT_BYTES
        && let Some(row) = rows.try_next().await.map_err(failed("read the results of a batch"))?
    {
        let state: i64 = get(&row, "state")?;
        let outcome = OUTCOMES.into_iter().find(|(number, _)| *number == state);
        let (what, column) = (Noun::BatchRequest, "state");
        let (_, outcome) =
            outcome.ok_or_else(|| StoreError::Damaged { what, column, value: state.to_string() })?;
        let result: Option<String> = get(&row, "result")?;
        bytes += result.as_ref().map_or(0, String::len);
        let position = u32::try_from(number(&row, "position")?).unwrap_or(u32::MAX);
        results.push(BatchResult { position, custom_id: get(&row, "custom_id")?, outcome, result });
    }
    Ok(results)
}

pub(super) async fn archive(
    connection: &mut SqliteConnection,
    before: UnixMillis,
    now: UnixMillis,
    limit: u32,
) -> Result<u64, StoreError> {
    let failed = failed("give up the results of old batches");
    let sql = "UPDATE batches SET archived_at = $2 WHERE id IN \
               (SELECT id FROM batches WHERE archived_at IS NULL AND ended_at < $1 ORDER BY ended_at LIMIT $3) \
               RETURNING id";
    let due = sqlx::query(sql).bind(int(before)).bind(int(now)).bind(i64::from(limit));
    let due = due.fetch_all(&mut *connection).await.map_err(&failed)?;
    for row in &due {
        let given_up = sqlx::query("DELETE FROM batch_requests WHERE batch_id = $1");
        given_up.bind(get::<&str>(row, "id")?).execute(&mut *connection).await.map_err(&failed)?;
    }
    Ok(due.len() as u64)
}

pub(super) async fn delete(
    connection: &mut SqliteConnection,
    workspace: &str,
    id: &str,
) -> Result<(), StoreError> {
    match require(connection, workspace, id).await?.status {
        BatchStatus::Ended => remove(connection, id).await,
        BatchStatus::InProgress | BatchStatus::Canceling => {
            Err(StoreError::NotEnded { batch: id.to_owned() })
        }
    }
}

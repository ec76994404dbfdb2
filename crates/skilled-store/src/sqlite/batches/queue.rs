//! Who runs what, and what came of it.

use std::ops::Range;

use skilled_message::UnixMillis;
use sqlx::SqliteConnection;

use super::{require, state_number};
use crate::sqlite::failed;
use crate::sqlite::list::check_limit;
use crate::sqlite::value::{get, int, number};
use crate::{BatchOutcome, BatchRecord, BatchStatus, ClaimedRequest, Finished, Noun, StoreError};

/// Moves requests of a batch from `processing` to where they ended ($2 is the state, $3 how many), and ends the batch with the
/// last one.
const COUNT: &str = "\
UPDATE batches SET \
    processing = processing - $3, \
    succeeded = succeeded + CASE WHEN $2 = 2 THEN $3 ELSE 0 END, \
    errored = errored + CASE WHEN $2 = 3 THEN $3 ELSE 0 END, \
    canceled = canceled + CASE WHEN $2 = 4 THEN $3 ELSE 0 END, \
    expired = expired + CASE WHEN $2 = 5 THEN $3 ELSE 0 END, \
    status = CASE WHEN processing = $3 THEN 'ended' ELSE status END, \
    ended_at = CASE WHEN processing = $3 THEN $4 ELSE ended_at END \
WHERE id = $1 RETURNING processing";

/// Claims for `holder` from the start of `lease`, which is now, to its end.
pub(super) async fn claim(
    connection: &mut SqliteConnection,
    holder: &str,
    lease: Range<UnixMillis>,
    limit: u32,
) -> Result<Vec<ClaimedRequest>, StoreError> {
    check_limit(limit)?;
    let failed = failed("claim requests of batches");
    let sql = "SELECT b.workspace, b.key_id, r.batch_id, r.position, r.custom_id, r.params, r.attempts + 1 AS attempts \
               FROM batches b CROSS JOIN batch_requests r ON r.batch_id = b.id \
               WHERE b.status <> 'ended' AND b.status = 'in_progress' AND b.staged = 0 AND b.expires_at > $1 \
               AND r.state < 2 AND (r.state = 0 OR r.lease_until <= $1) \
               ORDER BY b.created_at, b.id, r.position LIMIT $2";
    let rows = sqlx::query(sql).bind(int(lease.start)).bind(i64::from(limit));
    let rows = rows.fetch_all(&mut *connection).await.map_err(&failed)?;
    let mut claimed = Vec::with_capacity(rows.len());
    for row in &rows {
        let request = ClaimedRequest {
            workspace: get(row, "workspace")?,
            key: get(row, "key_id")?,
            batch_id: get(row, "batch_id")?,
            position: u32::try_from(number(row, "position")?).unwrap_or(u32::MAX),
            custom_id: get(row, "custom_id")?,
            params: get(row, "params")?,
            attempts: u32::try_from(number(row, "attempts")?).unwrap_or(u32::MAX),
        };
        let sql = "UPDATE batch_requests SET state = 1, holder = $3, lease_until = $4, attempts = attempts + 1 \
                   WHERE batch_id = $1 AND position = $2";
        let taken = sqlx::query(sql).bind(&request.batch_id).bind(i64::from(request.position));
        let taken = taken.bind(holder).bind(int(lease.end)).execute(&mut *connection).await;
        taken.map_err(&failed)?;
        claimed.push(request);
    }
    Ok(claimed)
}

pub(super) async fn renew(
    connection: &mut SqliteConnection,
    (batch, position): (&str, u32),
    holder: &str,
    lease_until: UnixMillis,
) -> Result<(), StoreError> {
    let sql = "UPDATE batch_requests SET lease_until = $4 \
               WHERE batch_id = $1 AND position = $2 AND holder = $3 AND state = 1 \
               AND EXISTS (SELECT 1 FROM batches WHERE id = $1 AND status = 'in_progress')";
    let held = sqlx::query(sql).bind(batch).bind(i64::from(position)).bind(holder).bind(int(lease_until));
    let held = held.execute(connection).await.map_err(failed("go on with a request of a batch"))?;
    if held.rows_affected() == 0 {
        let (what, id) = (Noun::BatchRequest, format!("{batch}/{position}"));
        return Err(StoreError::NotHeld { what, id, holder: holder.to_owned() });
    }
    Ok(())
}

pub(super) async fn give_back(
    connection: &mut SqliteConnection,
    (batch, position): (&str, u32),
    holder: &str,
) -> Result<(), StoreError> {
    let sql = "UPDATE batch_requests SET state = 0, holder = NULL, lease_until = NULL \
               WHERE batch_id = $1 AND position = $2 AND holder = $3 AND state = 1";
    let given_back = sqlx::query(sql).bind(batch).bind(i64::from(position)).bind(holder);
    given_back.execute(connection).await.map_err(failed("give a request of a batch back"))?;
    Ok(())
}

pub(super) async fn finish(
    connection: &mut SqliteConnection,
    (batch, position): (&str, u32),
    outcome: BatchOutcome,
    result: Option<String>,
    now: UnixMillis,
) -> Result<Finished, StoreError> {
    // The request itself is needed no more.
    let sql = "UPDATE batch_requests SET state = $3, result = $4, params = '', holder = NULL, lease_until = NULL \
               WHERE batch_id = $1 AND position = $2 AND state < 2";
    let kept = sqlx::query(sql).bind(batch).bind(i64::from(position)).bind(state_number(outcome));
    let kept = kept.bind(result).execute(&mut *connection).await;
    if kept.map_err(failed("keep a result of a batch"))?.rows_affected() == 0 {
        return Ok(Finished::TooLate);
    }
    let left = count(connection, batch, outcome, 1, now).await?;
    Ok(if left == 0 { Finished::KeptAndEnded } else { Finished::Kept })
}

pub(super) async fn cancel(
    connection: &mut SqliteConnection,
    workspace: &str,
    id: &str,
    now: UnixMillis,
) -> Result<BatchRecord, StoreError> {
    let batch = require(connection, workspace, id).await?;
    match batch.status {
        BatchStatus::Ended => return Err(StoreError::Ended { batch: batch.id }),
        BatchStatus::Canceling => return Ok(batch),
        BatchStatus::InProgress => {}
    }
    let sql = "UPDATE batches SET status = 'canceling', cancel_initiated_at = $2 WHERE id = $1";
    let changed = sqlx::query(sql).bind(id).bind(int(now)).execute(&mut *connection).await;
    changed.map_err(failed("cancel a batch"))?;
    end_idle(connection, id, BatchOutcome::Canceled, now).await?;
    require(connection, workspace, id).await
}

pub(super) async fn sweep(connection: &mut SqliteConnection, now: UnixMillis) -> Result<u64, StoreError> {
    let open = "SELECT id, expires_at <= $1 AS over FROM batches \
                WHERE status <> 'ended' AND staged = 0 AND (expires_at <= $1 OR status = 'canceling') \
                ORDER BY created_at, id";
    let open = sqlx::query(open).bind(int(now)).fetch_all(&mut *connection).await;
    let open = open.map_err(failed("look for batches whose time is over"))?;
    let mut ended = 0;
    for row in &open {
        let id: &str = get(row, "id")?;
        let left = if get(row, "over")? {
            // What is being run is too late as well.
            let sql = "UPDATE batch_requests SET state = 5, params = '', holder = NULL, lease_until = NULL \
                       WHERE batch_id = $1 AND state < 2";
            let expired = sqlx::query(sql).bind(id).execute(&mut *connection).await;
            let expired = expired.map_err(failed("end a batch whose time is over"))?.rows_affected();
            count(connection, id, BatchOutcome::Expired, expired, now).await?
        } else {
            end_idle(connection, id, BatchOutcome::Canceled, now).await?
        };
        ended += u64::from(left == 0);
    }
    Ok(ended)
}

/// Finishes the requests of a batch that nobody runs; returns how many are left.
async fn end_idle(
    connection: &mut SqliteConnection,
    batch: &str,
    outcome: BatchOutcome,
    now: UnixMillis,
) -> Result<u64, StoreError> {
    let sql = "UPDATE batch_requests SET state = $2, params = '', holder = NULL, lease_until = NULL \
               WHERE batch_id = $1 AND state < 2 AND (state = 0 OR lease_until <= $3)";
    let ended = sqlx::query(sql).bind(batch).bind(state_number(outcome)).bind(int(now));
    let ended = ended.execute(&mut *connection).await.map_err(failed("end requests of a batch"))?;
    count(connection, batch, outcome, ended.rows_affected(), now).await
}

/// Counts finished requests; returns how many of the batch are left.
async fn count(
    connection: &mut SqliteConnection,
    batch: &str,
    outcome: BatchOutcome,
    requests: u64,
    now: UnixMillis,
) -> Result<u64, StoreError> {
    let left = sqlx::query(COUNT).bind(batch).bind(state_number(outcome)).bind(int(requests)).bind(int(now));
    let left = left.fetch_one(connection).await.map_err(failed("count the requests of a batch"))?;
    number(&left, "processing")
}

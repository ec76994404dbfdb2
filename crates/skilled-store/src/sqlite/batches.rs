//! Batches.

mod keep;
mod queue;

use skilled_message::UnixMillis;
use sqlx::SqliteConnection;
use sqlx::sqlite::SqliteRow;

use super::list::List;
use super::value::{get, not_found, number, optional_number, parsed};
use super::{SqliteRecords, failed};
use crate::{
    Answer, BatchCounts, BatchOutcome, BatchRecord, BatchResult, BatchStatus, Batches, ClaimedRequest,
    Finished, NewBatchRequest, Noun, Page, PageQuery, StoreError,
};

pub(super) use keep::clear_unfinished;

const STATUSES: [BatchStatus; 3] = [BatchStatus::InProgress, BatchStatus::Canceling, BatchStatus::Ended];

fn status_name(status: BatchStatus) -> &'static str {
    match status {
        BatchStatus::InProgress => "in_progress",
        BatchStatus::Canceling => "canceling",
        BatchStatus::Ended => "ended",
    }
}

/// The numbers that stand for what a request ended with; 0 waits and 1 is being run.
const OUTCOMES: [(i64, BatchOutcome); 4] = [
    (2, BatchOutcome::Succeeded),
    (3, BatchOutcome::Errored),
    (4, BatchOutcome::Canceled),
    (5, BatchOutcome::Expired),
];

fn state_number(outcome: BatchOutcome) -> i64 {
    match outcome {
        BatchOutcome::Succeeded => 2,
        BatchOutcome::Errored => 3,
        BatchOutcome::Canceled => 4,
        BatchOutcome::Expired => 5,
    }
}

fn batch(row: &SqliteRow) -> Result<BatchRecord, StoreError> {
    Ok(BatchRecord {
        id: get(row, "id")?,
        workspace: get(row, "workspace")?,
        key: get(row, "key_id")?,
        created_at: number(row, "created_at")?,
        expires_at: number(row, "expires_at")?,
        status: parsed(row, Noun::Batch, "status", |text| {
            STATUSES.into_iter().find(|status| status_name(*status) == text)
        })?,
        cancel_initiated_at: optional_number(row, "cancel_initiated_at")?,
        ended_at: optional_number(row, "ended_at")?,
        archived_at: optional_number(row, "archived_at")?,
        counts: BatchCounts {
            processing: number(row, "processing")?,
            succeeded: number(row, "succeeded")?,
            errored: number(row, "errored")?,
            canceled: number(row, "canceled")?,
            expired: number(row, "expired")?,
        },
    })
}

async fn find(
    connection: &mut SqliteConnection,
    workspace: &str,
    id: &str,
) -> Result<Option<BatchRecord>, StoreError> {
    let found = sqlx::query("SELECT * FROM batches WHERE workspace = $1 AND id = $2 AND staged = 0");
    let found = found.bind(workspace).bind(id).fetch_optional(connection).await;
    found.map_err(failed("look for a batch"))?.as_ref().map(batch).transpose()
}

async fn require(
    connection: &mut SqliteConnection,
    workspace: &str,
    id: &str,
) -> Result<BatchRecord, StoreError> {
    find(connection, workspace, id).await?.ok_or_else(|| not_found(Noun::Batch, id))
}

impl Batches for SqliteRecords {
    fn create_batch(&self, batch: BatchRecord, requests: Vec<NewBatchRequest>) -> Answer<'_, BatchRecord> {
        Box::pin(self.keep_batch(batch, requests))
    }

    fn batch<'a>(&'a self, workspace: &'a str, id: &'a str) -> Answer<'a, Option<BatchRecord>> {
        Box::pin(async move { find(&mut *self.reader().await?, workspace, id).await })
    }

    fn batches<'a>(&'a self, workspace: &'a str, query: PageQuery) -> Answer<'a, Page<BatchRecord>> {
        Box::pin(async move {
            let list = List {
                name: "batches",
                owner: workspace,
                what: Noun::Batch,
                select: "SELECT * FROM batches WHERE staged = 0",
                key: "created_at",
                id: "id",
                equal: vec![("workspace", workspace)],
            };
            list.page(&mut *self.reader().await?, query, batch).await
        })
    }

    fn claim_requests<'a>(
        &'a self,
        holder: &'a str,
        now: UnixMillis,
        lease_until: UnixMillis,
        limit: u32,
    ) -> Answer<'a, Vec<ClaimedRequest>> {
        let holder = holder.to_owned();
        Box::pin(self.write(Box::new(move |connection| {
            Box::pin(async move { queue::claim(connection, &holder, now..lease_until, limit).await })
        })))
    }

    fn renew_request<'a>(
        &'a self,
        batch: &'a str,
        position: u32,
        holder: &'a str,
        lease_until: UnixMillis,
    ) -> Answer<'a, ()> {
        let (batch, holder) = (batch.to_owned(), holder.to_owned());
        Box::pin(self.write(Box::new(move |connection| {
            Box::pin(async move { queue::renew(connection, (&batch, position), &holder, lease_until).await })
        })))
    }

    fn return_request<'a>(&'a self, batch: &'a str, position: u32, holder: &'a str) -> Answer<'a, ()> {
        let (batch, holder) = (batch.to_owned(), holder.to_owned());
        Box::pin(self.write(Box::new(move |connection| {
            Box::pin(async move { queue::give_back(connection, (&batch, position), &holder).await })
        })))
    }

    fn finish_request<'a>(
        &'a self,
        batch: &'a str,
        position: u32,
        outcome: BatchOutcome,
        result: Option<String>,
        now: UnixMillis,
    ) -> Answer<'a, Finished> {
        let batch = batch.to_owned();
        Box::pin(self.write(Box::new(move |connection| {
            Box::pin(async move { queue::finish(connection, (&batch, position), outcome, result, now).await })
        })))
    }

    fn cancel_batch<'a>(
        &'a self,
        workspace: &'a str,
        id: &'a str,
        now: UnixMillis,
    ) -> Answer<'a, BatchRecord> {
        let (workspace, id) = (workspace.to_owned(), id.to_owned());
        Box::pin(self.write(Box::new(move |connection| {
            Box::pin(async move { queue::cancel(connection, &workspace, &id, now).await })
        })))
    }

    fn sweep_batches(&self, now: UnixMillis) -> Answer<'_, u64> {
        Box::pin(self.write(Box::new(move |connection| Box::pin(queue::sweep(connection, now)))))
    }

    fn batch_results<'a>(
        &'a self,
        workspace: &'a str,
        id: &'a str,
        after: Option<u32>,
        limit: u32,
    ) -> Answer<'a, Vec<BatchResult>> {
        Box::pin(async move {
            let mut reader = self.reader().await?;
            let batch = require(&mut reader, workspace, id).await?;
            match batch.status {
                BatchStatus::Ended => keep::results(&mut reader, id, after, limit).await,
                BatchStatus::InProgress | BatchStatus::Canceling => Ok(Vec::new()),
            }
        })
    }

    fn archive_batches(&self, before: UnixMillis, now: UnixMillis, limit: u32) -> Answer<'_, u64> {
        Box::pin(
            self.write(Box::new(move |connection| Box::pin(keep::archive(connection, before, now, limit)))),
        )
    }

    fn delete_batch<'a>(&'a self, workspace: &'a str, id: &'a str) -> Answer<'a, ()> {
        let (workspace, id) = (workspace.to_owned(), id.to_owned());
        Box::pin(self.write(Box::new(move |connection| {
            Box::pin(async move { keep::delete(connection, &workspace, &id).await })
        })))
    }
}

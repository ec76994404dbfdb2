//! `POST /v1/messages/batches`: a batch, kept before it is acknowledged.

use std::io::{Read as _, Seek as _};

use axum::extract::{Request, State};
use bytes::Bytes;
use skilled_message::UnixMillis;
use skilled_store::{BatchCounts, BatchRecord, BatchStatus, NewBatchRequest};
use skilled_wire::{Batch, BatchId, CreateBatch};
use tokio::fs::File;
use tokio::io::AsyncWriteExt as _;

use super::{Base, fault, object};
use crate::body::IncomingBody;
use crate::query::Query;
use crate::reply::{Answer, Reply};
use crate::{AppState, Client, Fault};

/// How long requests may wait for their answers.
const LIFETIME: UnixMillis = 24 * 60 * 60 * 1000;
/// The largest body that is kept in memory while it comes.
const SMALL: usize = 1 << 20;

/// A body that came.
enum Received {
    Small(Vec<u8>),
    /// In a file without a name.
    Large(File),
}

pub(super) async fn create(
    State(app): State<AppState>,
    client: Client,
    base: Base,
    request: Request,
) -> Answer<Batch> {
    Query::read(request.uri().query(), &[])?;
    let (parts, body) = request.into_parts();
    let limit = app.config.limits.batch_bytes;
    let too_large = format!("Request exceeds the maximum size of {limit} bytes.");
    let body = receive(&app, IncomingBody::new(&app, &parts.headers, body, limit, too_large)?).await?;
    // Were the client to go away now, a part of the batch would stay behind: it is kept whole or not at all.
    let keeping = tokio::spawn(keep(app, client, body));
    let kept = keeping.await.map_err(|error| Fault::internal(&error))??;
    Ok(Reply(object(&kept, &base)))
}

/// Takes the body, of which only a part is in memory, however slowly it comes.
async fn receive(app: &AppState, mut body: IncomingBody) -> Result<Received, Fault> {
    let failed = |error: std::io::Error| Fault::internal(&error);
    let mut small = Vec::new();
    while let Some(piece) = body.next().await? {
        if small.len() + piece.len() <= SMALL {
            small.extend_from_slice(&piece);
            continue;
        }
        let mut file = File::from_std(tempfile::tempfile_in(&app.scratch).map_err(failed)?);
        file.write_all(&small).await.map_err(failed)?;
        drop(std::mem::take(&mut small));
        let mut next: Option<Bytes> = Some(piece);
        while let Some(piece) = next {
            file.write_all(&piece).await.map_err(failed)?;
            next = body.next().await?;
        }
        file.flush().await.map_err(failed)?;
        return Ok(Received::Large(file));
    }
    Ok(Received::Small(small))
}

async fn keep(app: AppState, client: Client, body: Received) -> Result<BatchRecord, Fault> {
    let _turn = match &body {
        Received::Small(_) => None,
        Received::Large(_) => {
            Some(app.batches.large.acquire().await.map_err(|error| Fault::internal(&error))?)
        }
    };
    let head = super::answer::head(&client)?;
    let requests = match body {
        Received::Small(bytes) => read(&bytes, &head)?,
        Received::Large(file) => {
            let mut file = file.into_std().await;
            let reading = tokio::task::spawn_blocking(move || {
                let failed = |error: std::io::Error| Fault::internal(&error);
                let length = file.stream_position().map_err(failed)?;
                file.rewind().map_err(failed)?;
                let mut bytes = Vec::with_capacity(usize::try_from(length).unwrap_or(0));
                file.read_to_end(&mut bytes).map_err(failed)?;
                read(&bytes, &head)
            });
            reading.await.map_err(|error| Fault::internal(&error))??
        }
    };
    let now = app.now();
    let batch = BatchRecord {
        id: BatchId::new(now).to_string(),
        workspace: client.workspace.to_string(),
        key: client.key.to_string(),
        created_at: now,
        expires_at: now.saturating_add(LIFETIME),
        status: BatchStatus::InProgress,
        cancel_initiated_at: None,
        ended_at: None,
        archived_at: None,
        counts: BatchCounts::default(),
    };
    let kept = app.records.create_batch(batch, requests).await.map_err(fault)?;
    app.batches.added.notify_one();
    Ok(kept)
}

/// Reads the requests of a body, as they are kept.
fn read(body: &[u8], head: &str) -> Result<Vec<NewBatchRequest>, Fault> {
    let batch = CreateBatch::parse(body).map_err(|error| Fault::invalid(error.to_string()))?;
    let kept = batch.requests.into_iter().map(|entry| NewBatchRequest {
        params: super::answer::wrapped(head, &entry.params),
        custom_id: entry.custom_id,
    });
    Ok(kept.collect())
}

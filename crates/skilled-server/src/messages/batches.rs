//! `/v1/messages/batches`: requests that are answered when there is time.
//!
//! A batch is a queue in the records. [`work()`] claims requests of it, a few at once, and answers them as `POST /v1/messages`
//! does. A claim is a lease: what a killed server was answering is claimed again when its lease runs out, about a minute later.
//! So a request may be sent to the model twice, but it has one result, the first that was kept.

mod answer;
mod create;
mod results;
mod work;

use axum::Router;
use axum::extract::{FromRequestParts, Path, Request, State};
use axum::http::header;
use axum::http::request::Parts;
use axum::http::uri::Authority;
use axum::routing::{get, post};
use skilled_store::{BatchRecord, BatchStatus, Noun, PageQuery, StoreError};
use skilled_wire::{Batch, BatchCounts, DeletedBatch, List, Time, types};
use tokio::sync::{Notify, Semaphore, watch};

use crate::auth::text;
use crate::peer::Peer;
use crate::query::{Query, next_page, shown};
use crate::reply::{Answer, Reply};
use crate::{AppState, Client, Fault};

pub(crate) use work::work;

/// The routes.
pub(super) fn router() -> Router<AppState> {
    Router::new()
        .route("/v1/messages/batches", post(create::create).get(list))
        .route("/v1/messages/batches/{batch}", get(retrieve).delete(delete))
        .route("/v1/messages/batches/{batch}/cancel", post(cancel))
        .route("/v1/messages/batches/{batch}/results", get(results::results))
}

/// What passes between requests about batches and those who answer them.
#[derive(Debug)]
pub(crate) struct Desk {
    /// There is something to claim.
    added: Notify,
    /// Claims may have ended early.
    ended: watch::Sender<()>,
    /// Large batches are read one after the other: each takes its size in memory twice.
    large: Semaphore,
}

impl Default for Desk {
    fn default() -> Self {
        Self { added: Notify::new(), ended: watch::Sender::new(()), large: Semaphore::new(1) }
    }
}

/// Where the client reaches this server: `https://skilled.example.com`. Empty when nobody says it; addresses are relative then.
struct Base(String);

impl FromRequestParts<AppState> for Base {
    type Rejection = Fault;

    async fn from_request_parts(parts: &mut Parts, app: &AppState) -> Result<Self, Fault> {
        if let Some(url) = &app.config.public_url {
            return Ok(Self(url.trim_end_matches('/').to_owned()));
        }
        let named = || text(&parts.headers, header::HOST.as_str())?.parse::<Authority>().ok();
        let host = parts.uri.authority().cloned().or_else(named).filter(|host| !host.as_str().contains('@'));
        let is_tls = parts.extensions.get::<Peer>().is_some_and(|peer| peer.is_tls);
        let scheme = if is_tls { "https" } else { "http" };
        Ok(Self(host.map(|host| format!("{scheme}://{host}")).unwrap_or_default()))
    }
}

async fn list(
    State(app): State<AppState>,
    client: Client,
    base: Base,
    request: Request,
) -> Answer<List<Batch>> {
    let query = Query::read(request.uri().query(), &["limit", "page", "after_id", "before_id"])?;
    let wanted = PageQuery::newest(query.limit()?).from(query.start()?);
    let page = app.records.batches(&client.workspace, wanted).await.map_err(fault)?;
    let data = page.items.iter().map(|batch| object(batch, &base)).collect();
    let mut list = List::new(data, next_page(page.next), |batch: &Batch| &batch.id);
    // Read backwards, there may be more before the page.
    list.has_more = page.has_more;
    Ok(Reply(list))
}

async fn retrieve(
    State(app): State<AppState>,
    client: Client,
    base: Base,
    Path(id): Path<String>,
    request: Request,
) -> Answer<Batch> {
    Query::read(request.uri().query(), &[])?;
    let found = app.records.batch(&client.workspace, &id).await?;
    found.map(|batch| Reply(object(&batch, &base))).ok_or_else(|| no_batch(&id))
}

async fn cancel(
    State(app): State<AppState>,
    client: Client,
    base: Base,
    Path(id): Path<String>,
    request: Request,
) -> Answer<Batch> {
    Query::read(request.uri().query(), &[])?;
    let canceled = app.records.cancel_batch(&client.workspace, &id, app.now()).await.map_err(fault)?;
    app.batches.ended.send_replace(());
    Ok(Reply(object(&canceled, &base)))
}

async fn delete(
    State(app): State<AppState>,
    client: Client,
    Path(id): Path<String>,
    request: Request,
) -> Answer<DeletedBatch> {
    Query::read(request.uri().query(), &[])?;
    app.records.delete_batch(&client.workspace, &id).await.map_err(fault)?;
    Ok(Reply(DeletedBatch { id, kind: types::MessageBatchDeleted }))
}

fn no_batch(id: &str) -> Fault {
    Fault::not_found(format!("Message batch `{}` was not found.", shown(id)))
}

/// A failure of the store in the words of this resource.
fn fault(error: StoreError) -> Fault {
    match error {
        StoreError::NotFound { what: Noun::Batch, id } => no_batch(&id),
        StoreError::NotEnded { batch } => {
            Fault::invalid(format!("Message batch `{batch}` has not ended: cancel it first, or wait."))
        }
        StoreError::Ended { batch } => {
            Fault::invalid(format!("Message batch `{batch}` has ended already: it cannot be canceled."))
        }
        error => error.into(),
    }
}

/// A batch as clients see it. Until it has ended, they see all of its requests as processing.
fn object(record: &BatchRecord, Base(base): &Base) -> Batch {
    let counts = &record.counts;
    let skilled_store::BatchCounts { processing, succeeded, errored, canceled, expired } = *counts;
    let (status, counts) = match record.status {
        BatchStatus::Ended => (
            skilled_wire::BatchStatus::Ended,
            BatchCounts { processing, succeeded, errored, canceled, expired },
        ),
        open @ (BatchStatus::InProgress | BatchStatus::Canceling) => {
            let all = processing + succeeded + errored + canceled + expired;
            let status = match open {
                BatchStatus::Canceling => skilled_wire::BatchStatus::Canceling,
                BatchStatus::InProgress | BatchStatus::Ended => skilled_wire::BatchStatus::InProgress,
            };
            (status, BatchCounts { processing: all, ..BatchCounts::default() })
        }
    };
    let has_results = record.status == BatchStatus::Ended && record.archived_at.is_none();
    Batch {
        id: record.id.clone(),
        kind: types::MessageBatch,
        processing_status: status,
        request_counts: counts,
        created_at: Time::from_millis(record.created_at),
        expires_at: Time::from_millis(record.expires_at),
        ended_at: record.ended_at.map(Time::from_millis),
        cancel_initiated_at: record.cancel_initiated_at.map(Time::from_millis),
        archived_at: record.archived_at.map(Time::from_millis),
        results_url: has_results.then(|| format!("{base}/v1/messages/batches/{}/results", record.id)),
    }
}

//! `GET /v1/messages/batches/{batch}/results`: what became of the requests, a line of JSON each.

use axum::body::Body;
use axum::extract::{Path, Request, State};
use axum::http::header;
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use futures_util::stream;
use serde::Serialize;
use serde_json::value::RawValue;
use skilled_store::{BatchOutcome, BatchResult, BatchStatus};

use super::no_batch;
use crate::query::Query;
use crate::{AppState, Client, Fault};

/// How many results are read at once; they are fewer when they are long.
const STEP: u32 = 500;

/// Streams the results in the order of the requests; some MiB of them are in memory.
pub(super) async fn results(
    State(app): State<AppState>,
    client: Client,
    Path(id): Path<String>,
    request: Request,
) -> Result<Response, Fault> {
    Query::read(request.uri().query(), &[])?;
    let batch = app.records.batch(&client.workspace, &id).await?.ok_or_else(|| no_batch(&id))?;
    match batch.status {
        BatchStatus::Ended if batch.archived_at.is_some() => {
            return Err(Fault::not_found(format!(
                "The results of message batch `{id}` are not kept any more."
            )));
        }
        BatchStatus::Ended => {}
        BatchStatus::InProgress | BatchStatus::Canceling => {
            return Err(Fault::invalid(format!(
                "Message batch `{id}` has not ended: it has no results yet."
            )));
        }
    }
    let counts = batch.counts;
    let left = counts.succeeded + counts.errored + counts.canceled + counts.expired;
    let begin = Reading { app, workspace: client.workspace.to_string(), id, after: None, left };
    let lines = stream::try_unfold(begin, Reading::next);
    Ok(([(header::CONTENT_TYPE, "application/x-jsonl")], Body::from_stream(lines)).into_response())
}

/// How far the results are read.
struct Reading {
    app: AppState,
    workspace: String,
    id: String,
    /// The position of the last one.
    after: Option<u32>,
    left: u64,
}

impl Reading {
    /// The next lines; none behind the last one.
    async fn next(mut self) -> std::io::Result<Option<(Bytes, Self)>> {
        if self.left == 0 {
            return Ok(None);
        }
        let page = self.app.records.batch_results(&self.workspace, &self.id, self.after, STEP);
        let page = page.await.map_err(std::io::Error::other)?;
        let Some(last) = page.last() else {
            // Whoever reads should not take what there was for everything.
            return Err(std::io::Error::other("the batch was deleted while its results were read"));
        };
        self.after = Some(last.position);
        self.left = self.left.saturating_sub(page.len() as u64);
        let mut lines = Vec::new();
        for result in &page {
            serde_json::to_writer(&mut lines, &line(result)?)?;
            lines.push(b'\n');
        }
        Ok(Some((lines.into(), self)))
    }
}

/// A [`BatchResultLine`](skilled_wire::BatchResultLine) of which the long part is not read.
#[derive(Serialize)]
struct Line<'a> {
    custom_id: &'a str,
    result: Outcome<'a>,
}

#[derive(Serialize)]
struct Outcome<'a> {
    #[serde(rename = "type")]
    kind: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    message: Option<&'a RawValue>,
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<&'a RawValue>,
}

fn line(result: &BatchResult) -> serde_json::Result<Line<'_>> {
    let body = result.result.as_deref().map(serde_json::from_str::<&RawValue>).transpose()?;
    let (kind, message, error) = match result.outcome {
        BatchOutcome::Succeeded => ("succeeded", body, None),
        BatchOutcome::Errored => ("errored", None, body),
        BatchOutcome::Canceled => ("canceled", None, None),
        BatchOutcome::Expired => ("expired", None, None),
    };
    Ok(Line { custom_id: &result.custom_id, result: Outcome { kind, message, error } })
}

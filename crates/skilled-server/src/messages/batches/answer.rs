//! One request of a batch, answered.

use std::sync::Arc;

use axum::body::to_bytes;
use axum::response::Response;
use bytes::Bytes;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use serde_json::value::RawValue;
use skilled_store::{BatchOutcome, ClaimedRequest};
use skilled_wire::messages::Limits;
use skilled_wire::{BatchEntry, ErrorBody, ErrorType, RequestId};
use tokio_util::sync::CancellationToken;

use super::super::{folded, run, upstream};
use crate::{AppState, Client, Fault};

/// How often a request may be claimed, the times included that a server was ended while it answered.
const CLAIMS: u32 = 10;
/// The longest answer of a hosted service that is taken.
const LONGEST: usize = 64 << 20;

/// How requests were asked, beside what they say: the client's generation decides on what an answer is like.
#[derive(Serialize)]
struct Head<'a> {
    version: &'a str,
    betas: &'a [String],
}

/// A request as it is kept: [`Head`] and `params`.
#[derive(Deserialize)]
struct Kept {
    version: String,
    betas: Vec<String>,
    params: Box<RawValue>,
}

/// What the requests of one client have in common.
pub(super) fn head(client: &Client) -> Result<String, Fault> {
    let head = Head { version: &client.version, betas: &client.betas };
    serde_json::to_string(&head).map_err(|error| Fault::internal(&error))
}

/// A request as it is kept.
pub(super) fn wrapped(head: &str, params: &RawValue) -> String {
    let open = head.strip_suffix('}').unwrap_or(head);
    format!("{open},\"params\":{}}}", params.get())
}

/// What a request ended with.
pub(super) struct Ended {
    pub(super) outcome: BatchOutcome,
    /// The message or the error.
    pub(super) result: String,
}

/// Answers a request; cancelling ends that, with any result.
pub(super) async fn answer(app: &AppState, claimed: &ClaimedRequest, cancel: &CancellationToken) -> Ended {
    let request_id = RequestId::new(app.now()).to_string();
    let answered = if claimed.attempts <= CLAIMS {
        once(app, claimed, &request_id, cancel).await
    } else {
        let ended = format!("The server ended {CLAIMS} times while it answered this request.");
        Err(Fault::new(ErrorType::Api, ended))
    };
    match answered {
        Ok(result) => Ended { outcome: BatchOutcome::Succeeded, result },
        Err(fault) => {
            let body = ErrorBody { request_id: Some(request_id), ..fault.body().clone() };
            // An error body has nothing that cannot be written.
            let result = serde_json::to_string(&body).unwrap_or_else(|_| "null".to_owned());
            Ended { outcome: BatchOutcome::Errored, result }
        }
    }
}

/// The message, as `POST /v1/messages` would give it.
async fn once(
    app: &AppState,
    claimed: &ClaimedRequest,
    request_id: &str,
    cancel: &CancellationToken,
) -> Result<String, Fault> {
    let kept: Kept = serde_json::from_str(&claimed.params).map_err(|error| Fault::internal(&error))?;
    let Kept { version, betas, params } = kept;
    let limit = app.config.limits.message_bytes;
    if params.get().len() as u64 > limit {
        return Err(Fault::too_large(format!("Request exceeds the maximum size of {limit} bytes.")));
    }
    let entry = BatchEntry { custom_id: claimed.custom_id.clone(), params };
    let request = entry.parse(&Limits::default()).map_err(|error| Fault::invalid(error.to_string()))?;
    let client = Client {
        workspace: Arc::from(claimed.workspace.as_str()),
        key: Arc::from(claimed.key.as_str()),
        version: version.into(),
        betas: betas.into(),
    };
    let body = Bytes::from(String::from(Box::<str>::from(entry.params)));
    let passed_on = async {
        match upstream::forwarded(app, &client, &request, &body).await? {
            Some(response) => passed_on(response).await.map(Some),
            None => Ok(None),
        }
    };
    let passed_on = tokio::select! {
        passed_on = passed_on => passed_on?,
        () = cancel.cancelled() => return Err(Fault::new(ErrorType::Api, "The answer broke off: cancelled.")),
    };
    if let Some(message) = passed_on {
        return Ok(message);
    }
    let said = run::start(app, &client, request, request_id.to_owned(), cancel.clone()).await?;
    let message = folded(said).await?;
    serde_json::to_string(&message).map_err(|error| Fault::internal(&error))
}

/// The message in the answer of a hosted service, or its error.
async fn passed_on(response: Response) -> Result<String, Fault> {
    let status = response.status();
    let broken = |error: &dyn std::error::Error| {
        Fault::new(ErrorType::Api, format!("The hosted service's answer broke off: {error}"))
    };
    let body = to_bytes(response.into_body(), LONGEST).await.map_err(|error| broken(&error))?;
    if status.is_success() {
        // On one line, whatever it was.
        let message: Value = serde_json::from_slice(&body).map_err(|error| broken(&error))?;
        return Ok(message.to_string());
    }
    let fault = match serde_json::from_slice::<ErrorBody>(&body) {
        Ok(body) => Fault::new(body.error.kind, body.error.message),
        Err(_) => {
            Fault::new(ErrorType::Api, format!("The hosted service answered with the status {status}."))
        }
    };
    Err(fault.with_status(status))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_kept_is_read_again() {
        let client = Client {
            workspace: "w".into(),
            key: "k".into(),
            version: "2023-06-01".into(),
            betas: vec!["a-\"b\"".to_owned()].into(),
        };
        let params: Box<RawValue> = serde_json::from_str(r#"{"model": "m",  "x": 1.50}"#).unwrap();
        let kept: Kept = serde_json::from_str(&wrapped(&head(&client).unwrap(), &params)).unwrap();
        assert_eq!((kept.version, kept.betas), ("2023-06-01".to_owned(), client.betas.to_vec()));
        assert_eq!(kept.params.get(), r#"{"model": "m",  "x": 1.50}"#);
    }
}

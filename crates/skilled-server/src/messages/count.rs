//! `POST /v1/messages/count_tokens`.

use axum::extract::{Request, State};
use axum::response::{IntoResponse, Response};
use skilled_agent::ModelFailed;
use skilled_wire::messages::MessagesRequest;
use skilled_wire::{CountTokensRequest, TokenCount};
use tokio_util::sync::CancellationToken;

use super::{files, plan, run};
use crate::reply::Reply;
use crate::{AppState, Client, Fault};

/// The count of the provider where it has one; an estimate otherwise, which a header says.
pub(super) async fn tokens(
    State(app): State<AppState>,
    client: Client,
    request: Request,
) -> Result<Response, Fault> {
    let body = super::read(&app, request).await?;
    let count = CountTokensRequest::parse(&body).map_err(|error| Fault::invalid(error.to_string()))?;
    let served = app
        .models
        .resolve(&count.model)
        .ok_or_else(|| Fault::not_found(format!("model: {}", crate::query::shown(&count.model))))?;
    let mut request = MessagesRequest::from(count);
    files::inline(&app, &client, &mut request.messages).await?;
    let asked = plan::counted(&client, &request)?;
    let cancel = CancellationToken::new();
    let _ends = cancel.clone().drop_guard();
    let counted = served.model.count_tokens(asked, cancel).await.map_err(|error| {
        run::fault_of_model(&ModelFailed {
            kind: error.kind.as_str().to_owned(),
            status: error.status,
            code: error.code,
            message: error.message,
            causes: Vec::new(),
            request_id: error.request_id,
            answer_began: false,
        })
    })?;
    let reply = TokenCount { input_tokens: counted.input_tokens, context_management: None };
    let mut response = Reply(reply).into_response();
    if counted.estimated {
        response.headers_mut().insert("skilled-estimate", axum::http::HeaderValue::from_static("true"));
    }
    Ok(response)
}

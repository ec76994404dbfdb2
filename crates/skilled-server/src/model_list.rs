//! `/v1/models`: the models that requests can name.

use axum::Router;
use axum::extract::{Path, Request, State};
use axum::routing::get;
use skilled_wire::{Lifecycle, List, ModelObject};

use crate::query::{Query, shown};
use crate::reply::{Answer, Reply};
use crate::{AppState, Client, Fault};

/// The routes.
pub(crate) fn router() -> Router<AppState> {
    Router::new().route("/v1/models", get(list)).route("/v1/models/{model}", get(retrieve))
}

async fn list(State(app): State<AppState>, _: Client, request: Request) -> Answer<List<ModelObject>> {
    let query = Query::read(request.uri().query(), &["limit", "after_id", "before_id", "lifecycle"])?;
    let limit = query.limit()? as usize;
    let mut lifecycles = Vec::new();
    for text in query.all("lifecycle") {
        lifecycles.push(match text.as_str() {
            "active" => Lifecycle::Active,
            "deprecated" => Lifecycle::Deprecated,
            "retired" => Lifecycle::Retired,
            other => return Err(Fault::invalid(format!("lifecycle: unknown value {}", shown(other)))),
        });
    }
    let models: Vec<&ModelObject> = app
        .models
        .iter()
        .map(|served| &served.object)
        .filter(|model| lifecycles.is_empty() || lifecycles.contains(&model.lifecycle))
        .collect();
    let at = |id: &str| {
        let found = models.iter().position(|model| model.id == id);
        found.ok_or_else(|| Fault::invalid(format!("there is no model {} to go on from", shown(id))))
    };
    let (from, until) = match (query.get("after_id"), query.get("before_id")) {
        (None, None) => (0, limit.min(models.len())),
        (Some(id), None) => {
            let from = at(id)? + 1;
            (from, from.saturating_add(limit).min(models.len()))
        }
        (None, Some(id)) => {
            let until = at(id)?;
            (until.saturating_sub(limit), until)
        }
        (Some(_), Some(_)) => return Err(Fault::invalid("after_id and before_id exclude each other")),
    };
    let backwards = query.get("before_id").is_some();
    let data = models.get(from..until).unwrap_or_default().iter().map(|model| (*model).clone()).collect();
    let mut list = List::new(data, None, |model: &ModelObject| &model.id);
    list.has_more = if backwards { from > 0 } else { until < models.len() };
    Ok(Reply(list))
}

async fn retrieve(
    State(app): State<AppState>,
    _: Client,
    Path(id): Path<String>,
    request: Request,
) -> Answer<ModelObject> {
    Query::read(request.uri().query(), &[])?;
    match app.models.get(&id) {
        Some(served) => Ok(Reply(served.object.clone())),
        None => Err(Fault::not_found(format!("model: {}", shown(&id)))),
    }
}

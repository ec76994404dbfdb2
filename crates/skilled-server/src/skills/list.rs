//! Lists of skills and versions.

use axum::extract::{Path, Request, State};
use skilled_store::{Order, PageQuery, Start, StoreError};
use skilled_wire::{List, Skill, SkillVersion};

use super::{no_skill, of_source, shape};
use crate::query::{Query, next_page, shown};
use crate::reply::{Answer, Reply};
use crate::{AppState, Client, Fault};

/// How cursors into the skills that come with the server begin; those of the store have no dot.
const BUILTIN: &str = "builtin.";

/// Uploaded skills, the newest first, then those that come with the server.
pub(super) async fn skills(
    State(app): State<AppState>,
    client: Client,
    request: Request,
) -> Answer<List<Skill>> {
    let query = Query::read(request.uri().query(), &["limit", "page", "source"])?;
    let limit = query.limit()?;
    let (custom, builtin) = match query.get("source") {
        None => (true, true),
        Some("custom") => (true, false),
        Some("anthropic") => (false, true),
        // Sources of the hosted service that this server has nothing from.
        Some("anthropic_example" | "plugin") => (false, false),
        Some(other) => {
            return Err(Fault::invalid(format!(
                "source: must be custom, anthropic, anthropic_example or plugin, not {}",
                shown(other)
            )));
        }
    };
    let start = query.start()?;
    let mut data: Vec<Skill> = Vec::new();
    let first_builtin = match &start {
        Start::At(cursor) if cursor.starts_with(BUILTIN) => {
            let at = cursor.strip_prefix(BUILTIN).and_then(|at| at.parse::<usize>().ok());
            Some(
                at.filter(|at| *at <= app.builtins.all().len())
                    .ok_or_else(|| Fault::invalid("invalid page cursor"))?,
            )
        }
        _ => None,
    };
    if custom && first_builtin.is_none() {
        let wanted = PageQuery::newest(limit).from(start);
        let page = app.records.skills(&client.workspace, of_source(Some("custom")), wanted).await?;
        let shown = page.items.iter().filter(|skill| shape::is_shown(skill, &client));
        data.extend(shown.map(|skill| shape::skill(skill, &client)));
        if page.next.is_some() {
            return Ok(Reply(List::new(data, next_page(page.next), |skill| &skill.id)));
        }
    }
    let mut next = None;
    if builtin {
        let all = app.builtins.all();
        let from = first_builtin.unwrap_or(0);
        let room = (limit as usize).saturating_sub(data.len());
        let until = from.saturating_add(room).min(all.len());
        data.extend(
            all.get(from..until).unwrap_or_default().iter().map(|skill| shape::builtin(skill, &client)),
        );
        next = (until < all.len()).then(|| format!("{BUILTIN}{until}"));
    }
    Ok(Reply(List::new(data, next_page(next), |skill| &skill.id)))
}

/// The versions of a skill: the newest first, or the oldest first for clients of the beta.
pub(super) async fn versions(
    State(app): State<AppState>,
    client: Client,
    Path(id): Path<String>,
    request: Request,
) -> Answer<List<SkillVersion>> {
    let query = Query::read(request.uri().query(), &["limit", "page"])?;
    let (limit, start) = (query.limit()?, query.start()?);
    if let Some(builtin) = app.builtins.get(&id) {
        let from = match &start {
            Start::First => 0,
            Start::At(cursor) => {
                let at = cursor.strip_prefix(BUILTIN).and_then(|at| at.parse::<usize>().ok());
                at.ok_or_else(|| Fault::invalid("invalid page cursor"))?
            }
            Start::After(_) | Start::Before(_) => return Err(Fault::invalid("invalid page cursor")),
        };
        let all = &builtin.versions;
        let until = from.saturating_add(limit as usize).min(all.len());
        let page = all.get(from..until).unwrap_or_default();
        let data = page.iter().map(|version| shape::builtin_version(&id, version)).collect();
        let next = (until < all.len()).then(|| format!("{BUILTIN}{until}"));
        return Ok(Reply(List::new(data, next_page(next), |version: &SkillVersion| &version.id)));
    }
    let order = if client.has_legacy_skills() { Order::OldestFirst } else { Order::NewestFirst };
    let wanted = PageQuery { limit, order, start };
    let page = app.records.versions(&client.workspace, &id, wanted).await.map_err(|error| match error {
        StoreError::NotFound { .. } => no_skill(),
        error => error.into(),
    })?;
    let data = page.items.iter().map(shape::version).collect();
    Ok(Reply(List::new(data, next_page(page.next), |version: &SkillVersion| &version.id)))
}

//! `/v1/files`: files.

mod download;
mod naming;
mod upload;

use axum::Router;
use axum::extract::{Path, Request, State};
use axum::routing::get;
use skilled_store::{FileFilter, FileRecord, Noun, PageQuery, StoreError};
use skilled_wire::{DeletedFile, FileObject, FileScope, List, Time, types};

use crate::query::{Query, next_page, shown};
use crate::reply::{Answer, Reply};
use crate::{AppState, Client, Fault};

/// How many ids may be asked for at once.
const MOST_IDS: usize = 100;

/// The routes.
pub(crate) fn router() -> Router<AppState> {
    Router::new()
        .route("/v1/files", get(list).post(upload::receive))
        .route("/v1/files/{file}", get(retrieve).delete(delete))
        .route("/v1/files/{file}/content", get(download::content))
}

/// A file as clients read it.
pub(crate) fn object(file: &FileRecord) -> FileObject {
    FileObject {
        id: file.id.clone(),
        kind: types::File,
        filename: file.filename.clone(),
        mime_type: file.mime_type.clone(),
        size_bytes: file.size_bytes,
        size: Some(file.size_bytes),
        created_at: Time::from_millis(file.created_at),
        expires_at: file.expires_at.map(Time::from_millis),
        downloadable: Some(file.downloadable),
        scope: file.scope.as_ref().map(|scope| FileScope { id: scope.id.clone(), kind: scope.kind.clone() }),
    }
}

/// The answer where there is no such file.
pub(crate) fn no_file(id: &str) -> Fault {
    Fault::not_found(format!("File `{}` not found.", shown(id)))
}

async fn list(State(app): State<AppState>, client: Client, request: Request) -> Answer<List<FileObject>> {
    let known = ["limit", "page", "after_id", "before_id", "ids", "scope_id"];
    let query = Query::read(request.uri().query(), &known)?;
    let mut ids = query.all("ids");
    if !ids.is_empty() {
        let others = ["limit", "page", "after_id", "before_id", "scope_id"];
        if let Some(other) = others.into_iter().find(|name| query.get(name).is_some()) {
            return Err(Fault::invalid(format!("ids and {other} exclude each other")));
        }
        ids.sort_unstable();
        ids.dedup();
        if ids.len() > MOST_IDS {
            return Err(Fault::invalid(format!("ids: at most {MOST_IDS} are possible, not {}", ids.len())));
        }
        let mut found = app.records.files_by_id(&client.workspace, &ids).await?;
        found.sort_by(|a, b| (b.created_at, &b.id).cmp(&(a.created_at, &a.id)));
        let data = found.iter().map(object).collect();
        return Ok(Reply(List::new(data, None, |file: &FileObject| &file.id)));
    }
    let filter = FileFilter { scope_id: query.get("scope_id").map(str::to_owned) };
    let wanted = PageQuery::newest(query.limit()?).from(query.start()?);
    let page = app.records.files(&client.workspace, filter, wanted).await.map_err(|error| match error {
        StoreError::NotFound { what: Noun::File, id } => no_file(&id),
        error => error.into(),
    })?;
    let data = page.items.iter().map(object).collect();
    let mut list = List::new(data, next_page(page.next), |file: &FileObject| &file.id);
    // Read backwards, there may be more before the page.
    list.has_more = page.has_more;
    Ok(Reply(list))
}

async fn retrieve(
    State(app): State<AppState>,
    client: Client,
    Path(id): Path<String>,
    request: Request,
) -> Answer<FileObject> {
    Query::read(request.uri().query(), &[])?;
    let found = app.records.file(&client.workspace, &id).await?;
    found.map(|file| Reply(object(&file))).ok_or_else(|| no_file(&id))
}

async fn delete(
    State(app): State<AppState>,
    client: Client,
    Path(id): Path<String>,
    request: Request,
) -> Answer<DeletedFile> {
    Query::read(request.uri().query(), &[])?;
    let deleted =
        app.records.delete_file(&client.workspace, &id, app.now()).await.map_err(|error| match error {
            StoreError::NotFound { .. } => no_file(&id),
            error => error.into(),
        })?;
    Ok(Reply(DeletedFile { id: deleted.id, kind: types::FileDeleted }))
}

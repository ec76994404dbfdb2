//! `GET …/content`: a version as one zip.

use std::fs::File;
use std::io::{BufReader, Read as _, Seek as _};
use std::path::{Path as FilePath, PathBuf};

use axum::body::Body;
use axum::extract::{Path, Request, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use futures_util::stream;
use skilled_archive::{Format, Writer};
use skilled_format::{EntryKind, load_dir};

use super::resolve::{self, Found};
use crate::query::Query;
use crate::{AppState, Client, Fault};

/// How much is read at once.
const PIECE: usize = 64 << 10;

/// The files of a version below one folder of its name. The same version is the same bytes.
pub(super) async fn content(
    State(app): State<AppState>,
    client: Client,
    Path((skill, version)): Path<(String, String)>,
    headers: HeaderMap,
    request: Request,
) -> Result<Response, Fault> {
    Query::read(request.uri().query(), &[])?;
    let found = resolve::find(&app, &client.workspace, &skill, &version).await?;
    let (name, digest) = match found {
        Found::Custom(version) => (version.name, version.tree_digest),
        Found::Builtin(id, version) => (id, version.digest),
    };
    let tag = format!("\"{digest}\"");
    if crate::auth::text(&headers, header::IF_NONE_MATCH.as_str()) == Some(tag.as_str()) {
        return Ok((StatusCode::NOT_MODIFIED, [(header::ETAG, tag)]).into_response());
    }
    // A snapshot is removed only when nobody reads one.
    let reading = app.snapshots.read().await;
    let folder = app.trees.folder(&digest).ok_or_else(|| resolve::lost(&digest))?;
    let scratch = app.scratch.clone();
    let root = name.clone();
    let packed = tokio::task::spawn_blocking(move || pack(&folder, &root, &scratch)).await;
    drop(reading);
    let (file, size) =
        packed.map_err(|error| Fault::internal(&error))?.map_err(|error| Fault::internal(&*error))?;
    let headers = [
        (header::CONTENT_TYPE, "application/zip".to_owned()),
        (header::CONTENT_LENGTH, size.to_string()),
        (header::CONTENT_DISPOSITION, format!("attachment; filename=\"{name}.zip\"")),
        (header::ETAG, tag),
    ];
    Ok((headers, Body::from_stream(pieces(file))).into_response())
}

type Failed = Box<dyn std::error::Error + Send + Sync + 'static>;

/// Writes the zip into a file without a name, and returns it at its beginning with its size.
fn pack(folder: &FilePath, root: &str, scratch: &PathBuf) -> Result<(File, u64), Failed> {
    let limits = skilled_format::Limits {
        entries: usize::MAX - 1,
        depth: usize::MAX,
        total_bytes: u64::MAX - 1,
        ..skilled_format::Limits::default()
    };
    let tree = load_dir(folder, &limits)?.tree;
    let mut writer = Writer::new(tempfile::tempfile_in(scratch)?, Format::Zip);
    for entry in tree.entries() {
        match &entry.kind {
            // They are implied; links are refused when a skill is uploaded.
            EntryKind::Directory | EntryKind::Link { .. } => {}
            EntryKind::File { size, executable, .. } => {
                let mut content = BufReader::new(File::open(folder.join(&entry.path))?);
                writer.file(&format!("{root}/{}", entry.path), *executable, *size, &mut content)?;
            }
        }
    }
    let mut file = writer.finish()?;
    let size = file.stream_position()?;
    file.rewind()?;
    Ok((file, size))
}

/// The file piece by piece, read where blocking is allowed.
fn pieces(file: File) -> impl futures_util::Stream<Item = std::io::Result<Bytes>> {
    stream::try_unfold(file, |mut file| async move {
        let read = tokio::task::spawn_blocking(move || {
            let mut piece = vec![0; PIECE];
            let read = file.read(&mut piece)?;
            piece.truncate(read);
            Ok::<_, std::io::Error>((piece, file))
        });
        let (piece, file) = read.await.map_err(std::io::Error::other)??;
        Ok((!piece.is_empty()).then(|| (Bytes::from(piece), file)))
    })
}

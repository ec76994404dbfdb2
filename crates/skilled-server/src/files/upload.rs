//! `POST /v1/files`: a file, streamed to where it is kept.

use axum::extract::{Request, State};
use bytes::Bytes;
use futures_util::StreamExt as _;
use futures_util::stream;
use skilled_store::{FileOrigin, FileRecord, PutBlob, Quota};
use skilled_wire::{FileId, FileObject};
use tokio::sync::mpsc;

use super::{naming, object};
use crate::body::IncomingBody;
use crate::multipart::{Multipart, PartHead};
use crate::query::{Query, shown};
use crate::reply::{Answer, Reply};
use crate::{AppState, Client, Fault};

/// What the heads of parts and the fields may take beside the file.
const OVERHEAD: u64 = 64 << 10;
/// Parts of a request.
const PARTS: usize = 8;
/// How many pieces of a body may wait for the disk.
const WAITING: usize = 4;
/// How long a file may live, in seconds: an hour to ninety days.
const LIFETIMES: std::ops::RangeInclusive<u64> = 3600..=7_776_000;

/// A file that came.
struct Received {
    blob: PutBlob,
    filename: String,
    mime_type: String,
}

pub(super) async fn receive(
    State(app): State<AppState>,
    client: Client,
    request: Request,
) -> Answer<FileObject> {
    Query::read(request.uri().query(), &[])?;
    let (parts, body) = request.into_parts();
    let limit = app.config.limits.file_bytes;
    let too_large =
        format!("Request exceeds the maximum size. The Files API accepts files up to {}.", size(limit));
    let body =
        IncomingBody::new(&app, &parts.headers, body, limit.saturating_add(OVERHEAD), too_large.clone())?;
    let mut multipart = Multipart::new(&parts.headers, body, PARTS)?;
    let received = fields(&app, &mut multipart, limit, &too_large).await;
    if received.is_err() {
        multipart.discard().await;
    }
    let (Received { blob, filename, mime_type }, lifetime) = received?;
    let now = app.now();
    let file = FileRecord {
        id: FileId::new(now).to_string(),
        workspace: client.workspace.to_string(),
        filename,
        mime_type,
        size_bytes: blob.bytes,
        created_at: now,
        expires_at: lifetime.map(|seconds| now.saturating_add(seconds.saturating_mul(1000))),
        downloadable: false,
        scope: None,
        content: blob.digest,
        origin: FileOrigin::Upload,
        released_at: None,
    };
    app.records.create_file(file.clone(), Quota::Bytes(app.config.limits.storage_bytes)).await?;
    Ok(Reply(object(&file)))
}

/// Reads the fields in any order: the file, and how many seconds it lives.
async fn fields(
    app: &AppState,
    multipart: &mut Multipart,
    limit: u64,
    too_large: &str,
) -> Result<(Received, Option<u64>), Fault> {
    let (mut file, mut lifetime) = (None, None);
    while let Some(head) = multipart.next_part().await? {
        match head.name.as_str() {
            "file" if file.is_some() => return Err(Fault::invalid("file: exactly one is possible")),
            "file" => file = Some(content(app, head, multipart, limit, too_large).await?),
            name @ "expires_in_seconds" => {
                let text = multipart.text(name, 32).await?;
                let seconds = text.trim().parse().ok().filter(|seconds| LIFETIMES.contains(seconds));
                lifetime = Some(seconds.ok_or_else(|| {
                    let (least, most) = (LIFETIMES.start(), LIFETIMES.end());
                    Fault::invalid(format!(
                        "{name}: must be between {least} and {most}, not {}",
                        shown(&text)
                    ))
                })?);
            }
            name => return Err(Fault::invalid(format!("{}: Extra inputs are not permitted", shown(name)))),
        }
    }
    Ok((file.ok_or_else(|| Fault::invalid("file: Field required"))?, lifetime))
}

/// Streams the content to the blobs. Only some pieces of it are in memory.
async fn content(
    app: &AppState,
    head: PartHead,
    multipart: &mut Multipart,
    limit: u64,
    too_large: &str,
) -> Result<Received, Fault> {
    let first = multipart.data().await?.unwrap_or_default();
    let given = head.filename.as_deref().filter(|name| !name.is_empty());
    let mime_type = naming::media_type(head.content_type.as_deref(), given, &first);
    let filename = naming::filename(given, &mime_type)?;
    let (sender, receiver) = mpsc::channel::<std::io::Result<Bytes>>(WAITING);
    let pieces = stream::unfold(receiver, |mut receiver| async move {
        receiver.recv().await.map(|piece| (piece, receiver))
    });
    let send = async {
        let mut piece = Some(first);
        while let Some(bytes) = piece {
            // Whoever receives has failed, and says why.
            if !bytes.is_empty() && sender.send(Ok(bytes)).await.is_err() {
                break;
            }
            piece = match multipart.data().await {
                Ok(piece) => piece,
                Err(fault) => {
                    let _ = sender.send(Err(std::io::Error::other("the request failed"))).await;
                    return Err(fault);
                }
            };
        }
        drop(sender);
        Ok(())
    };
    let put = app.blobs.put(pieces.boxed(), limit, app.now());
    let (sent, put) = tokio::join!(send, put);
    sent?;
    let blob = put.map_err(|error| match error {
        skilled_store::BlobError::TooLarge { .. } => Fault::too_large(too_large),
        error => error.into(),
    })?;
    Ok(Received { blob, filename, mime_type })
}

fn size(limit: u64) -> String {
    if limit >> 20 == 0 { format!("{limit} bytes") } else { format!("{} MB", limit >> 20) }
}

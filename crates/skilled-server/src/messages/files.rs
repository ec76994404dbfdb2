//! Files that messages refer to.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use futures_util::StreamExt as _;
use serde_json::{Value, json};
use skilled_message::{Block, ImageSource, Message, Role};
use skilled_store::FileRecord;
use skilled_wire::code;

use crate::{AppState, Client, Fault};

/// The largest file that is put into a message, in bytes: what providers take.
const INLINE: u64 = 32 << 20;

/// Returns the file, unless it is gone.
pub(super) async fn find(app: &AppState, client: &Client, id: &str) -> Result<FileRecord, Fault> {
    let file = app.records.file(&client.workspace, id).await?;
    let file =
        file.ok_or_else(|| Fault::not_found(format!("File `{}` not found.", crate::query::shown(id))))?;
    let expired = file.expires_at.is_some_and(|at| at <= app.now());
    if expired || file.released_at.is_some() {
        return Err(Fault::not_found(format!("File `{id}` has expired.")).with_code(code::FILE_EXPIRED));
    }
    Ok(file)
}

/// Puts the content of files in the place of references to them.
pub(super) async fn inline(app: &AppState, client: &Client, messages: &mut [Message]) -> Result<(), Fault> {
    for message in messages {
        for block in &mut message.content {
            let replaced = match block {
                Block::Image(image) => match &image.source {
                    ImageSource::File { file_id } => {
                        let file = find(app, client, file_id).await?;
                        if !file.mime_type.starts_with("image/") {
                            return Err(wrong_block(&file, "image"));
                        }
                        let data = STANDARD.encode(content(app, &file).await?);
                        image.source = ImageSource::Base64 { media_type: file.mime_type, data };
                        None
                    }
                    ImageSource::Base64 { .. } | ImageSource::Url { .. } => None,
                },
                Block::Other(value) if value["type"] == "document" && value["source"]["type"] == "file" => {
                    Some(document(app, client, value).await?)
                }
                _ => None,
            };
            if let Some(replaced) = replaced {
                *block = replaced;
            }
        }
    }
    Ok(())
}

async fn document(app: &AppState, client: &Client, block: &Value) -> Result<Block, Fault> {
    let id = block["source"]["file_id"].as_str().unwrap_or_default();
    let file = find(app, client, id).await?;
    let bytes = content(app, &file).await?;
    let source = if file.mime_type == "application/pdf" {
        json!({"type": "base64", "media_type": "application/pdf", "data": STANDARD.encode(bytes)})
    } else if file.mime_type.starts_with("text/") {
        let text = String::from_utf8_lossy(&bytes);
        json!({"type": "text", "media_type": "text/plain", "data": text})
    } else {
        return Err(wrong_block(&file, "document"));
    };
    let mut block = block.clone();
    block["source"] = source;
    Ok(Block::Other(block))
}

fn wrong_block(file: &FileRecord, block: &str) -> Fault {
    Fault::invalid(format!(
        "File `{}` is of the type {}, which a block `{block}` cannot hold: put it into a container with `container_upload`.",
        file.id, file.mime_type
    ))
}

async fn content(app: &AppState, file: &FileRecord) -> Result<Vec<u8>, Fault> {
    if file.size_bytes > INLINE {
        return Err(Fault::invalid(format!(
            "File `{}` has more than {INLINE} bytes, too many for a message.",
            file.id
        )));
    }
    let open = app.blobs.open(&file.content, None).await?;
    let mut open = open.ok_or_else(|| Fault::not_found(format!("File `{}` not found.", file.id)))?;
    let mut bytes = Vec::new();
    while let Some(piece) = open.bytes.next().await {
        bytes.extend_from_slice(&piece.map_err(|error| Fault::internal(&error))?);
    }
    Ok(bytes)
}

/// The files that messages of the user put into the container: their ids, and whether the last message names them.
pub(super) fn uploads(messages: &[Message]) -> Vec<(String, bool)> {
    let last = messages.iter().rposition(|message| message.role == Role::Assistant).map_or(0, |at| at + 1);
    let mut found: Vec<(String, bool)> = Vec::new();
    for (index, message) in messages.iter().enumerate() {
        for id in message.content.iter().filter_map(upload_of) {
            let is_new = index >= last;
            match found.iter_mut().find(|(known, _)| known == id) {
                Some((_, new)) => *new |= is_new,
                None => found.push((id.to_owned(), is_new)),
            }
        }
    }
    found
}

fn upload_of(block: &Block) -> Option<&str> {
    match block {
        Block::Other(value) if value["type"] == "container_upload" => value["file_id"].as_str(),
        _ => None,
    }
}

/// Says in place of each upload where the file is. `places` has the paths by file id.
pub(super) fn tell(messages: &mut [Message], places: &[(String, String)]) {
    for block in messages.iter_mut().flat_map(|message| &mut message.content) {
        let Some(id) = upload_of(block) else { continue };
        let text = match places.iter().find(|(known, _)| known == id) {
            Some((_, path)) => format!("[The user uploaded a file: {path}]"),
            None => format!("[The user uploaded a file: {id}]"),
        };
        *block = Block::text(text);
    }
}

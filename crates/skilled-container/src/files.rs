//! Files that come into a container and go out of it.

use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::sync::Arc;

use futures_util::StreamExt as _;
use skilled_message::{Id, Prefix};
use skilled_sandbox::{BoxFuture, OpenFile};
use skilled_store::{Blobs, FileOrigin, FileRecord, Quota, Records, StoreError};
use skilled_toolset::code_execution::{Keeper, Made};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

use crate::{Clock, Error};

/// A file that comes in.
#[derive(Debug, Clone, Copy)]
pub struct Upload<'a> {
    /// Its record.
    pub file: &'a FileRecord,
}

/// The prefix of file ids.
enum FilePrefix {}

impl Prefix for FilePrefix {
    const PREFIX: &'static str = "file";
}

/// Writes the content of a file into `folder`, under its name; a file of that name is replaced.
///
/// The folder is the host's, and the sandbox shows it read-only: nothing in it was made by a workload.
pub(crate) async fn place(blobs: &dyn Blobs, file: &FileRecord, folder: &Path) -> Result<(), Error> {
    let gone = || Error::NoContent { id: file.id.clone() };
    let mut content = blobs.open(&file.content, None).await?.ok_or_else(gone)?;
    let target = folder.join(name_of(file));
    let partial = folder.join(format!(".skilled-partial-{}", file.id));
    let mut out = tokio::fs::File::create(&partial).await.map_err(Error::io(&partial))?;
    while let Some(piece) = content.bytes.next().await {
        let piece = piece.map_err(Error::io(&partial))?;
        out.write_all(&piece).await.map_err(Error::io(&partial))?;
    }
    out.flush().await.map_err(Error::io(&partial))?;
    // The workload may be another user.
    let readable = std::fs::Permissions::from_mode(0o644);
    tokio::fs::set_permissions(&partial, readable).await.map_err(Error::io(&partial))?;
    tokio::fs::rename(&partial, &target).await.map_err(Error::io(&target))
}

/// The name of the file in the container: what it was uploaded as, which is a single component, or its id.
pub(crate) fn name_of(file: &FileRecord) -> &str {
    let name = file.filename.as_str();
    let is_component = !name.is_empty() && !name.contains(['/', '\0']) && !matches!(name, "." | "..");
    if is_component { name } else { &file.id }
}

/// Keeps what a container makes as files of its workspace.
pub(crate) struct WorkspaceKeeper {
    pub(crate) records: Arc<dyn Records>,
    pub(crate) blobs: Arc<dyn Blobs>,
    pub(crate) clock: Clock,
    pub(crate) workspace: String,
    pub(crate) limit: u64,
    pub(crate) quota: Quota,
}

impl Keeper for WorkspaceKeeper {
    fn keep(&self, made: Made, open: OpenFile) -> BoxFuture<'_, Result<String, String>> {
        Box::pin(async move {
            let now = (self.clock)();
            let put = self.blobs.put(stream(open), self.limit, now).await;
            let put = put.map_err(|error| error.to_string())?;
            let id = Id::<FilePrefix>::new(now).to_string();
            let file = FileRecord {
                id: id.clone(),
                workspace: self.workspace.clone(),
                filename: made.name,
                mime_type: made.media_type,
                size_bytes: put.bytes,
                created_at: now,
                expires_at: None,
                downloadable: true,
                scope: None,
                content: put.digest,
                origin: FileOrigin::Container,
                released_at: None,
            };
            match self.records.create_file(file, self.quota).await {
                Ok(()) => Ok(id),
                Err(error @ StoreError::Quota { .. }) => Err(error.to_string()),
                Err(error) => {
                    tracing::error!(error = %error, "a file of a container was not kept");
                    Err("the server could not keep it".to_owned())
                }
            }
        })
    }
}

/// Reads a file piece by piece.
fn stream(open: OpenFile) -> skilled_store::ByteStream {
    const PIECE: usize = 256 * 1024;
    Box::pin(futures_util::stream::unfold(Some(open.file), |file| async move {
        let mut file = file?;
        let mut piece = vec![0; PIECE];
        match file.read(&mut piece).await {
            Ok(0) => None,
            Ok(count) => {
                piece.truncate(count);
                Some((Ok(piece.into()), Some(file)))
            }
            Err(error) => Some((Err(error), None)),
        }
    }))
}

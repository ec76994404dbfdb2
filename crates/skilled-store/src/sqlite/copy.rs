//! Copies of the database, for backups.

use std::fs::File;
use std::path::Path;

use sqlx::{Row, SqliteConnection};

use super::references::referenced;
use super::{connect_to_copy, failed, migrations};
use crate::{BlobDigest, MAX_PAGE, ObjectKind, StoreError};

/// What a copy says it needs.
pub(crate) struct CheckedCopy {
    /// The blobs that its records refer to, in their order.
    pub(crate) blobs: Vec<BlobDigest>,
}

/// Writes what `connection` sees to `file`, which must not exist, and waits until it is durable.
pub(crate) async fn copy_database(connection: &mut SqliteConnection, file: &Path) -> Result<(), StoreError> {
    const ACTION: &str = "copy the records";
    let io = |source| StoreError::Database { action: ACTION, source: Box::new(source) };
    let Some(name) = file.to_str() else {
        return Err(io(std::io::Error::other("the name of the copy is not UTF-8")));
    };
    if file.exists() {
        return Err(io(std::io::Error::from(std::io::ErrorKind::AlreadyExists)));
    }
    sqlx::query("VACUUM INTO $1").bind(name).execute(connection).await.map_err(failed(ACTION))?;
    File::open(file).and_then(|file| file.sync_all()).map_err(io)?;
    let folder = file.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    File::open(folder).and_then(|folder| folder.sync_all()).map_err(io)
}

/// Checks that a copy is whole and can be used by this program; an older one can be.
pub(crate) async fn check_copy(file: &Path) -> Result<CheckedCopy, StoreError> {
    let failed = failed("read the copied records");
    let mut connection = connect_to_copy(file).await?;
    migrations::require_known(&mut connection, file).await?;
    let verdict = sqlx::query("PRAGMA integrity_check(1)").fetch_one(&mut connection).await;
    let verdict: String = verdict.and_then(|row| row.try_get(0)).map_err(&failed)?;
    if verdict != "ok" {
        let source = Box::new(std::io::Error::other(verdict));
        return Err(StoreError::Database { action: "use the copied records: they are damaged", source });
    }
    let mut blobs: Vec<BlobDigest> = Vec::new();
    let mut after: Option<String> = None;
    loop {
        let page = referenced(&mut connection, ObjectKind::Blob, after.as_deref(), MAX_PAGE).await?;
        let Some(last) = page.last() else { return Ok(CheckedCopy { blobs }) };
        after = Some(last.clone());
        blobs.extend(page.iter().filter_map(|digest| digest.parse::<BlobDigest>().ok()));
    }
}

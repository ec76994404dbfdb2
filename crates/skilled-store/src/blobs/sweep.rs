//! Removing the blobs that nothing needs.

use skilled_message::UnixMillis;

use super::{BlobDigest, Blobs, Removal};
use crate::{BlobError, ObjectKind, Records, StoreError};

/// How many records are looked at in one step.
const STEP: u32 = 500;

/// What was removed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Collected {
    /// Blobs removed.
    pub blobs: u64,
    /// Their sizes together.
    pub bytes: u64,
}

/// Why blobs could not be collected.
#[derive(Debug, thiserror::Error)]
pub enum CollectError {
    /// The records failed.
    #[error("cannot find out which blobs are needed")]
    Records(#[source] StoreError),
    /// The blobs failed.
    #[error("cannot remove blobs that nothing needs")]
    Blobs(#[source] BlobError),
}

/// Removes every blob that had its last reference, and was last put, before `before`: an hour ago is a good time. Also those of
/// uploads that never got a record. Goes step by step, so that the store stays usable; dropping the future is harmless.
pub async fn collect(
    records: &dyn Records,
    blobs: &dyn Blobs,
    before: UnixMillis,
) -> Result<Collected, CollectError> {
    let mut collected = Collected::default();
    let mut after: Option<String> = None;
    loop {
        let stale = records.unreferenced(ObjectKind::Blob, before, after.as_deref(), STEP);
        let stale = stale.await.map_err(CollectError::Records)?;
        let Some(last) = stale.last() else { break };
        after = Some(last.clone());
        collected.remove(records, blobs, stale, before).await?;
    }
    for part in 0..=u8::MAX {
        let listed = blobs.list(part).await.map_err(CollectError::Blobs)?;
        let old = listed.iter().filter(|blob| blob.put_at < before);
        let old: Vec<String> = old.map(|blob| blob.digest.to_string()).collect();
        for step in old.chunks(STEP as usize) {
            let unknown = records.unknown(ObjectKind::Blob, step).await.map_err(CollectError::Records)?;
            collected.remove(records, blobs, unknown, before).await?;
        }
    }
    Ok(collected)
}

impl Collected {
    async fn remove(
        &mut self,
        records: &dyn Records,
        blobs: &dyn Blobs,
        digests: Vec<String>,
        before: UnixMillis,
    ) -> Result<(), CollectError> {
        let mut gone = Vec::new();
        for text in digests {
            // What is not the name of a blob has no blob.
            if let Ok(digest) = text.parse::<BlobDigest>() {
                match blobs.remove(&digest, before).await.map_err(CollectError::Blobs)? {
                    Removal::Kept => continue,
                    Removal::Missing => {}
                    Removal::Removed { bytes } => {
                        self.blobs += 1;
                        self.bytes += bytes;
                    }
                }
            }
            gone.push(text);
        }
        records.forget(ObjectKind::Blob, &gone).await.map_err(CollectError::Records)
    }
}

//! Reading an open file.

use std::io::{self, SeekFrom};

use tokio::io::{AsyncReadExt, AsyncSeekExt, Take};

use super::Metadata;

/// An open regular file. Its size may change while it is read.
#[derive(Debug)]
pub struct OpenFile {
    /// The file, positioned at its beginning.
    pub file: tokio::fs::File,
    /// What it was when it was opened.
    pub metadata: Metadata,
}

impl OpenFile {
    /// Reads the file whole, but no more than `limit` bytes; the flag says whether it is longer.
    pub async fn read(&mut self, limit: u64) -> io::Result<(Vec<u8>, bool)> {
        self.file.rewind().await?;
        let mut bytes = Vec::with_capacity(usize::try_from(self.metadata.bytes.min(limit)).unwrap_or(0));
        (&mut self.file).take(limit.saturating_add(1)).read_to_end(&mut bytes).await?;
        let longer = bytes.len() as u64 > limit;
        bytes.truncate(usize::try_from(limit).unwrap_or(usize::MAX));
        Ok((bytes, longer))
    }

    /// Returns a reader of at most `bytes` bytes from the offset `from` on: a stream that holds no more in memory than a
    /// buffer. Beyond the end there is nothing.
    pub async fn range(&mut self, from: u64, bytes: u64) -> io::Result<Take<&mut tokio::fs::File>> {
        self.file.seek(SeekFrom::Start(from)).await?;
        Ok((&mut self.file).take(bytes))
    }
}

//! Acknowledged writes a second: records alone, and uploads of a blob with its record, by one writer and by many at once.
//!
//! `cargo bench -p skilled-store --bench writers [-- FOLDER]`. Prints one JSON object. The folder (a new one in the temporary folder
//! otherwise) must be on the disk that matters: everything here waits for it.
#![allow(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a bench ends where something fails, and prints"
)]

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use bytes::Bytes;
use skilled_store::{
    BlobDigest, Blobs, DataDir, DiskBlobs, FileOrigin, FileRecord, Files, Quota, SqliteRecords,
};

/// How long each measure takes.
const TIME: Duration = Duration::from_secs(4);
const BLOB_BYTES: usize = 4096;

struct Bench {
    records: SqliteRecords,
    blobs: DiskBlobs,
    next: AtomicU64,
}

fn main() {
    let folder = std::env::args().skip(1).find(|word| !word.starts_with('-'));
    let temporary = tempfile::tempdir().unwrap();
    let folder = folder.map_or_else(|| temporary.path().to_owned(), |folder| Path::new(&folder).to_owned());
    let runtime = tokio::runtime::Runtime::new().unwrap();
    runtime.block_on(async {
        let data = DataDir::serve(&folder).unwrap();
        let records = SqliteRecords::open(&data.records()).await.unwrap();
        let blobs = DiskBlobs::open(&data.blobs()).unwrap();
        let bench = Arc::new(Bench { records, blobs, next: AtomicU64::new(0) });
        let records_1 = bench.measure(1, Write::Record).await;
        let records_64 = bench.measure(64, Write::Record).await;
        let uploads_1 = bench.measure(1, Write::Upload).await;
        let uploads_64 = bench.measure(64, Write::Upload).await;
        let megabytes = bench.stream().await;
        let outcome = serde_json::json!({
            "records_1": records_1,
            "records_64": records_64,
            "uploads_1": uploads_1,
            "uploads_64": uploads_64,
            "stream_megabytes": megabytes,
        });
        println!("{outcome}");
    });
}

#[derive(Debug, Clone, Copy)]
enum Write {
    Record,
    Upload,
}

impl Bench {
    /// Acknowledged writes a second by so many writers.
    async fn measure(self: &Arc<Self>, writers: usize, write: Write) -> u64 {
        let started = Instant::now();
        let mut tasks = tokio::task::JoinSet::new();
        for _ in 0..writers {
            let bench = Arc::clone(self);
            tasks.spawn(async move {
                let mut done = 0_u64;
                while started.elapsed() < TIME {
                    bench.write(write).await;
                    done += 1;
                }
                done
            });
        }
        let mut done = 0;
        while let Some(count) = tasks.join_next().await {
            done += count.unwrap();
        }
        (done as f64 / started.elapsed().as_secs_f64()) as u64
    }

    async fn write(&self, write: Write) {
        let number = self.next.fetch_add(1, Ordering::Relaxed);
        let (content, size_bytes) = match write {
            Write::Record => (BlobDigest::from_bytes([7; 32]), 100),
            Write::Upload => {
                let mut content = vec![7; BLOB_BYTES];
                content[..8].copy_from_slice(&number.to_le_bytes());
                let body = Box::pin(futures_util::stream::iter([Ok(Bytes::from(content))]));
                let put = self.blobs.put(body, u64::MAX, 1).await.unwrap();
                (put.digest, put.bytes)
            }
        };
        let record = FileRecord {
            id: format!("file_{number:022}"),
            workspace: "w1".to_owned(),
            filename: "notes.txt".to_owned(),
            mime_type: "text/plain".to_owned(),
            size_bytes,
            created_at: number,
            expires_at: None,
            downloadable: false,
            scope: None,
            content,
            origin: FileOrigin::Upload,
            released_at: None,
        };
        self.records.create_file(record, Quota::Bytes(u64::MAX)).await.unwrap();
    }

    /// Megabytes a second of one large blob.
    async fn stream(&self) -> u64 {
        let piece = Bytes::from(vec![1_u8; 1 << 20]);
        let pieces = (0..500).map(move |_| Ok(piece.clone()));
        let started = Instant::now();
        let put = self.blobs.put(Box::pin(futures_util::stream::iter(pieces)), u64::MAX, 1).await.unwrap();
        (put.bytes as f64 / 1e6 / started.elapsed().as_secs_f64()) as u64
    }
}

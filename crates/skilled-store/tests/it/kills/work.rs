//! The child's side: everything at once, until it is killed.

use std::path::Path;
use std::sync::Arc;

use bytes::Bytes;
use skilled_store::{
    BatchOutcome, Batches, BlobDigest, Blobs, Continue, DataDir, DiskBlobs, FileRecord, Files, Finished,
    NewBatchRequest, Quota, Skills, SqliteRecords, Threads,
};

use super::Numbers;
use crate::child::say;
use crate::suite::{batch, file, skill, thread, version};

/// A store and where the numbers of this child begin: no two children make the same ids.
struct Work {
    records: SqliteRecords,
    blobs: DiskBlobs,
    seed: u64,
}

/// Works with the store in `folder` until it is killed.
pub(crate) async fn work(folder: &Path, seed: u64) {
    let data = DataDir::serve(folder).unwrap();
    let records = SqliteRecords::open(&data.records()).await.unwrap();
    let blobs = DiskBlobs::open(&data.blobs()).unwrap();
    let work = Arc::new(Work { records, blobs, seed });
    say("begin");
    let mut tasks = tokio::task::JoinSet::new();
    for lane in 0..3_u64 {
        tasks.spawn(Arc::clone(&work).files(lane));
    }
    for lane in 0..2_u64 {
        tasks.spawn(Arc::clone(&work).skills(lane));
    }
    tasks.spawn(Arc::clone(&work).threads());
    tasks.spawn(Arc::clone(&work).batches());
    for lane in 0..2_u64 {
        tasks.spawn(Arc::clone(&work).results(lane));
    }
    while let Some(ended) = tasks.join_next().await {
        ended.unwrap();
    }
}

impl Work {
    fn numbers(&self, lane: u64) -> Numbers {
        Numbers(self.seed.wrapping_add(lane.wrapping_mul(0x1234_5678_9abc_def1)))
    }

    async fn put(&self, seed: u64, bytes: usize) -> BlobDigest {
        let content = Numbers::bytes(seed, bytes);
        let pieces: Vec<_> = content.chunks(10_000).map(|piece| Ok(Bytes::copy_from_slice(piece))).collect();
        let body = Box::pin(futures_util::stream::iter(pieces));
        self.blobs.put(body, u64::MAX, 1000).await.unwrap().digest
    }

    async fn files(self: Arc<Self>, lane: u64) {
        let mut numbers = self.numbers(lane);
        for number in 0.. {
            let seed = numbers.below(u64::MAX);
            let bytes = numbers.below(if number % 8 == 0 { 300_000 } else { 20_000 });
            let content = self.put(seed, bytes as usize).await;
            let id = format!("file_{:016x}_{lane}_{number}", self.seed);
            let record = FileRecord { content, size_bytes: bytes, ..file(&id, "w1", 1000 + number) };
            self.records.create_file(record, Quota::Unlimited).await.unwrap();
            say(&format!("file {id} {seed} {bytes}"));
            if numbers.below(3) == 0 {
                say(&format!("delete {id}"));
                self.records.delete_file("w1", &id, 2000).await.unwrap();
                say(&format!("deleted {id}"));
            }
        }
    }

    async fn skills(self: Arc<Self>, lane: u64) {
        let mut numbers = self.numbers(100 + lane);
        for number in 0.. {
            let id = format!("skill_{:016x}_{lane}_{number}", self.seed);
            let made = self.records.create_skill(skill(&id, "w1", 1000)).await.unwrap();
            say(&format!("version {id} {}", made.latest_version.unwrap().id));
            for next in 0..numbers.below(6) {
                let new = version(&format!("{id}_v{next}"), &id, 1000);
                let added = self.records.add_version("w1", new).await.unwrap();
                say(&format!("version {id} {}", added.id));
            }
        }
    }

    async fn threads(self: Arc<Self>) {
        let mut numbers = self.numbers(200);
        for number in 0_u64.. {
            let mut last = format!("msg_{:016x}_{number}_0", self.seed);
            let conversation = self.put(numbers.below(u64::MAX), 500).await;
            let first = skilled_store::ThreadRecord { conversation, ..thread(&last, "w1", 0) };
            self.records.create_thread(first).await.unwrap();
            say(&format!("thread {last}"));
            for turn in 1..5 {
                let begun = self.records.begin_continue("w1", &last, "holder", 1000, 1001).await.unwrap();
                assert!(matches!(begun, Continue::Begun(_)), "{begun:?}");
                let next = format!("msg_{:016x}_{number}_{turn}", self.seed);
                let conversation = self.put(numbers.below(u64::MAX), 500).await;
                let record = skilled_store::ThreadRecord { conversation, ..thread(&next, "w1", 0) };
                self.records.finish_continue("w1", &last, "holder", record).await.unwrap();
                say(&format!("continued {last} {next}"));
                last = next;
            }
        }
    }

    async fn batches(self: Arc<Self>) {
        let mut numbers = self.numbers(300);
        for number in 0.. {
            // Every second one takes several transactions.
            let count = if number % 2 == 0 { numbers.below(20) + 1 } else { numbers.below(1500) + 500 };
            let id = format!("msgbatch_{:016x}_{number}_{count}", self.seed);
            let request =
                |number| NewBatchRequest { custom_id: format!("c{number}"), params: "{}".to_owned() };
            let requests = (0..count).map(request).collect();
            self.records.create_batch(batch(&id, "w1", 1000 + number), requests).await.unwrap();
            say(&format!("batch {id} {count}"));
        }
    }

    async fn results(self: Arc<Self>, lane: u64) {
        let holder = format!("worker_{lane}");
        loop {
            let claimed = self.records.claim_requests(&holder, 2000, 3000, 2).await.unwrap();
            if claimed.is_empty() {
                tokio::task::yield_now().await;
            }
            for request in claimed {
                let (batch, position) = (&request.batch_id, request.position);
                let result = format!("\"{batch}/{position}\"");
                let kept =
                    self.records.finish_request(batch, position, BatchOutcome::Succeeded, Some(result), 2500);
                assert_ne!(kept.await.unwrap(), Finished::TooLate);
                say(&format!("result {batch} {position}"));
            }
        }
    }
}

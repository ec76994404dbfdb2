//! The parent's side: what was acknowledged, and what is there.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use futures_util::TryStreamExt;
use skilled_store::{
    BatchOutcome, BatchStatus, Batches, BlobDigest, Blobs, Continue, DataDir, DiskBlobs, FileFilter,
    FileRecord, Files, ObjectKind, Page, PageQuery, Records, References, SkillFilter, SkillRemoval, Skills,
    SqliteRecords, Start, Threads,
};

use super::Numbers;
use crate::blobs::digest_of;

/// What was acknowledged so far.
#[derive(Default)]
pub(super) struct Expected {
    /// Seed and size of the content of each file.
    files: BTreeMap<String, (u64, usize)>,
    /// Files that are gone, or on their way.
    going: BTreeSet<String>,
    gone: BTreeSet<String>,
    versions: BTreeMap<String, BTreeSet<String>>,
    /// Each message since the last kill, and what continues it.
    threads: BTreeMap<String, Option<String>>,
    /// What those before need for ever, as nobody continues them any more.
    conversations: BTreeSet<BlobDigest>,
    batches: BTreeMap<String, u64>,
    results: BTreeMap<String, BTreeSet<u32>>,
    /// Files whose content was compared already; content never changes.
    compared: BTreeSet<String>,
    pub(super) files_seen: usize,
    pub(super) versions_seen: usize,
    pub(super) batches_seen: usize,
    pub(super) threads_seen: usize,
    /// Things that are there, whole, though the kill came before their acknowledgement.
    pub(super) unacknowledged: usize,
}

impl Expected {
    /// Takes what a child said.
    pub(super) fn hear(&mut self, said: &str) {
        let words: Vec<&str> = said.split(' ').collect();
        let owned = |at: usize| words[at].to_owned();
        match words[0] {
            "file" => {
                self.files.insert(owned(1), (words[2].parse().unwrap(), words[3].parse().unwrap()));
                self.files_seen += 1;
            }
            "delete" => drop(self.going.insert(owned(1))),
            "deleted" => drop(self.gone.insert(owned(1))),
            "version" => {
                self.versions.entry(owned(1)).or_default().insert(owned(2));
                self.versions_seen += 1;
            }
            "thread" => {
                self.threads.insert(owned(1), None);
                self.threads_seen += 1;
            }
            "continued" => {
                self.threads.insert(owned(1), Some(owned(2)));
                self.threads.insert(owned(2), None);
                self.threads_seen += 1;
            }
            "batch" => {
                self.batches.insert(owned(1), words[2].parse().unwrap());
                self.batches_seen += 1;
            }
            "result" => {
                self.results.entry(owned(1)).or_default().insert(words[2].parse().unwrap());
            }
            other => panic!("a child said {other:?}"),
        }
    }

    /// Opens the store and compares.
    pub(super) async fn check(&mut self, folder: &Path) {
        // The kill has let go of it.
        let data = DataDir::serve(folder).unwrap();
        let records = SqliteRecords::open(&data.records()).await.unwrap();
        let blobs = DiskBlobs::open(&data.blobs()).unwrap();
        let temporary = std::fs::read_dir(data.blobs().join("tmp")).unwrap().count();
        assert_eq!(temporary, 0, "what was half written is swept");
        let mut needed = self.check_files(&records, &blobs).await;
        self.check_threads(&records).await;
        needed.extend(&self.conversations);
        self.check_skills(&records).await;
        self.check_batches(&records).await;
        check_references(&records, &blobs, needed).await;
        records.close().await.unwrap();
    }

    /// Returns the contents that the files need.
    async fn check_files(&mut self, records: &SqliteRecords, blobs: &DiskBlobs) -> BTreeSet<BlobDigest> {
        let mut seen = BTreeMap::new();
        let mut start = Start::First;
        loop {
            let query = PageQuery::newest(1000).from(start);
            let page: Page<FileRecord> = records.files("w1", FileFilter::default(), query).await.unwrap();
            seen.extend(page.items.into_iter().map(|file| (file.id.clone(), file)));
            let Some(next) = page.next else { break };
            start = Start::At(next);
        }
        let total: u64 = seen.values().map(|file| file.size_bytes).sum();
        assert_eq!(records.used_bytes("w1").await.unwrap(), total);
        for id in self.files.keys().filter(|id| !self.going.contains(*id)) {
            assert!(seen.contains_key(id), "{id} was acknowledged and is lost");
        }
        for id in &self.gone {
            assert!(!seen.contains_key(id), "{id} was deleted and is back");
        }
        for (id, file) in &seen {
            let acknowledged = self.files.get(id);
            if !self.compared.insert(id.clone()) {
                continue;
            }
            self.unacknowledged += usize::from(acknowledged.is_none());
            let opened = blobs.open(&file.content, None).await.unwrap();
            let opened = opened.unwrap_or_else(|| panic!("{id} can be seen and its content cannot"));
            let pieces: Vec<_> = opened.bytes.try_collect().await.unwrap();
            let content = pieces.concat();
            assert_eq!(content.len() as u64, file.size_bytes, "{id}");
            assert_eq!(digest_of(&content), file.content, "{id}");
            if let Some((seed, bytes)) = acknowledged {
                assert!(content == Numbers::bytes(*seed, *bytes), "{id} has other content than was uploaded");
            }
        }
        seen.values().map(|file| file.content).collect()
    }

    async fn check_threads(&mut self, records: &SqliteRecords) {
        let threads = std::mem::take(&mut self.threads);
        let begin = |message| records.begin_continue("w1", message, "look", 1001, 1001);
        let states = futures_util::future::join_all(threads.keys().map(|message| begin(message))).await;
        for ((message, next), state) in threads.iter().zip(states) {
            match (state.unwrap(), next) {
                (Continue::Begun(thread), None) => drop(self.conversations.insert(thread.conversation)),
                (Continue::AlreadyContinued { by }, Some(next)) => assert_eq!(by, *next),
                // Its acknowledgement was cut off. What continues it must be there.
                (Continue::AlreadyContinued { by }, None) => {
                    let state = records.begin_continue("w1", &by, "look", 1001, 1001).await.unwrap();
                    let Continue::Begun(thread) = state else {
                        panic!("{by} continues {message} and is {state:?}")
                    };
                    self.conversations.insert(thread.conversation);
                    self.unacknowledged += 1;
                }
                (state, next) => panic!("{message}, continued by {next:?}, is {state:?}"),
            }
        }
    }

    async fn check_skills(&mut self, records: &SqliteRecords) {
        let mut start = Start::First;
        let mut seen = BTreeMap::new();
        loop {
            let query = PageQuery::newest(1000).from(start);
            let page = records.skills("w1", SkillFilter::default(), query).await.unwrap();
            seen.extend(page.items.into_iter().map(|skill| (skill.id.clone(), skill)));
            let Some(next) = page.next else { break };
            start = Start::At(next);
        }
        for id in self.versions.keys() {
            assert!(seen.contains_key(id), "{id} was acknowledged and is lost");
        }
        for (id, skill) in seen {
            let known = self.versions.entry(id.clone()).or_default();
            let versions = records.versions("w1", &id, PageQuery::newest(1000)).await.unwrap().items;
            assert_eq!(
                versions.first(),
                skill.latest_version.as_ref(),
                "{id} has no version, or another latest one"
            );
            let there: BTreeSet<String> = versions.into_iter().map(|version| version.id).collect();
            let lost: Vec<_> = known.difference(&there).collect();
            assert_eq!(lost, [""; 0], "versions of {id} that were acknowledged");
            self.unacknowledged += there.len() - known.len();
            *known = there;
        }
        // Looked at often enough; the others take their time.
        if self.versions.len() > 500 {
            for id in std::mem::take(&mut self.versions).into_keys() {
                records.delete_skill("w1", &id, SkillRemoval::WithVersions, 9000).await.unwrap();
            }
        }
    }

    async fn check_batches(&mut self, records: &SqliteRecords) {
        let mut seen = BTreeMap::new();
        let page = records.batches("w1", PageQuery::newest(1000)).await.unwrap();
        assert!(!page.has_more);
        seen.extend(page.items.into_iter().map(|batch| (batch.id.clone(), batch)));
        for id in self.batches.keys() {
            assert!(seen.contains_key(id), "{id} was acknowledged and is lost");
        }
        for (id, batch) in seen {
            // The id ends with the number of its requests.
            let count: u64 = id.rsplit('_').next().unwrap().parse().unwrap();
            self.unacknowledged += usize::from(!self.batches.contains_key(&id));
            let counts = batch.counts;
            assert_eq!(counts.processing + counts.succeeded, count, "{id}: {counts:?}");
            // Ended, so that its requests can be read; what was being run has lost its runner.
            if batch.status != BatchStatus::Ended {
                records.cancel_batch("w1", &id, 9000).await.unwrap();
                records.sweep_batches(9000).await.unwrap();
            }
            let results = results(records, &id).await;
            assert_eq!(results.len() as u64, count, "{id} is not whole");
            let succeeded: BTreeSet<u32> = results
                .iter()
                .filter(|(_, outcome, result)| {
                    *outcome == BatchOutcome::Succeeded
                        && result.as_ref().is_some_and(|text| text.contains(&id))
                })
                .map(|(position, ..)| *position)
                .collect();
            assert_eq!(succeeded.len() as u64, counts.succeeded, "{id}");
            let lost: Vec<u32> =
                self.results.remove(&id).unwrap_or_default().difference(&succeeded).copied().collect();
            assert_eq!(lost, [0; 0], "results of {id} that were acknowledged");
            records.delete_batch("w1", &id).await.unwrap();
            self.batches.remove(&id);
        }
        assert!(self.results.is_empty(), "results of no batch: {:?}", self.results);
    }
}

async fn results(records: &SqliteRecords, id: &str) -> Vec<(u32, BatchOutcome, Option<String>)> {
    let (mut results, mut after) = (Vec::new(), None);
    loop {
        let page = records.batch_results("w1", id, after, 1000).await.unwrap();
        let Some(last) = page.last() else { return results };
        after = Some(last.position);
        results.extend(page.into_iter().map(|result| (result.position, result.outcome, result.result)));
    }
}

/// What is referred to must be there. That is what records name, and at most what was never acknowledged besides.
async fn check_references(records: &SqliteRecords, blobs: &DiskBlobs, needed: BTreeSet<BlobDigest>) {
    let mut referenced = BTreeSet::new();
    let mut after: Option<String> = None;
    loop {
        let page = records.referenced(ObjectKind::Blob, after.as_deref(), 1000).await.unwrap();
        let Some(last) = page.last() else { break };
        after = Some(last.clone());
        referenced.extend(page.iter().map(|digest| digest.parse::<BlobDigest>().unwrap()));
    }
    let missing: Vec<_> = needed.difference(&referenced).collect();
    assert!(missing.is_empty(), "records name contents that are not counted: {missing:?}");
    for digest in &referenced {
        assert!(blobs.size(digest).await.unwrap().is_some(), "{digest} is referred to and is not there");
    }
}

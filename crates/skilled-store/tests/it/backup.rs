//! Backups of a store that is in use, and the way back.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};

use skilled_store::{
    BackedUp, BackupError, Blobs, DataDir, DiskBlobs, FileFilter, FileRecord, Files, PageQuery, Quota,
    Records, SqliteRecords, Start, StoreError, backup, restore,
};
use tempfile::TempDir;

use crate::blobs::{body, content, digest_of};
use crate::suite::file;

struct Served {
    folder: TempDir,
    data: DataDir,
    records: SqliteRecords,
    blobs: DiskBlobs,
}

impl Served {
    async fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let data = DataDir::serve(&folder.path().join("data")).unwrap();
        let records = SqliteRecords::open(&data.records()).await.unwrap();
        let blobs = DiskBlobs::open(&data.blobs()).unwrap();
        Self { folder, data, records, blobs }
    }

    async fn upload(&self, number: u32) {
        upload(&self.records, &self.blobs, number).await;
    }
}

async fn upload(records: &SqliteRecords, blobs: &DiskBlobs, number: u32) {
    let text = format!("the content of {number}");
    let put = blobs.put(body(&[text.as_bytes()]), 1000, 1000).await.unwrap();
    let record = FileRecord { content: put.digest, size_bytes: put.bytes, ..file(&id(number), "w1", 1) };
    records.create_file(record, Quota::Unlimited).await.unwrap();
}

fn id(number: u32) -> String {
    format!("file_{number:06}")
}

/// Checks that each file of a restored store is there with its content; returns how many.
async fn check(root: &Path) -> u32 {
    let data = DataDir::serve(root).unwrap();
    let records = SqliteRecords::open(&data.records()).await.unwrap();
    let blobs = DiskBlobs::open(&data.blobs()).unwrap();
    let (mut count, mut start) = (0, Start::First);
    loop {
        let page =
            records.files("w1", FileFilter::default(), PageQuery::newest(500).from(start)).await.unwrap();
        for file in &page.items {
            let number: u32 = file.id["file_".len()..].parse().unwrap();
            let text = format!("the content of {number}");
            assert_eq!(content(&blobs, &file.content).await.as_deref(), Some(text.as_bytes()), "{}", file.id);
            count += 1;
        }
        match page.next {
            Some(next) => start = Start::At(next),
            None => return count,
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_backup_of_a_busy_store_is_whole() {
    let served = Served::new().await;
    for number in 0..50 {
        served.upload(number).await;
    }
    let (stop, acknowledged) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicU32::new(50)));
    let writing = tokio::spawn({
        let (records, blobs) = (served.records.clone(), served.blobs.clone());
        let (stop, acknowledged) = (Arc::clone(&stop), Arc::clone(&acknowledged));
        async move {
            while !stop.load(Ordering::SeqCst) {
                let number = acknowledged.load(Ordering::SeqCst);
                upload(&records, &blobs, number).await;
                acknowledged.store(number + 1, Ordering::SeqCst);
            }
        }
    });
    for round in 0..3 {
        let to = served.folder.path().join(format!("backup-{round}"));
        let before = acknowledged.load(Ordering::SeqCst);
        // As another process would, which does not serve.
        let made = backup(&DataDir::beside(served.data.root()), &to, &[]).await.unwrap();
        let root = served.folder.path().join(format!("restored-{round}"));
        assert_eq!(restore(&to, &root, &[]).await.unwrap(), made);
        let count = check(&root).await;
        assert_eq!(u64::from(count), made.blobs);
        assert!(count >= before, "what was acknowledged before is in it: {count} of {before}");
    }
    stop.store(true, Ordering::SeqCst);
    writing.await.unwrap();
    let last = acknowledged.load(Ordering::SeqCst);
    assert!(last > 50, "nothing was written meanwhile, so nothing was tried");
}

#[tokio::test]
async fn further_folders_come_along() {
    let served = Served::new().await;
    served.upload(1).await;
    let skill = served.data.root().join("skills/abc");
    std::fs::create_dir_all(skill.join("scripts")).unwrap();
    std::fs::write(skill.join("SKILL.md"), "text").unwrap();
    std::os::unix::fs::symlink("../SKILL.md", skill.join("scripts/link")).unwrap();
    let folders = ["skills", "missing"];
    let to = served.folder.path().join("backup");
    let made = backup(&served.data, &to, &folders).await.unwrap();
    assert_eq!(made, BackedUp { blobs: 1, bytes: 16 });
    let root = served.folder.path().join("restored");
    restore(&to, &root, &folders).await.unwrap();
    assert_eq!(std::fs::read(root.join("skills/abc/scripts/link")).unwrap(), b"text");
    assert!(!root.join("missing").exists());
    assert_eq!(check(&root).await, 1);
}

#[tokio::test]
async fn nothing_is_overwritten() {
    let served = Served::new().await;
    let to = served.folder.path().join("backup");
    std::fs::create_dir(&to).unwrap();
    let error = backup(&served.data, &to, &[]).await.unwrap_err();
    assert!(matches!(error, BackupError::Exists { .. }), "{error:?}");
    std::fs::remove_dir(&to).unwrap();
    backup(&served.data, &to, &[]).await.unwrap();

    let error = restore(&to, served.data.root(), &[]).await.unwrap_err();
    assert!(matches!(error, BackupError::DataDir(_)), "it is being served: {error:?}");
    let root = served.data.root().to_owned();
    served.records.close().await.unwrap();
    let Served { data, folder: _folder, .. } = served;
    drop(data);
    let error = restore(&to, &root, &[]).await.unwrap_err();
    assert!(matches!(error, BackupError::Exists { .. }), "{error:?}");
}

#[tokio::test]
async fn a_damaged_backup_is_found_out() {
    let served = Served::new().await;
    served.upload(1).await;
    let to = served.folder.path().join("backup");
    backup(&served.data, &to, &[]).await.unwrap();
    let digest = digest_of(b"the content of 1");
    let name = digest.to_string();
    let blob = to.join("blobs").join(&name[..2]).join(&name[2..]);
    let root = served.folder.path().join("restored");

    // Not written to: it is a link to the blob of the store.
    std::fs::remove_file(&blob).unwrap();
    std::fs::write(&blob, "the content of 2").unwrap();
    let error = restore(&to, &root, &[]).await.unwrap_err();
    assert!(matches!(error, BackupError::Damaged { digest: found, .. } if found == digest), "{error:?}");
    std::fs::remove_file(&blob).unwrap();
    let error = restore(&to, &root, &[]).await.unwrap_err();
    assert!(matches!(error, BackupError::Missing { digest: found, .. } if found == digest), "{error:?}");
    assert!(!root.join("records.sqlite3").exists(), "an attempt that failed can be made again");

    std::fs::write(&blob, "the content of 1").unwrap();
    restore(&to, &root, &[]).await.unwrap();
    assert_eq!(check(&root).await, 1);

    std::fs::write(to.join("records.sqlite3"), "no database at all, but a longer text").unwrap();
    let error = restore(&to, &served.folder.path().join("other"), &[]).await.unwrap_err();
    assert!(matches!(error, BackupError::Records(StoreError::Database { .. })), "{error:?}");
}

#[tokio::test]
async fn a_store_that_lost_a_blob_has_no_backup() {
    let served = Served::new().await;
    served.upload(1).await;
    std::fs::remove_file(served.blobs.local_path(&digest_of(b"the content of 1")).unwrap()).unwrap();
    let to = served.folder.path().join("backup");
    let error = backup(&served.data, &to, &[]).await.unwrap_err();
    assert!(matches!(error, BackupError::Missing { .. }), "{error:?}");
    assert!(!to.exists());
}

//! What SQLite alone has: files, schemas, processes beside each other.

use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

use skilled_store::{
    DataDir, DataDirError, FileFilter, Files, Keys, PageQuery, Quota, Records, SqliteRecords, StoreError,
    WorkspaceRecord, Workspaces,
};

use crate::suite::{Sqlite, file, key};

/// Changes the header of a database by its own bytes: offset 60 holds the schema, 68 whose it is.
fn overwrite(file: &Path, offset: u64, value: u32) {
    use std::os::unix::fs::FileExt;
    let database = std::fs::OpenOptions::new().write(true).open(file).unwrap();
    database.write_all_at(&value.to_be_bytes(), offset).unwrap();
}

async fn made(folder: &Path) -> std::path::PathBuf {
    let path = folder.join("records.sqlite3");
    let records = SqliteRecords::open(&path).await.unwrap();
    records.create_workspace(workspace(1)).await.unwrap();
    records.close().await.unwrap();
    path
}

fn workspace(number: u8) -> WorkspaceRecord {
    let created_at = u64::from(number);
    WorkspaceRecord { id: format!("wrkspc_{number}"), name: format!("team {number}"), created_at }
}

#[tokio::test]
async fn what_was_kept_is_there_the_next_time() {
    let folder = tempfile::tempdir().unwrap();
    let path = made(folder.path()).await;
    let records = SqliteRecords::open(&path).await.unwrap();
    assert_eq!(records.workspaces().await.unwrap(), [workspace(1)]);
    records.check().await.unwrap();
}

#[tokio::test]
async fn a_newer_schema_is_refused_and_left_alone() {
    let folder = tempfile::tempdir().unwrap();
    let path = made(folder.path()).await;
    overwrite(&path, 60, 7);
    let before = std::fs::read(&path).unwrap();
    for error in
        [SqliteRecords::open(&path).await.unwrap_err(), SqliteRecords::attach(&path).await.unwrap_err()]
    {
        assert!(matches!(error, StoreError::Newer { found: 7, known: 1, .. }), "{error:?}");
        let text = error.to_string();
        assert!(
            text.contains("schema 7") && text.contains("up to 1") && text.contains("records.sqlite3"),
            "{text}"
        );
    }
    assert_eq!(std::fs::read(&path).unwrap(), before);
}

#[tokio::test]
async fn a_database_of_something_else_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let path = made(folder.path()).await;
    overwrite(&path, 68, 1234);
    let error = SqliteRecords::open(&path).await.unwrap_err();
    assert!(matches!(error, StoreError::Foreign { .. }), "{error:?}");
    std::fs::write(&path, "this is no database, however one looks at it").unwrap();
    let error = SqliteRecords::open(&path).await.unwrap_err();
    assert!(matches!(error, StoreError::Database { .. }), "{error:?}");
}

#[tokio::test]
async fn attaching_makes_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("records.sqlite3");
    assert!(SqliteRecords::attach(&path).await.is_err());
    assert!(!path.exists());
    std::fs::write(&path, "").unwrap();
    let error = SqliteRecords::attach(&path).await.unwrap_err();
    assert!(matches!(error, StoreError::Older { found: 0, known: 1, .. }), "{error:?}");
}

#[tokio::test]
async fn two_may_use_one_store_and_see_each_other() {
    let Sqlite { records, folder } = Sqlite::new().await;
    let beside = SqliteRecords::attach(&folder.path().join("records.sqlite3")).await.unwrap();
    beside.create_workspace(workspace(1)).await.unwrap();
    let adding = (0..40_u8).map(|number| {
        let store = if number % 2 == 0 { &records } else { &beside };
        store.create_key(key(number, "wrkspc_1"))
    });
    for added in futures_util::future::join_all(adding).await {
        added.unwrap();
    }
    assert_eq!(records.keys(None).await.unwrap().len(), 40);
    assert_eq!(beside.keys(None).await.unwrap().len(), 40);
}

#[tokio::test]
async fn only_the_owner_can_look_into_it() {
    let folder = tempfile::tempdir().unwrap();
    let inner = folder.path().join("a/b");
    let records = SqliteRecords::open(&inner.join("records.sqlite3")).await.unwrap();
    records.create_workspace(workspace(1)).await.unwrap();
    let mode = |path: &Path| std::fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(&inner), 0o700);
    let files: Vec<_> = std::fs::read_dir(&inner).unwrap().map(|entry| entry.unwrap().path()).collect();
    assert!(files.len() >= 2, "the log is beside the database: {files:?}");
    for file in files {
        assert_eq!(mode(&file), 0o600, "{}", file.display());
    }
}

#[tokio::test]
async fn a_closed_store_says_so_and_is_one_file() {
    let Sqlite { records, folder } = Sqlite::new().await;
    let pending = (0..20_u8).map(|number| records.create_workspace(workspace(number)));
    let pending = futures_util::future::join_all(pending);
    let (kept, closed) = tokio::join!(pending, records.close());
    closed.unwrap();
    for kept in kept {
        kept.unwrap();
    }
    assert!(matches!(records.workspaces().await, Err(StoreError::Closed)));
    assert!(matches!(records.create_workspace(workspace(99)).await, Err(StoreError::Closed)));
    assert!(matches!(records.check().await, Err(StoreError::Closed)));
    records.close().await.unwrap();
    let files: Vec<_> =
        std::fs::read_dir(folder.path()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert_eq!(files, ["records.sqlite3"]);
    let records = SqliteRecords::open(&folder.path().join("records.sqlite3")).await.unwrap();
    assert_eq!(records.workspaces().await.unwrap().len(), 20);
}

#[tokio::test]
async fn who_stops_waiting_harms_nobody() {
    let Sqlite { records, folder: _folder } = Sqlite::new().await;
    for number in 0..50 {
        let dropped = file(&format!("dropped_{number}"), "w1", 1);
        // Polled once, so that it is under way.
        let _ = tokio::time::timeout(Duration::ZERO, records.create_file(dropped, Quota::Unlimited)).await;
        records.create_file(file(&format!("f_{number}"), "w1", 1), Quota::Unlimited).await.unwrap();
    }
    let page = records.files("w1", FileFilter::default(), PageQuery::newest(1000)).await.unwrap();
    assert_eq!(page.items.iter().filter(|file| file.id.starts_with("f_")).count(), 50);
    assert_eq!(records.used_bytes("w1").await.unwrap(), 100 * page.items.len() as u64);
}

#[test]
fn one_process_serves_a_folder() {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path().join("data");
    let serving = DataDir::serve(&root).unwrap();
    let error = DataDir::serve(&root).unwrap_err();
    assert!(matches!(error, DataDirError::InUse { .. }), "{error:?}");
    assert_eq!(DataDir::beside(&root).records(), root.join("records.sqlite3"));
    // A child that outlives this holds a copy of every descriptor, and no lock.
    let mut child = Command::new("sleep").arg("30").spawn().unwrap();
    drop(serving);
    drop(DataDir::serve(&root).unwrap());
    child.kill().unwrap();
    child.wait().unwrap();
}

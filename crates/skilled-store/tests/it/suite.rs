//! What every implementation of `Records` must do. Each test gets a fresh store; [`on_every_store`] names the
//! implementations.

mod batches;
mod containers;
mod files;
mod keys;
mod lists;
mod references;
mod skills;
mod threads;

use skilled_store::{
    BatchCounts, BatchRecord, BatchStatus, BlobDigest, ContainerRecord, ContainerState, DisplayNames,
    FileOrigin, FileRecord, KeyRecord, NewBatchRequest, NewSkill, SkillVersionRecord, SqliteRecords,
    ThreadRecord,
};
use tempfile::TempDir;

/// Makes a test of each function here for each implementation.
macro_rules! on_every_store {
    ($($test:ident),+ $(,)?) => {
        mod sqlite {
            $(#[tokio::test]
            async fn $test() {
                let place = crate::suite::Sqlite::new().await;
                super::$test(&place.records).await;
            })+
        }
    };
}
use on_every_store;

/// A fresh store in SQLite.
pub(crate) struct Sqlite {
    pub(crate) records: SqliteRecords,
    pub(crate) folder: TempDir,
}

impl Sqlite {
    pub(crate) async fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let records = SqliteRecords::open(&folder.path().join("records.sqlite3")).await.unwrap();
        Self { records, folder }
    }
}

pub(crate) fn digest(number: u8) -> BlobDigest {
    BlobDigest::from_bytes([number; 32])
}

pub(crate) fn key(number: u8, workspace: &str) -> KeyRecord {
    KeyRecord {
        id: format!("key_{number}"),
        workspace: workspace.to_owned(),
        name: format!("key number {number}"),
        hash: [number; 32],
        hint: format!("x{number:03}"),
        created_at: 1000 + u64::from(number),
        revoked_at: None,
        last_used_at: None,
    }
}

pub(crate) fn version(id: &str, skill: &str, epoch_us: u64) -> SkillVersionRecord {
    SkillVersionRecord {
        id: id.to_owned(),
        skill_id: skill.to_owned(),
        epoch_us,
        name: "pdf-tools".to_owned(),
        description: format!("what {id} does"),
        directory: "pdf-tools".to_owned(),
        tree_digest: format!("sha256:{id}"),
        bytes: 17,
        created_at: epoch_us / 1000,
    }
}

pub(crate) fn skill(id: &str, workspace: &str, epoch_us: u64) -> NewSkill {
    NewSkill {
        id: id.to_owned(),
        workspace: workspace.to_owned(),
        source: "custom".to_owned(),
        display_name: format!("The {id}"),
        display_names: DisplayNames::Unique,
        first: version(&format!("{id}-1"), id, epoch_us),
    }
}

pub(crate) fn file(id: &str, workspace: &str, created_at: u64) -> FileRecord {
    FileRecord {
        id: id.to_owned(),
        workspace: workspace.to_owned(),
        filename: format!("{id}.txt"),
        mime_type: "text/plain".to_owned(),
        size_bytes: 100,
        created_at,
        expires_at: None,
        downloadable: false,
        scope: None,
        content: digest(1),
        origin: FileOrigin::Upload,
        released_at: None,
    }
}

pub(crate) fn container(id: &str, workspace: &str, created_at: u64) -> ContainerRecord {
    ContainerRecord {
        id: id.to_owned(),
        workspace: workspace.to_owned(),
        state: ContainerState::Active,
        created_at,
        last_used_at: created_at,
        expires_at: created_at + 100,
        skills: serde_json::json!([{"skill_id": "xlsx"}]),
        control: serde_json::json!({"pid": 7}),
        session_dir: format!("/data/{id}"),
    }
}

pub(crate) fn thread(message: &str, workspace: &str, content: u8) -> ThreadRecord {
    ThreadRecord {
        message_id: message.to_owned(),
        workspace: workspace.to_owned(),
        conversation: digest(content),
        container_id: Some("container_1".to_owned()),
        created_at: 1000,
        expires_at: 2000,
        continued_by: None,
    }
}

pub(crate) fn batch(id: &str, workspace: &str, created_at: u64) -> BatchRecord {
    BatchRecord {
        id: id.to_owned(),
        workspace: workspace.to_owned(),
        key: "key_1".to_owned(),
        created_at,
        expires_at: created_at + 10_000,
        status: BatchStatus::InProgress,
        cancel_initiated_at: None,
        ended_at: None,
        archived_at: None,
        counts: BatchCounts::default(),
    }
}

pub(crate) fn requests(count: usize) -> Vec<NewBatchRequest> {
    let request = |number| NewBatchRequest {
        custom_id: format!("c{number}"),
        params: format!("{{\"max_tokens\":{number}}}"),
    };
    (0..count).map(request).collect()
}

use skilled_store::{
    FileFilter, FileOrigin, FileRecord, FileScope, Noun, ObjectKind, PageQuery, Quota, Records, StoreError,
};

use super::{digest, file, on_every_store};

on_every_store!(
    files_come_and_go,
    the_room_of_a_workspace_is_kept,
    uploads_at_once_do_not_exceed_the_room,
    content_goes_when_files_expire,
    files_are_found_by_scope_and_by_ids,
);

async fn files_come_and_go(records: &dyn Records) {
    let plain = file("file_1", "w1", 1000);
    let full = FileRecord {
        expires_at: Some(9000),
        downloadable: true,
        scope: Some(FileScope { id: "container_1".to_owned(), kind: "container".to_owned() }),
        origin: FileOrigin::Container,
        ..file("file_2", "w1", 1000)
    };
    for file in [&plain, &full] {
        records.create_file(file.clone(), Quota::Unlimited).await.unwrap();
        assert_eq!(records.file("w1", &file.id).await.unwrap().as_ref(), Some(file));
        assert_eq!(records.file("w2", &file.id).await.unwrap(), None);
    }
    let error = records.create_file(plain.clone(), Quota::Unlimited).await.unwrap_err();
    assert!(matches!(error, StoreError::Exists { what: Noun::File, .. }), "{error:?}");
    let error = records.delete_file("w2", "file_1", 1).await.unwrap_err();
    assert!(matches!(error, StoreError::NotFound { what: Noun::File, .. }), "{error:?}");
    assert_eq!(records.delete_file("w1", "file_1", 1).await.unwrap(), plain);
    assert_eq!(records.file("w1", "file_1").await.unwrap(), None);
    let page = records.files("w1", FileFilter::default(), PageQuery::newest(10)).await.unwrap();
    assert_eq!(page.items, [full]);
}

async fn the_room_of_a_workspace_is_kept(records: &dyn Records) {
    let quota = Quota::Bytes(250);
    for id in ["file_1", "file_2"] {
        records.create_file(file(id, "w1", 1), quota).await.unwrap();
    }
    let error = records.create_file(file("file_3", "w1", 1), quota).await.unwrap_err();
    assert!(matches!(error, StoreError::Quota { limit: 250, used: 200, wanted: 100 }), "{error:?}");
    assert_eq!(records.file("w1", "file_3").await.unwrap(), None);
    records.create_file(file("file_4", "w2", 1), quota).await.unwrap();
    records.create_file(FileRecord { size_bytes: 50, ..file("file_5", "w1", 1) }, quota).await.unwrap();
    assert_eq!(records.used_bytes("w1").await.unwrap(), 250);
    records.delete_file("w1", "file_1", 1).await.unwrap();
    assert_eq!(records.used_bytes("w1").await.unwrap(), 150);
    records.create_file(file("file_6", "w1", 1), quota).await.unwrap();
    assert_eq!(records.used_bytes("w3").await.unwrap(), 0);
}

async fn uploads_at_once_do_not_exceed_the_room(records: &dyn Records) {
    let quota = Quota::Bytes(1000);
    let ids: Vec<String> = (0..40).map(|number| format!("file_{number}")).collect();
    let uploads = ids.iter().map(|id| records.create_file(file(id, "w1", 1), quota));
    let results = futures_util::future::join_all(uploads).await;
    assert_eq!(results.iter().filter(|result| result.is_ok()).count(), 10);
    assert!(
        results.iter().flat_map(Result::as_ref).count() == 10
            && results.iter().all(|result| matches!(result, Ok(()) | Err(StoreError::Quota { .. })))
    );
    assert_eq!(records.used_bytes("w1").await.unwrap(), 1000);
}

async fn content_goes_when_files_expire(records: &dyn Records) {
    for (number, expires_at) in [(1, Some(5000)), (2, Some(6000)), (3, None)] {
        let id = format!("file_{number}");
        let file = FileRecord { expires_at, content: digest(number), ..file(&id, "w1", 1000) };
        records.create_file(file, Quota::Unlimited).await.unwrap();
    }
    assert_eq!(records.release_expired_files(4999, 10).await.unwrap(), 0);
    assert_eq!(records.release_expired_files(5000, 10).await.unwrap(), 1);
    assert_eq!(records.release_expired_files(5000, 10).await.unwrap(), 0, "once");
    let released = records.file("w1", "file_1").await.unwrap().unwrap();
    assert_eq!(released.released_at, Some(5000));
    assert_eq!(records.used_bytes("w1").await.unwrap(), 200);
    let stale = || records.unreferenced(ObjectKind::Blob, 10_000, None, 10);
    assert_eq!(stale().await.unwrap(), [digest(1).to_string()]);

    // Both are deleted, the second with its content, the first without counting twice.
    assert_eq!(records.delete_expired_files(6001, 7000, 1).await.unwrap(), 1);
    assert_eq!(records.delete_expired_files(6001, 7000, 10).await.unwrap(), 1);
    assert_eq!(records.used_bytes("w1").await.unwrap(), 100);
    assert_eq!(stale().await.unwrap(), [digest(1).to_string(), digest(2).to_string()]);
    assert_eq!(records.file("w1", "file_1").await.unwrap(), None);
    assert!(records.file("w1", "file_3").await.unwrap().is_some());
    assert_eq!(records.release_expired_files(u64::MAX, 10).await.unwrap(), 0);
}

async fn files_are_found_by_scope_and_by_ids(records: &dyn Records) {
    for (id, workspace, scope) in
        [("f1", "w1", Some("c1")), ("f2", "w1", Some("c2")), ("f3", "w1", None), ("f4", "w2", Some("c1"))]
    {
        let scope = scope.map(|id| FileScope { id: id.to_owned(), kind: "container".to_owned() });
        records.create_file(FileRecord { scope, ..file(id, workspace, 1) }, Quota::Unlimited).await.unwrap();
    }
    let filter = FileFilter { scope_id: Some("c1".to_owned()) };
    let page = records.files("w1", filter, PageQuery::newest(10)).await.unwrap();
    assert_eq!(page.items.iter().map(|file| file.id.as_str()).collect::<Vec<_>>(), ["f1"]);

    let wanted = ["f3", "f9", "f1", "f4", "f3"].map(str::to_owned);
    let found = records.files_by_id("w1", &wanted).await.unwrap();
    assert_eq!(found.iter().map(|file| file.id.as_str()).collect::<Vec<_>>(), ["f3", "f1"]);
    assert_eq!(records.files_by_id("w1", &[]).await.unwrap(), []);
    let error = records.files_by_id("w1", &vec![String::new(); 1001]).await.unwrap_err();
    assert!(matches!(error, StoreError::BadCount { given: 1001, limit: 1000 }), "{error:?}");
}

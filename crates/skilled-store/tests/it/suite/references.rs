use skilled_store::{
    FileRecord, LastVersion, ObjectKind, Quota, Records, SkillRemoval, SkillVersionRecord, StoreError,
    VersionRef,
};

use super::{digest, file, on_every_store, skill, thread, version};

on_every_store!(
    content_is_needed_as_long_as_any_record_names_it,
    trees_are_counted_like_blobs,
    what_was_forgotten_is_unknown,
    a_change_that_failed_counts_nothing,
);

const BLOB: ObjectKind = ObjectKind::Blob;

async fn content_is_needed_as_long_as_any_record_names_it(records: &dyn Records) {
    let with = |id: &str, number| FileRecord { content: digest(number), ..file(id, "w1", 1) };
    for (id, number) in [("f1", 1), ("f2", 1), ("f3", 2)] {
        records.create_file(with(id, number), Quota::Unlimited).await.unwrap();
    }
    records.create_thread(thread("msg_1", "w2", 1)).await.unwrap();
    let names = |numbers: &[u8]| numbers.iter().map(|number| digest(*number).to_string()).collect::<Vec<_>>();
    assert_eq!(records.referenced(BLOB, None, 10).await.unwrap(), names(&[1, 2]));
    assert_eq!(records.referenced(BLOB, Some(&names(&[1])[0]), 10).await.unwrap(), names(&[2]));
    let stale = |before| records.unreferenced(BLOB, before, None, 10);
    for id in ["f1", "f3", "f2"] {
        assert!(!stale(9999).await.unwrap().contains(&names(&[1])[0]));
        records.delete_file("w1", id, 5000).await.unwrap();
    }
    assert_eq!(stale(9999).await.unwrap(), names(&[2]), "the thread needs the other one");
    records.delete_expired_threads(6000, 10).await.unwrap();
    assert_eq!(stale(5000).await.unwrap(), names(&[]), "not yet");
    assert_eq!(stale(5001).await.unwrap(), names(&[2]));
    assert_eq!(stale(6001).await.unwrap(), names(&[1, 2]));
    assert_eq!(records.unreferenced(BLOB, 9999, None, 1).await.unwrap(), names(&[1]));
    assert_eq!(records.unreferenced(BLOB, 9999, Some(&names(&[1])[0]), 1).await.unwrap(), names(&[2]));
    // Named again, it is needed again, and its time begins anew afterwards.
    records.create_file(with("f4", 2), Quota::Unlimited).await.unwrap();
    assert_eq!(stale(9999).await.unwrap(), names(&[1]));
    records.delete_file("w1", "f4", 7000).await.unwrap();
    assert_eq!(stale(7000).await.unwrap(), names(&[1]));
}

async fn trees_are_counted_like_blobs(records: &dyn Records) {
    records.create_skill(skill("s1", "w1", 5)).await.unwrap();
    let same = SkillVersionRecord { tree_digest: "sha256:s1-1".to_owned(), ..version("v2", "s1", 6) };
    records.add_version("w1", same).await.unwrap();
    records.add_version("w1", version("v3", "s1", 7)).await.unwrap();
    let stale = || records.unreferenced(ObjectKind::Tree, 9999, None, 10);
    records.delete_version("w1", "s1", &VersionRef::Epoch(5), LastVersion::Keep, 100).await.unwrap();
    assert_eq!(stale().await.unwrap(), [""; 0], "another version has the same files");
    records.delete_skill("w1", "s1", SkillRemoval::WithVersions, 100).await.unwrap();
    assert_eq!(stale().await.unwrap(), ["sha256:s1-1", "sha256:v3"]);
    assert_eq!(records.unreferenced(BLOB, 9999, None, 10).await.unwrap(), [""; 0]);
}

async fn what_was_forgotten_is_unknown(records: &dyn Records) {
    records.create_file(file("f1", "w1", 1), Quota::Unlimited).await.unwrap();
    let names = [digest(1).to_string(), digest(2).to_string()];
    assert_eq!(records.unknown(BLOB, &names).await.unwrap(), names[1..]);
    records.forget(BLOB, &names).await.unwrap();
    assert_eq!(records.unknown(BLOB, &names).await.unwrap(), names[1..], "what is needed is not forgotten");
    records.delete_file("w1", "f1", 2).await.unwrap();
    assert_eq!(records.unknown(BLOB, &names).await.unwrap(), names[1..]);
    records.forget(BLOB, &names).await.unwrap();
    assert_eq!(records.unknown(BLOB, &names).await.unwrap(), names);
    assert_eq!(records.unknown(BLOB, &[]).await.unwrap(), [""; 0]);
    let error = records.unknown(BLOB, &vec![String::new(); 1001]).await.unwrap_err();
    assert!(matches!(error, StoreError::BadCount { given: 1001, .. }), "{error:?}");
}

async fn a_change_that_failed_counts_nothing(records: &dyn Records) {
    records.create_file(file("f1", "w1", 1), Quota::Unlimited).await.unwrap();
    let again = FileRecord { content: digest(2), ..file("f1", "w1", 1) };
    assert!(records.create_file(again.clone(), Quota::Unlimited).await.is_err());
    let large = FileRecord { id: "f2".to_owned(), ..again };
    assert!(records.create_file(large, Quota::Bytes(1)).await.is_err());
    assert_eq!(records.referenced(BLOB, None, 10).await.unwrap(), [digest(1).to_string()]);
    assert_eq!(records.used_bytes("w1").await.unwrap(), 100);
}

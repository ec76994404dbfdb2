//! Blobs on disk.

use std::io;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use bytes::Bytes;
use futures_util::{StreamExt, TryStreamExt, stream};
use sha2::{Digest, Sha256};
use skilled_store::{
    BlobDigest, BlobError, Blobs, ByteStream, Collected, DiskBlobs, Files, Quota, Removal, collect,
};
use tempfile::TempDir;

use crate::suite::{Sqlite, file};

pub(crate) fn body(pieces: &[&[u8]]) -> ByteStream {
    let pieces: Vec<_> = pieces.iter().map(|piece| Ok(Bytes::copy_from_slice(piece))).collect();
    Box::pin(stream::iter(pieces))
}

pub(crate) fn digest_of(content: &[u8]) -> BlobDigest {
    BlobDigest::from_bytes(Sha256::digest(content).into())
}

pub(crate) async fn content(blobs: &dyn Blobs, digest: &BlobDigest) -> Option<Vec<u8>> {
    let opened = blobs.open(digest, None).await.unwrap()?;
    let pieces: Vec<Bytes> = opened.bytes.try_collect().await.unwrap();
    Some(pieces.concat())
}

fn opened() -> (TempDir, DiskBlobs) {
    let folder = tempfile::tempdir().unwrap();
    let blobs = DiskBlobs::open(&folder.path().join("blobs")).unwrap();
    (folder, blobs)
}

/// Every file below the folder, without the empty ones that are locks.
fn files(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let entry = entry.unwrap();
        if entry.file_type().unwrap().is_dir() {
            found.extend(files(&entry.path()));
        } else if entry.file_name() != "held" {
            found.push(entry.path());
        }
    }
    found
}

#[tokio::test]
async fn a_blob_is_named_by_its_content() {
    let (folder, blobs) = opened();
    let put = blobs.put(body(&[b"hello ", b"", b"world"]), 11, 5000).await.unwrap();
    assert_eq!((put.digest, put.bytes), (digest_of(b"hello world"), 11));
    assert_eq!(content(&blobs, &put.digest).await.unwrap(), b"hello world");
    assert_eq!(blobs.size(&put.digest).await.unwrap(), Some(11));
    let path = blobs.local_path(&put.digest).unwrap();
    assert_eq!(std::fs::read(&path).unwrap(), b"hello world");
    assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o400);
    let mode = |path: &Path| std::fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!((mode(path.parent().unwrap()), mode(&folder.path().join("blobs"))), (0o700, 0o700));

    let empty = blobs.put(body(&[]), 0, 5000).await.unwrap();
    assert_eq!((empty.digest, empty.bytes), (digest_of(b""), 0));
    assert_eq!(content(&blobs, &empty.digest).await.unwrap(), b"");
    assert_eq!(content(&blobs, &digest_of(b"other")).await, None);
    assert_eq!(blobs.size(&digest_of(b"other")).await.unwrap(), None);
}

#[tokio::test]
async fn the_same_content_is_kept_once() {
    let (folder, blobs) = opened();
    let same = (0..20).map(|_| blobs.put(body(&[b"same"]), 100, 5000));
    for put in futures_util::future::join_all(same).await {
        assert_eq!(put.unwrap().digest, digest_of(b"same"));
    }
    assert_eq!(files(&folder.path().join("blobs")).len(), 1);
    // A blob of another size than its content has is none.
    let path = blobs.local_path(&digest_of(b"same")).unwrap();
    std::fs::remove_file(&path).unwrap();
    std::fs::write(&path, "cut").unwrap();
    blobs.put(body(&[b"same"]), 100, 5000).await.unwrap();
    assert_eq!(std::fs::read(&path).unwrap(), b"same");
}

#[tokio::test]
async fn parts_can_be_read() {
    let (_folder, blobs) = opened();
    let large: Vec<u8> = (0..1_000_000_u32).map(|number| (number % 251) as u8).collect();
    let digest = blobs.put(body(&[&large]), u64::MAX, 1).await.unwrap().digest;
    for (wanted, got) in [
        (0..10, 0..10),
        (999_990..2_000_000, 999_990..1_000_000),
        (262_143..524_289, 262_143..524_289),
        (5..5, 5..5),
        (2_000_000..3_000_000, 1_000_000..1_000_000),
    ] {
        let part = blobs.open(&digest, Some(wanted)).await.unwrap().unwrap();
        assert_eq!((part.total, part.range), (1_000_000, got.clone()));
        let pieces: Vec<Bytes> = part.bytes.try_collect().await.unwrap();
        assert!(pieces.iter().all(|piece| !piece.is_empty() && piece.len() <= 256 << 10));
        assert!(pieces.concat() == large[got.start as usize..got.end as usize], "{got:?}");
    }
}

#[tokio::test]
async fn what_does_not_come_whole_leaves_nothing() {
    let (folder, blobs) = opened();
    let error = blobs.put(body(&[b"12345", b"6"]), 5, 1).await.unwrap_err();
    assert!(matches!(error, BlobError::TooLarge { limit: 5 }), "{error:?}");
    let endless = stream::repeat_with(|| Ok(Bytes::from_static(&[7; 1000])));
    let error = blobs.put(Box::pin(endless), 100_000, 1).await.unwrap_err();
    assert!(matches!(error, BlobError::TooLarge { limit: 100_000 }), "found before the end: {error:?}");
    let broken = [Ok(Bytes::from_static(b"1234")), Err(io::Error::other("the line was cut"))];
    let error = blobs.put(Box::pin(stream::iter(broken)), 100, 1).await.unwrap_err();
    assert!(matches!(error, BlobError::Body { .. }), "{error:?}");
    // A sender that goes away in the middle.
    let half = stream::iter([Ok(Bytes::from_static(b"half"))]).chain(stream::pending());
    let putting = blobs.put(Box::pin(half), 100, 1);
    let waiting = async {
        let temporary = folder.path().join("blobs/tmp");
        while files(&temporary).is_empty() {
            tokio::task::yield_now().await;
        }
    };
    tokio::select! {
        put = putting => panic!("{put:?}"),
        () = waiting => {}
    }
    let gone = async {
        while !files(&folder.path().join("blobs")).is_empty() {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(std::time::Duration::from_secs(20), gone).await.unwrap();
}

#[tokio::test]
async fn torn_files_are_swept_and_those_being_written_are_not() {
    let (folder, blobs) = opened();
    let temporary = folder.path().join("blobs/tmp");
    std::fs::write(temporary.join("1-1"), "left by a killed process").unwrap();
    let (send, pieces) = tokio::sync::mpsc::unbounded_channel::<io::Result<Bytes>>();
    let pieces = stream::unfold(pieces, |mut pieces| async move { Some((pieces.recv().await?, pieces)) });
    let putting = tokio::spawn({
        let blobs = blobs.clone();
        async move { blobs.put(Box::pin(pieces), 100, 1).await }
    });
    send.send(Ok(Bytes::from_static(b"slow "))).unwrap();
    while files(&temporary).len() < 2 {
        tokio::task::yield_now().await;
    }
    let again = DiskBlobs::open(&folder.path().join("blobs")).unwrap();
    assert_eq!(files(&temporary).len(), 1);
    assert!(!temporary.join("1-1").exists());
    send.send(Ok(Bytes::from_static(b"upload"))).unwrap();
    drop(send);
    let put = putting.await.unwrap().unwrap();
    assert_eq!(content(&again, &put.digest).await.unwrap(), b"slow upload");
    assert_eq!(files(&temporary).len(), 0);
}

#[tokio::test]
async fn young_blobs_are_not_removed() {
    let (_folder, blobs) = opened();
    let digest = blobs.put(body(&[b"x"]), 10, 5000).await.unwrap().digest;
    assert_eq!(blobs.remove(&digest, 5000).await.unwrap(), Removal::Kept);
    // Put again: an older time does not make it older.
    for (now, since) in [(7000, 7000), (6000, 7000)] {
        blobs.put(body(&[b"x"]), 10, now).await.unwrap();
        assert_eq!(blobs.remove(&digest, since).await.unwrap(), Removal::Kept);
    }
    let reading = blobs.open(&digest, None).await.unwrap().unwrap();
    assert_eq!(blobs.remove(&digest, 7001).await.unwrap(), Removal::Removed { bytes: 1 });
    assert_eq!(blobs.remove(&digest, 7001).await.unwrap(), Removal::Missing);
    let pieces: Vec<Bytes> = reading.bytes.try_collect().await.unwrap();
    assert_eq!(pieces.concat(), b"x", "who reads it reads on");
}

#[tokio::test]
async fn nothing_is_removed_under_a_backup() {
    let (_folder, blobs) = opened();
    let digest = blobs.put(body(&[b"x"]), 10, 1).await.unwrap().digest;
    let permit = blobs.removal_permit().unwrap().unwrap();
    assert!(blobs.removal_permit().unwrap().is_none(), "one at a time");
    assert_eq!(blobs.remove(&digest, 9999).await.unwrap(), Removal::Kept);
    drop(permit);
    assert_eq!(blobs.remove(&digest, 9999).await.unwrap(), Removal::Removed { bytes: 1 });
}

#[tokio::test]
async fn only_what_nothing_needs_is_collected() {
    let Sqlite { records, folder } = Sqlite::new().await;
    let blobs = DiskBlobs::open(&folder.path().join("blobs")).unwrap();
    let put = |text: &'static [u8], now| {
        let blobs = blobs.clone();
        async move { blobs.put(body(&[text]), 100, now).await.unwrap().digest }
    };
    let keep = |id: &'static str, digest| {
        let file = skilled_store::FileRecord { content: digest, ..file(id, "w1", 1) };
        records.create_file(file, Quota::Unlimited)
    };
    let needed = put(b"needed", 1000).await;
    let deleted = put(b"deleted", 1000).await;
    let lately = put(b"deleted lately", 1000).await;
    let again = put(b"put again", 1000).await;
    let lost = put(b"without a record", 1000).await;
    let coming = put(b"whose record comes", 5000).await;
    for (id, digest) in [("f1", needed), ("f2", deleted), ("f3", lately), ("f4", again)] {
        keep(id, digest).await.unwrap();
    }
    for (id, now) in [("f2", 2000), ("f3", 5000), ("f4", 2000)] {
        records.delete_file("w1", id, now).await.unwrap();
    }
    put(b"put again", 5000).await;
    let bytes = (b"deleted".len() + b"without a record".len()) as u64;
    let collected = collect(&records, &blobs, 4000).await.unwrap();
    assert_eq!(collected, Collected { blobs: 2, bytes });
    for (digest, there) in
        [(needed, true), (deleted, false), (lately, true), (again, true), (lost, false), (coming, true)]
    {
        assert_eq!(content(&blobs, &digest).await.is_some(), there, "{digest}");
    }
    assert_eq!(collect(&records, &blobs, 4000).await.unwrap(), Collected::default());
    let rest = collect(&records, &blobs, 6000).await.unwrap();
    assert_eq!(rest.blobs, 3);
    assert_eq!(content(&blobs, &needed).await.unwrap(), b"needed");
}

/// Collecting goes on while the same few contents are put and named by records, with no grace at all; a removal must never hit
/// content between its put and its record, as long as no put is older than the time given.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn collecting_beside_uploads_takes_nothing_that_was_put_since() {
    let Sqlite { records, folder } = Sqlite::new().await;
    let blobs = DiskBlobs::open(&folder.path().join("blobs")).unwrap();
    let clock = Arc::new(std::sync::atomic::AtomicU64::new(1000));
    let tick = |clock: &std::sync::atomic::AtomicU64| clock.fetch_add(1, std::sync::atomic::Ordering::SeqCst);
    let uploads = tokio::spawn({
        let (records, blobs, clock) = (records.clone(), blobs.clone(), Arc::clone(&clock));
        async move {
            for number in 0..300_u32 {
                let text = format!("content {}", number % 3);
                let put = blobs.put(body(&[text.as_bytes()]), 100, tick(&clock)).await.unwrap();
                let id = format!("f{number}");
                let record = skilled_store::FileRecord { content: put.digest, ..file(&id, "w1", 1) };
                records.create_file(record, Quota::Unlimited).await.unwrap();
                assert_eq!(content(&blobs, &put.digest).await.as_deref(), Some(text.as_bytes()), "{id}");
                records.delete_file("w1", &id, tick(&clock)).await.unwrap();
            }
        }
    });
    let mut removed = 0;
    while !uploads.is_finished() {
        // Two uploads at most are younger than this: the one under way and the one before it.
        let before = clock.load(std::sync::atomic::Ordering::SeqCst).saturating_sub(4);
        removed += collect(&records, &blobs, before).await.unwrap().blobs;
    }
    uploads.await.unwrap();
    assert!(removed > 0, "nothing was collected, so nothing was tried");
}

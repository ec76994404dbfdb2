//! Folders that the host watches.

use std::time::Duration;

use skilled_sandbox::{Change, FileError, Watch};
use skilled_sandbox_linux::Isolation;
use tokio::time::timeout;

use crate::kit::Kit;

async fn next(watch: &mut dyn Watch) -> Change {
    timeout(Duration::from_secs(20), watch.next()).await.expect("something is told").unwrap()
}

/// What happened up to and including `last`.
async fn until(watch: &mut dyn Watch, last: &Change) -> Vec<Change> {
    let mut changes = Vec::new();
    while changes.last() != Some(last) {
        changes.push(next(watch).await);
    }
    changes
}

fn created(name: &str) -> Change {
    Change::Created(name.into())
}

fn modified(name: &str) -> Change {
    Change::Modified(name.into())
}

fn removed(name: &str) -> Change {
    Change::Removed(name.into())
}

#[tokio::test]
async fn what_happens_in_a_folder_is_told_in_order() {
    for isolation in [Isolation::Full, Isolation::None] {
        let mut kit = Kit::new(isolation).await;
        for folder in ["watched", "/tmp/skilled-watched"] {
            kit.works(&format!("rm -rf {folder} link; mkdir -p {folder}/below; ln -sT {folder} link")).await;
            let mut watch = kit.sandbox.files().watch("link").await.unwrap();
            kit.works("cd link; echo 1 > a; echo 2 >> a; touch below/unseen; mv a b; mv b below; mkdir c; rmdir c below/x 2>/dev/null; cd ../.. ; true").await;
            let expected = [
                created("a"),
                modified("a"),
                removed("a"),
                created("b"),
                removed("b"),
                created("c"),
                removed("c"),
            ];
            let mut changes = until(&mut *watch, &removed("c")).await;
            changes.dedup();
            assert_eq!(changes, expected);
            kit.works("cd; rm -r \"$(readlink link)\"").await;
            assert_eq!(until(&mut *watch, &Change::Gone).await, [removed("below"), Change::Gone]);
            assert_eq!(next(&mut *watch).await, Change::Gone);
        }
        // What the host writes appears at once, whole.
        kit.works("mkdir uploads-here").await;
        let mut watch = kit.sandbox.files().watch("uploads-here").await.unwrap();
        kit.sandbox.files().write("uploads-here/file", b"whole").await.unwrap();
        assert_eq!(next(&mut *watch).await, created("file"));
    }
}

#[tokio::test]
async fn more_than_is_kept_is_told() {
    let mut kit = Kit::new(Isolation::Full).await;
    kit.works("mkdir watched").await;
    let mut watch = kit.sandbox.files().watch("watched").await.unwrap();
    let kept: usize =
        std::fs::read_to_string("/proc/sys/fs/inotify/max_queued_events").unwrap().trim().parse().unwrap();
    let bomb = format!("cd watched; seq {} | xargs touch; cd ..", 2 * kept);
    kit.works(&bomb).await;
    let changes = until(&mut *watch, &Change::Overflow).await;
    assert!(changes.len() <= kept + 1, "{}", changes.len());
    kit.works("touch watched/after").await;
    assert_eq!(until(&mut *watch, &created("after")).await.len(), 1);
}

#[tokio::test]
async fn only_folders_are_watched_and_only_while_there_is_a_sandbox() {
    let mut kit = Kit::new(Isolation::Full).await;
    kit.works("mkdir d; touch file; mkfifo pipe").await;
    let files = kit.sandbox.files();
    for path in ["file", "pipe", "/proc", "/proc/self", "/proc/1/fd", "/dev/null"] {
        let error = files.watch(path).await.map(drop).unwrap_err();
        assert!(matches!(error, FileError::NotFolder { .. }), "{path}: {error}");
    }
    let error = files.watch("/proc/self/cwd").await.map(drop).unwrap_err();
    assert!(error.to_string().contains("link"), "{error}");
    let error = files.watch("missing").await.map(drop).unwrap_err();
    assert!(error.to_string().ends_with("there is no such file"), "{error}");
    let mut watch = files.watch("d").await.unwrap();
    kit.sandbox.destroy().await;
    let error = timeout(Duration::from_secs(20), watch.next()).await.unwrap().unwrap_err();
    assert!(matches!(error, FileError::Sandbox(_)), "{error}");
}

//! The workload changes what paths lead to while the host uses them.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use skilled_sandbox::{Create, Cut, Existing, FileKind, Remove, Taken, Walk};
use skilled_sandbox_linux::Isolation;
use tokio::io::AsyncWriteExt as _;

use crate::kit::Kit;

/// How often each operation must have worked and have failed.
const ENOUGH: usize = 25;
/// How long that may take on a machine that has much else to do.
const PATIENCE: Duration = Duration::from_secs(50);

/// Makes the first argument by turns a folder and a link to each of the others, as fast as it can.
const SWAP: &str = r#"
import itertools, os, sys
name, targets = sys.argv[1], sys.argv[2:]
for target in itertools.cycle(targets):
    try:
        os.rename(name, name + '-spare')
        os.symlink(target, name)
        os.unlink(name)
        os.rename(name + '-spare', name)
    except OSError:
        pass
"#;

/// Makes a folder with a few files again and again.
const REMAKE: &str = "
import os
while True:
    try:
        os.makedirs('tree/a/b', exist_ok=True)
        for name in ['tree/3', 'tree/a/1', 'tree/a/b/2']:
            open(name, 'w').close()
    except OSError:
        pass
";

/// A sandbox in which `other` is by turns a folder, a link to a folder of the host by its path there and through process
/// 1, a link to another folder, and a magic link; and that folder of the host, in which everybody may write.
async fn swapping() -> (Kit, PathBuf) {
    let mut kit = Kit::new(Isolation::Full).await;
    let secret = kit.host.path().join("own");
    fs::create_dir(&secret).unwrap();
    fs::set_permissions(&secret, fs::Permissions::from_mode(0o777)).unwrap();
    fs::write(secret.join("file"), "of the host").unwrap();
    kit.sandbox.files().write("swap.py", SWAP.as_bytes()).await.unwrap();
    let path = secret.display();
    let swap = format!(
        "mkdir -p other precious; echo inside > other/file; echo inside > precious/file; echo inside > precious/extra
        (python3 swap.py other {path} /proc/1/root{path} /proc/self/cwd ../../../../..{path} precious &)"
    );
    kit.works(&swap).await;
    (kit, secret)
}

fn untouched(secret: &std::path::Path) {
    let names: Vec<_> = fs::read_dir(secret).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert_eq!(names, ["file"]);
    assert_eq!(fs::read(secret.join("file")).unwrap(), b"of the host");
}

#[tokio::test]
async fn uploads_and_renames_lead_nowhere_else() {
    let (mut kit, secret) = swapping().await;
    let files = kit.sandbox.files();
    let (mut made, mut failed, mut renamed) = (0, 0, 0);
    let begun = Instant::now();
    for round in 0.. {
        if made >= ENOUGH && failed >= ENOUGH && renamed >= ENOUGH {
            break;
        }
        assert!(begun.elapsed() < PATIENCE, "{made} made, {failed} failed, {renamed} renamed");
        let existing = [Existing::Keep, Existing::Replace, Existing::Follow][round % 3];
        let create = Create { existing, mode: None, parents: false };
        match files.create(&format!("other/new-{}", round % 7), create).await {
            Ok(mut upload) => {
                upload.write_all(b"written").await.unwrap();
                if upload.commit().await.is_ok() { made += 1 } else { failed += 1 }
            }
            Err(_) => failed += 1,
        }
        files.write("source", b"written").await.unwrap();
        let there = files.rename("source", "other/moved", Taken::Replace).await.is_ok();
        let back = files.rename("other/moved", "back", Taken::Replace).await.is_ok();
        renamed += usize::from(there && back);
    }
    untouched(&secret);
    kit.works("ls").await;
}

/// A folder that was met is entered only when another, with much in it, was gone through: time enough to swap it.
#[tokio::test]
async fn a_folder_that_is_a_link_when_it_is_entered_is_left_out() {
    let mut kit = Kit::new(Isolation::Full).await;
    kit.sandbox.files().write("swap.py", SWAP.as_bytes()).await.unwrap();
    kit.works("mkdir -p walked/a walked/b precious; touch precious/extra; cd walked/a; seq 3000 | xargs touch; cd /workspace").await;
    kit.works("(python3 swap.py walked/b ../precious /workspace/precious /proc/self/cwd &)").await;
    let files = kit.sandbox.files();
    let (mut entered, mut left_out) = (0, 0);
    let begun = Instant::now();
    while entered < 5 || left_out < 5 {
        assert!(begun.elapsed() < PATIENCE, "{entered} entered, {left_out} left out");
        let walked = files.walk("walked", Walk::default()).await.unwrap();
        assert!(!walked.found.iter().any(|found| found.path.starts_with(b"b/")), "{walked:?}");
        let met =
            walked.found.iter().any(|found| found.path == b"b" && found.metadata.kind == FileKind::Folder);
        let cut = walked.cut.iter().any(|cut| matches!(cut, Cut::Unreadable { path, .. } if path == b"b"));
        left_out += usize::from(cut);
        entered += usize::from(met && !cut);
    }
}

#[tokio::test]
async fn walks_and_listings_lead_nowhere_else() {
    let (kit, secret) = swapping().await;
    fs::write(secret.join("secret-name"), "").unwrap();
    let files = kit.sandbox.files();
    let (mut folders, mut links) = (0, 0);
    let begun = Instant::now();
    while folders < 4 * ENOUGH || links < 4 * ENOUGH {
        assert!(begun.elapsed() < PATIENCE, "{folders} folders, {links} links");
        let walked = files.walk(".", Walk { hidden: true, ..Walk::default() }).await.unwrap();
        for found in &walked.found {
            let followed = found.path.starts_with(b"other/") && found.path != b"other/file";
            assert!(!followed, "{walked:?}");
            if found.path == b"other" {
                *(if found.metadata.kind == FileKind::Folder { &mut folders } else { &mut links }) += 1;
            }
        }
        if let Ok((entries, _)) = files.list("other", 10).await {
            assert!(entries.iter().all(|entry| entry.name != b"secret-name"), "{entries:?}");
        }
    }
}

/// A folder that is being removed is swapped for a link to one that is not.
#[tokio::test]
async fn a_removal_takes_nothing_along() {
    let (mut kit, secret) = swapping().await;
    kit.sandbox.files().write("remake.py", REMAKE.as_bytes()).await.unwrap();
    let swap = format!("(python3 swap.py tree/a /workspace/precious {} &)", secret.display());
    kit.works(&format!("(python3 remake.py &) ; {swap}")).await;
    let files = kit.sandbox.files();
    let (mut removed, mut missing) = (0, 0);
    let begun = Instant::now();
    while removed < 8 * ENOUGH || missing < ENOUGH {
        assert!(begun.elapsed() < PATIENCE, "{removed} removed, {missing} missing");
        for path in ["tree/a", "tree"] {
            match files.remove(path, Remove::Tree(1_000)).await {
                Ok(()) => removed += 1,
                Err(_) => missing += 1,
            }
        }
    }
    untouched(&secret);
    assert_eq!(kit.works("cat precious/file").await, "inside\n");
}

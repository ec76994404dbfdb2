//! Snapshots: what they hold, and that they hold nothing else.

use std::fs;
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _, symlink};
use std::path::Path;

use skilled_registry::{FoundSkill, Limits, Store, StoreError, discover};

use crate::Kit;

fn skill(path: &Path) -> FoundSkill {
    let mut discovery = discover(&[path.to_owned()], &Limits::default());
    assert!(discovery.errors.is_empty(), "{:?}", discovery.errors);
    discovery.skills.remove(0)
}

fn mode(path: &Path) -> u32 {
    fs::symlink_metadata(path).unwrap().permissions().mode() & 0o7777
}

fn set_mode(path: &Path, mode: u32) {
    fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
}

/// A skill with everything a skill can hold.
fn rich(kit: &Kit) -> FoundSkill {
    let folder = kit.skill("s");
    set_mode(&kit.file("s/scripts/run.sh", "#!/bin/sh\n"), 0o700);
    set_mode(&kit.file("s/scripts/deep/data.txt", "data"), 0o600);
    symlink("scripts/run.sh", kit.path("s/link")).unwrap();
    fs::create_dir(kit.path("s/empty")).unwrap();
    skill(&folder)
}

#[test]
fn a_snapshot_holds_files_links_and_nothing_else() {
    let kit = Kit::new();
    let found = rich(&kit);
    let store = Store::open(&kit.path("data")).unwrap();
    let snapshot = store.snapshot(&found).unwrap();
    let hex = snapshot.digest.to_string().replace("sha256:", "");
    assert_eq!(snapshot.path, kit.path("data/skills/sha256").join(hex));
    assert_eq!(snapshot.name.as_str(), "s");
    let at = |name: &str| snapshot.path.join(name);
    assert_eq!(fs::read_to_string(at("scripts/deep/data.txt")).unwrap(), "data");
    assert_eq!(fs::read_link(at("link")).unwrap(), Path::new("scripts/run.sh"));
    assert!(!at("empty").exists());
    let modes =
        ["", "scripts", "scripts/run.sh", "scripts/deep/data.txt", "SKILL.md"].map(|name| mode(&at(name)));
    assert_eq!(modes, [0o755, 0o755, 0o755, 0o644, 0o644]);
    assert_eq!(skill(&snapshot.path).tree.digest(), &snapshot.digest);
    assert!(store.verify(&snapshot));
    assert_eq!(
        fs::read_dir(kit.path("data/skills/sha256")).unwrap().count(),
        1,
        "nothing unfinished is left"
    );
    assert_eq!([mode(&kit.path("data/skills")), mode(&kit.path("data/skills/sha256"))], [0o755; 2]);
}

#[test]
fn a_snapshot_is_taken_once_and_outlives_changes_of_the_source() {
    let kit = Kit::new();
    let found = rich(&kit);
    let store = Store::open(&kit.path("data")).unwrap();
    let first = store.snapshot(&found).unwrap();
    let inode = fs::metadata(&first.path).unwrap().ino();
    assert_eq!(Store::open(&kit.path("data")).unwrap().snapshot(&found).unwrap(), first);
    assert_eq!(fs::metadata(&first.path).unwrap().ino(), inode);
    kit.file("s/scripts/deep/data.txt", "other");
    let second = store.snapshot(&skill(&kit.path("s"))).unwrap();
    assert_ne!(second.path, first.path);
    assert_eq!(fs::read_to_string(first.path.join("scripts/deep/data.txt")).unwrap(), "data");
}

#[test]
fn a_source_that_changed_since_it_was_found_is_refused() {
    let changes: [fn(&Kit); 4] = [
        |kit| drop(kit.file("s/scripts/deep/data.txt", "DATA")),
        |kit| drop(kit.file("s/scripts/deep/data.txt", "longer than before")),
        |kit| fs::remove_file(kit.path("s/scripts/run.sh")).unwrap(),
        |kit| {
            fs::remove_file(kit.path("s/scripts/run.sh")).unwrap();
            symlink("/etc/passwd", kit.path("s/scripts/run.sh")).unwrap();
        },
    ];
    for change in changes {
        let kit = Kit::new();
        let found = rich(&kit);
        change(&kit);
        let store = Store::open(&kit.path("data")).unwrap();
        let error = store.snapshot(&found).unwrap_err();
        assert!(matches!(error, StoreError::Changed { .. }), "{error:?}");
        assert_eq!(fs::read_dir(kit.path("data/skills/sha256")).unwrap().count(), 0);
    }
}

#[test]
fn a_damaged_snapshot_is_replaced() {
    let damages: [fn(&Path); 4] = [
        |path| fs::remove_file(path.join("SKILL.md")).unwrap(),
        |path| fs::write(path.join("scripts/deep/data.txt"), "longer").unwrap(),
        |path| set_mode(&path.join("scripts/run.sh"), 0o644),
        |path| fs::write(path.join("scripts/extra"), "").unwrap(),
    ];
    for damage in damages {
        let kit = Kit::new();
        let found = rich(&kit);
        let store = Store::open(&kit.path("data")).unwrap();
        let snapshot = store.snapshot(&found).unwrap();
        damage(&snapshot.path);
        assert!(!store.verify(&snapshot), "damaged");
        assert_eq!(store.snapshot(&found).unwrap(), snapshot);
        assert!(store.verify(&snapshot), "replaced");
        assert_eq!(fs::read_dir(kit.path("data/skills/sha256")).unwrap().count(), 1);
    }
}

#[test]
fn changed_contents_of_the_same_size_are_seen_by_verify() {
    let kit = Kit::new();
    let store = Store::open(&kit.path("data")).unwrap();
    let snapshot = store.snapshot(&rich(&kit)).unwrap();
    fs::write(snapshot.path.join("scripts/deep/data.txt"), "DATA").unwrap();
    assert!(!store.verify(&snapshot));
}

#[test]
fn processes_that_take_one_snapshot_at_once_agree() {
    let kit = Kit::new();
    let found = rich(&kit);
    let store = Store::open(&kit.path("data")).unwrap();
    let snapshots: Vec<_> = std::thread::scope(|scope| {
        let threads: Vec<_> = (0..8).map(|_| scope.spawn(|| store.snapshot(&found).unwrap())).collect();
        threads.into_iter().map(|thread| thread.join().unwrap()).collect()
    });
    assert!(snapshots.iter().all(|snapshot| store.verify(snapshot)));
    assert_eq!(fs::read_dir(kit.path("data/skills/sha256")).unwrap().count(), 1);
}

#[test]
fn a_store_that_cannot_be_written_says_where() {
    let kit = Kit::new();
    kit.file("data", "a file in the way");
    let error = Store::open(&kit.path("data")).unwrap_err();
    assert!(matches!(&error, StoreError::Write { path, .. } if *path == kit.path("data")), "{error:?}");
    assert!(error.to_string().contains("check that the folder is writable"));
}

//! Skills can be changed inside, and their sources cannot.

use std::fs;
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::{Path, PathBuf};

use skilled_sandbox::{Shell, SkillMount};
use skilled_sandbox_linux::Isolation;

use crate::kit::{Kit, create, host_folder, plain};

/// Ways to change `file`; each in a sandbox of its own.
const ATTEMPTS: [&str; 12] = [
    "echo more >> file",
    "echo other > file",
    "chmod 777 file",
    "truncate -s 3 file",
    "python3 /workspace/probe.py write_mapped file",
    "mv file /workspace/moved && echo more >> /workspace/moved",
    "mv file renamed && echo more >> renamed",
    "ln file linked && echo more >> linked",
    "touch -d 2001-01-01 file",
    "sed -i s/original/changed/ file",
    "rm file",
    "python3 -c 'import os; os.setxattr(\"file\", \"user.a\", b\"b\")'",
];

fn planted(host: &Path) -> (PathBuf, SkillMount) {
    let snapshot = host.join("snapshot");
    fs::create_dir_all(snapshot.join("scripts")).unwrap();
    fs::write(snapshot.join("file"), "original contents").unwrap();
    fs::write(snapshot.join("scripts/run.py"), "print('ran')").unwrap();
    (snapshot.clone(), SkillMount { name: "planted".to_owned(), snapshot })
}

/// Everything about the snapshot that must not change.
fn state(snapshot: &Path) -> (Vec<u8>, u32, i64, Vec<String>) {
    let file = snapshot.join("file");
    let found = fs::metadata(&file).unwrap();
    let mut names: Vec<String> = fs::read_dir(snapshot)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    (fs::read(file).unwrap(), found.permissions().mode(), found.mtime(), names)
}

#[tokio::test]
async fn a_source_does_not_change_whatever_is_done_to_its_skill() {
    for attempt in ATTEMPTS {
        let host = host_folder();
        let (snapshot, skill) = planted(host.path());
        let mut kit = Kit::with_skills(Isolation::Full, host, vec![skill]).await;
        let before = state(&snapshot);
        let look = "cat file | od -c; ls -l --time-style=+%s . ; getfattr -d file";
        let seen = kit.run(&format!("cd /skills/planted; {look}")).await;
        kit.works(attempt).await;
        assert_eq!(state(&snapshot), before, "{attempt}");
        if !attempt.contains("xattr") {
            // The control: inside it has its effect.
            assert_ne!(kit.run(look).await, seen, "{attempt}");
        }
    }
}

#[tokio::test]
async fn the_same_attempts_change_what_is_writable() {
    for attempt in ATTEMPTS {
        let mut kit = Kit::new(Isolation::Full).await;
        let (folder, _) = planted(&kit.session.join("outputs"));
        let before = state(&folder);
        kit.works("chmod -R u+w /mnt/session/outputs 2>/dev/null; cp -r /mnt/session/outputs/snapshot . && cd snapshot").await;
        kit.works(attempt).await;
        let copy = kit.session.join("workspace/snapshot");
        let changed = !copy.join("file").exists()
            || state(&copy).0 != before.0
            || state(&copy).1 != before.1
            || state(&copy).2 < before.2
            || kit
                .run("getfattr -d file; python3 -c 'import os; print(os.listxattr(\"file\"))'")
                .await
                .1
                .contains("user.a");
        assert!(changed, "{attempt}");
    }
}

#[tokio::test]
async fn a_skill_can_be_run_and_changes_stay_in_its_session() {
    let host = host_folder();
    let (snapshot, skill) = planted(host.path());
    let spec = |session: &str| {
        let mut spec = plain(&host.path().join(session));
        spec.skills = vec![skill.clone()];
        spec
    };
    let first = create(Isolation::Full, spec("first")).await.unwrap();
    let second = create(Isolation::Full, spec("second")).await.unwrap();
    first.files().write("/skills/planted/file", b"changed").await.unwrap();
    first.files().write("/skills/planted/new", b"new").await.unwrap();
    first.files().write("/workspace/work", b"work").await.unwrap();

    let contents = |sandbox: std::sync::Arc<dyn skilled_sandbox::Sandbox>| async move {
        sandbox.files().open("/skills/planted/file").await.unwrap().read(100).await.unwrap().0
    };
    assert_eq!(contents(first.clone()).await, b"changed");
    assert_eq!(contents(second.clone()).await, b"original contents");
    second.files().metadata("/skills/planted/new").await.unwrap_err();
    second.files().metadata("/workspace/work").await.unwrap_err();
    assert_eq!(state(&snapshot).0, b"original contents");

    // Made again, the session is as it was left.
    first.destroy().await;
    let again = create(Isolation::Full, spec("first")).await.unwrap();
    assert_eq!(contents(again.clone()).await, b"changed");
    again.files().metadata("/skills/planted/new").await.unwrap();
    again.files().metadata("/workspace/work").await.unwrap();
    let mut kit = Kit {
        control: PathBuf::new(),
        shell: Shell::start(&*again).await.unwrap(),
        sandbox: again,
        session: host.path().join("first"),
        host,
    };
    assert_eq!(kit.works("python3 /skills/planted/scripts/run.py").await, "ran\n");
}

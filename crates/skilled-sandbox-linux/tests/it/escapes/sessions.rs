//! What a workload leaves in its session for the next sandbox that is made over it, and the sources of its skills.

use std::fs;
use std::os::unix::fs::{MetadataExt, symlink};
use std::path::Path;

use skilled_sandbox::SkillMount;
use skilled_sandbox_linux::Isolation;
use tokio_util::sync::CancellationToken;

use super::{arm, armed, secret};
use crate::kit::{Kit, host_folder};

/// Further ways to change a file whose lower side is the user's. Each must leave the source alone.
const ATTEMPTS: [&str; 12] = [
    "python3 /workspace/escape.py again file",
    "python3 /workspace/escape.py mapped file",
    "python3 /workspace/escape.py spliced file",
    "python3 /workspace/escape.py copied file",
    "python3 /workspace/escape.py marks file",
    "python3 /workspace/escape.py attribute file user.overlay.redirect /elsewhere",
    "python3 /workspace/escape.py attribute file user.overlay.metacopy",
    "python3 /workspace/escape.py attribute . user.overlay.opaque y; echo more >> file",
    "ln file /workspace/linked && echo more >> /workspace/linked",
    "mknod file2 c 0 0; mv file2 file; echo more >> file",
    "(exec 9< file; rm file; echo more > /proc/self/fd/9; chmod 777 /proc/self/fd/9)",
    "setpriv --dump > /dev/null; chown 1000:1000 file; chmod 6777 file; echo more >> file",
];

#[tokio::test]
async fn a_source_outlives_every_attempt() {
    for attempt in ATTEMPTS {
        let host = host_folder();
        let snapshot = host.path().join("snapshot");
        super::plant(&snapshot.join("file"), &"original contents".repeat(300));
        let look = |path: &Path| {
            let found = fs::symlink_metadata(path).unwrap();
            (fs::read(path).unwrap(), found.mode(), found.mtime())
        };
        let before = look(&snapshot.join("file"));
        let skill = SkillMount { name: "planted".to_owned(), snapshot: snapshot.clone() };
        let mut kit = Kit::with_skills(Isolation::Full, host, vec![skill]).await;
        arm(&*kit.sandbox).await;
        kit.run(&format!("cd /skills/planted; {attempt}; sync file")).await;
        assert_eq!(look(&snapshot.join("file")), before, "{attempt}");
        assert_eq!(fs::read_dir(&snapshot).unwrap().count(), 1, "{attempt}");
        // The farm, which the next sandbox is made over, is as it was, too.
        assert_eq!(look(&kit.session.join("skills/planted/file")).0, before.0, "{attempt}");
        // The control: it can be changed, inside.
        kit.works("cd /skills/planted; rm -f file; echo changed > file; grep -q changed file").await;
    }
}

/// The session's folders, as an earlier sandbox may have left them at worst: links with the names of ours, marks of the
/// overlay, devices.
#[tokio::test]
async fn a_session_left_behind_leads_nowhere() {
    let mut kit = armed(Isolation::Full).await;
    let secret = secret(&kit.host);
    let host = kit.host.path().to_str().unwrap().to_owned();
    for folder in ["/workspace", "/mnt/session/outputs", "/skills"] {
        for name in [
            ".session",
            "skills",
            "skills-changes",
            "upper",
            "work",
            "uploads",
            "operations",
            "proc",
            "control",
        ] {
            kit.works(&format!("ln -sfn {host} {folder}/{name}; ln -sfn / {folder}/root; ln -sfn ../../../../../.. {folder}/up")).await;
        }
    }
    kit.sandbox.destroy().await;
    let changes = kit.session.join("skills-changes");
    // What no workload can do today, done for it: by hand, on the host.
    symlink(&host, changes.join("upper/planted")).unwrap();
    fs::create_dir(changes.join("upper/redirected")).unwrap();
    let mark = format!(
        "import os; os.setxattr('{0}/upper/redirected', 'user.overlay.redirect', b'/../../..'); \
         os.setxattr('{0}/upper', 'user.overlay.origin', b'x' * 30)",
        changes.display()
    );
    assert!(std::process::Command::new("python3").args(["-c", &mark]).status().unwrap().success());
    fs::rename(changes.join("work/work"), changes.join("work/other")).unwrap();
    symlink(&host, changes.join("work/work")).unwrap();
    fs::write(secret.with_file_name("kept"), "kept").unwrap();

    let mut spec = crate::kit::plain(&kit.session);
    let snapshot = kit.host.path().join("snapshot");
    super::plant(&snapshot.join("file"), "original");
    spec.skills = vec![SkillMount { name: "other".to_owned(), snapshot }];
    let sandbox = match crate::kit::create(Isolation::Full, spec).await {
        Ok(sandbox) => sandbox,
        // Refusing is as good.
        Err(error) => return assert!(error.to_string().contains("/skills"), "{error}"),
    };
    let mut shell = skilled_sandbox::Shell::start(&*sandbox).await.unwrap();
    let limits = skilled_sandbox::Limits::new(std::time::Duration::from_secs(30), 100_000);
    for folder in ["/workspace", "/mnt/session/outputs", "/skills"] {
        for name in [".session", "skills", "upper", "control", "up", "root", "planted", "redirected"] {
            let look = format!(
                "ls -A {folder}/{name}/; cat {folder}/{name}{host}/planted-secret.txt {folder}/{name}/planted-secret.txt"
            );
            let finished = shell.run(&look, limits, &CancellationToken::new()).await.unwrap();
            let said = finished.stdout.to_text();
            assert!(!said.contains("secret"), "{folder}/{name}: {said}");
        }
    }
    let finished = shell.run("cat /skills/other/file", limits, &CancellationToken::new()).await.unwrap();
    assert_eq!(finished.stdout.to_text(), "original");
    assert_eq!(fs::read_to_string(&secret).unwrap(), "the planted secret");
    assert!(
        secret.with_file_name("kept").exists(),
        "the work folder of an overlay is emptied, not what it leads to"
    );
    // The control: on the host the same link leads there.
    assert!(fs::read_to_string(changes.join("upper/planted/planted-secret.txt")).is_ok());
    sandbox.destroy().await;
}

/// Nobody else on the host gets at what a workload has given its owner's rights (CVE-2021-41091).
#[tokio::test]
async fn the_way_to_a_session_is_closed_to_other_users() {
    let mut kit = armed(Isolation::Full).await;
    kit.works("cp /usr/bin/id own; chmod 6777 own /workspace; chmod 777 .").await;
    let own = kit.session.join("workspace/own");
    assert_eq!(fs::metadata(&own).unwrap().mode() & 0o7777, 0o6777);
    // The folder above is closed here, as the data folder is: the session's own is looked at.
    let mode = fs::metadata(&kit.session).unwrap().mode() & 0o777;
    assert_eq!(mode & 0o077, 0, "{mode:o}: others pass through the session's folder");
}

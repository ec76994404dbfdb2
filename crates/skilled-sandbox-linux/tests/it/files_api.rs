//! Files of the sandbox reached from the host, while the workload lays traps.

use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::sync::Arc;
use std::time::Duration;

use skilled_sandbox::{FileError, FileKind, Sandbox};
use skilled_sandbox_linux::Isolation;

use crate::kit::Kit;

async fn read(sandbox: &dyn Sandbox, path: &str) -> Result<Vec<u8>, FileError> {
    // Nothing that a workload can make may keep the host waiting.
    let open = tokio::time::timeout(Duration::from_secs(20), sandbox.files().open(path));
    let mut file = open.await.expect("opening does not block")?;
    Ok(file.read(1000).await.unwrap().0)
}

#[tokio::test]
async fn links_lead_into_the_sandbox_and_nowhere_else() {
    let mut kit = Kit::new(Isolation::Full).await;
    let secret = kit.host.path().join("secret");
    fs::write(&secret, "of the host").unwrap();
    let workspace = kit.session.join("workspace");
    kit.works("mkdir own && echo inside > own/file").await;
    for (name, target) in [
        ("passwd", "/etc/passwd"),
        ("up", "../../../../../../etc/passwd"),
        ("folder", "own"),
        ("secret", secret.to_str().unwrap()),
        ("shadow", "/etc/shadow"),
        ("root", "/proc/1/root"),
        ("self", "/proc/self"),
        ("loop", "loop"),
        ("stdin", "/dev/stdin"),
    ] {
        kit.works(&format!("ln -s {target} {name}")).await;
    }
    let inside = b"agent:x:1000:1000:agent:/workspace:/bin/bash\n";
    for path in
        ["passwd", "up", "/etc/passwd", "/workspace/../etc/passwd", "../etc/passwd", "/../../etc/passwd"]
    {
        assert_eq!(read(&*kit.sandbox, path).await.unwrap(), inside, "{path}");
    }
    assert_eq!(read(&*kit.sandbox, "folder/file").await.unwrap(), b"inside\n");
    assert_eq!(kit.sandbox.files().canonical("folder/./file").await.unwrap(), "/workspace/own/file");
    for path in ["secret", "shadow", secret.to_str().unwrap()] {
        let error = read(&*kit.sandbox, path).await.unwrap_err();
        assert!(error.to_string().contains("no such file"), "{error}");
    }
    // The control: followed from the host, the same link leads to the host's file.
    assert_eq!(fs::read(workspace.join("secret")).unwrap(), b"of the host");
    for path in [
        "root/etc/passwd",
        "/proc/1/root/etc/passwd",
        "/proc/self/cwd/etc/passwd",
        "/proc/self/exe",
        "stdin",
        "/dev/fd/0",
        "loop",
    ] {
        let error = read(&*kit.sandbox, path).await.unwrap_err();
        assert!(error.to_string().contains("symbolic links"), "{path}: {error}");
        kit.sandbox.files().canonical(path).await.unwrap_err();
        kit.sandbox.files().write(path, b"x").await.unwrap_err();
        kit.sandbox.files().metadata(path).await.unwrap_err();
    }
}

#[tokio::test]
async fn only_files_and_folders_are_opened() {
    let mut kit = Kit::new(Isolation::Full).await;
    kit.works("mkfifo pipe; ln -s pipe to-pipe; python3 -c 'import socket; socket.socket(1).bind(\"socket\")'; mkdir folder; echo x > file").await;
    for path in ["pipe", "to-pipe", "/dev/null", "/dev/zero", "/dev/tty", "/dev/ptmx"] {
        let error = read(&*kit.sandbox, path).await.unwrap_err();
        assert!(matches!(error, FileError::Special { .. }) || path == "/dev/tty", "{path}: {error}");
        assert!(kit.sandbox.files().write(path, b"x").await.is_err(), "{path}");
    }
    // Process 1 cannot open its own secrets, and the host takes nothing else of the process table.
    for path in ["/proc/self/environ", "/proc/self/maps", "/proc/self/mem", "/proc/1/environ"] {
        read(&*kit.sandbox, path).await.unwrap_err();
    }
    for path in ["/proc/version", "/proc/1/status", "/proc/self/cmdline", "/proc/sys/kernel/hostname"] {
        let error = read(&*kit.sandbox, path).await.unwrap_err();
        assert!(
            matches!(error, FileError::Special { kind: "part of the process table", .. }),
            "{path}: {error}"
        );
    }
    kit.works("sleep 1000 & cp /proc/version version").await;
    let environ = kit.works("echo /proc/$!/environ").await;
    kit.works(&format!("grep -ac HOME {environ}")).await; // the control
    let error = read(&*kit.sandbox, environ.trim()).await.unwrap_err();
    assert!(matches!(error, FileError::Special { .. }), "{error}");
    read(&*kit.sandbox, "version").await.unwrap();
    let error = kit.sandbox.files().list("/proc/self/fd", 10).await.unwrap_err();
    assert!(matches!(error, FileError::Special { .. }), "{error}");
    assert!(read(&*kit.sandbox, "socket").await.is_err());
    let error = read(&*kit.sandbox, "folder").await.unwrap_err();
    assert!(matches!(error, FileError::Folder { .. }), "{error}");
    let error = kit.sandbox.files().list("file", 10).await.unwrap_err();
    assert!(matches!(error, FileError::NotFolder { .. }), "{error}");
    for (path, kind) in [
        ("pipe", FileKind::Special),
        ("folder", FileKind::Folder),
        ("file", FileKind::File),
        ("socket", FileKind::Special),
    ] {
        assert_eq!(kit.sandbox.files().metadata(path).await.unwrap().kind, kind);
    }
    // A writer that waits at the pipe is not woken: it was not opened.
    kit.works("(echo waiting > pipe &) ; true").await;
    assert!(read(&*kit.sandbox, "pipe").await.is_err());
}

#[tokio::test]
async fn a_huge_file_is_read_as_far_as_asked() {
    let mut kit = Kit::new(Isolation::Full).await;
    kit.works("echo begin > huge && truncate -s 1T huge").await;
    let mut file = kit.sandbox.files().open("huge").await.unwrap();
    assert_eq!(file.metadata.bytes, 1 << 40);
    let (bytes, longer) = file.read(100).await.unwrap();
    assert!(bytes.starts_with(b"begin\n") && bytes.len() == 100 && longer);
    assert_eq!(file.read(6).await.unwrap(), (b"begin\n".to_vec(), true));
    kit.works("truncate -s 6 huge").await;
    assert_eq!(file.read(100).await.unwrap(), (b"begin\n".to_vec(), false));
}

#[tokio::test]
async fn names_are_bytes() {
    let mut kit = Kit::new(Isolation::Full).await;
    kit.works("mkdir names; cd names; touch $'a\\nb' $'\\xff\\xfe' ./-rf ' '; ln -s /etc/shadow link; mkfifo pipe; cd ..").await;
    let (entries, more) = kit.sandbox.files().list("names", 100).await.unwrap();
    let names: Vec<&[u8]> = entries.iter().map(|entry| entry.name.as_slice()).collect();
    assert_eq!(names, [&b" "[..], b"-rf", b"a\nb", b"link", b"pipe", b"\xff\xfe"]);
    assert!(!more);
    assert_eq!((entries[3].metadata.kind, entries[4].metadata.kind), (FileKind::Link, FileKind::Special));
    let (some, more) = kit.sandbox.files().list("names", 2).await.unwrap();
    assert_eq!((some.len(), more), (2, true));
    assert_eq!(read(&*kit.sandbox, "names/a\nb").await.unwrap(), b"");
}

#[tokio::test]
async fn writing_stays_inside() {
    let mut kit = Kit::new(Isolation::Full).await;
    let secret = kit.host.path().join("target");
    fs::write(&secret, "of the host").unwrap();
    symlink(&secret, kit.session.join("workspace/out")).unwrap();
    kit.sandbox.files().write("out", b"x").await.ok();
    assert_eq!(fs::read(&secret).unwrap(), b"of the host");

    let files = kit.sandbox.files();
    files.write("deep/er/file", b"new").await.unwrap();
    assert_eq!(files.metadata("deep/er/file").await.unwrap().mode, 0o644);
    kit.works("chmod 700 deep/er/file; ln -s deep/er/file through; ln deep/er/file second").await;
    let files = kit.sandbox.files();
    files.write("through", b"replaced").await.unwrap();
    assert_eq!(read(&*kit.sandbox, "deep/er/file").await.unwrap(), b"replaced");
    assert_eq!(files.metadata("deep/er/file").await.unwrap().mode, 0o700);
    assert_eq!(
        kit.works("cat second; test -L through && ls -A . deep/er | grep -c partial || true").await,
        "new0\n"
    );
    let files = kit.sandbox.files();
    for path in ["/usr/new", "/etc/passwd", "/mnt/session/uploads/new", "/new"] {
        let error = files.write(path, b"x").await.unwrap_err();
        assert!(error.to_string().contains("read-only"), "{path}: {error}");
    }
    files.write("/mnt/session/outputs/new", b"x").await.unwrap();
    let error = files.write("deep", b"x").await.unwrap_err();
    assert!(matches!(error, FileError::Folder { .. }), "{error}");
}

/// A workload that guesses the name of what is being written cannot redirect it.
#[tokio::test]
async fn partial_files_are_not_shared() {
    let mut kit = Kit::new(Isolation::Full).await;
    kit.works("echo own > victim; for n in $(seq 300); do ln -s victim .skilled-$n.partial; done").await;
    kit.sandbox.files().write("file", b"contents").await.unwrap_err();
    assert_eq!(kit.works("cat victim; ls file 2>/dev/null || true").await, "own\n");
    kit.works("rm .skilled-*; for n in $(seq 300); do ln victim .skilled-$n.partial; done").await;
    kit.sandbox.files().write("file", b"contents").await.unwrap_err();
    assert_eq!(kit.works("cat victim").await, "own\n");
    kit.works("rm .skilled-*").await;
    kit.sandbox.files().write("file", b"contents").await.unwrap();
}

/// The workload swaps a folder for a link while the host reads and writes through it.
#[tokio::test]
async fn a_race_leads_nowhere_else() {
    let mut kit = Kit::new(Isolation::Full).await;
    let secret = kit.host.path().join("own");
    fs::create_dir(&secret).unwrap();
    fs::set_permissions(&secret, fs::Permissions::from_mode(0o777)).unwrap();
    fs::write(secret.join("file"), "of the host").unwrap();
    kit.works("mkdir -p own other; echo inside > own/file; echo inside > other/file").await;
    let swap = format!(
        "(while :; do mv other spare; ln -sT {0} other; rm other; ln -sT /proc/1/root{0} other; rm other; ln -sT /proc/self/cwd other; rm other; mv spare other; done 2>/dev/null &)",
        secret.display()
    );
    kit.works(&swap).await;
    let sandbox = Arc::clone(&kit.sandbox);
    let (mut seen, mut failed) = (0, 0);
    while seen < 50 || failed < 50 {
        match read(&*sandbox, "other/file").await {
            Ok(bytes) => {
                assert!(bytes == b"inside\n" || bytes == b"written" || bytes.is_empty(), "{bytes:?}");
                seen += 1;
            }
            Err(_) => failed += 1,
        }
        if sandbox.files().write("other/file", b"written").await.is_err() {
            failed += 1;
        }
    }
    assert_eq!(fs::read_dir(&secret).unwrap().count(), 1);
    assert_eq!(fs::read(secret.join("file")).unwrap(), b"of the host");
}

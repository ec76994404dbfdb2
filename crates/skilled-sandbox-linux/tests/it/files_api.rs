//! Files of the sandbox reached from the host, while the workload lays traps.

mod races;
mod trees;
mod uploads;
mod watching;

use std::ffi::OsStr;
use std::fs;
use std::os::unix::ffi::OsStrExt as _;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::sync::Arc;
use std::time::{Duration, Instant};

use skilled_sandbox::{Create, FileError, FileKind, Remove, Sandbox, Taken, Walk};
use skilled_sandbox_linux::Isolation;

use crate::kit::{Kit, is_root};

async fn read(sandbox: &dyn Sandbox, path: &str) -> Result<Vec<u8>, FileError> {
    // Nothing that a workload can make may keep the host waiting.
    let open = tokio::time::timeout(Duration::from_secs(20), sandbox.files().open(path));
    let mut file = open.await.expect("opening does not block")?;
    Ok(file.read(1000).await.unwrap().0)
}

/// Tries again and again until it works, for at most ten seconds.
async fn until(mut works: impl AsyncFnMut() -> bool) {
    let patience = Instant::now() + Duration::from_secs(10);
    while !works().await {
        assert!(Instant::now() < patience, "it works in time");
    }
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
        assert!(error.to_string().contains("leads through a link"), "{path}: {error}");
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
    // The control; until it has become `sleep`, it has none.
    kit.works(&format!("until grep -aq HOME {}; do :; done", environ.trim())).await;
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
    kit.works("(echo waiting > pipe; echo woken > woken) & true").await;
    for _ in 0..20 {
        assert!(read(&*kit.sandbox, "pipe").await.is_err());
    }
    assert_eq!(kit.works("test -e woken || cat pipe").await, "waiting\n");
}

/// A process that has a lease on a file is asked before another opens it, and may take its time (`fcntl(2)`).
#[tokio::test]
async fn a_lease_holds_nobody_up() {
    const LEASE: &str = "import fcntl,signal,time; signal.signal(signal.SIGIO,signal.SIG_IGN); f=open('leased','w+'); \
                         fcntl.fcntl(f,1024,1); open('held','w').close(); time.sleep(1000)";
    let mut kit = Kit::new(Isolation::Full).await;
    kit.works(&format!("(python3 -c \"{LEASE}\" &) ; until test -e held; do sleep 0.01; done")).await;
    let error = read(&*kit.sandbox, "leased").await.unwrap_err();
    assert!(error.to_string().contains("locked"), "{error}");
    assert_eq!(kit.run("timeout 1 cat leased").await.0, 124, "the control: others wait");
    kit.sandbox.files().write("leased", b"replaced").await.unwrap();
    assert_eq!(read(&*kit.sandbox, "leased").await.unwrap(), b"replaced");
}

/// What process 1 has open (its socket, the folder of the journals) is not to be had through it.
#[tokio::test]
async fn the_first_process_lends_nothing_it_has_open() {
    let kit = Kit::new(Isolation::Full).await;
    let files = kit.sandbox.files();
    assert_eq!(files.canonical("/proc/1/fd").await.unwrap(), "/proc/1/fd", "it can look at itself");
    let mut paths: Vec<String> =
        ["/proc/1/fd", "/proc/1/root", "/proc/1/cwd", "/proc/self/task/1/fd", "/dev/fd"]
            .map(str::to_owned)
            .into();
    for number in 0..40 {
        paths.extend([
            format!("/proc/1/fd/{number}"),
            format!("/proc/self/fd/{number}"),
            format!("/dev/fd/{number}"),
        ]);
    }
    for path in &paths {
        let below = format!("{path}/x");
        assert!(files.open(path).await.is_err(), "{path}");
        assert!(files.list(path, 10).await.is_err(), "{path}");
        assert!(files.walk(path, Walk::default()).await.is_err(), "{path}");
        assert!(files.watch(path).await.is_err(), "{path}");
        for path in [path, &below] {
            assert!(files.create(path, Create::default()).await.is_err(), "{path}");
            assert!(files.make_folder(&format!("{path}/y")).await.is_err(), "{path}");
            assert!(files.rename(path, "stolen", Taken::Keep).await.is_err(), "{path}");
            assert!(files.remove(path, Remove::Tree(10)).await.is_err(), "{path}");
        }
    }
}

/// The same path leads to different things inside and outside. Each operation means what is inside.
#[tokio::test]
async fn a_file_of_the_host_at_the_same_path_is_not_met() {
    let kit = Kit::new(Isolation::Full).await;
    let files = kit.sandbox.files();
    let folder = kit.host.path().join("planted");
    fs::create_dir(&folder).unwrap();
    fs::set_permissions(&folder, fs::Permissions::from_mode(0o777)).unwrap();
    let secret = folder.join("secret");
    fs::write(&secret, "of the host").unwrap();
    let open = Kit::new(Isolation::None).await;
    open.sandbox.files().open(&secret).await.expect("the control: in the open, it is met");
    for path in [&secret, &folder] {
        assert!(files.open(path).await.is_err());
        assert!(files.metadata(path).await.is_err());
        assert!(files.canonical(path).await.is_err());
        assert!(files.list(path, 10).await.is_err());
        assert!(files.walk(path, Walk::default()).await.is_err());
        assert!(files.watch(path).await.is_err());
        assert!(files.rename(path, "stolen", Taken::Replace).await.is_err());
        assert!(files.remove(path, Remove::Tree(10)).await.is_err());
    }
    let _ = files.write(&secret, b"inside").await;
    let _ = files.make_folder(&folder.join("made")).await;
    assert_eq!(fs::read(&secret).unwrap(), b"of the host");
    assert_eq!(fs::read_dir(&folder).unwrap().count(), 1);
}

/// The host may read more than the workload. What it does for a session, it does as the workload.
#[tokio::test]
async fn rights_are_the_workloads() {
    let mut kit = Kit::new(Isolation::Full).await;
    kit.works("mkdir -p closed/in tree/closed; touch closed/file tree/closed/file tree/open; chmod 0 closed tree/closed").await;
    let files = kit.sandbox.files();
    let closed = kit.session.join("workspace/closed");
    assert_eq!(fs::read(closed.join("file")).is_ok(), is_root(), "the control: root may");
    for path in ["closed/file", "closed/in"] {
        for error in [
            files.open(path).await.map(drop).unwrap_err(),
            files.metadata(path).await.map(drop).unwrap_err(),
            files.list(path, 10).await.map(drop).unwrap_err(),
            files.walk(path, Walk::default()).await.map(drop).unwrap_err(),
            files.write(path, b"x").await.unwrap_err(),
            files.remove(path, Remove::One).await.unwrap_err(),
            files.rename(path, "elsewhere", Taken::Keep).await.unwrap_err(),
            files.watch(path).await.map(drop).unwrap_err(),
        ] {
            assert!(error.to_string().ends_with(": not allowed"), "{error}");
        }
    }
    let error = files.list("closed", 10).await.unwrap_err();
    assert_eq!(error.to_string(), "closed: not allowed");
    let walked = files.walk("tree", Walk::default()).await.unwrap();
    let found: Vec<_> = walked.found.iter().map(|found| found.path.as_slice()).collect();
    assert_eq!(found, [&b"closed"[..], b"open"]);
    let cut: Vec<_> = walked.cut.iter().map(ToString::to_string).collect();
    assert_eq!(cut, ["closed was not looked into"]);
    let error = files.remove("tree", Remove::Tree(100)).await.unwrap_err();
    assert_eq!(error.to_string(), "tree: not allowed");
    kit.works("chmod 700 closed tree/closed").await;
    kit.sandbox.files().remove("tree", Remove::Tree(100)).await.unwrap();
    kit.works("test ! -e tree").await;
}

/// Names that are no text are names all the same.
#[tokio::test]
async fn every_name_can_be_used() {
    let mut kit = Kit::new(Isolation::Full).await;
    let files = kit.sandbox.files();
    let (name, other) = (OsStr::from_bytes(b"d\xff/\xfe\n"), OsStr::from_bytes(b"d\xff/ \x01"));
    files.write(name, b"contents").await.unwrap();
    let (bytes, _) = files.open(name).await.unwrap().read(100).await.unwrap();
    assert_eq!(bytes, b"contents");
    files.rename(name, other, Taken::Keep).await.unwrap();
    let (listed, _) = files.list(OsStr::from_bytes(b"d\xff"), 10).await.unwrap();
    assert_eq!(listed[0].name, b" \x01");
    let walked = files.walk(".", Walk::default()).await.unwrap();
    assert!(walked.found.iter().any(|found| found.path == b"d\xff/ \x01"));
    let error = files.canonical(other).await.unwrap_err();
    assert!(error.to_string().contains("d\u{fffd}/"), "{error}");
    files.remove(OsStr::from_bytes(b"d\xff"), Remove::Tree(10)).await.unwrap();
    kit.works("test \"$(ls)\" = probe.py").await;

    let files = kit.sandbox.files();
    for path in ["x".repeat(256), format!("{}file", "x/".repeat(2047)), "x".repeat(1_000_000)] {
        for error in [
            files.open(&path).await.map(drop).unwrap_err(),
            files.write(&path, b"x").await.unwrap_err(),
            files.make_folder(&path).await.unwrap_err(),
            files.remove(&path, Remove::One).await.unwrap_err(),
        ] {
            assert!(error.to_string().ends_with("too long"), "{}", &error.to_string()[..100]);
        }
    }
    for path in ["", "a\0b"] {
        assert!(files.open(path).await.is_err() && files.write(path, b"x").await.is_err());
    }
}

#[tokio::test]
async fn a_huge_file_is_read_as_far_as_asked() {
    let mut kit = Kit::new(Isolation::Full).await;
    kit.works("echo begin > huge && truncate -s 1G huge").await;
    let mut file = kit.sandbox.files().open("huge").await.unwrap();
    assert_eq!(file.metadata.bytes, 1 << 30);
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

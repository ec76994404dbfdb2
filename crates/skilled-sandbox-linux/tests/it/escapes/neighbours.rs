//! Two sandboxes, which have one user on the host, and nothing else.

use std::sync::Arc;

use skilled_sandbox::pool::Options;
use skilled_sandbox::{Key, Limits, Pool, Shell, Spec};
use skilled_sandbox_linux::{Isolation, LinuxBackend};
use tokio_util::sync::CancellationToken;

use super::armed;
use crate::kit::{host_folder, is_root, plain};

#[tokio::test]
async fn nothing_is_shared_between_sandboxes() {
    let (mut one, mut other) = (armed(Isolation::Full).await, armed(Isolation::Full).await);
    for (make, find) in [
        ("python3 probe.py shared_memory 4711 0o1600", "python3 probe.py shared_memory 4711 0"),
        ("python3 probe.py queue /shared 0o102", "python3 probe.py queue /shared 2"),
        (
            "python3 -c 'import socket, time, os; s = socket.socket(1); s.bind(\"\\0shared\"); s.listen(); os.fork() or time.sleep(1000)' &",
            "python3 probe.py abstract shared",
        ),
        (
            "python3 -c 'import socket, time, os; s = socket.create_server((\"127.0.0.1\", 4711)); os.fork() or time.sleep(1000)' &",
            "python3 probe.py tcp 4711",
        ),
        ("echo x > /dev/shm/shared", "cat /dev/shm/shared"),
        ("echo x > /tmp/shared", "cat /tmp/shared"),
        ("mkfifo /tmp/pipe", "test -p /tmp/pipe"),
        ("echo x > /skills/shared", "cat /skills/shared"),
        ("echo x > /mnt/session/outputs/shared", "cat /mnt/session/outputs/shared"),
        (
            "python3 -c 'import os; os.posix_openpt' ; python3 -c 'import pty, os, time; os.fork() or (pty.openpty(), time.sleep(1000))' &",
            "test -e /dev/pts/0",
        ),
    ] {
        one.works(make).await;
        // The control: it is there.
        one.works(&format!("until {find}; do :; done 2>/dev/null")).await;
        assert_ne!(other.run(find).await.0, 0, "{find}");
    }
    // Processes, their memory and their roots, by the numbers that they have here.
    let ours = one.works("ls -d /proc/[0-9]* | wc -l").await;
    assert!(
        other.works("ls -d /proc/[0-9]* | wc -l").await.trim().parse::<u32>().unwrap()
            < ours.trim().parse().unwrap()
    );
}

fn claim(host: &tempfile::TempDir) -> Spec {
    plain(&host.path().join("claimed"))
}

/// What waits for a session has nothing of the host's that a session could find later.
#[tokio::test]
async fn a_warm_sandbox_keeps_no_door_open() {
    let host = host_folder();
    let options = Options {
        low: 1,
        high: 1,
        folder: host.path().join("warm"),
        python: None,
        imports: vec!["json".to_owned()],
        limits: plain(host.path()).limits,
    };
    let pool = Pool::new(
        Arc::new(LinuxBackend::new(Isolation::Full)),
        options,
        Arc::new(|work| drop(tokio::spawn(work))),
    );
    pool.fill().await;
    let spec = claim(&host);
    let session = spec.session_dir.clone();
    std::fs::create_dir_all(session.join("workspace")).unwrap();
    if is_root() {
        std::os::unix::fs::chown(session.join("workspace"), Some(0x534B_4C44), Some(0x534B_4C44)).unwrap();
    }
    for name in ["json.py", "sitecustomize.py", "usercustomize.py"] {
        std::fs::write(
            session.join("workspace").join(name),
            "open('/workspace/loaded', 'a').write(__name__)",
        )
        .unwrap();
    }
    let sandbox = pool.claim(spec).await.unwrap();
    super::arm(&*sandbox).await;
    let mut shell = Shell::open(&*sandbox, &"bash-1".parse().unwrap(), "/").await.unwrap();
    let limits = Limits::new(std::time::Duration::from_secs(30), 100_000);
    let mut run = async |text: &str| {
        let key = Key::fresh("look").unwrap();
        let finished = shell.run_as(&key, text, limits, &CancellationToken::new()).await.unwrap();
        format!("{}{}", finished.stdout.to_text(), finished.stderr.to_text())
    };
    // The folder where the session was staged is covered by nothing, empty, and cannot be written.
    assert_eq!(run("grep -c ' /.session' /proc/self/mountinfo").await, "0\n");
    assert_eq!(
        run("ls -A /.session; touch /.session/x").await,
        "touch: cannot touch '/.session/x': Read-only file system\n"
    );
    assert_eq!(run("cat /.session/../.session/workspace/json.py 2>&1 | grep -c 'No such'").await, "1\n");
    // Processes: the first, two runners, shell and Python.
    assert_eq!(run("set -- /proc/[0-9]*; echo $#").await, "5\n");
    for pattern in ["/work", "/tmp", "session", "operations", "memfd"] {
        assert_eq!(run(&format!("python3 -I escape.py links {pattern}")).await, "", "{pattern}");
    }
    for link in ["cwd", "root", "ns/mnt", "ns/user"] {
        assert_eq!(
            run(&format!("for pid in /proc/[0-9]*; do readlink $pid/{link}; done | sort -u | wc -l")).await,
            "1\n"
        );
    }
    // Nothing of the workspace is taken by what was there before it.
    assert_eq!(run("cat /workspace/loaded").await, "cat: /workspace/loaded: No such file or directory\n");
    sandbox.destroy().await;
}

//! What a process is given, and what it finds by that.

use std::os::unix::fs::PermissionsExt;
use std::os::unix::net::UnixListener;

use skilled_sandbox::{Error, Exit, How, Input, Key, Limits, Python, Run, Size};
use skilled_sandbox_linux::Isolation;
use tokio_util::sync::CancellationToken;

use super::{armed, range};
use crate::kit::{command, completed, is_root, start};

/// The numbers that anything of ours could have: low ones, those of interpreters, those kept out of the way.
fn numbers() -> impl Iterator<Item = u32> {
    (0..40).chain(95..110).chain(195..210).chain(508..530)
}

/// A working folder or a program that is a descriptor of whoever starts it (CVE-2024-21626, CVE-2019-5736).
#[tokio::test]
async fn nothing_is_started_by_a_descriptor_of_its_starter() {
    let kit = armed(Isolation::Full).await;
    for number in numbers() {
        for way in [
            format!("/proc/self/fd/{number}"),
            format!("/dev/fd/{number}"),
            format!("/proc/self/fd/{number}/.."),
        ] {
            let mut attempt = command(&["pwd"]);
            attempt.cwd.clone_from(&way);
            let error = start(&*kit.sandbox, attempt).await.err().expect(&way);
            assert!(matches!(error, Error::Spawn { .. }), "{way}: {error:?}");
            let error = start(&*kit.sandbox, command(&[&way])).await.err().expect(&way);
            assert!(matches!(error, Error::Spawn { .. }), "{way}: {error:?}");
        }
    }
    // The control: folders by the same file system, which are the sandbox's.
    for way in ["/proc/self/root", "/proc/self/cwd", "/proc/self/task/../root/workspace/.."] {
        let mut attempt = command(&["ls", "-A"]);
        way.clone_into(&mut attempt.cwd);
        let listed = completed(&mut *start(&*kit.sandbox, attempt).await.unwrap()).await.stdout;
        assert!(
            listed.contains("workspace\n") && listed.contains(".empty\n") && !listed.contains("root\n"),
            "{way}: {listed}"
        );
    }
    for way in ["/proc/1/root", "/proc/1/cwd", "/proc/self/fd/../../1/root"] {
        let mut attempt = command(&["pwd"]);
        way.clone_into(&mut attempt.cwd);
        assert!(start(&*kit.sandbox, attempt).await.is_err(), "{way}");
    }
}

#[tokio::test]
async fn a_process_has_three_descriptors() {
    for isolation in [Isolation::Full, Isolation::None] {
        let mut kit = armed(isolation).await;
        let path = format!("{}/escape.py", kit.sandbox.layout().workspace);
        for (input, expected) in [
            (Input::Nothing, "0 device 1 pipe 2 pipe "),
            (Input::Pipe, "0 pipe 1 pipe 2 pipe "),
            (Input::Terminal(Size { rows: 24, columns: 80 }), "0 device 1 device 2 device "),
        ] {
            let mut look = command(&["python3", &path, "inherited"]);
            look.input = input;
            let seen = completed(&mut *start(&*kit.sandbox, look).await.unwrap()).await.stdout;
            assert_eq!(seen.trim_end_matches(['\r', '\n']), expected, "{isolation:?} {input:?}");
        }
        // A command of the shell, and what it leaves in the background.
        let expected = "0 device 1 pipe 2 pipe \n";
        assert_eq!(
            kit.works("python3 escape.py inherited; python3 escape.py inherited & wait").await,
            expected.repeat(2)
        );
        // A program that a text of the Python starts, and a script.
        let mut python = Python::open(&*kit.sandbox, &"python".parse().unwrap(), &[]).await.unwrap();
        let limits = Limits::new(std::time::Duration::from_secs(30), 10_000);
        let text = "import subprocess; print(subprocess.run(['python3', 'escape.py', 'inherited'], capture_output=True, text=True, stdin=subprocess.DEVNULL).stdout, end='')";
        let folder = kit.sandbox.layout().workspace.clone();
        let script = Run::Script { path: &path, arguments: &["inherited"], folder: &folder };
        for what in [Run::Text(text), script] {
            let key = Key::fresh("text").unwrap();
            let finished = python.run_as(&key, what, limits, &CancellationToken::new()).await.unwrap();
            let seen = finished.stdout.to_text();
            // The script's copy has a pipe, its own program file, and nothing of the channels.
            assert_eq!(seen, expected, "{isolation:?} {what:?} {}", finished.stderr.to_text());
        }
    }
}

#[tokio::test]
async fn journals_and_sockets_are_out_of_reach() {
    let mut range = range().await;
    let socket = range.inside.control().join("socket");
    let journals = range.inside.control().join("operations");
    assert!(socket.exists() && std::fs::read_dir(&journals).unwrap().count() > 0, "the control");
    let mode = |path: &std::path::Path| std::fs::metadata(path).unwrap().permissions().mode() & 0o7777;
    let journal = std::fs::read_dir(&journals).unwrap().next().unwrap().unwrap().path();
    // Neither are they open to other users of the host.
    assert_eq!((mode(&range.inside.control()), mode(&journals), mode(&journal)), (0o700, 0o700, 0o600));
    range.refused(&format!("ls {}", journals.display()), "No such file").await;
    range.refused(&format!("python3 escape.py host {}", socket.display()), "No such file").await;
    for around in ["/proc/1/root", "/proc/$PPID/root", "/proc/1/cwd"] {
        range.inside.refuses(&format!("python3 escape.py host {around}{}", socket.display()), "denied").await;
    }
    for around in ["/proc/self/root", "/proc/self/cwd/.."] {
        range
            .inside
            .refuses(&format!("python3 escape.py host {around}{}", socket.display()), "No such file")
            .await;
    }
    // Nobody in sight has one open, and none is listed.
    for pattern in [".journal", "operations", "eventfd", "memfd", "socket:", "signalfd"] {
        assert_eq!(range.inside.works(&format!("python3 escape.py links {pattern}")).await, "");
    }
    assert!(!range.inside.works("python3 escape.py links pipe:").await.is_empty(), "the control");
    range.refused("grep -q /socket$ /proc/net/unix || ! echo none", "none").await;
    range.inside.works("test -z \"$(find / -name '*.journal' -not -path '/proc/*' 2>/dev/null)\"").await;
    // The control: it is found when it is moved inside.
    std::fs::write(range.inside.session.join("workspace/a.journal"), "").unwrap();
    range.inside.works("test -n \"$(find / -name '*.journal' -not -path '/proc/*' 2>/dev/null)\"").await;
}

/// What of the host the first process and the runners hold: seen from outside, where root may look.
#[tokio::test]
async fn the_first_processes_hold_no_more_than_they_need() {
    let mut kit = armed(Isolation::Full).await;
    kit.works("true").await;
    if !is_root() {
        return; // They are closed to their own user, too: `processes::the_first_processes_are_closed`.
    }
    let record = skilled_sandbox_linux::LinuxBackend::record(&kit.control()).unwrap();
    let first = record.supervisor.unwrap().pid;
    let control = std::fs::canonicalize(kit.control()).unwrap();
    let mut has_folder = false;
    for pid in std::iter::once(first.cast_unsigned())
        .chain(crate::host::children(first.cast_unsigned()).into_iter().map(|child| child.pid))
    {
        for entry in std::fs::read_dir(format!("/proc/{pid}/fd")).unwrap() {
            let path = entry.unwrap().path();
            let target = std::fs::read_link(&path).unwrap();
            let text = target.to_str().unwrap();
            if target == control.join("operations") && pid == first.cast_unsigned() {
                has_folder = true;
                continue;
            }
            let known = text == "/dev/null"
                || text.starts_with("socket:")
                || text.starts_with("pipe:")
                || text.starts_with("anon_inode:")
                || text.ends_with(".journal");
            assert!(known, "{pid} holds {text}");
        }
    }
    assert!(has_folder, "the control: the first process holds the journals' folder, as no runner does");
}

/// A pipe can be opened again by its other end; there is nobody else at it.
#[tokio::test]
async fn a_pipe_opened_the_other_way_leads_to_nobody() {
    let kit = armed(Isolation::Full).await;
    let mut look = command(&[
        "bash",
        "-c",
        "exec 5>/proc/self/fd/0; echo own >&5; read line; echo got $line; exec 6</proc/self/fd/1; exit 3",
    ]);
    look.input = Input::Pipe;
    let mut operation = start(&*kit.sandbox, look).await.unwrap();
    let end = completed(&mut *operation).await;
    assert_eq!((end.stdout.as_str(), end.how), ("got own\n", How::Exited(Exit::Code(3))));
}

/// Descriptors travel by sockets alone, and no socket of the host's is in reach.
#[tokio::test]
async fn no_descriptor_can_be_handed_out() {
    let mut range = range().await;
    let host = range.open.host.path().join("taker");
    let _taker = UnixListener::bind(&host).unwrap();
    let attempt = |path: &str| {
        format!(
            "python3 -c 'import socket; s = socket.socket(1); s.connect(\"{path}\"); socket.send_fds(s, [b\"x\"], [0])'"
        )
    };
    range.refused(&attempt(host.to_str().unwrap()), "No such file").await;
}

//! Sandboxes end whole, however they end, and say why when they cannot begin.

use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process};
use skilled_sandbox::{Command, Error, Exit, How, Missing, Sandbox, Shell};
use skilled_sandbox_linux::Isolation;

use crate::driver::Driver;
use crate::host::{HostProcess, marked, marker};
use crate::kit::{Kit, command, completed, create, eventually, host_folder, plain, start};

const BOTH: [Isolation; 2] = [Isolation::Full, Isolation::None];

/// Starts a process that has left its session and its parent, and returns all processes of its sandbox: it, those above
/// it up to `ancestor`, and the shell.
async fn busy(kit: &mut Kit, ancestor: u32) -> Vec<HostProcess> {
    let marker = marker();
    kit.works(&format!("(trap '' TERM HUP INT; setsid sleep {marker} &)")).await;
    whole(&marker, ancestor).await
}

async fn whole(marker: &str, ancestor: u32) -> Vec<HostProcess> {
    let detached = eventually("it runs", || marked(marker).first().copied()).await;
    let mut all = detached.line_up_to(ancestor);
    for process in all.clone() {
        let beside = crate::host::children(process.pid);
        all.extend(beside.into_iter().filter(|child| child.pid != detached.pid));
    }
    assert!(all.len() >= 3, "{all:?}");
    all
}

async fn all_end(processes: &[HostProcess], why: &str) {
    for process in processes {
        eventually(&format!("{why}: {process:?} ends"), || (!process.is_alive()).then_some(())).await;
    }
}

fn kill(process: HostProcess) {
    kill_process(Pid::from_raw(process.pid.cast_signed()).unwrap(), Signal::KILL).unwrap();
}

#[tokio::test]
async fn destroying_returns_when_nothing_runs() {
    for isolation in BOTH {
        let mut kit = Kit::new(isolation).await;
        let processes = busy(&mut kit, std::process::id()).await;
        // Its runner, which has the workload's user, cannot help.
        kit.works("kill -STOP $PPID").await;
        assert!(processes.iter().all(|process| process.is_alive()), "the control");
        kit.sandbox.destroy().await;
        let alive: Vec<_> = processes.into_iter().filter(|process| process.is_alive()).collect();
        assert_eq!(alive, [], "{isolation:?}");
        let error = Shell::start(&*kit.sandbox).await.err().unwrap();
        assert!(matches!(error, Error::Gone { .. }), "{error}");
        assert!(kit.sandbox.files().open("/etc/passwd").await.is_err());
        kit.sandbox.destroy().await;
    }
}

#[tokio::test]
async fn dropping_the_last_reference_ends_everything() {
    for isolation in BOTH {
        let mut kit = Kit::new(isolation).await;
        let processes = busy(&mut kit, std::process::id()).await;
        let Kit { sandbox, shell, host: _host, .. } = kit;
        drop(sandbox);
        drop(shell);
        all_end(&processes, &format!("dropping {isolation:?}")).await;
    }
}

/// Whichever process of a sandbox is killed from outside: nothing of it stays behind.
#[tokio::test]
async fn losing_a_supervising_process_ends_everything() {
    for (isolation, level) in [(Isolation::Full, 1), (Isolation::Full, 2), (Isolation::None, 1)] {
        let mut kit = Kit::new(isolation).await;
        let marker = marker();
        kit.works(&format!("(trap '' TERM HUP INT; setsid sleep {marker} &)")).await;
        let sleeper = eventually("it runs", || marked(&marker).first().copied()).await;
        let line = sleeper.line_up_to(std::process::id());
        // The launcher is the topmost, then process 1; without isolation the supervisor is the launcher.
        kill(line[line.len() - level]);
        all_end(&line, &format!("{isolation:?}, {level} from the top")).await;
        let finished = kit
            .shell
            .run(
                "true",
                skilled_sandbox::Limits::new(Duration::from_secs(20), 10),
                &tokio_util::sync::CancellationToken::new(),
            )
            .await;
        assert!(
            !matches!(
                finished,
                Ok(skilled_sandbox::Finished { ended: skilled_sandbox::Ended::Status(_), .. })
            ),
            "{finished:?}"
        );
    }
}

#[tokio::test]
async fn many_sandboxes_leave_nothing_behind() {
    for isolation in BOTH {
        let host = host_folder();
        let mut driver =
            Driver::start(&["env"], "cycles", isolation, host.path(), "(setsid sleep 1000 &); echo done");
        assert_eq!(driver.line("during "), "more", "the control: while one exists, more is held");
        assert_eq!(driver.line("after "), "the same", "{isolation:?}: descriptors, mounts, children");
        driver.end().await;
    }
}

#[tokio::test]
async fn eight_at_once_work() {
    let all: Vec<_> = (0..8)
        .map(|number| {
            tokio::spawn(async move {
                let mut kit = Kit::new(Isolation::Full).await;
                let text = format!("of {number}");
                kit.sandbox.files().write("name", text.as_bytes()).await.unwrap();
                let seen = kit.works("cat name; ls /proc | grep -cx '[0-9]*' > count; sleep 0.2").await;
                let processes: usize = kit.works("cat count").await.trim().parse().unwrap();
                kit.sandbox.destroy().await;
                (seen == text, processes)
            })
        })
        .collect();
    for one in all {
        let (own, processes) = one.await.unwrap();
        assert!(own && processes < 10, "{processes}");
    }
}

#[tokio::test]
async fn what_the_machine_lacks_is_said_with_a_remedy() {
    let host = host_folder();
    let forbid = "echo 0 > /proc/sys/user/max_user_namespaces && exec \"$@\"";
    let wrapper = ["unshare", "--user", "--map-root-user", "sh", "-c", forbid, "sh"];
    let mut driver = Driver::start(&wrapper, "hold", Isolation::Full, host.path(), "true");
    let failed = driver.line("failed ");
    assert!(failed.contains("Unavailable") && failed.contains("UserNamespaces"), "{failed}");
    driver.end().await;
    assert!(Missing::UserNamespaces.remedy().contains("user.max_user_namespaces"));
    // The control: the same wrapper without the prohibition.
    let wrapper = ["unshare", "--user", "--map-root-user", "sh", "-c", "exec \"$@\"", "sh"];
    let mut driver = Driver::start(&wrapper, "hold", Isolation::Full, host.path(), "echo made");
    assert_eq!(driver.line("output "), "made");
    driver.end().await;
}

#[tokio::test]
async fn what_stands_in_the_way_of_a_session_is_named() {
    let host = host_folder();
    std::fs::write(host.path().join("file"), "").unwrap();
    let session = host.path().join("file/session");
    let error = create(Isolation::Full, plain(&session)).await.err().unwrap();
    assert!(error.to_string().contains(session.to_str().unwrap()), "{error}");
    let mut spec = plain(&host.path().join("session"));
    spec.python = Some(host.path().join("missing"));
    let error = create(Isolation::Full, spec).await.err().unwrap();
    assert!(matches!(&error, Error::Setup { step, .. } if step.contains("missing")), "{error}");
}

#[tokio::test]
async fn what_cannot_start_says_why() {
    let long = "x".repeat(150_000);
    let longer = "x".repeat(200_000);
    for isolation in BOTH {
        let kit = Kit::new(isolation).await;
        for (what, command, reason) in [
            ("a missing program", command(&["no-such-program"]), "No such file"),
            ("a missing path", command(&["/no/such/program"]), "No such file"),
            ("a folder", command(&["/usr"]), "denied"),
            ("a file that is no program", command(&["/etc/passwd"]), "denied"),
            ("no program", command(&[]), "Invalid"),
            ("a zero byte", command(&["true", "a\0b"]), "Invalid"),
            (
                "a missing folder",
                Command { cwd: "/no/such".to_owned(), ..command(&["true"]) },
                "No such file",
            ),
            ("a long argument", command(&["true", &long]), "too long"),
            ("a longer argument", command(&["true", &longer]), "limited to"),
        ] {
            let error = start(&*kit.sandbox, command).await.err().expect(what);
            let said = format!("{error} {:?}", std::error::Error::source(&error).map(ToString::to_string));
            assert!(said.contains(reason), "{isolation:?}, {what}: {said}");
        }
        works_afterwards(&*kit.sandbox).await;
    }
}

async fn works_afterwards(sandbox: &dyn Sandbox) {
    let mut operation = start(sandbox, command(&["sh", "-c", "exit 7"])).await.unwrap();
    assert_eq!(completed(&mut *operation).await.how, How::Exited(Exit::Code(7)));
    operation.kill().await.unwrap();
    let mut operation = start(sandbox, command(&["sleep", "1000"])).await.unwrap();
    operation.kill().await.unwrap();
    assert_eq!(completed(&mut *operation).await.how, How::Killed);
}

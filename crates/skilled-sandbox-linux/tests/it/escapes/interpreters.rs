//! What a workload can make of the interpreters that run its texts, and what it cannot.
//!
//! A shell or a Python that runs a text is the workload's own process. It may change it as it likes, its report included: what
//! an interpreter says of a text is its word, and no more. What the sandbox promises is that the end of a program is what
//! the kernel said, that a text which goes on is bounded, and that nothing of this reaches another session.

use std::time::Duration;

use skilled_sandbox::{Ended, Event, Exit, How, Key, Limits, Python, Run, Shell};
use skilled_sandbox_linux::Isolation;
use tokio_util::sync::CancellationToken;

use super::armed;
use crate::host::{marked, marker};
use crate::kit::{command, completed, eventually, start};

#[tokio::test]
async fn a_forged_report_is_only_about_texts() {
    let mut kit = armed(Isolation::Full).await;
    kit.works(
        "(python3 escape.py forge $$ 0 20 > forging 2>&1 &); until grep -q forging forging; do :; done",
    )
    .await;
    // The control: it does forge the interpreter's own.
    let seen = eventually_forged(&mut kit).await;
    assert!(seen, "the channel of an interpreter is the workload's");
    // A program's end is what it was.
    for code in [7, 0, 3] {
        let mut program =
            start(&*kit.sandbox, command(&["sh", "-c", &format!("sleep 0.1; exit {code}")])).await.unwrap();
        assert_eq!(completed(&mut *program).await.how, How::Exited(Exit::Code(code)));
    }
    let mut program = start(&*kit.sandbox, command(&["sh", "-c", "kill -9 $$"])).await.unwrap();
    assert_eq!(completed(&mut *program).await.how, How::Exited(Exit::Signal(9)));
    // So is the end of a text in another sandbox.
    let mut other = armed(Isolation::Full).await;
    assert_eq!(other.run("(exit 5)").await.0, 5);
}

/// Output that looks like the journal that it goes to.
#[tokio::test]
async fn a_journal_in_an_output_is_only_output() {
    let kit = armed(Isolation::Full).await;
    let key: Key = "model".parse().unwrap();
    let model = command(&["sh", "-c", "printf output; kill -9 $$"]);
    let mut operation = kit.sandbox.start(&key, model).await.unwrap();
    assert_eq!(completed(&mut *operation).await.how, How::Exited(Exit::Signal(9)));
    // Whole, and its frames alone: with a counter that says that the end is there, and an end.
    let journal = std::fs::read(kit.control().join("operations/model.journal")).unwrap();
    assert!(journal.len() > 20, "the control: it holds something");
    kit.sandbox.files().write("journal", &journal).await.unwrap();
    kit.sandbox.files().write("frames", &journal[8..]).await.unwrap();
    for name in ["journal", "frames"] {
        let show = format!("cat {name} > /dev/stdout; cat {name} >&2; sleep 0.1; cat {name}; exit 5");
        let mut show = command(&["sh", "-c", &show]);
        show.cwd = "/workspace".to_owned();
        let mut operation = start(&*kit.sandbox, show).await.unwrap();
        let how = loop {
            match operation.next().await.unwrap() {
                Event::Ended(end) => break end.how,
                Event::Output(..) | Event::Cut(..) => {}
            }
        };
        let mut bytes = 0;
        let mut again = kit.sandbox.attach(operation.key()).await.unwrap().unwrap();
        while let Event::Output(_, output) = again.next().await.unwrap() {
            bytes += output.len();
        }
        let length = if name == "journal" { journal.len() } else { journal.len() - 8 };
        assert_eq!((bytes, how), (3 * length, How::Exited(Exit::Code(5))), "{name}");
    }
}

async fn eventually_forged(kit: &mut crate::kit::Kit) -> bool {
    for _ in 0..20 {
        if kit.finish("(exit 9)", Duration::from_secs(20)).await.ended == Ended::Status(0) {
            return true;
        }
    }
    false
}

/// A text that has told its end too early is still ended with its shell.
#[tokio::test]
async fn what_goes_on_after_a_forged_end_is_ended() {
    let mut kit = armed(Isolation::Full).await;
    let marker = marker();
    // While a text is at work, the shell keeps its channel elsewhere.
    let forge = format!(
        "for fd in $(find /proc/$$/fd -perm 300 -name '1[0-9]'); do echo 1 0 > $fd; done; sleep {marker}"
    );
    assert_eq!(kit.finish(&forge, Duration::from_secs(20)).await.ended, Ended::Status(0));
    let process = eventually("it goes on", || marked(&marker).first().copied()).await;
    // The next text waits for the shell, and its time ends both.
    assert_eq!(kit.finish("echo never", Duration::from_millis(500)).await.ended, Ended::TimedOut);
    eventually("it ends", || (!process.is_alive()).then_some(())).await;
}

/// Files of a workspace that interpreters look for.
#[tokio::test]
async fn a_workspace_speaks_to_its_own_interpreters_only() {
    let mut kit = armed(Isolation::Full).await;
    for name in ["sitecustomize.py", "usercustomize.py", "decimal.py"] {
        kit.sandbox
            .files()
            .write(name, b"open('/workspace/loaded', 'a').write(__name__ + '\\n')\n")
            .await
            .unwrap();
    }
    for name in [".bashrc", ".bash_profile", ".profile", ".inputrc", "bash", "sh", "python3", "ls"] {
        kit.sandbox.files().write(name, b"#!/bin/sh\necho loaded >> /workspace/loaded\n").await.unwrap();
    }
    kit.works("chmod +x bash sh python3 ls; rm -f loaded").await;
    // Neither a shell nor a program is taken from there.
    kit.shell = Shell::start(&*kit.sandbox).await.unwrap();
    kit.works("ls > /dev/null; sh -c true").await;
    let mut program = start(&*kit.sandbox, command(&["python3", "-c", "0"])).await.unwrap();
    completed(&mut *program).await;
    assert_eq!(kit.run("cat loaded").await.0, 1, "{}", kit.run("cat loaded").await.1);
    let mut python = Python::open(&*kit.sandbox, &"python".parse().unwrap(), &[]).await.unwrap();
    let limits = Limits::new(Duration::from_secs(20), 1000);
    let key = Key::fresh("text").unwrap();
    let finished = python.run_as(&key, Run::Text("1 + 1"), limits, &CancellationToken::new()).await.unwrap();
    assert_eq!((finished.ended, finished.stdout.to_text().as_str()), (Ended::Status(0), "2\n"));
    assert_eq!(kit.run("cat loaded").await.1, "cat: loaded: No such file or directory\n");
    // The control: who asks for it gets it.
    kit.works("python3 -c 'import decimal'; cat loaded").await;
}

/// A shell that ends takes along what it has started, which nobody could end later.
#[tokio::test]
async fn nothing_outlives_its_interpreter() {
    for isolation in [Isolation::Full, Isolation::None] {
        let mut kit = armed(isolation).await;
        let marker = marker();
        kit.works(&format!("(setsid sleep {marker} &); sleep {marker} & true")).await;
        let left = eventually("both run", || Some(marked(&marker)).filter(|found| found.len() == 2)).await;
        assert_eq!(kit.finish("exit 3", Duration::from_secs(20)).await.ended, Ended::Shell(Exit::Code(3)));
        for process in left {
            eventually("it ends", || (!process.is_alive()).then_some(())).await;
        }
    }
}

/// Who attends to an operation goes on when the workload stops it, also where no time would end them.
#[tokio::test]
async fn a_stopped_runner_is_woken() {
    for isolation in [Isolation::Full, Isolation::None] {
        let kit = armed(isolation).await;
        let mut stop = start(&*kit.sandbox, command(&["sh", "-c", "kill -STOP $PPID; echo after; exit 5"]))
            .await
            .unwrap();
        let end =
            tokio::time::timeout(Duration::from_secs(20), completed(&mut *stop)).await.expect("it ends");
        assert_eq!((end.stdout.as_str(), end.how), ("after\n", How::Exited(Exit::Code(5))));
    }
}

//! What all share: tables of the kernel, its handlers, the first process and the folder of the journals.

use std::time::Duration;

use skilled_sandbox::{Ended, Error, How, Keep, Key, ResourceLimits, Shell};
use skilled_sandbox_linux::Isolation;
use tokio_util::sync::CancellationToken;

use super::{NOT_IMPLEMENTED, armed, range};
use crate::host::{marked, marker};
use crate::kit::{Kit, command, completed, host_folder, is_root, start};

/// The machine has a fixed number of asynchronous requests of the old kind (`/proc/sys/fs/aio-max-nr`).
#[tokio::test]
async fn no_table_of_the_machine_can_be_used_up() {
    let mut range = range().await;
    range.refused("python3 escape.py requests 1", NOT_IMPLEMENTED).await;
    range.inside.refuses("python3 escape.py requests 30000 30000 30000 30000 30000", NOT_IMPLEMENTED).await;
    assert_eq!(
        range.inside.works("cat /proc/sys/fs/aio-nr; for n in 1 2 3; do echo; done").await.lines().next(),
        range.open.works("cat /proc/sys/fs/aio-nr").await.lines().next()
    );
}

/// The host's handler of crashes runs as root: it must not be started with what a workload left. One byte is the only limit
/// that a handler behind a pipe knows (`do_coredump` of the kernel).
#[tokio::test]
async fn a_crash_and_a_priority_are_nobody_elses() {
    let mut kit = armed(Isolation::Full).await;
    let limits = "import resource as r; print(*[r.getrlimit(l) for l in (r.RLIMIT_CORE, r.RLIMIT_RTPRIO, r.RLIMIT_NICE)])";
    let most =
        rustix::process::getrlimit(rustix::process::Resource::Core).maximum.map_or(1, |most| most.min(1));
    let expected = format!("({most}, {most}) (0, 0) (0, 0)\n");
    assert_eq!(kit.works(&format!("python3 -c '{limits}'")).await, expected);
    for policy in ["SCHED_FIFO", "SCHED_RR"] {
        let take =
            format!("python3 -c 'import os; os.sched_setscheduler(0, os.{policy}, os.sched_param(1))'");
        kit.refuses(&take, "not permitted").await;
    }
    kit.refuses("python3 -c 'import os; os.setpriority(os.PRIO_PROCESS, 0, -1)'", "ermi").await;
    kit.works("python3 -c 'import os; os.setpriority(os.PRIO_PROCESS, 0, 1); os.sched_setscheduler(0, os.SCHED_BATCH, os.sched_param(0))'").await;
}

/// Whoever could have process 1 and the runners wait for an idle processor would be stopped by no timeout.
#[tokio::test]
async fn the_priority_of_others_is_not_touched() {
    let mut range = range().await;
    let attempts = |whose: &str| {
        [
            format!("os.setpriority(os.PRIO_PROCESS, {whose}, 19)"),
            format!("os.sched_setscheduler({whose}, os.SCHED_IDLE, os.sched_param(0))"),
            format!("os.sched_setscheduler({whose}, os.SCHED_BATCH, os.sched_param(0))"),
            // The idle class of input and output; the same as a batch, by the newer call.
            format!("call({}, 1, {whose}, 3 << 13)", libc::SYS_ioprio_set),
            format!(
                "call({}, {whose}, struct.pack('IIQiIQQQ', 48, 3, 0, 0, 0, 0, 0, 0), 0)",
                libc::SYS_sched_setattr
            ),
        ]
    };
    let python = |attempt: &str| {
        format!(
            "sleep 100 & other=$! runner=$PPID python3 -c \"
import ctypes, os, struct
def call(*arguments):
    if ctypes.CDLL(None, use_errno=True).syscall(*arguments) < 0:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
other, runner = int(os.environ['other']), int(os.environ['runner'])
{attempt}\"; status=$?; kill $!; (exit $status)"
        )
    };
    for attempt in attempts("other") {
        range.refused(&python(&attempt), NOT_IMPLEMENTED).await;
    }
    for attempt in ["1", "runner"].into_iter().flat_map(attempts) {
        range.inside.refuses(&python(&attempt), NOT_IMPLEMENTED).await;
    }
    // All of a user's or of a group's, process 1 with them.
    for attempt in ["os.setpriority(os.PRIO_USER, 0, 19)", "os.setpriority(os.PRIO_PGRP, 0, 19)"] {
        range.inside.refuses(&python(attempt), NOT_IMPLEMENTED).await;
    }
    range.inside.refuses(&python("os.sched_setaffinity(1, {0})"), NOT_IMPLEMENTED).await;
    range
        .inside
        .refuses(&python(&format!("call({}, 62, 0, 0, 0, 0)", libc::SYS_prctl)), NOT_IMPLEMENTED)
        .await;
    for attempt in attempts("0") {
        range.inside.works(&python(&attempt)).await;
    }
    for attempt in [
        "os.sched_setscheduler(other, os.SCHED_OTHER, os.sched_param(0))",
        "os.sched_setaffinity(other, {0}); os.sched_setaffinity(0, {0})",
    ] {
        range.inside.works(&python(attempt)).await;
    }
}

/// The attempt itself: a hundred processes on one processor, and those who keep the time of all behind them.
#[tokio::test]
async fn a_workload_does_not_starve_who_keeps_its_time() {
    let kit = armed(Isolation::Full).await;
    let marker = marker();
    let attack = format!(
        "
import os
for pid in (1, os.getppid()):
    for attempt in (lambda: os.sched_setaffinity(pid, {{0}}), lambda: os.setpriority(0, pid, 19),
                    lambda: os.sched_setscheduler(pid, os.SCHED_IDLE, os.sched_param(0))):
        try:
            attempt()
        except OSError:
            pass
os.sched_setaffinity(0, {{0}})
for _ in range(100):
    if os.fork() == 0:
        while True:
            pass
os.execvp('sleep', ['sleep', '{marker}'])
"
    );
    let mut starving = command(&["python3", "-c", &attack]);
    starving.bounds.timeout = Some(Duration::from_secs(1));
    let mut operation = start(&*kit.sandbox, starving).await.unwrap();
    let end = tokio::time::timeout(Duration::from_secs(30), completed(&mut *operation)).await;
    assert_eq!(end.expect("its time ends it").how, How::TimedOut { interpreter_lives: false });
    assert_eq!(marked(&marker), []);
}

/// However much a program writes, the folder of the journals stays small, and knows the end.
#[tokio::test]
async fn the_journals_do_not_fill_the_disk() {
    let kit = armed(Isolation::Full).await;
    let size = || -> u64 {
        use std::os::unix::fs::MetadataExt as _;
        let folder = std::fs::read_dir(kit.control().join("operations")).unwrap();
        folder.map(|entry| entry.unwrap().metadata().unwrap().blocks() * 512).sum()
    };
    let before = size();
    let mut flood =
        command(&["sh", "-c", "head -c 100000000 /dev/zero; head -c 100000000 /dev/zero >&2; exit 4"]);
    flood.bounds.keep = Keep::Ends(100_000);
    let mut operation = start(&*kit.sandbox, flood).await.unwrap();
    let end = completed(&mut *operation).await;
    assert_eq!((end.stdout.len() + end.stderr.len(), end.cut), (200_000, 199_800_000));
    let taken = size() - before;
    assert!((200_000..400_000).contains(&taken), "{taken}");
    // What goes on after its end adds nothing.
    let background =
        command(&["sh", "-c", "(head -c 50000000 /dev/zero; echo done > /workspace/done) & true"]);
    let before = size();
    let mut operation = start(&*kit.sandbox, command(&["true"])).await.unwrap();
    completed(&mut *operation).await;
    let mut operation = start(&*kit.sandbox, background).await.unwrap();
    completed(&mut *operation).await;
    let done = kit.session.join("workspace/done");
    crate::kit::eventually("it is done", || done.exists().then_some(())).await;
    assert!(size() - before < 2_000_000, "{}", size() - before);
}

#[tokio::test]
async fn a_thousand_operations_and_long_texts_are_borne() {
    let mut kit = armed(Isolation::Full).await;
    for round in 0..10 {
        let keys: Vec<Key> =
            (0..100).map(|number| format!("many-{round}-{number}").parse().unwrap()).collect();
        let mut running = Vec::new();
        for key in &keys {
            running.push(kit.sandbox.start(key, command(&["true"])).await.unwrap());
        }
        for (operation, key) in running.iter_mut().zip(&keys) {
            assert_eq!(completed(&mut **operation).await.how, How::Exited(skilled_sandbox::Exit::Code(0)));
            // Asked again, it is the same, and nothing runs.
            let mut again = kit
                .sandbox
                .start(key, command(&["sh", "-c", "echo twice >> /workspace/twice"]))
                .await
                .unwrap();
            assert_eq!(completed(&mut *again).await.how, How::Exited(skilled_sandbox::Exit::Code(0)));
        }
    }
    assert!(!kit.session.join("workspace/twice").exists());
    let longest = 16 * 1024 * 1024;
    let text = |length: usize| format!("echo {} | wc -c", "x".repeat(length - 13));
    // Bash reads it byte by byte, which takes a while on a machine that has much else to do.
    let finished = kit.finish(&text(longest), Duration::from_secs(170)).await;
    assert_eq!(finished.ended, Ended::Status(0));
    assert_eq!(finished.stdout.to_text(), format!("{}\n", longest - 12));
    let error = kit
        .shell
        .run(
            &text(longest + 1),
            skilled_sandbox::Limits::new(Duration::from_secs(9), 9),
            &CancellationToken::new(),
        )
        .await
        .unwrap_err();
    assert!(matches!(error, Error::Invalid { .. }), "{error}");
    assert_eq!(kit.works("echo alive").await, "alive\n");
}

/// An operation that could not begin, for want of processes, is not waited for later.
#[tokio::test]
async fn what_could_not_begin_is_not_pending() {
    // An even and an odd number: once the first process finds no room for a runner, once the runner none for its program.
    for processes in [20, 21] {
        let limits = ResourceLimits { processes: Some(processes), ..ResourceLimits::default() };
        let kit = Kit::made(Isolation::Full, host_folder(), |spec| spec.limits = limits).await;
        let mut sleepers = Vec::new();
        // What is bounded for an ordinary user is what programs start, not what is started for a host.
        while sleepers.len() < 100 {
            let key = Key::fresh("sleeper").unwrap();
            if let Ok(operation) = kit.sandbox.start(&key, command(&["sleep", "1000"])).await {
                sleepers.push(operation);
                continue;
            }
            if let Some(mut failed) = kit.sandbox.attach(&key).await.unwrap() {
                let next = tokio::time::timeout(Duration::from_secs(5), failed.next()).await;
                assert!(next.is_ok(), "{processes}: what has an end, or does not exist, is not waited for");
            }
            break;
        }
        assert_eq!(sleepers.len() < 100, is_root(), "{}", sleepers.len());
        for operation in sleepers {
            operation.kill().await.unwrap();
        }
        let mut shell = Shell::start(&*kit.sandbox).await.unwrap();
        let limits = skilled_sandbox::Limits::new(Duration::from_secs(20), 100);
        let finished = shell.run("echo alive", limits, &CancellationToken::new()).await.unwrap();
        assert_eq!(finished.stdout.to_text(), "alive\n");
    }
}

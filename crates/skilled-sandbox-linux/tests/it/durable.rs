//! Work that outlives whoever asked for it.

use std::os::unix::fs::MetadataExt as _;
use std::path::Path;
use std::time::Duration;

use skilled_sandbox::{Bounds, Ended, Error, Event, How, Input, Keep, Key, Limits, Shell, Size};
use skilled_sandbox_linux::{Isolation, LinuxBackend};
use tokio::io::AsyncWriteExt as _;
use tokio_util::sync::CancellationToken;

use crate::driver::Driver;
use crate::host::{HostProcess, marked, marker};
use crate::kit::{Kit, command, completed, eventually, host_folder, start};

const BOTH: [Isolation; 2] = [Isolation::Full, Isolation::None];
const LIMITS: Limits = Limits::new(Duration::from_secs(30), 100_000);

fn key(text: &str) -> Key {
    text.parse().unwrap()
}

fn cancel() -> CancellationToken {
    CancellationToken::new()
}

/// Waits until a file of the session has something to say.
async fn told(session: &Path, name: &str) -> String {
    let path = session.join("workspace").join(name);
    eventually(&format!("{name} is there"), || {
        std::fs::read_to_string(&path).ok().filter(|text| text.ends_with('\n'))
    })
    .await
}

/// A driver that is killed in the middle of a command leaves the command running; another finds it, its shell and all
/// that it wrote, and nothing is run twice.
#[tokio::test]
async fn a_killed_driver_loses_nothing() {
    for isolation in BOTH {
        let host = host_folder();
        let session = host.path().join("session");
        let script = "x=kept; echo one; mkfifo go; echo begun >> begun; read line < go; echo two; echo end >> ends; (exit 5)";
        let driver = Driver::start(&["env"], "die", isolation, host.path(), script);
        assert_eq!(told(&session, "begun").await, "begun\n");
        driver.kill();
        let sandbox = LinuxBackend::open(&host.path().join("control")).await.unwrap();
        let mut shell = Shell::open(&*sandbox, &key("bash-1"), "/").await.unwrap();
        // The same request, made again.
        let again = tokio::spawn(async move {
            let finished = shell.run_as(&key("op_1"), script, LIMITS, &cancel()).await.unwrap();
            (finished, shell)
        });
        std::fs::write(session.join("workspace/go"), "on\n").unwrap();
        let (finished, mut shell) = again.await.unwrap();
        assert_eq!((finished.stdout.to_text().as_str(), finished.ended), ("one\ntwo\n", Ended::Status(5)));
        let finished = shell.run("echo $x; cat begun ends", LIMITS, &cancel()).await.unwrap();
        assert_eq!(finished.stdout.to_text(), "kept\nbegun\nend\n", "{isolation:?}");
        // Once more, long after its end.
        let finished = shell.run_as(&key("op_1"), script, LIMITS, &cancel()).await.unwrap();
        assert_eq!((finished.stdout.to_text().as_str(), finished.ended), ("one\ntwo\n", Ended::Status(5)));
        sandbox.destroy().await;
    }
}

#[tokio::test]
async fn what_was_never_begun_is_known_as_such() {
    let kit = Kit::new(Isolation::Full).await;
    assert!(kit.sandbox.attach(&key("op_9")).await.unwrap().is_none());
    // The control.
    kit.sandbox.start(&key("op_9"), command(&["true"])).await.unwrap();
    assert!(kit.sandbox.attach(&key("op_9")).await.unwrap().is_some());
}

#[tokio::test]
async fn an_operation_is_begun_once() {
    for isolation in BOTH {
        let kit = Kit::new(isolation).await;
        let path = format!("{}/count", kit.sandbox.layout().workspace);
        for _ in 0..3 {
            let ask = command(&["sh", "-c", &format!("echo once >> {path}; echo said; exit 3")]);
            let mut operation = kit.sandbox.start(&key("once"), ask).await.unwrap();
            let end = completed(&mut *operation).await;
            assert_eq!(
                (end.stdout.as_str(), end.how),
                ("said\n", How::Exited(skilled_sandbox::Exit::Code(3)))
            );
        }
        assert_eq!(std::fs::read_to_string(kit.session.join("workspace/count")).unwrap(), "once\n");
    }
}

/// Nobody holds it: after its time it ends by itself.
#[tokio::test]
async fn a_sandbox_without_an_owner_ends() {
    for isolation in BOTH {
        let host = host_folder();
        let session = host.path().join("session");
        let marker = marker();
        let script = format!("(setsid sleep {marker} &); echo begun > begun; sleep {marker}");
        let driver = Driver::start(&["env"], "die-soon", isolation, host.path(), &script);
        told(&session, "begun").await;
        let sleepers =
            eventually("both run", || Some(marked(&marker)).filter(|found| found.len() == 2)).await;
        let whole = sleepers[0].line_up_to(driver.pid());
        driver.kill();
        assert!(whole.iter().all(|process| process.is_alive()), "nothing ends with its driver");
        for process in sleepers.into_iter().chain(whole) {
            eventually("it ends", || (!process.is_alive()).then_some(())).await;
        }
        let sandbox = LinuxBackend::open(&host.path().join("control")).await.unwrap();
        assert_eq!(sandbox.ended().await, "no host was there for too long");
        // What it did up to its end is known. How the command ended is not made up: either its runner noted that it was killed
        // before it was killed itself, or nobody knows.
        let mut operation = sandbox.attach(&key("op_1")).await.unwrap().unwrap();
        match operation.next().await {
            Ok(Event::Ended(end)) => assert_eq!(end.how, How::Killed),
            Ok(other) => panic!("{other:?}"),
            Err(error) => assert!(matches!(&error, Error::Indeterminate { .. }), "{error}"),
        }
        assert!(sandbox.attach(&key("op_2")).await.unwrap().is_none());
        assert!(start(&*sandbox, command(&["true"])).await.is_err());
    }
}

/// Who is there keeps it, whoever goes.
#[tokio::test]
async fn a_sandbox_with_an_owner_stays() {
    let mut kit =
        Kit::made(Isolation::Full, host_folder(), |spec| spec.orphan = Duration::from_secs(1)).await;
    tokio::time::sleep(Duration::from_millis(1500)).await;
    assert_eq!(kit.works("echo here").await, "here\n");
}

#[tokio::test]
async fn a_time_is_kept_without_a_host() {
    for isolation in BOTH {
        let host = host_folder();
        let session = host.path().join("session");
        let driver = Driver::start(
            &["env"],
            "die-timed",
            isolation,
            host.path(),
            "echo said; echo begun > begun; sleep 1000",
        );
        told(&session, "begun").await;
        driver.kill();
        tokio::time::sleep(Duration::from_millis(1200)).await;
        let sandbox = LinuxBackend::open(&host.path().join("control")).await.unwrap();
        let mut operation = sandbox.attach(&key("op_1")).await.unwrap().unwrap();
        let end = completed(&mut *operation).await;
        assert_eq!((end.stdout.as_str(), end.how), ("said\n", How::TimedOut { interpreter_lives: false }));
        sandbox.destroy().await;
    }
}

#[tokio::test]
async fn a_command_that_takes_the_hint_leaves_its_shell() {
    for isolation in BOTH {
        let mut kit = Kit::new(isolation).await;
        kit.works("x=1").await;
        let limits =
            Limits { timeout: Duration::from_millis(300), grace: Duration::from_secs(5), output_bytes: 100 };
        for (command, heard) in [
            ("sleep 1000", ""),
            ("bash -c 'trap \"echo hint; exit\" INT; while :; do sleep 0.1; done'", "hint\n"),
            ("bash -c 'trap \"\" INT; sleep 1000'", ""),
        ] {
            let limits = if command.contains("\"\"") {
                Limits { grace: Duration::from_millis(200), ..limits }
            } else {
                limits
            };
            let finished = kit.shell.run(command, limits, &cancel()).await.unwrap();
            assert_eq!(
                (finished.ended, finished.stdout.to_text().as_str()),
                (Ended::Interrupted, heard),
                "{command}"
            );
            assert_eq!(kit.works("echo $x").await, "1\n");
        }
        let firm = Limits { grace: Duration::from_millis(100), ..limits };
        let finished = kit.shell.run("trap '' INT TERM; while :; do :; done", firm, &cancel()).await.unwrap();
        assert_eq!(finished.ended, Ended::TimedOut);
    }
}

#[tokio::test]
async fn input_arrives_and_ends() {
    for isolation in BOTH {
        let kit = Kit::new(isolation).await;
        let ask = skilled_sandbox::Command { input: Input::Pipe, ..command(&["sh", "-c", "cat; echo end"]) };
        let mut operation = start(&*kit.sandbox, ask).await.unwrap();
        let mut input = operation.input().unwrap();
        let large = "x".repeat(300_000);
        let writing = tokio::spawn(async move {
            input.write_all(large.as_bytes()).await.unwrap();
            input.shutdown().await.unwrap();
        });
        writing.await.unwrap();
        operation.close_input().await.unwrap();
        let end = completed(&mut *operation).await;
        assert_eq!(end.stdout.len(), 300_000 + 4);
    }
}

#[tokio::test]
async fn a_terminal_is_one() {
    for isolation in BOTH {
        let kit = Kit::new(isolation).await;
        let size = Size { rows: 33, columns: 77 };
        let ask = skilled_sandbox::Command {
            input: Input::Terminal(size),
            ..command(&[
                "bash",
                "--norc",
                "-c",
                "tty; stty size; read line; stty size; echo \"<$line>\"; echo err >&2; kill -9 $$",
            ])
        };
        let mut operation = start(&*kit.sandbox, ask).await.unwrap();
        let mut input = operation.input().unwrap();
        let mut shown = String::new();
        while !shown.contains("33 77") {
            match operation.next().await.unwrap() {
                Event::Output(_, bytes) => shown.push_str(&String::from_utf8(bytes).unwrap()),
                other => panic!("{other:?} after {shown:?}"),
            }
        }
        operation.resize(Size { rows: 10, columns: 20 }).unwrap();
        input.write_all(b"typed\n").await.unwrap();
        let end = completed(&mut *operation).await;
        let shown = shown + &end.stdout;
        assert!(
            shown.starts_with("/dev/pts/") && shown.contains("10 20") && shown.contains("<typed>"),
            "{shown}"
        );
        assert!(shown.contains("err") && end.stderr.is_empty());
        assert_eq!(end.how, How::Exited(skilled_sandbox::Exit::Signal(9)));
    }
}

#[tokio::test]
async fn signals_reach_the_group() {
    for isolation in BOTH {
        let kit = Kit::new(isolation).await;
        let ask = command(&[
            "bash",
            "-c",
            "trap 'echo got; exit 4' USR1; echo ready; while :; do sleep 0.05; done",
        ]);
        let mut operation = start(&*kit.sandbox, ask).await.unwrap();
        assert!(matches!(operation.next().await.unwrap(), Event::Output(_, bytes) if bytes == b"ready\n"));
        operation.signal(10).await.unwrap();
        let end = completed(&mut *operation).await;
        assert_eq!((end.stdout.as_str(), end.how), ("got\n", How::Exited(skilled_sandbox::Exit::Code(4))));
        assert!(operation.signal(10).await.is_err(), "it has ended");
    }
}

/// A stream is whole, however slow its reader is, and what waits is bounded.
#[tokio::test]
async fn a_stream_waits_for_its_reader() {
    const ALL: usize = 40_000_000;
    let kit = Kit::new(Isolation::Full).await;
    let mut ask = command(&["head", "-c", &ALL.to_string(), "/dev/zero"]);
    ask.bounds = Bounds { keep: Keep::Window(2_000_000), ..Bounds::default() };
    let mut operation = kit.sandbox.start(&key("stream"), ask).await.unwrap();
    let journal = kit.control().join("operations/stream.journal");
    tokio::time::sleep(Duration::from_millis(300)).await;
    let waiting = std::fs::metadata(&journal).unwrap().len();
    assert!((1_000_000..3_000_000).contains(&waiting), "it waits after {waiting} bytes");
    let (mut seen, mut most) = (0, 0);
    let how = loop {
        match operation.next().await.unwrap() {
            Event::Output(_, bytes) => seen += bytes.len(),
            Event::Cut(..) => panic!("nothing is cut"),
            Event::Ended(end) => break end.how,
        }
        most = most.max(std::fs::metadata(&journal).unwrap().blocks() * 512);
    };
    assert_eq!((seen, how), (ALL, How::Exited(skilled_sandbox::Exit::Code(0))));
    assert!(most < 8_000_000, "{most} bytes of disk");
}

#[tokio::test]
async fn several_run_at_once() {
    for isolation in BOTH {
        let kit = Kit::new(isolation).await;
        let mut operations = Vec::new();
        for number in 0..20 {
            let ask = command(&["sh", "-c", &format!("sleep 0.2; echo {number}; exit {number}")]);
            operations.push((number, start(&*kit.sandbox, ask).await.unwrap()));
        }
        for (number, operation) in &mut operations {
            let end = completed(&mut **operation).await;
            assert_eq!(
                (end.stdout, end.how),
                (format!("{number}\n"), How::Exited(skilled_sandbox::Exit::Code(*number)))
            );
        }
    }
}

#[tokio::test]
async fn processor_time_is_limited() {
    for isolation in BOTH {
        let kit = Kit::new(isolation).await;
        let mut ask = command(&["bash", "-c", "while :; do :; done"]);
        ask.bounds = Bounds {
            cpu: Some(Duration::from_secs(1)),
            timeout: Some(Duration::from_mins(1)),
            ..Bounds::default()
        };
        let mut operation = start(&*kit.sandbox, ask).await.unwrap();
        let end = completed(&mut *operation).await;
        assert_eq!(end.how, How::Exited(skilled_sandbox::Exit::Signal(24)), "SIGXCPU");
    }
}

/// The control folder is not in the sandbox, by no path.
#[tokio::test]
async fn the_control_folder_is_out_of_reach() {
    let mut kit = Kit::new(Isolation::Full).await;
    let control = kit.control();
    let (outside, name) =
        (control.display().to_string(), control.file_name().unwrap().to_str().unwrap().to_owned());
    assert!(control.join("socket").exists() && control.join("operations").is_dir(), "the control");
    kit.refuses(&format!("ls {outside}"), "No such file").await;
    let found = kit
        .works(&format!(
            "find / -xdev -name '{name}' -o -name '*.journal' -o -name sandbox.json 2>/dev/null; true"
        ))
        .await;
    assert_eq!(found, "");
    kit.refuses("ls /proc/1/fd/", "ermission denied").await;
    kit.refuses("ls /proc/$PPID/fd/", "ermission denied").await;
    kit.works("cat /proc/net/unix > sockets; ! grep -q socket sockets").await;
}

#[tokio::test]
async fn a_control_folder_is_for_one_sandbox() {
    let kit = Kit::new(Isolation::Full).await;
    let mut spec = crate::kit::plain(&kit.host.path().join("other"));
    spec.control_dir = kit.control();
    let error = crate::kit::create(Isolation::Full, spec).await.err().unwrap();
    assert!(error.to_string().contains("another sandbox"), "{error}");
    let error = LinuxBackend::open(&kit.host.path().join("nothing")).await.err().unwrap();
    assert!(error.to_string().contains("nothing"), "{error}");
}

/// Everything that makes up a sandbox, from outside.
#[tokio::test]
async fn two_hosts_share_a_sandbox() {
    let mut kit = Kit::new(Isolation::Full).await;
    let other = LinuxBackend::open(&kit.control()).await.unwrap();
    other.files().write("of-the-other", b"hello").await.unwrap();
    assert_eq!(kit.works("cat of-the-other").await, "hello");
    other.leave();
    drop(other);
    assert_eq!(kit.works("echo still").await, "still\n");
    let process = HostProcess::find(std::process::id()).unwrap();
    assert!(process.is_alive());
}

/// Nothing of a workload moves while it is frozen, and everything afterwards.
#[tokio::test]
async fn a_frozen_workload_stands_still() {
    for isolation in BOTH {
        let mut kit = Kit::new(isolation).await;
        kit.works("(while :; do echo x >> grows; done) & (setsid bash -c 'while :; do echo x >> grows; done' &); sleep 1000 & stopped=$!; kill -STOP $stopped; until grep -q ') T ' /proc/$stopped/stat; do :; done").await;
        let path = kit.session.join("workspace/grows");
        let length = || std::fs::metadata(&path).map_or(0, |found| found.len());
        eventually("it grows", || (length() > 100).then_some(())).await;
        kit.sandbox.freeze(Duration::from_secs(20)).await.unwrap();
        let before = length();
        tokio::time::sleep(Duration::from_millis(200)).await;
        assert_eq!(length(), before, "{isolation:?}");
        assert!(kit.sandbox.freeze(Duration::from_secs(1)).await.is_err(), "it is frozen already");
        kit.sandbox.thaw().await.unwrap();
        eventually("it grows on", || (length() > before).then_some(())).await;
        // What had stopped by itself is still stopped.
        assert_eq!(kit.works("cut -d' ' -f3 /proc/$stopped/stat").await, "T\n");
        // By itself, too.
        kit.sandbox.freeze(Duration::from_millis(100)).await.unwrap();
        let before = length();
        eventually("it grows on", || (length() > before).then_some(())).await;
    }
}

/// Journals are not flushed to the disk: after a restart of the machine a missing one tells nothing.
#[tokio::test]
async fn after_a_restart_nothing_is_taken_for_never_begun() {
    let kit = Kit::new(Isolation::Full).await;
    let mut operation = kit.sandbox.start(&key("op_1"), command(&["echo", "said"])).await.unwrap();
    completed(&mut *operation).await;
    kit.sandbox.destroy().await;
    let ended = LinuxBackend::open(&kit.control()).await.unwrap();
    assert!(ended.attach(&key("op_2")).await.unwrap().is_none(), "the control");
    let path = kit.control().join("sandbox.json");
    let mut record: serde_json::Value = serde_json::from_slice(&std::fs::read(&path).unwrap()).unwrap();
    record["boot"] = "another".into();
    std::fs::write(&path, record.to_string()).unwrap();
    let ended = LinuxBackend::open(&kit.control()).await.unwrap();
    let error = ended.attach(&key("op_2")).await.err().unwrap();
    assert!(matches!(&error, Error::Indeterminate { .. }), "{error}");
    let mut known = ended.attach(&key("op_1")).await.unwrap().unwrap();
    assert_eq!(completed(&mut *known).await.stdout, "said\n");
}

/// The death of a driver makes an orphan of its children's process group, and a group that is orphaned while one of it is
/// stopped is hung up (setpgid(2)): a workload that stops its runner must not bring that about.
#[tokio::test]
async fn a_stopped_runner_at_the_death_of_the_driver_ends_nothing() {
    for isolation in BOTH {
        let host = host_folder();
        let session = host.path().join("session");
        let script = "(while :; do kill -STOP $PPID; done) & echo begun > begun; sleep 1; kill $!; echo on";
        let driver = Driver::start(&["env"], "die", isolation, host.path(), script);
        told(&session, "begun").await;
        driver.kill();
        let sandbox = LinuxBackend::open(&host.path().join("control")).await.unwrap();
        let mut operation = sandbox.attach(&key("op_1")).await.unwrap().unwrap();
        let end = completed(&mut *operation).await;
        assert_eq!((end.stdout.as_str(), end.how), ("on\n", How::Reported(0)), "{isolation:?}");
        sandbox.destroy().await;
    }
}

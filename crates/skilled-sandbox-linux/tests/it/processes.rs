//! Processes of the host and of other sandboxes, and the sandbox's own first ones.

use std::fs;
use std::os::fd::AsFd;
use std::time::Duration;

use rustix::fs::{MemfdFlags, SealFlags, fcntl_get_seals, memfd_create};
use skilled_sandbox::{Ended, Exit, Shell};
use skilled_sandbox_linux::Isolation;

use crate::driver::Driver;
use crate::host::{field_of, marked, marker, search};
use crate::kit::{Kit, Range, eventually, host_folder, is_root};

#[tokio::test]
async fn processes_of_the_host_do_not_exist() {
    let mut range = Range::new().await;
    let marker = marker();
    let mut planted = tokio::process::Command::new("sleep")
        .arg(&marker)
        .env("PLANTED", "a-planted-secret")
        .kill_on_drop(true)
        .spawn()
        .unwrap();
    let pid = planted.id().unwrap();
    eventually("the planted process runs", || marked(&marker).first().copied()).await;
    range.refused(&search(&marker), "").await;
    range.refused(&format!("grep -ca a-planted-secret /proc/{pid}/environ"), "No such file").await;
    range.refused(&format!("kill -0 {pid}"), "No such process").await;
    range.refused(&format!("kill -CONT {pid}"), "No such process").await;
    range.refused(&format!("ls /proc/{pid}/root/"), "No such file").await;
    // What was looked for can be found when it is inside.
    range.inside.works(&format!("PLANTED=a-planted-secret sleep {marker} & pid=$!")).await;
    range.inside.works(&format!("until grep -qx {marker} <(tr '\\0' '\\n' < /proc/$pid/cmdline); do :; done; grep -ca a-planted-secret /proc/$pid/environ")).await;
    range.inside.works("kill -CONT $pid; kill -9 $pid").await;
    assert!(planted.try_wait().unwrap().is_none(), "the planted process still runs");
    planted.kill().await.unwrap();
}

#[tokio::test]
async fn processes_of_another_session_do_not_exist() {
    let (mut one, mut other) = (Kit::new(Isolation::Full).await, Kit::new(Isolation::Full).await);
    let marker = marker();
    one.works(&format!(
        "sleep {marker} & pid=$!; until grep -qx {marker} <(tr '\\0' '\\n' < /proc/$pid/cmdline); do :; done"
    ))
    .await;
    let look = search(&marker);
    one.works(&look).await;
    other.refuses(&look, "").await;
    // Everything it sees: its own runner, which takes its shell along.
    other.finish("kill -9 -1; sleep 100", Duration::from_secs(50)).await;
    other.shell = Shell::start(&*other.sandbox).await.unwrap();
    one.works("kill -0 $pid").await;
    for name in NAMESPACES {
        let link = format!("readlink /proc/self/ns/{name}");
        assert_ne!(one.works(&link).await, other.works(&link).await, "{name}");
    }
}

const NAMESPACES: [&str; 7] = ["cgroup", "ipc", "mnt", "net", "pid", "user", "uts"];

#[tokio::test]
async fn every_namespace_is_new() {
    let mut kit = Kit::new(Isolation::Full).await;
    let mut open = Kit::new(Isolation::None).await;
    for name in NAMESPACES {
        let link = format!("/proc/self/ns/{name}");
        let ours = fs::read_link(&link).unwrap().to_str().unwrap().to_owned();
        assert_eq!(open.works(&format!("readlink {link}")).await.trim(), ours, "the control");
        assert_ne!(kit.works(&format!("readlink {link}")).await.trim(), ours, "{name}");
    }
}

#[tokio::test]
async fn shared_objects_and_the_host_name_are_apart() {
    let mut range = Range::new().await;
    let key = 0x534B_0000 + (std::process::id() & 0xFFFF);
    let (find, make) = (0, 0o1600);
    range.open.works(&format!("python3 probe.py shared_memory {key} {make}")).await;
    range.refused(&format!("python3 probe.py shared_memory {key} {find}"), "No such file").await;
    range
        .inside
        .works(&format!(
            "python3 probe.py shared_memory {key} {make} && python3 probe.py shared_memory {key} {find}"
        ))
        .await;
    range.open.works(&format!("python3 probe.py forget_memory {key}")).await;

    let name = format!("/skilled-{key}");
    range.open.works(&format!("python3 probe.py queue {name} 0o102")).await;
    range.refused(&format!("python3 probe.py queue {name} 2"), "No such file").await;
    range
        .inside
        .works(&format!("python3 probe.py queue {name} 0o102 && python3 probe.py queue {name} 2"))
        .await;
    range.open.works(&format!("python3 probe.py forget_queue {name}")).await;

    assert_eq!(range.inside.works("uname -n").await, "sandbox\n");
    assert_ne!(range.open.works("uname -n").await, "sandbox\n");
}

/// Process 1 and the runners belong to the workload's user: only that they are closed keeps the workload out.
#[tokio::test]
async fn the_first_processes_are_closed() {
    let mut kit = Kit::new(Isolation::Full).await;
    for pid in ["1", "$PPID"] {
        for (file, verb) in [
            ("environ", "head -c 1"),
            ("maps", "head -c 1"),
            ("mem", "python3 -c 'import sys; open(sys.argv[1], \"r+b\")'"),
            ("fd", "ls"),
            ("root/", "ls"),
            ("cwd", "readlink -v"),
            ("exe", "readlink -v"),
            ("exe", "head -c 1"),
            ("ns/user", "readlink -v"),
            ("auxv", "head -c 1"),
            ("stack", "cat"),
            ("io", "cat"),
            ("map_files", "ls"),
        ] {
            let attempt = |pid: &str| format!("{verb} /proc/{pid}/{file}");
            let (status, output) = kit.run(&attempt(pid)).await;
            assert!(
                status != 0 && output.to_lowercase().contains("ermission denied")
                    || output.contains("not permitted"),
                "{} {output}",
                attempt(pid)
            );
            if !matches!(file, "stack" | "map_files") {
                kit.works(&attempt("$$")).await; // the control
            }
        }
    }
    // It cannot be killed from inside; a process of the workload can (the control).
    kit.works("for signal in KILL STOP TERM INT HUP SEGV; do kill -$signal 1; done; sleep 100 & kill -9 $!; wait $!; test $? = 137").await;
    let status = kit.works("cat /proc/1/status").await;
    assert_eq!((field_of(&status, "NoNewPrivs"), field_of(&status, "Seccomp")), ("1".into(), "2".into()));
}

#[tokio::test]
async fn nobody_can_change_the_supervisor() {
    let _sandbox = Kit::new(Isolation::Full).await;
    let find = || {
        let link = |entry: &fs::DirEntry| fs::read_link(entry.path()).unwrap_or_default();
        let image = fs::read_dir("/proc/self/fd")
            .unwrap()
            .flatten()
            .find(|entry| link(entry).to_string_lossy().starts_with("/memfd:skilled-supervisor"));
        image.map(|entry| entry.path())
    };
    let image = find().unwrap();
    let all = SealFlags::SHRINK | SealFlags::GROW | SealFlags::WRITE | SealFlags::SEAL;
    let file = fs::File::open(&image).unwrap();
    let seals = fcntl_get_seals(&file).unwrap();
    assert!(seals.contains(all), "{seals:?}");
    if seals.bits() & 0x20 != 0 {
        assert_eq!(rustix::fs::fchmod(&file, rustix::fs::Mode::empty()), Err(rustix::io::Errno::PERM));
    }
    // Refused while it runs, and by its seals ever after.
    if let Ok(writable) = fs::File::options().write(true).open(&image) {
        assert_eq!(rustix::io::write(&writable, b"\0"), Err(rustix::io::Errno::PERM));
    }
    let control = memfd_create("control", MemfdFlags::CLOEXEC).unwrap();
    assert_eq!(rustix::io::write(control.as_fd(), b"\0"), Ok(1));
}

/// A workload may kill the runner of its own operation, as the two have one user. It must not gain by it.
#[tokio::test]
async fn a_killed_runner_takes_its_processes_along() {
    for isolation in [Isolation::Full, Isolation::None] {
        let mut kit = Kit::new(isolation).await;
        let marker = marker();
        let look = search(&marker);
        let finished = kit
            .finish(&format!("(setsid sleep {marker} &); sleep {marker} & until [ $({look} | wc -l) = 2 ]; do :; done; kill -9 $PPID; sleep 60"), Duration::from_mins(1))
            .await;
        assert_eq!(finished.ended, Ended::Shell(Exit::Signal(9)), "{isolation:?}");
        assert_eq!(marked(&marker), [], "{isolation:?}");
        kit.shell = Shell::start(&*kit.sandbox).await.unwrap();
        assert_eq!(kit.works("echo again").await, "again\n");
    }
}

/// Nor by stopping it.
#[tokio::test]
async fn a_stopped_runner_does_not_outlast_a_timeout() {
    for isolation in [Isolation::Full, Isolation::None] {
        let mut kit = Kit::new(isolation).await;
        let marker = marker();
        // The second keeps the runner stopped, whoever wakes it.
        let attack = format!(
            "(setsid sleep {marker} &); (while kill -STOP $PPID; do :; done) & kill -STOP $PPID; sleep {marker}"
        );
        let timeout = kit.finish(&attack, Duration::from_secs(1));
        let finished = tokio::time::timeout(Duration::from_secs(20), timeout).await.expect("the kill ends");
        assert_eq!(finished.ended, Ended::TimedOut);
        assert_eq!(marked(&marker), [], "{isolation:?}");
        kit.shell = Shell::start(&*kit.sandbox).await.unwrap();
        assert_eq!(kit.works("echo again").await, "again\n");
    }
}

/// Nor by never being the process that was just looked at.
#[tokio::test]
async fn a_process_in_flight_is_caught() {
    for (isolation, sessions) in
        [(Isolation::Full, "own"), (Isolation::Full, "one"), (Isolation::None, "one")]
    {
        let mut kit = Kit::new(isolation).await;
        let marker = marker();
        let attack = format!(
            "for n in 1 2 3 4 5 6 7 8; do python3 probe.py flee {marker} {sessions} & done; sleep 100"
        );
        let timeout = kit.finish(&attack, Duration::from_secs(1));
        let finished = tokio::time::timeout(Duration::from_secs(20), timeout).await.expect("the kill ends");
        assert_eq!(finished.ended, Ended::TimedOut);
        // One look may miss it.
        assert!((0..100).all(|_| marked(&marker).is_empty()), "{isolation:?}");
    }
}

#[tokio::test]
async fn the_workload_is_nobody_on_the_host() {
    let mut kit = Kit::new(Isolation::Full).await;
    let marker = marker();
    kit.works(&format!("sleep {marker} & true")).await;
    let process = eventually("it runs", || marked(&marker).first().copied()).await;
    let own = rustix::process::geteuid().as_raw();
    let outside = if is_root() { 0x534B_4C44 } else { own };
    assert_eq!(process.status("Uid"), [outside; 4].map(|uid| uid.to_string()).join(" "));
    let own_group = rustix::process::getegid().as_raw();
    let group = if is_root() { outside } else { own_group };
    assert_eq!(process.status("Gid"), [group; 4].map(|gid| gid.to_string()).join(" "));
    let status = kit.works("cat /proc/self/status").await;
    assert_eq!(
        (field_of(&status, "Uid"), field_of(&status, "Gid")),
        ("1000 1000 1000 1000".into(), "1000 1000 1000 1000".into())
    );
}

/// Descriptors that the host has left open by mistake go neither to workloads nor to the supervisor.
#[tokio::test]
async fn no_descriptor_is_inherited() {
    for isolation in [Isolation::Full, Isolation::None] {
        let host = host_folder();
        // A process of its own: what it leaves open would go to the processes of other tests, too.
        let look = "ls /proc/self/fd; exec 7</dev/null; ls /proc/self/fd; exec 7<&-";
        let mut driver = Driver::start(&["env"], "leak", isolation, host.path(), look);
        assert_eq!(driver.line("inherited "), "true", "the control: a process that was not cleaned has it");
        // The last is the one by which `ls` reads the folder; the second time it is above the control's.
        assert_eq!(driver.line("output "), "0 1 2 3 0 1 2 3 7", "{isolation:?}");
        assert_eq!(driver.line("held "), "false", "{isolation:?}: by launcher or supervisor");
        driver.end().await;
    }
}

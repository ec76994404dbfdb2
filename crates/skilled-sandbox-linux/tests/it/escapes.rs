//! The ways by which others have got out of containers, tried from inside, with the same in the open as a control.

mod descriptors;
mod interpreters;
mod machine;
mod neighbours;
mod sessions;

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use skilled_sandbox::Sandbox;
use skilled_sandbox_linux::Isolation;

use crate::host::{marked, marker};
use crate::kit::{Kit, Range, eventually, is_root};

const NOT_IMPLEMENTED: &str = "Function not implemented";

/// Puts the attempts into a workspace.
async fn arm(sandbox: &dyn Sandbox) {
    sandbox.files().write("escape.py", include_bytes!("escapes/escape.py")).await.unwrap();
}

async fn armed(isolation: Isolation) -> Kit {
    let kit = Kit::new(isolation).await;
    arm(&*kit.sandbox).await;
    kit
}

async fn range() -> Range {
    Range { inside: armed(Isolation::Full).await, open: armed(Isolation::None).await }
}

/// What needs a user namespace, which is where most ways out of a container begin.
#[tokio::test]
async fn known_ways_begin_with_a_namespace() {
    let mut range = range().await;
    for attempt in [
        // The agent of a group's release (CVE-2022-0492).
        "unshare -UrmC sh -c 'mkdir -p groups && mount -t cgroup2 none groups && test -e groups/cgroup.procs'",
        // Copies of files with rights of their owner (CVE-2021-3493, CVE-2023-0386).
        "unshare -Urm sh -c 'mkdir -p m && mount -t tmpfs none m && cd m && mkdir l u w o && \
         mount -t overlay none -o lowerdir=l,upperdir=u,workdir=w o'",
        // Rules of the packet filter, classes of the scheduler: reachable by any owner of a network.
        "unshare -Urn sh -c 'ip link set lo up || true'",
        // Another process table, in which nothing is hidden.
        "unshare -Urpmf --mount-proc sh -c 'test -r /proc/1/environ'",
        "unshare -Ur sh -c 'chroot / true'",
        "unshare -Urm mount --bind /usr /usr/games",
        "unshare -UrT true",
    ] {
        range.refused(attempt, NOT_IMPLEMENTED).await;
    }
}

#[tokio::test]
async fn a_filter_of_ones_own_allows_nothing() {
    let mut range = range().await;
    for kind in ["allow", "notify"] {
        range.refused(&format!("python3 escape.py filters {kind}"), NOT_IMPLEMENTED).await;
    }
}

#[tokio::test]
async fn protocols_are_the_plain_ones() {
    let mut range = range().await;
    // Ping, SCTP, L2TP, UDP-Lite, SMC and multipath TCP: code that the kernel may have to load for it.
    for socket in ["2 2 1", "10 2 58", "2 1 132", "2 2 115", "2 2 136", "2 1 256", "2 1 262", "10 1 262"] {
        range.refused(&format!("python3 escape.py protocol {socket}"), NOT_IMPLEMENTED).await;
    }
    for socket in ["2 1 0", "2 1 6", "2 2 0", "2 2 17", "10 1 6", "10 2 17", "1 1 0", "1 2 0", "1 5 0"] {
        range.inside.works(&format!("python3 escape.py protocol {socket}")).await;
    }
}

#[tokio::test]
async fn a_terminal_keeps_its_discipline() {
    let mut range = range().await;
    // TIOCSETD: disciplines for modems and buses are drivers of their own.
    let high = 1_u64 << 32;
    for request in [libc::TIOCSETD, libc::TIOCSETD | high] {
        range.refused(&format!("python3 probe.py terminal {request:#x}"), NOT_IMPLEMENTED).await;
    }
    range.inside.works(&format!("python3 probe.py terminal {:#x}", libc::TIOCGETD)).await;
}

/// Devices and rights that are in the session's folders already, from another hand.
#[tokio::test]
async fn planted_devices_and_rights_are_dead() {
    for folder in ["workspace", "outputs", "skills-changes/upper"] {
        let mut kit = armed(Isolation::Full).await;
        let planted = kit.session.join(folder);
        let inside = match folder {
            "workspace" => "/workspace",
            "outputs" => "/mnt/session/outputs",
            _ => "/skills",
        };
        fs::copy("/usr/bin/cat", planted.join("cat")).unwrap();
        fs::set_permissions(planted.join("cat"), fs::Permissions::from_mode(0o6755)).unwrap();
        fs::write(planted.join("look.sh"), format!("{inside}/cat /proc/self/status")).unwrap();
        if is_root() {
            let device = planted.join("device");
            let make = format!(
                "mknod {0} c 1 5 && chmod 666 {0} && head -c 1 {0} | wc -c | grep -qx 1 && \
                 python3 {1}/escape.py capability {2}/cat",
                device.display(),
                kit.session.join("workspace").display(),
                planted.display()
            );
            let made = std::process::Command::new("sh").args(["-c", &make]).status().unwrap();
            assert!(made.success(), "the control: on the host the device works");
            kit.refuses(&format!("head -c 1 {inside}/device"), "Permission denied").await;
        }
        let status = kit.works(&format!("sh {inside}/look.sh")).await;
        for set in ["CapPrm", "CapEff", "CapAmb"] {
            assert_eq!(crate::host::field_of(&status, set), "0000000000000000", "{folder}");
        }
        let owner = crate::host::field_of(&status, "Uid");
        assert_eq!(owner, "1000 1000 1000 1000", "{folder}");
    }
}

#[tokio::test]
async fn no_rights_can_be_given_to_a_file() {
    let mut kit = armed(Isolation::Full).await;
    kit.works("cp /usr/bin/cat own && python3 escape.py attribute own user.any").await;
    kit.refuses("python3 escape.py capability own", "not permitted").await;
    for folder in ["/workspace", "/skills", "/tmp", "/mnt/session/outputs"] {
        kit.works(&format!("cd {folder}; mkdir -p given; touch given/file; cd /workspace")).await;
        for name in ["trusted.overlay.opaque", "trusted.overlay.redirect", "trusted.any", "security.ima"] {
            for entry in ["given", "given/file"] {
                kit.refuses(&format!("python3 escape.py attribute {folder}/{entry} {name}"), "not").await;
            }
        }
    }
    for (device, of) in
        [("b 254 0", "the disk"), ("c 1 1", "memory"), ("c 10 232", "machines"), ("c 5 1", "the console")]
    {
        kit.refuses(&format!("mknod device {device}"), "not permitted").await;
        assert!(!kit.session.join("workspace/device").exists(), "{of}");
    }
    // The control: what nobody needs a right for.
    kit.works("mkfifo pipe && mknod other p").await;
    if is_root() {
        let mut open = armed(Isolation::None).await;
        open.works("mknod device c 1 5 && cp /usr/bin/cat own && python3 escape.py capability own").await;
    }
}

/// Files of the process table that change the machine, or who a process is.
#[tokio::test]
async fn the_process_table_changes_nothing() {
    let mut range = range().await;
    let sweep = "python3 escape.py openable /proc self thread-self";
    assert_eq!(range.inside.works(sweep).await, "tried True\n");
    if is_root() {
        let open = range.open.works(sweep).await;
        assert!(open.contains("/proc/sys/kernel/core_pattern"), "the control: {open}");
    }
    for (file, text) in
        [("uid_map", "0 0 1"), ("gid_map", "0 0 1"), ("setgroups", "allow"), ("oom_score_adj", "-1000")]
    {
        let (status, output) =
            range.inside.run(&format!("python3 escape.py write /proc/self/{file} '{text}'")).await;
        assert!(
            status != 0 && (output.contains("not permitted") || output.contains("ermission denied")),
            "{file}: {output}"
        );
    }
    range.inside.works("python3 escape.py write /proc/self/oom_score_adj 1000").await;
    for (file, text) in [("oom_score_adj", "1000"), ("coredump_filter", "0")] {
        for process in ["1", "$PPID"] {
            let write = format!("python3 escape.py write /proc/{process}/{file} {text}");
            range.inside.refuses(&write, "denied").await;
        }
        range.inside.works(&format!("python3 escape.py write /proc/$$/{file} {text}")).await;
    }
}

/// Process 1 belongs to the workload's user: it must bear whatever that may send.
#[tokio::test]
async fn no_signal_ends_the_first_process() {
    let mut kit = armed(Isolation::Full).await;
    for _ in 0..2 {
        kit.works("python3 escape.py signals 1 50").await;
        let mut again =
            crate::kit::start(&*kit.sandbox, crate::kit::command(&["echo", "here"])).await.unwrap();
        assert_eq!(crate::kit::completed(&mut *again).await.stdout, "here\n");
    }
    // The control: they end a process of the workload.
    kit.works("sleep 1000 & python3 escape.py signals $! 1; wait $!; test $? -gt 128").await;
}

#[tokio::test]
async fn a_process_of_the_host_is_not_pointed_to() {
    let mut range = range().await;
    let marker = marker();
    let mut planted = std::process::Command::new("sleep").arg(&marker).spawn().unwrap();
    let pid = eventually("it runs", || marked(&marker).first().copied()).await.pid;
    for attempt in ["owner", "handle"] {
        range.refused(&format!("python3 escape.py {attempt} {pid}"), "No such process").await;
        range.inside.works(&format!("python3 escape.py {attempt} $$")).await;
    }
    planted.kill().unwrap();
    planted.wait().unwrap();
}

/// Who is no child of its maker is found nonetheless.
#[tokio::test]
async fn no_relation_saves_a_process_from_a_timeout() {
    for isolation in [Isolation::Full, Isolation::None] {
        for attempt in ["sibling", "reaper"] {
            let mut kit = armed(isolation).await;
            let marker = marker();
            let attack = format!("python3 escape.py {attempt} {marker} & sleep 1000");
            let limits = skilled_sandbox::Limits::new(std::time::Duration::from_secs(1), 1000);
            let cancel = tokio_util::sync::CancellationToken::new();
            let (finished, seen) = tokio::join!(
                kit.shell.run(&attack, limits, &cancel),
                eventually("it runs", || marked(&marker).first().copied())
            );
            assert_eq!(finished.unwrap().ended, skilled_sandbox::Ended::TimedOut);
            assert!(!seen.is_alive(), "{attempt} {isolation:?}");
        }
    }
}

fn plant(path: &Path, contents: &str) {
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, contents).unwrap();
}

fn secret(host: &tempfile::TempDir) -> std::path::PathBuf {
    let path = host.path().join("planted-secret.txt");
    plant(&path, "the planted secret");
    path
}

/// The program that runs in every sandbox is the host's: whoever executes it again must not change it
/// (CVE-2019-5736).
#[tokio::test]
async fn the_supervisor_is_not_changed_by_whoever_runs_it() {
    let mut kit = armed(Isolation::Full).await;
    kit.works("printf '#!/proc/self/exe\\n' > again && chmod +x again; ln -s /proc/self/exe link").await;
    kit.works("python3 escape.py images 4 > seen & until grep -q looking seen; do :; done").await;
    for program in ["/workspace/again", "/workspace/link", "/proc/self/exe"] {
        for _ in 0..60 {
            let mut run = crate::kit::start(&*kit.sandbox, crate::kit::command(&[program])).await.unwrap();
            let end = crate::kit::completed(&mut *run).await;
            assert_eq!(
                (end.stdout.as_str(), end.how),
                ("", skilled_sandbox::How::Exited(skilled_sandbox::Exit::Code(1)))
            );
        }
    }
    let seen = kit.works("wait; cat seen").await;
    assert!(!seen.contains("changed"), "{seen}");
    Kit::new(Isolation::Full).await.works("true").await;
}

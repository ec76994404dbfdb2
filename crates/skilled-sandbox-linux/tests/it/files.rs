//! Host files, and system folders that cannot be written.

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::PermissionsExt;

use skilled_sandbox_linux::Isolation;

use crate::kit::{Kit, Range, create, host_folder, plain};

#[tokio::test]
async fn host_files_do_not_exist() {
    let mut range = Range::new().await;
    let secret = range.open.host.path().join("planted-secret.txt");
    fs::write(&secret, "the planted secret").unwrap();
    let secret = secret.to_str().unwrap();
    range.refused(&format!("cat {secret}"), "No such file").await;
    range.refused(&format!("ls {}", range.open.host.path().display()), "No such file").await;
    range.refused(&format!("test $(find / -xdev -maxdepth 4 -name planted-secret.txt -not -path '/proc/*' 2>/dev/null | wc -l) = 1 || ls {secret}"), "No such file").await;
    for path in
        ["/etc/shadow", "/root", "/etc/machine-id", "/var/lib/dpkg", "/var/log", "/boot", "/sys/kernel"]
    {
        range.refused(&format!("stat {path}"), "No such file").await;
    }
    // What was looked for can be found when it is moved inside.
    fs::write(range.inside.session.join("workspace/planted-secret.txt"), "the planted secret").unwrap();
    assert_eq!(range.inside.works("cat planted-secret.txt").await, "the planted secret");
    assert_eq!(
        range
            .inside
            .works("find / -xdev -maxdepth 4 -name planted-secret.txt | wc -l; find /workspace -name planted-secret.txt")
            .await,
        "0\n/workspace/planted-secret.txt\n"
    );
}

#[tokio::test]
async fn scratch_is_not_shared() {
    let mut range = Range::new().await;
    for folder in ["/dev/shm", "/tmp", "/var/tmp"] {
        let planted = tempfile::NamedTempFile::new_in(folder).unwrap();
        range.refused(&format!("cat {}", planted.path().display()), "No such file").await;
        let mine = format!("{folder}/of-the-sandbox-{}", std::process::id());
        range.inside.works(&format!("touch {mine}")).await;
        assert!(!std::path::Path::new(&mine).exists(), "{mine}");
    }
}

#[tokio::test]
async fn no_way_leads_up_or_around() {
    let mut kit = Kit::new(Isolation::Full).await;
    fs::write(kit.host.path().join("planted-secret.txt"), "the planted secret").unwrap();
    let root = kit.works("ls -A /").await.replace('\n', " ");
    assert_eq!(
        kit.works("python3 probe.py dotdot").await.trim(),
        kit.works("ls -A / | LC_ALL=C sort | xargs").await.trim()
    );
    let host = kit.host.path().to_str().unwrap().to_owned();
    for around in [
        "/..",
        "/proc/self/root",
        "/proc/self/cwd/../..",
        "/workspace/../..",
        "/mnt/session/uploads/../../..",
    ] {
        kit.refuses(&format!("cat {around}{host}/planted-secret.txt"), "No such file").await;
        kit.refuses(&format!("cat {around}/etc/shadow"), "No such file").await;
        // The control: the way itself leads to a root, but to the sandbox's.
        assert_eq!(kit.works(&format!("ls -A {around}/")).await.replace('\n', " "), root);
    }
    kit.works(&format!("ln -s {host}/planted-secret.txt link")).await;
    kit.refuses("cat link", "No such file").await;
}

#[tokio::test]
async fn sessions_do_not_see_each_other() {
    let host = host_folder();
    let other = create(Isolation::Full, plain(&host.path().join("other"))).await.unwrap();
    other.files().write("mine.txt", b"of the other session").await.unwrap();
    let mut range = Range::new().await;
    let seen = host.path().join("other/workspace/mine.txt");
    if crate::kit::is_root() {
        range.refused(&format!("cat {}", seen.display()), "No such file").await;
    }
    range
        .refused(&format!("stat {}", seen.parent().unwrap().parent().unwrap().display()), "No such file")
        .await;
    range.inside.refuses("cat /workspace/mine.txt", "No such file").await;
    assert_eq!(fs::read(seen).unwrap(), b"of the other session");
}

#[tokio::test]
async fn the_root_holds_what_the_plan_says() {
    let mut kit = Kit::new(Isolation::Full).await;
    let names = kit.works("ls -A /").await;
    let mut names: Vec<&str> = names.lines().collect();
    // Which of them the host has depends on its architecture.
    names.retain(|name| !["lib32", "lib64"].contains(name));
    let expected = [
        ".empty",
        "bin",
        "dev",
        "etc",
        "home",
        "lib",
        "mnt",
        "proc",
        "run",
        "sbin",
        "skills",
        "tmp",
        "usr",
        "var",
        "workspace",
    ];
    assert_eq!(names, expected);
    assert_eq!(
        kit.works("ls -AC -w 200 /dev").await.split_whitespace().collect::<Vec<_>>(),
        [
            "fd", "full", "null", "ptmx", "pts", "random", "shm", "stderr", "stdin", "stdout", "tty",
            "urandom", "zero"
        ]
    );
    for empty in ["/.empty", "/home", "/run", "/tmp", "/dev/shm", "/skills", "/mnt/session/uploads"] {
        assert_eq!(kit.works(&format!("ls -A {empty}")).await, "", "{empty} is empty");
    }
}

#[tokio::test]
async fn settings_are_the_sandboxs_own() {
    let mut kit = Kit::new(Isolation::Full).await;
    for (name, contents) in [
        ("passwd", "agent:x:1000:1000:agent:/workspace:/bin/bash\n"),
        ("group", "agent:x:1000:\n"),
        ("hosts", "127.0.0.1 localhost sandbox\n::1 localhost\n"),
        ("hostname", "sandbox\n"),
        ("nsswitch.conf", "passwd: files\ngroup: files\nhosts: files\n"),
        ("resolv.conf", ""),
    ] {
        assert_eq!(kit.works(&format!("cat /etc/{name}")).await, contents);
    }
    let names = kit
        .works(
            "cd /etc; find . -maxdepth 1 -mindepth 1 -printf '%P '; find ssl -maxdepth 1 -printf '%p '; cd",
        )
        .await;
    let known = [
        "alternatives",
        "ca-certificates.conf",
        "fonts",
        "ghostscript",
        "ImageMagick-6",
        "java-17-openjdk",
        "ld.so.cache",
        "libreoffice",
        "localtime",
        "magic",
        "mime.types",
        "papersize",
        "ssl",
        "ssl/certs",
        "ssl/openssl.cnf",
        "passwd",
        "group",
        "hosts",
        "hostname",
        "nsswitch.conf",
        "resolv.conf",
    ];
    let unknown: Vec<&str> = names.split_whitespace().filter(|name| !known.contains(name)).collect();
    assert!(unknown.is_empty(), "unexpected in /etc: {unknown:?}");
    assert_eq!(kit.works("id -un; id -u; id -g; hostname").await, "agent\n1000\n1000\nsandbox\n");
}

#[tokio::test]
async fn system_folders_cannot_be_written() {
    let host = host_folder();
    let python = host.path().join("python");
    fs::create_dir(&python).unwrap();
    fs::write(python.join("marker"), "python").unwrap();
    fs::set_permissions(&python, fs::Permissions::from_mode(0o777)).unwrap();
    let mut kit = Kit::made(Isolation::Full, host, |spec| spec.python = Some(python.clone())).await;
    assert_eq!(kit.works("cat /opt/skilled/python/marker").await, "python");
    let uploads = kit.session.join("uploads");
    fs::write(uploads.join("given.txt"), "given").unwrap();
    fs::set_permissions(&uploads, fs::Permissions::from_mode(0o777)).unwrap();
    fs::set_permissions(uploads.join("given.txt"), fs::Permissions::from_mode(0o666)).unwrap();
    assert_eq!(kit.works("cat /mnt/session/uploads/given.txt").await, "given");

    let read_only = "Read-only file system";
    for folder in [
        "",
        "/usr",
        "/usr/bin",
        "/usr/local/bin",
        "/bin",
        "/lib",
        "/etc",
        "/etc/ssl",
        "/etc/ssl/certs",
        "/etc/alternatives",
        "/dev",
        "/home",
        "/mnt",
        "/mnt/session",
        "/mnt/session/uploads",
        "/opt/skilled",
        "/opt/skilled/python",
        "/run",
        "/var",
        "/.empty",
    ] {
        kit.refuses(&format!("touch {folder}/new"), read_only).await;
    }
    for file in [
        "/usr/bin/env",
        "/etc/passwd",
        "/etc/resolv.conf",
        "/etc/ld.so.cache",
        "/mnt/session/uploads/given.txt",
        "/opt/skilled/python/marker",
    ] {
        kit.refuses(&format!("python3 -c 'import os; os.utime(\"{file}\")'"), read_only).await;
        kit.refuses(&format!("rm -f {file}"), read_only).await;
    }
    for file in [
        "kernel/hostname",
        "kernel/core_pattern",
        "kernel/panic",
        "vm/drop_caches",
        "user/max_user_namespaces",
    ] {
        kit.refuses(&format!("echo 1 > /proc/sys/{file}"), read_only).await;
    }
    // The control: the same attempts where writing is allowed.
    for folder in ["/workspace", "/mnt/session/outputs", "/tmp", "/var/tmp", "/dev/shm", "/skills"] {
        kit.works(&format!(
            "touch {folder}/new && python3 -c 'import os; os.utime(\"{folder}/new\")' && rm {folder}/new"
        ))
        .await;
    }
    kit.works("echo 1 > /proc/self/comm; echo 1 > /dev/null").await;
}

/// Every mount with its restrictions: what it may do must be listed here.
#[tokio::test]
async fn every_mount_is_restricted() {
    let host = host_folder();
    let python = host.path().join("python");
    fs::create_dir(&python).unwrap();
    let mut kit = Kit::made(Isolation::Full, host, |spec| spec.python = Some(python)).await;
    let mounts = kit.works("cat /proc/self/mountinfo").await;
    // `proc_pid_mountinfo(5)`: the fifth field is where, the sixth the mount's own options.
    let mounts: BTreeMap<&str, Vec<&str>> = mounts
        .lines()
        .map(|line| line.split(' ').collect::<Vec<_>>())
        .map(|fields| (fields[4], fields[5].split(',').collect()))
        .collect();
    for (place, options) in &mounts {
        let has = |option: &str| options.contains(&option);
        assert!(has("nosuid"), "{place} {options:?}");
        let device = matches!(
            *place,
            "/dev/full" | "/dev/null" | "/dev/random" | "/dev/tty" | "/dev/urandom" | "/dev/zero"
        );
        let masked_file = place.starts_with("/proc/") && has("ro") && has("noexec") && !has("nodev");
        assert_eq!(has("nodev"), !(device || masked_file || *place == "/dev/pts"), "{place} {options:?}");
        let writable = device
            || matches!(
                *place,
                "/dev/pts"
                    | "/dev/shm"
                    | "/mnt/session/outputs"
                    | "/proc"
                    | "/skills"
                    | "/tmp"
                    | "/workspace"
            );
        assert_eq!(has("ro"), !writable, "{place} {options:?}");
        let programs = matches!(
            *place,
            "/" | "/usr" | "/bin" | "/sbin" | "/lib" | "/lib32" | "/lib64" | "/opt/skilled/python"
        ) || place.starts_with("/usr/")
            || (writable && !device && !matches!(*place, "/proc" | "/dev/pts"));
        assert_eq!(has("noexec"), !programs, "{place} {options:?}");
    }
    for place in [
        "/",
        "/usr",
        "/proc",
        "/proc/sys",
        "/dev/pts",
        "/mnt/session/uploads",
        "/opt/skilled/python",
        "/etc/ssl/certs",
        "/skills",
    ] {
        assert!(mounts.contains_key(place), "{place} is a mount");
    }
}

#[tokio::test]
async fn the_kernels_doors_are_closed() {
    let mut range = Range::new().await;
    let hidden = [
        "acpi",
        "asound",
        "bus",
        "cmdline",
        "config.gz",
        "fs",
        "interrupts",
        "irq",
        "kallsyms",
        "kcore",
        "key-users",
        "keys",
        "kmsg",
        "latency_stats",
        "pressure",
        "sched_debug",
        "scsi",
        "sysrq-trigger",
        "timer_list",
        "timer_stats",
    ];
    let mut seen = 0;
    for name in hidden {
        let path = std::path::Path::new("/proc").join(name);
        // What this kernel has not, it cannot show: `plan` is tested to hide the whole list.
        let Ok(found) = fs::metadata(&path) else { continue };
        seen += 1;
        let mounts = range.inside.works("cut -d' ' -f5 /proc/self/mountinfo").await;
        assert!(mounts.lines().any(|place| place == path.to_str().unwrap()), "{name} is hidden");
        let list = if found.is_dir() { "ls -A" } else { "cat" };
        assert_eq!(range.inside.works(&format!("{list} {}", path.display())).await, "", "{name} is empty");
    }
    assert!(seen >= 5, "only {seen} of the files are there to be hidden");
    // The control: here they hold something.
    range.refused("grep -q . /proc/cmdline || ! echo nothing there", "nothing there").await;
    range.refused("ls /sys/fs/cgroup /sys/kernel", "No such file").await;
    range.inside.refuses("cat /dev/kmsg", "No such file").await;
    range.inside.refuses("dmesg", "not implemented").await;
    for device in ["/dev/mem", "/dev/kvm", "/dev/fuse", "/dev/vda", "/dev/net/tun", "/dev/loop-control"] {
        range.inside.refuses(&format!("ls {device}"), "No such file").await;
    }
    for device in ["/dev/null", "/dev/zero", "/dev/random", "/dev/tty"] {
        range.inside.works(&format!("ls {device}")).await;
    }
}

#[tokio::test]
async fn mounts_made_on_the_host_later_do_not_appear() {
    // Tried in a mount namespace of the driver's own whose mounts are shared, as most distributions have them.
    let host = host_folder();
    let prepare = "mount --make-rshared / && exec \"$@\"";
    let mut driver = crate::driver::Driver::start(
        &["unshare", "--user", "--map-root-user", "--mount", "sh", "-c", prepare, "sh"],
        "mount",
        Isolation::Full,
        host.path(),
        "grep -c planted-mount /proc/self/mountinfo",
    );
    assert_eq!(driver.line("on the host "), "1");
    assert_eq!(driver.line("output "), "0");
    assert_eq!(driver.line("status "), "1");
    driver.end().await;
}

#[tokio::test]
async fn what_is_mounted_below_is_restricted_too() {
    let host = host_folder();
    let prepare = "mount -t tmpfs below /usr/games && exec \"$@\"";
    let mut driver = crate::driver::Driver::start(
        &["unshare", "--user", "--map-root-user", "--mount", "sh", "-c", prepare, "sh"],
        "hold",
        Isolation::Full,
        host.path(),
        "grep ' /usr/games ' /proc/self/mountinfo | cut -d' ' -f6; touch /usr/games/new",
    );
    let seen = driver.line("output ");
    assert!(seen.starts_with("ro,nosuid,nodev,") && seen.contains("Read-only file system"), "{seen}");
    driver.end().await;
}

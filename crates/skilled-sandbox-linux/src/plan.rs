//! What a sandbox's root is made of.
//!
//! [`root`] is the whole answer to "what of the host does a workload see": read it top to bottom.

use std::path::Path;

use skilled_sandbox::ResourceLimits;
use skilled_supervisor::{Attributes, Setting, Step};

/// Terminals of a sandbox; the machine has 4096 in all (`pts(4)`).
const TERMINALS: u32 = 256;
/// Inotify instances and watches of a sandbox; the host's user has 128 instances in all, usually (`inotify(7)`).
const INOTIFY: [(&str, u64); 2] = [("user/max_inotify_instances", 16), ("user/max_inotify_watches", 8192)];
const PAGE: u64 = 4096;
/// The kernel's own default of `kernel.shmall`: as good as none.
const SHMALL: u64 = u64::MAX - (1 << 24);
/// System V message queues of a sandbox, of 16 KiB each.
const QUEUES: u64 = 256;
/// Where the session's folder is seen while the root is made.
const STAGE: &str = ".session";

const SYSTEM: Attributes = Attributes { read_only: true, no_devices: true, no_exec: false };
const DATA: Attributes = Attributes { read_only: true, no_devices: true, no_exec: true };
const WRITABLE: Attributes = Attributes { read_only: false, no_devices: true, no_exec: false };
const DEVICE: Attributes = Attributes { read_only: false, no_devices: false, no_exec: true };

/// Folders of programs and libraries: real ones on some systems, links into `/usr` on others.
const SYSTEM_FOLDERS: [&str; 6] = ["usr", "bin", "sbin", "lib", "lib32", "lib64"];

/// Settings that programs need and that hold no secrets. Of `/etc/ssl`, only the certificates: not `private`.
const SETTINGS: [&str; 14] = [
    "etc/alternatives",
    "etc/ca-certificates.conf",
    "etc/fonts",
    "etc/ghostscript",
    "etc/ImageMagick-6",
    "etc/java-17-openjdk",
    "etc/ld.so.cache",
    "etc/libreoffice",
    "etc/localtime",
    "etc/magic",
    "etc/mime.types",
    "etc/papersize",
    "etc/ssl/certs",
    "etc/ssl/openssl.cnf",
];

const DEVICES: [&str; 6] = ["null", "zero", "full", "random", "urandom", "tty"];

/// What `/proc` says of the machine or lets one do to it (the container runtimes hide the same).
const HIDDEN: [&str; 20] = [
    "proc/acpi",
    "proc/asound",
    "proc/bus",
    "proc/cmdline",
    "proc/config.gz",
    "proc/fs",
    "proc/interrupts",
    "proc/irq",
    "proc/kallsyms",
    "proc/kcore",
    "proc/key-users",
    "proc/keys",
    "proc/kmsg",
    "proc/latency_stats",
    "proc/pressure",
    "proc/sched_debug",
    "proc/scsi",
    "proc/sysrq-trigger",
    "proc/timer_list",
    "proc/timer_stats",
];

/// Bounds of what lives in memory: of `/tmp`, of `/dev/shm` as much again, and of System V shared memory. 0 is no bound.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Scratch {
    bytes: u64,
    entries: u64,
}

impl Scratch {
    /// Returns what bounds the memory of System V objects, which belongs to no process (`sysvipc(7)`). Older kernels let only
    /// root set it.
    pub(crate) fn ipc(self) -> Vec<Setting> {
        let pages = if self.bytes == 0 { u64::MAX } else { (self.bytes / PAGE).max(1) };
        let set = |(file, value): (&str, u64)| Setting {
            file: file.to_owned(),
            value: value.to_string(),
            optional: true,
        };
        [("kernel/shmall", pages.min(SHMALL)), ("kernel/msgmni", QUEUES)].map(set).into()
    }

    /// Nothing but its owner can free this memory: all of it together must leave room for processes.
    pub(crate) fn of(asked: &ResourceLimits) -> Self {
        let quarter = asked.memory.map(|memory| (memory / 4).max(PAGE));
        let bytes = match (asked.tmp, quarter) {
            (Some(tmp), Some(quarter)) => tmp.min(quarter),
            (Some(bytes), None) | (None, Some(bytes)) => bytes.max(1),
            (None, None) => 0,
        };
        // Each file costs the kernel about a quarter of a page besides what it holds.
        let entries = if bytes == 0 { 0 } else { (bytes / PAGE).max(1024) };
        Self { bytes, entries }
    }
}

/// Returns the steps that make the root of a sandbox.
///
/// `session` is the session's folder on the host, as [`crate::session`] lays it out; `python` a Python environment. What
/// of the host's system folders and settings exists is asked here, once.
pub(crate) fn root(session: &str, python: Option<&str>, scratch: Scratch) -> Vec<Step> {
    let mut steps = without_session(python, scratch);
    session_folders(&mut steps, session);
    steps
}

/// Returns the steps that make the root of a sandbox which waits for its session: empty places instead of its folders.
pub(crate) fn unbound(python: Option<&str>, scratch: Scratch) -> Vec<Step> {
    let mut steps = without_session(python, scratch);
    let places = [STAGE, "skills", "workspace", "mnt/session/uploads", "mnt/session/outputs"];
    steps.extend(places.map(folder));
    steps
}

fn without_session(python: Option<&str>, scratch: Scratch) -> Vec<Step> {
    let mut steps = Vec::new();
    system(&mut steps);
    devices(&mut steps, scratch);
    settings(&mut steps);
    process_table(&mut steps);
    memory(&mut steps, scratch);
    if let Some(python) = python {
        steps.extend(["opt", "opt/skilled"].map(folder));
        steps.push(bind(python, "opt/skilled/python", SYSTEM));
    }
    steps
}

fn system(steps: &mut Vec<Step>) {
    for name in SYSTEM_FOLDERS {
        let host = format!("/{name}");
        if let Ok(target) = std::fs::read_link(&host) {
            steps.push(Step::Link { path: name.to_owned(), target: target.to_string_lossy().into_owned() });
        } else if Path::new(&host).is_dir() {
            steps.push(bind(&host, name, SYSTEM));
        }
    }
}

fn devices(steps: &mut Vec<Step>, scratch: Scratch) {
    steps.push(folder("dev"));
    steps.extend(DEVICES.map(|name| bind(&format!("/dev/{name}"), &format!("dev/{name}"), DEVICE)));
    for (name, target) in [
        ("fd", "/proc/self/fd"),
        ("stdin", "/proc/self/fd/0"),
        ("stdout", "/proc/self/fd/1"),
        ("stderr", "/proc/self/fd/2"),
        ("ptmx", "pts/ptmx"),
    ] {
        steps.push(Step::Link { path: format!("dev/{name}"), target: target.to_owned() });
    }
    steps.push(Step::Terminals { path: "dev/pts".to_owned(), most: TERMINALS });
    steps.push(tmpfs("dev/shm", scratch));
}

fn settings(steps: &mut Vec<Step>) {
    steps.extend(["etc", "etc/ssl"].map(folder));
    let existing = SETTINGS.into_iter().filter(|path| Path::new("/").join(path).exists());
    steps.extend(existing.map(|path| bind(&format!("/{path}"), path, DATA)));
    let id = crate::identity::INSIDE;
    for (name, contents) in [
        ("passwd", format!("agent:x:{id}:{id}:agent:/workspace:/bin/bash\n")),
        ("group", format!("agent:x:{id}:\n")),
        ("hosts", "127.0.0.1 localhost sandbox\n::1 localhost\n".to_owned()),
        ("hostname", "sandbox\n".to_owned()),
        ("nsswitch.conf", "passwd: files\ngroup: files\nhosts: files\n".to_owned()),
        ("resolv.conf", String::new()),
    ] {
        steps.push(Step::File { path: format!("etc/{name}"), contents });
    }
}

fn process_table(steps: &mut Vec<Step>) {
    let ceiling = |file: &str, value: u64, optional| Setting {
        file: file.to_owned(),
        value: value.to_string(),
        optional,
    };
    // The filters cannot see the flags of clone3(2); this count can (user_namespaces(7)).
    let mut ceilings = vec![ceiling("user/max_user_namespaces", 0, false)];
    ceilings.extend(INOTIFY.map(|(file, value)| ceiling(file, value, false)));
    steps.push(Step::Proc { path: "proc".to_owned(), ceilings });
    steps.extend(HIDDEN.map(|path| Step::Mask { path: path.to_owned() }));
    steps.push(Step::Rebind { source: "proc/sys".to_owned(), path: "proc/sys".to_owned(), attributes: DATA });
}

fn memory(steps: &mut Vec<Step>, scratch: Scratch) {
    steps.push(tmpfs("tmp", scratch));
    steps.extend(["var", "run", "home", "mnt", "mnt/session"].map(folder));
    steps.push(Step::Link { path: "var/tmp".to_owned(), target: "/tmp".to_owned() });
    if Path::new("/var/cache/fontconfig").is_dir() {
        steps.push(folder("var/cache"));
        steps.push(bind("/var/cache/fontconfig", "var/cache/fontconfig", DATA));
    }
}

fn session_folders(steps: &mut Vec<Step>, session: &str) {
    mount_session(steps, session);
    steps.push(Step::Unmount { path: STAGE.to_owned() });
}

fn mount_session(steps: &mut Vec<Step>, session: &str) {
    let staged = |name: &str| format!("{STAGE}/{name}");
    let rebind = |name: &str, path: &str, attributes| Step::Rebind {
        source: staged(name),
        path: path.to_owned(),
        attributes,
    };
    steps.push(bind(session, STAGE, WRITABLE));
    steps.push(Step::Overlay {
        path: "skills".to_owned(),
        lower: staged("skills"),
        upper: staged("skills-changes/upper"),
        work: staged("skills-changes/work"),
    });
    steps.push(rebind("workspace", "workspace", WRITABLE));
    steps.push(rebind("uploads", "mnt/session/uploads", DATA));
    steps.push(rebind("outputs", "mnt/session/outputs", WRITABLE));
}

/// Returns the steps that mount a session in a root made by [`unbound`].
pub(crate) fn late(session: &str) -> Vec<Step> {
    let mut steps = Vec::new();
    mount_session(&mut steps, session);
    steps.push(Step::Uncover { path: STAGE.to_owned() });
    steps
}

fn tmpfs(path: &str, Scratch { bytes, entries }: Scratch) -> Step {
    Step::Tmpfs { path: path.to_owned(), bytes, entries, mode: 0o1777 }
}

fn folder(path: &str) -> Step {
    Step::Folder { path: path.to_owned() }
}

fn bind(source: &str, path: &str, attributes: Attributes) -> Step {
    Step::Bind { source: source.to_owned(), path: path.to_owned(), attributes }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Which of them exist depends on the kernel; no test on one kernel could try them all.
    #[test]
    fn everything_is_hidden_once_the_process_table_is_there() {
        let steps = root("/session", None, Scratch::of(&ResourceLimits::default()));
        let proc = steps.iter().position(|step| matches!(step, Step::Proc { .. })).unwrap();
        let masked: Vec<&str> = steps[proc..]
            .iter()
            .filter_map(|step| match step {
                Step::Mask { path } => path.strip_prefix("proc/"),
                _ => None,
            })
            .collect();
        // What container runtimes hide by default, and what tells of the machine's start and devices.
        let runtimes = [
            "acpi",
            "asound",
            "interrupts",
            "kcore",
            "keys",
            "latency_stats",
            "sched_debug",
            "scsi",
            "timer_list",
            "timer_stats",
        ];
        let read_only = ["bus", "fs", "irq", "sysrq-trigger"];
        // Everybody may write there, and be told of the load of the whole machine.
        let open = ["pressure"];
        let machine = ["cmdline", "config.gz", "kallsyms", "key-users", "kmsg"];
        for name in runtimes.into_iter().chain(read_only).chain(open).chain(machine) {
            assert!(masked.contains(&name), "/proc/{name} is hidden");
        }
        assert_eq!(masked.len(), runtimes.len() + read_only.len() + open.len() + machine.len());
    }
}

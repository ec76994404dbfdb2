//! The ways to run a command that are compared.

use std::path::Path;
use std::process::Command;

use super::program;
use super::scene::Scene;

/// A way to run one command of bash.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Contender {
    /// `skilled run`, whose scripted model calls the tool `bash`.
    Skilled,
    /// Bubblewrap with the files that a sandbox of `skilled` has, as far as it can give them.
    Bubblewrap,
    /// Bubblewrap with the least that runs a shell.
    BubblewrapLeast,
    /// Nothing but namespaces around the shell: the floor.
    Namespaces,
    /// The shell alone.
    Shell,
}

/// What a sandbox of `skilled` shows of `/etc`, and what it hides of `/proc`.
const SETTINGS: [&str; 9] = [
    "/etc/alternatives",
    "/etc/ca-certificates.conf",
    "/etc/fonts",
    "/etc/ld.so.cache",
    "/etc/localtime",
    "/etc/magic",
    "/etc/mime.types",
    "/etc/ssl/certs",
    "/etc/ssl/openssl.cnf",
];
const HIDDEN_FILES: [&str; 9] = [
    "cmdline",
    "config.gz",
    "kallsyms",
    "kcore",
    "keys",
    "kmsg",
    "sysrq-trigger",
    "timer_list",
    "latency_stats",
];
const HIDDEN_FOLDERS: [&str; 6] = ["acpi", "asound", "bus", "fs", "irq", "scsi"];

impl Contender {
    pub(super) const ALL: [Self; 5] =
        [Self::Skilled, Self::Bubblewrap, Self::BubblewrapLeast, Self::Namespaces, Self::Shell];

    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Skilled => "`skilled run`",
            Self::Bubblewrap => "`bwrap`, the same files",
            Self::BubblewrapLeast => "`bwrap`, the least files",
            Self::Namespaces => "floor: namespaces only (`unshare`)",
            Self::Shell => "bash alone",
        }
    }

    /// The command that runs `command`, which is also what the conversation `model` is about.
    pub(super) fn command(self, scene: &Scene, model: &str, command: &str) -> Command {
        let bash = ["/bin/bash", "--noprofile", "--norc", "-c", command];
        match self {
            Self::Skilled => {
                let mut skilled = scene.skilled();
                skilled.args(["run", "measure", "--json", "--skills=tiny", "--max-rounds=1000"]);
                skilled.arg(format!("--model={model}"));
                skilled
            }
            Self::Bubblewrap => {
                let mut bwrap = bubblewrap();
                same_files(&mut bwrap, scene);
                bwrap.args(["--remount-ro", "/", "--chdir", "/workspace", "--"]).args(bash);
                bwrap
            }
            Self::BubblewrapLeast => {
                let mut bwrap = bubblewrap();
                bwrap.arg("--").args(bash);
                bwrap
            }
            Self::Namespaces => {
                let mut unshare = program("unshare");
                unshare.args(["--user", "--map-root-user", "--mount", "--pid", "--fork"]);
                unshare.args(["--net", "--ipc", "--uts", "--cgroup"]).args(bash);
                unshare
            }
            Self::Shell => {
                let mut shell = Command::new(bash[0]);
                shell.args(&bash[1..]);
                shell
            }
        }
    }
}

/// Namespaces, no capabilities, a clean environment, and the system's folders.
pub(in crate::bench) fn bubblewrap() -> Command {
    let mut bwrap = program("bwrap");
    bwrap.args(["--unshare-all", "--die-with-parent", "--new-session", "--cap-drop", "ALL", "--clearenv"]);
    bwrap.args(["--uid", "1000", "--gid", "1000", "--hostname", "sandbox"]);
    bwrap.args(["--setenv", "PATH", "/usr/bin:/bin", "--setenv", "HOME", "/workspace", "--tmpfs", "/"]);
    for name in ["usr", "bin", "sbin", "lib", "lib32", "lib64"] {
        let host = format!("/{name}");
        if let Ok(target) = std::fs::read_link(&host) {
            bwrap.arg("--symlink").arg(target).arg(&host);
        } else if Path::new(&host).is_dir() {
            bwrap.args(["--ro-bind", &host, &host]);
        }
    }
    bwrap.args(["--proc", "/proc", "--dev", "/dev", "--tmpfs", "/tmp"]);
    bwrap
}

/// What a sandbox of `skilled` has besides. Bubblewrap of Debian 12 has no copy-on-write views: it gets the skill
/// read-only; and it gets no filter of system calls.
fn same_files(bwrap: &mut Command, scene: &Scene) {
    for setting in SETTINGS {
        bwrap.args(["--ro-bind-try", setting, setting]);
    }
    let proc = Path::new("/proc");
    for name in HIDDEN_FILES.into_iter().filter(|name| proc.join(name).exists()) {
        bwrap.args(["--ro-bind", "/dev/null"]).arg(proc.join(name));
    }
    for name in HIDDEN_FOLDERS.into_iter().filter(|name| proc.join(name).exists()) {
        bwrap.arg("--tmpfs").arg(proc.join(name));
    }
    bwrap.arg("--bind").arg(scene.path("workspace")).arg("/workspace");
    bwrap.arg("--bind").arg(scene.path("outputs")).arg("/mnt/session/outputs");
    bwrap.arg("--ro-bind").arg(scene.path("uploads")).arg("/mnt/session/uploads");
    bwrap.arg("--ro-bind").arg(scene.path("tiny")).arg("/skills/tiny");
}

//! The control folder: what is kept of a sandbox outside it, so that it can be found again.
//!
//! | file | what |
//! | --- | --- |
//! | `sandbox.json` | the [`Record`] |
//! | `socket` | where its supervisor takes hosts |
//! | `operations/KEY.journal` | what each operation did ([`skilled_supervisor::journal`]) |
//! | `operations/ended` | how the sandbox ended |
//!
//! The supervisor holds descriptors of the socket and of `operations`; the workload sees nothing of it.

use std::collections::BTreeMap;
use std::fs::{self, File, OpenOptions, Permissions};
use std::io::{self, Read, Write};
use std::os::fd::{AsRawFd, OwnedFd};
use std::os::unix::fs::{OpenOptionsExt, PermissionsExt, chown};
use std::path::{Path, PathBuf};

use rustix::fs::{Mode, OFlags};
use rustix::net::{
    AddressFamily, SocketAddrUnix, SocketFlags, SocketType, bind, connect, listen, socket_with,
};
use rustix::process::{Pid, PidfdFlags, Signal, pidfd_open, pidfd_send_signal};
use serde::{Deserialize, Serialize};
use skilled_sandbox::{Enforced, Error, Key, Layout};
use skilled_supervisor::Identity;

/// The longest record, in bytes.
pub(crate) const LONGEST_RECORD: u64 = 1024 * 1024;
/// Hosts that may wait to be taken.
const BACKLOG: i32 = 64;

/// What is known of a sandbox from outside.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Record {
    /// The version of this form.
    pub version: u32,
    /// Who it is for.
    pub label: String,
    /// What stands between the workload and the host: `linux` or `none`.
    pub backend: String,
    /// When it was made, in milliseconds since 1970.
    pub made_ms: u64,
    /// The boot of the machine that it lives in (`/proc/sys/kernel/random/boot_id`).
    pub boot: String,
    /// The process that made the namespaces and waits for process 1.
    pub launcher: Option<ProcessId>,
    /// Process 1, as the host sees it.
    pub supervisor: Option<ProcessId>,
    /// The session's folder on the host.
    pub session_dir: PathBuf,
    /// How long it lives without a host, in seconds.
    pub orphan_seconds: u32,
    /// Where things are in it.
    pub layout: Layout,
    /// The environment of every process.
    pub env: BTreeMap<String, String>,
    /// How its limits are enforced.
    #[serde(default)]
    pub limits: Enforced,
    /// Its control groups: folders that are gone when it has ended.
    #[serde(default)]
    pub groups: Vec<PathBuf>,
}

/// A process that no later one is taken for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProcessId {
    /// Its number.
    pub pid: i32,
    /// When it started, in ticks since the boot (`proc_pid_stat(5)`, field 22).
    pub started: u64,
}

impl Record {
    /// The version that this build writes.
    pub(crate) const VERSION: u32 = 1;

    /// Returns whether the machine was restarted since it was made.
    pub(crate) fn is_of_an_earlier_boot(&self) -> bool {
        self.boot != boot()
    }

    /// Returns whether its first processes still run.
    pub fn lives(&self) -> bool {
        let runs = |process: ProcessId| !process.has_ended();
        self.boot == boot() && self.supervisor.or(self.launcher).is_some_and(runs)
    }

    /// Kills its first processes, and all others with them. What was made in an earlier life of the machine is left alone.
    pub(crate) fn kill(&self) {
        for process in [self.supervisor, self.launcher].into_iter().flatten() {
            kill(process, &self.boot);
        }
    }
}

/// Kills a process of the boot `of`, unless the machine was started again since.
pub(crate) fn kill(process: ProcessId, of: &str) {
    let Some(pid) = Pid::from_raw(process.pid).filter(|_| of == boot()) else { return };
    // By a handle, so that a later process with this number is not meant.
    if let Ok(handle) = pidfd_open(pid, PidfdFlags::empty())
        && ProcessId::of(process.pid) == Some(process)
    {
        let _ = pidfd_send_signal(handle, Signal::KILL);
    }
}

impl ProcessId {
    /// Returns the living process `pid`.
    pub(crate) fn of(pid: i32) -> Option<Self> {
        let stat = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
        let started = stat.rsplit_once(')')?.1.split_ascii_whitespace().nth(19)?.parse().ok()?;
        Some(Self { pid, started })
    }

    /// Returns whether nothing of it runs any more; it may be waited for still.
    pub fn has_ended(self) -> bool {
        let state = || {
            let stat = fs::read_to_string(format!("/proc/{}/stat", self.pid)).ok()?;
            stat.rsplit_once(')')?.1.trim_start().chars().next()
        };
        Self::of(self.pid) != Some(self) || matches!(state(), Some('Z' | 'X') | None)
    }
}

/// A control folder.
#[derive(Debug)]
pub(crate) struct Control {
    path: PathBuf,
    folder: OwnedFd,
    operations: OwnedFd,
}

impl Control {
    /// Makes the folder, which must not hold a sandbox yet, for a supervisor with `identity`.
    pub(crate) fn make(path: &Path, identity: &Identity) -> Result<Self, Error> {
        let failed = |source: io::Error| Error::Setup { step: format!("make {}", path.display()), source };
        fs::create_dir_all(path).map_err(failed)?;
        fs::set_permissions(path, Permissions::from_mode(0o700)).map_err(failed)?;
        let operations = path.join("operations");
        match fs::create_dir(&operations) {
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
                return Err(Error::Invalid {
                    message: format!("{} is the control folder of another sandbox", path.display()),
                });
            }
            other => other.map_err(failed)?,
        }
        fs::set_permissions(&operations, Permissions::from_mode(0o700)).map_err(failed)?;
        if identity.privileged {
            chown(&operations, Some(identity.outside_uid), Some(identity.outside_gid)).map_err(failed)?;
        }
        Self::open(path).map_err(failed)
    }

    /// Opens the folder of a sandbox that was made earlier.
    pub(crate) fn open(path: &Path) -> io::Result<Self> {
        let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC;
        let folder = rustix::fs::open(path, flags, Mode::empty())?;
        let operations = rustix::fs::openat(&folder, "operations", flags | OFlags::NOFOLLOW, Mode::empty())?;
        Ok(Self { path: path.to_owned(), folder, operations })
    }

    /// Moves the folder to where nothing is yet. What holds descriptors of it, its supervisor included, goes on with it.
    pub(crate) fn moved(&self, to: &Path) -> io::Result<Self> {
        if to.join("operations").exists() {
            return Err(io::ErrorKind::AlreadyExists.into());
        }
        fs::rename(&self.path, to)?;
        Self::open(to)
    }

    /// When the folder was made, by the clock of the file system, in milliseconds since 1970; 0 when it does not say.
    pub(crate) fn made_ms(&self) -> u64 {
        let stat = rustix::fs::fstat(&self.operations);
        let made = stat
            .map(|stat| stat.st_mtime * 1000 + i64::try_from(stat.st_mtime_nsec).unwrap_or(0) / 1_000_000);
        made.ok().and_then(|made| u64::try_from(made).ok()).unwrap_or(0)
    }

    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// The folder of the journals.
    pub(crate) const fn operations(&self) -> &OwnedFd {
        &self.operations
    }

    /// Makes the socket, listening.
    pub(crate) fn listen(&self) -> io::Result<OwnedFd> {
        let socket = self.socket()?;
        bind(&socket, &self.address()?)?;
        listen(&socket, BACKLOG)?;
        Ok(socket)
    }

    /// Connects to the supervisor. Fails when there is none any more.
    pub(crate) fn connect(&self) -> io::Result<OwnedFd> {
        let socket = self.socket()?;
        connect(&socket, &self.address()?)?;
        Ok(socket)
    }

    fn socket(&self) -> io::Result<OwnedFd> {
        let _ = self;
        Ok(socket_with(AddressFamily::UNIX, SocketType::SEQPACKET, SocketFlags::CLOEXEC, None)?)
    }

    /// By the descriptor of the folder: an address has room for about a hundred bytes only (`unix(7)`).
    fn address(&self) -> io::Result<SocketAddrUnix> {
        Ok(SocketAddrUnix::new(format!("/proc/self/fd/{}/socket", self.folder.as_raw_fd()))?)
    }

    /// Keeps the record, whole or not at all.
    pub(crate) fn keep(&self, record: &Record) -> io::Result<()> {
        let (partial, target) = (self.path.join("sandbox.json.partial"), self.path.join("sandbox.json"));
        let bytes = serde_json::to_vec_pretty(record)?;
        let mut file =
            OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(&partial)?;
        file.write_all(&bytes)?;
        fs::rename(partial, target)
    }

    pub(crate) fn record(&self) -> io::Result<Record> {
        let mut text = String::new();
        File::open(self.path.join("sandbox.json"))?.take(LONGEST_RECORD).read_to_string(&mut text)?;
        Ok(serde_json::from_str(&text)?)
    }

    /// Opens a journal. None when there is no such operation.
    pub(crate) fn journal(&self, key: &Key) -> io::Result<Option<OwnedFd>> {
        let flags = OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::CLOEXEC | OFlags::NONBLOCK;
        match rustix::fs::openat(&self.operations, format!("{key}.journal"), flags, Mode::empty()) {
            Ok(file) => Ok(Some(file)),
            Err(rustix::io::Errno::NOENT) => Ok(None),
            Err(error) => Err(error.into()),
        }
    }

    /// How the sandbox ended, where that was noted.
    pub(crate) fn ended(&self) -> Option<String> {
        Some(self.note("ended", 1000)).filter(|text| !text.is_empty())
    }

    /// Reads at most `limit` bytes of what was noted beside the journals; of what was not, there is nothing.
    pub(crate) fn note(&self, name: &str, limit: usize) -> String {
        let flags = OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::CLOEXEC | OFlags::NONBLOCK;
        let mut text = String::new();
        if let Ok(file) = rustix::fs::openat(&self.operations, name, flags, Mode::empty()) {
            let _ = File::from(file).take(limit as u64).read_to_string(&mut text);
        }
        text
    }
}

/// Names this boot of the machine.
pub(crate) fn boot() -> String {
    let boot = fs::read_to_string("/proc/sys/kernel/random/boot_id").unwrap_or_default();
    boot.trim().to_owned()
}

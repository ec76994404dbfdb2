//! Processes of this machine, seen from the host.

use std::fs;

/// A process of this machine, which a later one with the same number is not.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct HostProcess {
    pub(crate) pid: u32,
    parent: u32,
    /// Ticks since boot (`proc_pid_stat(5)`, field 22).
    started: u64,
}

impl HostProcess {
    /// Returns the process `pid`, unless it is gone or a zombie.
    pub(crate) fn find(pid: u32) -> Option<Self> {
        let stat = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
        let fields: Vec<&str> = stat.rsplit_once(')')?.1.split_whitespace().collect();
        (!matches!(fields[0], "Z" | "X")).then(|| Self {
            pid,
            parent: fields[1].parse().unwrap(),
            started: fields[19].parse().unwrap(),
        })
    }

    pub(crate) fn is_alive(self) -> bool {
        Self::find(self.pid).is_some_and(|now| now.started == self.started)
    }

    /// Returns this process, its parent and so on, up to `ancestor`, which is left out.
    pub(crate) fn line_up_to(self, ancestor: u32) -> Vec<Self> {
        let mut line = vec![self];
        while let Some(parent) =
            Self::find(line[line.len() - 1].parent).filter(|parent| parent.pid != ancestor)
        {
            line.push(parent);
        }
        line
    }

    /// Returns a field of the process's status (`proc_pid_status(5)`).
    pub(crate) fn status(self, field: &str) -> String {
        let status = fs::read_to_string(format!("/proc/{}/status", self.pid)).unwrap();
        field_of(&status, field)
    }
}

/// Returns the value of `field` in the text of a `/proc/PID/status`, its words separated by one space.
pub(crate) fn field_of(status: &str, field: &str) -> String {
    let value = status.lines().find_map(|line| line.strip_prefix(field)?.strip_prefix(':')).unwrap();
    value.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Returns the processes of this machine that have `marker` as an argument.
pub(crate) fn marked(marker: &str) -> Vec<HostProcess> {
    let is_marked = |pid: &u32| {
        fs::read(format!("/proc/{pid}/cmdline"))
            .is_ok_and(|line| line.split(|byte| *byte == 0).any(|word| word == marker.as_bytes()))
    };
    all().filter(is_marked).filter_map(HostProcess::find).collect()
}

/// Returns the living children of a process.
pub(crate) fn children(parent: u32) -> Vec<HostProcess> {
    all().filter_map(HostProcess::find).filter(|process| process.parent == parent).collect()
}

fn all() -> impl Iterator<Item = u32> {
    fs::read_dir("/proc").unwrap().filter_map(|entry| entry.ok()?.file_name().to_str()?.parse().ok())
}

/// Returns a number of seconds to sleep for that no other process of this machine sleeps for.
pub(crate) fn marker() -> String {
    use std::sync::atomic::{AtomicU32, Ordering};
    static NEXT: AtomicU32 = AtomicU32::new(100);
    format!("9{}{}", std::process::id(), NEXT.fetch_add(1, Ordering::Relaxed))
}

/// Returns a shell command that finds `marker` among the arguments of the processes it sees, and not its own: the pattern
/// does not match itself.
pub(crate) fn search(marker: &str) -> String {
    let (first, rest) = marker.split_at(1);
    format!("cat /proc/[0-9]*/cmdline 2>/dev/null | tr '\\0' '\\n' | grep -x '[{first}]{rest}'")
}

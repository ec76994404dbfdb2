//! Whole trees of processes: everything that descends from a reaper, however it detached itself.
//!
//! A process that loses its parent falls to the nearest reaper above it (`PR_SET_CHILD_SUBREAPER`), so descent from a
//! reaper cannot be shaken off by forking twice or by `setsid`.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;

use rustix::io::Errno;
use rustix::process::{Pid, Signal, WaitOptions, kill_process, wait};

/// How many rounds of stopping and killing are tried before giving up on a tree that keeps growing.
const ROUNDS: usize = 1000;

/// Kills every descendant of this process except `spared` and theirs, and reaps those that fall to it. `reaped` is told
/// of each.
///
/// All are stopped before the first is killed: a stopped process starts no others.
pub(crate) fn kill_descendants(spared: &BTreeSet<i32>, mut reaped: impl FnMut(Pid, i32)) {
    for _ in 0..ROUNDS {
        let mut stopped = BTreeSet::new();
        loop {
            let found = descendants(spared);
            let new: Vec<i32> = found.into_iter().filter(|pid| stopped.insert(*pid)).collect();
            if new.is_empty() {
                break;
            }
            signal_all(&new, Signal::STOP);
        }
        signal_all(&stopped, Signal::KILL);
        reap(&mut reaped);
        if stopped.is_empty() {
            return;
        }
        // The killed need a moment to die before they fall to this process.
        rustix::thread::sched_yield();
    }
}

/// Reaps every child that has ended. Returns whether children are left.
pub(crate) fn reap(mut reaped: impl FnMut(Pid, i32)) -> bool {
    loop {
        match wait(WaitOptions::NOHANG) {
            Ok(Some((pid, status))) => reaped(pid, status.as_raw()),
            Ok(None) => return true,
            Err(Errno::INTR) => {}
            Err(_) => return false,
        }
    }
}

fn signal_all<'a>(pids: impl IntoIterator<Item = &'a i32>, signal: Signal) {
    for pid in pids.into_iter().filter_map(|pid| Pid::from_raw(*pid)) {
        // One that is gone already needs no signal.
        let _ = kill_process(pid, signal);
    }
}

/// Returns the living descendants of this process, without `spared` and theirs.
fn descendants(spared: &BTreeSet<i32>) -> Vec<i32> {
    let mut children: BTreeMap<i32, Vec<i32>> = BTreeMap::new();
    let processes = fs::read_dir("/proc").into_iter().flatten().flatten();
    for pid in processes.filter_map(|entry| entry.file_name().to_str()?.parse().ok()) {
        if let Some(parent) = living_parent(pid) {
            children.entry(parent).or_default().push(pid);
        }
    }
    let mut found = Vec::new();
    let mut open = vec![rustix::process::getpid().as_raw_nonzero().get()];
    while let Some(parent) = open.pop() {
        for child in children.remove(&parent).unwrap_or_default() {
            if !spared.contains(&child) {
                found.push(child);
                open.push(child);
            }
        }
    }
    found
}

/// Returns the parent of `pid`, unless it is gone or a zombie.
fn living_parent(pid: i32) -> Option<i32> {
    let stat = fs::read(format!("/proc/{pid}/stat")).ok()?;
    parse_stat(&stat)
}

/// Reads state and parent from a line of `/proc/PID/stat`: `pid (name) state ppid …`; the name may hold anything.
fn parse_stat(stat: &[u8]) -> Option<i32> {
    let after_name = stat.iter().rposition(|byte| *byte == b')')? + 1;
    let mut fields = std::str::from_utf8(stat.get(after_name..)?).ok()?.split_ascii_whitespace();
    match fields.next()? {
        "Z" | "X" | "x" => None,
        _ => fields.next()?.parse().ok(),
    }
}

#[cfg(test)]
mod tests {
    use super::parse_stat;

    #[test]
    fn hostile_names_do_not_confuse() {
        assert_eq!(parse_stat(b"7 (bash) S 3 7 7 0 -1"), Some(3));
        assert_eq!(parse_stat(b"7 (a) R 1 (b) S 3 7"), Some(3));
        assert_eq!(parse_stat(b"7 (\xff) S 3 7"), Some(3));
        assert_eq!(parse_stat(b"7 (gone) Z 3 7"), None);
        assert_eq!(parse_stat(b""), None);
    }
}

//! Whole trees of processes: everything that descends from a reaper, however it detached itself.
//!
//! A process that loses its parent falls to the nearest reaper above it (`PR_SET_CHILD_SUBREAPER`), so descent from a
//! reaper cannot be shaken off by forking twice or by `setsid`.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::time::Duration;

use rustix::io::Errno;
use rustix::process::{Pid, Signal, WaitOptions, kill_process, kill_process_group, wait};

use crate::sys;

/// How many rounds of stopping and killing are tried before a tree that keeps growing is met with force.
const ROUNDS: usize = 200;
/// How often newly found processes are stopped within one round.
const SWEEPS: usize = 20;
/// How many looks in a row must find nothing: a process that forks and ends all the time may escape one.
const QUIET_LOOKS: usize = 5;
/// How many looks, a tenth of a millisecond apart, all may need to stop.
const FREEZES: usize = 500;
/// How many times, a millisecond apart, the killed are waited for.
const WAITS: usize = 5_000;

/// Kills every descendant of this process except `spared` and theirs, and reaps those that fall to it. `reaped` is told
/// of each.
///
/// Process 1 of a namespace that spares nobody leaves it to the kernel, which kills all in one step. Otherwise all are
/// stopped before the first is killed, as a stopped process starts no others; where there are always new ones, or none can
/// be seen, process 1 kills everything in its namespace after all. What only takes long to die is waited for.
pub(crate) fn kill_descendants(spared: &BTreeSet<i32>, mut reaped: impl FnMut(Pid, i32)) {
    if spared.is_empty() && is_process_1() {
        return kill_namespace(reaped);
    }
    let (mut quiet, mut rounds, mut waits) = (0, 0, 0);
    let mut dying = BTreeSet::new();
    while rounds < ROUNDS {
        let Ok(stopped) = stop_descendants(spared) else { break };
        for pid in &stopped {
            signal(*pid, Signal::KILL);
        }
        let children_left = reap(&mut reaped);
        // Whoever has no child, not even an unreaped one, has no descendant.
        quiet = if stopped.is_empty() { quiet + 1 } else { 0 };
        if !children_left || quiet == QUIET_LOOKS || waits == WAITS {
            return;
        }
        if stopped.is_subset(&dying) {
            // Nothing new: the killed need a moment to die (closing what they hold may take long) and to fall to this process.
            waits += 1;
            std::thread::sleep(Duration::from_micros(if waits < 10 { 100 } else { 1000 }));
        } else {
            rounds += 1;
            dying.extend(stopped);
            rustix::thread::sched_yield();
        }
    }
    if is_process_1() {
        kill_namespace(reaped);
    }
}

fn is_process_1() -> bool {
    rustix::process::getpid() == Pid::INIT
}

/// Kills everything in the namespace of which this is process 1, and waits until it is gone.
fn kill_namespace(mut reaped: impl FnMut(Pid, i32)) {
    sys::kill_all_others();
    for _ in 0..WAITS {
        if !reap(&mut reaped) {
            return;
        }
        std::thread::sleep(Duration::from_millis(1));
    }
}

/// Stops descendants until a look finds no new ones; returns those that were found.
///
/// A process that is always another one by the time it is found is reached by its group, of which the dead that it leaves
/// behind tell: nothing in a group can fork past the signal. Groups hold nothing else: what a runner starts begins with a
/// session of its own.
fn stop_descendants(spared: &BTreeSet<i32>) -> std::io::Result<BTreeSet<i32>> {
    let (mut stopped, mut groups) = (BTreeSet::new(), BTreeSet::new());
    for _ in 0..SWEEPS {
        let mut new = descendants(spared)?;
        new.retain(|found| groups.insert(found.group) | (found.alive && stopped.insert(found.pid)));
        if new.is_empty() {
            break;
        }
        for Found { pid, group, .. } in new {
            signal(pid, Signal::STOP);
            // Runners, and what has not left their group yet, are in this process's.
            if let Some(group) = Pid::from_raw(group).filter(|_| group != sys::own_group()) {
                let _ = kill_process_group(group, Signal::STOP);
            }
        }
    }
    Ok(stopped)
}

/// Stops every descendant of this process that runs, except `spared`. Returns those it has stopped; none when there are always
/// new ones.
pub(crate) fn freeze(spared: &BTreeSet<i32>) -> Option<BTreeSet<i32>> {
    let mut stopped = BTreeSet::new();
    for _ in 0..FREEZES {
        let all = descendants(&BTreeSet::new()).ok()?;
        let runs = |found: &&Found| found.alive && !found.stopped && !spared.contains(&found.pid);
        let mut new = false;
        for found in all.iter().filter(runs) {
            // One that was told already needs a moment to obey.
            new |= stopped.insert(found.pid);
            signal(found.pid, Signal::STOP);
        }
        if !new && all.iter().filter(runs).count() == 0 {
            return Some(stopped);
        }
        rustix::thread::sched_yield();
        std::thread::sleep(Duration::from_micros(100));
    }
    thaw(&stopped);
    None
}

/// Lets processes go on.
pub(crate) fn thaw(stopped: &BTreeSet<i32>) {
    for pid in stopped {
        signal(*pid, Signal::CONT);
    }
}

/// Signals every descendant of this process except `spared`, whose own descendants are not spared.
pub(crate) fn signal_descendants(spared: Option<Pid>, with: Signal) {
    for found in descendants(&BTreeSet::new()).unwrap_or_default() {
        if found.alive && Pid::from_raw(found.pid) != spared {
            signal(found.pid, with);
        }
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

fn signal(pid: i32, signal: Signal) {
    if let Some(pid) = Pid::from_raw(pid) {
        // One that is gone already needs no signal.
        let _ = kill_process(pid, signal);
    }
}

/// A descendant, and the group it is in.
struct Found {
    pid: i32,
    group: i32,
    /// It is no zombie.
    alive: bool,
    /// A signal has stopped it.
    stopped: bool,
}

/// Returns the descendants of this process, without `spared` and theirs.
fn descendants(spared: &BTreeSet<i32>) -> std::io::Result<Vec<Found>> {
    let mut children: BTreeMap<i32, Vec<Found>> = BTreeMap::new();
    let processes = fs::read_dir("/proc")?;
    for pid in processes.flatten().filter_map(|entry| entry.file_name().to_str()?.parse().ok()) {
        let stat = fs::read(format!("/proc/{pid}/stat")).ok();
        if let Some((parent, found)) = stat.and_then(|stat| parse_stat(pid, &stat)) {
            children.entry(parent).or_default().push(found);
        }
    }
    let mut found = Vec::new();
    let mut open = vec![rustix::process::getpid().as_raw_nonzero().get()];
    while let Some(parent) = open.pop() {
        for child in children.remove(&parent).unwrap_or_default() {
            if !spared.contains(&child.pid) {
                open.push(child.pid);
                found.push(child);
            }
        }
    }
    Ok(found)
}

/// Reads the parent and the rest from a line of `/proc/PID/stat`: `pid (name) state ppid pgrp …`; the name may hold
/// anything.
fn parse_stat(pid: i32, stat: &[u8]) -> Option<(i32, Found)> {
    let after_name = stat.iter().rposition(|byte| *byte == b')')? + 1;
    let mut fields = std::str::from_utf8(stat.get(after_name..)?).ok()?.split_ascii_whitespace();
    let state = fields.next()?;
    let (alive, stopped) = (!matches!(state, "Z" | "X" | "x"), matches!(state, "T" | "t"));
    let parent = fields.next()?.parse().ok()?;
    Some((parent, Found { pid, group: fields.next()?.parse().ok()?, alive, stopped }))
}

#[cfg(test)]
mod tests {
    use super::parse_stat;

    #[test]
    fn hostile_names_do_not_confuse() {
        let parse = |stat: &[u8]| {
            parse_stat(7, stat).map(|(parent, found)| (parent, found.pid, found.group, found.alive))
        };
        assert_eq!(parse(b"7 (bash) S 3 8 7 0 -1"), Some((3, 7, 8, true)));
        assert_eq!(parse(b"7 (a) R 1 (b) S 3 8"), Some((3, 7, 8, true)));
        assert_eq!(parse(b"7 (\xff) S 3 8"), Some((3, 7, 8, true)));
        assert_eq!(parse(b"7 (gone) Z 3 8"), Some((3, 7, 8, false)));
        assert_eq!(parse(b"7 (short) S 3"), None);
        assert_eq!(parse(b""), None);
    }
}

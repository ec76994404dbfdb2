//! The memory of all processes of a sandbox together, where no control group can bound it.

use std::fs;

use rustix::process::{Pid, Signal, kill_process};

use super::Excess;

/// A process of the sandbox.
struct Member {
    pid: Pid,
    bytes: u64,
}

/// Looks how much memory the descendants of process 1 take. When it is more than `limit`, kills the largest, and more until
/// the rest would do.
pub(super) fn look(process_1: Pid, limit: u64) -> (u64, Option<Excess>) {
    // Pages that several share are counted for each: an upper bound, and cheap to have.
    let members =
        members(process_1, |pid| sum(&format!("/proc/{pid}/status"), &["RssAnon:", "RssShmem:", "VmSwap:"]));
    let most = total(&members);
    if most <= limit {
        return (most, None);
    }
    let mut members =
        members.into_iter().map(|Member { pid, .. }| Member { pid, bytes: share(pid) }).collect::<Vec<_>>();
    let taken = total(&members);
    if taken <= limit {
        return (most, None);
    }
    members.sort_by_key(|member| std::cmp::Reverse(member.bytes));
    let own = program("self");
    let mut left = taken;
    for Member { pid, bytes } in members {
        if left <= limit {
            break;
        }
        // What attends to operations is a copy of this program, and no more than a copy.
        let is_runner = own.is_some() && program(&pid.to_string()) == own;
        if !is_runner && kill_process(pid, Signal::KILL).is_ok() {
            left = left.saturating_sub(bytes);
        }
    }
    (most, Some(Excess { what: "memory", amount: taken }))
}

/// Which file a process is executed from. Its name would not do: a workload can give the same to a program of its own.
fn program(process: &str) -> Option<(u64, u64)> {
    let found = rustix::fs::stat(format!("/proc/{process}/exe")).ok()?;
    Some((found.st_dev, found.st_ino))
}

/// The private memory of a process and its share of what it has in common with others.
fn share(pid: Pid) -> u64 {
    let rollup = format!("/proc/{pid}/smaps_rollup");
    // Files that are mapped cost nothing that could not be had back.
    sum(&rollup, &["Pss_Anon:", "Pss_Shmem:", "SwapPss:"])
}

fn total(members: &[Member]) -> u64 {
    members.iter().fold(0, |sum, member| sum.saturating_add(member.bytes))
}

/// Adds up fields of a file of `/proc`, given in KiB. Of a process that is gone there is nothing.
fn sum(file: &str, fields: &[&str]) -> u64 {
    let Ok(text) = fs::read_to_string(file) else { return 0 };
    let values = text.lines().filter_map(|line| {
        let (field, value) = line.split_once(char::is_whitespace)?;
        let value = value.trim_start().split(' ').next()?;
        fields.contains(&field).then(|| value.parse::<u64>().ok())?
    });
    values.fold(0, |sum, kib| sum.saturating_add(kib.saturating_mul(1024)))
}

fn members(process_1: Pid, bytes: impl Fn(Pid) -> u64) -> Vec<Member> {
    descendants(process_1).into_iter().map(|pid| Member { pid, bytes: bytes(pid) }).collect()
}

/// Returns all descendants of process 1.
pub(crate) fn descendants(process_1: Pid) -> Vec<Pid> {
    let (mut found, mut open) = (Vec::new(), children(process_1));
    while let Some(pid) = open.pop() {
        open.extend(children(pid));
        found.push(pid);
    }
    found
}

/// Returns the children of all threads of a process.
pub(super) fn children(parent: Pid) -> Vec<Pid> {
    let Ok(threads) = fs::read_dir(format!("/proc/{parent}/task")) else { return Vec::new() };
    let mut found = Vec::new();
    for thread in threads.flatten() {
        match fs::read_to_string(thread.path().join("children")) {
            Ok(list) => {
                let pids = list.split_ascii_whitespace().filter_map(|pid| pid.parse().ok());
                found.extend(pids.filter_map(Pid::from_raw));
            }
            // A kernel without CONFIG_PROC_CHILDREN, or a process that has just ended.
            Err(_) => return children_by_search(parent),
        }
    }
    found
}

fn children_by_search(parent: Pid) -> Vec<Pid> {
    let Ok(processes) = fs::read_dir("/proc") else { return Vec::new() };
    let is_child = |pid: &i32| {
        let Ok(stat) = fs::read_to_string(format!("/proc/{pid}/stat")) else { return false };
        let parent_of = stat.rsplit_once(')').and_then(|(_, rest)| rest.split_ascii_whitespace().nth(1));
        parent_of.and_then(|pid| pid.parse().ok()) == Some(parent.as_raw_nonzero().get())
    };
    let pids = processes.flatten().filter_map(|entry| entry.file_name().to_str()?.parse().ok());
    pids.filter(is_child).filter_map(Pid::from_raw).collect()
}

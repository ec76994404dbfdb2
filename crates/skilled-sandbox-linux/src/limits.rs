//! What can bound a sandbox on this machine, and what to do about each limit.
//!
//! Control groups of version 2 come first, then those of version 1, then limits of processes and a watch kept by the
//! launcher. Everything here only reads; the launcher makes what is planned.

mod groups;

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use skilled_sandbox::{Enforced, Enforcement, Error, Limit, LimitHits, Mechanism, ResourceLimits};
use skilled_supervisor::{Containment, Group, HITS, Identity, Rlimit, Setting, Watch};

use crate::control::Control;
use crate::plan::Scratch;
use groups::Hierarchies;

/// What must stay free of the disk that the session is on.
const FLOOR: u64 = 256 * 1024 * 1024;
/// Processes that the supervisor may have besides those of the workload.
const RESERVE: u64 = 128;
/// Queued signals and timers, and bytes of message queues, of a sandbox. They are counted for the host's user, too.
const PENDING_SIGNALS: u64 = 4096;
const MESSAGE_QUEUES: u64 = 256 * 1024;
/// The period in which processor time is counted out, in microseconds.
const PERIOD: u64 = 100_000;
/// The least quota that the kernel takes, in microseconds.
const LEAST_QUOTA: u64 = 1000;
/// The longest file of hits that is read, in bytes.
const LONGEST_HITS: usize = 1024 * 1024;

/// How often, and how far apart, it is tried to remove a group whose last process is about to end.
const REMOVALS: usize = 1000;
const LOOK: Duration = Duration::from_millis(2);

/// How one would have a control group.
const DELEGATE: &str = "run skilled as root, or in a control group of its own \
                        (`systemd-run --user --scope -p Delegate=yes skilled …`)";

/// What is planned for one sandbox.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Planned {
    pub(crate) containment: Containment,
    pub(crate) enforced: Enforced,
    pub(crate) scratch: Scratch,
}

/// Says how each of `asked` would be enforced for sandboxes of this process, and what to do about those that would not.
pub fn probe(asked: &ResourceLimits) -> Enforced {
    plan(asked, &crate::identity::identity(), "/", "probe", &Hierarchies::of_this_process()).enforced
}

/// Plans the limits of a sandbox whose session is in `session`, for `identity`; its groups are called `name`.
///
/// # Errors
/// [`Error::Unenforceable`] when what is required does not hold.
pub(crate) fn demand(
    asked: &ResourceLimits,
    identity: &Identity,
    session: &str,
    name: &str,
) -> Result<Planned, Error> {
    let planned = plan(asked, identity, session, name, &Hierarchies::of_this_process());
    check(asked, &planned.enforced)?;
    Ok(planned)
}

/// What holds without isolation: nothing.
///
/// # Errors
/// [`Error::Unenforceable`] when anything is required.
pub(crate) fn without_isolation(asked: &ResourceLimits) -> Result<Enforced, Error> {
    let mut enforced = Enforced::default();
    for limit in Limit::ALL.into_iter().filter(|limit| asked.value(*limit).is_some()) {
        let reason = "without isolation nothing is limited".to_owned();
        let remedy = "use the `linux` sandbox".to_owned();
        enforced.set(limit, Enforcement::NotEnforced { reason, remedy });
    }
    check(asked, &enforced)?;
    Ok(enforced)
}

fn check(asked: &ResourceLimits, enforced: &Enforced) -> Result<(), Error> {
    for limit in &asked.required {
        let (reason, remedy) = match enforced.get(*limit) {
            Enforcement::By(_) => continue,
            Enforcement::NotAsked => ("no value was given".to_owned(), "give one".to_owned()),
            Enforcement::NotEnforced { reason, remedy } => (reason.clone(), remedy.clone()),
        };
        return Err(Error::Unenforceable { limit: *limit, reason, remedy });
    }
    Ok(())
}

fn plan(
    asked: &ResourceLimits,
    identity: &Identity,
    session: &str,
    name: &str,
    hierarchies: &Hierarchies,
) -> Planned {
    let mut made = Making { name, hierarchies, groups: BTreeMap::new(), enforced: Enforced::default() };
    let mut rlimits =
        vec![(Rlimit::PendingSignals, PENDING_SIGNALS), (Rlimit::MessageQueues, MESSAGE_QUEUES)];
    let memory = made.memory(asked.memory);
    let watched = asked.memory.filter(|_| memory.is_none());
    rlimits.extend(watched.map(|bytes| (Rlimit::Data, bytes)));
    // Root's own processes are exempt (setrlimit(2)).
    let counted = asked.processes.filter(|_| identity.outside_uid != 0).map(u64::from);
    rlimits.extend(counted.map(|processes| (Rlimit::Processes, processes)));
    made.processes(asked.processes, counted.is_some());
    made.processor(asked.cpu);
    for (limit, rlimit) in [(Limit::FileSize, Rlimit::FileSize), (Limit::OpenFiles, Rlimit::OpenFiles)] {
        rlimits.extend(asked.value(limit).map(|value| (rlimit, value)));
        made.say(limit, asked.value(limit), vec![Mechanism::Rlimit]);
    }
    made.say(Limit::Tmp, asked.tmp, vec![Mechanism::Filesystem]);
    made.say(Limit::Disk, asked.disk, vec![Mechanism::Watch]);
    made.say(Limit::Entries, asked.entries, vec![Mechanism::Watch]);
    let watch = Watch {
        folders: ["workspace", "outputs", "skills-changes/upper"]
            .map(|name| format!("{session}/{name}"))
            .into(),
        bytes: asked.disk,
        entries: asked.entries,
        floor: FLOOR,
        memory: watched,
    };
    let watch = (asked.disk.is_some() || asked.entries.is_some() || watched.is_some()).then_some(watch);
    let Making { groups, enforced, .. } = made;
    let scratch = Scratch::of(asked);
    let groups = groups.into_values().collect();
    Planned { containment: Containment { groups, rlimits, ipc: scratch.ipc(), watch }, enforced, scratch }
}

/// A plan in the making.
struct Making<'a> {
    name: &'a str,
    hierarchies: &'a Hierarchies,
    groups: BTreeMap<PathBuf, Group>,
    enforced: Enforced,
}

impl Making<'_> {
    /// Says that `limit`, if it was asked for, is enforced by `mechanisms`.
    fn say(&mut self, limit: Limit, asked: Option<u64>, mechanisms: Vec<Mechanism>) {
        let enforcement = if asked.is_some() { Enforcement::By(mechanisms) } else { Enforcement::NotAsked };
        self.enforced.set(limit, enforcement);
    }

    /// Sets a controller, where a group of its can be made. Returns by what.
    fn group(&mut self, controller: &str, v2: Vec<Setting>, v1: Vec<Setting>) -> Option<Mechanism> {
        let parent = self.hierarchies.parent(controller)?;
        let path = parent.folder.join(self.name);
        let text = path.to_str()?.to_owned();
        let unified = parent.unified;
        let new = || Group { path: text, unified, settings: Vec::new(), deferred: false };
        self.groups.entry(path).or_insert_with(new).settings.extend(if unified { v2 } else { v1 });
        Some(if unified { Mechanism::CgroupV2 } else { Mechanism::CgroupV1 })
    }

    fn memory(&mut self, asked: Option<u64>) -> Option<Mechanism> {
        let found = asked.and_then(|bytes| {
            // No swap: it would only make a bomb slower.
            let v2 = vec![set("memory.max", bytes), Setting { optional: true, ..set("memory.swap.max", 0) }];
            let swap = Setting { optional: true, ..set("memory.memsw.limit_in_bytes", bytes) };
            self.group("memory", v2, vec![set("memory.limit_in_bytes", bytes), swap])
        });
        let otherwise = vec![Mechanism::Watch, Mechanism::Rlimit];
        self.say(Limit::Memory, asked, found.map_or(otherwise, |found| vec![found]));
        found
    }

    /// The limit of processes leaves the supervisor free, so that it comes first; the group is behind it.
    fn processes(&mut self, asked: Option<u32>, counted: bool) {
        let Some(processes) = asked.map(u64::from) else {
            return self.say(Limit::Processes, None, Vec::new());
        };
        let settings = vec![set("pids.max", processes.saturating_add(RESERVE))];
        let group = self.group("pids", settings.clone(), settings);
        let mechanisms: Vec<_> = counted.then_some(Mechanism::Rlimit).into_iter().chain(group).collect();
        if mechanisms.is_empty() {
            let reason = "root's processes are not counted, and no control group for them can be made here";
            self.enforced.set(Limit::Processes, not_enforced(reason));
        } else {
            self.say(Limit::Processes, asked.map(u64::from), mechanisms);
        }
    }

    /// Even without a quota a group is worth having: sandboxes share the processors evenly then, however many processes each
    /// has.
    fn processor(&mut self, asked: Option<u32>) {
        let quota = asked.map(|thousandths| (u64::from(thousandths) * (PERIOD / 1000)).max(LEAST_QUOTA));
        let v2 = quota.map(|quota| Setting { value: format!("{quota} {PERIOD}"), ..set("cpu.max", 0) });
        let v1 = quota.map(|quota| [set("cpu.cfs_period_us", PERIOD), set("cpu.cfs_quota_us", quota)]);
        let group = self.group("cpu", v2.into_iter().collect(), v1.into_iter().flatten().collect());
        // Moving a process between groups of version 1 takes the kernel half a millisecond for this controller.
        for group in self.groups.values_mut() {
            group.deferred = !group.unified && group.settings.is_empty();
        }
        match (group, quota) {
            (Some(group), _) => self.say(Limit::Cpu, quota, vec![group]),
            (None, Some(_)) => {
                self.enforced
                    .set(Limit::Cpu, not_enforced("no control group for processor time can be made here"));
            }
            (None, None) => self.say(Limit::Cpu, None, Vec::new()),
        }
    }
}

fn not_enforced(reason: &str) -> Enforcement {
    Enforcement::NotEnforced { reason: reason.to_owned(), remedy: DELEGATE.to_owned() }
}

fn set(file: &str, value: u64) -> Setting {
    Setting { file: file.to_owned(), value: value.to_string(), optional: false }
}

/// Returns how often limits were hit: what its groups say, as long as they are there, and what the launcher has noted.
pub(crate) fn hits(groups: &[PathBuf], control: &Control) -> LimitHits {
    let mut hits = LimitHits::default();
    let mut add = |limit: Limit, times: u64| {
        if times > 0 {
            *hits.0.entry(limit).or_default() += times;
        }
    };
    for group in groups {
        let kills = ["memory.events", "memory.oom_control"].map(|file| count(&group.join(file), "oom_kill"));
        add(Limit::Memory, kills.into_iter().sum());
        add(Limit::Processes, count(&group.join("pids.events"), "max"));
    }
    for line in control.note(HITS, LONGEST_HITS).lines() {
        match line.split_once(' ') {
            Some(("bytes" | "floor", _)) => add(Limit::Disk, 1),
            Some(("entries", _)) => add(Limit::Entries, 1),
            Some(("memory", _)) => add(Limit::Memory, 1),
            Some(("kills", times)) => add(Limit::Memory, times.parse().unwrap_or(1)),
            // A build that notes more is understood as far as it goes.
            Some(_) | None => {}
        }
    }
    hits
}

/// Reads a counter from a file of lines `NAME NUMBER`.
fn count(file: &Path, name: &str) -> u64 {
    let text = fs::read_to_string(file).unwrap_or_default();
    let mut lines = text.lines().filter_map(|line| line.split_once(' '));
    lines.find_map(|(found, value)| (found == name).then(|| value.parse().ok())?).unwrap_or_default()
}

/// Removes the groups of a sandbox that has ended, should its launcher have been killed before it could. Usually they are
/// long gone; one that holds a process for too long stays.
pub(crate) async fn remove(groups: &[PathBuf]) {
    for group in groups {
        for _ in 0..REMOVALS {
            match fs::remove_dir(group) {
                Err(error) if error.kind() == io::ErrorKind::ResourceBusy => tokio::time::sleep(LOOK).await,
                Ok(()) | Err(_) => break,
            }
        }
    }
}

#[cfg(test)]
mod tests;

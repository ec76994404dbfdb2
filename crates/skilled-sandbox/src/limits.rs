//! How much of the machine a sandbox may take, and what sees to it.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use serde::{Deserialize, Serialize};

/// Bounds of a whole sandbox. None is no bound but the machine's own.
///
/// What a machine can enforce differs: [`Enforced`] says what holds, and [`ResourceLimits::required`] what must.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct ResourceLimits {
    /// Memory of all processes together, in bytes.
    pub memory: Option<u64>,
    /// Processes and threads.
    pub processes: Option<u32>,
    /// Processor time, in thousandths of one processor: 1500 is one and a half.
    pub cpu: Option<u32>,
    /// What the workspace, the outputs and the changes to skills take on the disk, in bytes.
    pub disk: Option<u64>,
    /// How many files and folders those hold.
    pub entries: Option<u64>,
    /// What `/tmp` holds, in bytes, and `/dev/shm` as much again. Both are memory: where all memory is bounded, neither gets
    /// more than a quarter of it.
    pub tmp: Option<u64>,
    /// The longest file that can be written, in bytes.
    pub file: Option<u64>,
    /// Open files of each process; the host's own limit where that is lower.
    pub open_files: Option<u64>,
    /// What must be enforced: where it cannot be, no sandbox is made.
    pub required: BTreeSet<Limit>,
}

impl Default for ResourceLimits {
    /// Enough for an office suite that recalculates a large workbook, with all processors.
    fn default() -> Self {
        const MIB: u64 = 1024 * 1024;
        Self {
            memory: Some(4096 * MIB),
            processes: Some(512),
            cpu: None,
            disk: Some(8192 * MIB),
            entries: Some(500_000),
            tmp: Some(512 * MIB),
            file: Some(2048 * MIB),
            open_files: Some(4096),
            required: BTreeSet::new(),
        }
    }
}

impl ResourceLimits {
    /// Returns the value of a limit, if there is one, in its own unit.
    pub fn value(&self, limit: Limit) -> Option<u64> {
        match limit {
            Limit::Memory => self.memory,
            Limit::Processes => self.processes.map(u64::from),
            Limit::Cpu => self.cpu.map(u64::from),
            Limit::Disk => self.disk,
            Limit::Entries => self.entries,
            Limit::Tmp => self.tmp,
            Limit::FileSize => self.file,
            Limit::OpenFiles => self.open_files,
        }
    }
}

/// A kind of limit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Limit {
    /// Memory of all processes together.
    Memory,
    /// Processes and threads.
    Processes,
    /// Processor time.
    Cpu,
    /// Bytes on the disk.
    Disk,
    /// Files and folders on the disk.
    Entries,
    /// Bytes in `/tmp` and `/dev/shm`.
    Tmp,
    /// The length of a file.
    FileSize,
    /// Open files of a process.
    OpenFiles,
}

impl Limit {
    /// All of them.
    pub const ALL: [Self; 8] = [
        Self::Memory,
        Self::Processes,
        Self::Cpu,
        Self::Disk,
        Self::Entries,
        Self::Tmp,
        Self::FileSize,
        Self::OpenFiles,
    ];
}

impl fmt::Display for Limit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Memory => "memory",
            Self::Processes => "processes",
            Self::Cpu => "processor time",
            Self::Disk => "disk",
            Self::Entries => "files",
            Self::Tmp => "/tmp",
            Self::FileSize => "file size",
            Self::OpenFiles => "open files",
        })
    }
}

/// What enforces a limit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Mechanism {
    /// A control group, version 2: the kernel refuses more, or ends a process, at once.
    CgroupV2,
    /// A control group, version 1: likewise.
    CgroupV1,
    /// A limit of processes (`setrlimit(2)`): of each one alone; only processes are counted together.
    Rlimit,
    /// The size of a file system in memory.
    Filesystem,
    /// Somebody looks several times a second, and ends what has taken too much. What is taken between two looks is not
    /// prevented.
    Watch,
}

impl fmt::Display for Mechanism {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::CgroupV2 => "cgroup v2",
            Self::CgroupV1 => "cgroup v1",
            Self::Rlimit => "rlimit",
            Self::Filesystem => "file system size",
            Self::Watch => "watched",
        })
    }
}

/// How one limit is enforced.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Enforcement {
    /// By these, the strictest first.
    By(Vec<Mechanism>),
    /// It was not asked for.
    NotAsked,
    /// It was asked for, and does not hold.
    NotEnforced {
        /// Why.
        reason: String,
        /// What to do about it.
        remedy: String,
    },
}

/// How each limit of a sandbox is enforced.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Enforced(BTreeMap<Limit, Enforcement>);

impl Enforced {
    /// Says how `limit` is enforced.
    pub fn set(&mut self, limit: Limit, enforcement: Enforcement) {
        self.0.insert(limit, enforcement);
    }

    /// Returns how `limit` is enforced. Of what was never said, that it was not asked for.
    pub fn get(&self, limit: Limit) -> &Enforcement {
        self.0.get(&limit).unwrap_or(&Enforcement::NotAsked)
    }

    /// Returns all that was said, in the order of [`Limit::ALL`].
    pub fn iter(&self) -> impl Iterator<Item = (Limit, &Enforcement)> {
        self.0.iter().map(|(limit, enforcement)| (*limit, enforcement))
    }

    /// Whether `limit` holds.
    pub fn holds(&self, limit: Limit) -> bool {
        matches!(self.get(limit), Enforcement::By(mechanisms) if !mechanisms.is_empty())
    }
}

/// How often a sandbox has run into its limits so far, as far as is known. A limit that only refuses (such as that of open
/// files) tells the workload alone.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct LimitHits(pub BTreeMap<Limit, u64>);

impl LimitHits {
    /// Returns the limits that were hit more often than `before`: what to say of work that was done in between.
    pub fn since(&self, before: &Self) -> Vec<Limit> {
        let more = |(limit, times): &(&Limit, &u64)| *times > before.0.get(limit).unwrap_or(&0);
        self.0.iter().filter(more).map(|(limit, _)| *limit).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hits_are_compared_with_those_before() {
        let hits = |list: &[(Limit, u64)]| LimitHits(list.iter().copied().collect());
        let before = hits(&[(Limit::Memory, 1), (Limit::Disk, 2)]);
        let after = hits(&[(Limit::Memory, 1), (Limit::Disk, 3), (Limit::Processes, 1)]);
        assert_eq!(after.since(&before), [Limit::Processes, Limit::Disk]);
        assert_eq!(before.since(&before), []);
    }

    #[test]
    fn only_what_has_a_mechanism_holds() {
        let mut enforced = Enforced::default();
        assert!(!enforced.holds(Limit::Cpu));
        enforced.set(Limit::Cpu, Enforcement::NotEnforced { reason: "a".into(), remedy: "b".into() });
        assert!(!enforced.holds(Limit::Cpu));
        enforced.set(Limit::Cpu, Enforcement::By(vec![Mechanism::CgroupV1]));
        assert!(enforced.holds(Limit::Cpu));
    }

    #[test]
    fn defaults_bound_everything_but_the_processors() {
        let limits = ResourceLimits::default();
        let unbounded: Vec<_> =
            Limit::ALL.into_iter().filter(|limit| limits.value(*limit).is_none()).collect();
        assert_eq!(unbounded, [Limit::Cpu]);
    }
}

//! What a probe found, as data.

use std::borrow::Cow;
use std::fmt;

use serde::{Serialize, Serializer};
use skilled_sandbox::Limit;

/// Everything that was found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Report {
    /// The probe ran as root.
    pub root: bool,
    /// By layer, the order of [`Layer`].
    pub findings: Vec<Finding>,
    /// Whether a sandbox can be made.
    pub verdict: Verdict,
}

/// What was found of one layer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// Which.
    pub layer: Layer,
    /// Whether it holds.
    pub state: State,
    /// How, or why not.
    pub detail: String,
    /// How to get it, where it is missing.
    pub remedy: Option<String>,
}

/// Whether a layer holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum State {
    /// It was tried and holds, or is there.
    Enforced,
    /// It was tried and does not, or is not there.
    Missing,
    /// Nothing depends on it: for information.
    NotNeeded,
    /// It could not be tried.
    Unknown,
}

/// Whether a sandbox can be made.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case", tag = "default_sandbox")]
pub enum Verdict {
    /// One was made, and `true` ran in it.
    Works {
        /// How long it took to make it, in microseconds.
        create_us: u64,
        /// How long `true` took in it, in microseconds.
        run_us: u64,
    },
    /// None could be made, or nothing ran in it.
    Fails {
        /// Why.
        reason: String,
        /// What to do about it.
        remedy: Option<String>,
    },
}

/// What protects, bounds or is used. The names of [`Layer::name`] stay.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Layer {
    /// Linux new enough for all that follows.
    Kernel,
    /// Namespaces of users, mounts, processes, network, IPC, names and control groups.
    UserNamespaces,
    /// Mounts as they are taken since Linux 5.12.
    MountApi,
    /// A process table of its own.
    Proc,
    /// A copy-on-write view of the skills.
    Overlay,
    /// No capability, and no way to gain one.
    Privileges,
    /// Filtered system calls.
    Seccomp,
    /// No network but its own loopback.
    Network,
    /// Pseudo-terminals of its own.
    Terminals,
    /// A limit.
    Limit(Limit),
    /// Access rules that workloads may give themselves.
    Landlock,
    /// File systems made by ordinary processes.
    Fuse,
    /// Network devices made by ordinary processes.
    Tun,
    /// Virtual machines.
    Kvm,
    /// The Python environment of skills.
    Python,
    /// A program that skills use.
    Tool(&'static str),
    /// The data folder.
    Data,
    /// Free space there.
    Space,
}

impl Layer {
    /// Returns the name by which reports and policies call it.
    pub fn name(self) -> Cow<'static, str> {
        Cow::Borrowed(match self {
            Self::Kernel => "kernel",
            Self::UserNamespaces => "user_namespaces",
            Self::MountApi => "mount_api",
            Self::Proc => "proc",
            Self::Overlay => "overlay",
            Self::Privileges => "privileges",
            Self::Seccomp => "seccomp",
            Self::Network => "network",
            Self::Terminals => "terminals",
            Self::Limit(Limit::Memory) => "limit_memory",
            Self::Limit(Limit::Processes) => "limit_processes",
            Self::Limit(Limit::Cpu) => "limit_cpu",
            Self::Limit(Limit::Disk) => "limit_disk",
            Self::Limit(Limit::Entries) => "limit_entries",
            Self::Limit(Limit::Tmp) => "limit_tmp",
            Self::Limit(Limit::FileSize) => "limit_file_size",
            Self::Limit(Limit::OpenFiles) => "limit_open_files",
            Self::Landlock => "landlock",
            Self::Fuse => "fuse",
            Self::Tun => "tun",
            Self::Kvm => "kvm",
            Self::Python => "python",
            Self::Tool(program) => return Cow::Owned(format!("tool_{program}")),
            Self::Data => "data",
            Self::Space => "space",
        })
    }
}

impl fmt::Display for Layer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.name())
    }
}

impl Serialize for Layer {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.name())
    }
}

impl Finding {
    pub(super) fn enforced(layer: Layer, detail: impl Into<String>) -> Self {
        Self { layer, state: State::Enforced, detail: detail.into(), remedy: None }
    }

    pub(super) fn missing(layer: Layer, detail: impl Into<String>, remedy: impl Into<String>) -> Self {
        let remedy = Some(remedy.into()).filter(|remedy| !remedy.is_empty());
        Self { layer, state: State::Missing, detail: detail.into(), remedy }
    }

    pub(super) fn not_needed(layer: Layer, detail: impl Into<String>) -> Self {
        Self { layer, state: State::NotNeeded, detail: detail.into(), remedy: None }
    }

    pub(super) fn unknown(layer: Layer, detail: impl Into<String>) -> Self {
        Self { layer, state: State::Unknown, detail: detail.into(), remedy: None }
    }
}

impl Report {
    /// Returns what was found of a layer.
    pub fn get(&self, layer: Layer) -> Option<&Finding> {
        self.findings.iter().find(|finding| finding.layer == layer)
    }

    /// Returns those of `demanded` that this machine was not seen to enforce: a policy that demands one of them must be
    /// refused.
    pub fn lacks(&self, demanded: &[Layer]) -> Vec<Layer> {
        let holds = |layer: Layer| self.get(layer).is_some_and(|found| found.state == State::Enforced);
        demanded.iter().copied().filter(|layer| !holds(*layer)).collect()
    }

    /// Whether the default sandbox can be made.
    pub const fn works(&self) -> bool {
        matches!(self.verdict, Verdict::Works { .. })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_was_seen_to_hold_meets_a_demand() {
        let findings = vec![
            Finding::enforced(Layer::Seccomp, "a"),
            Finding::missing(Layer::Limit(Limit::Cpu), "b", "c"),
            Finding::not_needed(Layer::Kvm, "d"),
            Finding::unknown(Layer::Network, "e"),
        ];
        let verdict = Verdict::Works { create_us: 1, run_us: 1 };
        let report = Report { root: false, findings, verdict };
        let demanded = [
            Layer::Seccomp,
            Layer::Limit(Limit::Cpu),
            Layer::Kvm,
            Layer::Network,
            Layer::Limit(Limit::Memory),
        ];
        assert_eq!(report.lacks(&demanded), demanded[1..]);
    }

    #[test]
    fn names_are_told_apart() {
        let limits = Limit::ALL.map(|limit| Layer::Limit(limit).name());
        let names: std::collections::BTreeSet<_> = limits.iter().collect();
        assert_eq!(names.len(), Limit::ALL.len());
    }
}

//! The machine that was measured.

use std::fmt;
use std::fs;
use std::process::Command;

use anyhow::Result;

use crate::shell;

/// What one must know of a machine to compare its numbers.
pub(crate) struct Machine {
    date: String,
    cores: usize,
    processor: String,
    kernel: String,
    /// Average number of running processes in the last minute, before the benches ran.
    load: String,
    user: &'static str,
    peer: String,
}

impl Machine {
    /// Looks at the machine; `peer` is what is measured beside, with its version.
    pub(crate) fn look(peer: &str) -> Result<Self> {
        let cpus = fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
        let model = cpus.lines().find_map(|line| line.strip_prefix("model name")?.split_once(':'));
        let first_word = |path: &str| {
            let text = fs::read_to_string(path).unwrap_or_default();
            text.split_whitespace().next().unwrap_or("unknown").to_owned()
        };
        let is_root = shell::read(Command::new("id").arg("-u"))? == "0";
        Ok(Self {
            date: shell::read(Command::new("date").args(["-u", "+%Y-%m-%d"]))?,
            cores: std::thread::available_parallelism().map_or(1, usize::from),
            processor: model.map_or("unknown", |(_, name)| name.trim()).to_owned(),
            kernel: first_word("/proc/sys/kernel/osrelease"),
            load: first_word("/proc/loadavg"),
            user: if is_root { "root" } else { "an ordinary user" },
            peer: peer.to_owned(),
        })
    }
}

impl fmt::Display for Machine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { date, cores, processor, kernel, load, user, peer } = self;
        write!(
            f,
            "{date}; {cores} × {processor}; Linux {kernel}; {peer}; as {user}; load before the first round {load}"
        )
    }
}

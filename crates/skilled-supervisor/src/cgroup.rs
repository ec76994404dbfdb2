//! Control groups of one sandbox: made, filled and removed by the launcher.
//!
//! Which groups there are and what they are set to is the host's business. The launcher stays outside of them, and outlives
//! process 1: whoever kills the sandbox, or the host, leaves no group behind.

use std::collections::BTreeSet;
use std::fs;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::time::Duration;

use rustix::fs::{Mode, OFlags};
use rustix::io::Errno;
use rustix::process::Pid;
use skilled_supervisor::{Failure, GROUP_PREFIX, Group, Stage};

use crate::{InStep as _, watch};

/// How often, two milliseconds apart, it is tried to remove a group that the kernel still thinks is used.
const ATTEMPTS: usize = 500;

/// How often it is looked for processes that are outside of a group still.
const LOOKS: usize = 20;

/// Groups that are younger than this, compared with others, are not taken for forgotten; in milliseconds.
const YOUNG: u64 = 10_000;

/// The groups that were made so far. Dropped, they are removed, should they be empty.
pub(crate) struct Groups<'a> {
    planned: &'a [Group],
    made: Vec<&'a Group>,
    birthplace: Option<OwnedFd>,
}

impl<'a> Groups<'a> {
    /// Makes the group that process 1 is born in, if there is one (version 2).
    pub(crate) fn begin(planned: &'a [Group]) -> Result<Self, Failure> {
        let mut groups = Self { planned, made: Vec::new(), birthplace: None };
        if let Some(group) = planned.iter().find(|group| group.unified) {
            groups.make(group)?;
            let flags = OFlags::PATH | OFlags::DIRECTORY | OFlags::CLOEXEC;
            let folder = rustix::fs::open(&group.path, flags, Mode::empty());
            groups.birthplace = Some(folder.in_step(Stage::Limits, || format!("open {}", group.path))?);
        }
        Ok(groups)
    }

    /// Where process 1 is to be born.
    pub(crate) fn birthplace(&self) -> Option<BorrowedFd<'_>> {
        self.birthplace.as_ref().map(AsFd::as_fd)
    }

    /// Makes the other groups that limits depend on (version 1), and returns the doors by which process 1 [enters](enter) them.
    /// What it starts later is born there.
    pub(crate) fn prepare(&mut self) -> Result<Vec<OwnedFd>, Failure> {
        let mut doors = Vec::new();
        for group in self.planned.iter().filter(|group| !group.unified && !group.deferred) {
            self.make(group)?;
            let path = format!("{}/tasks", group.path);
            let door = rustix::fs::open(&path, OFlags::WRONLY | OFlags::CLOEXEC, Mode::empty());
            doors.push(door.in_step(Stage::Limits, || format!("open {path}"))?);
        }
        Ok(doors)
    }

    /// Makes the groups that can wait, and puts process 1 into them, with what it has started meanwhile.
    pub(crate) fn take_in_late(&mut self, process_1: Pid) {
        for group in self.planned.iter().filter(|group| !group.unified && group.deferred) {
            if self.make(group).is_ok() && put(process_1, group).is_ok() {
                gather(process_1, group);
            }
        }
    }

    /// Returns how many of its processes the kernel has killed for want of memory.
    pub(crate) fn kills(&self) -> u64 {
        let files = self.made.iter().flat_map(|group| {
            ["memory.events", "memory.oom_control"].map(|file| format!("{}/{file}", group.path))
        });
        let texts = files.filter_map(|file| fs::read_to_string(file).ok());
        let count = |text: String| {
            text.lines()
                .find_map(|line| line.strip_prefix("oom_kill ")?.parse::<u64>().ok())
                .unwrap_or_default()
        };
        texts.map(count).sum()
    }

    /// Removes groups beside these that belong to nobody: of sandboxes whose launcher was killed, and whose host never came
    /// back.
    ///
    /// A group is named after its launcher's process and the millisecond in which its sandbox was made. One that is hardly
    /// older than these is left alone: its launcher may live where this one cannot see it, and be about to fill it.
    pub(crate) fn sweep(&self) {
        for own in &self.made {
            let Some((parent, name)) = own.path.rsplit_once('/') else { continue };
            let Some((_, made)) = launcher_of(name) else { continue };
            for found in fs::read_dir(parent).into_iter().flatten().flatten() {
                let name = found.file_name();
                let stale = name.to_str().and_then(launcher_of).is_some_and(|(launcher, then)| {
                    then + YOUNG < made && rustix::process::test_kill_process(launcher) == Err(Errno::SRCH)
                });
                if stale {
                    // One with processes in it stays.
                    let _ = fs::remove_dir(found.path());
                }
            }
        }
    }

    fn make(&mut self, group: &'a Group) -> Result<(), Failure> {
        let path = &group.path;
        fs::create_dir(path).in_step(Stage::Limits, || format!("make the control group {path}"))?;
        self.made.push(group);
        for setting in &group.settings {
            let file = format!("{path}/{}", setting.file);
            match fs::write(&file, &setting.value) {
                Err(error) if setting.optional && error.kind() == std::io::ErrorKind::NotFound => {}
                written => written.in_step(Stage::Limits, || format!("write {} to {file}", setting.value))?,
            }
        }
        Ok(())
    }
}

impl Drop for Groups<'_> {
    fn drop(&mut self) {
        for group in self.made.drain(..) {
            for _ in 0..ATTEMPTS {
                match rustix::fs::rmdir(&group.path) {
                    // The last processes are gone, but not yet counted out.
                    Err(Errno::BUSY | Errno::INTR) => std::thread::sleep(Duration::from_millis(2)),
                    Ok(()) | Err(_) => break,
                }
            }
        }
    }
}

/// Puts this process, which has one thread, into groups of version 1, by doors that somebody with the right to it has opened.
///
/// Whoever moves another process keeps the whole machine from making processes and has to wait until all processors have
/// noticed, which takes many milliseconds where they are busy; a thread that moves itself does not (`cgroup_procs_write_start`
/// of the kernel, Linux 5.5).
pub(crate) fn enter(doors: &[OwnedFd]) -> Result<(), Errno> {
    doors.iter().try_for_each(|door| rustix::io::write(door, b"0").map(drop))
}

fn put(process: Pid, group: &Group) -> std::io::Result<()> {
    fs::write(format!("{}/cgroup.procs", group.path), process.to_string())
}

/// Puts everything that process 1, which is in the group already, has started into it. What a process starts before it is moved
/// stays outside, and is found by the next look.
fn gather(process_1: Pid, group: &Group) {
    for _ in 0..LOOKS {
        let inside = fs::read_to_string(format!("{}/cgroup.procs", group.path)).unwrap_or_default();
        let inside: BTreeSet<i32> = inside.lines().filter_map(|pid| pid.parse().ok()).collect();
        let mut outside = watch::descendants(process_1);
        outside.retain(|pid| !inside.contains(&pid.as_raw_nonzero().get()));
        if outside.is_empty() {
            return;
        }
        for descendant in outside {
            // It may have ended.
            let _ = put(descendant, group);
        }
    }
}

/// Reads the name of a group: its launcher, and when its sandbox was made.
fn launcher_of(name: &str) -> Option<(Pid, u64)> {
    let (pid, made) = name.strip_prefix(GROUP_PREFIX)?.split_once('-')?;
    Some((Pid::from_raw(pid.parse().ok().filter(|pid| *pid > 0)?)?, made.parse().ok()?))
}

#[cfg(test)]
mod tests {
    use super::launcher_of;

    #[test]
    fn only_own_names_are_understood() {
        let read = |name: &str| launcher_of(name).map(|(pid, made)| (pid.as_raw_nonzero().get(), made));
        assert_eq!(read("skilled-12-1795251061594"), Some((12, 1_795_251_061_594)));
        for other in
            ["skilled-12", "skilled--1", "skilled-0-1", "skilled--3-1", "other-12-1", "skilled-1-x", ""]
        {
            assert_eq!(read(other), None, "{other}");
        }
    }
}

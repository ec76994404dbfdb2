//! What the launcher does while it waits: it looks whether the sandbox takes more of the disk, or of the memory, than it may.
//!
//! It is outside of the sandbox and above it, so that nothing the workload does to its own processes or folders keeps it
//! from looking. What happens between two looks is not prevented, only ended: this is no wall, and is not called one.

mod disk;
mod memory;

use std::os::fd::OwnedFd;
use std::time::{Duration, Instant};

use rustix::event::{PollFd, PollFlags, poll};
use rustix::fs::{Mode, OFlags};
use rustix::process::{Pid, PidfdFlags, Signal, kill_process, pidfd_open};
use skilled_supervisor::{HITS, Watch};

use crate::supervise::timespec;
use disk::Disk;
pub(crate) use memory::descendants;

/// How long to wait between two looks, while something changes and when nothing does.
const BUSY: Duration = Duration::from_millis(50);
const QUIET: Duration = Duration::from_millis(400);
/// After so many looks there is time for other things.
const LEISURE: u32 = 5;
/// How long what was killed may take to end.
const SETTLE: Duration = Duration::from_millis(200);
/// Looking takes at most one part in so many of a processor, unless that would be too rarely.
const SHARE: u32 = 8;
const RARELY: Duration = Duration::from_secs(4);

/// What was found to be too much: a word for the file of hits, and how much there is.
pub(crate) struct Excess {
    what: &'static str,
    amount: u64,
}

/// Looks after the sandbox until process 1 has ended; it is still to be waited for. Returns at once when it cannot be told
/// that it ended.
///
/// `at_leisure` is called once, after a while: sandboxes that live shortly do not pay for it.
pub(crate) fn until_end(process_1: Pid, watch: &Watch, folder: &OwnedFd, at_leisure: impl FnOnce()) {
    let Ok(handle) = pidfd_open(process_1, PidfdFlags::empty()) else { return };
    let mut disk = Disk::open(watch);
    let (mut pause, mut seen) = (BUSY, 0);
    let (mut looks, mut at_leisure) = (0, Some(at_leisure));
    loop {
        let mut polled = [PollFd::new(&handle, PollFlags::IN)];
        match poll(&mut polled, Some(&timespec(pause))) {
            Ok(0) | Err(rustix::io::Errno::INTR) => {}
            Ok(_) | Err(_) => return,
        }
        looks += 1;
        if looks > LEISURE
            && let Some(at_leisure) = at_leisure.take()
        {
            at_leisure();
        }
        let began = Instant::now();
        if let Some(excess) = disk.look(process_1) {
            note(folder, excess.what, excess.amount);
            // Process 1 ends whatever a runner has started when the runner is gone (and the runner cannot).
            for runner in memory::children(process_1) {
                let _ = kill_process(runner, Signal::KILL);
            }
        }
        let settling = disk.is_settling();
        let mut activity = disk.activity();
        if let Some(limit) = watch.memory {
            let (taken, excess) = memory::look(process_1, limit);
            if let Some(excess) = excess {
                note(folder, excess.what, excess.amount);
            }
            activity = activity.wrapping_add(taken);
        }
        pause = match (settling, activity == seen) {
            (true, _) => SETTLE,
            (false, true) => QUIET.min(pause * 2),
            (false, false) => BUSY,
        };
        pause = pause.max(began.elapsed() * SHARE).min(RARELY);
        seen = activity;
    }
}

/// Adds a line to the file of hits.
pub(crate) fn note(folder: &OwnedFd, what: &str, amount: u64) {
    let flags = OFlags::WRONLY | OFlags::CREATE | OFlags::APPEND | OFlags::NOFOLLOW | OFlags::CLOEXEC;
    if let Ok(file) = rustix::fs::openat(folder, HITS, flags, Mode::from_raw_mode(0o600)) {
        let _ = rustix::io::write(&file, format!("{what} {amount}\n").as_bytes());
    }
}

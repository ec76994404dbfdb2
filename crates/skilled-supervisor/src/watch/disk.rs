//! How much of the disk a sandbox's folders take.
//!
//! Counting is a walk through all of them. It is left out as long as the file system itself says that not enough was
//! written by anybody to matter.

use std::collections::{BTreeMap, BTreeSet};
use std::os::fd::OwnedFd;
use std::rc::Rc;
use std::time::{Duration, Instant};

use rustix::fs::{
    AtFlags, CWD, Dir, FileType, Mode, OFlags, ResolveFlags, StatVfs, fstatvfs, openat, openat2, statat,
};
use rustix::io::Errno;
use rustix::process::Pid;
use skilled_supervisor::Watch;

use super::{Excess, memory};

/// A folder that lies deeper is reached by way of a folder between.
const LONGEST_WAY: usize = 1024;
/// What may be added after a hit until the next: operations can go on, to make room.
const SLACK: u64 = 4 * 1024 * 1024;
const SLACK_ENTRIES: u64 = 500;
/// Somebody else may have given room back at the same time as this sandbox took some.
const AT_LEAST_EVERY: Duration = Duration::from_secs(3);

/// Watches the folders of a sandbox.
pub(super) struct Disk {
    folders: Vec<OwnedFd>,
    limits: Usage,
    floor: u64,
    /// What there was at the last count.
    counted: Usage,
    /// What was free then.
    then: Free,
    when: Instant,
    /// What was free at the last look.
    now: Free,
    /// What there was after the last hit; that much is no further one.
    forgiven: Usage,
    /// There was a hit at the last look: what was still written until everything had ended is not a further one.
    settling: bool,
    /// What has gone from the disk and is in no folder: somebody else's, or files without a name.
    unexplained: u64,
}

/// What folders hold.
#[derive(Clone, Copy, Default)]
struct Usage {
    bytes: u64,
    entries: u64,
}

/// What is free of a file system.
#[derive(Clone, Copy, Default, PartialEq, Eq)]
struct Free {
    bytes: u64,
    entries: u64,
}

impl Disk {
    pub(super) fn open(watch: &Watch) -> Self {
        let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        let open = |path: &String| openat(CWD, path.as_str(), flags, Mode::empty()).ok();
        let mut disk = Self {
            folders: watch.folders.iter().filter_map(open).collect(),
            limits: Usage {
                bytes: watch.bytes.unwrap_or(u64::MAX),
                entries: watch.entries.unwrap_or(u64::MAX),
            },
            floor: watch.floor,
            counted: Usage::default(),
            then: Free::default(),
            when: Instant::now(),
            now: Free::default(),
            forgiven: Usage::default(),
            settling: false,
            unexplained: 0,
        };
        // A session that goes on may hold much already.
        disk.then = disk.free();
        disk.now = disk.then;
        disk.counted = disk.count(disk.limits).unwrap_or_default();
        disk.forgiven = disk.counted;
        disk
    }

    /// A number that changes when so much is written to the disk, by anybody, that it may be too much soon.
    pub(super) fn activity(&self) -> u64 {
        let step = |taken: u64, limit: u64, used: u64, least: u64| {
            taken / (limit.saturating_sub(used) / 16).max(least)
        };
        let taken = self.then.bytes.saturating_sub(self.now.bytes);
        let made = self.then.entries.saturating_sub(self.now.entries);
        let bytes = step(taken, self.limits.bytes, self.counted.bytes, SLACK);
        bytes.wrapping_add(step(made, self.limits.entries, self.counted.entries, SLACK_ENTRIES))
    }

    /// Whether the next look only finds out what a hit has left behind.
    pub(super) const fn is_settling(&self) -> bool {
        self.settling
    }

    /// Looks whether there is too much.
    pub(super) fn look(&mut self, process_1: Pid) -> Option<Excess> {
        self.now = self.free();
        if !self.settling && (self.now == self.then || !self.may_matter()) {
            return None;
        }
        let before = self.counted;
        // One more than is forgiven is enough to know.
        let most = self.limits.entries.max(self.forgiven.entries.saturating_add(SLACK_ENTRIES));
        let enough = Usage { bytes: u64::MAX, entries: if self.settling { u64::MAX } else { most } };
        let excess = match self.count(enough) {
            Ok(counted) => {
                self.counted = counted;
                self.counted.bytes = counted.bytes.saturating_add(self.nameless(before, process_1));
                if self.settling { None } else { self.judge(before) }
            }
            // More folders at once than can be open: nobody's work needs that.
            Err(Errno::MFILE) => Some(Excess { what: "entries", amount: enough.entries }),
            Err(_) => None,
        };
        (self.then, self.when) = (self.now, Instant::now());
        if self.settling || excess.is_some() {
            self.forgiven = self.counted;
        }
        self.settling = excess.is_some();
        excess
    }

    /// Returns what files hold that have no name any more, but are open. Counting them is left out as long as the folders
    /// explain what has gone from the disk.
    fn nameless(&mut self, before: Usage, process_1: Pid) -> u64 {
        let taken = self.then.bytes.saturating_sub(self.now.bytes);
        let grown = self.counted.bytes.saturating_sub(before.bytes);
        self.unexplained = self.unexplained.saturating_add(taken.saturating_sub(grown));
        if self.unexplained <= self.limits.bytes / 4 {
            return 0;
        }
        let bytes = nameless(process_1, &self.folders);
        if bytes == 0 {
            // It was somebody else's.
            self.unexplained = 0;
        }
        bytes
    }

    /// Whether enough was written, by anybody, that there may be too much.
    fn may_matter(&self) -> bool {
        let Usage { bytes, entries } = self.counted;
        let taken = self.then.bytes.saturating_sub(self.now.bytes);
        let made = self.then.entries.saturating_sub(self.now.entries);
        let room = |limit: u64, forgiven: u64, used: u64| limit.max(forgiven).saturating_sub(used) / 4;
        taken > room(self.limits.bytes, self.forgiven.bytes, bytes)
            || made > room(self.limits.entries, self.forgiven.entries, entries)
            || self.now.bytes < self.floor
            || self.when.elapsed() > AT_LEAST_EVERY
    }

    fn judge(&mut self, before: Usage) -> Option<Excess> {
        let Usage { bytes, entries } = self.counted;
        // What is gone again is not forgiven for good.
        self.forgiven.bytes = self.forgiven.bytes.min(bytes);
        self.forgiven.entries = self.forgiven.entries.min(entries);
        // Far beyond the limit nothing more is let through: otherwise many small steps would lead anywhere.
        let over = |used: u64, limit: u64, forgiven: u64, slack: u64| {
            let slack = if used / 2 > limit { 0 } else { slack };
            used > limit && (forgiven <= limit || used > forgiven.saturating_add(slack))
        };
        if over(bytes, self.limits.bytes, self.forgiven.bytes, SLACK) {
            return Some(Excess { what: "bytes", amount: bytes });
        }
        if over(entries, self.limits.entries, self.forgiven.entries, SLACK_ENTRIES) {
            return Some(Excess { what: "entries", amount: entries });
        }
        let grows = bytes > before.bytes.saturating_add(SLACK);
        (grows && self.now.bytes < self.floor).then_some(Excess { what: "floor", amount: self.now.bytes })
    }

    fn free(&self) -> Free {
        let first = self.folders.first().and_then(|folder| fstatvfs(folder).ok());
        first.map_or_else(Free::default, |StatVfs { f_bavail, f_frsize, f_ffree, .. }| Free {
            bytes: f_bavail.saturating_mul(f_frsize),
            entries: f_ffree,
        })
    }

    /// Counts what the folders hold, until it is more than `enough`.
    fn count(&self, enough: Usage) -> Result<Usage, Errno> {
        let mut walk = Walk { used: Usage::default(), linked: BTreeSet::new(), open: Vec::new() };
        for folder in &self.folders {
            let base = Rc::new(rustix::io::fcntl_dupfd_cloexec(folder, 0)?);
            walk.open.push((base, ".".to_owned().into_bytes()));
        }
        while let Some((base, way)) = walk.open.pop() {
            walk.enter(base, way)?;
            if walk.used.entries > enough.entries || walk.used.bytes > enough.bytes {
                break;
            }
        }
        Ok(walk.used)
    }
}

/// Adds up the files without a name that descendants of process 1 have open, on the file systems of `folders`.
fn nameless(process_1: Pid, folders: &[OwnedFd]) -> u64 {
    let device = |folder| rustix::fs::fstat(folder).ok().map(|found| found.st_dev);
    let devices: BTreeSet<u64> = folders.iter().filter_map(device).collect();
    let mut found = BTreeMap::new();
    for pid in memory::descendants(process_1) {
        let Ok(open) = std::fs::read_dir(format!("/proc/{pid}/fd")) else { continue };
        for link in open.flatten() {
            let Ok(file) = rustix::fs::stat(link.path()) else { continue };
            if file.st_nlink == 0 && devices.contains(&file.st_dev) {
                found.insert((file.st_dev, file.st_ino), file.st_blocks.unsigned_abs() * 512);
            }
        }
    }
    found.into_values().fold(0, u64::saturating_add)
}

/// A walk through folders that somebody changes at the same time, and as deep and as wide as they like.
struct Walk {
    used: Usage,
    /// Files with several names that were counted.
    linked: BTreeSet<(u64, u64)>,
    /// Folders to look into: below which open one, and the way from there.
    open: Vec<(Rc<OwnedFd>, Vec<u8>)>,
}

impl Walk {
    fn enter(&mut self, base: Rc<OwnedFd>, way: Vec<u8>) -> Result<(), Errno> {
        let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        // Whatever is put in the way meanwhile, it leads nowhere else.
        let resolve = ResolveFlags::BENEATH | ResolveFlags::NO_SYMLINKS | ResolveFlags::NO_XDEV;
        let folder = match openat2(&*base, &way[..], flags, Mode::empty(), resolve) {
            Ok(folder) => folder,
            Err(Errno::MFILE) => return Err(Errno::MFILE),
            // It has gone or moved.
            Err(_) => return Ok(()),
        };
        let (base, way) = if way.len() > LONGEST_WAY {
            (Rc::new(rustix::io::fcntl_dupfd_cloexec(&folder, 0)?), b".".to_vec())
        } else {
            (base, way)
        };
        let entries = Dir::new(folder)?;
        self.take(entries, &base, &way)
    }

    fn take(&mut self, mut entries: Dir, base: &Rc<OwnedFd>, way: &[u8]) -> Result<(), Errno> {
        while let Some(Ok(entry)) = entries.read() {
            let name = entry.file_name().to_bytes();
            if matches!(name, b"." | b"..") {
                continue;
            }
            self.used.entries += 1;
            let Ok(found) = statat(entries.fd()?, entry.file_name(), AtFlags::SYMLINK_NOFOLLOW) else {
                continue;
            };
            let is_folder = FileType::from_raw_mode(found.st_mode) == FileType::Directory;
            if is_folder || found.st_nlink < 2 || self.linked.insert((found.st_dev, found.st_ino)) {
                // In units of 512 bytes, whatever the file system's are (stat(3type)).
                self.used.bytes = self.used.bytes.saturating_add(found.st_blocks.unsigned_abs() * 512);
            }
            if is_folder {
                self.open.push((Rc::clone(base), [way, b"/", name].concat()));
            }
        }
        Ok(())
    }
}

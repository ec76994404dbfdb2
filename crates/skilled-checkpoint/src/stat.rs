//! What the system says about a file.

use rustix::fs::{FileType, Stat};
use serde::{Deserialize, Serialize};

use crate::object::{MODE, Moment};

/// Which file it is, until it is removed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub(crate) struct Identity {
    pub(crate) device: u64,
    pub(crate) inode: u64,
}

pub(crate) fn identity(stat: &Stat) -> Identity {
    Identity { device: stat.st_dev, inode: stat.st_ino }
}

pub(crate) fn kind(stat: &Stat) -> FileType {
    FileType::from_raw_mode(stat.st_mode)
}

pub(crate) fn size(stat: &Stat) -> u64 {
    u64::try_from(stat.st_size).unwrap_or(0)
}

/// The bits of the mode that are kept.
pub(crate) fn mode(stat: &Stat) -> u32 {
    stat.st_mode & MODE
}

/// Whether running it would give its owner's or group's rights.
pub(crate) fn is_privileged(stat: &Stat) -> bool {
    stat.st_mode & 0o6000 != 0
}

pub(crate) fn modified(stat: &Stat) -> Moment {
    moment(stat.st_mtime, stat.st_mtime_nsec)
}

pub(crate) fn changed(stat: &Stat) -> Moment {
    moment(stat.st_ctime, stat.st_ctime_nsec)
}

/// Whether nothing happened to the file between the two, as far as its times tell.
pub(crate) fn is_same(one: &Stat, other: &Stat) -> bool {
    identity(one) == identity(other)
        && size(one) == size(other)
        && modified(one) == modified(other)
        && changed(one) == changed(other)
}

/// An overlay's whiteout: a character device 0/0.
pub(crate) fn is_whiteout(stat: &Stat) -> bool {
    kind(stat) == FileType::CharacterDevice && stat.st_rdev == 0
}

fn moment(seconds: i64, nanoseconds: u64) -> Moment {
    Moment { seconds, nanoseconds: u32::try_from(nanoseconds).unwrap_or(0) }
}

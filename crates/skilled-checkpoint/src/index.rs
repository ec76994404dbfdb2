//! What is known of files that were read, so that they are not read again.
//!
//! A file is the same when it is the same inode with the same size and the same times of modification and change. The
//! time of change cannot be set, but clocks of file systems tick: a file that changes twice within a tick looks the same
//! after both. So a file is remembered only if its last change lies a margin before the time when reading began
//! ("racy git" in git's documentation, technical/racy-git).

use std::collections::HashMap;

use rustix::fs::Stat;
use serde::{Deserialize, Serialize};

use crate::object::Moment;
use crate::stat::{self, Identity};
use crate::store::Store;
use crate::{Digest, Error};

pub(crate) const FILE: &str = "index";
const VERSION: u8 = 1;
/// Most bytes of one record as it is written.
const RECORD: u64 = 100;
/// Longest tick of a file system that keeps parts of seconds: 10 ms in kernels at 100 Hz; the rest is reserve.
const TICK: u64 = 50_000_000;
/// For file systems that keep whole or even seconds.
const COARSE_TICK: i64 = 3;

/// Files by what they are.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Index(HashMap<Identity, Known>);

/// A file as it was when it was read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Known {
    size: u64,
    modified: Moment,
    changed: Moment,
    pub(crate) digest: Digest,
    /// Bytes of content without holes.
    pub(crate) data: u64,
}

impl Index {
    /// The index that the last checkpoint left. One that is missing, damaged, of another version or of too many entries
    /// is as good as none: every file is read again.
    pub(crate) fn read(store: &Store, entries: u64) -> Self {
        let most = entries.saturating_mul(RECORD).saturating_add(64);
        Self::read_whole(store, most).unwrap_or_default()
    }

    fn read_whole(store: &Store, most: u64) -> Option<Self> {
        let bytes = store.read(FILE, most).ok()??;
        let (body, sum) = bytes.split_at_checked(bytes.len().checked_sub(64)?)?;
        if Digest::of(body).digits() != sum {
            return None;
        }
        let (version, files): (u8, Vec<(Identity, Known)>) = postcard::from_bytes(body).ok()?;
        (version == VERSION).then(|| Self(files.into_iter().collect()))
    }

    pub(crate) fn write(&self, store: &Store) -> Result<(), Error> {
        let files: Vec<(&Identity, &Known)> = self.0.iter().collect();
        let mut bytes = postcard::to_allocvec(&(VERSION, files)).map_err(|error| store.encoding(error))?;
        let sum = Digest::of(&bytes).digits();
        bytes.extend(sum);
        store.write(FILE, &bytes)
    }

    /// What is known of the file, if it is still the same.
    pub(crate) fn get(&self, stat: &Stat) -> Option<Known> {
        let known = self.0.get(&stat::identity(stat))?;
        let same = known.size == stat::size(stat)
            && known.modified == stat::modified(stat)
            && known.changed == stat::changed(stat);
        same.then_some(*known)
    }

    /// Remembers a file that was as `stat` says before and after it was read, when reading began at `start`, unless it
    /// could change again without a sign.
    pub(crate) fn remember(&mut self, stat: &Stat, digest: Digest, data: u64, start: Moment) {
        if is_before(stat::changed(stat), start) {
            let (size, modified, changed) = (stat::size(stat), stat::modified(stat), stat::changed(stat));
            self.0.insert(stat::identity(stat), Known { size, modified, changed, digest, data });
        }
    }

    /// Takes over what was known of a file.
    pub(crate) fn keep(&mut self, stat: &Stat, known: Known) {
        self.0.insert(stat::identity(stat), known);
    }

    /// Forgets files whose content is not kept any more.
    pub(crate) fn retain(&mut self, is_kept: impl Fn(Digest) -> bool) {
        self.0.retain(|_, known| known.size == 0 || is_kept(known.digest));
    }
}

/// Whether a change at `then` lies so long before `now` that another change would have another time.
fn is_before(then: Moment, now: Moment) -> bool {
    if then.nanoseconds == 0 {
        return then.seconds < now.seconds.saturating_sub(COARSE_TICK);
    }
    let nanoseconds =
        |moment: Moment| i128::from(moment.seconds) * 1_000_000_000 + i128::from(moment.nanoseconds);
    nanoseconds(then) + i128::from(TICK) < nanoseconds(now)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_change_is_old_when_a_tick_has_passed() {
        let at = |seconds, nanoseconds| Moment { seconds, nanoseconds };
        assert!(is_before(at(9, 949_999_999), at(10, 0)));
        assert!(!is_before(at(9, 950_000_000), at(10, 0)));
        assert!(!is_before(at(10, 5), at(10, 5)));
        assert!(!is_before(at(11, 5), at(10, 5)), "a clock that went back is no proof");
        assert!(!is_before(at(7, 0), at(10, 0)), "whole seconds may be all there is");
        assert!(is_before(at(6, 0), at(10, 0)));
        assert!(!is_before(at(i64::MIN, 0), at(i64::MIN, 0)));
    }
}

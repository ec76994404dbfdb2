//! The record of one checkpoint.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use serde::{Deserialize, Serialize};

use crate::object::{MODE, Moment};
use crate::pack::Batch;
use crate::store::{Lock, Store};
use crate::{Checkpoint, CheckpointId, Digest, Error, folder, id};

const VERSION: u32 = 1;
pub(crate) const FOLDER: &str = "checkpoints";
/// Largest record that is read.
pub(crate) const MAX_BYTES: u64 = 1 << 20;
/// Longest label.
pub(crate) const MAX_LABEL: usize = 1_000;

/// What a checkpoint holds. The same for the same checkpoint in every store.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Manifest {
    pub(crate) version: u32,
    pub(crate) label: String,
    pub(crate) taken: Moment,
    pub(crate) entries: u64,
    pub(crate) bytes: u64,
    pub(crate) folders: Vec<Root>,
}

/// A folder that was taken.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Root {
    pub(crate) name: String,
    pub(crate) mode: u32,
    pub(crate) modified: Moment,
    pub(crate) tree: Digest,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) opaque: Option<Vec<u8>>,
}

/// A manifest as this store keeps it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Record {
    pub(crate) number: u32,
    /// Bytes that were new when it was taken.
    pub(crate) own_bytes: u64,
    pub(crate) manifest: Manifest,
}

impl Manifest {
    pub(crate) fn new(label: &str, at: SystemTime) -> Result<Self, Error> {
        if label.len() > MAX_LABEL {
            return Err(Error::Label { bytes: label.len(), most: MAX_LABEL });
        }
        let (label, taken) = (label.to_owned(), moment(at));
        Ok(Self { version: VERSION, label, taken, entries: 0, bytes: 0, folders: Vec::new() })
    }

    /// Whether everything in it is as this version writes it.
    pub(crate) fn is_sound(&self) -> bool {
        let sound = |root: &Root| folder::is_folder_name(&root.name) && root.mode & !MODE == 0;
        let names: std::collections::HashSet<&str> =
            self.folders.iter().map(|root| root.name.as_str()).collect();
        self.version == VERSION
            && self.label.len() <= MAX_LABEL
            && names.len() == self.folders.len()
            && self.folders.iter().all(sound)
    }

    pub(crate) fn encode(&self, store: &Store) -> Result<Vec<u8>, Error> {
        serde_json::to_vec(self).map_err(|error| store.encoding(error))
    }
}

/// Puts a checkpoint with its new objects into the store. From here on it exists.
pub(crate) fn publish(
    store: &Store,
    batch: Batch<'_>,
    manifest: Manifest,
    own_bytes: u64,
) -> Result<Checkpoint, Error> {
    batch.commit()?;
    let _locked = store.lock(Lock::Number)?;
    let number = ids(store)?.last().map_or(0, CheckpointId::number) + 1;
    if number > id::MAX_NUMBER {
        return Err(Error::store("number a checkpoint in", store.path(), rustix::io::Errno::OVERFLOW));
    }
    let record = Record { number, own_bytes, manifest };
    let bytes = serde_json::to_vec(&record).map_err(|error| store.encoding(error))?;
    if bytes.len() as u64 > MAX_BYTES {
        return Err(Error::store("record a checkpoint in", store.path(), rustix::io::Errno::TOOBIG));
    }
    let id = CheckpointId::new(number, Digest::of(&bytes));
    store.write(&path(&id), &bytes)?;
    Ok(shown(id, &record))
}

/// The ids of all checkpoints, in their order.
pub(crate) fn ids(store: &Store) -> Result<Vec<CheckpointId>, Error> {
    let names = store.names(FOLDER)?;
    let mut ids: Vec<CheckpointId> =
        names.iter().filter_map(|name| name.strip_suffix(".json")?.parse().ok()).collect();
    ids.sort_unstable();
    Ok(ids)
}

/// Reads the record of a checkpoint, and compares it with its id.
pub(crate) fn read(store: &Store, id: &CheckpointId) -> Result<Record, Error> {
    let path = path(id);
    let bytes = store.read(&path, MAX_BYTES)?.ok_or_else(|| Error::NoCheckpoint { id: id.clone() })?;
    let number = id.number();
    if CheckpointId::new(number, Digest::of(&bytes)) != *id {
        return Err(store.damaged(&path, "its content is not what its name says"));
    }
    match serde_json::from_slice::<Record>(&bytes) {
        Ok(record) if record.number == number && record.manifest.is_sound() => Ok(record),
        // It is whole, so whoever wrote it meant it so.
        Ok(_) | Err(_) => Err(Error::Format { path: store.path().join(path) }),
    }
}

pub(crate) fn remove(store: &Store, id: &CheckpointId) -> Result<(), Error> {
    store.remove(&path(id))
}

pub(crate) fn shown(id: CheckpointId, record: &Record) -> Checkpoint {
    let Record { own_bytes, manifest, .. } = record;
    Checkpoint {
        id,
        label: manifest.label.clone(),
        taken: time(manifest.taken),
        folders: manifest.folders.iter().map(|root| root.name.clone()).collect(),
        entries: manifest.entries,
        bytes: manifest.bytes,
        own_bytes: *own_bytes,
    }
}

fn path(id: &CheckpointId) -> String {
    format!("{FOLDER}/{id}.json")
}

/// Whole and parts of seconds; times that do not fit are the nearest that do.
fn moment(time: SystemTime) -> Moment {
    let seconds = |duration: Duration| i64::try_from(duration.as_secs()).unwrap_or(i64::MAX);
    match time.duration_since(UNIX_EPOCH) {
        Ok(after) => Moment { seconds: seconds(after), nanoseconds: after.subsec_nanos() },
        Err(before) => {
            let before = before.duration();
            let borrow = i64::from(before.subsec_nanos() > 0);
            let nanoseconds = (1_000_000_000 - before.subsec_nanos()) % 1_000_000_000;
            Moment { seconds: -seconds(before) - borrow, nanoseconds }
        }
    }
}

fn time(moment: Moment) -> SystemTime {
    let seconds = Duration::from_secs(moment.seconds.unsigned_abs());
    let whole =
        if moment.seconds < 0 { UNIX_EPOCH.checked_sub(seconds) } else { UNIX_EPOCH.checked_add(seconds) };
    let exact = whole.and_then(|time| time.checked_add(Duration::from_nanos(moment.nanoseconds.into())));
    exact.unwrap_or(UNIX_EPOCH)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_survive() {
        for nanoseconds in [0, 1, 999_999_999, 1_000_000_000, 1_500_000_000] {
            let duration = Duration::from_nanos(nanoseconds);
            assert_eq!(time(moment(UNIX_EPOCH + duration)), UNIX_EPOCH + duration);
            assert_eq!(time(moment(UNIX_EPOCH - duration)), UNIX_EPOCH - duration);
        }
    }
}

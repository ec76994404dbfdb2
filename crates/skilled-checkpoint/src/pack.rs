//! Packs: files with the objects that one checkpoint added.
//!
//! Making a file costs a hundred times as much as appending to one, so objects are not files of their own. A pack is the
//! objects one after another, then their list, then the length of the list and its SHA-256. It is written under a
//! temporary name and never changed once it has its own.

mod batch;

use std::collections::HashMap;
use std::fs::File;
use std::os::unix::fs::FileExt;
use std::sync::{Arc, PoisonError};

use serde::{Deserialize, Serialize};

pub(crate) use self::batch::Batch;

use crate::object::{CHUNK, Chunks, Tree, list_bytes};
use crate::store::Store;
use crate::{Digest, Error};

pub(crate) const FOLDER: &str = "packs";
const VERSION: u8 = 1;
/// What follows the list: its length and its digest, in hexadecimal.
const END: usize = 8 + 64;
/// Longest list that is read: of more objects than a checkpoint can have.
const MAX_LIST: u64 = 256 << 20;
/// Largest object: a folder with half a million names of the greatest length.
pub(crate) const MAX_OBJECT: u64 = 256 << 20;

/// What is in a pack, in order.
#[derive(Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
struct List {
    objects: Vec<(Digest, u64)>,
}

/// Where objects are.
#[derive(Debug, Default)]
pub(crate) struct Packs {
    packs: HashMap<String, Arc<Pack>>,
    objects: HashMap<Digest, Spot>,
}

/// A pack that was read.
#[derive(Debug)]
pub(crate) struct Pack {
    pub(crate) name: String,
    list: List,
}

/// Where one object is.
#[derive(Clone, Debug)]
struct Spot {
    pack: Arc<Pack>,
    offset: u64,
    length: u64,
}

impl Pack {
    /// Its objects with their lengths.
    pub(crate) fn objects(&self) -> &[(Digest, u64)] {
        &self.list.objects
    }
}

impl Packs {
    fn add(&mut self, pack: Arc<Pack>) {
        let mut offset = 0_u64;
        for (digest, length) in &pack.list.objects {
            let spot = Spot { pack: Arc::clone(&pack), offset, length: *length };
            self.objects.insert(*digest, spot);
            offset = offset.saturating_add(*length);
        }
        self.packs.insert(pack.name.clone(), pack);
    }
}

impl Store {
    /// Learns which objects there are. While the store is locked for use, none of these goes away.
    pub(crate) fn find_objects(&self) -> Result<(), Error> {
        let mut names = self.names(FOLDER)?;
        names.sort_unstable();
        let mut packs = self.packs.lock().unwrap_or_else(PoisonError::into_inner);
        if packs.packs.keys().any(|name| names.binary_search(name).is_err()) {
            *packs = Packs::default();
        }
        for name in names {
            if packs.packs.contains_key(&name) {
                continue;
            }
            // What is damaged is as good as missing: it is written again when it is met, and missed when it is needed.
            if let Some(list) = self.list_of(&name)? {
                packs.add(Arc::new(Pack { name, list }));
            }
        }
        Ok(())
    }

    /// The packs there are.
    pub(crate) fn packs(&self) -> Vec<Arc<Pack>> {
        let packs = self.packs.lock().unwrap_or_else(PoisonError::into_inner);
        packs.packs.values().cloned().collect()
    }

    /// Whether there is such an object.
    pub(crate) fn has(&self, digest: Digest) -> bool {
        self.packs.lock().unwrap_or_else(PoisonError::into_inner).objects.contains_key(&digest)
    }

    /// Content that is kept, which must have this many bytes. It is compared with its digest.
    pub(crate) fn get(&self, digest: Digest, size: u64) -> Result<Vec<u8>, Error> {
        if size == 0 {
            return Ok(Vec::new());
        }
        let content = self.object(digest, size)?;
        if content.len() as u64 != size {
            return Err(self.damaged(&digest.to_string(), "it has another size"));
        }
        Ok(content)
    }

    /// The folder with this digest.
    pub(crate) fn tree(&self, digest: Digest) -> Result<Tree, Error> {
        let content = self.object(digest, MAX_OBJECT)?;
        Tree::decode(&content)
            .ok_or_else(|| self.damaged(&digest.to_string(), "it is no folder of this version"))
    }

    /// The list of chunks of a file of `size` bytes.
    pub(crate) fn chunks(&self, digest: Digest, size: u64) -> Result<Chunks, Error> {
        let content = self.object(digest, list_bytes(size))?;
        Chunks::decode(&content, size)
            .ok_or_else(|| self.damaged(&digest.to_string(), "it is no list of chunks of this version"))
    }

    pub(crate) fn object(&self, digest: Digest, most: u64) -> Result<Vec<u8>, Error> {
        let spot = {
            let packs = self.packs.lock().unwrap_or_else(PoisonError::into_inner);
            packs.objects.get(&digest).cloned()
        };
        let spot = spot.ok_or_else(|| self.damaged(&digest.to_string(), "this object is missing"))?;
        let path = format!("{FOLDER}/{}", spot.pack.name);
        if spot.length > most.min(MAX_OBJECT) {
            return Err(self.damaged(&path, "an object in it is larger than it can be"));
        }
        let file = self.open_pack(&spot.pack.name)?;
        let mut content = vec![0; spot.length as usize];
        file.read_exact_at(&mut content, spot.offset)
            .map_err(|error| Error::store("read", self.path().join(&path), error))?;
        if Digest::of(&content) != digest {
            return Err(self.damaged(&path, "an object in it is not what it was"));
        }
        Ok(content)
    }

    /// An open pack; the last one used stays open.
    fn open_pack(&self, name: &str) -> Result<Arc<File>, Error> {
        let mut last = self.last_pack.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((open, file)) = &*last
            && open == name
        {
            return Ok(Arc::clone(file));
        }
        let path = format!("{FOLDER}/{name}");
        let file = self.open_file(&path)?.ok_or_else(|| self.damaged(&path, "it is missing"))?;
        let file = Arc::new(file);
        *last = Some((name.to_owned(), Arc::clone(&file)));
        Ok(file)
    }

    /// Closes what is open, so that what was removed takes no space.
    pub(crate) fn close_packs(&self) {
        *self.last_pack.lock().unwrap_or_else(PoisonError::into_inner) = None;
    }

    /// The list of a pack; none if it is damaged.
    fn list_of(&self, name: &str) -> Result<Option<List>, Error> {
        let path = format!("{FOLDER}/{name}");
        let fail = |error| Error::store("read", self.path().join(&path), error);
        let Some(file) = self.open_file(&path)? else { return Ok(None) };
        let size = file.metadata().map_err(fail)?.len();
        let Some(before_end) = size.checked_sub(END as u64) else { return Ok(None) };
        let mut end = [0; END];
        file.read_exact_at(&mut end, before_end).map_err(fail)?;
        let (length, sum) = end.split_at(8);
        let length = length.try_into().map_or(u64::MAX, u64::from_le_bytes);
        if length > before_end.min(MAX_LIST) {
            return Ok(None);
        }
        let mut bytes = vec![0; length as usize];
        file.read_exact_at(&mut bytes, before_end - length).map_err(fail)?;
        if Digest::of(&bytes).digits() != sum {
            return Ok(None);
        }
        let read: Result<(u8, List), _> = postcard::from_bytes(&bytes);
        let covered = |list: &List| list.objects.iter().try_fold(0_u64, |sum, (_, it)| sum.checked_add(*it));
        Ok(match read {
            Ok((VERSION, list)) if covered(&list) == Some(before_end - length) => Some(list),
            Ok(_) | Err(_) => None,
        })
    }
}

/// How many bytes a chunk that begins at `offset` of a file of `size` bytes has.
pub(crate) fn chunk_size(size: u64, offset: u64) -> u64 {
    size.saturating_sub(offset).min(CHUNK)
}

//! Removing what no checkpoint needs.

use std::collections::HashSet;
use std::sync::Arc;

use crate::index::Index;
use crate::object::{CHUNK, Node, Run};
use crate::pack::{self, Batch, Pack};
use crate::store::{Store, TEMPORARY};
use crate::{Collected, Digest, Error, Limits, manifest};

/// A pack above this size is written again only if a quarter of it is not needed.
const LARGE: u64 = 4 << 20;
/// So many packs are left as they are. Beyond, small ones are made one: each is a file to open.
const MANY: usize = 64;

/// Removes objects that no checkpoint reaches. The caller keeps everybody else out of the store.
pub(crate) fn collect(store: &Store, limits: Limits) -> Result<Collected, Error> {
    store.find_objects()?;
    let needed = needed(store)?;
    // First of all nothing may be taken for known whose content goes.
    let mut index = Index::read(store, limits.entries);
    index.retain(|digest| needed.contains(&digest));
    index.write(store)?;

    let mut collected = Collected::default();
    let (old, kept) = sort(store, &needed, &mut collected);
    let mut batch = Batch::new(store);
    for (digest, length) in old.iter().flat_map(|pack| pack.objects()) {
        if needed.contains(digest) && !kept.contains(digest) {
            batch.append(*digest, &store.object(*digest, *length)?)?;
        }
    }
    // Of the same objects in the same order comes a pack of the same name, which takes the place of the old one.
    let new = batch.commit()?;
    for pack in old.iter().filter(|pack| new.as_ref() != Some(&pack.name)) {
        store.remove(&format!("{}/{}", pack::FOLDER, pack.name))?;
    }
    store.close_packs();
    for name in store.names(TEMPORARY)? {
        store.remove(&format!("{TEMPORARY}/{name}"))?;
        collected.unfinished += 1;
    }
    Ok(collected)
}

/// Which packs are to be written again, and which objects are in the others.
fn sort(
    store: &Store,
    needed: &HashSet<Digest>,
    collected: &mut Collected,
) -> (Vec<Arc<Pack>>, HashSet<Digest>) {
    let (mut old, mut kept) = (Vec::new(), HashSet::new());
    let packs = store.packs();
    let many = packs.len() > MANY;
    for pack in packs {
        let is_garbage = |object: &&(Digest, u64)| !needed.contains(&object.0);
        let all: u64 = pack.objects().iter().map(|(_, length)| length).sum();
        let objects = pack.objects().iter().filter(is_garbage).count() as u64;
        let garbage: u64 = pack.objects().iter().filter(is_garbage).map(|(_, length)| length).sum();
        let is_small = all < LARGE;
        if (garbage > 0 && (is_small || garbage >= all / 4)) || (is_small && many) {
            collected.objects += objects;
            collected.bytes += garbage;
            old.push(pack);
        } else {
            collected.left_bytes += garbage;
            kept.extend(pack.objects().iter().map(|(digest, _)| *digest));
        }
    }
    (old, kept)
}

/// Every object that a checkpoint reaches.
fn needed(store: &Store) -> Result<HashSet<Digest>, Error> {
    let mut needed = HashSet::new();
    // What an object is, is said by whoever names it: a workload may write a file with the very bytes of a folder.
    let (mut trees, mut lists) = (HashSet::new(), HashSet::new());
    let mut pending = Vec::new();
    for id in manifest::ids(store)? {
        let record = manifest::read(store, &id)?;
        pending.extend(record.manifest.folders.iter().map(|root| root.tree));
    }
    while let Some(digest) = pending.pop() {
        if !trees.insert(digest) {
            continue;
        }
        needed.insert(digest);
        for entry in store.tree(digest)?.entries {
            match entry.node {
                Node::Folder { tree, .. } => pending.push(tree),
                Node::File { size, digest } => {
                    needed.insert(digest);
                    if size > CHUNK && lists.insert(digest) {
                        needed.extend(store.chunks(digest, size)?.runs.iter().filter_map(Run::digest));
                    }
                }
                Node::Link { .. } | Node::Whiteout(_) | Node::Omitted(_) => {}
            }
        }
    }
    Ok(needed)
}

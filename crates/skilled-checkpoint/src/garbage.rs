//! Removing what no checkpoint needs.

use std::collections::HashSet;

use crate::index::Index;
use crate::object::{CHUNK, Node, Run};
use crate::store::Store;
use crate::{Collected, Digest, Error, Limits, manifest};

/// Removes every object that no checkpoint reaches. The caller keeps everybody else out of the store.
pub(crate) fn collect(store: &Store, limits: Limits) -> Result<Collected, Error> {
    let needed = needed(store)?;
    // First of all nothing may be taken for known whose content goes.
    let mut index = Index::read(store, limits.entries);
    index.retain(|digest| needed.contains(&digest));
    index.write(store)?;
    store.settle()?;

    let mut collected = Collected::default();
    for name in store.names("temporary")? {
        store.remove(&format!("temporary/{name}"))?;
        collected.unfinished += 1;
    }
    for shard in store.names("objects")? {
        for name in store.names(&format!("objects/{shard}"))? {
            let digest = Digest::parse(format!("{shard}{name}").as_bytes());
            if digest.is_some_and(|digest| !needed.contains(&digest)) {
                collected.bytes += store.remove_sized(&format!("objects/{shard}/{name}"))?;
                collected.objects += 1;
            }
        }
    }
    Ok(collected)
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

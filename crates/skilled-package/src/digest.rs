//! The digest of a tree that is not on disk.

use skilled_format::Digest;

use crate::Planned;

/// The digest that the files have as a tree: the records that [`skilled_format::Tree::digest`] documents.
pub(crate) fn of_tree(files: &[Planned]) -> Digest {
    let mut records = Vec::new();
    for Planned { path, executable, digest, .. } in files {
        records.push(if *executable { b'x' } else { b'f' });
        records.extend((path.len() as u64).to_be_bytes());
        records.extend(path.as_bytes());
        records.extend(digest.as_bytes());
    }
    Digest::of(&records)
}

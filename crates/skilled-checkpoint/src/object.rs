//! What the store keeps: the bytes of files, folders as lists of entries, and large files as lists of chunks.
//!
//! An object is named by its digest, and a folder names what is in it by digest. So two checkpoints share every folder
//! that is the same in both, and a checkpoint costs what changed.

use serde::{Deserialize, Serialize};

use crate::Digest;
use crate::note::Omission;

/// Files up to this size are one object; larger ones are cut into pieces of it.
pub(crate) const CHUNK: u64 = 1 << 20;
/// Longest target of a link in bytes (`PATH_MAX` with its terminating zero).
pub(crate) const MAX_TARGET: usize = 4095;
/// Longest name in bytes (`NAME_MAX`).
pub(crate) const MAX_NAME: usize = 255;
/// The bits of a mode that are kept: read, write, execute, and sticky.
pub(crate) const MODE: u32 = 0o1777;

const VERSION: u8 = 1;

/// A moment as file systems tell it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub(crate) struct Moment {
    /// Seconds since 1970, negative before.
    pub(crate) seconds: i64,
    /// Below 1,000,000,000.
    pub(crate) nanoseconds: u32,
}

/// The content of a folder.
#[derive(Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Tree {
    /// In the order of the bytes of their names.
    pub(crate) entries: Vec<Entry>,
}

/// Something in a folder.
#[derive(Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Entry {
    pub(crate) name: Vec<u8>,
    /// Within [`MODE`]; 0 where it means nothing.
    pub(crate) mode: u32,
    pub(crate) modified: Moment,
    pub(crate) node: Node,
}

impl Entry {
    /// Something of which only the name is kept.
    pub(crate) fn omitted(name: Vec<u8>, omission: Omission) -> Self {
        Self { name, mode: 0, modified: Moment::default(), node: Node::Omitted(omission) }
    }
}

/// What it is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Node {
    /// A regular file. Up to [`CHUNK`] bytes the digest is that of the content, and an empty file has no object; above
    /// it is that of a [`Chunks`].
    File { size: u64, digest: Digest },
    /// A folder, and what makes it opaque in an overlay.
    Folder { tree: Digest, opaque: Option<Vec<u8>> },
    /// A symbolic link.
    Link { target: Vec<u8> },
    /// An overlay's mark that something below is deleted.
    Whiteout(Mark),
    /// It was there, but its content was not kept.
    Omitted(Omission),
}

/// How an overlay's upper folder says that a name is deleted (overlayfs documentation of the kernel, "whiteouts").
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Mark {
    /// A character device 0/0.
    Device,
    /// An empty file with the attribute `user.overlay.whiteout`.
    Attribute,
}

/// A large file.
#[derive(Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Chunks {
    pub(crate) runs: Vec<Run>,
}

/// A part of a large file. All but the last end at multiples of [`CHUNK`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Run {
    /// One chunk with this content.
    Data(Digest),
    /// So many chunks of zeros.
    Zeros(u64),
}

impl Run {
    pub(crate) fn digest(&self) -> Option<Digest> {
        match self {
            Self::Data(digest) => Some(*digest),
            Self::Zeros(_) => None,
        }
    }
}

impl Chunks {
    pub(crate) fn zeros(&mut self, more: u64) {
        match self.runs.last_mut() {
            Some(Run::Zeros(count)) => *count = count.saturating_add(more),
            _ if more > 0 => self.runs.push(Run::Zeros(more)),
            _ => {}
        }
    }

    pub(crate) fn encode(&self) -> Result<Vec<u8>, postcard::Error> {
        postcard::to_allocvec(&(VERSION, self))
    }

    /// Reads a list that must cover exactly `size` bytes.
    pub(crate) fn decode(bytes: &[u8], size: u64) -> Option<Self> {
        let (version, chunks): (u8, Self) = postcard::from_bytes(bytes).ok()?;
        let covered = chunks.runs.iter().try_fold(0_u64, |sum, run| {
            sum.checked_add(match run {
                Run::Data(_) => 1,
                Run::Zeros(count) => *count,
            })
        });
        (version == VERSION && covered == Some(size.div_ceil(CHUNK))).then_some(chunks)
    }
}

/// Most bytes that the list of a file of `size` bytes can take.
pub(crate) fn list_bytes(size: u64) -> u64 {
    size.div_ceil(CHUNK).saturating_mul(33).saturating_add(64)
}

impl Tree {
    pub(crate) fn encode(&self) -> Result<Vec<u8>, postcard::Error> {
        postcard::to_allocvec(&(VERSION, self))
    }

    /// Reads a folder; nothing when it is of another version, or a name could mean another place.
    pub(crate) fn decode(bytes: &[u8]) -> Option<Self> {
        let (version, tree): (u8, Self) = postcard::from_bytes(bytes).ok()?;
        let ordered = tree.entries.windows(2).all(|pair| pair[0].name < pair[1].name);
        let named = tree.entries.iter().all(|entry| is_name(&entry.name));
        (version == VERSION && ordered && named).then_some(tree)
    }
}

/// Whether the bytes name something in a folder, and nothing elsewhere.
pub(crate) fn is_name(name: &[u8]) -> bool {
    let length = (1..=MAX_NAME).contains(&name.len());
    length && name != b"." && name != b".." && !name.contains(&b'/') && !name.contains(&0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tree(names: &[&str]) -> Tree {
        let entry = |name: &&str| Entry {
            name: name.as_bytes().to_vec(),
            mode: 0o644,
            modified: Moment { seconds: -1, nanoseconds: 5 },
            node: Node::Link { target: b"x".to_vec() },
        };
        Tree { entries: names.iter().map(entry).collect() }
    }

    #[test]
    fn folders_survive_and_bad_names_do_not() {
        let good = tree(&["a", "b"]);
        assert_eq!(Tree::decode(&good.encode().unwrap()), Some(good));
        for bad in [&["b", "a"][..], &["a", "a"], &["../x"], &[".."], &["."], &[""], &["a\0"]] {
            assert_eq!(Tree::decode(&tree(bad).encode().unwrap()), None, "{bad:?}");
        }
    }

    #[test]
    fn lists_of_chunks_cover_the_size() {
        let mut chunks = Chunks::default();
        chunks.zeros(0);
        chunks.zeros(2);
        chunks.zeros(3);
        chunks.runs.push(Run::Data(Digest::of(b"end")));
        let bytes = chunks.encode().unwrap();
        assert_eq!(chunks.runs.len(), 2);
        assert!(Chunks::decode(&bytes, 5 * CHUNK + 1).is_some());
        assert!(Chunks::decode(&bytes, 6 * CHUNK).is_some());
        assert!(Chunks::decode(&bytes, 6 * CHUNK + 1).is_none());
        assert!(Chunks::decode(&bytes, 5 * CHUNK).is_none());
        let endless = Chunks { runs: vec![Run::Zeros(u64::MAX), Run::Data(Digest::of(b""))] };
        assert!(Chunks::decode(&endless.encode().unwrap(), 0).is_none());
    }
}

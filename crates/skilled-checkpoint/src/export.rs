//! Writing a checkpoint as a tar.

use std::io::Write;

use crate::beneath::join;
use crate::manifest::{Manifest, Root};
use crate::object::{CHUNK, Chunks, Entry, Mark, Node, Run};
use crate::pack::chunk_size;
use crate::store::Store;
use crate::tarball::{BLOCK, Head, Kind, MANIFEST, MAX_EXTENDED};
use crate::{Digest, Error};

struct Export<'a> {
    store: &'a Store,
    out: &'a mut dyn Write,
}

/// Writes the manifest and then every folder.
pub(crate) fn export(store: &Store, manifest: &Manifest, out: &mut dyn Write) -> Result<(), Error> {
    let mut export = Export { store, out };
    let text = manifest.encode(store)?;
    let head = Head { path: MANIFEST.to_vec(), mode: 0o644, size: text.len() as u64, ..Head::default() };
    export.head(&head)?;
    export.content(&text)?;
    export.pad(text.len() as u64)?;
    for root in &manifest.folders {
        export.root(root)?;
    }
    export.content(&[0; 2 * BLOCK])?;
    export.out.flush().map_err(Error::Export)
}

impl Export<'_> {
    fn root(&mut self, root: &Root) -> Result<(), Error> {
        let path = root.name.clone().into_bytes();
        self.head(&Head {
            path: join(&path, b""),
            mode: root.mode,
            modified: root.modified,
            kind: Kind::Folder { opaque: root.opaque.clone() },
            size: 0,
        })?;
        let mut open = vec![(path, self.store.tree(root.tree)?.entries.into_iter())];
        while let Some((path, entries)) = open.last_mut() {
            let Some(entry) = entries.next() else {
                open.pop();
                continue;
            };
            let place = join(path, &entry.name);
            self.entry(&entry, &place)?;
            if let Node::Folder { tree, .. } = entry.node {
                open.push((place, self.store.tree(tree)?.entries.into_iter()));
            }
        }
        Ok(())
    }

    fn entry(&mut self, entry: &Entry, path: &[u8]) -> Result<(), Error> {
        let head =
            |path: Vec<u8>, kind, size| Head { path, mode: entry.mode, modified: entry.modified, kind, size };
        let path = path.to_vec();
        match &entry.node {
            Node::File { size, digest } if *size <= CHUNK => {
                self.head(&head(path, Kind::File, *size))?;
                let content = self.store.get(*digest, *size)?;
                self.content(&content)?;
                self.pad(*size)
            }
            Node::File { size, digest } => {
                let chunks = self.store.chunks(*digest, *size)?;
                let map = Map::of(&chunks, *size);
                let kind = if map.has_holes { Kind::Sparse(*size) } else { Kind::File };
                let text = if map.has_holes { map.encode() } else { Vec::new() };
                let length = text.len() as u64 + map.data;
                self.head(&head(path, kind, length))?;
                self.content(&text)?;
                for (offset, digest) in pieces(&chunks) {
                    let content = self.store.get(digest, chunk_size(*size, offset))?;
                    self.content(&content)?;
                }
                self.pad(length)
            }
            Node::Folder { opaque, .. } => {
                self.head(&head(join(&path, b""), Kind::Folder { opaque: opaque.clone() }, 0))
            }
            Node::Link { target } => self.head(&head(path, Kind::Link(target.clone()), 0)),
            Node::Whiteout(Mark::Device) => self.head(&head(path, Kind::WhiteoutDevice, 0)),
            Node::Whiteout(Mark::Attribute) => self.head(&head(path, Kind::WhiteoutAttribute, 0)),
            Node::Omitted(omission) => self.head(&head(path, Kind::Omitted(*omission), 0)),
        }
    }

    fn head(&mut self, head: &Head) -> Result<(), Error> {
        let blocks = head.encode();
        if blocks.len() as u64 > MAX_EXTENDED {
            return Err(Error::Export(rustix::io::Errno::NAMETOOLONG.into()));
        }
        self.content(&blocks)
    }

    fn content(&mut self, content: &[u8]) -> Result<(), Error> {
        self.out.write_all(content).map_err(Error::Export)
    }

    fn pad(&mut self, size: u64) -> Result<(), Error> {
        let padding = size.next_multiple_of(BLOCK as u64) - size;
        self.content(&[0; BLOCK][..padding as usize])
    }
}

/// Where the data of a sparse file lie (GNU tar manual, "Storing Sparse Files", PAX format, version 1.0).
struct Map {
    /// Offset and length of each stretch of data. The last ends where the file does.
    stretches: Vec<(u64, u64)>,
    data: u64,
    has_holes: bool,
}

impl Map {
    fn of(chunks: &Chunks, size: u64) -> Self {
        let mut map = Self { stretches: Vec::new(), data: 0, has_holes: false };
        for (offset, _) in pieces(chunks) {
            let length = chunk_size(size, offset);
            map.data += length;
            match map.stretches.last_mut() {
                Some((start, so_far)) if *start + *so_far == offset => *so_far += length,
                _ => map.stretches.push((offset, length)),
            }
        }
        map.has_holes = map.data != size;
        if map.stretches.last().is_none_or(|(start, length)| start + length != size) {
            map.stretches.push((size, 0));
        }
        map
    }

    fn encode(&self) -> Vec<u8> {
        let numbers = self.stretches.iter().flat_map(|(offset, length)| [*offset, *length]);
        let lines = std::iter::once(self.stretches.len() as u64).chain(numbers);
        let mut text: Vec<u8> = lines.flat_map(|number| format!("{number}\n").into_bytes()).collect();
        text.resize(text.len().next_multiple_of(BLOCK), 0);
        text
    }
}

/// The chunks that are not zeros, with their offsets.
fn pieces(chunks: &Chunks) -> impl Iterator<Item = (u64, Digest)> {
    let mut offset = 0_u64;
    chunks.runs.iter().filter_map(move |run| {
        let here = offset;
        let (count, digest) = match run {
            Run::Data(digest) => (1, Some(*digest)),
            Run::Zeros(count) => (*count, None),
        };
        offset = offset.saturating_add(count.saturating_mul(CHUNK));
        digest.map(|digest| (here, digest))
    })
}

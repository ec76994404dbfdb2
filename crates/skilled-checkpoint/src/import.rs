//! Reading a checkpoint from a tar that an export wrote, and nothing else.
//!
//! Nothing in it becomes a path: names are put into folders of the store one by one, in an order in which none can come
//! twice. Of what is refused nothing stays.

mod content;

use std::io::Read;

use crate::manifest::{MAX_BYTES, Manifest, Root};
use crate::note::Place;
use crate::object::{Entry, MAX_TARGET, MODE, Mark, Moment, Node, Tree, is_name};
use crate::pack::Batch;
use crate::store::Store;
use crate::tarball::{BLOCK, Head, Kind, MANIFEST, MAX_EXTENDED, extended_size};
use crate::{Digest, Error, Exceeded, Limits};

/// Most zeros after the end; other programs pad to 10 KiB.
const MAX_PADDING: u64 = 64 * 1024;

struct Import<'a> {
    store: &'a Store,
    batch: Batch<'a>,
    limits: Limits,
    input: &'a mut dyn Read,
    /// Entries begun, for messages.
    entry: u64,
    entries: u64,
    bytes: u64,
    own_bytes: u64,
    buffer: Vec<u8>,
}

/// A folder whose entries are coming.
struct Open {
    /// Its whole path.
    path: Vec<u8>,
    mode: u32,
    modified: Moment,
    opaque: Option<Vec<u8>>,
    tree: Tree,
}

/// Reads what the archive has. Gives its manifest, what of it is new, and how many bytes that is.
pub(crate) fn import<'a>(
    store: &'a Store,
    limits: Limits,
    input: &'a mut dyn Read,
) -> Result<(Manifest, Batch<'a>, u64), Error> {
    let mut import = Import {
        store,
        batch: Batch::new(store),
        limits,
        input,
        entry: 0,
        entries: 0,
        bytes: 0,
        own_bytes: 0,
        buffer: Vec::new(),
    };
    let manifest = import.manifest()?;
    let roots = import.folders()?;
    import.end()?;
    if roots != manifest.folders {
        return Err(import.refused("is the last, and the folders are not those that were exported"));
    }
    if (import.entries, import.bytes) != (manifest.entries, manifest.bytes) {
        return Err(import.refused("is the last, and the counts are not those that were exported"));
    }
    Ok((manifest, import.batch, import.own_bytes))
}

impl Import<'_> {
    fn manifest(&mut self) -> Result<Manifest, Error> {
        let head = self.head()?.ok_or_else(|| self.refused("is missing"))?;
        if head.path != MANIFEST || head.kind != Kind::File || head.size > MAX_BYTES {
            return Err(self.refused("is not `checkpoint.json`"));
        }
        let mut text = vec![0; head.size as usize];
        self.exact(&mut text)?;
        self.skip_padding(head.size)?;
        let manifest: Manifest = serde_json::from_slice(&text)
            .map_err(|_| self.refused("says nothing that this version understands"))?;
        // So the same checkpoint is exported as the same bytes again.
        if !manifest.is_sound() || manifest.encode(self.store)? != text {
            return Err(self.refused("is not as an export writes it"));
        }
        Ok(manifest)
    }

    fn folders(&mut self) -> Result<Vec<Root>, Error> {
        let mut roots = Vec::new();
        let mut open: Vec<Open> = Vec::new();
        while let Some(head) = self.head()? {
            let is_folder = matches!(head.kind, Kind::Folder { .. });
            let path = match head.path.strip_suffix(b"/") {
                Some(path) if is_folder => path,
                None if !is_folder => &head.path,
                Some(_) | None => return Err(self.refused("has a name that does not fit its kind")),
            };
            let Some(slash) = path.iter().rposition(|byte| *byte == b'/') else {
                // The next of the folders that were taken.
                self.close(&mut open, None, &mut roots)?;
                open.push(self.opened(&head, path)?);
                continue;
            };
            let (above, name) = (&path[..slash], &path[slash + 1..]);
            self.close(&mut open, Some(above), &mut roots)?;
            self.count(path, open.len())?;
            if !is_name(name) {
                return Err(self.refused("has a name that cannot be"));
            }
            if open.last().and_then(|it| it.tree.entries.last()).is_some_and(|it| *it.name >= *name) {
                return Err(self.refused("is there twice or out of order"));
            }
            if is_folder {
                open.push(self.opened(&head, path)?);
            } else {
                let entry = self.read_entry(&head, name, path)?;
                open.last_mut().ok_or_else(|| self.refused("is in no folder"))?.tree.entries.push(entry);
            }
        }
        self.close(&mut open, None, &mut roots)?;
        Ok(roots)
    }

    /// Ends folders until the last one open has this path; all of them, if there is none.
    fn close(
        &mut self,
        open: &mut Vec<Open>,
        until: Option<&[u8]>,
        roots: &mut Vec<Root>,
    ) -> Result<(), Error> {
        while let Some(folder) = open.pop_if(|folder| until != Some(&folder.path[..])) {
            let (tree, own_bytes) = self.batch.put_tree(&folder.tree)?;
            self.own_bytes += own_bytes;
            let Open { path, mode, modified, opaque, .. } = folder;
            let Some(parent) = open.last_mut() else {
                let name =
                    String::from_utf8(path).map_err(|_| self.refused("follows a folder with a bad name"))?;
                roots.push(Root { name, mode, modified, tree, opaque });
                break;
            };
            let name = path[parent.path.len() + 1..].to_vec();
            parent.tree.entries.push(Entry { name, mode, modified, node: Node::Folder { tree, opaque } });
        }
        if until.is_some() && open.is_empty() {
            return Err(self.refused("is not in the folder that came before it"));
        }
        Ok(())
    }

    fn opened(&self, head: &Head, path: &[u8]) -> Result<Open, Error> {
        let Kind::Folder { opaque } = &head.kind else {
            return Err(self.refused("is in no folder"));
        };
        if head.mode & !MODE != 0 || head.size != 0 {
            return Err(self.refused("has a mode or a size that no folder has"));
        }
        let (path, opaque) = (path.to_vec(), opaque.clone());
        Ok(Open { path, mode: head.mode, modified: head.modified, opaque, tree: Tree::default() })
    }

    /// Reads anything but a folder.
    fn read_entry(&mut self, head: &Head, name: &[u8], path: &[u8]) -> Result<Entry, Error> {
        let node = match &head.kind {
            Kind::File => self.file(head.size, path)?,
            Kind::Sparse(size) => self.sparse_file(*size, head.size, path)?,
            Kind::Link(target) if is_target(target) => Node::Link { target: target.clone() },
            Kind::Link(_) | Kind::Folder { .. } => return Err(self.refused("has a target that no link has")),
            Kind::WhiteoutDevice => Node::Whiteout(Mark::Device),
            Kind::WhiteoutAttribute => Node::Whiteout(Mark::Attribute),
            Kind::Omitted(omission) => Node::Omitted(*omission),
        };
        let is_file = matches!(node, Node::File { .. });
        let modes = if is_file { MODE } else { 0 };
        if head.mode & !modes != 0 || (head.size != 0 && !is_file) {
            return Err(self.refused("has a mode or a size that its kind does not have"));
        }
        Ok(Entry { name: name.to_vec(), mode: head.mode, modified: head.modified, node })
    }

    fn count(&mut self, path: &[u8], depth: usize) -> Result<(), Error> {
        self.entries += 1;
        if self.entries > self.limits.entries {
            return Err(too_much(Exceeded::Entries, path, self.limits.entries));
        }
        if depth > self.limits.depth + 1 {
            return Err(too_much(Exceeded::Depth, path, self.limits.depth as u64));
        }
        Ok(())
    }

    /// The next header; none at the end.
    fn head(&mut self) -> Result<Option<Head>, Error> {
        let mut block = [0; BLOCK];
        self.entry += 1;
        self.exact(&mut block)?;
        if block == [0; BLOCK] {
            return Ok(None);
        }
        let mut blocks = block.to_vec();
        if let Some(size) = extended_size(&block) {
            if size > MAX_EXTENDED {
                return Err(self.refused("has an extended header that is too large"));
            }
            blocks.resize(2 * BLOCK + size.next_multiple_of(BLOCK as u64) as usize, 0);
            self.exact(&mut blocks[BLOCK..])?;
        }
        Head::decode(&blocks).map(Some).map_err(|reason| self.refused(reason))
    }

    /// After the first block of zeros comes another one, and then nothing but zeros.
    fn end(&mut self) -> Result<(), Error> {
        let mut block = [0; BLOCK];
        self.exact(&mut block)?;
        let mut padding = Vec::new();
        self.input.take(MAX_PADDING + 1).read_to_end(&mut padding).map_err(Error::Import)?;
        let is_zero = block.iter().chain(&padding).all(|byte| *byte == 0);
        if !is_zero || padding.len() as u64 > MAX_PADDING {
            return Err(self.refused("is the end, and something follows it"));
        }
        Ok(())
    }

    fn exact(&mut self, buffer: &mut [u8]) -> Result<(), Error> {
        self.input.read_exact(buffer).map_err(|error| match error.kind() {
            std::io::ErrorKind::UnexpectedEof => self.refused("is cut off"),
            _ => Error::Import(error),
        })
    }

    fn skip_padding(&mut self, size: u64) -> Result<(), Error> {
        let mut padding = [0; BLOCK];
        let length = (size.next_multiple_of(BLOCK as u64) - size) as usize;
        self.exact(&mut padding[..length])?;
        if padding.iter().any(|byte| *byte != 0) {
            return Err(self.refused("has something after its content"));
        }
        Ok(())
    }

    fn refused(&self, reason: &'static str) -> Error {
        Error::Refused { entry: self.entry, reason }
    }
}

fn is_target(target: &[u8]) -> bool {
    (1..=MAX_TARGET).contains(&target.len()) && !target.contains(&0)
}

fn too_much(exceeded: Exceeded, path: &[u8], most: u64) -> Error {
    let slash = path.iter().position(|byte| *byte == b'/').unwrap_or(path.len());
    let folder = String::from_utf8_lossy(&path[..slash]).into_owned();
    let rest = path.get(slash + 1..).unwrap_or_default();
    Error::TooMuch { exceeded, place: Place::new(&folder, rest), most }
}

/// The digest of a file without content.
fn of_nothing() -> Digest {
    Digest::of(b"")
}

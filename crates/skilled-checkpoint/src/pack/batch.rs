//! Objects that are about to become a pack.

use std::collections::HashSet;
use std::fs::File;
use std::io::Write;

use rustix::io::Errno;

use super::{END, FOLDER, List, MAX_OBJECT, VERSION};
use crate::object::{Chunks, Tree};
use crate::store::{Store, Temporary};
use crate::{Digest, Error};

/// How much is gathered before it is written.
const BUFFER: usize = 256 * 1024;

/// New objects. Unless they are committed, nothing of them stays.
#[derive(Debug)]
pub(crate) struct Batch<'a> {
    store: &'a Store,
    temporary: Option<(Temporary<'a>, File)>,
    buffer: Vec<u8>,
    list: List,
    new: HashSet<Digest>,
}

impl<'a> Batch<'a> {
    /// Begins with nothing. [`Store::find_objects`] comes before, so that what is there is known.
    pub(crate) fn new(store: &'a Store) -> Self {
        Self { store, temporary: None, buffer: Vec::new(), list: List::default(), new: HashSet::new() }
    }

    /// Keeps content. Gives its digest, and how many bytes that cost: none when it was there.
    pub(crate) fn put(&mut self, content: &[u8]) -> Result<(Digest, u64), Error> {
        let digest = Digest::of(content);
        if content.is_empty() || self.store.has(digest) {
            return Ok((digest, 0));
        }
        let new = self.append(digest, content)?;
        Ok((digest, if new { content.len() as u64 } else { 0 }))
    }

    /// Keeps a folder.
    pub(crate) fn put_tree(&mut self, tree: &Tree) -> Result<(Digest, u64), Error> {
        self.put(&tree.encode().map_err(|error| self.store.encoding(error))?)
    }

    /// Keeps a list of chunks.
    pub(crate) fn put_chunks(&mut self, chunks: &Chunks) -> Result<(Digest, u64), Error> {
        self.put(&chunks.encode().map_err(|error| self.store.encoding(error))?)
    }

    /// Writes an object, whether or not another pack has it. Says whether this one had not.
    pub(crate) fn append(&mut self, digest: Digest, content: &[u8]) -> Result<bool, Error> {
        if !self.new.insert(digest) {
            return Ok(false);
        }
        if content.len() as u64 > MAX_OBJECT {
            return Err(Error::store("keep so large a folder in", self.store.path(), Errno::FBIG));
        }
        self.list.objects.push((digest, content.len() as u64));
        if self.buffer.len() + content.len() > BUFFER {
            self.flush()?;
        }
        if content.len() > BUFFER {
            self.write(content)?;
        } else {
            self.buffer.extend(content);
        }
        Ok(true)
    }

    /// Makes a pack of the objects, if there are any, and gives its name.
    pub(crate) fn commit(mut self) -> Result<Option<String>, Error> {
        if self.list.objects.is_empty() {
            return Ok(None);
        }
        let list =
            postcard::to_allocvec(&(VERSION, &self.list)).map_err(|error| self.store.encoding(error))?;
        let sum = Digest::of(&list);
        let mut end = Vec::with_capacity(list.len() + END);
        end.extend(&list);
        end.extend((list.len() as u64).to_le_bytes());
        end.extend(sum.digits());
        self.buffer.extend(end);
        self.flush()?;
        let name = sum.to_string();
        if let Some((temporary, file)) = self.temporary.take() {
            temporary.publish(&file, &format!("{FOLDER}/{name}"))?;
        }
        Ok(Some(name))
    }

    fn flush(&mut self) -> Result<(), Error> {
        let mut buffer = std::mem::take(&mut self.buffer);
        let written = self.write(&buffer);
        buffer.clear();
        self.buffer = buffer;
        written
    }

    fn write(&mut self, content: &[u8]) -> Result<(), Error> {
        if content.is_empty() {
            return Ok(());
        }
        let (temporary, file) = match &mut self.temporary {
            Some(open) => open,
            None => self.temporary.insert(self.store.temporary()?),
        };
        file.write_all(content).map_err(|error| temporary.failed(error))
    }
}

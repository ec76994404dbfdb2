//! The content of files in an archive.

use super::{Import, of_nothing, too_much};
use crate::object::{CHUNK, Chunks, Node, Run};
use crate::pack::chunk_size;
use crate::tarball::{BLOCK, decimal};
use crate::{Error, Exceeded};

impl Import<'_> {
    /// A file whose content follows whole.
    pub(super) fn file(&mut self, size: u64, path: &[u8]) -> Result<Node, Error> {
        self.check_size(size, path)?;
        if size <= CHUNK {
            let digest = match self.piece(size, path)? {
                Some(digest) => digest,
                // Zeros are left out of large files only.
                None if size == 0 => of_nothing(),
                None => self.keep(size, path)?,
            };
            self.skip_padding(size)?;
            return Ok(Node::File { size, digest });
        }
        let mut chunks = Chunks::default();
        self.stretch(0, size, size, &mut chunks, path)?;
        self.skip_padding(size)?;
        self.large(size, &chunks)
    }

    /// A file with holes: a map, and then the data that it names. Both together have `length` bytes.
    pub(super) fn sparse_file(&mut self, size: u64, length: u64, path: &[u8]) -> Result<Node, Error> {
        self.check_size(size, path)?;
        let mut map = Numbers { block: [0; BLOCK], at: BLOCK, read: 0 };
        let count = map.next(self)?;
        let (mut chunks, mut end, mut data) = (Chunks::default(), 0, 0);
        let mut stretches = Vec::new();
        for _ in 0..count.min(size.div_ceil(CHUNK) + 2) {
            let (offset, length) = (map.next(self)?, map.next(self)?);
            let fits = offset >= end && offset.checked_add(length).is_some_and(|end| end <= size);
            let at_edge = |at: u64| at.is_multiple_of(CHUNK) || at == size;
            let whole = at_edge(offset) && at_edge(offset.saturating_add(length));
            if !fits || !whole {
                return Err(self.refused("has a map of holes that cannot be"));
            }
            end = offset + length;
            data += length;
            stretches.push((offset, length));
        }
        let complete = stretches.len() as u64 == count && end == size && size > CHUNK && data < size;
        if !complete || map.read + data != length || !map.is_done() {
            return Err(self.refused("has a map of holes that does not fit its content"));
        }
        let mut end = 0;
        for (offset, length) in stretches {
            chunks.zeros((offset - end).div_ceil(CHUNK));
            self.stretch(offset, length, size, &mut chunks, path)?;
            end = offset + length;
        }
        self.skip_padding(data)?;
        self.large(size, &chunks)
    }

    fn large(&mut self, size: u64, chunks: &Chunks) -> Result<Node, Error> {
        let (digest, own_bytes) = self.batch.put_chunks(chunks)?;
        self.own_bytes += own_bytes;
        Ok(Node::File { size, digest })
    }

    /// A stretch of data of a large file.
    fn stretch(
        &mut self,
        offset: u64,
        length: u64,
        size: u64,
        chunks: &mut Chunks,
        path: &[u8],
    ) -> Result<(), Error> {
        let end = offset + length;
        let mut at = offset;
        while at < end {
            let piece = chunk_size(size, at).min(end - at);
            match self.piece(piece, path)? {
                Some(digest) => chunks.runs.push(Run::Data(digest)),
                None => chunks.zeros(1),
            }
            at += piece;
        }
        Ok(())
    }

    /// Reads up to a chunk, and keeps it unless it is zeros.
    fn piece(&mut self, size: u64, path: &[u8]) -> Result<Option<crate::Digest>, Error> {
        let mut buffer = std::mem::take(&mut self.buffer);
        buffer.resize(size as usize, 0);
        let read = self.exact(&mut buffer);
        let is_zero = buffer.iter().all(|byte| *byte == 0);
        self.buffer = buffer;
        read?;
        if is_zero { Ok(None) } else { self.keep(size, path).map(Some) }
    }

    /// Keeps what was read.
    fn keep(&mut self, size: u64, path: &[u8]) -> Result<crate::Digest, Error> {
        self.bytes += size;
        if self.bytes > self.limits.bytes {
            return Err(too_much(Exceeded::Bytes, path, self.limits.bytes));
        }
        let (digest, own_bytes) = self.batch.put(&self.buffer)?;
        self.own_bytes += own_bytes;
        Ok(digest)
    }

    fn check_size(&self, size: u64, path: &[u8]) -> Result<(), Error> {
        if size > self.limits.file_bytes {
            return Err(too_much(Exceeded::FileBytes, path, self.limits.file_bytes));
        }
        Ok(())
    }
}

/// The lines of a map.
struct Numbers {
    block: [u8; BLOCK],
    at: usize,
    /// Bytes of the blocks read.
    read: u64,
}

impl Numbers {
    fn next(&mut self, import: &mut Import<'_>) -> Result<u64, Error> {
        const DIGITS: usize = 20;
        let mut line = Vec::new();
        loop {
            if self.at == BLOCK {
                import.exact(&mut self.block)?;
                self.read += BLOCK as u64;
                self.at = 0;
            }
            let byte = self.block[self.at];
            self.at += 1;
            if byte == b'\n' {
                break;
            }
            line.push(byte);
            if line.len() > DIGITS {
                break;
            }
        }
        decimal(&line).ok_or_else(|| import.refused("has a map of holes that cannot be read"))
    }

    /// Whether nothing but padding is left of the last block.
    fn is_done(&self) -> bool {
        self.block[self.at..].iter().all(|byte| *byte == 0)
    }
}

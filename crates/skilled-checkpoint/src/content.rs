//! Reading a file into the store, or only to learn its digest.
//!
//! What is kept is always the very bytes that were hashed: a copy made beside the hashing could hold other bytes, since
//! the file may change meanwhile.

use std::os::fd::BorrowedFd;

use rustix::fs::SeekFrom;
use rustix::io::Errno;

use crate::object::{CHUNK, Chunks, Run};
use crate::pack::{Batch, chunk_size};
use crate::{Digest, Error};

/// What a file holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Content {
    /// Bytes that were there, holes included.
    pub(crate) size: u64,
    pub(crate) digest: Digest,
    /// Bytes without holes.
    pub(crate) data: u64,
    /// Bytes that the store did not have.
    pub(crate) own_bytes: u64,
}

/// Why it was not read.
#[derive(Debug)]
pub(crate) enum Failure {
    /// The file could not be read.
    System(Errno),
    /// The store could not be written.
    Store(Error),
    /// There is more data than allowed.
    TooMuch,
}

impl From<Errno> for Failure {
    fn from(error: Errno) -> Self {
        Self::System(error)
    }
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        Self::Store(error)
    }
}

/// Where what is read goes.
#[derive(Debug)]
pub(crate) enum Keep<'b, 's> {
    /// Into the store.
    In(&'b mut Batch<'s>),
    /// Nowhere: only its digest is wanted.
    Nowhere,
}

/// Reads files one after another.
#[derive(Debug, Default)]
pub(crate) struct Reader {
    buffer: Vec<u8>,
}

impl Reader {
    /// Reads up to `size` bytes, of which `most` may be data.
    pub(crate) fn read(
        &mut self,
        file: BorrowedFd<'_>,
        size: u64,
        most: u64,
        mut keep: Keep<'_, '_>,
    ) -> Result<Content, Failure> {
        let first = chunk_size(size, 0) as usize;
        if self.buffer.len() < first {
            self.buffer.resize(if size > CHUNK { CHUNK as usize } else { first }, 0);
        }
        if size > CHUNK {
            return self.read_large(file, size, most, keep);
        }
        if size > most {
            return Err(Failure::TooMuch);
        }
        let length = fill(file, 0, &mut self.buffer[..first])?;
        let (digest, own_bytes) = keep.put(&self.buffer[..length])?;
        Ok(Content { size: length as u64, digest, data: length as u64, own_bytes })
    }

    fn read_large(
        &mut self,
        file: BorrowedFd<'_>,
        size: u64,
        most: u64,
        mut keep: Keep<'_, '_>,
    ) -> Result<Content, Failure> {
        let mut chunks = Chunks::default();
        let mut content = Content { size, digest: Digest::of(b""), data: 0, own_bytes: 0 };
        let mut offset = 0;
        while offset < size {
            let data = next_data(file, offset)?.min(size);
            if data == size {
                chunks.zeros((size - offset).div_ceil(CHUNK));
                break;
            }
            let empty = (data - offset) / CHUNK;
            chunks.zeros(empty);
            offset += empty * CHUNK;
            let wanted = chunk_size(size, offset);
            let length = fill(file, offset, &mut self.buffer[..wanted as usize])?;
            if self.buffer[..length].iter().any(|byte| *byte != 0) {
                content.data += length as u64;
                if content.data > most {
                    return Err(Failure::TooMuch);
                }
                let (digest, own_bytes) = keep.put(&self.buffer[..length])?;
                chunks.runs.push(Run::Data(digest));
                content.own_bytes += own_bytes;
            } else {
                chunks.zeros(u64::from(length > 0));
            }
            offset += length as u64;
            if (length as u64) < wanted {
                // Somebody cut it meanwhile.
                content.size = offset;
                break;
            }
        }
        self.finish(content, &chunks, keep)
    }

    fn finish(
        &mut self,
        mut content: Content,
        chunks: &Chunks,
        mut keep: Keep<'_, '_>,
    ) -> Result<Content, Failure> {
        let (digest, own_bytes) = match chunks.runs.first() {
            // So much was cut that it is no large file any more.
            Some(Run::Data(digest)) if content.size <= CHUNK => (*digest, 0),
            Some(Run::Zeros(_)) if content.size <= CHUNK => {
                self.buffer.fill(0);
                content.data = content.size;
                keep.put(&self.buffer[..content.size as usize])?
            }
            None => (content.digest, 0),
            Some(Run::Data(_) | Run::Zeros(_)) => keep.put_chunks(chunks)?,
        };
        content.digest = digest;
        content.own_bytes += own_bytes;
        Ok(content)
    }
}

impl Keep<'_, '_> {
    fn put(&mut self, content: &[u8]) -> Result<(Digest, u64), Failure> {
        match self {
            Self::In(batch) => Ok(batch.put(content)?),
            Self::Nowhere => Ok((Digest::of(content), 0)),
        }
    }

    fn put_chunks(&mut self, chunks: &Chunks) -> Result<(Digest, u64), Failure> {
        match self {
            Self::In(batch) => Ok(batch.put_chunks(chunks)?),
            Self::Nowhere => {
                let list = chunks.encode().map_err(|_| Failure::System(Errno::INVAL))?;
                Ok((Digest::of(&list), 0))
            }
        }
    }
}

/// Where data begins at or after the offset. What lies before is a hole.
fn next_data(file: BorrowedFd<'_>, offset: u64) -> Result<u64, Errno> {
    match rustix::fs::seek(file, SeekFrom::Data(offset)) {
        Err(Errno::NXIO) => Ok(u64::MAX),
        // The file system does not know holes.
        Err(Errno::INVAL | Errno::OPNOTSUPP) => Ok(offset),
        found => found,
    }
}

/// Reads until the buffer is full or the file ends.
fn fill(file: BorrowedFd<'_>, offset: u64, buffer: &mut [u8]) -> Result<usize, Errno> {
    let mut filled = 0;
    while filled < buffer.len() {
        match rustix::io::pread(file, &mut buffer[filled..], offset + filled as u64) {
            Ok(0) => break,
            Ok(read) => filled += read,
            Err(Errno::INTR) => {}
            Err(error) => return Err(error),
        }
    }
    Ok(filled)
}

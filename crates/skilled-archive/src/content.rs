//! The content of one entry while it streams.

use std::io::{self, Read};

use flate2::Crc;

use crate::{Code, Error, Problem};

/// Gives exactly the bytes that the archive announced, and remembers what was wrong.
pub(crate) struct Content<'a> {
    source: &'a mut dyn Read,
    path: &'a str,
    left: u64,
    /// The running checksum and the one it must become.
    checksum: Option<(Crc, u32)>,
    /// Whether the end was looked at.
    ended: bool,
    /// Whether bytes may follow in the source: those of the next entry.
    shared: bool,
    failed: Option<Error>,
}

impl<'a> Content<'a> {
    /// A part of a stream.
    pub(crate) fn part(source: &'a mut dyn Read, path: &'a str, size: u64) -> Self {
        Self { source, path, left: size, checksum: None, ended: false, shared: true, failed: None }
    }

    /// A source of its own, which must end after `size` bytes with this CRC-32.
    pub(crate) fn whole(source: &'a mut dyn Read, path: &'a str, size: u64, crc: u32) -> Self {
        Self { shared: false, checksum: Some((Crc::new(), crc)), ..Self::part(source, path, size) }
    }

    /// Reads what the caller left and says what was wrong, if anything.
    pub(crate) fn finish(mut self) -> Result<(), Error> {
        let mut buffer = vec![0; 16 * 1024];
        while self.failed.is_none() && !self.ended {
            match self.read(&mut buffer) {
                Ok(0) => break,
                Ok(_) => {}
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(_) => break,
            }
        }
        self.failed.map_or(Ok(()), Err)
    }

    /// Whether reading failed, whoever reads.
    pub(crate) fn has_failed(&self) -> bool {
        self.failed.is_some()
    }

    fn fail(&mut self, error: Error) -> io::Error {
        let told = io::Error::new(io::ErrorKind::InvalidData, error.to_string());
        self.failed = Some(error);
        self.ended = true;
        told
    }

    fn problem(&mut self, code: Code, message: &str) -> io::Error {
        let problem = Problem::entry(code, self.path, message);
        self.fail(problem.into())
    }

    fn at_end(&mut self) -> io::Result<usize> {
        if !self.shared {
            let mut one = [0];
            loop {
                match self.source.read(&mut one) {
                    Ok(0) => break,
                    Ok(_) => {
                        return Err(
                            self.problem(Code::Damaged, "the content is larger than the archive says")
                        );
                    }
                    Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                    Err(error) => return Err(self.source_failed(error)),
                }
            }
        }
        if let Some((crc, expected)) = &self.checksum
            && crc.sum() != *expected
        {
            return Err(self.problem(Code::Checksum, "the content does not have the CRC-32 of the archive"));
        }
        self.ended = true;
        Ok(0)
    }

    fn source_failed(&mut self, error: io::Error) -> io::Error {
        let error = broken_stream(error, Some(self.path));
        self.fail(error)
    }
}

impl Read for Content<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if let Some(error) = &self.failed {
            return Err(io::Error::new(io::ErrorKind::InvalidData, error.to_string()));
        }
        if buffer.is_empty() || self.ended {
            return Ok(0);
        }
        if self.left == 0 {
            return self.at_end();
        }
        let most = usize::try_from(self.left).unwrap_or(usize::MAX).min(buffer.len());
        match self.source.read(&mut buffer[..most]) {
            Ok(0) => Err(self.problem(Code::Truncated, "the content is shorter than the archive says")),
            Ok(read) => {
                self.left -= read as u64;
                if let Some((crc, _)) = &mut self.checksum {
                    crc.update(&buffer[..read]);
                }
                Ok(read)
            }
            Err(error) if error.kind() == io::ErrorKind::Interrupted => Err(error),
            Err(error) => Err(self.source_failed(error)),
        }
    }
}

/// Tells content that cannot be decompressed from a file that cannot be read. Errors that this crate put into the
/// stream come out again.
pub(crate) fn broken_stream(error: io::Error, path: Option<&str>) -> Error {
    use io::ErrorKind::{InvalidData, InvalidInput, UnexpectedEof};
    let code = match error.kind() {
        InvalidData | InvalidInput => Code::Damaged,
        UnexpectedEof => Code::Truncated,
        _ => return Error::Read(error),
    };
    let error = match error.downcast::<Problem>() {
        Ok(problem) => return problem.into(),
        Err(error) => error,
    };
    let message = format!("the compressed data are damaged, cut off or followed by something else: {error}");
    match path {
        Some(path) => Problem::entry(code, path, message).into(),
        None => Problem::archive(code, message).into(),
    }
}

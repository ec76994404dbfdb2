//! Writing an archive: the same entries give the same bytes.

use std::io::{self, Read, Seek, Write};

use flate2::write::GzEncoder;
use flate2::{Compression, GzBuilder};
use zip::write::{FileOptions, SimpleFileOptions};
use zip::{CompressionMethod, DateTime, ZipWriter};

use crate::gate::{Gate, Shutter};
use crate::{Format, Limits, Names, Occupies, Portability, Problem, WriteError};

/// How hard is compressed; never changed, so that bytes stay the same.
const LEVEL: u32 = 6;

/// What zip files need longer fields for.
const ZIP64_FROM: u64 = u32::MAX as u64;

/// The operating system in a gzip header that stands for none (RFC 1952).
const NO_SYSTEM: u8 = 255;

/// Writes an archive entry by entry, in the order of the bytes of their paths. Times are fixed, modes are 0644 and 0755,
/// owners are 0. Only paths are written that [`Archive`](crate::Archive) accepts.
pub struct Writer<W: Write + Seek> {
    output: Output<W>,
    names: Names,
    last: String,
}

enum Output<W: Write + Seek> {
    Zip(Zip<W>),
    Tar(Box<tar::Builder<W>>),
    TarGz(Box<tar::Builder<GzEncoder<W>>>),
}

struct Zip<W: Write + Seek> {
    /// Comes first, as it is dropped first: what is not finished is given up before the other ends it.
    shutter: Shutter,
    writer: Box<ZipWriter<Gate<W>>>,
}

impl<W: Write + Seek> Zip<W> {
    fn new(out: W) -> Self {
        let (gate, shutter) = Gate::new(out);
        Self { shutter, writer: Box::new(ZipWriter::new(gate)) }
    }

    fn finish(self) -> io::Result<W> {
        let Self { shutter, writer } = self;
        let gate = writer.finish()?;
        if shutter.is_shut() {
            return Err(io::Error::other("an earlier part could not be written"));
        }
        Ok(gate.into_inner())
    }
}

impl<W: Write + Seek> std::fmt::Debug for Writer<W> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Writer").field("last", &self.last).finish_non_exhaustive()
    }
}

impl<W: Write + Seek> Writer<W> {
    /// Starts an archive in `out`, within the default limits of names.
    pub fn new(out: W, format: Format) -> Self {
        let output = match format {
            Format::Zip => Output::Zip(Zip::new(out)),
            Format::Tar => Output::Tar(Box::new(tar::Builder::new(out))),
            Format::TarGz => {
                let gzip = GzBuilder::new().mtime(0).operating_system(NO_SYSTEM);
                Output::TarGz(Box::new(tar::Builder::new(gzip.write(out, Compression::new(LEVEL)))))
            }
        };
        let limits = Limits { entries: usize::MAX, ..Limits::default() };
        Self { output, names: Names::new(&limits, Portability::Everywhere), last: String::new() }
    }

    /// Adds a folder. Folders with something in them need no entry of their own.
    ///
    /// # Errors
    ///
    /// [`WriteError`]
    pub fn directory(&mut self, path: &str) -> Result<(), WriteError> {
        self.next(path, Occupies::Folder)?;
        match &mut self.output {
            Output::Zip(zip) => zip
                .writer
                .add_directory(path, zip_options(true, 0))
                .map_err(|error| WriteError::Output(error.into())),
            Output::Tar(tar) => {
                append(tar, path, &mut header(tar::EntryType::Directory, true, 0), io::empty())
            }
            Output::TarGz(tar) => {
                append(tar, path, &mut header(tar::EntryType::Directory, true, 0), io::empty())
            }
        }
    }

    /// Adds a file of `size` bytes, which `content` gives.
    ///
    /// # Errors
    ///
    /// [`WriteError`], also when `content` has more or fewer bytes.
    pub fn file(
        &mut self,
        path: &str,
        executable: bool,
        size: u64,
        content: &mut dyn Read,
    ) -> Result<(), WriteError> {
        self.next(path, Occupies::File)?;
        let mut exact = Exact { content, left: size, failed: None };
        let written = match &mut self.output {
            Output::Zip(zip) => zip
                .writer
                .start_file(path, zip_options(executable, size))
                .map_err(|error| WriteError::Output(error.into()))
                .and_then(|()| {
                    io::copy(&mut exact, zip.writer.as_mut()).map(drop).map_err(WriteError::Output)
                }),
            Output::Tar(tar) => {
                append(tar, path, &mut header(tar::EntryType::Regular, executable, size), &mut exact)
            }
            Output::TarGz(tar) => {
                append(tar, path, &mut header(tar::EntryType::Regular, executable, size), &mut exact)
            }
        };
        match exact.finish() {
            Ok(()) => written,
            Err(Unequal::Size) => Err(WriteError::Size { entry: path.to_owned(), announced: size }),
            Err(Unequal::Failed(source)) => Err(WriteError::Input { entry: path.to_owned(), source }),
        }
    }

    /// Ends the archive and gives back what it was written to.
    ///
    /// # Errors
    ///
    /// [`WriteError::Output`]
    pub fn finish(self) -> Result<W, WriteError> {
        let out = match self.output {
            Output::Zip(zip) => zip.finish(),
            Output::Tar(tar) => tar.into_inner(),
            Output::TarGz(tar) => tar.into_inner().and_then(GzEncoder::finish),
        };
        let mut out = out.map_err(WriteError::Output)?;
        out.flush().map_err(WriteError::Output)?;
        Ok(out)
    }

    fn next(&mut self, path: &str, occupies: Occupies) -> Result<(), WriteError> {
        if path.as_bytes() < self.last.as_bytes() {
            return Err(WriteError::Order { entry: path.to_owned() });
        }
        let first = |problems: Vec<Problem>| problems.into_iter().next();
        if let Some(problem) = self.names.add(path, occupies).err().and_then(first) {
            return Err(WriteError::Name(problem));
        }
        path.clone_into(&mut self.last);
        Ok(())
    }
}

fn zip_options(executable: bool, size: u64) -> SimpleFileOptions {
    FileOptions::default()
        .compression_method(CompressionMethod::Deflated)
        .compression_level(Some(LEVEL.into()))
        .last_modified_time(DateTime::DEFAULT)
        .unix_permissions(mode(executable))
        .large_file(size >= ZIP64_FROM)
}

fn header(kind: tar::EntryType, executable: bool, size: u64) -> tar::Header {
    let mut header = tar::Header::new_gnu();
    header.set_entry_type(kind);
    header.set_mode(mode(executable));
    header.set_size(size);
    header.set_uid(0);
    header.set_gid(0);
    header.set_mtime(0);
    header
}

fn append<W: Write>(
    tar: &mut tar::Builder<W>,
    path: &str,
    header: &mut tar::Header,
    content: impl Read,
) -> Result<(), WriteError> {
    let slash = if header.entry_type().is_dir() { "/" } else { "" };
    tar.append_data(header, format!("{path}{slash}"), content).map_err(WriteError::Output)
}

fn mode(executable: bool) -> u32 {
    if executable { 0o755 } else { 0o644 }
}

/// Exactly as many bytes as announced, in full buffers, so that what is compressed does not depend on how it was read.
struct Exact<'a> {
    content: &'a mut dyn Read,
    left: u64,
    failed: Option<Unequal>,
}

enum Unequal {
    Size,
    Failed(io::Error),
}

impl Exact<'_> {
    /// Whether the content had the announced size and ended there.
    fn finish(self) -> Result<(), Unequal> {
        if let Some(failed) = self.failed {
            return Err(failed);
        }
        if self.left > 0 {
            return Ok(());
        }
        let mut more = self.content.take(1);
        match io::copy(&mut more, &mut io::sink()) {
            Ok(0) => Ok(()),
            Ok(_) => Err(Unequal::Size),
            Err(error) => Err(Unequal::Failed(error)),
        }
    }
}

impl Read for Exact<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let most = usize::try_from(self.left).unwrap_or(usize::MAX).min(buffer.len());
        let mut filled = 0;
        while filled < most && self.failed.is_none() {
            match self.content.read(&mut buffer[filled..most]) {
                Ok(0) => self.failed = Some(Unequal::Size),
                Ok(read) => filled += read,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => self.failed = Some(Unequal::Failed(error)),
            }
        }
        if self.failed.is_some() {
            return Err(io::Error::other("the content ended early"));
        }
        self.left -= filled as u64;
        Ok(filled)
    }
}

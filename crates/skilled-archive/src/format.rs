//! The kinds of archives.

use std::fmt;
use std::io::{self, Read, Seek, SeekFrom};

/// A kind of archive that can be read and written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Format {
    /// Zip, which a `.skill` is too.
    Zip,
    /// Tar, compressed with gzip.
    TarGz,
    /// Tar.
    Tar,
}

/// Bytes that tell the format: a tar's first header, checksum included.
pub(crate) const MAGIC_BYTES: usize = 512;

impl Format {
    /// The format that a file name stands for, when archives are written: `.skill` and `.zip`, `.tar.gz` and `.tgz`,
    /// `.tar`, in any case. For reading, the content decides.
    pub fn of_name(name: &str) -> Option<Self> {
        let name = name.to_ascii_lowercase();
        let ends = |endings: &[&str]| endings.iter().any(|ending| name.ends_with(ending));
        if ends(&[".skill", ".zip"]) {
            Some(Self::Zip)
        } else if ends(&[".tar.gz", ".tgz"]) {
            Some(Self::TarGz)
        } else {
            ends(&[".tar"]).then_some(Self::Tar)
        }
    }

    /// Returns `zip`, `tar.gz` or `tar`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Zip => "zip",
            Self::TarGz => "tar.gz",
            Self::Tar => "tar",
        }
    }

    /// Tells from the first bytes what the rest is; the error is what to call it instead.
    pub(crate) fn detect(start: &[u8]) -> Result<Self, &'static str> {
        let other: &[(&[u8], &str)] = &[
            (b"", "empty"),
            (b"7z\xbc\xaf\x27\x1c", "a 7z archive"),
            (b"Rar!\x1a\x07", "a RAR archive"),
            (b"\xfd7zXZ\0", "compressed with xz"),
            (b"BZh", "compressed with bzip2"),
            (b"\x28\xb5\x2f\xfd", "compressed with Zstandard"),
            (b"\x1f\x9d", "compressed with compress"),
            (b"MZ", "a Windows program, perhaps one that unpacks itself"),
            (b"\x7fELF", "a program, perhaps one that unpacks itself"),
            (b"PK\x07\x08", "one part of a split zip archive"),
        ];
        if start.starts_with(b"PK\x03\x04") || start.starts_with(b"PK\x05\x06") {
            return Ok(Self::Zip);
        }
        if start.starts_with(b"\x1f\x8b") {
            return Ok(Self::TarGz);
        }
        if start.len() == MAGIC_BYTES && is_tar(start) {
            return Ok(Self::Tar);
        }
        let known = other
            .iter()
            .find(|(magic, _)| if magic.is_empty() { start.is_empty() } else { start.starts_with(magic) });
        Err(known.map_or("no archive", |(_, name)| name))
    }
}

impl fmt::Display for Format {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// A header with the right checksum, or the zeros that an empty archive consists of.
fn is_tar(block: &[u8]) -> bool {
    block.iter().all(|&byte| byte == 0) || crate::tarball::checksum_is_right(block)
}

/// The first bytes of `reader`, fewer when it is shorter.
pub(crate) fn start_of<R: Read + Seek>(reader: &mut R) -> io::Result<Vec<u8>> {
    reader.seek(SeekFrom::Start(0))?;
    let mut start = Vec::with_capacity(MAGIC_BYTES);
    reader.by_ref().take(MAGIC_BYTES as u64).read_to_end(&mut start)?;
    Ok(start)
}

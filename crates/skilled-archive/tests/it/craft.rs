//! Archives built byte by byte, since libraries refuse to write what attackers write.

use std::io::{Cursor, Write};

use flate2::write::{DeflateEncoder, GzEncoder};
use flate2::{Compression, Crc};
use skilled_archive::{Archive, Entry, Error, Options};

/// One entry of a zip. What is `None` is what it should be.
#[derive(Clone, Default)]
pub(crate) struct Member {
    pub(crate) name: Vec<u8>,
    pub(crate) content: Vec<u8>,
    /// Unix mode with its type.
    pub(crate) mode: u32,
    pub(crate) deflate: bool,
    pub(crate) method: Option<u16>,
    pub(crate) flags: u16,
    pub(crate) local_flags: Option<u16>,
    pub(crate) local_name: Option<Vec<u8>>,
    pub(crate) local_method: Option<u16>,
    /// Checksum, compressed size and size of the local header.
    pub(crate) local_sizes: Option<[u32; 3]>,
    pub(crate) crc: Option<u32>,
    pub(crate) size: Option<u32>,
    /// Compressed bytes in place of those of the content.
    pub(crate) data: Option<Vec<u8>>,
    pub(crate) offset: Option<u32>,
    pub(crate) extra: Vec<u8>,
    /// Bytes between the content and what follows.
    pub(crate) after: Vec<u8>,
}

impl Member {
    pub(crate) fn file(name: &str, content: &[u8]) -> Self {
        Self { name: name.into(), content: content.to_vec(), mode: 0o100_644, ..Self::default() }
    }

    pub(crate) fn deflated(name: &str, content: &[u8]) -> Self {
        Self { deflate: true, ..Self::file(name, content) }
    }
}

pub(crate) struct Zip {
    pub(crate) bytes: Vec<u8>,
    directory: Vec<u8>,
    count: u16,
}

pub(crate) fn zip(members: &[Member]) -> Vec<u8> {
    let mut zip = Zip { bytes: Vec::new(), directory: Vec::new(), count: 0 };
    for member in members {
        zip.add(member);
    }
    zip.finish()
}

impl Zip {
    fn add(&mut self, member: &Member) {
        let offset = member.offset.unwrap_or(self.bytes.len() as u32);
        let data = match (&member.data, member.deflate) {
            (Some(data), _) => data.clone(),
            (None, true) => deflate(&member.content),
            (None, false) => member.content.clone(),
        };
        let mut crc = Crc::new();
        crc.update(&member.content);
        let crc = member.crc.unwrap_or(crc.sum());
        let size = member.size.unwrap_or(member.content.len() as u32);
        let method = member.method.unwrap_or(if member.deflate { 8 } else { 0 });
        let name = member.local_name.as_ref().unwrap_or(&member.name);
        let [local_crc, local_compressed, local_size] =
            member.local_sizes.unwrap_or([crc, data.len() as u32, size]);

        self.bytes.extend(b"PK\x03\x04\x14\x00");
        self.bytes.extend(member.local_flags.unwrap_or(member.flags).to_le_bytes());
        self.bytes.extend(member.local_method.unwrap_or(method).to_le_bytes());
        self.bytes.extend([0, 0, 0x21, 0]);
        for number in [local_crc, local_compressed, local_size] {
            self.bytes.extend(number.to_le_bytes());
        }
        self.bytes.extend((name.len() as u16).to_le_bytes());
        self.bytes.extend([0, 0]);
        self.bytes.extend(name);
        self.bytes.extend(&data);
        self.bytes.extend(&member.after);

        self.directory.extend(b"PK\x01\x02\x14\x03\x14\x00");
        self.directory.extend(member.flags.to_le_bytes());
        self.directory.extend(method.to_le_bytes());
        self.directory.extend([0, 0, 0x21, 0]);
        for number in [crc, data.len() as u32, size] {
            self.directory.extend(number.to_le_bytes());
        }
        self.directory.extend((member.name.len() as u16).to_le_bytes());
        self.directory.extend((member.extra.len() as u16).to_le_bytes());
        self.directory.extend([0; 6]);
        self.directory.extend((member.mode << 16).to_le_bytes());
        self.directory.extend(offset.to_le_bytes());
        self.directory.extend(&member.name);
        self.directory.extend(&member.extra);
        self.count += 1;
    }

    fn finish(mut self) -> Vec<u8> {
        let start = self.bytes.len() as u32;
        self.bytes.extend(&self.directory);
        let end = end_record(self.count, self.directory.len() as u32, start, b"");
        self.bytes.extend(end);
        self.bytes
    }
}

pub(crate) fn end_record(count: u16, size: u32, start: u32, comment: &[u8]) -> Vec<u8> {
    let mut end = b"PK\x05\x06\x00\x00\x00\x00".to_vec();
    end.extend(count.to_le_bytes());
    end.extend(count.to_le_bytes());
    end.extend(size.to_le_bytes());
    end.extend(start.to_le_bytes());
    end.extend((comment.len() as u16).to_le_bytes());
    end.extend(comment);
    end
}

pub(crate) fn deflate(content: &[u8]) -> Vec<u8> {
    let mut encoder = DeflateEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(content).unwrap();
    encoder.finish().unwrap()
}

pub(crate) fn gzip(content: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(content).unwrap();
    encoder.finish().unwrap()
}

/// One header of a tar with its content.
#[derive(Clone)]
pub(crate) struct Block {
    pub(crate) name: Vec<u8>,
    pub(crate) kind: u8,
    pub(crate) content: Vec<u8>,
    pub(crate) link: Vec<u8>,
    pub(crate) mode: u32,
    /// Size in the header in place of that of the content.
    pub(crate) size: Option<u64>,
}

impl Block {
    pub(crate) fn new(kind: u8, name: impl AsRef<[u8]>, content: impl AsRef<[u8]>) -> Self {
        let (name, content) = (name.as_ref().to_vec(), content.as_ref().to_vec());
        Self { name, kind, content, link: Vec::new(), mode: 0o644, size: None }
    }

    pub(crate) fn file(name: &str, content: &[u8]) -> Self {
        Self::new(b'0', name, content)
    }

    pub(crate) fn link(kind: u8, name: &str, target: &str) -> Self {
        Self { link: target.into(), ..Self::new(kind, name, b"") }
    }

    pub(crate) fn bytes(&self) -> Vec<u8> {
        let mut header = [0; 512];
        header[..self.name.len()].copy_from_slice(&self.name);
        header[100..108].copy_from_slice(format!("{:07o}\0", self.mode).as_bytes());
        header[108..116].copy_from_slice(b"0000000\0");
        header[116..124].copy_from_slice(b"0000000\0");
        let size = self.size.unwrap_or(self.content.len() as u64);
        header[124..136].copy_from_slice(format!("{size:011o}\0").as_bytes());
        header[136..148].copy_from_slice(b"00000000000\0");
        header[148..156].copy_from_slice(b"        ");
        header[156] = self.kind;
        header[157..157 + self.link.len()].copy_from_slice(&self.link);
        header[257..265].copy_from_slice(b"ustar\x0000");
        let sum: u32 = header.iter().map(|&byte| u32::from(byte)).sum();
        header[148..156].copy_from_slice(format!("{sum:06o}\0 ").as_bytes());
        let mut bytes = header.to_vec();
        bytes.extend(&self.content);
        bytes.resize(bytes.len().next_multiple_of(512), 0);
        bytes
    }
}

/// A pax header with these records.
pub(crate) fn pax(kind: u8, records: &[(&str, &str)]) -> Block {
    let mut content = Vec::new();
    for (key, value) in records {
        let rest = key.len() + value.len() + 3;
        let mut length = rest + 1;
        while rest + length.to_string().len() != length {
            length += 1;
        }
        content.extend(format!("{length} {key}={value}\n").into_bytes());
    }
    Block::new(kind, "pax", content)
}

pub(crate) fn tar(blocks: &[Block]) -> Vec<u8> {
    let mut bytes: Vec<u8> = blocks.iter().flat_map(Block::bytes).collect();
    bytes.extend([0; 1024]);
    bytes
}

/// Lists, and reads everything.
pub(crate) fn read_with(bytes: &[u8], options: &Options) -> Result<Vec<(Entry, Vec<u8>)>, Error> {
    let mut archive = Archive::open(Cursor::new(bytes), options)?;
    let mut read = Vec::new();
    archive.visit(|entry, content| {
        let mut bytes = Vec::new();
        content.read_to_end(&mut bytes)?;
        read.push((entry.clone(), bytes));
        Ok(())
    })?;
    Ok(read)
}

/// The paths and contents of an archive that is accepted.
pub(crate) fn read(bytes: &[u8]) -> Vec<(String, Vec<u8>)> {
    let read = read_with(bytes, &Options::default()).unwrap_or_else(|error| panic!("{error}"));
    read.into_iter().map(|(entry, content)| (entry.path, content)).collect()
}

/// The codes and entries of an archive that is refused.
pub(crate) fn refused_with(bytes: &[u8], options: &Options) -> Vec<(&'static str, String)> {
    match read_with(bytes, options) {
        Ok(read) => panic!("accepted: {:?}", read.iter().map(|(entry, _)| entry).collect::<Vec<_>>()),
        Err(Error::Refused(problems)) => problems
            .list()
            .iter()
            .map(|problem| (problem.code.as_str(), problem.entry.clone().unwrap_or_default()))
            .collect(),
        Err(error) => panic!("not the archive's fault: {error}"),
    }
}

/// The codes of an archive that is refused.
pub(crate) fn codes(bytes: &[u8]) -> Vec<&'static str> {
    refused_with(bytes, &Options::default()).into_iter().map(|(code, _)| code).collect()
}

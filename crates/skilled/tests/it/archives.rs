//! Archives made byte by byte, with what no honest program writes.

/// What is put into an archive.
#[derive(Clone, Copy)]
pub(crate) struct Member<'a> {
    name: &'a str,
    content: &'a [u8],
    kind: Kind,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    File,
    Link,
    Device,
}

impl<'a> Member<'a> {
    pub(crate) const fn file(name: &'a str, content: &'a [u8]) -> Self {
        Self { name, content, kind: Kind::File }
    }

    pub(crate) const fn link(name: &'a str, target: &'a str) -> Self {
        Self { name, content: target.as_bytes(), kind: Kind::Link }
    }

    pub(crate) const fn device(name: &'a str) -> Self {
        Self { name, content: b"", kind: Kind::Device }
    }

    const fn mode(self) -> u32 {
        match self.kind {
            Kind::File => 0o100_644,
            Kind::Link => 0o120_777,
            Kind::Device => 0o020_666,
        }
    }
}

/// A zip of stored members (APPNOTE.TXT 4.3), made on Unix.
pub(crate) fn zip(members: &[Member<'_>]) -> Vec<u8> {
    let (mut out, mut directory) = (Vec::new(), Vec::new());
    for member in members {
        let offset = u32::try_from(out.len()).unwrap();
        let size = u32::try_from(member.content.len()).unwrap();
        // Version 2.0, names in UTF-8, stored, no time.
        let mut common = vec![20, 0, 0, 8, 0, 0, 0, 0, 33, 0];
        common.extend(crc32(member.content).to_le_bytes());
        common.extend(size.to_le_bytes());
        common.extend(size.to_le_bytes());
        common.extend(u16::try_from(member.name.len()).unwrap().to_le_bytes());
        common.extend([0, 0]);
        out.extend(b"PK\x03\x04");
        out.extend(&common);
        out.extend(member.name.as_bytes());
        out.extend(member.content);
        directory.extend(b"PK\x01\x02\x14\x03");
        directory.extend(&common);
        directory.extend([0; 6]);
        directory.extend((member.mode() << 16).to_le_bytes());
        directory.extend(offset.to_le_bytes());
        directory.extend(member.name.as_bytes());
    }
    let count = u16::try_from(members.len()).unwrap().to_le_bytes();
    let (start, length) = (out.len() as u32, directory.len() as u32);
    out.extend(directory);
    out.extend(b"PK\x05\x06\0\0\0\0");
    out.extend([count, count].concat());
    out.extend([length.to_le_bytes(), start.to_le_bytes()].concat());
    out.extend([0, 0]);
    out
}

/// A tar of the kind `ustar` (POSIX.1-2017, pax).
pub(crate) fn tar(members: &[Member<'_>]) -> Vec<u8> {
    let mut out = Vec::new();
    for member in members {
        let mut header = [0_u8; 512];
        let mut put = |at: usize, bytes: &[u8]| header[at..at + bytes.len()].copy_from_slice(bytes);
        let content = if member.kind == Kind::File { member.content } else { b"" };
        put(0, member.name.as_bytes());
        put(100, format!("{:07o}", member.mode() & 0o777).as_bytes());
        put(108, b"0000000\x000000000\0");
        put(124, format!("{:011o}", content.len()).as_bytes());
        put(136, b"00000000000\0        ");
        put(257, b"ustar\x0000");
        match member.kind {
            Kind::File => put(156, b"0"),
            Kind::Link => {
                put(156, b"2");
                put(157, member.content);
            }
            Kind::Device => put(156, b"3"),
        }
        let sum: u32 = header.iter().map(|byte| u32::from(*byte)).sum();
        header[148..156].copy_from_slice(format!("{sum:06o}\0 ").as_bytes());
        out.extend(header);
        out.extend(content);
        out.resize(out.len().next_multiple_of(512), 0);
    }
    out.extend([0; 1024]);
    out
}

fn crc32(bytes: &[u8]) -> u32 {
    !bytes.iter().fold(u32::MAX, |crc, byte| {
        (0..8).fold(crc ^ u32::from(*byte), |crc, _| (crc >> 1) ^ (0xedb8_8320 & (crc & 1).wrapping_neg()))
    })
}

//! The central directory and what points to it (APPNOTE 4.3.12 to 4.3.16).

use std::io::{self, Read, Seek, SeekFrom};

use crate::{Code, Error, Limits, Problem};

/// End of central directory record, without its comment.
const END: usize = 22;
const END_MAGIC: &[u8; 4] = b"PK\x05\x06";
const END64: usize = 56;
const END64_MAGIC: &[u8; 4] = b"PK\x06\x06";
const LOCATOR: usize = 20;
const LOCATOR_MAGIC: &[u8; 4] = b"PK\x06\x07";
const RECORD: usize = 46;
const RECORD_MAGIC: &[u8; 4] = b"PK\x01\x02";

/// The central directory.
pub(super) struct Directory {
    pub(super) records: Vec<Record>,
    /// Where it begins, which is where the entries end.
    pub(super) start: u64,
}

/// What the central directory says about one entry.
pub(super) struct Record {
    pub(super) name: Vec<u8>,
    pub(super) flags: u16,
    pub(super) method: u16,
    pub(super) crc: u32,
    pub(super) compressed: u64,
    pub(super) size: u64,
    pub(super) external_attributes: u32,
    /// Where the local header begins.
    pub(super) offset: u64,
}

impl Record {
    /// Encrypted, strongly encrypted, or with an encrypted directory; or a patch, which is content no more.
    pub(super) fn is_encrypted(&self) -> bool {
        self.flags & 0b0010_0000_0110_0001 != 0 || self.method == 99
    }

    /// Whether sizes and checksum follow the content.
    pub(super) fn has_descriptor(&self) -> bool {
        self.flags & 0b1000 != 0
    }
}

/// Where the central directory is.
struct End {
    records: u64,
    size: u64,
    start: u64,
}

pub(super) fn read<R: Read + Seek>(reader: &mut R, length: u64, limits: &Limits) -> Result<Directory, Error> {
    let end = find_end(reader, length)?;
    if end.records > limits.entries as u64 {
        let message = format!("there are {} entries; at most {} are allowed", end.records, limits.entries);
        return Err(Error::refused(Code::TooManyEntries, message));
    }
    if end.size > limits.metadata_bytes {
        let message =
            format!("the directory has {} bytes; at most {} are allowed", end.size, limits.metadata_bytes);
        return Err(Error::refused(Code::TooLarge, message));
    }
    let bytes = read_at(reader, end.start, usize::try_from(end.size).unwrap_or(usize::MAX))?;
    let mut rest = bytes.as_slice();
    let mut records = Vec::with_capacity(usize::try_from(end.records).unwrap_or_default());
    for _ in 0..end.records {
        records.push(record(&mut rest)?);
    }
    if rest.is_empty() {
        Ok(Directory { records, start: end.start })
    } else {
        Err(Error::refused(Code::Damaged, "the directory has more entries than it says"))
    }
}

/// Finds the end record: the last one, which must end with the file. Another that would fit as well is refused, since
/// programs differ in which they take.
fn find_end<R: Read + Seek>(reader: &mut R, length: u64) -> Result<End, Error> {
    let tail_start = length.saturating_sub((END + usize::from(u16::MAX)) as u64);
    let tail = read_at(reader, tail_start, usize::try_from(length - tail_start).unwrap_or(usize::MAX))?;
    let fits =
        |at: &usize| tail.len() >= at + END && at + END + usize::from(u16_at(&tail, at + 20)) == tail.len();
    let mut found = tail.windows(4).enumerate().filter(|(_, bytes)| bytes == END_MAGIC).map(|(at, _)| at);
    let last = found.clone().next_back();
    let Some(at) = last else {
        return Err(Error::refused(Code::Truncated, "the directory at the end of the zip is missing"));
    };
    if !fits(&at) {
        return Err(Error::refused(
            Code::Surplus,
            "bytes follow the end of the zip, or its comment is cut off",
        ));
    }
    if found.any(|other| other != at && fits(&other)) {
        return Err(Error::refused(Code::Damaged, "the zip has two ends"));
    }
    end(reader, &tail[at..], tail_start + at as u64)
}

fn end<R: Read + Seek>(reader: &mut R, record: &[u8], at: u64) -> Result<End, Error> {
    let volumes = [u16_at(record, 4), u16_at(record, 6)];
    let (here, records) = (u16_at(record, 8), u16_at(record, 10));
    let (size, start) = (u32_at(record, 12), u32_at(record, 16));
    let locator =
        if at >= LOCATOR as u64 { read_at(reader, at - LOCATOR as u64, LOCATOR)? } else { Vec::new() };
    if locator.starts_with(LOCATOR_MAGIC) {
        return end64(reader, record, at - LOCATOR as u64, &locator);
    }
    if records == u16::MAX || size == u32::MAX || start == u32::MAX {
        return Err(Error::refused(Code::Damaged, "the zip64 record is missing"));
    }
    if volumes != [0, 0] || here != records {
        return Err(Error::refused(Code::Feature, "the zip consists of several files"));
    }
    placed(End { records: records.into(), size: size.into(), start: start.into() }, at)
}

fn end64<R: Read + Seek>(
    reader: &mut R,
    record: &[u8],
    locator_at: u64,
    locator: &[u8],
) -> Result<End, Error> {
    let at = u64_at(locator, 8);
    if u32_at(locator, 4) != 0 || u32_at(locator, 16) > 1 {
        return Err(Error::refused(Code::Feature, "the zip consists of several files"));
    }
    if at.checked_add(END64 as u64) != Some(locator_at) {
        return Err(Error::refused(Code::Damaged, "the zip64 record is not where the zip says"));
    }
    let large = read_at(reader, at, END64)?;
    if !large.starts_with(END64_MAGIC) || u64_at(&large, 4) != (END64 - 12) as u64 {
        return Err(Error::refused(Code::Damaged, "the zip64 record is damaged"));
    }
    let (here, records, size, start) =
        (u64_at(&large, 24), u64_at(&large, 32), u64_at(&large, 40), u64_at(&large, 48));
    if u32_at(&large, 16) != 0 || u32_at(&large, 20) != 0 || here != records {
        return Err(Error::refused(Code::Feature, "the zip consists of several files"));
    }
    let agrees = |small: u64, most: u64, large: u64| small == most || small == large;
    if !agrees(u16_at(record, 10).into(), u16::MAX.into(), records)
        || !agrees(u32_at(record, 12).into(), u32::MAX.into(), size)
        || !agrees(u32_at(record, 16).into(), u32::MAX.into(), start)
    {
        return Err(Error::refused(Code::Damaged, "the two ends of the zip disagree"));
    }
    placed(End { records, size, start }, at)
}

/// The directory must lie right before what points to it.
fn placed(end: End, at: u64) -> Result<End, Error> {
    match end.start.checked_add(end.size) {
        Some(directory_end) if directory_end == at => Ok(end),
        Some(directory_end) if directory_end < at => Err(Error::refused(
            Code::Surplus,
            "bytes lie before the zip or behind its directory, as in a program that unpacks itself",
        )),
        _ => Err(Error::refused(Code::Damaged, "the directory is not where the zip says")),
    }
}

fn record(rest: &mut &[u8]) -> Result<Record, Error> {
    let damaged =
        || Error::refused(Code::Damaged, "the directory has fewer entries than it says, or is cut off");
    let fixed = take(rest, RECORD).ok_or_else(damaged)?;
    if !fixed.starts_with(RECORD_MAGIC) {
        return Err(damaged());
    }
    let name = take(rest, u16_at(fixed, 28).into()).ok_or_else(damaged)?;
    let extra = take(rest, u16_at(fixed, 30).into()).ok_or_else(damaged)?;
    take(rest, u16_at(fixed, 32).into()).ok_or_else(damaged)?;
    let large = Large::read(extra, name, [u32_at(fixed, 24), u32_at(fixed, 20), u32_at(fixed, 42)])?;
    if !matches!(u16_at(fixed, 34), 0 | u16::MAX) {
        return Err(Error::refused(Code::Feature, "the zip consists of several files"));
    }
    Ok(Record {
        name: name.to_vec(),
        flags: u16_at(fixed, 8),
        method: u16_at(fixed, 10),
        crc: u32_at(fixed, 16),
        compressed: large.compressed,
        size: large.size,
        external_attributes: u32_at(fixed, 38),
        offset: large.offset,
    })
}

/// The numbers that may be too large for their place in a header, with the help of its extra fields (APPNOTE 4.5.3).
pub(super) struct Large {
    pub(super) size: u64,
    pub(super) compressed: u64,
    pub(super) offset: u64,
}

impl Large {
    /// `small` are size, compressed size and offset. Extra fields that give the entry another name are refused.
    pub(super) fn read(extra: &[u8], name: &[u8], small: [u32; 3]) -> Result<Self, Error> {
        let damaged = |what: &str| {
            let name = String::from_utf8_lossy(name);
            Error::from(Problem::entry(Code::Damaged, &name, what))
        };
        let mut zip64: Option<&[u8]> = None;
        let mut rest = extra;
        // Fewer than four bytes are padding that some programs write.
        while rest.len() >= 4 {
            let (id, length) = (u16_at(rest, 0), usize::from(u16_at(rest, 2)));
            rest = &rest[4..];
            let field = take(&mut rest, length).ok_or_else(|| damaged("an extra field is cut off"))?;
            match id {
                0x0001 if zip64.is_some() => return Err(damaged("it has two zip64 fields")),
                0x0001 => zip64 = Some(field),
                0x7075 if field.get(5..) != Some(name) => return Err(damaged("it has two different names")),
                _ => {}
            }
        }
        let mut field = zip64.unwrap_or_default();
        let mut widened = |small: u32| -> Result<u64, Error> {
            if small < u32::MAX {
                return Ok(u64::from(small));
            }
            let bytes =
                take(&mut field, 8).ok_or_else(|| damaged("its zip64 field is missing or cut off"))?;
            Ok(u64_at(bytes, 0))
        };
        Ok(Self { size: widened(small[0])?, compressed: widened(small[1])?, offset: widened(small[2])? })
    }
}

/// Reads `length` bytes at `offset`.
pub(super) fn read_at<R: Read + Seek>(reader: &mut R, offset: u64, length: usize) -> Result<Vec<u8>, Error> {
    reader.seek(SeekFrom::Start(offset)).map_err(Error::Read)?;
    let mut bytes = Vec::new();
    reader.by_ref().take(length as u64).read_to_end(&mut bytes).map_err(Error::Read)?;
    if bytes.len() == length {
        Ok(bytes)
    } else {
        let error = io::Error::from(io::ErrorKind::UnexpectedEof);
        Err(Error::refused(Code::Truncated, format!("a part of the zip lies beyond its end: {error}")))
    }
}

fn take<'a>(rest: &mut &'a [u8], length: usize) -> Option<&'a [u8]> {
    let (taken, left) = rest.split_at_checked(length)?;
    *rest = left;
    Some(taken)
}

/// Little-endian numbers; bytes beyond the end count as zero.
pub(super) fn u16_at(bytes: &[u8], at: usize) -> u16 {
    u16::from_le_bytes(array_at(bytes, at))
}

pub(super) fn u32_at(bytes: &[u8], at: usize) -> u32 {
    u32::from_le_bytes(array_at(bytes, at))
}

pub(super) fn u64_at(bytes: &[u8], at: usize) -> u64 {
    u64::from_le_bytes(array_at(bytes, at))
}

fn array_at<const N: usize>(bytes: &[u8], at: usize) -> [u8; N] {
    bytes.get(at..).and_then(|rest| rest.first_chunk()).copied().unwrap_or([0; N])
}

//! The local headers (APPNOTE 4.3.7), which must say what the directory says and lie side by side.

use std::io::{Read, Seek};

use super::directory::{Directory, Large, Record, read_at, u16_at, u32_at, u64_at};
use crate::{Code, Error, Problem};

const HEADER: usize = 30;
const HEADER_MAGIC: &[u8; 4] = b"PK\x03\x04";
const DESCRIPTOR_MAGIC: &[u8; 4] = b"PK\x07\x08";

/// Checks every local header; gives where the content of each record begins, in their order.
pub(super) fn check<R: Read + Seek>(reader: &mut R, directory: &Directory) -> Result<Vec<u64>, Error> {
    let records = &directory.records;
    let mut order: Vec<usize> = (0..records.len()).collect();
    order.sort_by_key(|&at| records[at].offset);
    let mut starts = vec![0; records.len()];
    let mut free = 0;
    for (position, &at) in order.iter().enumerate() {
        let record = &records[at];
        let next = order.get(position + 1).map_or(directory.start, |&next| records[next].offset);
        if record.offset > free {
            return Err(refuse(record, Code::Surplus, "bytes lie before it that belong to no entry"));
        }
        if record.offset < free {
            return Err(refuse(record, Code::Damaged, "it overlaps another entry"));
        }
        let start = header(reader, record)?;
        let end = start.checked_add(record.compressed).filter(|&end| end <= next);
        let Some(end) = end else {
            return Err(refuse(record, Code::Damaged, "it overlaps another entry or the directory"));
        };
        if record.has_descriptor() {
            descriptor(reader, record, end, next)?;
            free = next;
        } else {
            free = end;
        }
        starts[at] = start;
    }
    if free == directory.start {
        Ok(starts)
    } else {
        Err(Error::refused(Code::Surplus, "bytes lie between the last entry and the directory"))
    }
}

/// Checks one local header; gives where the content begins.
fn header<R: Read + Seek>(reader: &mut R, record: &Record) -> Result<u64, Error> {
    let fixed = read_at(reader, record.offset, HEADER)?;
    if !fixed.starts_with(HEADER_MAGIC) {
        return Err(refuse(record, Code::Damaged, "there is no local header where the directory says"));
    }
    let (name_length, extra_length) = (usize::from(u16_at(&fixed, 26)), usize::from(u16_at(&fixed, 28)));
    let variable = read_at(reader, record.offset + HEADER as u64, name_length + extra_length)?;
    let (name, extra) = variable.split_at(name_length);
    if name != record.name {
        return Err(refuse(record, Code::Damaged, "its local header has another name"));
    }
    if u16_at(&fixed, 8) != record.method {
        return Err(refuse(record, Code::Damaged, "its local header names another compression"));
    }
    // Encryption, descriptor, and the encoding of the name.
    if (u16_at(&fixed, 6) ^ record.flags) & 0b0000_1000_0000_1001 != 0 {
        return Err(refuse(record, Code::Damaged, "its local header has other flags"));
    }
    let large = Large::read(extra, name, [u32_at(&fixed, 22), u32_at(&fixed, 18), 0])?;
    let says = (u32_at(&fixed, 14), large.compressed, large.size);
    let agrees = says == (record.crc, record.compressed, record.size);
    let deferred = record.has_descriptor() && says == (0, 0, 0);
    if !(agrees || deferred) {
        return Err(refuse(record, Code::Damaged, "its local header has another size or checksum"));
    }
    Ok(record.offset + (HEADER + name_length + extra_length) as u64)
}

/// Between content and the next entry must lie the sizes and the checksum once more (APPNOTE 4.3.9): with or without a
/// signature, with 32 or 64 bits.
fn descriptor<R: Read + Seek>(reader: &mut R, record: &Record, from: u64, to: u64) -> Result<(), Error> {
    let refused = || refuse(record, Code::Damaged, "what follows its content is not its sizes and checksum");
    let length = usize::try_from(to - from)
        .ok()
        .filter(|length| matches!(length, 12 | 16 | 20 | 24))
        .ok_or_else(refused)?;
    let bytes = read_at(reader, from, length)?;
    let body = if matches!(length, 16 | 24) {
        bytes.strip_prefix(DESCRIPTOR_MAGIC).ok_or_else(refused)?
    } else {
        &bytes
    };
    let (compressed, size) = if body.len() == 12 {
        (u64::from(u32_at(body, 4)), u64::from(u32_at(body, 8)))
    } else {
        (u64_at(body, 4), u64_at(body, 12))
    };
    if (u32_at(body, 0), compressed, size) == (record.crc, record.compressed, record.size) {
        Ok(())
    } else {
        Err(refused())
    }
}

fn refuse(record: &Record, code: Code, message: &str) -> Error {
    Problem::entry(code, &String::from_utf8_lossy(&record.name), message).into()
}

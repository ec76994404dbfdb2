//! Reading zip: the central directory and the local headers must agree, and the parts must cover the file.
//!
//! Written against APPNOTE.TXT 6.3.10. It is stricter than the format allows, because programs read one zip in different
//! ways where it contradicts itself: some trust the directory, some the local headers, some look for either.

mod directory;
mod local;

use std::io::{BufReader, Read, Seek, SeekFrom, Take};

use flate2::bufread::DeflateDecoder;

use crate::archive::{Look, hand_on};
use crate::content::Content;
use crate::listing::Listing;
use crate::{Code, Entry, EntryKind, Error, Limits, Links, Problem, names};

use self::directory::Record;

/// Longest target of a link in bytes (`PATH_MAX`).
const MAX_TARGET: u64 = 4096;

/// Where the content of an entry is.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Place {
    /// Where the compressed bytes begin.
    start: u64,
    compressed: u64,
    size: u64,
    crc: u32,
    method: Method,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Method {
    Stored,
    Deflated,
}

/// Lists and checks the archive; gives where the content of each listed entry is.
pub(crate) fn list<R: Read + Seek>(
    reader: &mut R,
    length: u64,
    listing: &mut Listing<'_>,
) -> Result<Vec<Place>, Error> {
    let options = listing.options;
    let directory = directory::read(reader, length, &options.limits)?;
    let starts = local::check(reader, &directory)?;
    let mut places = Vec::with_capacity(starts.len());
    for (record, start) in directory.records.iter().zip(starts) {
        listing.count(record.size)?;
        let read = names::normalised(&record.name).and_then(|path| {
            let kind = kind(record, &path, options.links)?;
            let place = place(record, &path, start, &options.limits)?;
            Ok((Entry { path, kind }, place))
        });
        let (mut entry, place) = match read {
            Ok(read) => read,
            Err(problem) => {
                listing.refuse(problem);
                continue;
            }
        };
        if let EntryKind::Symlink { target } = &mut entry.kind {
            *target = link_target(reader, &entry.path, &place)?;
        }
        if listing.add(entry)? {
            places.push(place);
        }
    }
    Ok(places)
}

/// Hands on every entry with its content.
pub(crate) fn stream<R: Read + Seek>(
    reader: &mut R,
    entries: &[Entry],
    places: &[Place],
    look: Look<'_>,
) -> Result<(), Error> {
    for (entry, place) in entries.iter().zip(places) {
        match &entry.kind {
            EntryKind::File { .. } => {
                with_content(reader, &entry.path, place, &mut |content| hand_on(entry, content, look))?;
            }
            EntryKind::Directory | EntryKind::Symlink { .. } | EntryKind::Hardlink { .. } => {
                look(entry, &mut std::io::empty())?;
            }
        }
    }
    Ok(())
}

type Use<'a> = &'a mut dyn FnMut(Content<'_>) -> Result<(), Error>;

fn with_content<R: Read + Seek>(
    reader: &mut R,
    path: &str,
    place: &Place,
    using: Use<'_>,
) -> Result<(), Error> {
    reader.seek(SeekFrom::Start(place.start)).map_err(Error::Read)?;
    let mut raw: BufReader<Take<&mut R>> =
        BufReader::with_capacity(64 * 1024, reader.by_ref().take(place.compressed));
    match place.method {
        Method::Stored => using(Content::whole(&mut raw, path, place.size, place.crc)),
        Method::Deflated => {
            let mut decoder = DeflateDecoder::new(raw);
            using(Content::whole(&mut decoder, path, place.size, place.crc))?;
            if decoder.total_in() == place.compressed {
                Ok(())
            } else {
                Err(Problem::entry(Code::Surplus, path, "bytes follow the compressed content").into())
            }
        }
    }
}

fn link_target<R: Read + Seek>(reader: &mut R, path: &str, place: &Place) -> Result<String, Error> {
    if place.size > MAX_TARGET {
        return Err(Problem::entry(Code::LinkEscapes, path, "the link's target is too long").into());
    }
    let mut bytes = Vec::new();
    with_content(reader, path, place, &mut |mut content| {
        // What is wrong is kept in the content.
        let _ = content.read_to_end(&mut bytes);
        content.finish()
    })?;
    String::from_utf8(bytes)
        .map_err(|_| Problem::entry(Code::NameNotUtf8, path, "the link's target is not UTF-8").into())
}

/// What an entry is, by its name and its Unix mode; targets of links come later.
fn kind(record: &Record, path: &str, policy: Links) -> Result<EntryKind, Problem> {
    let mode = record.external_attributes >> 16;
    let folder = record.name.ends_with(b"/");
    match (mode & 0o170_000, folder) {
        (0 | 0o100_000, false) => Ok(EntryKind::File { size: record.size, executable: mode & 0o100 != 0 }),
        // Nothing, or nothing compressed, which is two bytes: some programs do that, and the content is never read.
        (0 | 0o040_000, true) if record.size == 0 && record.compressed <= 2 && record.crc == 0 => {
            Ok(EntryKind::Directory)
        }
        (0 | 0o040_000, true) => Err(Problem::entry(Code::Damaged, path, "a folder has content")),
        (0o120_000, false) => match policy {
            Links::Refuse => Err(Problem::entry(Code::Link, path, "it is a symbolic link")),
            Links::Inside => Ok(EntryKind::Symlink { target: String::new() }),
        },
        (0o040_000, false) | (0o100_000 | 0o120_000, true) => {
            Err(Problem::entry(Code::Damaged, path, "its name and its mode disagree whether it is a folder"))
        }
        _ => Err(Problem::entry(Code::Special, path, "it is a device, a pipe or a socket")),
    }
}

/// Where the content is, if it is of a kind and size that is read.
fn place(record: &Record, path: &str, start: u64, limits: &Limits) -> Result<Place, Problem> {
    let refuse = |code, message: String| Err(Problem::entry(code, path, message));
    if record.is_encrypted() {
        return refuse(Code::Encrypted, "it is encrypted".to_owned());
    }
    let method = match record.method {
        0 => Method::Stored,
        8 => Method::Deflated,
        other => return refuse(Code::Compression, format!("it is compressed by {}", method_name(other))),
    };
    let Record { size, compressed, crc, .. } = *record;
    if method == Method::Stored && size != compressed {
        return refuse(Code::Damaged, "it is not compressed, but has two sizes".to_owned());
    }
    if size > limits.file_bytes {
        return refuse(
            Code::TooLarge,
            format!("it has {size} bytes; at most {} are allowed", limits.file_bytes),
        );
    }
    if size > limits.expansion(compressed) {
        return refuse(
            Code::Ratio,
            format!("{compressed} bytes become {size}; at most {} times as many are allowed", limits.ratio),
        );
    }
    Ok(Place { start, compressed, size, crc, method })
}

/// Names of methods (APPNOTE 4.4.5) that are met.
fn method_name(method: u16) -> String {
    let name = match method {
        1 => "shrink",
        6 => "implode",
        9 => "Deflate64",
        12 => "bzip2",
        14 => "LZMA",
        93 => "Zstandard",
        95 => "xz",
        98 => "PPMd",
        99 => "AES",
        _ => return format!("method {method}"),
    };
    name.to_owned()
}

//! Reading tar, plain or compressed with gzip.
//!
//! Written against POSIX.1-2024 pax and GNU tar's "Basic Tar Format". Headers that give an entry two names or sizes are
//! refused: programs differ in which they believe.

mod extended;
mod stream;

use std::io::{Read, Seek};

use crate::archive::{Look, hand_on};
use crate::content::{Content, broken_stream};
use crate::listing::Listing;
use crate::{Code, Entry, EntryKind, Error, Format, Links, Options, Problem, names};

use self::extended::Extended;
use self::stream::{BLOCK, Stream};

pub(crate) use self::stream::checksum_is_right;

/// Lists and checks the archive, reading all of it.
pub(crate) fn list<R: Read + Seek>(
    reader: &mut R,
    format: Format,
    length: u64,
    listing: &mut Listing<'_>,
) -> Result<(), Error> {
    let options = listing.options;
    let stream = Stream::open(reader, format, length, &options.limits)?;
    let mut scanner = Scanner { stream, options, extended_bytes: 0 };
    let mut headers = 0_usize;
    while let Some(item) = scanner.next()? {
        headers += 1;
        if headers > options.limits.entries {
            let message = format!("there are more than {} entries", options.limits.entries);
            return Err(Error::refused(Code::TooManyEntries, message));
        }
        let size = item.size;
        listing.count(size)?;
        scanner.skip(size, size)?;
        let entry = match item.entry(options.links) {
            Ok(entry) => entry,
            Err(problem) => {
                listing.refuse(problem);
                continue;
            }
        };
        if size > options.limits.file_bytes {
            let message = format!("it has {size} bytes; at most {} are allowed", options.limits.file_bytes);
            listing.refuse(Problem::entry(Code::TooLarge, &entry.path, message));
        }
        listing.add(entry)?;
    }
    Ok(())
}

/// Reads the archive once more and hands on every entry with its content.
pub(crate) fn stream<R: Read + Seek>(
    reader: &mut R,
    format: Format,
    length: u64,
    options: &Options,
    entries: &[Entry],
    look: Look<'_>,
) -> Result<(), Error> {
    let changed = || Error::refused(Code::Changed, "the archive is not the one that was listed");
    let mut scanner = Scanner {
        stream: Stream::open(reader, format, length, &options.limits)?,
        options,
        extended_bytes: 0,
    };
    let mut listed = entries.iter();
    while let Some(item) = scanner.next()? {
        let size = item.size;
        let entry = item.entry(options.links)?;
        if entry.path.is_empty() && entry.kind == EntryKind::Directory {
            continue;
        }
        let expected = listed.next().filter(|expected| **expected == entry).ok_or_else(changed)?;
        hand_on(expected, Content::part(&mut scanner.stream, &expected.path, size), look)?;
        scanner.skip(0, size)?;
    }
    if listed.next().is_some() { Err(changed()) } else { Ok(()) }
}

/// One entry's header, with what extended headers before it add.
struct Item {
    path: Vec<u8>,
    link: Option<Vec<u8>>,
    kind: u8,
    mode: u32,
    size: u64,
}

impl Item {
    fn entry(self, policy: Links) -> Result<Entry, Problem> {
        let path = names::normalised(&self.path)?;
        let refuse = |code, message: &str| Err(Problem::entry(code, &path, message));
        let folder_name = self.path.ends_with(b"/");
        let kind = match self.kind {
            // Before POSIX, a slash at the end was what made a folder.
            b'5' | b'\0' | b'0' if self.kind == b'5' || folder_name => {
                if self.size > 0 {
                    return refuse(Code::Damaged, "a folder has content");
                }
                EntryKind::Directory
            }
            b'0' | b'\0' | b'7' => EntryKind::File { size: self.size, executable: self.mode & 0o100 != 0 },
            b'1' | b'2' if policy == Links::Refuse => {
                return refuse(
                    Code::Link,
                    if self.kind == b'1' { "it is a hard link" } else { "it is a symbolic link" },
                );
            }
            b'1' | b'2' if self.size > 0 => return refuse(Code::Damaged, "a link has content"),
            b'1' => EntryKind::Hardlink { target: names::normalised(&self.link.unwrap_or_default())? },
            b'2' => match String::from_utf8(self.link.unwrap_or_default()) {
                Ok(target) => EntryKind::Symlink { target },
                Err(_) => return refuse(Code::NameNotUtf8, "the link's target is not UTF-8"),
            },
            b'3' | b'4' | b'6' => return refuse(Code::Special, "it is a device or a pipe"),
            b'S' => return refuse(Code::Feature, "it is a sparse file"),
            other => {
                let message = format!("it is of the unknown type {:?}", char::from(other));
                return refuse(Code::Feature, &message);
            }
        };
        Ok(Entry { path, kind })
    }
}

/// Goes from header to header.
struct Scanner<'a> {
    stream: Stream<'a>,
    options: &'a Options,
    /// Bytes of extended headers so far.
    extended_bytes: u64,
}

impl Scanner<'_> {
    /// The next entry; its content follows in the stream. `None` at the end of the archive, which is also the end of
    /// the file.
    fn next(&mut self) -> Result<Option<Item>, Error> {
        let mut extended = Extended::default();
        loop {
            let Some(header) = self.header()? else {
                return if extended.is_empty() {
                    Ok(None)
                } else {
                    Err(Error::refused(Code::Truncated, "the archive ends after an extended header"))
                };
            };
            let damaged = |what: &str| Error::refused(Code::Damaged, format!("a header has {what}"));
            let size = header.entry_size().map_err(|_| damaged("no proper size"))?;
            let kind = header.as_bytes()[156];
            match kind {
                b'x' | b'g' | b'L' | b'K' => {
                    let bytes = self.metadata(size)?;
                    extended.add(kind, &bytes)?;
                }
                _ => {
                    let size = extended.size.unwrap_or(size);
                    let mode = header.mode().map_err(|_| damaged("no proper mode"))?;
                    let path = extended.path.take().unwrap_or_else(|| header.path_bytes().into_owned());
                    let link = extended
                        .link
                        .take()
                        .or_else(|| header.link_name_bytes().map(std::borrow::Cow::into_owned));
                    return Ok(Some(Item { path, link, kind, mode, size }));
                }
            }
        }
    }

    /// The next header; `None` after the zeros that end the archive.
    fn header(&mut self) -> Result<Option<tar::Header>, Error> {
        let mut header = tar::Header::new_old();
        let read = self.stream.fill(header.as_mut_bytes())?;
        if read < BLOCK {
            let message =
                if read == 0 { "the zeros that end a tar are missing" } else { "the tar ends in a header" };
            return Err(Error::refused(Code::Truncated, message));
        }
        if header.as_bytes().iter().all(|&byte| byte == 0) {
            self.stream.expect_zeros()?;
            return Ok(None);
        }
        if checksum_is_right(header.as_bytes()) {
            Ok(Some(header))
        } else {
            Err(Error::refused(Code::Checksum, "a header does not have its checksum"))
        }
    }

    /// The content of an extended header.
    fn metadata(&mut self, size: u64) -> Result<Vec<u8>, Error> {
        self.extended_bytes = self.extended_bytes.saturating_add(size);
        if size > extended::MAX_BYTES || self.extended_bytes > self.options.limits.metadata_bytes {
            return Err(Error::refused(
                Code::TooLarge,
                format!("an extended header has {size} bytes, which is too many"),
            ));
        }
        let mut bytes = vec![0; usize::try_from(size).unwrap_or_default()];
        if self.stream.fill(&mut bytes)? < bytes.len() {
            return Err(Error::refused(Code::Truncated, "the tar ends in an extended header"));
        }
        self.skip(0, size)?;
        Ok(bytes)
    }

    /// Skips `left` bytes of content and what fills the last block of `size` bytes.
    fn skip(&mut self, left: u64, size: u64) -> Result<(), Error> {
        let filling = (BLOCK as u64 - size % BLOCK as u64) % BLOCK as u64;
        let length = left + filling;
        let skipped = std::io::copy(&mut (&mut self.stream).take(length), &mut std::io::sink())
            .map_err(|error| broken_stream(error, None))?;
        if skipped == length {
            Ok(())
        } else {
            Err(Error::refused(Code::Truncated, "the tar ends in the content of a file"))
        }
    }
}

//! How a checkpoint is written as a tar: POSIX.1-2001 pax interchange format, and GNU's sparse format 1.0 for files with
//! holes, so that other programs can unpack it.
//!
//! First comes [`MANIFEST`]; then each folder with what is in it, parents first and names in the order of their bytes.
//! Only this form is read again.

use tar::{EntryType, Header};

use crate::note::Omission;
use crate::object::Moment;

/// The name of the first entry.
pub(crate) const MANIFEST: &[u8] = b"checkpoint.json";
/// Size of a block.
pub(crate) const BLOCK: usize = 512;
/// Largest extended header: one path of 20,000 long names, and the rest.
pub(crate) const MAX_EXTENDED: u64 = 8 << 20;
/// Longest name in a header.
const MAX_PLAIN: usize = 100;
/// The first number that eleven octal digits do not hold.
const OCTAL_END: i64 = 1 << 33;

/// One entry without its content.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Head {
    /// Ends with a slash for folders.
    pub(crate) path: Vec<u8>,
    pub(crate) mode: u32,
    pub(crate) modified: Moment,
    pub(crate) kind: Kind,
    /// Size of what follows in the archive.
    pub(crate) size: u64,
}

/// What an entry is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) enum Kind {
    #[default]
    File,
    /// A file with holes, of this size; the content begins with a map.
    Sparse(u64),
    Folder {
        opaque: Option<Vec<u8>>,
    },
    Link(Vec<u8>),
    WhiteoutDevice,
    WhiteoutAttribute,
    Omitted(Omission),
}

const PATH: &str = "path";
const LINK: &str = "linkpath";
const TIME: &str = "mtime";
const CHARSET: &str = "hdrcharset";
const OPAQUE: &str = "SCHILY.xattr.user.overlay.opaque";
const WHITEOUT: &str = "SCHILY.xattr.user.overlay.whiteout";
const OMITTED: &str = "SKILLED.omitted";
const SPARSE_MAJOR: &str = "GNU.sparse.major";
const SPARSE_MINOR: &str = "GNU.sparse.minor";
const SPARSE_NAME: &str = "GNU.sparse.name";
const SPARSE_SIZE: &str = "GNU.sparse.realsize";

const OMISSIONS: [(Omission, &str); 3] =
    [(Omission::Special, "special"), (Omission::Unreadable, "unreadable"), (Omission::Mounted, "mounted")];

impl Head {
    /// The blocks of an entry before its content.
    pub(crate) fn encode(&self) -> Vec<u8> {
        let records = self.records();
        let mut blocks = Vec::new();
        if !records.is_empty() {
            let extended =
                Self { path: b"pax".to_vec(), mode: 0o644, size: records.len() as u64, ..Self::default() };
            blocks.extend(extended.block(EntryType::XHeader));
            blocks.extend(&records);
            blocks.resize(blocks.len().next_multiple_of(BLOCK), 0);
        }
        blocks.extend(self.block(match self.kind {
            Kind::File | Kind::Sparse(_) | Kind::WhiteoutAttribute | Kind::Omitted(_) => EntryType::Regular,
            Kind::Folder { .. } => EntryType::Directory,
            Kind::Link(_) => EntryType::Symlink,
            Kind::WhiteoutDevice => EntryType::Char,
        }));
        blocks
    }

    fn block(&self, kind: EntryType) -> [u8; BLOCK] {
        let mut header = Header::new_ustar();
        header.set_entry_type(kind);
        header.set_mode(self.mode);
        header.set_uid(0);
        header.set_gid(0);
        header.set_size(self.size);
        header.set_mtime(u64::try_from(self.modified.seconds).ok().filter(|_| self.is_octal()).unwrap_or(0));
        let old = header.as_old_mut();
        put(&mut old.name, &self.path);
        if let Kind::Link(target) = &self.kind {
            put(&mut old.linkname, target);
        }
        // These fail only for headers of the oldest kind, which have no such fields; zeros are what new ones have.
        let _ = header.set_device_major(0);
        let _ = header.set_device_minor(0);
        header.set_cksum();
        *header.as_bytes()
    }

    /// Whether the header can hold the time of modification.
    fn is_octal(&self) -> bool {
        self.modified.nanoseconds == 0 && (0..OCTAL_END).contains(&self.modified.seconds)
    }

    /// What the header cannot say.
    fn records(&self) -> Vec<u8> {
        let mut records = Vec::new();
        let target = match &self.kind {
            Kind::Link(target) => target.as_slice(),
            _ => b"",
        };
        let sparse = matches!(self.kind, Kind::Sparse(_));
        let long_path = self.path.len() > MAX_PLAIN && !sparse;
        let long_target = target.len() > MAX_PLAIN;
        let is_binary = |used: bool, bytes: &[u8]| used && std::str::from_utf8(bytes).is_err();
        if is_binary(long_path || sparse, &self.path) || is_binary(long_target, target) {
            record(&mut records, CHARSET, b"BINARY");
        }
        if long_path {
            record(&mut records, PATH, &self.path);
        }
        if long_target {
            record(&mut records, LINK, target);
        }
        if !self.is_octal() {
            record(&mut records, TIME, time(self.modified).as_bytes());
        }
        match &self.kind {
            Kind::Sparse(size) => {
                record(&mut records, SPARSE_MAJOR, b"1");
                record(&mut records, SPARSE_MINOR, b"0");
                record(&mut records, SPARSE_NAME, &self.path);
                record(&mut records, SPARSE_SIZE, size.to_string().as_bytes());
            }
            Kind::Folder { opaque: Some(value) } => record(&mut records, OPAQUE, value),
            Kind::WhiteoutAttribute => record(&mut records, WHITEOUT, b"y"),
            Kind::Omitted(omission) => {
                let name = OMISSIONS.iter().find(|(it, _)| it == omission).map_or("", |(_, name)| name);
                record(&mut records, OMITTED, name.as_bytes());
            }
            Kind::File | Kind::Folder { opaque: None } | Kind::Link(_) | Kind::WhiteoutDevice => {}
        }
        records
    }

    /// Reads the blocks of an entry before its content. What is not exactly what [`Head::encode`] writes is refused.
    pub(crate) fn decode(blocks: &[u8]) -> Result<Self, &'static str> {
        const DAMAGED: &str = "has a header that is damaged";
        let block: &[u8; BLOCK] = blocks.last_chunk().ok_or(DAMAGED)?;
        let extended = match blocks.first_chunk().and_then(extended_size) {
            Some(size) => blocks[BLOCK..].get(..size as usize).ok_or(DAMAGED)?,
            None => b"",
        };
        let header = Header::from_byte_slice(block);
        let old = header.as_old();
        let seconds = header.mtime().ok().and_then(|time| i64::try_from(time).ok()).ok_or(DAMAGED)?;
        let mut records = Records::read(extended)?;
        let time = records.take(TIME).map(|time| moment(&time).ok_or("has a time that cannot be"));
        let path = records.take(PATH).or_else(|| records.take(SPARSE_NAME));
        let kind = match header.entry_type() {
            EntryType::Regular => records.file()?,
            EntryType::Directory => Kind::Folder { opaque: records.take(OPAQUE) },
            EntryType::Symlink => Kind::Link(records.take(LINK).unwrap_or_else(|| text(&old.linkname))),
            EntryType::Char => Kind::WhiteoutDevice,
            _ => return Err("is of a kind that checkpoints do not have"),
        };
        let head = Self {
            path: path.unwrap_or_else(|| text(&old.name)),
            mode: header.mode().map_err(|_| DAMAGED)?,
            modified: time.transpose()?.unwrap_or(Moment { seconds, nanoseconds: 0 }),
            kind,
            size: header.entry_size().map_err(|_| DAMAGED)?,
        };
        if head.encode() == blocks { Ok(head) } else { Err("is not as an export writes it") }
    }
}

/// Whether this is the header of an extended header; then its size.
pub(crate) fn extended_size(block: &[u8; BLOCK]) -> Option<u64> {
    let header = Header::from_byte_slice(block);
    (header.entry_type() == EntryType::XHeader).then(|| header.entry_size().unwrap_or(u64::MAX))
}

fn put(field: &mut [u8], value: &[u8]) {
    let length = value.len().min(field.len());
    field[..length].copy_from_slice(&value[..length]);
}

fn text(field: &[u8]) -> Vec<u8> {
    field.iter().copied().take_while(|byte| *byte != 0).collect()
}

/// Appends `length key=value\n`, where the length counts itself.
fn record(records: &mut Vec<u8>, key: &str, value: &[u8]) {
    let rest = key.len() + value.len() + 3;
    let mut length = rest + 1;
    while length != rest + length.to_string().len() {
        length = rest + length.to_string().len();
    }
    records.extend(format!("{length} {key}=").as_bytes());
    records.extend(value);
    records.push(b'\n');
}

/// The records of an extended header.
struct Records(Vec<(Vec<u8>, Vec<u8>)>);

impl Records {
    fn read(mut bytes: &[u8]) -> Result<Self, &'static str> {
        const DAMAGED: &str = "has an extended header that is damaged";
        let mut records = Vec::new();
        while !bytes.is_empty() {
            let space = bytes.iter().position(|byte| *byte == b' ').ok_or(DAMAGED)?;
            let length = decimal(&bytes[..space]).and_then(|it| usize::try_from(it).ok()).ok_or(DAMAGED)?;
            let (record, rest) = bytes.split_at_checked(length).ok_or(DAMAGED)?;
            let record = record.get(space + 1..).and_then(|it| it.strip_suffix(b"\n")).ok_or(DAMAGED)?;
            let equals = record.iter().position(|byte| *byte == b'=').ok_or(DAMAGED)?;
            records.push((record[..equals].to_vec(), record[equals + 1..].to_vec()));
            bytes = rest;
        }
        Ok(Self(records))
    }

    fn take(&mut self, key: &str) -> Option<Vec<u8>> {
        let at = self.0.iter().position(|(it, _)| it == key.as_bytes())?;
        Some(self.0.swap_remove(at).1)
    }

    /// What a regular file stands for.
    fn file(&mut self) -> Result<Kind, &'static str> {
        if let Some(name) = self.take(OMITTED) {
            let found = OMISSIONS.iter().find(|(_, it)| it.as_bytes() == name);
            return found
                .map(|(omission, _)| Kind::Omitted(*omission))
                .ok_or("is omitted for no known reason");
        }
        if self.take(WHITEOUT).is_some() {
            return Ok(Kind::WhiteoutAttribute);
        }
        match self.take(SPARSE_SIZE) {
            Some(size) => decimal(&size).map(Kind::Sparse).ok_or("has a size that cannot be"),
            None => Ok(Kind::File),
        }
    }
}

/// A number of decimal digits, without signs or leading zeros.
pub(crate) fn decimal(digits: &[u8]) -> Option<u64> {
    let plain = digits.iter().all(u8::is_ascii_digit) && (digits.len() == 1 || digits.first() != Some(&b'0'));
    if plain { std::str::from_utf8(digits).ok()?.parse().ok() } else { None }
}

/// Seconds with nine decimals.
fn time(moment: Moment) -> String {
    let Moment { seconds, nanoseconds } = moment;
    if seconds >= 0 || nanoseconds == 0 {
        return format!("{seconds}.{nanoseconds:09}");
    }
    format!("-{}.{:09}", (seconds + 1).unsigned_abs(), 1_000_000_000 - nanoseconds)
}

fn moment(text: &[u8]) -> Option<Moment> {
    let (negative, digits) = match text.strip_prefix(b"-") {
        Some(digits) => (true, digits),
        None => (false, text),
    };
    let dot = digits.iter().position(|byte| *byte == b'.')?;
    let whole = decimal(&digits[..dot])?;
    let parts = &digits[dot + 1..];
    if parts.len() != 9 || !parts.iter().all(u8::is_ascii_digit) {
        return None;
    }
    let nanoseconds: u32 = std::str::from_utf8(parts).ok()?.parse().ok()?;
    if !negative {
        return Some(Moment { seconds: i64::try_from(whole).ok()?, nanoseconds });
    }
    let seconds = 0_i64.checked_sub_unsigned(whole)?;
    match nanoseconds {
        0 => Some(Moment { seconds, nanoseconds }),
        parts => Some(Moment { seconds: seconds.checked_sub(1)?, nanoseconds: 1_000_000_000 - parts }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn heads_survive() {
        let kinds = [
            Kind::File,
            Kind::Sparse(1 << 40),
            Kind::Folder { opaque: None },
            Kind::Folder { opaque: Some(b"y".to_vec()) },
            Kind::Link(b"../away".to_vec()),
            Kind::Link(vec![0xff; 4_095]),
            Kind::WhiteoutDevice,
            Kind::WhiteoutAttribute,
            Kind::Omitted(Omission::Mounted),
        ];
        let times = [
            (0, 0),
            (1_790_000_000, 0),
            (5, 7),
            (-1, 0),
            (-1, 500_000_000),
            (i64::MAX, 1),
            (i64::MIN, 0),
            (i64::MIN, 1),
        ];
        for kind in kinds {
            for (seconds, nanoseconds) in times {
                for path in
                    [b"a/b".to_vec(), vec![0xfe; 101], [b"x/".repeat(9_000), b"y\n=".to_vec()].concat()]
                {
                    let modified = Moment { seconds, nanoseconds };
                    let head = Head { path, mode: 0o1755, modified, kind: kind.clone(), size: 1 << 40 };
                    let bytes = head.encode();
                    assert_eq!(Head::decode(&bytes).as_ref(), Ok(&head));
                }
            }
        }
    }

    #[test]
    fn lengths_of_records_count_themselves() {
        for length in (0..120).chain([985, 990, 991, 992, 993, 9_985, 9_990]) {
            let mut bytes = Vec::new();
            record(&mut bytes, "path", &vec![b'x'; length]);
            let space = bytes.iter().position(|byte| *byte == b' ').unwrap();
            assert_eq!(decimal(&bytes[..space]), Some(bytes.len() as u64));
        }
    }
}

//! Headers about the next header: pax records and GNU's long names.

use crate::{Code, Error};

/// Largest extended header in bytes. A path of `PATH_MAX` with its link and some attributes is below 16 KiB.
pub(super) const MAX_BYTES: u64 = 64 * 1024;

/// What extended headers say about the entry that follows.
#[derive(Debug, Default)]
pub(super) struct Extended {
    pub(super) path: Option<Vec<u8>>,
    pub(super) link: Option<Vec<u8>>,
    pub(super) size: Option<u64>,
    /// A pax header came.
    pax: bool,
}

impl Extended {
    pub(super) fn is_empty(&self) -> bool {
        !self.pax && self.path.is_none() && self.link.is_none()
    }

    /// Adds the extended header of this type. What is said twice is refused.
    pub(super) fn add(&mut self, kind: u8, bytes: &[u8]) -> Result<(), Error> {
        match kind {
            b'L' => once(&mut self.path, long_name(bytes)?),
            b'K' => once(&mut self.link, long_name(bytes)?),
            b'g' => records(bytes, |key, _| match key {
                b"path" | b"linkpath" | b"size" => {
                    Err(refuse(Code::Feature, "a global header names every file alike"))
                }
                _ => not_sparse(key),
            }),
            _ => {
                if std::mem::replace(&mut self.pax, true) {
                    return Err(refuse(Code::Damaged, "an entry has two pax headers"));
                }
                records(bytes, |key, value| self.record(key, value))
            }
        }
    }

    fn record(&mut self, key: &[u8], value: &[u8]) -> Result<(), Error> {
        match key {
            b"path" => once(&mut self.path, value.to_vec()),
            b"linkpath" => once(&mut self.link, value.to_vec()),
            b"size" => {
                let digits =
                    std::str::from_utf8(value).ok().filter(|text| text.bytes().all(|b| b.is_ascii_digit()));
                let size = digits.and_then(|text| text.parse().ok());
                once(
                    &mut self.size,
                    size.ok_or_else(|| refuse(Code::Damaged, "a pax header has no proper size"))?,
                )
            }
            _ => not_sparse(key),
        }
    }
}

/// Sparse files of GNU tar 1.0 and of star hide behind ordinary headers.
fn not_sparse(key: &[u8]) -> Result<(), Error> {
    if key.starts_with(b"GNU.sparse.") || key == b"SCHILY.realsize" {
        Err(refuse(Code::Feature, "it contains a sparse file"))
    } else {
        Ok(())
    }
}

fn once<T>(place: &mut Option<T>, value: T) -> Result<(), Error> {
    match place.replace(value) {
        None => Ok(()),
        Some(_) => Err(refuse(Code::Damaged, "extended headers give an entry two names or sizes")),
    }
}

/// A name that ends with a NUL, which some programs leave off.
fn long_name(bytes: &[u8]) -> Result<Vec<u8>, Error> {
    let name = bytes.strip_suffix(b"\0").unwrap_or(bytes);
    if name.contains(&0) {
        return Err(refuse(Code::Damaged, "a long name contains a NUL character"));
    }
    Ok(name.to_vec())
}

/// Goes through records `LENGTH KEY=VALUE\n`, whose length counts all of them.
fn records(mut bytes: &[u8], mut each: impl FnMut(&[u8], &[u8]) -> Result<(), Error>) -> Result<(), Error> {
    let damaged = || refuse(Code::Damaged, "a pax header is damaged");
    while !bytes.is_empty() {
        let blank = bytes.iter().take(8).position(|&byte| byte == b' ').ok_or_else(damaged)?;
        let digits =
            std::str::from_utf8(&bytes[..blank]).ok().filter(|text| text.bytes().all(|b| b.is_ascii_digit()));
        let length: usize = digits.and_then(|text| text.parse().ok()).ok_or_else(damaged)?;
        let (record, rest) = bytes.split_at_checked(length).ok_or_else(damaged)?;
        let pair = record.get(blank + 1..).and_then(|pair| pair.strip_suffix(b"\n")).ok_or_else(damaged)?;
        let equals = pair.iter().position(|&byte| byte == b'=').ok_or_else(damaged)?;
        each(&pair[..equals], &pair[equals + 1..])?;
        bytes = rest;
    }
    Ok(())
}

fn refuse(code: Code, message: &str) -> Error {
    Error::refused(code, message)
}

//! Files that hold secrets by their nature, whatever the secret looks like.

use std::borrow::Cow;
use std::collections::BTreeSet;
use std::io::{self, Read};

use skilled_audit::secrets;

/// Bytes that are looked at together.
const WINDOW: usize = 1 << 20;

/// What of a window is looked at again with the next one, so that nothing is missed where they meet. Even, as the
/// characters of UTF-16 are.
const OVERLAP: usize = 16 * 1024;

/// How many bytes without a NUL make a text.
const TEXT: usize = 8 * 1024;

/// Most places that are reported of one file; the rest is counted.
const MAX_PLACES: usize = 10;

/// Most places that are counted.
const MAX_COUNTED: usize = 100_000;

/// A secret that was found, without the secret.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Found {
    /// `None` for the file as a whole.
    pub(crate) line: Option<usize>,
    pub(crate) kind: &'static str,
}

/// The secrets of a file.
#[derive(Debug)]
pub(crate) struct Secrets {
    /// The first places.
    pub(crate) places: Vec<Found>,
    /// How many more there are; beyond 100,000 they are not counted.
    pub(crate) more: usize,
}

/// How the bytes of a file are read.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Encoding {
    /// UTF-8 or anything else with the letters of ASCII.
    Text,
    /// By its byte order mark.
    Utf16 { big_endian: bool },
    /// No text, in which there may be some.
    Binary,
}

impl Encoding {
    fn of(start: &[u8]) -> Self {
        match start {
            [0xff, 0xfe, ..] => Self::Utf16 { big_endian: false },
            [0xfe, 0xff, ..] => Self::Utf16 { big_endian: true },
            _ if start.iter().take(TEXT).any(|&byte| byte == 0) => Self::Binary,
            _ => Self::Text,
        }
    }

    /// The texts that the bytes may stand for.
    fn texts(self, bytes: &[u8]) -> Vec<Cow<'_, str>> {
        match self {
            Self::Text => vec![String::from_utf8_lossy(bytes)],
            Self::Utf16 { big_endian } => {
                let units = bytes.as_chunks::<2>().0.iter().map(|&pair| {
                    if big_endian { u16::from_be_bytes(pair) } else { u16::from_le_bytes(pair) }
                });
                let characters = char::decode_utf16(units).map(|c| c.unwrap_or(char::REPLACEMENT_CHARACTER));
                vec![Cow::Owned(characters.collect())]
            }
            // Strings that end with a NUL, and strings with a NUL in every character.
            Self::Binary => [Some(b'\n'), None]
                .map(|nul| {
                    let bytes = bytes.iter().filter_map(|&byte| if byte == 0 { nul } else { Some(byte) });
                    Cow::Owned(String::from_utf8_lossy(&bytes.collect::<Vec<u8>>()).into_owned())
                })
                .into(),
        }
    }
}

/// Looks for secrets in a file while somebody else reads it.
pub(crate) struct Watch<R> {
    inner: R,
    path: String,
    encoding: Option<Encoding>,
    window: Vec<u8>,
    /// Line breaks before the window.
    lines: usize,
    found: BTreeSet<Found>,
}

impl<R: Read> Watch<R> {
    pub(crate) fn new(inner: R, path: &str) -> Self {
        let found = by_name(path).map(|kind| Found { line: None, kind });
        Self {
            inner,
            path: path.to_owned(),
            encoding: None,
            window: Vec::new(),
            lines: 0,
            found: found.into_iter().collect(),
        }
    }

    /// What was found, once everything was read.
    pub(crate) fn finish(mut self) -> Secrets {
        self.look();
        let more = self.found.len().saturating_sub(MAX_PLACES);
        Secrets { places: self.found.into_iter().take(MAX_PLACES).collect(), more }
    }

    fn look(&mut self) {
        let encoding = *self.encoding.get_or_insert_with(|| Encoding::of(&self.window));
        // What is in two windows has the same place in both, and is kept once.
        for text in encoding.texts(&self.window) {
            let mut lines = Lines { text: &text, before: self.lines, offset: 0 };
            let by_form = secrets(&text).into_iter().map(|secret| (secret.span.start, secret.kind));
            let mut all: Vec<(usize, &'static str)> = by_form.collect();
            all.extend(by_content(&self.path, &text).into_iter().map(|offset| (offset, "credentials")));
            all.sort_unstable();
            for (offset, kind) in all {
                let line = (encoding != Encoding::Binary).then(|| lines.of(offset));
                if self.found.len() < MAX_COUNTED {
                    self.found.insert(Found { line, kind });
                }
            }
        }
        let done = self.window.len().saturating_sub(OVERLAP) & !1;
        if encoding != Encoding::Binary {
            self.lines +=
                encoding.texts(&self.window[..done]).iter().map(|text| line_breaks(text)).sum::<usize>();
        }
        self.window.drain(..done);
    }
}

impl<R: Read> Read for Watch<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.inner.read(buffer)?;
        self.window.extend_from_slice(&buffer[..read]);
        if self.window.len() >= WINDOW {
            self.look();
        }
        Ok(read)
    }
}

/// Counts lines up to places that are asked for in their order.
struct Lines<'a> {
    text: &'a str,
    /// Line breaks before `offset`.
    before: usize,
    offset: usize,
}

impl Lines<'_> {
    /// The line of a place, from 1.
    fn of(&mut self, offset: usize) -> usize {
        self.before += line_breaks(&self.text[self.offset..offset]);
        self.offset = offset;
        self.before + 1
    }
}

fn line_breaks(text: &str) -> usize {
    text.bytes().filter(|&byte| byte == b'\n').count()
}

/// Files whose name says that they hold secrets.
fn by_name(path: &str) -> Option<&'static str> {
    let name = path.rsplit('/').next().unwrap_or(path).to_ascii_lowercase();
    let ends = |endings: &[&str]| endings.iter().any(|ending| name.ends_with(ending));
    let is_example = ends(&[".example", ".sample", ".template", ".dist", ".tmpl"]);
    match name.as_str() {
        _ if is_example => None,
        ".env" | ".envrc" => Some("environment variables of a machine"),
        _ if name.starts_with(".env.") => Some("environment variables of a machine"),
        "id_rsa" | "id_dsa" | "id_ecdsa" | "id_ed25519" | "id_ecdsa_sk" | "id_ed25519_sk" => {
            Some("SSH private key")
        }
        ".netrc" | "_netrc" | ".git-credentials" | ".pgpass" | ".htpasswd" => Some("stored passwords"),
        _ if ends(&[".p12", ".pfx", ".jks", ".keystore", ".kdbx"]) => Some("key store"),
        _ if ends(&[".aws/credentials"]) || path.ends_with(".aws/credentials") => Some("AWS credentials"),
        _ => None,
    }
}

/// Files that hold secrets when they contain certain settings; gives where, each place once.
fn by_content(path: &str, text: &str) -> BTreeSet<usize> {
    let name = path.rsplit('/').next().unwrap_or(path).to_ascii_lowercase();
    let settings: &[&str] = match name.as_str() {
        ".npmrc" | ".yarnrc" | ".yarnrc.yml" => &["_authtoken=", "_auth=", "_password=", "npmauthtoken:"],
        ".pypirc" => &["password:", "password=", "password ="],
        "credentials.json"
        | "service-account.json"
        | "service_account.json"
        | "client_secret.json"
        | "token.json" => {
            &["\"private_key\":", "\"client_secret\":", "\"refresh_token\":", "\"access_token\":"]
        }
        "config.json" if path.ends_with(".docker/config.json") => &["\"auth\":", "\"identitytoken\":"],
        _ => return BTreeSet::new(),
    };
    let lower = text.to_ascii_lowercase();
    // A reference to a variable, or nothing, is no secret.
    let is_real = |(at, setting): &(usize, &str)| {
        let value = lower[at + setting.len()..].trim_start_matches([' ', '"']);
        !value.starts_with(['$', '<', '{', '\n', '\r', ',', '}']) && !value.is_empty()
    };
    let places = settings.iter().flat_map(|setting| lower.match_indices(setting));
    places.filter(is_real).map(|(at, _)| at).collect()
}

//! Files that hold secrets by their nature, whatever the secret looks like.

use std::io::{self, Read};

use skilled_audit::secrets;

/// Bytes that are looked at together.
const WINDOW: usize = 1 << 20;

/// What of a window is looked at again with the next one, so that nothing is missed where they meet.
const OVERLAP: usize = 16 * 1024;

/// How many bytes without a NUL make a text.
const TEXT: usize = 8 * 1024;

/// Most places that are reported of one file.
const MAX_PLACES: usize = 10;

/// A secret that was found, without the secret.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Found {
    /// `None` for the file as a whole.
    pub(crate) line: Option<usize>,
    pub(crate) kind: &'static str,
}

/// Looks for secrets in a file while somebody else reads it.
pub(crate) struct Watch<R> {
    inner: R,
    path: String,
    text: Option<bool>,
    window: Vec<u8>,
    /// Line breaks before the window.
    lines: usize,
    found: Vec<Found>,
}

impl<R: Read> Watch<R> {
    pub(crate) fn new(inner: R, path: &str) -> Self {
        let found = by_name(path).map(|kind| Found { line: None, kind });
        Self {
            inner,
            path: path.to_owned(),
            text: None,
            window: Vec::new(),
            lines: 0,
            found: found.into_iter().collect(),
        }
    }

    /// What was found, once everything was read.
    pub(crate) fn finish(mut self) -> Vec<Found> {
        self.look();
        self.found.sort_by_key(|found| (found.line, found.kind));
        self.found.dedup();
        self.found.truncate(MAX_PLACES);
        self.found
    }

    fn look(&mut self) {
        let is_text = *self.text.get_or_insert_with(|| !self.window.iter().take(TEXT).any(|&byte| byte == 0));
        if !is_text || self.found.len() >= MAX_PLACES {
            self.window.clear();
            return;
        }
        let text = String::from_utf8_lossy(&self.window);
        let line = |offset: usize| self.lines + 1 + line_breaks(&text.as_bytes()[..offset]);
        let mut found: Vec<Found> = secrets(&text)
            .into_iter()
            .map(|secret| Found { line: Some(line(secret.span.start)), kind: secret.kind })
            .collect();
        if let Some((offset, kind)) = by_content(&self.path, &text) {
            found.push(Found { line: Some(line(offset)), kind });
        }
        self.found.extend(found);
        let done = self.window.len().saturating_sub(OVERLAP);
        self.lines += line_breaks(&self.window[..done]);
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

fn line_breaks(bytes: &[u8]) -> usize {
    bytes.split(|&byte| byte == b'\n').count() - 1
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

/// Files that hold secrets when they contain certain settings; gives where.
fn by_content(path: &str, text: &str) -> Option<(usize, &'static str)> {
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
        _ => return None,
    };
    let lower = text.to_ascii_lowercase();
    let place = settings.iter().filter_map(|setting| {
        let at = lower.find(setting)?;
        let value = lower[at + setting.len()..].trim_start_matches([' ', '"']);
        // A reference to a variable, or nothing.
        let is_real = !value.starts_with(['$', '<', '{', '\n', '\r', ',', '}']) && !value.is_empty();
        is_real.then_some(at)
    });
    place.min().map(|at| (at, "credentials"))
}

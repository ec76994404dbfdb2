//! The client: an address, a key, and how requests are sent.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use reqwest::Url;
use reqwest::header::{AUTHORIZATION, HeaderMap, HeaderName, HeaderValue};
use skilled_model::{ApiKey, HttpClient, RetryPolicy};

use crate::{Batches, Error, Files, Messages, Models, Result, Skills};

/// The version of the interface that this crate speaks.
pub const VERSION: &str = "2026-10-21";
/// The longest id that is sent.
const LONGEST_ID: usize = 512;

/// A client of one server. Clones share its connections.
#[derive(Clone)]
pub struct Client(Arc<Inner>);

struct Inner {
    /// Without a slash at the end of its path.
    base: Url,
    headers: HeaderMap,
    options: Options,
}

/// How requests are sent.
#[derive(Debug, Clone)]
pub struct Options {
    /// When failed requests are sent again.
    pub retry: RetryPolicy,
    /// The longest silence of the server: before its answer, and within it. An answer that is not streamed is silent
    /// until it is complete.
    pub idle_timeout: Duration,
    /// What `anthropic-beta` lists. Nothing here needs one; the hosted API has functions that do.
    pub betas: Vec<String>,
    /// The workspace, for keys that are good for several.
    pub workspace: Option<String>,
    /// The HTTP client. Keep one per process.
    pub http: HttpClient,
}

impl Default for Options {
    /// Three attempts, as the official clients; ten minutes of silence; ten seconds to connect.
    fn default() -> Self {
        Self {
            retry: RetryPolicy { max_attempts: 3, ..RetryPolicy::default() },
            idle_timeout: Duration::from_mins(10),
            betas: Vec::new(),
            workspace: None,
            http: HttpClient::new(Duration::from_secs(10)),
        }
    }
}

impl Client {
    /// Returns a client of the server at `base_url`, such as `http://127.0.0.1:8787` or `https://api.anthropic.com`. The
    /// paths begin with `/v1` after it; one that it ends with is taken off. A server that has no keys needs none.
    ///
    /// # Errors
    ///
    /// [`Error::BaseUrl`] and [`Error::Header`]
    pub fn new(base_url: &str, key: impl Into<Option<ApiKey>>, options: Options) -> Result<Self> {
        let mut headers = HeaderMap::new();
        headers.insert("anthropic-version", HeaderValue::from_static(VERSION));
        if let Some(key) = key.into() {
            let value = header("the key", &format!("Bearer {}", key.secret()))?;
            headers.insert(AUTHORIZATION, secret(value));
        }
        if !options.betas.is_empty() {
            let value = header("a beta", &options.betas.join(","))?;
            headers.insert(HeaderName::from_static("anthropic-beta"), value);
        }
        if let Some(workspace) = &options.workspace {
            let value = header("the workspace", workspace)?;
            headers.insert(HeaderName::from_static("anthropic-workspace-id"), value);
        }
        Ok(Self(Arc::new(Inner { base: base(base_url)?, headers, options })))
    }

    /// Skills and their versions.
    pub fn skills(&self) -> Skills<'_> {
        Skills::new(self)
    }

    /// Files.
    pub fn files(&self) -> Files<'_> {
        Files::new(self)
    }

    /// Messages.
    pub fn messages(&self) -> Messages<'_> {
        Messages::new(self)
    }

    /// Models.
    pub fn models(&self) -> Models<'_> {
        Models::new(self)
    }

    /// Batches of messages.
    pub fn batches(&self) -> Batches<'_> {
        Batches::new(self)
    }

    /// The address without a slash at its end.
    pub fn base_url(&self) -> &str {
        self.0.base.as_str().trim_end_matches('/')
    }

    pub(crate) fn options(&self) -> &Options {
        &self.0.options
    }

    pub(crate) fn headers(&self) -> &HeaderMap {
        &self.0.headers
    }

    pub(crate) fn base(&self) -> &Url {
        &self.0.base
    }

    /// The address of `/v1` and these segments. Segments are escaped: an id stays inside of its own.
    pub(crate) fn url(&self, segments: &[&str]) -> Result<Url> {
        for &segment in segments {
            let harmless = !matches!(segment, "" | "." | "..")
                && segment.len() <= LONGEST_ID
                && !segment.chars().any(char::is_control);
            if !harmless {
                return Err(Error::Id { id: segment.chars().take(LONGEST_ID).collect() });
            }
        }
        let mut url = self.0.base.clone();
        if let Ok(mut path) = url.path_segments_mut() {
            path.pop_if_empty().push("v1").extend(segments);
        }
        Ok(url)
    }
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Client").field("base_url", &self.base_url()).finish_non_exhaustive()
    }
}

fn base(text: &str) -> Result<Url> {
    let wrong = |reason| Error::BaseUrl { reason };
    let mut url: Url = text
        .trim()
        .parse()
        .map_err(|_| wrong("it is no address; write it as https://HOST or http://127.0.0.1:8787"))?;
    if !matches!(url.scheme(), "http" | "https") || !url.has_host() {
        return Err(wrong("it must begin with http:// or https://"));
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err(wrong("it must not have a user or a password; give the key as the key"));
    }
    if url.query().is_some() || url.fragment().is_some() {
        return Err(wrong("it must end before `?` and `#`"));
    }
    let path = url.path().trim_end_matches('/');
    let path = path.strip_suffix("/v1").unwrap_or(path).to_owned();
    url.set_path(&path);
    Ok(url)
}

fn header(what: &'static str, text: &str) -> Result<HeaderValue> {
    HeaderValue::from_str(text).map_err(|_| Error::Header { what })
}

fn secret(mut value: HeaderValue) -> HeaderValue {
    value.set_sensitive(true);
    value
}

#[cfg(test)]
mod tests {
    use super::*;

    fn client(base_url: &str) -> Result<Client> {
        Client::new(base_url, ApiKey::new("sk-secret"), Options::default())
    }

    #[test]
    fn paths_come_after_the_base() {
        for (base, expected) in [
            ("http://h:1", "http://h:1/v1/skills/a%2Fb"),
            ("http://h:1/", "http://h:1/v1/skills/a%2Fb"),
            (" https://h/proxy/ ", "https://h/proxy/v1/skills/a%2Fb"),
            ("https://h/proxy/v1", "https://h/proxy/v1/skills/a%2Fb"),
        ] {
            assert_eq!(client(base).unwrap().url(&["skills", "a/b"]).unwrap().as_str(), expected, "{base}");
        }
    }

    #[test]
    fn ids_stay_inside_of_their_segment() {
        let client = client("http://h").unwrap();
        for id in ["", ".", "..", "a\nb", &"x".repeat(513)] {
            assert!(matches!(client.url(&["skills", id]), Err(Error::Id { .. })), "{id:?}");
        }
        let url = client.url(&["files", "../skills?x#y"]).unwrap();
        assert_eq!(url.as_str(), "http://h/v1/files/..%2Fskills%3Fx%23y");
    }

    #[test]
    fn addresses_with_secrets_and_other_schemes_are_refused_without_being_shown() {
        for base in
            ["h:80", "ftp://h", "http://u:secret@h", "http://h?key=secret", "http://h#secret", "secret"]
        {
            let text = client(base).unwrap_err().to_string();
            assert!(text.contains("base URL") && !text.contains("secret"), "{base}: {text}");
        }
    }

    #[test]
    fn the_key_is_printed_nowhere() {
        let client = client("http://h").unwrap();
        assert_eq!(client.headers()[AUTHORIZATION], "Bearer sk-secret");
        let shown = format!("{client:?} {:?} {:?}", client.headers(), client.options());
        assert!(!shown.contains("secret"), "{shown}");
        let error = Client::new("http://h", ApiKey::new("sk\nsecret"), Options::default()).unwrap_err();
        assert!(!format!("{error:?} {error}").contains("secret"), "{error:?}");
    }
}

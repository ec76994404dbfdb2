//! From a model's name to the model.

use std::sync::Arc;

use reqwest::Url;
use reqwest::header::HeaderMap;

use crate::anthropic::Anthropic;
use crate::http::{Transport, secret_header, shown_text};
use crate::openai::OpenAi;
use crate::scripted::{ScriptError, Scripted};
use crate::{Model, ModelName, ProviderConfig};

/// The providers, in the order in which messages list them.
pub const PROVIDERS: [&str; 3] = ["anthropic", "openai", "scripted"];

/// Why a model cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum ConnectError {
    /// There is no such provider.
    #[error("there is no provider `{provider}`: the providers are {}", PROVIDERS.map(|name| format!("`{name}`")).join(", "))]
    UnknownProvider {
        /// The provider that was asked for.
        provider: String,
    },
    /// The provider needs a key.
    #[error("there is no API key for the provider `{provider}`")]
    MissingKey {
        /// The provider.
        provider: String,
    },
    /// The key has characters that an HTTP header cannot have.
    #[error("the API key for the provider `{provider}` has characters that no key has: copy it again")]
    MalformedKey {
        /// The provider.
        provider: String,
    },
    /// The base URL is not an address of a server.
    #[error("the base URL {url:?} of the provider `{provider}` is not an http or https address")]
    BaseUrl {
        /// The provider.
        provider: String,
        /// The address, without what may be a secret.
        url: String,
    },
    /// The script cannot be played.
    #[error("the script cannot be played")]
    Script(#[source] ScriptError),
}

/// Returns the model `name`. Nothing is sent yet; of a scripted model the file is read.
///
/// # Errors
///
/// Returns what is missing or malformed in `name` or `config`.
pub fn connect(name: &ModelName, config: &ProviderConfig) -> Result<Arc<dyn Model>, ConnectError> {
    match name.provider.as_str() {
        "anthropic" => Ok(Arc::new(Anthropic::new(name, config)?)),
        "openai" => Ok(Arc::new(OpenAi::new(name, config)?)),
        "scripted" => {
            let scripted = Scripted::open(name, config.retry.clone()).map_err(ConnectError::Script)?;
            Ok(Arc::new(scripted))
        }
        _ => Err(ConnectError::UnknownProvider { provider: name.provider.clone() }),
    }
}

/// Returns the address of `path` below `base`; a query of the base is kept.
pub(crate) fn endpoint(provider: &str, base: &str, path: &[&str]) -> Result<Url, ConnectError> {
    let malformed = || ConnectError::BaseUrl { provider: provider.to_owned(), url: shown_text(base) };
    let mut url: Url = base.trim().parse().map_err(|_| malformed())?;
    if !matches!(url.scheme(), "http" | "https") || !url.has_host() {
        return Err(malformed());
    }
    url.path_segments_mut().map_err(|()| malformed())?.pop_if_empty().extend(path);
    Ok(url)
}

/// Returns the address of what `path` names below `base`: a path that begins with a slash, possibly with a query. The
/// path has plain names only, so that it stays below the base whatever it says; the queries of both are kept.
///
/// Returns nothing if `path` is not of this form.
pub(crate) fn below(base: &Url, path: &str) -> Option<Url> {
    let (path, query) = path.split_once('?').unwrap_or((path, ""));
    let names: Vec<&str> = path.strip_prefix('/')?.split('/').collect();
    let plain = |name: &&str| {
        let known = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.~:".contains(&byte);
        !matches!(*name, "" | "." | "..") && name.bytes().all(known)
    };
    if !names.iter().all(plain) || !query.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'#') {
        return None;
    }
    let mut url = base.clone();
    url.path_segments_mut().ok()?.pop_if_empty().extend(names);
    let queries = [base.query().unwrap_or_default(), query];
    let queries = queries.into_iter().filter(|query| !query.is_empty()).collect::<Vec<_>>().join("&");
    url.set_query((!queries.is_empty()).then_some(queries.as_str()));
    Some(url)
}

/// Returns the headers that carry a key.
pub(crate) fn key_headers(
    provider: &str,
    name: &'static str,
    value: &str,
) -> Result<HeaderMap, ConnectError> {
    let malformed = || ConnectError::MalformedKey { provider: provider.to_owned() };
    Ok(HeaderMap::from_iter([secret_header(name, value).ok_or_else(malformed)?]))
}

impl Transport {
    pub(crate) fn new(config: &ProviderConfig) -> Self {
        Self {
            http: config.http.clone(),
            retry: config.retry.clone(),
            idle_timeout: config.idle_timeout,
            rest: Arc::default(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ApiKey;

    fn fail(name: &str, config: &ProviderConfig) -> String {
        connect(&name.parse().unwrap(), config).err().unwrap().to_string()
    }

    #[test]
    fn paths_stay_below_the_base() {
        let base: Url = "https://h/proxy/?tenant=1".parse().unwrap();
        for (path, expected) in [
            ("/v1/messages", "https://h/proxy/v1/messages?tenant=1"),
            (
                "/v1/skills/skill_1:a?beta=true&x=%20",
                "https://h/proxy/v1/skills/skill_1:a?tenant=1&beta=true&x=%20",
            ),
        ] {
            assert_eq!(below(&base, path).unwrap().as_str(), expected);
        }
        for path in [
            "",
            "v1",
            "/",
            "//h2/v1",
            "/v1/../../x",
            "/v1/%2e%2e/x",
            "/v1/x#f",
            "/v1/a b",
            "/v1?a b",
            "/v1/x@h",
        ] {
            assert!(below(&base, path).is_none(), "{path}");
        }
    }

    #[test]
    fn what_is_missing_is_named() {
        let config = ProviderConfig::default();
        let unknown = "there is no provider `x`: the providers are `anthropic`, `openai`, `scripted`";
        assert_eq!(fail("x/y", &config), unknown);
        assert!(
            fail("anthropic/claude-opus-4-8", &config).contains("no API key for the provider `anthropic`")
        );
        assert!(fail("openai/gpt-5", &config).contains("no API key for the provider `openai`"));
    }

    #[test]
    fn other_servers_need_no_key_and_addresses_are_checked() {
        let mut config = ProviderConfig::default();
        config.openai.base_url = "http://localhost:11434/v1".to_owned();
        assert!(connect(&"openai/qwen3".parse().unwrap(), &config).is_ok());
        for url in ["localhost:11434/v1", "ftp://x/v1", "", "data:,x"] {
            config.openai.base_url = url.to_owned();
            assert!(fail("openai/qwen3", &config).contains("not an http or https address"), "{url}");
        }
    }

    #[test]
    fn secrets_of_a_malformed_address_are_not_shown() {
        let mut config = ProviderConfig::default();
        for url in ["ftp://user:secret@h/v1?key=secret", "h/v1?key=secret", "user:secret@h/v1"] {
            config.openai.base_url = url.to_owned();
            let message = fail("openai/qwen3", &config);
            assert!(message.contains("not an http or https") && !message.contains("secret"), "{message}");
        }
    }

    #[test]
    fn a_malformed_key_is_not_shown() {
        let mut config = ProviderConfig::default();
        config.anthropic.key = Some(ApiKey::new("sk-\nsecret"));
        let message = fail("anthropic/x", &config);
        assert!(message.contains("copy it again") && !message.contains("secret"), "{message}");
    }

    #[test]
    fn endpoints_are_joined_with_or_without_a_slash() {
        for (base, expected) in [
            ("http://h/v1", "http://h/v1/chat"),
            ("http://h/v1/", "http://h/v1/chat"),
            ("http://h", "http://h/chat"),
            ("https://h/v1?api-version=2", "https://h/v1/chat?api-version=2"),
        ] {
            assert_eq!(endpoint("p", base, &["chat"]).unwrap().as_str(), expected);
        }
    }
}

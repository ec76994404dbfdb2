//! Which server, and which key goes there.

use std::path::Path;

use skilled_client::{ApiKey, Client, Options};

use super::Connection;
use crate::config::{Api, Flags, Settings};
use crate::env;
use crate::error::{Error, Kind, OrKind, Result};

/// Where `skilled serve` listens unless it is told otherwise.
const USUAL: &str = "http://127.0.0.1:8787";
/// A key is short; something larger is something else.
const LONGEST_KEY: u64 = 16 << 10;

/// Where the address and the key come from, in words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Source {
    pub(super) url: String,
    pub(super) url_from: String,
    /// None where no key is sent.
    pub(super) key_from: Option<String>,
}

/// Which variables may have the key of a server. A key goes to nobody it was not meant for: that of the hosted service is
/// sent only where the user names the server by hand, or by the variable that belongs to it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Keys {
    Any,
    Own,
    AnthropicFirst,
}

pub(super) fn connect(connection: &Connection) -> Result<(Client, Source)> {
    let settings = Settings::load(Flags::default())?;
    let (source, key) = choose(connection, &settings.api, env::get)?;
    let client = Client::new(&source.url, key, Options::default()).map_err(|error| {
        Error::about(Kind::Usage, &error).hint(format!("it comes from: {}", source.url_from))
    })?;
    Ok((client, source))
}

fn choose(
    connection: &Connection,
    api: &Api,
    variable: impl Fn(&str) -> Option<String>,
) -> Result<(Source, Option<ApiKey>)> {
    let of_variable = |name: &str| variable(name).map(|value| (value, format!("${name}")));
    let (url, url_from, keys) = if let Some(url) = &connection.base_url {
        (url.clone(), "command line".to_owned(), Keys::Any)
    } else if let Some((url, from)) = of_variable(env::SKILLED_BASE_URL) {
        (url, from, Keys::Own)
    } else if let Some((url, from)) = of_variable(env::ANTHROPIC_BASE_URL) {
        (url, from, Keys::AnthropicFirst)
    } else if let Some(file) = &api.refused {
        return Err(Error::usage(format!("the settings in {} have the table [api]", file.display()))
            .hint("a project does not say where your keys are sent: move it to the settings of the user")
            .hint("or name the server: --base-url or SKILLED_BASE_URL"));
    } else if let Some(url) = &api.base_url {
        (url.value.clone(), url.origin.to_string(), Keys::Own)
    } else {
        (USUAL.to_owned(), "built-in".to_owned(), Keys::Own)
    };
    let given = match (&connection.api_key_file, &connection.api_key) {
        (Some(file), _) => Some((read_key(file)?, file.display().to_string())),
        (None, Some(key)) => Some((key.clone(), "command line".to_owned())),
        (None, None) => None,
    };
    let of_settings = || match &api.key_env {
        Some(name) if Some(&url) == api.base_url.as_ref().map(|found| &found.value) => {
            of_variable(&name.value)
        }
        Some(_) | None => None,
    };
    let own = || of_settings().or_else(|| of_variable(env::SKILLED_API_KEY));
    let anthropic = || of_variable(env::ANTHROPIC_API_KEY);
    let key = given.or_else(|| match keys {
        Keys::Any => own().or_else(anthropic),
        Keys::Own => own(),
        Keys::AnthropicFirst => anthropic().or_else(own),
    });
    let (key, key_from) = key.unzip();
    Ok((Source { url, url_from, key_from }, key.map(ApiKey::new)))
}

fn read_key(file: &Path) -> Result<String> {
    let cannot = || format!("cannot read the key in {}", file.display());
    let found = std::fs::metadata(file).or_kind_in(Kind::Usage, cannot)?;
    if found.len() > LONGEST_KEY {
        return Err(Error::usage(format!("{} is too large for a key", file.display())));
    }
    std::fs::read_to_string(file).or_kind_in(Kind::Usage, cannot)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::{Origin, Value};

    fn chosen(flag: Option<&str>, api: &Api, variables: &[(&str, &str)]) -> (String, Option<String>) {
        let connection =
            Connection { base_url: flag.map(str::to_owned), api_key_file: None, api_key: None, json: false };
        let variable =
            |name: &str| variables.iter().find(|(it, _)| *it == name).map(|(_, value)| (*value).to_owned());
        let (source, key) = choose(&connection, api, variable).unwrap();
        assert_eq!(source.key_from.is_some(), key.is_some());
        (source.url, key.map(|key| key.secret().to_owned()))
    }

    fn api(base_url: Option<&str>, key_env: Option<&str>) -> Api {
        let value = |text: &str| Value { value: text.to_owned(), origin: Origin::File("user.toml".into()) };
        Api { base_url: base_url.map(value), key_env: key_env.map(value), refused: None }
    }

    #[test]
    fn a_key_goes_only_where_it_was_meant_to_go() {
        let keys = [(env::SKILLED_API_KEY, "own"), (env::ANTHROPIC_API_KEY, "hosted"), ("WORK", "work")];
        let with = |more: &[(&'static str, &'static str)]| [&keys[1..], more].concat();
        let own = Some("own".to_owned());
        let none = api(None, None);
        assert_eq!(chosen(None, &none, &keys), (USUAL.to_owned(), own.clone()));
        // The key of the hosted service does not go to a server that it does not belong to.
        assert_eq!(chosen(None, &none, &keys[1..]), (USUAL.to_owned(), None));
        assert_eq!(
            chosen(None, &none, &with(&[(env::SKILLED_BASE_URL, "http://s")])),
            ("http://s".to_owned(), None)
        );
        assert_eq!(
            chosen(None, &none, &with(&[(env::ANTHROPIC_BASE_URL, "http://a")])),
            ("http://a".to_owned(), Some("hosted".to_owned()))
        );
        assert_eq!(chosen(Some("http://f"), &none, &keys), ("http://f".to_owned(), own.clone()));
        assert_eq!(
            chosen(Some("http://f"), &none, &keys[1..]),
            ("http://f".to_owned(), Some("hosted".to_owned()))
        );
        let work = api(Some("http://w"), Some("WORK"));
        assert_eq!(chosen(None, &work, &keys), ("http://w".to_owned(), Some("work".to_owned())));
        assert_eq!(chosen(Some("http://f"), &work, &keys), ("http://f".to_owned(), own));
    }

    #[test]
    fn a_project_does_not_say_where_keys_are_sent() {
        let refused = Api { refused: Some("p/skilled.toml".into()), ..api(None, None) };
        let connection = Connection { base_url: None, api_key_file: None, api_key: None, json: false };
        let error = choose(&connection, &refused, |_| None).unwrap_err();
        assert_eq!((error.code(), error.hints().len()), (2, 2));
        assert_eq!(chosen(Some("http://f"), &refused, &[]), ("http://f".to_owned(), None));
    }
}

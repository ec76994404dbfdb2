//! Which model answers, and how its provider is reached.

use std::sync::Arc;

use skilled_agent::ModelFailed;
use skilled_model::{
    ApiKey, ConnectError, ErrorKind, Model, ModelName, ProviderConfig, ScriptError, connect,
};

use crate::config::Settings;
use crate::env;
use crate::error::{Error, Kind, Result};

/// The model of a provider whose key is set, when nothing names one.
const DEFAULT_MODELS: [(&str, &str); 2] =
    [(env::ANTHROPIC_API_KEY, "anthropic/claude-opus-4-8"), (env::OPENAI_API_KEY, "openai/gpt-5")];

/// Returns the model that the settings or the keys choose.
pub(crate) fn model(settings: &Settings) -> Result<Arc<dyn Model>> {
    let name = choose(settings, |name| env::get(name).is_some())?;
    connect(&name, &config()).map_err(|error| {
        let hint = remedy(&error, &name);
        Error::new(Kind::Usage, error).hint(hint)
    })
}

/// Returns the model `name` of one of the usual providers.
pub(crate) fn named(name: &ModelName) -> Result<Arc<dyn Model>> {
    connect(name, &config()).map_err(|error| {
        let hint = remedy(&error, name);
        Error::new(Kind::Usage, error).hint(hint)
    })
}

/// The model of a provider whose key is set.
pub(crate) fn usual() -> Option<String> {
    let found = DEFAULT_MODELS.into_iter().find(|(key, _)| env::get(key).is_some());
    found.map(|(_, name)| name.to_owned())
}

fn choose(settings: &Settings, is_set: impl Fn(&str) -> bool) -> Result<ModelName> {
    if let Some(model) = &settings.model {
        return model.value.parse().map_err(|error| {
            Error::new(Kind::Usage, error).hint(format!("it comes from: {}", model.origin))
        });
    }
    let named = DEFAULT_MODELS.into_iter().find(|(key, _)| is_set(key)).map(|(_, name)| name.parse());
    match named {
        Some(Ok(name)) => Ok(name),
        Some(Err(_)) | None => Err(Error::usage("no model is chosen")
            .hint("name one: --model anthropic/claude-opus-4-8, --model openai/NAME or --model scripted/FILE.yaml")
            .hint("or set it for good: `model = \"PROVIDER/NAME\"` in skilled.toml, or SKILLED_MODEL")
            .hint("or set a key: ANTHROPIC_API_KEY or OPENAI_API_KEY (with OPENAI_BASE_URL for a local server)")),
    }
}

/// Keys and addresses of the environment.
fn config() -> ProviderConfig {
    let mut config = ProviderConfig::default();
    config.anthropic.key = env::get(env::ANTHROPIC_API_KEY).map(ApiKey::new);
    config.openai.key = env::get(env::OPENAI_API_KEY).map(ApiKey::new);
    if let Some(url) = env::get(env::ANTHROPIC_BASE_URL) {
        config.anthropic.base_url = url;
    }
    if let Some(url) = env::get(env::OPENAI_BASE_URL) {
        config.openai.base_url = url;
    }
    config
}

fn remedy(error: &ConnectError, name: &ModelName) -> String {
    let prefix = name.provider.to_uppercase();
    match error {
        ConnectError::MissingKey { .. } if name.provider == "openai" => {
            "set OPENAI_API_KEY; a local server (OPENAI_BASE_URL) needs none".to_owned()
        }
        ConnectError::MissingKey { .. } => format!("set {prefix}_API_KEY"),
        ConnectError::MalformedKey { .. } => format!("it comes from {prefix}_API_KEY"),
        ConnectError::BaseUrl { .. } => format!("it comes from {prefix}_BASE_URL"),
        ConnectError::UnknownProvider { .. } => {
            "servers that speak OpenAI's protocol are `openai`, with their address in OPENAI_BASE_URL"
                .to_owned()
        }
        ConnectError::Script(ScriptError::Read { .. }) => "check the path after `scripted/`".to_owned(),
        ConnectError::Script(_) => "docs/scripted-model.md describes the file".to_owned(),
    }
}

/// What a person can do about a request of `model` that failed; nothing where only time helps.
pub(crate) fn remedy_of_failure(failed: &ModelFailed, model: &str) -> Option<String> {
    let provider = model.split('/').next().filter(|name| matches!(*name, "anthropic" | "openai"))?;
    let prefix = provider.to_uppercase();
    if failed.kind == ErrorKind::Auth.as_str() {
        Some(format!("check the key in {prefix}_API_KEY"))
    } else if failed.status == Some(404) {
        Some(format!("check the model's name (--model) and the address, if {prefix}_BASE_URL is set"))
    } else if failed.kind == ErrorKind::Transport.as_str() && failed.status.is_none() && !failed.answer_began
    {
        Some(format!("{prefix}_BASE_URL sets the address, HTTPS_PROXY a proxy"))
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_choose_in_a_fixed_order_and_none_is_an_error_with_three_ways() {
        let settings = Settings::load(crate::config::Flags { model: None, ..Default::default() }).unwrap();
        let settings = Settings { model: None, ..settings };
        let provider = |set: &[&str]| choose(&settings, |key| set.contains(&key)).map(|name| name.provider);
        assert_eq!(provider(&[env::OPENAI_API_KEY]).unwrap(), "openai");
        assert_eq!(provider(&[env::OPENAI_API_KEY, env::ANTHROPIC_API_KEY]).unwrap(), "anthropic");
        let error = provider(&[]).unwrap_err();
        assert_eq!((error.hints().len(), error.code()), (3, 2));
    }
}

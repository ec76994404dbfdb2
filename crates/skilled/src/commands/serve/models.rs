//! The models behind the server.

use std::sync::Arc;

use skilled_model::{ApiKey, Model, ModelName, ProviderConfig, connect};
use skilled_server::{Execution, Models, ServedModel};
use skilled_wire::{Lifecycle, ModelObject, Time, types};

use crate::config::{Provider, Settings, Value};
use crate::error::{Error, Kind, Result};
use crate::{env, providers};

/// The models of `[models]`, and the one that answers for all other names.
pub(super) fn models(settings: &Settings, flag: Option<&str>) -> Result<Models> {
    let server = &settings.server;
    let mut models = Models::default();
    for (id, served) in &server.models {
        let Value { value, origin } = served;
        let model = model(settings, &value.model)
            .map_err(|error| error.hint(format!("the model {id:?} comes from: {origin}")))?;
        let object = object(id, value.display_name.as_deref(), model.as_ref());
        models.add(ServedModel { object, model, execution: value.execution() });
    }
    let default =
        flag.map(str::to_owned).or_else(|| server.default_model.as_ref().map(|found| found.value.clone()));
    let default = default.or_else(|| usual(settings, &models));
    if let Some(name) = default
        && !models.set_default(&name)
    {
        let model = model(settings, &name)?;
        let object = object(&name, None, model.as_ref());
        models.add(ServedModel { object, model, execution: Execution::Local });
        models.set_default(&name);
    }
    Ok(models)
}

/// The model of runs, unless `[models]` says which there are.
fn usual(settings: &Settings, models: &Models) -> Option<String> {
    let chosen = settings.model.as_ref().map(|model| model.value.clone());
    chosen.or_else(|| if models.iter().next().is_none() { providers::usual() } else { None })
}

fn model(settings: &Settings, name: &str) -> Result<Arc<dyn Model>> {
    let parsed: ModelName = name.parse().map_err(|error| Error::new(Kind::Usage, error))?;
    match settings.server.providers.get(&parsed.provider) {
        None => providers::named(&parsed),
        Some(provider) => {
            let origin = format!("the provider {:?} comes from: {}", parsed.provider, provider.origin);
            let config = config(&provider.value).map_err(|error| error.hint(origin.clone()))?;
            let name = ModelName { provider: provider.value.kind.clone(), model: parsed.model };
            connect(&name, &config).map_err(|error| Error::new(Kind::Usage, error).hint(origin))
        }
    }
}

/// How a provider of the settings is reached. The variable with its key is named there; nothing else of it is secret.
fn config(provider: &Provider) -> Result<ProviderConfig> {
    let mut config = ProviderConfig::default();
    let key = match &provider.key_env {
        None => None,
        Some(name) => Some(env::get(name).ok_or_else(|| {
            Error::usage(format!("the variable {name} is not set")).hint("it should have the provider's key")
        })?),
    };
    let key = key.map(ApiKey::new);
    match provider.kind.as_str() {
        "anthropic" => {
            config.anthropic.key = key;
            config.anthropic.base_url = provider.base_url.clone().unwrap_or(config.anthropic.base_url);
        }
        "openai" => {
            config.openai.key = key;
            config.openai.base_url = provider.base_url.clone().unwrap_or(config.openai.base_url);
        }
        other => {
            return Err(
                Error::usage(format!("{other:?} is no kind of provider")).hint("use anthropic or openai")
            );
        }
    }
    Ok(config)
}

/// What clients are told of a model.
fn object(id: &str, display_name: Option<&str>, model: &dyn Model) -> ModelObject {
    let info = model.info();
    ModelObject {
        id: id.to_owned(),
        kind: types::Model,
        display_name: display_name.unwrap_or(id).to_owned(),
        created_at: Time::from_millis(0),
        lifecycle: Lifecycle::Active,
        line: None,
        deprecated_at: None,
        retires_at: None,
        max_input_tokens: Some(info.context_window),
        max_tokens: Some(info.max_output_tokens.into()),
        capabilities: None,
        allowed_fallback_models: Vec::new(),
    }
}

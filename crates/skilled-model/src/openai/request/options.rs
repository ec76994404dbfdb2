//! The options of a request, as the table of [`crate::Options`] says.

use serde_json::{Map, Value, json};

use super::super::Dialect;
use crate::{Error, ErrorKind, Options, OutputConfig, ToolMode};

/// Returns the fields that `options` are. `has_tools` says whether the request has tools.
pub(super) fn fields(
    options: &Options,
    has_tools: bool,
    dialect: Dialect,
) -> Result<Map<String, Value>, Error> {
    let mut fields = Map::new();
    let mut put = |name: &str, value: Option<Value>| {
        fields.extend(value.map(|value| (name.to_owned(), value)));
    };
    put("temperature", options.temperature.map(Value::from));
    put("top_p", options.top_p.map(Value::from));
    if options.top_k.is_some() && dialect.official {
        return Err(refused("top_k", "OpenAI's models have none"));
    }
    put("top_k", options.top_k.map(Value::from));
    put("stop", (!options.stop_sequences.is_empty()).then(|| options.stop_sequences.clone().into()));
    put("tool_choice", tool_choice(options, has_tools)?);
    let parallel = options.tool_choice.as_ref().and_then(|choice| choice.disable_parallel_tool_use);
    put("parallel_tool_calls", parallel.filter(|_| has_tools).map(|disabled| (!disabled).into()));
    let by_budget = effort_of_thinking(options)?;
    let effort =
        options.output_config.effort.as_deref().map(|effort| if effort == "max" { "xhigh" } else { effort });
    put("reasoning_effort", effort.or(by_budget).map(Value::from));
    put("response_format", response_format(&options.output_config)?);
    put("user", options.metadata.user_id.clone().map(Value::from));
    refuse_all("metadata.", &options.metadata.extra)?;
    let tier = match options.service_tier.as_deref() {
        Some("standard_only") => Some("default"),
        other => other,
    };
    put("service_tier", tier.map(Value::from));
    if options.speed.as_deref().is_some_and(|speed| speed != "standard") {
        return Err(refused("speed", "there is only the standard speed"));
    }
    if options.inference_geo.is_some() {
        return Err(refused("inference_geo", "the region is that of the server"));
    }
    refuse_all("", &options.other)?;
    Ok(fields)
}

fn tool_choice(options: &Options, has_tools: bool) -> Result<Option<Value>, Error> {
    let Some(choice) = &options.tool_choice else { return Ok(None) };
    Ok(match &choice.mode {
        ToolMode::Any | ToolMode::Tool { .. } if !has_tools => {
            return Err(refused("tool_choice", "there are no tools to choose from"));
        }
        // The protocol takes no choice without tools, and there these say nothing.
        ToolMode::Auto | ToolMode::None if !has_tools => None,
        ToolMode::Auto => Some("auto".into()),
        ToolMode::Any => Some("required".into()),
        ToolMode::Tool { name } => Some(json!({"type": "function", "function": {"name": name}})),
        ToolMode::None => Some("none".into()),
    })
}

/// Returns the effort that comes nearest to what `thinking` asks for.
fn effort_of_thinking(options: &Options) -> Result<Option<&'static str>, Error> {
    let Some(thinking) = &options.thinking else { return Ok(None) };
    for (key, value) in thinking.as_object().into_iter().flatten() {
        let said = match key.as_str() {
            "type" | "budget_tokens" => false,
            "display" => !value.is_null() && value != "summarized",
            _ => !value.is_null(),
        };
        if said {
            return Err(refused(&format!("thinking.{key}"), "reasoning comes as the server sends it"));
        }
    }
    match options.thinking_type() {
        Some("adaptive" | "disabled") => Ok(None),
        Some("enabled") => Ok(Some(match options.thinking_budget().unwrap_or_default() {
            0..4_096 => "low",
            4_096..16_384 => "medium",
            16_384.. => "high",
        })),
        _ => Err(refused("thinking", "it is neither `enabled` nor `adaptive` nor `disabled`")),
    }
}

fn response_format(config: &OutputConfig) -> Result<Option<Value>, Error> {
    if config.task_budget.as_ref().is_some_and(|budget| !budget.is_null()) {
        return Err(refused("output_config.task_budget", "there is no budget across answers"));
    }
    refuse_all("output_config.", &config.extra)?;
    let Some(Value::Object(format)) = &config.format else {
        return match &config.format {
            None | Some(Value::Null) => Ok(None),
            Some(_) => Err(refused("output_config.format", "it is no object")),
        };
    };
    let mut schema = None;
    for (key, value) in format {
        match key.as_str() {
            "type" if value == "json_schema" => {}
            "schema" => schema = Some(value),
            _ => {
                return Err(refused(
                    &format!("output_config.format.{key}"),
                    "only a JSON schema can be asked for",
                ));
            }
        }
    }
    let Some(schema) = schema else {
        return Err(refused("output_config.format", "it has no schema"));
    };
    let format = json!({"name": "answer", "schema": schema, "strict": is_strict(schema)});
    Ok(Some(json!({"type": "json_schema", "json_schema": format})))
}

/// Returns whether every object in `schema` is closed and requires all its properties: what strict servers ask for.
fn is_strict(schema: &Value) -> bool {
    match schema {
        Value::Object(fields) => {
            let properties = fields.get("properties").and_then(Value::as_object);
            let is_object = fields.get("type").is_some_and(|kind| kind == "object") || properties.is_some();
            let required = fields.get("required").and_then(Value::as_array);
            let all = properties.into_iter().flatten().all(|(name, _)| {
                required.is_some_and(|required| required.iter().any(|entry| entry == name.as_str()))
            });
            let closed = fields.get("additionalProperties") == Some(&Value::Bool(false));
            // A property can have the name of a keyword: its own schema is looked at all the same.
            (!is_object || (closed && all)) && fields.values().all(is_strict)
        }
        Value::Array(values) => values.iter().all(is_strict),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => true,
    }
}

fn refuse_all(prefix: &str, fields: &Map<String, Value>) -> Result<(), Error> {
    match fields.iter().find(|(_, value)| !value.is_null()) {
        Some((name, _)) => Err(refused(&format!("{prefix}{name}"), "it has no such field")),
        None => Ok(()),
    }
}

fn refused(field: &str, reason: &str) -> Error {
    let message = format!("the request has a field `{field}` that Chat Completions cannot say: {reason}");
    Error::new(ErrorKind::Untranslatable, message)
}

#[cfg(test)]
mod tests;

//! Reading what a model wrote as arguments.

use serde::de::DeserializeOwned;
use serde_json::{Map, Value};
use skilled_message::ToolDefinition;

/// Reads `input` as the arguments that `definition` describes. An error is worded for the model: it names the argument
/// that is wrong and the ones there are.
pub(super) fn parse<T: DeserializeOwned>(definition: &ToolDefinition, input: Value) -> Result<T, String> {
    let name = &definition.name;
    let Value::Object(given) = &input else {
        return Err(format!(
            "The input of {name} must be a JSON object, not {}. {}",
            kind_of(&input),
            usage(definition)
        ));
    };
    if let Some(problem) = problem(definition, given) {
        return Err(format!("{problem} {}", usage(definition)));
    }
    serde_json::from_value(input)
        .map_err(|error| format!("The input of {name} cannot be read: {error}. {}", usage(definition)))
}

/// Returns the first thing that is wrong, as far as the schema's own properties tell.
fn problem(definition: &ToolDefinition, given: &Map<String, Value>) -> Option<String> {
    let name = &definition.name;
    let properties = properties(definition)?;
    for (key, value) in given {
        let Some(schema) = properties.get(key) else {
            return Some(format!("{name} has no argument {key:?}."));
        };
        let wanted = schema["type"].as_str()?;
        let fits = match wanted {
            "string" => value.is_string(),
            "integer" => value.is_i64() || value.is_u64(),
            "boolean" => value.is_boolean(),
            "array" => value.is_array(),
            _ => true,
        };
        if !fits {
            let article = if matches!(wanted, "integer" | "array") { "an" } else { "a" };
            return Some(format!("{key:?} must be {article} {wanted}, not {}.", kind_of(value)));
        }
    }
    let required = definition.input_schema["required"].as_array()?;
    let missing = required.iter().filter_map(Value::as_str).find(|key| !given.contains_key(*key))?;
    Some(format!("{name} needs the argument {missing:?}."))
}

fn properties(definition: &ToolDefinition) -> Option<&Map<String, Value>> {
    definition.input_schema["properties"].as_object()
}

/// Lists the arguments.
fn usage(definition: &ToolDefinition) -> String {
    let required: Vec<&str> = definition.input_schema["required"]
        .as_array()
        .map(|keys| keys.iter().filter_map(Value::as_str).collect())
        .unwrap_or_default();
    let keys: Vec<String> = properties(definition)
        .into_iter()
        .flat_map(Map::iter)
        .map(|(key, schema)| {
            let kind = schema["type"].as_str().unwrap_or("any");
            let optional = if required.contains(&key.as_str()) { "" } else { ", optional" };
            format!("{key} ({kind}{optional})")
        })
        .collect();
    format!("Its arguments are: {}.", keys.join(", "))
}

const fn kind_of(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "a boolean",
        Value::Number(_) => "this number",
        Value::String(_) => "a string",
        Value::Array(_) => "an array",
        Value::Object(_) => "an object",
    }
}

//! Tools that the Messages API defines and the caller runs, said as ordinary functions.

use serde_json::{Map, Value, json};
use skilled_message::ToolDefinition;

use crate::{Error, ErrorKind};

/// The type of an ordinary tool.
const CUSTOM: &str = "custom";

/// Returns `definition` as an ordinary tool with a name, a description and a schema, for models that know no other.
///
/// Ordinary tools come back as they are. These types of the Messages API, which the caller runs, get a schema:
///
/// | Type | Input |
/// |---|---|
/// | `bash_20241022`, `bash_20250124` | `command` or `restart` |
/// | `text_editor_20241022`, `text_editor_20250124` | `command` of `view`, `create`, `str_replace`, `insert`, `undo_edit`; `path`, `file_text`, `old_str`, `new_str`, `insert_line`, `view_range` |
/// | `text_editor_20250429`, `text_editor_20250728` | the same without `undo_edit`, with `insert_text` |
/// | `memory_20250818` | `command` of `view`, `create`, `str_replace`, `insert`, `delete`, `rename`; `path`, `old_path`, `new_path`, `file_text`, `old_str`, `new_str`, `insert_line`, `insert_text`, `view_range` |
///
/// Of the fields that any tool can have, `strict` stays; `cache_control` and `eager_input_streaming` are left out, and
/// so is what says nothing: `allowed_callers` of `direct`, `defer_loading` of `false`, no `input_examples`.
/// `max_characters` of an editor becomes a sentence of its description.
///
/// # Errors
///
/// Any other type or field is refused by name.
pub fn as_function(definition: &ToolDefinition) -> Result<ToolDefinition, Error> {
    let kind = definition.extra.get("type").and_then(Value::as_str).unwrap_or(CUSTOM);
    let mut function = match kind {
        CUSTOM => ToolDefinition { extra: Map::new(), ..definition.clone() },
        "bash_20241022" | "bash_20250124" => bash(),
        "text_editor_20241022" | "text_editor_20250124" => editor("str_replace_editor", true),
        "text_editor_20250429" | "text_editor_20250728" => editor("str_replace_based_edit_tool", false),
        "memory_20250818" => memory(),
        other => {
            let name = if definition.name.is_empty() { other } else { &definition.name };
            let message =
                format!("the tool `{name}` is of the type `{other}`, which only Anthropic's models have");
            return Err(Error::new(ErrorKind::Untranslatable, message));
        }
    };
    if !definition.name.is_empty() {
        function.name.clone_from(&definition.name);
    }
    for (key, value) in &definition.extra {
        match (key.as_str(), value) {
            ("type" | "cache_control" | "eager_input_streaming", _)
            | (_, Value::Null)
            | ("defer_loading", Value::Bool(false)) => {}
            ("strict", _) => {
                function.extra.insert(key.clone(), value.clone());
            }
            ("allowed_callers", Value::Array(callers)) if callers.iter().all(|caller| caller == "direct") => {
            }
            ("input_examples", Value::Array(examples)) if examples.is_empty() => {}
            ("max_characters", limit) if kind.starts_with("text_editor_") => {
                function.description =
                    format!("{} A view shows at most {limit} characters.", function.description);
            }
            _ => {
                let message = format!(
                    "the definition of the tool `{}` has a field `{key}` that only Anthropic's models know",
                    function.name
                );
                return Err(Error::new(ErrorKind::Untranslatable, message));
            }
        }
    }
    Ok(function)
}

fn bash() -> ToolDefinition {
    ToolDefinition::new(
        "bash",
        "Runs a command in a bash session that lives on between calls, and returns what it printed.",
        json!({
            "type": "object",
            "properties": {
                "command": text("The command to run. Required unless `restart` is true."),
                "restart": {"type": "boolean", "description": "Starts a new session instead of running a command."},
            },
        }),
    )
}

fn editor(name: &str, undoes: bool) -> ToolDefinition {
    let mut commands = vec!["view", "create", "str_replace", "insert"];
    let mut properties = json!({
        "path": text("The absolute path of the file or folder."),
        "view_range": view_range(),
        "file_text": text("The content of the file. Required for `create`."),
        "old_str": text("The text to replace, which must occur exactly once. Required for `str_replace`."),
        "new_str": text("The text in its place. Required for `str_replace`."),
        "insert_line": insert_line(),
    });
    if undoes {
        commands.push("undo_edit");
        properties["new_str"] =
            text("The text in its place, for `str_replace`; the text to insert, for `insert`.");
    } else {
        properties["insert_text"] = text("The text to insert. Required for `insert`.");
    }
    let description =
        "Views files and folders, and creates and edits text files. State is kept between calls.";
    ToolDefinition::new(name, description, commanded(&commands, properties, &["command", "path"]))
}

fn memory() -> ToolDefinition {
    let properties = json!({
        "path": text("The path below `/memories`. Required for every command but `rename`."),
        "view_range": view_range(),
        "file_text": text("The content of the file. Required for `create`."),
        "old_str": text("The text to replace, which must occur exactly once. Required for `str_replace`."),
        "new_str": text("The text in its place. Required for `str_replace`."),
        "insert_line": insert_line(),
        "insert_text": text("The text to insert. Required for `insert`."),
        "old_path": text("The path to rename. Required for `rename`."),
        "new_path": text("The new path. Required for `rename`."),
    });
    ToolDefinition::new(
        "memory",
        "Keeps notes in files below `/memories` that outlast this conversation. View the folder before you begin a task, \
         and write down there what is worth knowing next time.",
        commanded(&["view", "create", "str_replace", "insert", "delete", "rename"], properties, &["command"]),
    )
}

/// Returns the schema of an input with one of `commands` and `properties`.
fn commanded(commands: &[&str], properties: Value, required: &[&str]) -> Value {
    let mut all = Map::new();
    all.insert("command".to_owned(), json!({"type": "string", "enum": commands}));
    if let Value::Object(properties) = properties {
        all.extend(properties);
    }
    json!({"type": "object", "properties": all, "required": required})
}

fn text(description: &str) -> Value {
    json!({"type": "string", "description": description})
}

fn view_range() -> Value {
    json!({
        "type": "array",
        "items": {"type": "integer"},
        "description": "The first and the last line to view, counted from 1; -1 as the last means the end. For `view`.",
    })
}

fn insert_line() -> Value {
    json!({
        "type": "integer",
        "description": "The line after which to insert; 0 is the beginning. Required for `insert`.",
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(definition: Value) -> ToolDefinition {
        serde_json::from_value(definition).unwrap()
    }

    #[test]
    fn typed_tools_of_the_caller_get_a_schema() {
        for (kind, name, commands) in [
            ("bash_20250124", "bash", None),
            ("text_editor_20250124", "str_replace_editor", Some("view create str_replace insert undo_edit")),
            ("text_editor_20250728", "str_replace_based_edit_tool", Some("view create str_replace insert")),
            ("memory_20250818", "memory", Some("view create str_replace insert delete rename")),
        ] {
            let definition = read(json!({"type": kind, "name": name}));
            assert_eq!(serde_json::to_value(&definition).unwrap(), json!({"type": kind, "name": name}));
            let function = as_function(&definition).unwrap();
            assert_eq!((function.name.as_str(), function.extra.len()), (name, 0));
            assert!(!function.description.is_empty());
            let schema = &function.input_schema;
            assert_eq!(schema["type"], "object");
            let found = schema["properties"]["command"]["enum"]
                .as_array()
                .map(|all| all.iter().filter_map(Value::as_str).collect::<Vec<_>>().join(" "));
            assert_eq!(found.as_deref(), commands, "{kind}");
            for required in schema["required"].as_array().into_iter().flatten().filter_map(Value::as_str) {
                assert!(schema["properties"][required].is_object(), "{kind} {required}");
            }
        }
    }

    #[test]
    fn fields_stay_are_left_out_or_are_refused_by_name() {
        let editor = read(
            json!({"type": "text_editor_20250728", "name": "edit", "max_characters": 500, "strict": true,
            "cache_control": {"type": "ephemeral"}, "allowed_callers": ["direct"], "defer_loading": false}),
        );
        let function = as_function(&editor).unwrap();
        assert_eq!(function.name, "edit");
        assert!(function.description.ends_with("A view shows at most 500 characters."));
        assert_eq!(Value::Object(function.extra), json!({"strict": true}));
        for (field, value) in [
            ("defer_loading", json!(true)),
            ("allowed_callers", json!(["code_execution_20250825"])),
            ("input_examples", json!([{}])),
            ("max_characters", json!(1)),
            ("novelty", json!(0)),
        ] {
            let mut tool = ToolDefinition::new("t", "d", json!({"type": "object"}));
            tool.extra.insert(field.to_owned(), value);
            let error = as_function(&tool).unwrap_err();
            assert_eq!(error.kind, ErrorKind::Untranslatable);
            assert!(error.message.contains(&format!("field `{field}`")), "{error}");
        }
        for (definition, name) in [
            (json!({"type": "web_search_20250305", "name": "web_search"}), "web_search"),
            (json!({"type": "mcp_toolset", "mcp_server_name": "m"}), "mcp_toolset"),
        ] {
            let error = as_function(&read(definition)).unwrap_err();
            assert!(error.message.starts_with(&format!("the tool `{name}` is of the type")), "{error}");
        }
    }
}

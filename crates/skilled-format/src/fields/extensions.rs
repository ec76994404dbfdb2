//! Fields of Claude Code and compatible clients.

use super::{strip, tools};
use crate::frontmatter::{Kind, Node};
use crate::skill::{Context, Extensions, Shell};
use crate::value::Value;

/// Fields of the specification.
const STANDARD: [&str; 6] = ["name", "description", "license", "compatibility", "metadata", "allowed-tools"];

/// Fields handled by [`set`].
const KNOWN: [&str; 14] = [
    "when_to_use",
    "argument-hint",
    "arguments",
    "disable-model-invocation",
    "user-invocable",
    "disallowed-tools",
    "model",
    "effort",
    "context",
    "agent",
    "background",
    "hooks",
    "paths",
    "shell",
];

pub(super) enum Outcome {
    Set,
    /// The field is known and its value is not what it should be: the words say what.
    WrongType(&'static str),
    Unknown,
}

/// Stores the field `name`, if it is an extension.
pub(super) fn set(extensions: &mut Extensions, name: &str, value: &Node) -> Outcome {
    const TEXT: &str = "text";
    const BOOL: &str = "`true` or `false`";
    const LIST: &str = "a list of texts";
    let (set, expected) = match name {
        "when_to_use" => (store(&mut extensions.when_to_use, text(value)), TEXT),
        "argument-hint" => (store(&mut extensions.argument_hint, hint(value)), TEXT),
        "arguments" => (replace(&mut extensions.arguments, list(value)), LIST),
        "disable-model-invocation" => (store(&mut extensions.disable_model_invocation, boolean(value)), BOOL),
        "user-invocable" => (store(&mut extensions.user_invocable, boolean(value)), BOOL),
        "disallowed-tools" => (replace(&mut extensions.disallowed_tools, list(value)), LIST),
        "model" => (store(&mut extensions.model, text(value)), TEXT),
        "effort" => (store(&mut extensions.effort, text(value)), TEXT),
        "context" => (store(&mut extensions.context, text(value).map(context)), TEXT),
        "agent" => (store(&mut extensions.agent, text(value)), TEXT),
        "background" => (store(&mut extensions.background, boolean(value)), BOOL),
        "hooks" => (store(&mut extensions.hooks, mapping(value)), "a mapping"),
        "paths" => (replace(&mut extensions.paths, list(value)), LIST),
        "shell" => (store(&mut extensions.shell, text(value).map(shell)), TEXT),
        _ => return Outcome::Unknown,
    };
    if set { Outcome::Set } else { Outcome::WrongType(expected) }
}

/// The known field that differs from `name` only in case, hyphens and underscores.
pub(super) fn spelled_like(name: &str) -> Option<&'static str> {
    let is_joint = |c: &char| matches!(c, '-' | '_');
    let letters: String = name.chars().filter(|c| !is_joint(c)).flat_map(char::to_lowercase).collect();
    // The known ones are in lower case.
    STANDARD.into_iter().chain(KNOWN).find(|known| known.chars().filter(|c| !is_joint(c)).eq(letters.chars()))
}

fn store<T>(slot: &mut Option<T>, value: Option<T>) -> bool {
    *slot = value;
    slot.is_some()
}

fn replace<T>(slot: &mut Vec<T>, value: Option<Vec<T>>) -> bool {
    value.map(|value| *slot = value).is_some()
}

fn text(node: &Node) -> Option<String> {
    node.text().map(|text| strip(text).to_owned())
}

/// `argument-hint: [file]` is meant as the text `[file]`, though YAML reads a list.
fn hint(node: &Node) -> Option<String> {
    match node.kind {
        Kind::Scalar(_) => text(node),
        Kind::Sequence(_) => Some(Value::from_node(node).to_string()),
        Kind::Mapping(_) => None,
    }
}

fn boolean(node: &Node) -> Option<bool> {
    match node.text()?.to_ascii_lowercase().as_str() {
        "true" | "yes" | "on" | "1" => Some(true),
        "false" | "no" | "off" | "0" => Some(false),
        _ => None,
    }
}

fn list(node: &Node) -> Option<Vec<String>> {
    match &node.kind {
        Kind::Scalar(scalar) => Some(tools::split(&scalar.text).items),
        Kind::Sequence(items) => items.iter().map(text).collect(),
        Kind::Mapping(_) => None,
    }
}

fn mapping(node: &Node) -> Option<Value> {
    matches!(node.kind, Kind::Mapping(_)).then(|| Value::from_node(node))
}

fn context(text: String) -> Context {
    if text == "fork" { Context::Fork } else { Context::Other(text) }
}

fn shell(text: String) -> Shell {
    match text.as_str() {
        "bash" => Shell::Bash,
        "powershell" => Shell::PowerShell,
        _ => Shell::Other(text),
    }
}

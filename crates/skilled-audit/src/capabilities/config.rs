//! What runs without being asked for, and what configuration files need.

use serde_json::Value as Json;
use skilled_format::Value;

use super::needs::{self, Needs, Place};
use super::{code, command, hosts};
use crate::material::{Language, Source, injected_commands};
use crate::rules::text::dependencies::{self, Registry};

/// Scripts of a `package.json` that run at installation.
const AT_INSTALLATION: [&str; 6] =
    ["preinstall", "install", "postinstall", "prepare", "preuninstall", "postuninstall"];

/// Looks at one file.
pub(super) fn collect(source: &Source, needs: &mut Needs<'_>) {
    match source.language {
        Language::Prose => injected(source, needs),
        Language::Data => data(source, needs),
        Language::Shell
        | Language::PowerShell
        | Language::Python
        | Language::JavaScript
        | Language::OtherCode => {}
    }
}

fn injected(source: &Source, needs: &mut Needs<'_>) {
    for text in injected_commands(&source.text) {
        let place = Place { source, at: text.start() };
        needs.add(|found| &mut found.automatic, &format!("!`{}`", text.as_str().trim()), place);
        command::line(text.as_str(), place, needs);
    }
}

fn data(source: &Source, needs: &mut Needs<'_>) {
    let name = source.path.rsplit('/').next().unwrap_or_default();
    let settings = name.starts_with("settings") && source.path.contains(".claude/")
        || matches!(name, "hooks.json" | "plugin.json");
    let servers = matches!(
        name,
        ".mcp.json" | "mcp.json" | "claude_desktop_config.json" | "mcp_config.json" | "plugin.json"
    );
    let package = name == "package.json";
    if !(settings || servers || package) {
        return;
    }
    // One that cannot be read starts nothing.
    let Ok(json) = serde_json::from_str::<Json>(&source.text) else { return };
    if servers {
        let listed = ["mcpServers", "servers"].iter().filter_map(|key| json.get(key)?.as_object()).flatten();
        for (name, server) in listed {
            mcp_server(name, server, source, needs);
        }
    }
    if settings && let Some(hooks) = json.get("hooks") {
        for (event, hooks) in hooks.as_object().into_iter().flatten() {
            for text in commands(hooks) {
                automatic(&format!("hook {event}"), text, place_of(text, source), needs);
            }
        }
    }
    if package {
        for name in AT_INSTALLATION {
            if let Some(text) = json.get("scripts").and_then(|scripts| scripts.get(name)?.as_str()) {
                automatic(&format!("npm {name}"), text, place_of(text, source), needs);
            }
        }
        for listed in dependencies::manifest(&source.text) {
            needs::package(
                Registry::Npm,
                listed.name,
                listed.version,
                Place { source, at: listed.span.start },
                needs,
            );
        }
    }
}

fn mcp_server(name: &str, server: &Json, source: &Source, needs: &mut Needs<'_>) {
    let place = place_of(name, source);
    let text = |key: &str| server.get(key).and_then(Json::as_str);
    let arguments =
        server.get("args").and_then(Json::as_array).into_iter().flatten().filter_map(Json::as_str);
    let words: Vec<String> = text("command").into_iter().chain(arguments).map(str::to_owned).collect();
    let what = text("url").map_or_else(|| words.join(" "), str::to_owned);
    needs.add(|found| &mut found.automatic, &format!("MCP server {name}: {what}"), place);
    if let Some(url) = text("url") {
        hosts::collect(url, place, needs);
    }
    needs::run_words(words, place, needs);
    for name in server.get("env").and_then(Json::as_object).into_iter().flatten().map(|(name, _)| name) {
        if code::is_secret(name) {
            needs.add(|found| &mut found.secrets, name, place);
        }
    }
}

/// Every `command` in a value, whatever lies around it. JSON that was read is not deep.
fn commands(value: &Json) -> Vec<&str> {
    match value {
        Json::Array(items) => items.iter().flat_map(commands).collect(),
        Json::Object(fields) => {
            let own = fields.get("command").and_then(Json::as_str);
            own.into_iter().chain(fields.values().flat_map(commands)).collect()
        }
        Json::Null | Json::Bool(_) | Json::Number(_) | Json::String(_) => Vec::new(),
    }
}

/// Hooks of the front matter.
pub(super) fn hooks(value: &Value, place: Place<'_>, needs: &mut Needs<'_>) {
    let Value::Mapping(events) = value else {
        return needs.add(|found| &mut found.automatic, "hooks", place);
    };
    for (event, hooks) in events.iter() {
        let found = yaml_commands(hooks);
        if found.is_empty() {
            needs.add(|found| &mut found.automatic, &format!("hook {event}"), place);
        }
        for text in found {
            automatic(&format!("hook {event}"), text, place_of(text, place.source), needs);
        }
    }
}

fn yaml_commands(value: &Value) -> Vec<&str> {
    match value {
        Value::Sequence(items) => items.iter().flat_map(yaml_commands).collect(),
        Value::Mapping(fields) => {
            let own = fields.get("command").and_then(Value::as_str);
            own.into_iter().chain(fields.iter().flat_map(|(_, value)| yaml_commands(value))).collect()
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => Vec::new(),
    }
}

fn automatic(what: &str, text: &str, place: Place<'_>, needs: &mut Needs<'_>) {
    needs.add(|found| &mut found.automatic, &format!("{what}: {text}"), place);
    command::line(text, place, needs);
}

/// Where a value stands in its file, as far as it is written there as it is.
fn place_of<'s>(text: &str, source: &'s Source) -> Place<'s> {
    let start: String = text.chars().take(30).take_while(|c| !matches!(c, '"' | '\\' | '\n')).collect();
    Place { source, at: source.text.find(&start).unwrap_or_default() }
}

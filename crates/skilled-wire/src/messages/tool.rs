//! The tools of a request.

use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::{Map, Value};
use skilled_message::Extra;

use super::options::CacheControl;

/// An entry of `tools`.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(untagged)]
pub enum Tool {
    /// A tool of the client, described by it.
    Custom(CustomTool),
    /// Running code in a container.
    CodeExecution(CodeExecutionTool),
    /// A tool that the API defines and the client runs: the model knows it, the server does not run it.
    Client(TypedTool),
    /// Another tool that the server runs.
    Server(TypedTool),
    /// The tools of an MCP server.
    McpToolset(McpToolset),
}

/// What tools have in common.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct ToolOptions {
    /// Who may call it; none is the model alone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub allowed_callers: Option<Vec<ToolCaller>>,
    /// A hint for the cache.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cache_control: Option<CacheControl>,
    /// Whether the model is told of it only when it searches.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub defer_loading: Option<bool>,
    /// Whether its input must fit its schema.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub strict: Option<bool>,
}

/// Who may call a tool.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum ToolCaller {
    /// The model.
    #[serde(rename = "direct")]
    Direct,
    /// Scripts in containers of this version.
    #[serde(rename = "code_execution_20250825")]
    Code20250825,
    /// Scripts in containers of this version.
    #[serde(rename = "code_execution_20260120")]
    Code20260120,
    /// Scripts in containers of this version.
    #[serde(rename = "code_execution_20260521")]
    Code20260521,
}

/// A tool of the client, described by it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct CustomTool {
    /// `^[a-zA-Z0-9_-]{1,128}$`
    pub name: String,
    /// What it does.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// A JSON schema of an object.
    pub input_schema: Value,
    /// Whether its input is streamed before it is whole.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub eager_input_streaming: Option<bool>,
    /// Inputs as they should be.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub input_examples: Vec<Value>,
    /// What it has in common with others.
    #[serde(flatten)]
    pub options: ToolOptions,
}

/// Running code in a container.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct CodeExecutionTool {
    /// The version.
    #[serde(rename = "type")]
    pub version: CodeExecutionVersion,
    /// `code_execution`.
    pub name: String,
    /// What it has in common with others.
    #[serde(flatten)]
    pub options: ToolOptions,
}

/// The version of code execution.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum CodeExecutionVersion {
    /// Python only; answers with `code_execution_tool_result`.
    #[serde(rename = "code_execution_20250522")]
    V20250522,
    /// A shell and an editor.
    #[serde(rename = "code_execution_20250825")]
    V20250825,
    /// And a Python session that lasts, from which tools can be called.
    #[serde(rename = "code_execution_20260120")]
    V20260120,
    /// The same, with a time limit of 90 seconds for a cell.
    #[serde(rename = "code_execution_20260521")]
    V20260521,
}

impl CodeExecutionVersion {
    /// Returns the text on the wire.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::V20250522 => "code_execution_20250522",
            Self::V20250825 => "code_execution_20250825",
            Self::V20260120 => "code_execution_20260120",
            Self::V20260521 => "code_execution_20260521",
        }
    }
}

/// A tool that the API defines.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct TypedTool {
    /// The type, such as `bash_20250124`.
    #[serde(rename = "type")]
    pub kind: String,
    /// The name, which the type fixes; sets of tools have none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// What it has in common with others.
    #[serde(flatten)]
    pub options: ToolOptions,
    /// Its own settings (`display_width_px`, `max_uses`, …).
    #[serde(flatten)]
    pub settings: Extra,
}

/// What a [`TypedTool`] is, whatever its version.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ToolFamily {
    /// `bash`, run by the client.
    Bash,
    /// `str_replace_editor` or `str_replace_based_edit_tool`, run by the client.
    TextEditor,
    /// `memory`, run by the client.
    Memory,
    /// `computer`, run by the client.
    Computer,
    /// The set of tools for a browser, run by the client.
    BrowserToolset,
    /// The set of tools for a computer, run by the client.
    ComputerToolset,
    /// `web_search`, run by the server.
    WebSearch,
    /// `web_fetch`, run by the server.
    WebFetch,
    /// `advisor`, run by the server.
    Advisor,
    /// `tool_search_tool_bm25` or `tool_search_tool_regex`, run by the server.
    ToolSearch,
}

impl ToolFamily {
    /// Returns what the type of a tool stands for.
    fn of_kind(kind: &str) -> Option<Self> {
        // Longer beginnings first.
        const FAMILIES: &[(&str, ToolFamily)] = &[
            ("bash_", ToolFamily::Bash),
            ("text_editor_", ToolFamily::TextEditor),
            ("memory_", ToolFamily::Memory),
            ("computer_toolset_", ToolFamily::ComputerToolset),
            ("computer_", ToolFamily::Computer),
            ("browser_toolset_", ToolFamily::BrowserToolset),
            ("web_search_", ToolFamily::WebSearch),
            ("web_fetch_", ToolFamily::WebFetch),
            ("advisor_", ToolFamily::Advisor),
            ("tool_search_tool_", ToolFamily::ToolSearch),
        ];
        FAMILIES.iter().find(|(beginning, _)| kind.starts_with(beginning)).map(|(_, family)| *family)
    }

    /// Returns whether the server runs it.
    pub const fn is_run_by_server(self) -> bool {
        match self {
            Self::Bash
            | Self::TextEditor
            | Self::Memory
            | Self::Computer
            | Self::BrowserToolset
            | Self::ComputerToolset => false,
            Self::WebSearch | Self::WebFetch | Self::Advisor | Self::ToolSearch => true,
        }
    }
}

impl TypedTool {
    /// Returns what it is, whatever its version.
    pub fn family(&self) -> Option<ToolFamily> {
        ToolFamily::of_kind(&self.kind)
    }
}

/// The tools of an MCP server.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct McpToolset {
    /// `mcp_toolset`.
    #[serde(rename = "type")]
    pub kind: String,
    /// The server, as `mcp_servers` calls it.
    pub mcp_server_name: String,
    /// A hint for the cache.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cache_control: Option<CacheControl>,
    /// Settings of single tools, by name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub configs: Option<Map<String, Value>>,
    /// Settings of the others.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub default_config: Option<Value>,
    /// The tools, where the server is not to be asked for them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tools: Option<Vec<Value>>,
}

impl Tool {
    /// Returns the name by which the model calls it; sets of tools have none.
    pub fn name(&self) -> Option<&str> {
        match self {
            Self::Custom(tool) => Some(&tool.name),
            Self::CodeExecution(tool) => Some(&tool.name),
            Self::Client(tool) | Self::Server(tool) => tool.name.as_deref(),
            Self::McpToolset(_) => None,
        }
    }

    /// Returns its type as it is written.
    pub fn kind(&self) -> &str {
        match self {
            Self::Custom(_) => "custom",
            Self::CodeExecution(tool) => tool.version.as_str(),
            Self::Client(tool) | Self::Server(tool) => &tool.kind,
            Self::McpToolset(tool) => &tool.kind,
        }
    }
}

impl<'de> Deserialize<'de> for Tool {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let mut fields = Map::deserialize(deserializer)?;
        let kind = fields.get("type").and_then(Value::as_str).unwrap_or("custom").to_owned();
        let read = match kind.as_str() {
            "custom" => {
                fields.shift_remove("type");
                CustomTool::deserialize(Value::Object(fields)).map(Self::Custom)
            }
            "mcp_toolset" => McpToolset::deserialize(Value::Object(fields)).map(Self::McpToolset),
            kind if kind.starts_with("code_execution_") => {
                CodeExecutionTool::deserialize(Value::Object(fields)).map(Self::CodeExecution)
            }
            kind => match ToolFamily::of_kind(kind) {
                Some(family) => TypedTool::deserialize(Value::Object(fields)).map(|tool| {
                    if family.is_run_by_server() { Self::Server(tool) } else { Self::Client(tool) }
                }),
                None => return Err(D::Error::custom(format!("there is no tool of the type `{kind}`"))),
            },
        };
        read.map_err(D::Error::custom)
    }
}

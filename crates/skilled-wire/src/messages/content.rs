//! The blocks of an answer that only servers make: calls of the server's tools and their results.
//!
//! In a transcript they are [`Block::Other`]; here they have types, in both directions.

mod code;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use skilled_message::{Block, Extra, TextBlock};

pub use code::{
    BashErrorCode, BashResult, CodeErrorCode, CodeResult, EditorErrorCode, EditorResult, FileType,
    OutputFile, RunResult,
};

/// Returns a text block as answers have it: with its citations, of which there are none.
pub fn text(text: impl Into<String>) -> Block {
    let extra = Extra::from_iter([("citations".to_owned(), Value::Null)]);
    Block::Text(TextBlock { text: text.into(), extra })
}

/// A call of one of the server's tools.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ServerToolUse {
    /// `srvtoolu_…`.
    pub id: String,
    /// The tool.
    pub name: ServerTool,
    /// The arguments: an object.
    pub input: Value,
    /// Who called: the model, or a script of its.
    #[serde(default = "Caller::direct_by_default")]
    pub caller: Option<Caller>,
}

/// A tool of the server, as its calls name it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ServerTool {
    /// Another model's advice.
    Advisor,
    /// A search in the web.
    WebSearch,
    /// A page of the web.
    WebFetch,
    /// Python.
    CodeExecution,
    /// A shell command.
    BashCodeExecution,
    /// A file viewed, written or changed.
    TextEditorCodeExecution,
    /// A search for tools by expression.
    ToolSearchToolRegex,
    /// A search for tools by words.
    ToolSearchToolBm25,
}

/// Who called a tool.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type")]
pub enum Caller {
    /// The model.
    #[serde(rename = "direct")]
    Direct,
    /// A script in a container.
    #[serde(rename = "code_execution_20250825")]
    Code20250825 {
        /// The call that runs the script.
        tool_id: String,
    },
    /// A script in a container.
    #[serde(rename = "code_execution_20260120")]
    Code20260120 {
        /// The call that runs the script.
        tool_id: String,
    },
    /// A script in a container.
    #[serde(rename = "code_execution_20260521")]
    Code20260521 {
        /// The call that runs the script.
        tool_id: String,
    },
}

impl Caller {
    /// What a call is that does not say.
    #[expect(clippy::unnecessary_wraps, reason = "the field may also be null")]
    const fn direct_by_default() -> Option<Self> {
        Some(Self::Direct)
    }

    /// Returns the caller of a call, which stands in the field `caller` of a `tool_use` block.
    pub fn of(extra: &Extra) -> Option<Self> {
        extra.get("caller").and_then(|caller| Self::deserialize(caller).ok())
    }

    /// Returns the call that runs the script; none for the model.
    pub fn script(&self) -> Option<&str> {
        match self {
            Self::Direct => None,
            Self::Code20250825 { tool_id }
            | Self::Code20260120 { tool_id }
            | Self::Code20260521 { tool_id } => Some(tool_id),
        }
    }
}

impl ServerToolUse {
    /// Returns a call by the model itself.
    pub fn new(id: impl Into<String>, name: ServerTool, input: Value) -> Self {
        Self { id: id.into(), name, input, caller: Some(Caller::Direct) }
    }

    /// Reads a block; none when it is another block.
    pub fn from_block(block: &Block) -> Option<Self> {
        read(block, "server_tool_use")
    }

    /// Returns the block.
    pub fn into_block(self) -> Block {
        Block::Other(json!({
            "type": "server_tool_use",
            "id": self.id,
            "name": self.name,
            "input": self.input,
            "caller": self.caller,
        }))
    }
}

/// The result of one of the server's tools that run code.
#[derive(Debug, Clone, PartialEq)]
pub enum ServerToolResult {
    /// `code_execution_tool_result`
    Code(CodeResult),
    /// `bash_code_execution_tool_result`
    Bash(BashResult),
    /// `text_editor_code_execution_tool_result`
    Editor(EditorResult),
}

impl ServerToolResult {
    /// Returns the type of the block.
    pub const fn kind(&self) -> &'static str {
        match self {
            Self::Code(_) => "code_execution_tool_result",
            Self::Bash(_) => "bash_code_execution_tool_result",
            Self::Editor(_) => "text_editor_code_execution_tool_result",
        }
    }

    /// Reads a block as the result of a call, and returns the id of the call with it; none when it is another block.
    pub fn from_block(block: &Block) -> Option<(String, Self)> {
        #[derive(Deserialize)]
        struct Answer<T> {
            tool_use_id: String,
            content: T,
        }
        match block.kind() {
            "code_execution_tool_result" => read::<Answer<CodeResult>>(block, "code_execution_tool_result")
                .map(|answer| (answer.tool_use_id, Self::Code(answer.content))),
            "bash_code_execution_tool_result" => {
                read::<Answer<BashResult>>(block, "bash_code_execution_tool_result")
                    .map(|answer| (answer.tool_use_id, Self::Bash(answer.content)))
            }
            "text_editor_code_execution_tool_result" => {
                read::<Answer<EditorResult>>(block, "text_editor_code_execution_tool_result")
                    .map(|answer| (answer.tool_use_id, Self::Editor(answer.content)))
            }
            _ => None,
        }
    }

    /// Returns the block that answers the call `tool_use_id`.
    pub fn into_block(self, tool_use_id: impl Into<String>) -> Block {
        let kind = self.kind();
        let content = match self {
            Self::Code(result) => json!(result),
            Self::Bash(result) => json!(result),
            Self::Editor(result) => json!(result),
        };
        Block::Other(json!({ "type": kind, "tool_use_id": tool_use_id.into(), "content": content }))
    }
}

/// Reads a block of another kind than transcripts know.
fn read<T: serde::de::DeserializeOwned>(block: &Block, kind: &str) -> Option<T> {
    match block {
        Block::Other(value) if block.kind() == kind => T::deserialize(value).ok(),
        _ => None,
    }
}

//! The dialect of the Messages API's code execution: `bash_code_execution`, `text_editor_code_execution` and
//! `code_execution`.
//!
//! A result is data first ([`skilled_tool::Outcome::detail`]): the `content` of the result block that a client gets, in the
//! form of the official client's types. What the model sees of it is a function of that data alone ([`shown()`]), so that a
//! transcript which comes back from a client reads to the model, byte for byte, as it did when it was made.
//!
//! Files that a command leaves in `$OUTPUT_DIR`, a fresh folder for each call, or changes in the outputs folder itself, are
//! handed to a [`Keeper`] and named in the result.

mod bash;
mod editor;
mod outputs;
mod python;
mod shown;

use std::sync::Arc;
use std::time::Duration;

use serde_json::{Value, json};
use skilled_message::{Block, ToolDefinition};
use skilled_sandbox::{BoxFuture, Layout, OpenFile};
use skilled_tool::{Outcome, Tool};

use crate::Operations;

pub use shown::shown;

/// The names of the tools, as the model calls them.
pub const NAMES: [&str; 3] = [BASH, PYTHON, EDITOR];
/// A command in the persistent shell.
pub const BASH: &str = "bash_code_execution";
/// Views, makes and edits files.
pub const EDITOR: &str = "text_editor_code_execution";
/// Statements in the persistent Python.
pub const PYTHON: &str = "code_execution";

/// The generation of the tool that a client asked for: its `type` without `code_execution_`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Version {
    /// Python only.
    V20250522,
    /// The shell and the editor.
    V20250825,
    /// Beside them a Python that keeps its state, whose code may call tools.
    V20260120,
    /// The same; the model is told of the limit of a cell.
    V20260521,
}

/// Where files go that a call made for the client.
pub trait Keeper: Send + Sync {
    /// Keeps a file and returns its id.
    ///
    /// # Errors
    /// Why not, in words for the model.
    fn keep(&self, made: Made, open: OpenFile) -> BoxFuture<'_, Result<String, String>>;
}

/// A file that a call made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Made {
    /// Its name, without folders.
    pub name: String,
    /// Its MIME type, by content and then by name.
    pub media_type: String,
    /// Its size in bytes when it was found.
    pub bytes: u64,
}

/// What the tools of one request work on.
#[derive(Clone)]
pub struct Session {
    /// The container's operations.
    pub operations: Arc<Operations>,
    /// Where files go.
    pub keeper: Arc<dyn Keeper>,
    /// What the keys of this request's operations begin with: unique in the container.
    pub prefix: String,
    /// The most files that one call hands over.
    pub files: usize,
    /// How long a command may take.
    pub timeout: Duration,
}

/// Returns the tools of this generation.
pub fn tools(session: &Session, version: Version) -> Vec<Arc<dyn Tool>> {
    let mut tools: Vec<Arc<dyn Tool>> = Vec::new();
    if version != Version::V20250522 {
        tools.push(Arc::new(bash::Bash::new(session.clone())));
        tools.push(Arc::new(editor::Editor::new(session.clone())));
    }
    if version != Version::V20250825 {
        tools.push(Arc::new(python::Python::new(session.clone(), version)));
    }
    tools
}

/// Returns the definitions of the tools of this generation as they are in a container, without one: for counting what they
/// cost.
pub fn definitions(version: Version, timeout: Duration) -> Vec<ToolDefinition> {
    let layout = Layout {
        workspace: "/workspace".to_owned(),
        skills: "/skills".to_owned(),
        uploads: "/mnt/session/uploads".to_owned(),
        outputs: "/mnt/session/outputs".to_owned(),
        python: None,
    };
    let mut definitions = Vec::new();
    if version != Version::V20250522 {
        definitions.push(bash::definition(&layout, &crate::Options::default(), timeout));
    }
    if version != Version::V20250825 {
        definitions.push(python::definition(&layout, timeout, version));
    }
    if version != Version::V20250522 {
        definitions.push(editor::definition(&layout));
    }
    definitions
}

impl Version {
    /// Reads the `type` of a tool, such as `code_execution_20250825`.
    pub fn of_type(name: &str) -> Option<Self> {
        Some(match name {
            "code_execution_20250522" => Self::V20250522,
            "code_execution_20250825" => Self::V20250825,
            "code_execution_20260120" => Self::V20260120,
            "code_execution_20260521" => Self::V20260521,
            _ => return None,
        })
    }
}

impl Session {
    /// Returns the key of the call's operation in the container.
    fn key(&self, operation: &str) -> String {
        format!("{}.{operation}", self.prefix)
    }
}

/// Makes the outcome of its data.
fn outcome(detail: Value) -> Outcome {
    let (content, is_error) = shown(&detail);
    Outcome { content, is_error, files: Vec::new(), detail: Some(detail) }
}

/// The result of a call of `tool` that failed, with a code of the API.
pub fn failed(tool: &str, code: &str, message: Option<&str>) -> Value {
    let kind = match tool {
        PYTHON => "code_execution_tool_result_error".to_owned(),
        _ => format!("{tool}_tool_result_error"),
    };
    let mut error = json!({"type": kind, "error_code": code});
    if tool == EDITOR {
        error["error_message"] = message.into();
    }
    error
}

/// A failure whose words the API has no place for: the model sees them, a client the code.
fn failed_saying(tool: &str, code: &str, message: &str) -> Outcome {
    let detail = failed(tool, code, Some(message));
    let (mut content, is_error) = shown(&detail);
    if tool != EDITOR {
        content = vec![Block::text(message)];
    }
    Outcome { content, is_error, files: Vec::new(), detail: Some(detail) }
}

//! Results of the tools that run code in a container.

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::{Value, json};

/// What a program gave back.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct RunResult {
    /// What it wrote.
    pub stdout: String,
    /// What it wrote about errors.
    pub stderr: String,
    /// Its exit code; 0 for success.
    pub return_code: i64,
    /// The files that it left in the folder for them.
    pub files: Vec<OutputFile>,
}

/// A file that a program left.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OutputFile {
    /// `file_…`.
    pub file_id: String,
    /// Its name. Not in the hosted API: it saves clients that know it a request.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub filename: Option<String>,
    /// Its type. Not in the hosted API: it saves clients that know it a request.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub media_type: Option<String>,
}

/// The result of Python.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CodeResult {
    /// It ran, well or not.
    Run(RunResult),
    /// It did not.
    Error(CodeErrorCode),
}

/// The result of a shell command.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum BashResult {
    /// It ran, well or not.
    Run(RunResult),
    /// It did not.
    Error(BashErrorCode),
}

/// Why code did not run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CodeErrorCode {
    /// The arguments are wrong.
    InvalidToolInput,
    /// The container cannot be used.
    Unavailable,
    /// Too much at once.
    TooManyRequests,
    /// It took too long.
    ExecutionTimeExceeded,
}

/// Why a command did not run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum BashErrorCode {
    /// The arguments are wrong.
    InvalidToolInput,
    /// The container cannot be used.
    Unavailable,
    /// Too much at once.
    TooManyRequests,
    /// It took too long.
    ExecutionTimeExceeded,
    /// It left a file that is too large.
    OutputFileTooLarge,
}

/// Why a file was not viewed or changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum EditorErrorCode {
    /// The arguments are wrong.
    InvalidToolInput,
    /// The container cannot be used.
    Unavailable,
    /// Too much at once.
    TooManyRequests,
    /// It took too long.
    ExecutionTimeExceeded,
    /// There is no such file.
    FileNotFound,
}

/// The result of the editor.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type")]
pub enum EditorResult {
    /// A file or a part of it.
    #[serde(rename = "text_editor_code_execution_view_result")]
    View {
        /// The text, or base64.
        content: String,
        /// What the content is.
        file_type: FileType,
        /// Lines of the content; null for what has no lines.
        num_lines: Option<u64>,
        /// The first of them, from 1.
        start_line: Option<u64>,
        /// Lines of the file.
        total_lines: Option<u64>,
    },
    /// A file was written.
    #[serde(rename = "text_editor_code_execution_create_result")]
    Create {
        /// Whether it was there before.
        is_file_update: bool,
    },
    /// A file was changed. The numbers are those of a unified diff's hunk.
    #[serde(rename = "text_editor_code_execution_str_replace_result")]
    StrReplace {
        /// The first line before.
        old_start: Option<u64>,
        /// Lines before.
        old_lines: Option<u64>,
        /// The first line after.
        new_start: Option<u64>,
        /// Lines after.
        new_lines: Option<u64>,
        /// The hunk: lines that begin with a space, `-` or `+`.
        lines: Option<Vec<String>>,
    },
    /// Nothing was done.
    #[serde(rename = "text_editor_code_execution_tool_result_error")]
    Error {
        /// Why.
        error_code: EditorErrorCode,
        /// Why, in words.
        error_message: Option<String>,
    },
}

/// What a viewed file is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FileType {
    /// Text.
    Text,
    /// An image, as base64.
    Image,
    /// A PDF, as base64.
    Pdf,
}

/// A result as it is written: the types of the parts differ between the two tools, their fields do not.
#[derive(Deserialize)]
struct Wire<E> {
    r#type: String,
    #[serde(default)]
    stdout: String,
    #[serde(default)]
    stderr: String,
    #[serde(default)]
    return_code: i64,
    #[serde(default)]
    content: Vec<OutputFile>,
    error_code: Option<E>,
}

impl<E> Wire<E> {
    /// Returns the run, or the code of the error; refuses other types than `of`.
    fn read<D: serde::de::Error>(self, run: &str, error: &str) -> Result<Result<RunResult, E>, D> {
        match self.error_code {
            None if self.r#type == run => Ok(Ok(RunResult {
                stdout: self.stdout,
                stderr: self.stderr,
                return_code: self.return_code,
                files: self.content,
            })),
            Some(code) if self.r#type == error => Ok(Err(code)),
            _ => Err(D::custom(format!("this is neither `{run}` nor `{error}`"))),
        }
    }
}

impl RunResult {
    /// Returns the result as the tool of the type `tool` writes it.
    fn written(&self, tool: &str) -> Value {
        let files: Vec<Value> = self
            .files
            .iter()
            .map(|file| {
                let mut written = json!({ "type": format!("{tool}_output"), "file_id": file.file_id });
                for (name, text) in [("filename", &file.filename), ("media_type", &file.media_type)] {
                    if let Some(text) = text {
                        written[name] = json!(text);
                    }
                }
                written
            })
            .collect();
        json!({
            "type": format!("{tool}_result"),
            "stdout": self.stdout,
            "stderr": self.stderr,
            "return_code": self.return_code,
            "content": files,
        })
    }
}

impl Serialize for CodeResult {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Run(run) => run.written("code_execution"),
            Self::Error(code) => json!({ "type": "code_execution_tool_result_error", "error_code": code }),
        }
        .serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for CodeResult {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let wire = Wire::deserialize(deserializer)?;
        Ok(match wire.read("code_execution_result", "code_execution_tool_result_error")? {
            Ok(run) => Self::Run(run),
            Err(code) => Self::Error(code),
        })
    }
}

impl Serialize for BashResult {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Run(run) => run.written("bash_code_execution"),
            Self::Error(code) => {
                json!({ "type": "bash_code_execution_tool_result_error", "error_code": code })
            }
        }
        .serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for BashResult {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let wire = Wire::deserialize(deserializer)?;
        Ok(match wire.read("bash_code_execution_result", "bash_code_execution_tool_result_error")? {
            Ok(run) => Self::Run(run),
            Err(code) => Self::Error(code),
        })
    }
}

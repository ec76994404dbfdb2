//! `create_file`: a whole file at once.

use std::sync::Arc;

use serde::Deserialize;
use serde_json::{Value, json};
use skilled_message::ToolDefinition;
use skilled_sandbox::FileError;
use skilled_tool::{Call, CallFuture, Effect, Outcome, RecoverFuture, Tool};

use super::input::parse;
use super::not_empty;
use crate::text::{counted, shown, size};
use crate::{Operations, WriteError};

pub(super) struct CreateFile {
    definition: ToolDefinition,
    operations: Arc<Operations>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Input {
    path: String,
    file_text: String,
}

impl CreateFile {
    pub(super) fn new(operations: Arc<Operations>) -> Self {
        let layout = operations.layout();
        let description = format!(
            "Makes a text file with the given contents, of at most {}, and the folders it needs. A file that exists is \
             replaced: use str_replace for changes. Paths are absolute, or relative to {}. Files in {} are results for \
             the user.",
            size(operations.options().written_bytes),
            layout.workspace,
            layout.outputs,
        );
        let schema = json!({
            "type": "object",
            "properties": {
                "path": {"type": "string", "description": "The file to make or replace."},
                "file_text": {"type": "string", "description": "All of its contents."}
            },
            "required": ["path", "file_text"],
            "additionalProperties": false
        });
        Self { definition: ToolDefinition::new("create_file", description, schema), operations }
    }

    async fn run(&self, call: Call) -> Result<Outcome, String> {
        let input: Input = parse(&self.definition, call.input)?;
        let path = not_empty(&input.path, "the file to make")?;
        let text = input.file_text;
        match self.operations.write(path, text.as_bytes()).await {
            Ok(written) => {
                let lines = counted(text.lines().count(), "line", "lines");
                let path = shown(path);
                Ok(Outcome::text(match written.replaced {
                    Some(before) => {
                        format!(
                            "Replaced {path}: {lines}, {} (before: {}).",
                            size(text.len() as u64),
                            size(before)
                        )
                    }
                    None => format!("Created {path}: {lines}, {}.", size(text.len() as u64)),
                }))
            }
            Err(WriteError::TooLarge { bytes, limit, .. }) => Err(format!(
                "The text has {}: at most {} can be written at once. Write a program that makes the file, and run it \
                 with bash.",
                size(bytes),
                size(limit)
            )),
            Err(WriteError::File(FileError::Folder { .. })) => {
                Err(format!("{} is a folder: give the path of a file in it.", shown(path)))
            }
            Err(WriteError::File(error)) => {
                let layout = self.operations.layout();
                Err(format!(
                    "{}. Files can be made in {} and {}.",
                    shown(&error.to_string()),
                    layout.workspace,
                    layout.outputs
                ))
            }
        }
    }
}

impl Tool for CreateFile {
    fn definition(&self) -> &ToolDefinition {
        &self.definition
    }

    fn effect(&self, _: &Value) -> Effect {
        Effect::Mutating
    }

    fn call(&self, call: Call) -> CallFuture<'_> {
        Box::pin(async { self.run(call).await.unwrap_or_else(Outcome::error) })
    }

    /// A file is written whole or not at all, and nothing else was done meanwhile: writing it again changes nothing.
    fn recover(&self, call: Call) -> RecoverFuture<'_> {
        Box::pin(async { Some(self.run(call).await.unwrap_or_else(Outcome::error)) })
    }
}

//! `text_editor_code_execution`: views, makes and edits files of the container.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::Deserialize;
use serde_json::{Value, json};
use skilled_message::ToolDefinition;
use skilled_sandbox::Layout;
use skilled_tool::{Call, CallFuture, Effect, Tool};

use super::{EDITOR, Session, failed, outcome};
use crate::dialect::input::parse;
use crate::dialect::view::{self, range_of};
use crate::operations::is_missing;
use crate::{EditError, Edited, ReadError, TextPage, Viewed, WriteError};

pub(super) struct Editor {
    definition: ToolDefinition,
    session: Session,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Input {
    command: String,
    path: String,
    file_text: Option<String>,
    old_str: Option<String>,
    new_str: Option<String>,
    view_range: Option<Value>,
}

/// A failure, with the code that the API has for it.
struct Failed {
    code: &'static str,
    message: String,
}

impl Failed {
    fn input(message: impl Into<String>) -> Self {
        Self { code: "invalid_tool_input", message: message.into() }
    }
}

impl Editor {
    pub(super) fn new(session: Session) -> Self {
        let definition = definition(session.operations.layout());
        Self { definition, session }
    }

    async fn run(&self, call: Call) -> Result<Value, Failed> {
        let input: Input = parse(&self.definition, call.input.clone()).map_err(Failed::input)?;
        let path = input.path.trim();
        if path.is_empty() {
            return Err(Failed::input("The path is empty: give the path of a file or folder."));
        }
        let command = input.command.clone();
        match (command.as_str(), input) {
            ("view", Input { view_range, path, .. }) => self.view(&path, view_range.as_ref()).await,
            ("create", Input { file_text: Some(text), path, .. }) => self.create(&path, &text).await,
            ("create", _) => Err(Failed::input("create needs file_text: all of the file's contents.")),
            ("str_replace", Input { old_str: Some(old), new_str, path, .. }) => {
                self.replace(&path, &old, &new_str.unwrap_or_default(), &call).await
            }
            ("str_replace", _) => Err(Failed::input("str_replace needs old_str: the text to replace.")),
            (other, _) => Err(Failed::input(format!(
                "There is no command {other:?}: it is view, create or str_replace."
            ))),
        }
    }

    async fn view(&self, path: &str, range: Option<&Value>) -> Result<Value, Failed> {
        let range =
            range.filter(|range| !range.is_null()).map(range_of).transpose().map_err(Failed::input)?;
        let viewed = self.session.operations.view(path, range).await.map_err(|error| read_failed(&error))?;
        Ok(match viewed {
            Viewed::Text(page) => text(&page),
            Viewed::Folder(listing) => json!({
                "type": "text_editor_code_execution_view_result", "file_type": "text",
                "content": view::folder(path, &listing),
                "num_lines": null, "start_line": null, "total_lines": null,
            }),
            Viewed::Image { bytes, .. } => json!({
                "type": "text_editor_code_execution_view_result", "file_type": "image",
                "content": STANDARD.encode(bytes),
                "num_lines": null, "start_line": null, "total_lines": null,
            }),
            Viewed::Binary { media_type, bytes } => {
                return Err(Failed::input(view::binary(path, &media_type, bytes)));
            }
        })
    }

    async fn create(&self, path: &str, text: &str) -> Result<Value, Failed> {
        match self.session.operations.write(path, text.as_bytes()).await {
            Ok(written) => Ok(json!({
                "type": "text_editor_code_execution_create_result",
                "is_file_update": written.replaced.is_some(),
            })),
            Err(error @ WriteError::TooLarge { .. }) => Err(Failed::input(format!("{error}."))),
            Err(WriteError::File(error)) => Err(Failed { code: "unavailable", message: format!("{error}.") }),
        }
    }

    async fn replace(&self, path: &str, old: &str, new: &str, call: &Call) -> Result<Value, Failed> {
        let edited = self.session.operations.edit(path, old, new, &call.cancel).await;
        let Edited { at, before, after, .. } = edited.map_err(|error| edit_failed(&error))?;
        let lines: Vec<String> = before
            .iter()
            .map(|line| format!("-{line}"))
            .chain(after.iter().map(|line| format!("+{line}")))
            .collect();
        Ok(json!({
            "type": "text_editor_code_execution_str_replace_result",
            "old_start": at, "old_lines": before.len(), "new_start": at, "new_lines": after.len(),
            "lines": lines,
        }))
    }
}

/// What a model is told of the tool.
pub(super) fn definition(layout: &Layout) -> ToolDefinition {
    let description = format!(
        "Views, makes and edits files of the container. `view` shows a text file with line numbers, an image or a \
         folder; view_range [first, last] shows some lines, -1 as the last being the end. `create` makes or replaces a \
         file with file_text. `str_replace` replaces old_str, which must occur exactly once, by new_str. Paths are \
         absolute, or relative to {}. Skills are in {}.",
        layout.workspace, layout.skills,
    );
    let schema = json!({
        "type": "object",
        "properties": {
            "command": {"type": "string", "enum": ["view", "create", "str_replace"]},
            "path": {"type": "string", "description": "The file or folder."},
            "file_text": {"type": "string", "description": "create: all of the file's contents."},
            "old_str": {"type": "string", "description": "str_replace: the text to replace."},
            "new_str": {"type": "string", "description": "str_replace: what to put in its place."},
            "view_range": {
                "type": "array", "items": {"type": "integer"},
                "description": "view: the first and the last line, from 1."
            }
        },
        "required": ["command", "path"],
        "additionalProperties": false
    });
    ToolDefinition::new(EDITOR, description, schema)
}

fn text(page: &TextPage) -> Value {
    let mut content = page.lines.join("\n");
    if !page.lines.is_empty() {
        content.push('\n');
    }
    json!({
        "type": "text_editor_code_execution_view_result", "file_type": "text",
        "content": content,
        "num_lines": page.lines.len(), "start_line": page.first, "total_lines": page.total,
    })
}

fn read_failed(error: &ReadError) -> Failed {
    let code = match error {
        ReadError::File(error) if is_missing(error) => "file_not_found",
        ReadError::File(_) => "unavailable",
        ReadError::NoLines { .. }
        | ReadError::AfterEnd { .. }
        | ReadError::LargeImage { .. }
        | ReadError::WideImage { .. }
        | ReadError::BrokenImage { .. } => "invalid_tool_input",
    };
    Failed { code, message: format!("{error}.") }
}

fn edit_failed(error: &EditError) -> Failed {
    let code = match error {
        EditError::File(error) if is_missing(error) => "file_not_found",
        EditError::File(_) | EditError::Cancelled { .. } => "unavailable",
        EditError::TooLarge { .. }
        | EditError::NotUtf8 { .. }
        | EditError::Empty
        | EditError::Same
        | EditError::NoMatch { .. }
        | EditError::Ambiguous { .. } => "invalid_tool_input",
    };
    Failed { code, message: format!("{error}.") }
}

impl Tool for Editor {
    fn definition(&self) -> &ToolDefinition {
        &self.definition
    }

    fn effect(&self, input: &Value) -> Effect {
        if input["command"] == "view" { Effect::ReadOnly } else { Effect::Mutating }
    }

    fn call(&self, call: Call) -> CallFuture<'_> {
        Box::pin(async {
            outcome(
                self.run(call)
                    .await
                    .unwrap_or_else(|Failed { code, message }| failed(EDITOR, code, Some(&message))),
            )
        })
    }
}

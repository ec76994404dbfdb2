//! `present_files`: results for the user.

use std::fmt::Write as _;
use std::sync::Arc;

use serde::Deserialize;
use serde_json::{Value, json};
use skilled_message::ToolDefinition;
use skilled_tool::{Call, CallFuture, Effect, Outcome, Tool};

use super::input::parse;
use super::{file_failed, not_empty};
use crate::text::{counted, shown, size};
use crate::{Operations, PresentError};

pub(super) struct PresentFiles {
    definition: ToolDefinition,
    operations: Arc<Operations>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Input {
    paths: Vec<String>,
}

impl PresentFiles {
    pub(super) fn new(operations: Arc<Operations>) -> Self {
        let (layout, options) = (operations.layout(), operations.options());
        let description = format!(
            "Gives finished files to the user, who cannot see files otherwise. Files from {} or /tmp are copied to {}, \
             where files may also be made at once; presenting a path again gives its new version. At most {} files and \
             {} at once; not folders, skills, input files or system files.",
            layout.workspace,
            layout.outputs,
            options.presented_files,
            size(options.presented_bytes),
        );
        let schema = json!({
            "type": "object",
            "properties": {
                "paths": {
                    "type": "array", "items": {"type": "string"}, "minItems": 1, "maxItems": options.presented_files,
                    "description": "The files, the most important first. Paths, not patterns."
                }
            },
            "required": ["paths"],
            "additionalProperties": false
        });
        Self { definition: ToolDefinition::new("present_files", description, schema), operations }
    }

    async fn run(&self, call: Call) -> Result<Outcome, String> {
        let input: Input = parse(&self.definition, call.input)?;
        let most = self.operations.options().presented_files;
        if input.paths.is_empty() {
            return Err("paths is empty: give the paths of the files to present.".to_owned());
        }
        if input.paths.len() > most {
            return Err(format!(
                "{} paths are too many: at most {most} can be presented at once. Put them into an archive.",
                input.paths.len()
            ));
        }
        for path in &input.paths {
            not_empty(path, "a file to present")?;
        }
        let results = self.operations.present(&input.paths, &call.cancel).await;
        let (mut text, mut files, mut failed) = (String::new(), Vec::new(), 0);
        for (path, result) in input.paths.iter().zip(results) {
            match result {
                Ok(presented) => {
                    let file = presented.file;
                    let _ = write!(
                        text,
                        "Presented {}: {}, {}.",
                        shown(&file.name),
                        file.media_type,
                        size(file.bytes)
                    );
                    if let Some(own) = presented.renamed_from {
                        let _ = write!(
                            text,
                            " It was named so because another file has the name {}: this one came from {}.",
                            shown(&own),
                            shown(path)
                        );
                    }
                    text.push('\n');
                    files.push(file);
                }
                Err(error) => {
                    failed += 1;
                    let _ = writeln!(text, "Not presented: {}", self.failed(path, error).await);
                }
            }
        }
        if failed > 0 && !files.is_empty() {
            let _ = writeln!(
                text,
                "[{} not presented; the others were.]",
                counted(failed, "file was", "files were")
            );
        }
        Ok(Outcome { is_error: failed > 0, files, ..Outcome::text(text) })
    }

    async fn failed(&self, path: &str, error: PresentError) -> String {
        let file = shown(path);
        let layout = self.operations.layout();
        match error {
            PresentError::File(error) => file_failed(&self.operations, path, &error).await,
            PresentError::Folder { .. } => format!(
                "{file} is a folder. Present the files in it by name, or an archive of it \
                 (`python3 -m zipfile -c` makes one)."
            ),
            PresentError::Outside { canonical, .. } => {
                let leads = if canonical == path {
                    String::new()
                } else {
                    format!(" (it leads to {})", shown(&canonical))
                };
                format!(
                    "{file}{leads} is not a result of this session. Files can be presented from {}, {} and /tmp.",
                    layout.workspace, layout.outputs
                )
            }
            PresentError::TooLarge { limit, .. } => {
                format!(
                    "{file} is too large: files of at most {} together can be presented at once.",
                    size(limit)
                )
            }
            PresentError::Copy { reason, .. } => {
                format!("{file} could not be copied to {}: {}.", layout.outputs, shown(&reason))
            }
            PresentError::Stalled { after, .. } => format!(
                "{file} could not be copied to {}: the copy made no progress for {} s and was given up. A command may \
                 keep the disk busy: end such commands, then present the file again.",
                layout.outputs,
                after.as_secs()
            ),
            PresentError::Cancelled { .. } => format!("{file}: the call was cancelled."),
        }
    }
}

impl Tool for PresentFiles {
    fn definition(&self) -> &ToolDefinition {
        &self.definition
    }

    fn effect(&self, _: &Value) -> Effect {
        Effect::Mutating
    }

    fn call(&self, call: Call) -> CallFuture<'_> {
        Box::pin(async { self.run(call).await.unwrap_or_else(Outcome::error) })
    }
}

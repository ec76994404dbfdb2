//! `str_replace`: one text of a file by another.

use std::fmt::Write as _;
use std::sync::Arc;

use serde::Deserialize;
use serde_json::{Value, json};
use skilled_message::ToolDefinition;
use skilled_tool::{Call, CallFuture, Effect, Outcome, Tool};

use super::input::parse;
use super::{file_failed, not_empty};
use crate::text::{counted, numbered, shortened, shown, size};
use crate::{EditError, Edited, Hint, Operations};

pub(super) struct StrReplace {
    definition: ToolDefinition,
    operations: Arc<Operations>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Input {
    path: String,
    old_str: String,
    #[serde(default)]
    new_str: String,
}

impl StrReplace {
    pub(super) fn new(operations: Arc<Operations>) -> Self {
        let description = format!(
            "Replaces a text in a UTF-8 file of at most {} by another, and shows the changed lines. The text must occur \
             exactly once: give it with enough lines around it, character for character, without the line numbers that \
             view shows. Everything else in the file stays as it is. Paths are absolute, or relative to {}.",
            size(operations.options().written_bytes),
            operations.layout().workspace,
        );
        let schema = json!({
            "type": "object",
            "properties": {
                "path": {"type": "string", "description": "The file to change."},
                "old_str": {"type": "string", "description": "The text to replace."},
                "new_str": {"type": "string", "description": "What to put in its place; nothing unless given."}
            },
            "required": ["path", "old_str"],
            "additionalProperties": false
        });
        Self { definition: ToolDefinition::new("str_replace", description, schema), operations }
    }

    async fn run(&self, call: Call) -> Result<Outcome, String> {
        let input: Input = parse(&self.definition, call.input)?;
        let path = not_empty(&input.path, "the file to change")?;
        match self.operations.edit(path, &input.old_str, &input.new_str, &call.cancel).await {
            Ok(edited) => Ok(Outcome::text(changed(path, &edited))),
            Err(error) => Err(self.failed(path, error).await),
        }
    }

    async fn failed(&self, path: &str, error: EditError) -> String {
        let file = shown(path);
        match error {
            EditError::File(error) => file_failed(&self.operations, path, &error).await,
            EditError::TooLarge { limit, .. } => format!(
                "{file} was not changed: it is or would become larger than {}. Change it with a program in bash, such as sed.",
                size(limit)
            ),
            EditError::NotUtf8 { at, .. } => format!(
                "{file} was not changed: it is not UTF-8 text (byte {at} is not part of a character). Change it with a \
                 program in bash that knows its encoding."
            ),
            EditError::Empty => {
                "old_str is empty: give the text to replace. To make a file use create_file.".to_owned()
            }
            EditError::Same => "old_str and new_str are the same: nothing would change.".to_owned(),
            EditError::NoMatch { hints, .. } => not_found(&file, &hints),
            EditError::Cancelled { .. } => format!("{file} was not changed: the call was cancelled."),
            EditError::Ambiguous { count, lines, .. } => {
                let more = count.saturating_sub(lines.len());
                let lines: Vec<String> = lines.iter().map(u64::to_string).collect();
                let more = if more > 0 { format!(" and {more} more") } else { String::new() };
                format!(
                    "{file} was not changed: old_str occurs {count} times, on lines {}{more}. Add lines around the one \
                     that is meant, so that it occurs once.",
                    lines.join(", ")
                )
            }
        }
    }
}

impl Tool for StrReplace {
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

/// The longest line shown of a file that is edited.
const LINE_BYTES: usize = 500;

fn changed(path: &str, edited: &Edited) -> String {
    let kept = if edited.crlf { " Its line ends stay CR LF." } else { "" };
    let mut out = format!("Changed {}.{kept} It now reads:\n", shown(path));
    if edited.lines.is_empty() {
        out.push_str("(the file is empty)\n");
    }
    add_lines(&mut out, edited.first, &edited.lines);
    if edited.unshown > 0 {
        let _ = writeln!(
            out,
            "[{} not shown]",
            counted(edited.unshown, "more changed line", "more changed lines")
        );
    }
    out
}

fn not_found(file: &str, hints: &[Hint]) -> String {
    let mut out = format!("{file} was not changed: old_str does not occur in it.");
    for hint in hints {
        match hint {
            Hint::AlreadyThere(line) => {
                let _ =
                    write!(out, " new_str is there already, on line {line}: was this change made before?");
            }
            Hint::LineNumbers => {
                out.push_str(
                    " old_str begins its lines with numbers as view shows them: leave numbers and tabs out.",
                );
            }
            Hint::WhiteSpace(line, lines) => {
                out.push_str(" It does but for white space (spaces, tabs, ends of lines). The file has, with tabs as they are:\n");
                add_lines(&mut out, *line, lines);
            }
            Hint::Similar(line, text) => {
                out.push_str(" The line most like its first one is:\n");
                add_lines(&mut out, *line, std::slice::from_ref(text));
            }
        }
    }
    if hints.is_empty() {
        out.push_str(" View the file, and copy the text from there.");
    }
    out
}

fn add_lines(out: &mut String, first: u64, lines: &[String]) {
    for (number, line) in (first..).zip(lines) {
        numbered(out, number, &shortened(line, LINE_BYTES));
    }
}

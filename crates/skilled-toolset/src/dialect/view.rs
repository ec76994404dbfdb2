//! `view`: files by lines, images, folders.

use std::fmt::Write as _;
use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::Deserialize;
use serde_json::{Value, json};
use skilled_message::{Block, ToolDefinition};
use skilled_sandbox::FileKind;
use skilled_tool::{Call, CallFuture, Effect, Outcome, Tool};

use super::input::parse;
use super::{file_failed, not_empty};
use crate::text::{counted, numbered, shown, shown_bytes, size};
use crate::{Listing, Operations, ReadError, TextPage, Viewed};

pub(super) struct View {
    definition: ToolDefinition,
    operations: Arc<Operations>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Input {
    path: String,
    view_range: Option<Value>,
}

impl View {
    pub(super) fn new(operations: Arc<Operations>) -> Self {
        let (layout, options) = (operations.layout(), operations.options());
        let description = format!(
            "Shows a text file with line numbers, an image (PNG, JPEG, GIF or WebP of at most {}), or a folder with what \
             its subfolders hold. Use it to read instructions and to look at results.\n\
             At most {} lines or {} of text are shown at once; view_range shows others. Paths are absolute, or relative \
             to {} whatever the shell's current folder is. Skills are in {}, input files in {}.",
            size(options.image_bytes),
            options.page_lines,
            size(options.page_bytes as u64),
            layout.workspace,
            layout.skills,
            layout.uploads,
        );
        let schema = json!({
            "type": "object",
            "properties": {
                "path": {"type": "string", "description": "The file or folder."},
                "view_range": {
                    "type": "array", "items": {"type": "integer"}, "minItems": 2, "maxItems": 2,
                    "description": "The first and the last line to show, counted from 1; -1 as the last means the end of the file. For text files only."
                }
            },
            "required": ["path"],
            "additionalProperties": false
        });
        Self { definition: ToolDefinition::new("view", description, schema), operations }
    }

    async fn run(&self, call: Call) -> Result<Outcome, String> {
        let input: Input = parse(&self.definition, call.input)?;
        let path = not_empty(&input.path, "a file or folder")?;
        let range = input.view_range.as_ref().filter(|range| !range.is_null()).map(range_of).transpose()?;
        let viewed = tokio::select! {
            viewed = self.operations.view(path, range) => viewed,
            () = call.cancel.cancelled() => return Err("The call was cancelled.".to_owned()),
        };
        match viewed {
            Ok(Viewed::Text(page)) => Ok(Outcome::text(text(path, &page))),
            Ok(Viewed::Folder(listing)) => Ok(Outcome::text(folder(path, &listing))),
            Ok(Viewed::Image { media_type, bytes }) => Ok(Outcome {
                content: vec![Block::image_base64(media_type, STANDARD.encode(bytes))],
                ..Outcome::text("")
            }),
            Ok(Viewed::Binary { media_type, bytes }) => Err(binary(path, &media_type, bytes)),
            Err(error) => Err(self.failed(path, error).await),
        }
    }

    async fn failed(&self, path: &str, error: ReadError) -> String {
        match error {
            ReadError::File(error) => file_failed(&self.operations, path, &error).await,
            ReadError::NoLines { what, .. } => {
                format!("{} is {what}: leave view_range out, it is for text files.", shown(path))
            }
            ReadError::AfterEnd { first, total, .. } => format!(
                "view_range begins at line {first}, but {} has {}.",
                shown(path),
                counted(usize::try_from(total).unwrap_or(usize::MAX), "line", "lines"),
            ),
            ReadError::LargeImage { bytes, limit, .. } => format!(
                "{} is an image of {}: at most {} can be shown. Make a smaller copy first, for example with Python's \
                 Pillow (`Image.thumbnail`), and view that.",
                shown(path),
                size(bytes),
                size(limit),
            ),
            ReadError::WideImage { width, height, limit, .. } => format!(
                "{} is an image of {width} by {height} pixels: at most {limit} on a side can be shown. Make a smaller \
                 copy first, for example with Python's Pillow (`Image.thumbnail`), and view that.",
                shown(path),
            ),
            ReadError::BrokenImage { media_type, .. } => format!(
                "{} begins as a file of type {media_type}, but is cut short or broken and cannot be shown. Make it \
                 again, or open it in bash with Python's Pillow and save what can be read as a new PNG file.",
                shown(path),
            ),
        }
    }
}

impl Tool for View {
    fn definition(&self) -> &ToolDefinition {
        &self.definition
    }

    fn effect(&self, _: &Value) -> Effect {
        Effect::ReadOnly
    }

    fn call(&self, call: Call) -> CallFuture<'_> {
        Box::pin(async { self.run(call).await.unwrap_or_else(Outcome::error) })
    }
}

/// Reads a range: two whole numbers, the second -1 for the end.
pub(super) fn range_of(value: &Value) -> Result<(u64, Option<u64>), String> {
    let numbers: Option<Vec<i64>> = value.as_array().and_then(|all| all.iter().map(Value::as_i64).collect());
    let Some([first, last]) = numbers.as_deref() else {
        return Err(format!(
            "view_range must be two whole numbers, such as [1, 50], or [51, -1] for the rest of the file, not {value}."
        ));
    };
    let from = u64::try_from(*first)
        .ok()
        .filter(|from| *from >= 1)
        .ok_or_else(|| format!("view_range begins at {first}, but lines are counted from 1."))?;
    match (u64::try_from(*last), *last) {
        (_, -1) => Ok((from, None)),
        (Ok(to), _) if to >= from => Ok((from, Some(to))),
        (Ok(_) | Err(_), _) => Err(format!(
            "view_range ends at {last}, before it begins at {from}. Its end must be at least its beginning, or -1 for \
             the end of the file."
        )),
    }
}

fn text(path: &str, page: &TextPage) -> String {
    if page.total == 0 {
        return format!("({} is empty)", shown(path));
    }
    let mut out = String::new();
    let mut number = page.first;
    for line in &page.lines {
        numbered(&mut out, number, line);
        number += 1;
    }
    let last = number - 1;
    let of = format!("{}{}", if page.more { "more than " } else { "" }, page.total);
    if last < page.wanted {
        let next = format!("[{number}, {}]", page.wanted.min(last + page.lines.len().max(1) as u64));
        let _ = writeln!(
            out,
            "[Lines {} to {last} of {of} are shown. For more, view with a view_range such as {next}.]",
            page.first
        );
    } else if last < page.total || page.more {
        let _ = writeln!(out, "[Lines {} to {last} of {of} are shown.]", page.first);
    }
    if page.lossy {
        out.push_str("[The file is not UTF-8: bytes that are not are shown as \u{fffd}.]\n");
    }
    if page.crlf {
        out.push_str("[Lines end in CR LF.]\n");
    }
    out
}

pub(super) fn folder(path: &str, listing: &Listing) -> String {
    let mut out = format!("{}/\n", shown(path.trim_end_matches('/')));
    for entry in &listing.entries {
        let (indent, name) = ("  ".repeat(entry.level + 1), shown_bytes(&entry.name));
        let _ = match entry.kind {
            FileKind::File => writeln!(out, "{indent}{name}  ({})", size(entry.bytes)),
            FileKind::Folder => writeln!(out, "{indent}{name}/"),
            FileKind::Link => writeln!(out, "{indent}{name}  (symbolic link)"),
            FileKind::Special => writeln!(out, "{indent}{name}  (special file)"),
        };
    }
    if listing.entries.is_empty() && listing.hidden == 0 {
        out.push_str("  (empty)\n");
    }
    if listing.more {
        out.push_str("[There is more: view a subfolder, or search with bash, for example `find` or `ls`.]\n");
    }
    if listing.hidden > 0 {
        let hidden = counted(listing.hidden, "entry", "entries");
        let _ = writeln!(out, "[{hidden} whose name begins with a dot left out: `ls -A` in bash shows all.]");
    }
    out
}

pub(super) fn binary(path: &str, media_type: &str, bytes: u64) -> String {
    format!(
        "{} is not text: it is a file of type {media_type}, {}. Read it in bash with a program for that type, or look at \
         its bytes with `xxd`.",
        shown(path),
        size(bytes)
    )
}

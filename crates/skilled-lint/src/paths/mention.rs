//! Paths that are named in code: `scripts/total.py` in a command or between backticks.

use std::ops::Range;
use std::sync::LazyLock;

use memchr::memchr_iter;
use regex::{Captures, Regex};

use super::resolve::Listing;
use crate::markdown::{Code, CodeKind, Markdown};

/// A path of the skill that a document names in code.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Mention {
    /// Relative to the folder of the skill, as far as can be told.
    pub(super) path: String,
    pub(super) span: Range<usize>,
    /// Whether it is the command of a line, not an argument of another one.
    pub(super) is_started: bool,
}

/// A path after the start of a word. The first group is a folder that stands for that of the skill, the second a leading
/// `./`, the third the path.
static PATH: LazyLock<Option<Regex>> = LazyLock::new(|| {
    let skill = r#"(?:\$\{?(?:CLAUDE_)?SKILL_(?:DIR|PATH|ROOT)\}?|\{baseDir\}|\{skill_dir\})/"#;
    let pattern =
        format!(r#"(?:^|[ \t\r\n"'`=(:,;|&])({skill})?(\./)?((?:[A-Za-z0-9_.@-]+/)+[A-Za-z0-9_.@+-]*)"#);
    Regex::new(&pattern).ok()
});

/// Folders that the specification gives a meaning.
const KNOWN: [&str; 3] = ["scripts", "references", "assets"];
/// Folders that a project is likely to have as well, so that a path below may be one of the project.
const OF_PROJECTS: [&str; 16] = [
    "app",
    "bin",
    "build",
    "data",
    "dist",
    "docs",
    "examples",
    "lib",
    "output",
    "public",
    "src",
    "static",
    "test",
    "tests",
    "tmp",
    "node_modules",
];
/// Most bytes before a path that are looked at for its command.
const MAX_COMMAND: usize = 500;
/// Labels of code that is typed into a shell.
const SHELLS: [&str; 11] =
    ["", "bash", "bat", "cmd", "console", "fish", "powershell", "sh", "shell", "terminal", "zsh"];

pub(super) fn mentions(content: &str, document: &Markdown, listing: &Listing<'_>) -> Vec<Mention> {
    let mut found = Vec::new();
    for code in &document.code {
        let inside = &content[code.span.clone()];
        let is_looked_at = match &code.kind {
            CodeKind::Inline => true,
            CodeKind::Block(label) => SHELLS.contains(&label.as_str()),
        };
        if !is_looked_at || !may_name(inside, listing) {
            continue;
        }
        // Once for the whole piece: it may be a mebibyte with a path in every line.
        let is_drawing = inside.contains('├');
        let paths = PATH.iter().flat_map(|pattern| pattern.captures_iter(inside));
        found.extend(paths.filter_map(|captures| mention(&captures, content, code, is_drawing, listing)));
    }
    found
}

/// Whether a text may name a path of the skill. Most texts do not, and this is many times faster than [`PATH`].
pub(super) fn may_name(text: &str, listing: &Listing<'_>) -> bool {
    let bytes = text.as_bytes();
    let is_part = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'.' | b'@' | b'-');
    memchr_iter(b'/', bytes).any(|end| {
        let start = bytes[..end].iter().rposition(|byte| !is_part(*byte)).map_or(0, |before| before + 1);
        let first = &text[start..end];
        // What stands for the folder of the skill ends with `}` or is a variable.
        let is_rooted = text[..end].ends_with('}') || first.contains("SKILL_");
        is_rooted || is_ours(first, listing)
    })
}

/// Whether a path that starts with this folder is one of the skill.
fn is_ours(first: &str, listing: &Listing<'_>) -> bool {
    KNOWN.contains(&first) || (listing.has_top_folder(first) && !OF_PROJECTS.contains(&first))
}

/// What one match is. `is_drawing` says whether the piece of code draws a tree of folders.
fn mention(
    captures: &Captures<'_>,
    content: &str,
    code: &Code,
    is_drawing: bool,
    listing: &Listing<'_>,
) -> Option<Mention> {
    let inside = &content[code.span.clone()];
    let path = captures.get(3)?;
    let written = path.as_str().trim_end_matches(['.', ',']);
    let is_rooted = captures.get(1).is_some();
    let start = captures.get(1).or(captures.get(2)).map_or(path.start(), |lead| lead.start());
    let near = inside.floor_char_boundary(start.saturating_sub(MAX_COMMAND));
    let (before, after) = (&inside[near..start], &inside[path.end()..]);
    let first = written.split('/').next()?;
    let is_ours = is_rooted || is_ours(first, listing);
    let name = written.rsplit('/').next().unwrap_or_default();
    let has_ending =
        name.rsplit_once('.').is_some_and(|(stem, ending)| !stem.is_empty() && !ending.is_empty());
    if !is_ours || !has_ending || is_placeholder(written, after) || is_made(before, is_drawing) {
        return None;
    }
    if code.kind == CodeKind::Inline && !is_rooted && is_example(content, code.span.start) {
        return None;
    }
    let has_lead = is_rooted || captures.get(2).is_some();
    Some(Mention {
        path: written.to_owned(),
        span: code.span.start + start..code.span.start + path.start() + written.len(),
        is_started: is_command(before, after, &code.kind, has_lead),
    })
}

/// `scripts/<name>.py`, `scripts/*.sh`, `scripts/my_tool.py`.
fn is_placeholder(path: &str, after: &str) -> bool {
    const PARTS: [&str; 12] = [
        "your",
        "my_",
        "my-",
        "foo",
        "bar.",
        "xxx",
        "example",
        "path/to",
        "placeholder",
        "...",
        "some_",
        "some-",
    ];
    const NAMES: [&str; 8] = ["script", "file", "filename", "name", "helper", "tool", "test", "x"];
    let lower = path.to_ascii_lowercase();
    let stem = lower.rsplit('/').next().and_then(|name| name.split('.').next()).unwrap_or_default();
    after.starts_with(['*', '<', '{', '[', '$', '%', '…', '(', '\\'])
        || path.contains("..")
        || PARTS.iter().any(|part| lower.contains(part))
        || NAMES.contains(&stem)
        || path.bytes().any(|byte| byte.is_ascii_uppercase()) && stem_is_shouted(path)
}

/// Whether the words before inline code on its line make it an example of how others write.
fn is_example(content: &str, at: usize) -> bool {
    const WORDS: [&str; 8] =
        ["xample", "e.g.", "such as", "or instance", "would ", "could ", "might ", "例如"];
    let line = line_around(content, at);
    WORDS.iter().any(|word| line.contains(word))
}

/// The line of an offset, as far as it is near: lines may be a megabyte long.
fn line_around(text: &str, at: usize) -> &str {
    const NEAR: usize = 300;
    let (start, end) =
        (text.floor_char_boundary(at.saturating_sub(NEAR)), text.ceil_char_boundary(at + NEAR));
    let before = text[start..at].rfind('\n').map_or(start, |newline| start + newline + 1);
    let after = text[at..end].find('\n').map_or(end, |newline| at + newline);
    &text[before..after]
}

/// `scripts/NAME.py` stands for any name.
fn stem_is_shouted(path: &str) -> bool {
    let stem = path.rsplit('/').next().and_then(|name| name.split('.').next()).unwrap_or_default();
    let is_known = matches!(stem, "README" | "LICENSE" | "CHANGELOG" | "SKILL" | "CONTRIBUTING" | "NOTICE");
    !is_known && !stem.bytes().any(|byte| byte.is_ascii_lowercase()) && path.starts_with("scripts/")
}

/// Whether a command writes the file: it need not exist before.
fn is_made(before: &str, is_drawing: bool) -> bool {
    const MAKERS: [&str; 7] = ["touch", "tee", "mkdir", "-o", "--output", "--out", "cp"];
    let line = before.rsplit('\n').next().unwrap_or_default();
    let trimmed = line.trim_end();
    let word = trimmed.rsplit(char::is_whitespace).next().unwrap_or_default();
    trimmed.ends_with('>')
        || MAKERS.contains(&word)
        || MAKERS.contains(&line.trim_start().split(' ').next().unwrap_or_default())
        || word.starts_with("--out")
        // A drawing of folders.
        || line.contains(['│', '├', '└'])
        || (line.is_empty() && is_drawing)
}

/// Whether a path is where a command starts.
fn is_command(before: &str, after: &str, kind: &CodeKind, has_lead: bool) -> bool {
    let line = before.rsplit('\n').next().unwrap_or_default();
    let lead = line.trim_start_matches(['`', ' ', '\t', '$', '>', '"']);
    let starts_line =
        lead.is_empty() || ["&&", "||", ";", "|"].iter().any(|sign| lead.trim_end().ends_with(sign));
    let has_arguments = after.starts_with(' ');
    starts_line
        && match kind {
            CodeKind::Inline => has_lead || has_arguments,
            CodeKind::Block(label) => !label.is_empty() || has_lead,
        }
}

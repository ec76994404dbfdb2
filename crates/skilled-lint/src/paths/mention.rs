//! Paths that are named in code: `scripts/total.py` in a command or between backticks.

use std::ops::Range;
use std::sync::LazyLock;

use memchr::memchr_iter;
use regex::{Match, Regex};

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

/// What a path follows.
const BEFORE: &str = " \t\r\n\"'`=(:,;|&";

/// A path after the start of a word: what it follows, a folder that stands for that of the skill, `./`, the path. Groups
/// would make it slow; [`Written`] tells the parts.
static PATH: LazyLock<Option<Regex>> = LazyLock::new(|| {
    let skill = r"(?:\$\{?(?:CLAUDE_)?SKILL_(?:DIR|PATH|ROOT)\}?|\{baseDir\}|\{skill_dir\})/";
    let pattern = format!(r"(?:^|[{BEFORE}])(?:{skill})?(?:\./)?(?:[A-Za-z0-9_.@-]+/)+[A-Za-z0-9_.@+-]*");
    Regex::new(&pattern).ok()
});

/// The parts of a match of [`PATH`].
struct Written<'a> {
    /// Where it starts, without what it follows.
    start: usize,
    /// It starts with a folder that stands for that of the skill.
    is_rooted: bool,
    /// It starts with that or with `./`.
    has_lead: bool,
    path: &'a str,
}

impl<'a> Written<'a> {
    fn new(found: Match<'a>) -> Self {
        let word = found.as_str().trim_start_matches(|c| BEFORE.contains(c));
        let is_rooted = word.starts_with(['$', '{']);
        let below = if is_rooted { word.split_once('/').map_or(word, |(_, below)| below) } else { word };
        let dotted = below.strip_prefix("./").filter(|rest| rest.contains('/'));
        Self {
            start: found.end() - word.len(),
            is_rooted,
            has_lead: is_rooted || dotted.is_some(),
            path: dotted.unwrap_or(below),
        }
    }
}

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
        if !is_looked_at || last_path(inside, listing).is_none() {
            continue;
        }
        // Once for the whole piece: it may be a mebibyte with a path in every line.
        let is_drawing = inside.contains('├');
        let paths = PATH.iter().flat_map(|pattern| pattern.find_iter(inside));
        found.extend(paths.filter_map(|path| mention(path, content, code, is_drawing, listing)));
    }
    found
}

/// Where the last path of the skill in a text may be. Most texts have none, and this is many times faster than [`PATH`].
pub(super) fn last_path(text: &str, listing: &Listing<'_>) -> Option<usize> {
    let bytes = text.as_bytes();
    let is_part = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'.' | b'@' | b'-');
    memchr_iter(b'/', bytes).rev().find(|end| {
        let start = bytes[..*end].iter().rposition(|byte| !is_part(*byte)).map_or(0, |before| before + 1);
        let first = &text[start..*end];
        // What stands for the folder of the skill ends with `}` or is a variable.
        let is_rooted = bytes[..*end].ends_with(b"}") || first.contains("SKILL_");
        is_rooted || is_ours(first, listing)
    })
}

/// Whether a path that starts with this folder is one of the skill.
fn is_ours(first: &str, listing: &Listing<'_>) -> bool {
    KNOWN.contains(&first) || (listing.has_top_folder(first) && !OF_PROJECTS.contains(&first))
}

/// What one match is. `is_drawing` says whether the piece of code draws a tree of folders.
fn mention(
    found: Match<'_>,
    content: &str,
    code: &Code,
    is_drawing: bool,
    listing: &Listing<'_>,
) -> Option<Mention> {
    let inside = &content[code.span.clone()];
    let Written { start, is_rooted, has_lead, path } = Written::new(found);
    let written = path.trim_end_matches(['.', ',']);
    let end = found.end() - (path.len() - written.len());
    let near = inside.floor_char_boundary(start.saturating_sub(MAX_COMMAND));
    let (before, after) = (&inside[near..start], &inside[found.end()..]);
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
    Some(Mention {
        path: written.to_owned(),
        span: code.span.start + start..code.span.start + end,
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_parts_of_a_path_are_told_apart() {
        let parts = |text: &str| {
            let found = PATH.as_ref().unwrap().find(text).unwrap();
            let Written { start, is_rooted, has_lead, path } = Written::new(found);
            (start, is_rooted, has_lead, path.to_owned())
        };
        let cases = [
            ("a/b.md", (0, false, false, "a/b.md")),
            ("(a/b.md)", (1, false, false, "a/b.md")),
            ("x `./a/b.md`", (3, false, true, "a/b.md")),
            ("./a.md", (0, false, false, "./a.md")),
            ("=${CLAUDE_SKILL_DIR}/a/b", (1, true, true, "a/b")),
            ("$SKILL_ROOT/./a/b", (0, true, true, "a/b")),
            ("\"{baseDir}/a/\"", (1, true, true, "a/")),
        ];
        for (text, (start, is_rooted, has_lead, path)) in cases {
            assert_eq!(parts(text), (start, is_rooted, has_lead, path.to_owned()), "{text}");
        }
    }
}

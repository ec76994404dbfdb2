//! The places of the front matter where a value stands: after `key:` and after `- `.

use std::ops::Range;

use crate::frontmatter::NoteKind;

/// One value as the eye finds it, without YAML's rules.
pub(super) struct Slot {
    pub(super) line_start: usize,
    /// White space between the `:` and the value.
    pub(super) gap: Range<usize>,
    pub(super) tab_before_value: bool,
    /// The value, with the deeper indented lines that continue it. Empty when the line ends after the `:`.
    pub(super) value: Range<usize>,
}

impl Slot {
    /// A mistake that shows without parsing.
    pub(super) fn visible_mistake(&self, text: &str) -> Option<NoteKind> {
        let value = &text[self.value.clone()];
        match value.chars().next()? {
            '@' | '`' | '%' => Some(NoteKind::ReservedStart),
            quote @ ('"' | '\'') => unbalanced(value, quote).then_some(NoteKind::UnbalancedQuotes),
            '[' | '{' | '&' | '*' | '!' | '|' | '>' | '#' => None,
            _ => has_colon(value).then_some(NoteKind::UnquotedColon),
        }
    }
}

fn has_colon(value: &str) -> bool {
    value.lines().any(|line| line.contains(": ") || line.contains(":\t") || line.trim_end().ends_with(':'))
}

/// Tells whether a quoted value is never closed, or is closed before its end.
fn unbalanced(value: &str, quote: char) -> bool {
    let mut chars = value.char_indices().skip(1).peekable();
    while let Some((index, c)) = chars.next() {
        match c {
            '\\' if quote == '"' => {
                chars.next();
            }
            '\'' if quote == '\'' && chars.peek().is_some_and(|&(_, next)| next == '\'') => {
                chars.next();
            }
            c if c == quote => {
                let rest = value[index + 1..].trim_start();
                return !(rest.is_empty() || rest.starts_with('#'));
            }
            _ => {}
        }
    }
    true
}

/// Finds the values of `text`, skipping the text of block scalars.
pub(super) fn slots(text: &str) -> Vec<Slot> {
    let lines = lines(text);
    let mut slots = Vec::new();
    let mut block_indent = None::<usize>;
    for (number, line) in lines.iter().enumerate() {
        let content = text[line.clone()].trim_start_matches([' ', '\t']);
        let indent = line.len() - content.len();
        if content.trim_end().is_empty() || block_indent.is_some_and(|block| indent > block) {
            continue;
        }
        block_indent = None;
        let Some((gap, indent)) = gap(content, line.start + indent, indent) else { continue };
        let start = gap.end;
        if text[start..line.end].starts_with(['|', '>']) {
            block_indent = Some(indent);
        }
        let mut end = line.end;
        if start < line.end && block_indent.is_none() {
            let deeper =
                lines[number + 1..].iter().take_while(|next| is_deeper(&text[(*next).clone()], indent));
            end = deeper.last().map_or(end, |next| next.end);
        }
        let value = start..start + text[start..end].trim_end().len();
        let tab_before_value = text[gap.clone()].contains('\t');
        slots.push(Slot { line_start: line.start, gap, tab_before_value, value });
    }
    slots
}

fn lines(text: &str) -> Vec<Range<usize>> {
    let mut start = 0;
    text.split_inclusive('\n')
        .map(|line| {
            let range = start..start + line.trim_end_matches(['\r', '\n']).len();
            start += line.len();
            range
        })
        .collect()
}

/// Text that continues the value of a line with this indentation.
fn is_deeper(line: &str, indent: usize) -> bool {
    let content = line.trim_start_matches([' ', '\t']);
    !content.is_empty() && line.len() - content.len() > indent && !content.starts_with("- ")
}

/// White space before the value of a line whose content starts at `start`, and the indentation that ends the
/// value.
fn gap(mut content: &str, mut start: usize, mut indent: usize) -> Option<(Range<usize>, usize)> {
    let mut gap = None;
    while let Some(rest) = content.strip_prefix("- ") {
        let spaces = rest.len() - rest.trim_start_matches(' ').len();
        gap = Some((start + 1..start + 2 + spaces, indent));
        start += 2 + spaces;
        indent += 2 + spaces;
        content = &rest[spaces..];
    }
    let key = content.find(':').filter(|&colon| {
        let key = &content[..colon];
        !key.is_empty()
            && key.chars().all(|c| c.is_alphanumeric() || matches!(c, '-' | '_' | '.' | ' '))
            && content[colon + 1..].chars().next().is_none_or(char::is_whitespace)
    });
    let Some(colon) = key else { return gap };
    let rest = content[colon + 1..].trim_end_matches(['\r', '\n']);
    let spaces = rest.len() - rest.trim_start_matches([' ', '\t']).len();
    Some((start + colon + 1..start + colon + 1 + spaces, indent))
}

//! Where the front matter and the body of a file are.

use std::ops::Range;

use crate::frontmatter::{MAX_BYTES, reference};

/// The parts of SKILL.md, as byte ranges.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Document {
    pub(crate) front: Range<usize>,
    pub(crate) body: Range<usize>,
    pub(crate) closing: Closing,
    /// The front matter shares its first line with the opening marker.
    pub(crate) opening_has_text: bool,
    /// A byte order mark starts the file.
    pub(crate) has_byte_order_mark: bool,
    /// Where `---` opens the front matter.
    pub(crate) start: usize,
    /// What the reference validator takes for the front matter: from `---` at the very start to the next
    /// `---`.
    pub(crate) reference_front: Option<Range<usize>>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Closing {
    /// A line `---`.
    Dashes,
    /// A line that only starts with `---`, or a `---` at the end of a line.
    Unusual,
    /// A line `...`.
    Dots,
}

/// Why a file has no front matter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Missing {
    Opening,
    /// The front matter opens at this offset and never ends.
    Closing(usize),
}

const MARKER: &str = "---";

/// Finds the parts of `text`.
pub(crate) fn split(text: &str) -> Result<Document, Missing> {
    let trimmed = text.strip_prefix('\u{feff}').unwrap_or(text);
    let has_byte_order_mark = trimmed.len() < text.len();
    let start = text.len() - after_blank_lines(trimmed).len();
    let Some(rest) = text[start..].strip_prefix(MARKER) else { return Err(Missing::Opening) };
    if rest.starts_with('-') {
        return Err(Missing::Opening);
    }
    let front_start = start + MARKER.len();
    let reference_front = match text[front_start..].find(MARKER) {
        Some(length) if start == 0 => Some(front_start..front_start + length),
        Some(_) | None => None,
    };
    let first_line = first_line(&text[front_start..]);
    let (front_end, body_start, closing) =
        closing(text, front_start + first_line.len(), reference_front.as_ref())
            .ok_or(Missing::Closing(start))?;
    Ok(Document {
        front: front_start..front_end,
        body: body_start..text.len(),
        closing,
        opening_has_text: !first_line.trim().is_empty(),
        has_byte_order_mark,
        start,
        reference_front,
    })
}

/// Finds the line that closes the front matter, from the start of a line at `from`. Falls back to what closes
/// it for the reference validator, which does not look at lines.
fn closing(
    text: &str,
    from: usize,
    reference_front: Option<&Range<usize>>,
) -> Option<(usize, usize, Closing)> {
    let mut at = from;
    for line in text[from..].split_inclusive('\n') {
        let next = at + line.len();
        if line.starts_with(MARKER) {
            let closing = if line.trim_end() == MARKER { Closing::Dashes } else { Closing::Unusual };
            return Some((at, next, closing));
        }
        if line.trim_end() == "..." && !after_blank_lines(&text[next..]).starts_with(MARKER) {
            return Some((at, next, Closing::Dots));
        }
        at = next;
    }
    let front = reference_front.filter(|front| front.len() <= MAX_BYTES)?;
    reference::parse(&text[front.clone()]).ok()?;
    Some((front.end, front.end + MARKER.len(), Closing::Unusual))
}

fn after_blank_lines(text: &str) -> &str {
    let content = text.len() - text.trim_start().len();
    let line_start = text[..content].rfind('\n').map_or(0, |newline| newline + 1);
    &text[line_start..]
}

fn first_line(text: &str) -> &str {
    text.split_inclusive('\n').next().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parts(text: &str) -> Option<(&str, &str, Closing)> {
        let document = split(text).ok()?;
        Some((&text[document.front], &text[document.body], document.closing))
    }

    #[test]
    fn front_matter_ends_at_the_first_line_of_dashes() {
        assert_eq!(parts("---\na: b\n---\nbody\n---\n"), Some(("\na: b\n", "body\n---\n", Closing::Dashes)));
        assert_eq!(parts("---\r\na: b\r\n--- \r\nbody"), Some(("\r\na: b\r\n", "body", Closing::Dashes)));
        assert_eq!(parts("---\na: x --- y\n---"), Some(("\na: x --- y\n", "", Closing::Dashes)));
    }

    #[test]
    fn other_markers_are_understood() {
        assert_eq!(parts("---\na: b\n-----\nbody"), Some(("\na: b\n", "body", Closing::Unusual)));
        assert_eq!(parts("---\na: b\n...\nbody"), Some(("\na: b\n", "body", Closing::Dots)));
        assert_eq!(parts("---\na: b\n...\n---\nbody"), Some(("\na: b\n...\n", "body", Closing::Dashes)));
        assert_eq!(parts("--- a: b\n---\nbody"), Some((" a: b\n", "body", Closing::Dashes)));
        assert_eq!(parts("---\na: b ---\nbody"), Some(("\na: b ", "\nbody", Closing::Unusual)));
    }

    #[test]
    fn what_precedes_the_opening_is_skipped() {
        let document = split("\u{feff}\n \n---\na: b\n---\n").unwrap();
        assert!(document.has_byte_order_mark);
        assert_eq!((document.start, document.reference_front), (6, None));
    }

    #[test]
    fn missing_markers_are_told_apart() {
        assert_eq!(split("# Body\n"), Err(Missing::Opening));
        assert_eq!(split(" ---\na: b\n---\n"), Err(Missing::Opening));
        assert_eq!(split("----\na: b\n---\n"), Err(Missing::Opening));
        assert_eq!(split("\n---\na: b\n"), Err(Missing::Closing(1)));
        assert_eq!(split("---\na: b\n# Body\n| a |\n| --- |\n"), Err(Missing::Closing(0)));
    }
}

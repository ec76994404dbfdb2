//! The source around a finding, with marks below it.

use std::fmt::Write as _;
use std::ops::Range;

use unicode_width::UnicodeWidthChar;

use super::{BLUE, Painter};
use crate::visible::is_hidden;

/// Columns between tab stops.
const TAB: usize = 4;
/// Lines of a long span that are shown at its beginning; one more at its end.
const FIRST_LINES: usize = 2;

/// Lines of a source, ready to be shown.
pub(super) struct Frame {
    gutter: usize,
    rows: Vec<Row>,
}

enum Row {
    /// A line of the source and the columns marked in it.
    Line { number: usize, shown: String, marked: Option<Range<usize>> },
    /// Lines that are left out.
    Gap,
}

impl Frame {
    /// Prepares the lines of `source` that `span` touches; `line` is the number of the first. A span beyond the end of
    /// the source is that of its end.
    pub(super) fn new(source: &str, span: Range<usize>, line: usize, width: usize) -> Self {
        let start = boundary(source, span.start);
        let end = boundary(source, span.end.max(start)).max(start);
        let lines = lines_of(source, start, end);
        let gutter = (line + lines.len()).to_string().len();
        let available = width.saturating_sub(gutter + 3);
        let mut rows = Vec::new();
        let count = lines.len();
        for (at, bounds) in lines.into_iter().enumerate() {
            if count > FIRST_LINES + 1 && (FIRST_LINES..count - 1).contains(&at) {
                if at == FIRST_LINES {
                    rows.push(Row::Gap);
                }
                continue;
            }
            let marked = start.clamp(bounds.start, bounds.end)..end.clamp(bounds.start, bounds.end);
            let is_marked = at == 0 || !marked.is_empty();
            let (shown, columns) = window(source, &bounds, &marked, available);
            rows.push(Row::Line { number: line + at, shown, marked: is_marked.then_some(columns) });
        }
        Self { gutter, rows }
    }

    /// Columns of the line numbers.
    pub(super) const fn gutter(&self) -> usize {
        self.gutter
    }

    pub(super) fn write(&self, out: &mut String, painter: Painter, mark: &str) {
        let gutter = self.gutter;
        let bar = painter.paint(BLUE, "|");
        // Writing to a string cannot fail.
        let _ = writeln!(out, "{:gutter$} {bar}", "");
        for row in &self.rows {
            match row {
                Row::Gap => _ = writeln!(out, "{}", painter.paint(BLUE, "...")),
                Row::Line { number, shown, marked } => {
                    let number = painter.paint(BLUE, &format!("{number:gutter$}"));
                    let _ = writeln!(out, "{number} {bar} {shown}").map(|()| trim(out));
                    if let Some(marked) = marked {
                        let marks = painter.paint(mark, &"^".repeat(marked.len()));
                        let _ = writeln!(out, "{:gutter$} {bar} {:2$}{marks}", "", "", marked.start);
                    }
                }
            }
        }
    }
}

/// Takes spaces from the end of the last line.
fn trim(out: &mut String) {
    out.truncate(out.trim_end().len());
    out.push('\n');
}

/// The next place at or before `offset` where a character begins.
fn boundary(source: &str, offset: usize) -> usize {
    source.floor_char_boundary(offset)
}

/// The lines that a span touches, without their line breaks, unless the span is about those.
fn lines_of(source: &str, start: usize, end: usize) -> Vec<Range<usize>> {
    let mut lines = Vec::new();
    let mut from = source[..start].rfind('\n').map_or(0, |at| at + 1);
    loop {
        let to = source[from..].find('\n').map_or(source.len(), |at| from + at);
        let is_return = source[from..to].ends_with('\r');
        // A carriage return is shown where it is what the finding is about.
        let shown = if is_return && !(start < to && to - 1 < end) { to - 1 } else { to };
        lines.push(from..shown.max(start.min(to)));
        if end <= to + 1 || to == source.len() {
            return lines;
        }
        from = to + 1;
    }
}

/// One character as it is shown.
struct Cell {
    /// Where it begins in the source.
    at: usize,
    shown: String,
    width: usize,
}

/// What of a line fits into `available` columns, around the marked bytes, and the columns that are marked.
fn window(
    source: &str,
    line: &Range<usize>,
    marked: &Range<usize>,
    available: usize,
) -> (String, Range<usize>) {
    // No character is narrower than nothing, so that a line of combining characters is cut by count.
    let most = 4 * available;
    let before: Vec<char> = source[line.start..marked.start].chars().rev().take(most).collect();
    let begin = marked.start - before.iter().map(|c| c.len_utf8()).sum::<usize>();
    let cells = cells(source, begin..line.end, before.len() + most);
    let end = cells.last().map_or(begin, |cell| cell.at + char_len(source, cell.at));
    let first_marked = cells.partition_point(|cell| cell.at < marked.start);
    let total: usize = cells.iter().map(|cell| cell.width).sum();
    let (mut left, mut right) = (0, cells.len());
    if begin > line.start || end < line.end || total > available {
        (left, right) = fitting(&cells, first_marked, available.saturating_sub(2));
    }
    let mut shown = String::new();
    let mut column = 0;
    if left > 0 || begin > line.start {
        shown.push('…');
        column = 1;
    }
    // Where the mark begins, and the columns it covers.
    let (mut point, mut columns): (Option<usize>, Option<Range<usize>>) = (None, None);
    for cell in &cells[left..right] {
        shown.push_str(&cell.shown);
        if cell.at >= marked.start {
            let start = *point.get_or_insert(column);
            if cell.at < marked.end {
                columns = Some(start..column + cell.width);
            }
        }
        column += cell.width;
    }
    if right < cells.len() || end < line.end {
        shown.push('…');
    }
    // A place between characters, a line break, or a mark without width of its own is still seen.
    let point = point.unwrap_or(column).min(available.saturating_sub(1));
    (shown, columns.filter(|columns| !columns.is_empty()).unwrap_or(point..point + 1))
}

fn char_len(source: &str, at: usize) -> usize {
    source[at..].chars().next().map_or(0, char::len_utf8)
}

fn cells(source: &str, range: Range<usize>, most: usize) -> Vec<Cell> {
    let mut column = 0;
    let mut cells = Vec::new();
    for (offset, c) in source[range.clone()].char_indices().take(most) {
        let (shown, width) = if c == '\t' {
            let width = TAB - column % TAB;
            (" ".repeat(width), width)
        } else if is_hidden(c) {
            let shown = c.escape_default().to_string();
            let width = shown.len();
            (shown, width)
        } else {
            (c.to_string(), c.width().unwrap_or(0))
        };
        column += width;
        cells.push(Cell { at: range.start + offset, shown, width });
    }
    cells
}

/// The cells around `middle` that fit: a third of the room before it, the rest after it.
fn fitting(cells: &[Cell], middle: usize, room: usize) -> (usize, usize) {
    let (mut left, mut used) = (middle, 0);
    while left > 0 && used + cells[left - 1].width <= room / 3 {
        left -= 1;
        used += cells[left].width;
    }
    let mut right = middle;
    while right < cells.len() && used + cells[right].width <= room {
        used += cells[right].width;
        right += 1;
    }
    while left > 0 && used + cells[left - 1].width <= room {
        left -= 1;
        used += cells[left].width;
    }
    (left, right)
}

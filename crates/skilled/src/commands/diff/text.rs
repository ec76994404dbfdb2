//! The comparison for people.

use std::fmt::Write as _;

use skilled_audit::{Area, Change, Figures, Kind, Weight};

use super::lines::{self, FileLines};
use super::{Pair, Side};
use crate::screen::{bytes, count, number, wrapped};
use crate::view::escaped;

/// Longest value that is shown beside its item, in characters.
const SHORT: usize = 40;

/// Sets the page.
pub(super) fn page(pair: &Pair, files: &[FileLines], full: bool) -> String {
    let comparison = &pair.comparison;
    let mut page = String::new();
    side(&mut page, "A", &pair.before, &comparison.before);
    side(&mut page, "B", &pair.after, &comparison.after);
    if comparison.is_same() {
        let all = if pair.is_same() { "" } else { " in what was compared, which is not all" };
        let _ = writeln!(page, "\nno difference{all}");
        return page;
    }
    for (weight, title) in [(Weight::Attention, "Look at"), (Weight::Notice, "Also changed")] {
        let changes: Vec<&Change> =
            comparison.changes.iter().filter(|change| change.weight == weight).collect();
        if !changes.is_empty() {
            let _ = writeln!(page, "\n{title}");
            for change in changes {
                page.push_str(&change_lines(change));
            }
        }
    }
    for file in files {
        page.push('\n');
        page.push_str(&file_lines(file));
    }
    let total = comparison.changes.len();
    let attention = comparison.count(Weight::Attention);
    let more = if full { "" } else { "; --full shows the changed lines" };
    let _ = writeln!(page, "\n{}, {} to look at{more}", count(total, "difference"), number(attention as u64));
    page
}

fn side(page: &mut String, letter: &str, side: &Side, figures: &Figures) {
    page.push_str(&wrapped(&format!("{letter}  "), &side.shown()));
    let Figures { digest, files, bytes: size, body_lines, body_tokens } = figures;
    let _ = writeln!(page, "   {digest}");
    let text = format!(
        "{}, {}; SKILL.md {}, about {}",
        count(*files, "file"),
        bytes(*size),
        count(*body_lines, "line"),
        count(*body_tokens, "token")
    );
    page.push_str(&wrapped("   ", &text));
}

const fn sign(kind: Kind) -> char {
    match kind {
        Kind::Added => '+',
        Kind::Removed => '-',
        Kind::Changed => '~',
        Kind::Renamed => '>',
        Kind::MadeExecutable | Kind::MadeInert => 'x',
    }
}

/// What an area is called on the page.
const fn title(area: Area) -> &'static str {
    match area {
        Area::Field => "field",
        Area::Tool => "allowed tool",
        Area::Extension => "other client",
        Area::UnknownField => "unknown field",
        Area::Automatic => "runs by itself",
        Area::Host => "host",
        Area::Command => "command",
        Area::OutsideFile => "file outside",
        Area::Secret => "secret",
        Area::Package => "package",
        Area::Body => "body",
        Area::File => "file",
        Area::Link => "link",
        Area::Finding => "audit finding",
    }
}

fn change_lines(change: &Change) -> String {
    let head = format!("  {} {:<14}  ", sign(change.kind), title(change.area));
    let item = escaped(&change.item);
    let value = |value: &Option<String>| value.as_deref().map(escaped);
    let (before, after) = (value(&change.before), value(&change.after));
    match (change.kind, change.area, before, after) {
        (Kind::MadeExecutable, ..) => wrapped(&head, &format!("{item} may now be executed")),
        (Kind::MadeInert, ..) => wrapped(&head, &format!("{item} may no longer be executed")),
        (Kind::Renamed, _, Some(before), _) => wrapped(&head, &format!("{before} is now {item}")),
        (_, Area::Finding, Some(said), None) | (_, Area::Finding, None, Some(said)) => {
            wrapped(&head, &format!("[{item}] {said}"))
        }
        (_, _, Some(before), Some(after)) if is_short(&before) && is_short(&after) => {
            wrapped(&head, &format!("{item}: {before} -> {after}"))
        }
        (_, _, Some(before), Some(after)) => {
            let values = lines::words(&before, &after).map_or_else(
                || format!("{}{}", wrapped("      - ", &before), wrapped("      + ", &after)),
                |words| wrapped("        ", &words),
            );
            format!("{}{values}", wrapped(&head, &item))
        }
        (_, Area::File, Some(one), None) | (_, Area::File, None, Some(one)) => {
            wrapped(&head, &format!("{item} ({one})"))
        }
        (_, _, Some(one), None) | (_, _, None, Some(one)) => wrapped(&head, &format!("{item}: {one}")),
        (_, _, None, None) => wrapped(&head, &item),
    }
}

fn is_short(text: &str) -> bool {
    text.chars().count() <= SHORT
}

/// A unified diff, each line harmless.
fn file_lines(file: &FileLines) -> String {
    let Some(unified) = &file.unified else {
        return format!("{}: not shown, as it is no text or larger than 1 MiB\n", escaped(&file.path));
    };
    let mut lines = String::with_capacity(unified.len());
    for line in unified.lines() {
        lines.push_str(&escaped(line));
        lines.push('\n');
    }
    lines
}

//! Findings for people: the message, the place, the source around it, and what to do.

mod frame;
mod wrap;

use std::fmt::Write as _;

use crate::visible::visible;
use crate::{Finding, Level};

pub use self::wrap::wrapped;

/// How text looks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Look {
    /// Columns of a line. Fewer than 40 are taken for 40.
    pub width: usize,
    /// Whether there are colours.
    pub colour: Colour,
}

/// Whether text has colours.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Colour {
    /// No colours, and no other control sequences.
    Plain,
    /// Colours of ECMA-48, as every terminal knows them.
    Ansi,
}

/// The narrowest that is still laid out.
const NARROWEST: usize = 40;

const BOLD: &str = "\x1b[1m";
const RED: &str = "\x1b[1;31m";
const YELLOW: &str = "\x1b[1;33m";
const CYAN: &str = "\x1b[1;36m";
const BLUE: &str = "\x1b[1;34m";
const RESET: &str = "\x1b[0m";

/// Returns a finding for people, with a line break at its end. No line is wider than `look` says, paths apart, which
/// are never broken. A finding about a file as a whole has no frame.
pub fn text(finding: &Finding<'_>, look: Look) -> String {
    let painter = Painter { colour: look.colour };
    let width = look.width.max(NARROWEST);
    let mut out = heading(finding, width, painter);
    let frame = finding
        .source
        .filter(|_| !is_about_file(finding))
        .map(|source| frame::Frame::new(source, finding.span.clone(), finding.line, width));
    let gutter = frame.as_ref().map_or(1, frame::Frame::gutter);
    let place = if is_about_file(finding) {
        visible(finding.path).into_owned()
    } else {
        format!("{}:{}:{}", visible(finding.path), finding.line, finding.column)
    };
    // Writing to a string cannot fail.
    let _ = writeln!(out, "{:gutter$}{} {place}", "", painter.paint(BLUE, "-->"));
    if let Some(frame) = frame {
        frame.write(&mut out, painter, of_level(finding.level));
    }
    for (label, note) in finding.notes {
        let indent = gutter + 3 + label.len() + 2;
        let lines = wrapped(note, width.saturating_sub(indent));
        let start = format!("{:gutter$} {} {}:", "", painter.paint(BLUE, "="), painter.paint(BOLD, label));
        for (count, line) in lines.iter().enumerate() {
            let _ = match count {
                0 => writeln!(out, "{start} {line}"),
                _ => writeln!(out, "{:indent$}{line}", ""),
            };
        }
    }
    out
}

/// The severity, the code and the message.
fn heading(finding: &Finding<'_>, width: usize, painter: Painter) -> String {
    let head = format!("{}[{}]", finding.severity, finding.rule.code);
    let lines = wrapped(&format!("{head}: {}", visible(finding.message)), width);
    let mut out = String::new();
    for (count, line) in lines.iter().enumerate() {
        match line.strip_prefix(&head).filter(|_| count == 0) {
            Some(rest) => {
                out.push_str(&painter.paint(of_level(finding.level), &head));
                out.push_str(&painter.paint(BOLD, rest));
            }
            None => out.push_str(&painter.paint(BOLD, line)),
        }
        out.push('\n');
    }
    out
}

const fn is_about_file(finding: &Finding<'_>) -> bool {
    finding.line <= 1 && finding.column <= 1 && finding.span.start == 0 && finding.span.end == 0
}

const fn of_level(level: Level) -> &'static str {
    match level {
        Level::Error => RED,
        Level::Warning => YELLOW,
        Level::Note => CYAN,
    }
}

/// Puts colours around text, or does not.
#[derive(Clone, Copy)]
struct Painter {
    colour: Colour,
}

impl Painter {
    fn paint(self, style: &str, text: &str) -> String {
        match self.colour {
            Colour::Ansi if !text.is_empty() => format!("{style}{text}{RESET}"),
            Colour::Ansi | Colour::Plain => text.to_owned(),
        }
    }
}

//! Findings to be shown.

use std::ops::Range;

use skilled_report::{Colour, Finding, Level, Look, Rule, file, script, text};

pub(crate) static WARNING: Rule = Rule {
    code: "dead-link",
    severity: "warning",
    level: Level::Warning,
    title: "a link leads nowhere",
    why: "A model that follows it finds nothing.",
    help: "Correct the path.",
    tags: &[],
    bad: &[file("SKILL.md", "See [x](y.md). \n```sh\n\u{200b}\n```\n")],
    good: &[file("SKILL.md", "See [x](x.md).\n"), script("run.sh", "#!/bin/sh\n")],
};

pub(crate) static HIGH: Rule = Rule {
    code: "pipe-to-shell",
    severity: "high",
    level: Level::Error,
    title: "a download is run at once",
    why: "Whoever controls the server controls the machine.",
    help: "Pin and verify it.",
    tags: &["AST02"],
    bad: &[],
    good: &[],
};

/// A finding of the warning at `span`, with its place worked out.
pub(crate) fn at(source: &str, span: Range<usize>) -> Finding<'_> {
    let before = &source[..span.start];
    let line = before.matches('\n').count() + 1;
    let column = before.rsplit('\n').next().unwrap().chars().count() + 1;
    Finding {
        rule: &WARNING,
        level: Level::Warning,
        severity: "warning",
        message: "it is wrong",
        notes: &[],
        path: "pdf/SKILL.md",
        line,
        column,
        span,
        source: Some(source),
    }
}

/// Shown without colours.
pub(crate) fn plain(finding: &Finding<'_>, width: usize) -> String {
    text(finding, Look { width, colour: Colour::Plain })
}

/// The frame alone: from the third line on.
pub(crate) fn frame(source: &str, span: Range<usize>) -> String {
    plain(&at(source, span), 80).splitn(3, '\n').last().unwrap().to_owned()
}

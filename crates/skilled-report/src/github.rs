//! Findings as workflow commands of GitHub Actions.

use std::fmt::Write as _;

use crate::visible::visible;
use crate::{Finding, Level};

/// Returns a finding as one workflow command, with a line break at its end. GitHub shows it at the line of a pull
/// request ("Workflow commands for GitHub Actions", `error`, `warning`, `notice`).
pub fn github(finding: &Finding<'_>) -> String {
    let command = match finding.level {
        Level::Error => "error",
        Level::Warning => "warning",
        Level::Note => "notice",
    };
    let file = property(finding.path);
    let title = property(finding.rule.code);
    let mut message = finding.message.to_owned();
    for (label, note) in finding.notes {
        // Writing to a string cannot fail.
        let _ = write!(message, "\n{label}: {note}");
    }
    let lines: Vec<String> = message.lines().map(data).collect();
    let (line, column) = (finding.line, finding.column);
    format!("::{command} file={file},line={line},col={column},title={title}::{}\n", lines.join("%0A"))
}

/// Escapes what would end the data of a command. Other controls are made visible: a log is read on terminals too.
fn data(text: &str) -> String {
    visible(text).replace('%', "%25")
}

/// Escapes what would end a property. A line break in a file's name is the only control that GitHub can be told.
fn property(text: &str) -> String {
    let pieces: Vec<String> = text
        .split('\n')
        .map(|piece| {
            let returns: Vec<String> =
                piece.split('\r').map(|text| data(text).replace(':', "%3A").replace(',', "%2C")).collect();
            returns.join("%0D")
        })
        .collect();
    pieces.join("%0A")
}

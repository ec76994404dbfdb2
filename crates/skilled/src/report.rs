//! How findings are given out: as text, JSON, SARIF or GitHub annotations, one skill after the other.

use std::io::IsTerminal;
use std::mem;

use clap::{Args, ValueEnum};
use serde::Serialize;
use serde_json::Value;
use skilled_report::{Colour, Finding, Look, Rule, Sarif, Tool};

use crate::{env, printer};

/// Where the pages of the rules are, in this project; the help of each rule in SARIF names its page.
const RULES_URL: &str = "docs/rules/";
/// Columns of what is not written to a terminal.
const USUAL_WIDTH: usize = 80;
/// Output is written once it is this long, in bytes.
const PIECE: usize = 32 * 1024;

/// How findings are given out.
#[derive(Debug, Clone, Args)]
pub(crate) struct OutputArgs {
    /// How findings are given out
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
    /// The same as --format json
    #[arg(long, conflicts_with = "format")]
    json: bool,
    /// When to use colours [default: on a terminal, unless NO_COLOR is set]
    #[arg(long, value_enum, value_name = "WHEN")]
    color: Option<When>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    /// For people, with the source around each finding
    Text,
    /// One object for scripts
    Json,
    /// SARIF 2.1.0 for code scanning
    Sarif,
    /// Annotations of GitHub Actions
    Github,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum When {
    /// On a terminal
    Auto,
    /// Even through a pipe
    Always,
    /// Not at all
    Never,
}

impl OutputArgs {
    pub(crate) const fn format(&self) -> Format {
        if self.json { Format::Json } else { self.format }
    }

    /// How text looks on standard output.
    pub(crate) fn look(&self) -> Look {
        let is_terminal = std::io::stdout().is_terminal();
        let colours = match self.color.unwrap_or(When::Auto) {
            When::Always => true,
            When::Never => false,
            When::Auto if env::get(env::NO_COLOR).is_some() => false,
            When::Auto => is_terminal || env::get(env::CLICOLOR_FORCE).is_some_and(|value| value != "0"),
        };
        let size = if is_terminal { terminal_size::terminal_size() } else { None };
        let width = size.map_or(USUAL_WIDTH, |(width, _)| usize::from(width.0));
        Look { width, colour: if colours { Colour::Ansi } else { Colour::Plain } }
    }
}

/// One skill and what there is to say about it.
pub(crate) struct Entry<'a, J = Value> {
    /// What a person reads above the findings.
    pub(crate) heading: String,
    pub(crate) findings: &'a [Finding<'a>],
    /// What a person reads below them; mostly nothing.
    pub(crate) remarks: String,
    /// What a script gets; written out only for one.
    pub(crate) json: J,
}

/// Writes findings to standard output. What it keeps does not grow with the number of skills.
pub(crate) struct Report {
    format: Format,
    look: Look,
    sarif: Option<Sarif>,
    pending: String,
    empty: bool,
}

impl Report {
    /// Begins the output of a command, such as `skilled check`, whose findings are of `rules`.
    pub(crate) fn begin(
        output: &OutputArgs,
        command: &str,
        rules: impl IntoIterator<Item = &'static Rule>,
    ) -> Self {
        let format = output.format();
        let (sarif, pending) = match format {
            Format::Text | Format::Github => (None, String::new()),
            Format::Json => (None, "{\"skills\":[".to_owned()),
            Format::Sarif => {
                let version = env!("CARGO_PKG_VERSION");
                let (sarif, head) =
                    Sarif::begin(&Tool { name: command, version, rules_url: RULES_URL }, rules);
                (Some(sarif), head)
            }
        };
        Self { format, look: output.look(), sarif, pending, empty: true }
    }

    /// Whether findings show their place in the source.
    pub(crate) const fn needs_sources(&self) -> bool {
        matches!(self.format, Format::Text | Format::Sarif)
    }

    pub(crate) fn entry(&mut self, entry: &Entry<'_, impl Serialize>) {
        match self.format {
            Format::Text => self.text(entry),
            Format::Github => {
                for finding in entry.findings {
                    self.put(&skilled_report::github(finding));
                }
            }
            Format::Json => {
                let separator = if mem::take(&mut self.empty) { "\n" } else { ",\n" };
                self.put(separator);
                // Texts, numbers and lists of them: there is nothing in them that could fail.
                self.put(&serde_json::to_string(&entry.json).unwrap_or_default());
            }
            Format::Sarif => {
                if let Some(mut sarif) = self.sarif.take() {
                    entry.findings.iter().for_each(|finding| self.put(&sarif.result(finding)));
                    self.sarif = Some(sarif);
                }
            }
        }
    }

    fn text<J>(&mut self, entry: &Entry<'_, J>) {
        if entry.findings.is_empty() && entry.remarks.is_empty() {
            return;
        }
        let mut text = String::new();
        for line in skilled_report::wrapped(&entry.heading, self.look.width) {
            text.push_str(&self.bold(&line));
            text.push('\n');
        }
        for finding in entry.findings {
            text.push('\n');
            text.push_str(&skilled_report::text(finding, self.look));
        }
        text.push_str(&entry.remarks);
        text.push('\n');
        self.put(&text);
    }

    /// Ends the output: `summary` is for people, `totals` for scripts. `complete` says whether everything that was asked
    /// for was looked at.
    pub(crate) fn end(mut self, summary: &str, totals: &Value, complete: bool) {
        match self.format {
            Format::Text if summary.is_empty() => {}
            Format::Text => {
                let lines = skilled_report::wrapped(summary, self.look.width);
                self.put(&format!("{}\n", lines.join("\n")));
            }
            Format::Github => {}
            Format::Json => {
                let line = if self.empty { "" } else { "\n" };
                self.put(&format!("{line}],\"summary\":{totals}}}\n"));
            }
            Format::Sarif => {
                if let Some(sarif) = self.sarif.take() {
                    self.put(&sarif.end(complete));
                }
            }
        }
        self.flush();
    }

    fn bold(&self, text: &str) -> String {
        match self.look.colour {
            Colour::Ansi => format!("\x1b[1m{text}\x1b[0m"),
            Colour::Plain => text.to_owned(),
        }
    }

    fn put(&mut self, text: &str) {
        self.pending.push_str(text);
        if self.pending.len() >= PIECE {
            self.flush();
        }
    }

    pub(crate) fn flush(&mut self) {
        if !self.pending.is_empty() {
            printer::data(&self.pending);
            self.pending.clear();
        }
    }
}

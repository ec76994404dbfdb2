//! `--list-rules` and `--explain`.

use std::process::ExitCode;

use serde_json::json;
use skilled_lint::Settings;
use skilled_report::{Catalogue, Rule};

use crate::error::{Error, Kind, Result};
use crate::printer;
use crate::report::{Format, OutputArgs};
use crate::subjects::UNREADABLE;

/// How a rule of a check is turned off.
const OFF: &str = "\
In `skilled.toml`, for every skill of a project:

```toml
[check]
ignore = [\"{code}\"]
```

For one run: `skilled check --ignore {code}`. In a skill, see [inline suppression](../checking.md#in-the-skill).";

/// How a rule is turned off that is about what could not be looked at.
const NEVER_OFF: &str =
    "It cannot be turned off: nothing is known of what could not be opened. Leave the path out.";

/// The command that has these rules.
pub(crate) const COMMAND: &str = "skilled check";

/// Every rule whose findings a check may show.
pub(crate) fn rules() -> impl Iterator<Item = &'static Rule> {
    skilled_lint::rules().chain([&UNREADABLE])
}

/// What the page of a rule says beside the rule.
pub(crate) fn catalogue(rule: &Rule) -> Catalogue {
    let off = if rule.code == UNREADABLE.code { NEVER_OFF } else { OFF };
    Catalogue { command: COMMAND, off }
}

pub(super) fn list(output: &OutputArgs) -> Result<ExitCode> {
    match output.format() {
        Format::Text => {
            let width = rules().map(|rule| rule.code.len()).max().unwrap_or_default();
            for rule in rules() {
                printer::data(&format!("{:width$}  {:7}  {}\n", rule.code, rule.severity, rule.title));
            }
        }
        Format::Json => {
            let rules: Vec<_> = rules().map(described).collect();
            printer::data(&format!("{}\n", json!({ "rules": rules })));
        }
        Format::Sarif | Format::Github => {
            return Err(
                Error::usage("the list of rules is text or JSON").hint("leave --format out, or --json")
            );
        }
    }
    Ok(ExitCode::SUCCESS)
}

fn described(rule: &Rule) -> serde_json::Value {
    let Rule { code, severity, title, why, help, tags, .. } = rule;
    json!({ "code": code, "severity": severity, "title": title, "why": why, "help": help, "tags": tags })
}

pub(super) fn explain(code: &str) -> Result<ExitCode> {
    if let Some(rule) = rules().find(|rule| rule.code == code) {
        printer::data(&skilled_report::page(rule, &catalogue(rule)));
        return Ok(ExitCode::SUCCESS);
    }
    // Says which rule was probably meant.
    let asked = Settings { severities: [(code.to_owned(), None)].into(), ..Settings::default() };
    match asked.validate() {
        Err(error) => Err(Error::new(Kind::Usage, error)),
        Ok(()) => Err(Error::usage(format!("there is no page about {code:?}"))),
    }
}

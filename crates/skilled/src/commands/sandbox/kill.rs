//! `skilled sandbox kill`.

use std::collections::BTreeSet;
use std::process::ExitCode;

use serde_json::{Value, json};
use skilled_sandbox_linux::Death;

use crate::error::Result;
use crate::printer;
use crate::sandboxes::{Held, Sandboxes};

pub(super) async fn run(sandboxes: &Sandboxes, names: &[String], all: bool, json: bool) -> Result<ExitCode> {
    let found: BTreeSet<Held> = if all {
        let lives = |held: &Held| held.outline().is_ok_and(|outline| outline.is_some_and(|it| it.lives()));
        sandboxes.all()?.into_iter().filter(lives).collect()
    } else {
        // A wrong name kills nothing.
        let named = names.iter().map(|name| sandboxes.find(name)).collect::<Result<Vec<_>>>()?;
        named.into_iter().flatten().collect()
    };
    if found.is_empty() && !json {
        printer::note("no sandbox runs");
    }
    let mut rows = Vec::new();
    let mut failed = None;
    for held in found {
        match held.end().await {
            Ok(death) => {
                let (word, text) = match death {
                    Death::Before => ("had_ended", "had ended already"),
                    Death::Asked => ("ended", "ended"),
                    Death::Killed => ("killed", "did not answer and was killed"),
                };
                rows.push(json!({ "id": held.id, "outcome": word }));
                if !json {
                    printer::note(&format!("{} {text}", held.id));
                }
            }
            // The others are ended all the same.
            Err(error) => {
                rows.push(json!({ "id": held.id, "outcome": "failed" }));
                if let Some(error) = failed.replace(error) {
                    printer::error(&error);
                }
            }
        }
    }
    if json {
        printer::data(&format!("{}\n", Value::Array(rows)));
    }
    failed.map_or(Ok(ExitCode::SUCCESS), Err)
}

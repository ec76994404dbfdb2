//! `skilled runs`: what was run before.

use std::collections::BTreeSet;
use std::ffi::OsString;
use std::process::ExitCode;

use clap::{Args, Subcommand};
use jiff::Timestamp;
use serde_json::json;
use skilled_agent::RunId;
use skilled_store::{ListedRun, RunStore};

use super::Common;
use super::run::{LegArgs, open_store, read_prompt};
use crate::config::{Flags, Settings};
use crate::error::{Error, Kind, OrKind, Result};
use crate::sandboxes::Sandboxes;
use crate::view::{self, escaped};
use crate::{job, printer};

#[derive(Debug, Args)]
pub(crate) struct RunsArgs {
    #[command(subcommand)]
    command: RunsCommand,
}

#[derive(Debug, Subcommand)]
enum RunsCommand {
    /// List saved runs, newest first
    List {
        #[command(flatten)]
        common: Common,
        /// Print one run per line, as JSON
        #[arg(long)]
        json: bool,
    },
    /// Show what happened in a run
    Show {
        /// The run: its id, the beginning of it, or `latest`
        #[arg(value_name = "ID")]
        run: String,
        #[command(flatten)]
        common: Common,
        /// Print the saved events, one per line
        #[arg(long)]
        json: bool,
    },
    /// Go on with a run that was interrupted or stopped short, or say more in one that is done
    Resume {
        /// The run: its id, the beginning of it, or `latest`
        #[arg(value_name = "ID")]
        run: String,
        /// What to say next; `-` reads it from standard input
        #[arg(value_name = "PROMPT")]
        prompt: Option<OsString>,
        #[command(flatten)]
        leg: Box<LegArgs>,
    },
    /// Remove runs and their files
    Rm {
        /// The runs: ids, beginnings of ids, or `latest`
        #[arg(value_name = "ID", required = true)]
        runs: Vec<String>,
        #[command(flatten)]
        common: Common,
    },
}

pub(crate) fn run(args: RunsArgs) -> Result<ExitCode> {
    match args.command {
        RunsCommand::List { common, json } => list(&open(common)?, json),
        RunsCommand::Show { run, common, json } => show(&open(common)?, &run, json),
        RunsCommand::Resume { run, prompt, leg } => {
            let prompt = prompt.map(|prompt| read_prompt(Some(&prompt))).transpose()?;
            let leg = leg.open()?;
            let store = leg.store()?;
            let run = find(&store, &run)?;
            job::resume(&leg, &store, run, prompt)
        }
        RunsCommand::Rm { runs, common } => {
            let settings = Settings::load(Flags { data: common.data, ..Flags::default() })?;
            remove(&open_store(&settings)?, &Sandboxes::of(&settings), &runs)
        }
    }
}

fn open(common: Common) -> Result<RunStore> {
    open_store(&Settings::load(Flags { data: common.data, ..Flags::default() })?)
}

fn find(store: &RunStore, text: &str) -> Result<RunId> {
    store
        .find(text)
        .map_err(|error| Error::new(Kind::Usage, error).hint("`skilled runs list` shows all runs"))
}

fn list(store: &RunStore, json: bool) -> Result<ExitCode> {
    let runs = store.list().or_kind(Kind::Job)?;
    if runs.is_empty() && !json {
        printer::note("no runs are saved");
    }
    for ListedRun { run, summary } in runs {
        match summary {
            Ok(found) if json => {
                let line = json!({
                    "run": run, "started": found.started, "updated": found.updated, "model": found.model,
                    "prompt": found.prompt, "finished": found.finished, "cost_usd": found.cost_usd,
                });
                printer::data(&format!("{line}\n"));
            }
            Ok(found) => {
                let ended = found.finished.map_or("unfinished", |reason| reason.as_str());
                let prompt: String = escaped(&found.prompt.unwrap_or_default()).chars().take(50).collect();
                let model = found.model.unwrap_or_default();
                printer::data(&format!("{run}  {}  {ended:<12} {model}  {prompt}\n", time(found.started)));
            }
            Err(error) => printer::warning(&format!("{run} cannot be read: {error}"), None),
        }
    }
    Ok(ExitCode::SUCCESS)
}

fn show(store: &RunStore, text: &str, json: bool) -> Result<ExitCode> {
    let run = find(store, text)?;
    let saved = store.read(run).or_kind(Kind::Job)?;
    for event in &saved.events {
        if json {
            printer::data(&view::json_line(event));
        } else {
            printer::data(&printer::harmless(&view::described(event)));
        }
    }
    if let Some(torn) = saved.torn {
        printer::warning(&format!("the last line ({} bytes) was cut off by a crash", torn.bytes), None);
    }
    Ok(ExitCode::SUCCESS)
}

fn remove(store: &RunStore, sandboxes: &Sandboxes, runs: &[String]) -> Result<ExitCode> {
    let found: BTreeSet<RunId> = runs.iter().map(|text| find(store, text)).collect::<Result<_>>()?;
    job::runtime()?.block_on(async {
        for run in found {
            // One that is driven has a sandbox that is held, and is not removed.
            sandboxes.end_unheld(run).await?;
            store.remove(run).or_kind(Kind::Job)?;
            sandboxes.end(run).await?;
            printer::note(&format!("removed {run}"));
        }
        Ok(ExitCode::SUCCESS)
    })
}

fn time(millis: Option<u64>) -> String {
    let timestamp = millis.and_then(|at| Timestamp::from_millisecond(i64::try_from(at).ok()?).ok());
    timestamp.map_or_else(|| "-".to_owned(), |at| at.strftime("%Y-%m-%d %H:%M:%SZ").to_string())
}

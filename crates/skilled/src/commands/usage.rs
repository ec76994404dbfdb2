//! `skilled usage`: what the keys used.

use std::process::ExitCode;

use clap::Args;
use serde_json::{Value as Json, json};
use skilled_store::{
    Amounts, Keys as _, Records as _, Usage as _, UsageFilter, UsageRecord, Workspaces as _,
};
use skilled_wire::Time;

use super::Common;
use super::serve::open_beside;
use crate::config::{Flags, Settings};
use crate::error::{Error, Kind, OrKind, Result};
use crate::{env, printer};

const DAY: u64 = 24 * 60 * 60 * 1000;

#[derive(Debug, Args)]
pub(crate) struct UsageArgs {
    /// The last days, today included
    #[arg(long, value_name = "N", default_value_t = 30)]
    days: u32,
    /// Of this workspace only
    #[arg(long, value_name = "NAME")]
    workspace: Option<String>,
    #[command(flatten)]
    common: Common,
    /// Print one JSON array
    #[arg(long)]
    json: bool,
}

pub(crate) fn run(args: &UsageArgs) -> Result<ExitCode> {
    let settings = Settings::load(Flags { data: args.common.data.clone(), ..Flags::default() })?;
    crate::job::runtime()?.block_on(show(args, &settings))
}

async fn show(args: &UsageArgs, settings: &Settings) -> Result<ExitCode> {
    let (held, records) = open_beside(&settings.data.value).await?;
    let workspaces = records.workspaces().await.or_kind(Kind::Job)?;
    let workspace = match &args.workspace {
        None => None,
        Some(name) => {
            let found = workspaces.iter().find(|it| it.name == *name);
            Some(found.ok_or_else(|| Error::usage(format!("there is no workspace {name:?}")))?.id.clone())
        }
    };
    let tomorrow = u32::try_from(env::now() / DAY + 1).unwrap_or(u32::MAX);
    let days = tomorrow.saturating_sub(args.days)..tomorrow;
    let found = records.usage(UsageFilter { workspace, days }).await.or_kind(Kind::Job)?;
    let keys = records.keys(None).await.or_kind(Kind::Job)?;
    records.close().await.or_kind(Kind::Job)?;
    drop(held);
    let name_of = |record: &UsageRecord| {
        let key = keys.iter().find(|key| key.id == record.key);
        key.map_or_else(|| "(no key)".to_owned(), |key| key.name.clone())
    };
    let workspace_of = |record: &UsageRecord| {
        let found = workspaces.iter().find(|it| it.id == record.workspace);
        found.map_or_else(|| record.workspace.clone(), |it| it.name.clone())
    };
    let day_of = |record: &UsageRecord| {
        Time::from_millis(u64::from(record.day) * DAY).to_string().chars().take(10).collect::<String>()
    };
    if args.json {
        let rows = found.iter().map(|record| {
            let Amounts {
                requests, input_tokens, output_tokens, cache_read_tokens, cache_write_tokens, container_millis,
            } = record.amounts;
            json!({
                "day": day_of(record), "workspace": workspace_of(record), "key": record.key, "key_name": name_of(record),
                "model": record.model, "requests": requests, "input_tokens": input_tokens,
                "output_tokens": output_tokens, "cache_read_tokens": cache_read_tokens,
                "cache_write_tokens": cache_write_tokens, "container_seconds": container_millis as f64 / 1000.0,
            })
        });
        printer::data(&format!("{}\n", Json::Array(rows.collect())));
        return Ok(ExitCode::SUCCESS);
    }
    for record in &found {
        let Amounts { requests, input_tokens, output_tokens, .. } = record.amounts;
        let model = if record.model.is_empty() { "-" } else { &record.model };
        let (day, workspace, key) = (day_of(record), workspace_of(record), name_of(record));
        let row = format!(
            "{day}  {workspace:<12} {key:<20} {model:<28} {requests:>8} requests {input_tokens:>12} in {output_tokens:>12} out\n"
        );
        printer::data(&printer::harmless(&row));
    }
    Ok(ExitCode::SUCCESS)
}

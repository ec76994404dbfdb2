//! `skilled config show`: the settings in force, and where each was set.

use std::collections::BTreeMap;
use std::process::ExitCode;

use clap::{Args, Subcommand};
use serde::Serialize;
use serde_json::{Map, Value as Json, json};
use skilled_lint::Setting;

use super::Common;
use crate::config::{Flags, Settings, Value};
use crate::error::Result;
use crate::printer;

#[derive(Debug, Args)]
pub(crate) struct ConfigArgs {
    #[command(subcommand)]
    command: ConfigCommand,
}

#[derive(Debug, Subcommand)]
enum ConfigCommand {
    /// Show each setting, its value and its origin
    Show {
        #[command(flatten)]
        common: Common,
        /// Print one JSON object
        #[arg(long)]
        json: bool,
    },
}

pub(crate) fn run(args: &ConfigArgs) -> Result<ExitCode> {
    let ConfigCommand::Show { common, json } = &args.command;
    let settings = Settings::load(Flags { data: common.data.clone(), ..Flags::default() })?;
    let (policy, _) = settings.audit.policy(|_| true);
    let rows = [
        ("model", row(settings.model.as_ref())),
        ("sandbox", row(Some(&settings.sandbox))),
        ("data", row(Some(&path(&settings.data)))),
        ("python", row(Some(&path(&settings.python)))),
        ("max_rounds", row(Some(&settings.max_rounds))),
        ("max_output_tokens", row(settings.max_output_tokens.as_ref())),
        ("timeout", row(settings.timeout.as_ref())),
        ("budget", row(settings.budget.as_ref())),
        ("check.ignore", row(Some(&settings.check.ignore))),
        ("check.severity", row(Some(&severities(&settings.check.severity)))),
        ("check.strict", row(Some(&settings.check.strict))),
        ("check.body_lines", row(Some(&settings.check.body_lines))),
        ("check.body_tokens", row(Some(&settings.check.body_tokens))),
        ("check.exclude", row(Some(&settings.check.exclude))),
    ];
    let of_audit = policy.rows().map(|(name, value, origin)| (name, Some((value, origin.to_string()))));
    let rows = rows.into_iter().chain(of_audit);
    if *json {
        let object: Map<String, Json> = rows
            .map(|(name, row)| {
                let (value, origin) = row.unzip();
                (name.to_owned(), json!({"value": value, "origin": origin}))
            })
            .collect();
        printer::data(&format!("{}\n", Json::Object(object)));
    } else {
        for (name, row) in rows {
            let (value, origin) = row.unwrap_or_else(|| (json!("-"), "not set".to_owned()));
            let value = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
            printer::data(&format!("{name:<20} {value}  ({origin})\n"));
        }
    }
    Ok(ExitCode::SUCCESS)
}

fn row<T: Serialize>(value: Option<&Value<T>>) -> Option<(Json, String)> {
    value.map(|value| (json!(value.value), value.origin.to_string()))
}

fn path(value: &Value<std::path::PathBuf>) -> Value<String> {
    Value { value: value.value.display().to_string(), origin: value.origin.clone() }
}

fn severities(value: &Value<BTreeMap<String, Setting>>) -> Value<BTreeMap<String, &'static str>> {
    let name = |setting: &Setting| match setting {
        Setting::Off => "off",
        Setting::Info => "info",
        Setting::Warning => "warning",
        Setting::Error => "error",
    };
    value.clone().map(|value| value.iter().map(|(code, setting)| (code.clone(), name(setting))).collect())
}

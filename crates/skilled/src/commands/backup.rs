//! `skilled backup` and `skilled restore`: a server's data, and the way back.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::Args;
use serde_json::json;
use skilled_store::{BackedUp, DataDir, backup, restore};

use super::Common;
use super::serve::kept_folders;
use crate::config::{Flags, Settings};
use crate::error::{Kind, OrKind, Result};
use crate::printer;

#[derive(Debug, Args)]
pub(crate) struct BackupArgs {
    /// Where the backup goes: a folder that does not exist
    #[arg(value_name = "DIR")]
    to: PathBuf,
    #[command(flatten)]
    common: Common,
    /// Print one JSON object
    #[arg(long)]
    json: bool,
}

#[derive(Debug, Args)]
pub(crate) struct RestoreArgs {
    /// The backup
    #[arg(value_name = "DIR")]
    from: PathBuf,
    #[command(flatten)]
    common: Common,
    /// Print one JSON object
    #[arg(long)]
    json: bool,
}

pub(crate) fn run(args: &BackupArgs) -> Result<ExitCode> {
    let settings = Settings::load(Flags { data: args.common.data.clone(), ..Flags::default() })?;
    let data = DataDir::beside(&settings.data.value);
    let made =
        crate::job::runtime()?.block_on(backup(&data, &args.to, &kept_folders())).or_kind(Kind::Job)?;
    say(made, args.json, &format!("the backup is {}", args.to.display()));
    Ok(ExitCode::SUCCESS)
}

pub(crate) fn run_restore(args: &RestoreArgs) -> Result<ExitCode> {
    let settings = Settings::load(Flags { data: args.common.data.clone(), ..Flags::default() })?;
    let root = &settings.data.value;
    let made =
        crate::job::runtime()?.block_on(restore(&args.from, root, &kept_folders())).or_kind(Kind::Job)?;
    say(made, args.json, &format!("the data is in {}", root.display()));
    Ok(ExitCode::SUCCESS)
}

fn say(made: BackedUp, json: bool, done: &str) {
    let BackedUp { blobs, bytes } = made;
    if json {
        printer::data(&format!("{}\n", json!({"blobs": blobs, "bytes": bytes})));
    } else {
        printer::note(&format!("{done}: {blobs} blobs, {bytes} bytes"));
    }
}

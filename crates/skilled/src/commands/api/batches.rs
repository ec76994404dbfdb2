//! `skilled api batches`

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::Subcommand;
use skilled_client::skilled_wire::{Batch, BatchStatus, CreateBatch};

use super::failure::OrFailed as _;
use super::{Door, json};
use crate::error::{Error, Kind, OrKind, Result};
use crate::{printer, screen};

/// What servers take of a batch.
const LARGEST: u64 = 256 << 20;

#[derive(Debug, Subcommand)]
pub(super) enum BatchesCommand {
    /// Hand in requests that are answered in their time
    Create {
        /// One object per line with `custom_id` and `params`, or one object with `requests`
        #[arg(value_name = "FILE")]
        file: PathBuf,
    },
    /// List batches, newest first
    Ls,
    /// Show where a batch is
    Show {
        #[arg(value_name = "ID")]
        batch: String,
    },
    /// Print the results of a batch that has ended, one per line, as JSON
    Results {
        #[arg(value_name = "ID")]
        batch: String,
    },
    /// Ask for the end of a batch
    Cancel {
        #[arg(value_name = "ID")]
        batch: String,
    },
    /// Delete batches that have ended
    Rm {
        #[arg(value_name = "ID", required = true)]
        batches: Vec<String>,
    },
}

pub(super) async fn run(door: &Door, command: BatchesCommand) -> Result<ExitCode> {
    let batches = door.client.batches();
    match command {
        BatchesCommand::Create { file } => {
            let made = batches.create(&read(&file)?).await.or_failed(door)?;
            door.show(&made, row)?;
        }
        BatchesCommand::Ls => {
            let mut pages = batches.list().or_failed(door)?;
            while let Some(batch) = pages.next().await {
                door.show(&batch.or_failed(door)?, row)?;
            }
        }
        BatchesCommand::Show { batch } => {
            let found = batches.retrieve(&batch).await.or_failed(door)?;
            door.show(&found, row)?;
        }
        BatchesCommand::Results { batch } => {
            let mut results = batches.results(&batch).await.or_failed(door)?;
            while let Some(line) = results.next().await {
                printer::data(&format!("{}\n", json(&line.or_failed(door)?)?));
            }
        }
        BatchesCommand::Cancel { batch } => {
            let found = batches.cancel(&batch).await.or_failed(door)?;
            door.show(&found, row)?;
        }
        BatchesCommand::Rm { batches: ids } => {
            for id in ids {
                let gone = batches.delete(&id).await.or_failed(door)?;
                door.deleted(&gone, &id)?;
            }
        }
    }
    Ok(ExitCode::SUCCESS)
}

fn read(file: &Path) -> Result<CreateBatch> {
    let cannot = || format!("cannot read {}", screen::path(file));
    let size = std::fs::metadata(file).or_kind_in(Kind::Usage, cannot)?.len();
    if size > LARGEST {
        return Err(Error::usage(format!("{} is larger than a batch may be", screen::path(file))));
    }
    let text = std::fs::read_to_string(file).or_kind_in(Kind::Usage, cannot)?;
    let whole = CreateBatch::parse(text.as_bytes());
    let Err(of_whole) = whole else { return whole.or_kind(Kind::Usage) };
    let lines: Vec<&str> = text.lines().filter(|line| !line.trim().is_empty()).collect();
    let is_lines = lines.len() > 1 || text.contains("\"custom_id\"") && !text.contains("\"requests\"");
    let parsed = if is_lines {
        CreateBatch::parse(format!("{{\"requests\":[{}]}}", lines.join(",")).as_bytes())
    } else {
        Err(of_whole)
    };
    parsed.or_kind_in(Kind::Usage, || format!("{} is no batch", screen::path(file)))
}

fn row(batch: &Batch) -> String {
    let status = match batch.processing_status {
        BatchStatus::InProgress => "in progress",
        BatchStatus::Canceling => "canceling",
        BatchStatus::Ended => "ended",
    };
    let counts = &batch.request_counts;
    format!(
        "{:<32} {}  {status:<11}  {} processing, {} succeeded, {} errored, {} canceled, {} expired",
        batch.id,
        batch.created_at,
        counts.processing,
        counts.succeeded,
        counts.errored,
        counts.canceled,
        counts.expired
    )
}

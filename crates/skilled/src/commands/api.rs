//! `skilled api`: a server of the interface from the command line.

mod batches;
mod connect;
mod failure;
mod files;
mod messages;
mod models;
mod skills;
mod transfer;

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Args, Subcommand};
use serde::Serialize;
use skilled_client::Client;

use crate::error::{Kind, OrKind, Result};
use crate::signals::{self, Signals};
use crate::{job, printer};
use connect::Source;

const EXAMPLES: &str = "Examples:
  skilled api skills create skills/xlsx
  skilled api messages create --model claude --skill skill_… --out out \"Make a budget\"
  skilled api files download file_… -o budget.xlsx
  skilled api skills ls --base-url https://api.anthropic.com   # with ANTHROPIC_API_KEY

The server: --base-url, else SKILLED_BASE_URL, ANTHROPIC_BASE_URL, `base_url` of
the table [api] in the settings of the user or the system, else this machine's.
The key: --api-key-file or --api-key, else SKILLED_API_KEY. ANTHROPIC_API_KEY is
sent only where --base-url or ANTHROPIC_BASE_URL names the server.

Exit codes: 0 done; 1 refused, or stopped short; 2 usage, settings or key;
3 the server could not be reached or failed.";

#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct ApiArgs {
    #[command(flatten)]
    connection: Connection,
    #[command(subcommand)]
    command: ApiCommand,
}

/// What every subcommand takes.
#[derive(Debug, Args)]
pub(super) struct Connection {
    /// The server's address [default: http://127.0.0.1:8787]
    #[arg(long, global = true, value_name = "URL", help_heading = "Server")]
    base_url: Option<String>,
    /// The file with the key
    #[arg(long, global = true, value_name = "FILE", conflicts_with = "api_key", help_heading = "Server")]
    api_key_file: Option<PathBuf>,
    /// The key, which other programs of this machine can see: a file or a variable hides it
    #[arg(long, global = true, value_name = "KEY", help_heading = "Server")]
    api_key: Option<String>,
    /// Print what the server answers, as JSON: lists with one object per line
    #[arg(long, global = true)]
    json: bool,
}

#[derive(Debug, Subcommand)]
enum ApiCommand {
    /// Skills and their versions
    #[command(subcommand)]
    Skills(skills::SkillsCommand),
    /// Files
    #[command(subcommand)]
    Files(files::FilesCommand),
    /// Messages
    #[command(subcommand)]
    Messages(messages::MessagesCommand),
    /// Models
    #[command(subcommand)]
    Models(models::ModelsCommand),
    /// Batches of messages
    #[command(subcommand)]
    Batches(batches::BatchesCommand),
}

/// The server, and how its answers are shown.
struct Door {
    client: Client,
    /// Where its address and its key come from.
    source: Source,
    json: bool,
}

pub(crate) fn run(args: ApiArgs) -> Result<ExitCode> {
    let ApiArgs { connection, command } = args;
    let (client, source) = connect::connect(&connection)?;
    let door = Door { client, source, json: connection.json };
    job::runtime()?.block_on(async {
        let mut signals = Signals::new()?;
        tokio::select! {
            // What is not complete goes away when this is dropped.
            done = Box::pin(dispatch(&door, command)) => done,
            () = signals.next() => Ok(signals::interrupted("nothing more is asked of the server")),
        }
    })
}

async fn dispatch(door: &Door, command: ApiCommand) -> Result<ExitCode> {
    match command {
        ApiCommand::Skills(command) => skills::run(door, command).await,
        ApiCommand::Files(command) => files::run(door, command).await,
        ApiCommand::Messages(command) => messages::run(door, command).await,
        ApiCommand::Models(command) => models::run(door, command).await,
        ApiCommand::Batches(command) => batches::run(door, command).await,
    }
}

impl Door {
    /// Shows one object: as JSON, or as `line` has it.
    fn show<T: Serialize>(&self, object: &T, line: impl FnOnce(&T) -> String) -> Result<()> {
        let text = if self.json { json(object)? } else { printer::harmless(&line(object)).into_owned() };
        printer::data(&format!("{text}\n"));
        Ok(())
    }

    /// Says that something is gone.
    fn deleted<T: Serialize>(&self, object: &T, id: &str) -> Result<ExitCode> {
        if self.json {
            printer::data(&format!("{}\n", json(object)?));
        } else {
            printer::note(&printer::tame(&format!("deleted {id}")));
        }
        Ok(ExitCode::SUCCESS)
    }
}

fn json<T: Serialize>(object: &T) -> Result<String> {
    serde_json::to_string(object).or_kind(Kind::Job)
}

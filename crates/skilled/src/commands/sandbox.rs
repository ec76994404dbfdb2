//! `skilled sandbox`: sandboxes that drivers left behind.

mod attach;
mod gc;
mod kill;
mod list;
mod terminal;

use std::process::ExitCode;

use clap::{Args, Subcommand};

use super::Common;
use crate::config::{Flags, Settings};
use crate::error::Result;
use crate::sandboxes::Sandboxes;

const EXAMPLES: &str = "A sandbox is called by its id, the beginning of it, its run's id, or `latest`. One whose driver was killed goes on with
its commands, and ends by itself when nobody has taken it over for 15 minutes; `skilled runs resume` takes it over.";

#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct SandboxArgs {
    #[command(subcommand)]
    command: SandboxCommand,
}

#[derive(Debug, Subcommand)]
enum SandboxCommand {
    /// List sandboxes: what runs in them, or how they ended
    Ls {
        #[command(flatten)]
        common: Common,
        /// Print one JSON array
        #[arg(long)]
        json: bool,
    },
    /// Follow the output of an operation until it ends, and exit with its status; Ctrl-C only stops following
    Attach {
        /// The sandbox
        #[arg(value_name = "ID")]
        sandbox: String,
        /// The operation, or the beginning of its name [default: the only one that runs]
        #[arg(value_name = "OPERATION")]
        operation: Option<String>,
        /// Start a shell in the sandbox, on this terminal
        #[arg(long, conflicts_with_all = ["operation", "json"])]
        shell: bool,
        #[command(flatten)]
        common: Common,
        /// Print one event per line, as JSON
        #[arg(long)]
        json: bool,
    },
    /// End sandboxes and everything in them
    Kill {
        /// The sandboxes; a run's id means all of that run
        #[arg(value_name = "ID", required_unless_present = "all")]
        sandboxes: Vec<String>,
        /// All that run
        #[arg(long, conflicts_with = "sandboxes")]
        all: bool,
        #[command(flatten)]
        common: Common,
        /// Print one JSON array
        #[arg(long)]
        json: bool,
    },
    /// Remove what ended sandboxes left, unless a run may still want it
    Gc {
        /// Only say what would be done
        #[arg(long)]
        dry_run: bool,
        /// Remove what an unfinished run would need to be resumed, too, when it is older than this, such as 12h or 7d
        #[arg(long, value_name = "TIME", value_parser = gc::age, default_value = "7d")]
        older_than: u64,
        #[command(flatten)]
        common: Common,
        /// Print one JSON object
        #[arg(long)]
        json: bool,
    },
}

pub(crate) fn run(args: SandboxArgs) -> Result<ExitCode> {
    let runtime = crate::job::runtime()?;
    runtime.block_on(async {
        match args.command {
            SandboxCommand::Ls { common, json } => list::run(&open(&common)?, json).await,
            SandboxCommand::Attach { sandbox, operation, shell, common, json } => {
                let sandboxes = open(&common)?;
                if shell {
                    attach::shell(&sandboxes, &sandbox).await
                } else {
                    attach::follow(&sandboxes, &sandbox, operation.as_deref(), json).await
                }
            }
            SandboxCommand::Kill { sandboxes, all, common, json } => {
                kill::run(&open(&common)?, &sandboxes, all, json).await
            }
            SandboxCommand::Gc { dry_run, older_than, common, json } => {
                let settings = settings(&common)?;
                let wanted = gc::Wanted { dry_run, older_than_ms: older_than.saturating_mul(1000), json };
                gc::run(&settings, &wanted).await
            }
        }
    })
}

fn settings(common: &Common) -> Result<Settings> {
    Settings::load(Flags { data: common.data.clone(), ..Flags::default() })
}

fn open(common: &Common) -> Result<Sandboxes> {
    Ok(Sandboxes::of(&settings(common)?))
}

//! The command line: one file per subcommand, each with its arguments and its `run`.

mod api;
mod audit;
mod backup;
mod check;
mod checkpoint;
mod config;
mod diff;
mod doctor;
mod keys;
mod new;
mod pack;
#[cfg(test)]
mod reference;
mod run;
mod runs;
mod sandbox;
mod serve;
mod show;
mod unpack;
mod usage;

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Args, Parser, Subcommand};

use crate::error::Result;

pub(crate) use run::Leg;

/// Give any model any Agent Skill, safely, on machines you own
#[derive(Debug, Parser)]
#[command(name = "skilled", version, about, max_term_width = 80, after_help = EXIT_CODES)]
pub(crate) struct Cli {
    #[command(subcommand)]
    command: Command,
}

const EXIT_CODES: &str = "Exit codes: 0 done; 1 the job failed or stopped short; 2 usage or settings; 3 provider; \
                          4 sandbox; 130 interrupted";

#[derive(Debug, Subcommand)]
enum Command {
    /// Have a model do a job with skills, in a sandbox
    Run(Box<run::RunArgs>),
    /// List, show, resume and remove saved runs
    Runs(runs::RunsArgs),
    /// List, look into, end and clear away sandboxes that interrupted runs left
    Sandbox(sandbox::SandboxArgs),
    /// Keep what a run's files were, and go back there
    Checkpoint(checkpoint::CheckpointArgs),
    /// Serve skills, files and messages over HTTP, for clients of Claude's hosted API
    Serve(Box<serve::ServeArgs>),
    /// Make, list and revoke the keys of the server
    Keys(keys::KeysArgs),
    /// Use a server: skills, files, messages, models, batches
    Api(Box<api::ApiArgs>),
    /// Say what the keys of the server used
    Usage(usage::UsageArgs),
    /// Copy the server's data, while it serves
    Backup(backup::BackupArgs),
    /// Put a backup where the server's data is to be
    Restore(backup::RestoreArgs),
    /// Say what this machine can enforce, and how to get what is missing
    Doctor(doctor::DoctorArgs),
    /// Make a new skill that passes every check
    New(new::NewArgs),
    /// Check skills: what an author should know, and repairs
    Check(Box<check::CheckArgs>),
    /// Show what a skill says, holds, needs and costs
    Show(show::ShowArgs),
    /// Audit skills: what may be meant to do harm, and what they need
    Audit(Box<audit::AuditArgs>),
    /// Put a skill into one file
    Pack(pack::PackArgs),
    /// Make a checked folder from a skill's archive
    Unpack(unpack::UnpackArgs),
    /// Show what changed between two versions of a skill
    Diff(diff::DiffArgs),
    /// Show the settings in force, and where each was set
    Config(config::ConfigArgs),
}

/// What every subcommand takes.
#[derive(Debug, Clone, Args)]
pub(crate) struct Common {
    /// Keep data in this directory [default: the platform's data directory]
    #[arg(long, value_name = "DIR")]
    data: Option<PathBuf>,
}

/// Runs the chosen subcommand.
pub(crate) fn run(cli: Cli) -> Result<ExitCode> {
    match cli.command {
        Command::Run(args) => run::run(*args),
        Command::Runs(args) => runs::run(args),
        Command::Sandbox(args) => sandbox::run(args),
        Command::Checkpoint(args) => checkpoint::run(args),
        Command::Serve(args) => serve::run(&args),
        Command::Keys(args) => keys::run(args),
        Command::Api(args) => api::run(*args),
        Command::Usage(args) => usage::run(&args),
        Command::Backup(args) => backup::run(&args),
        Command::Restore(args) => backup::run_restore(&args),
        Command::Doctor(args) => doctor::run(&args),
        Command::Show(args) => show::run(&args),
        Command::Diff(args) => diff::run(&args),
        Command::Pack(args) => pack::run(&args),
        Command::Unpack(args) => unpack::run(&args),
        Command::New(args) => new::run(args),
        Command::Check(args) => check::run(*args),
        Command::Audit(args) => audit::run(*args),
        Command::Config(args) => config::run(&args),
    }
}

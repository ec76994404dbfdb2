//! `skilled`: gives any model any Agent Skill, safely, on machines you own.
//!
//! The binary is a door: it reads arguments, environment and settings, puts the parts together, and shows what happens.
//! One file per subcommand in `commands/`. It must never hold domain logic.

mod commands;
mod config;
mod env;
mod error;
mod job;
mod limits;
mod lookup;
mod outputs;
mod printer;
mod providers;
mod refusal;
mod report;
mod sandboxes;
mod scratch;
mod screen;
mod signals;
mod subjects;
mod view;

use std::process::ExitCode;

use clap::Parser;

fn main() -> ExitCode {
    // clap prints its own errors and ends with 2, as ours do.
    let cli = commands::Cli::parse();
    limits::use_all_files();
    match commands::run(cli) {
        Ok(code) => code,
        Err(error) => {
            printer::error(&error);
            ExitCode::from(error.code())
        }
    }
}

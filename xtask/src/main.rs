//! Workspace automation: `cargo xtask COMMAND`.
//!
//! One file per command. This program may read the environment and the terminal, as every binary may; it must
//! never be needed by a user of the finished `skilled` binary, and it stays small and quick to build, because
//! every other command of a contributor waits for it.
#![allow(clippy::print_stdout, clippy::print_stderr, reason = "a command-line tool talks to its terminal")]
#![allow(clippy::disallowed_methods, reason = "the environment is read by binaries, and this is one")]

mod args;
mod bench;
mod demo;
mod setup;
mod shell;
mod soak;
mod test;
mod tidy;
mod workspace;

use std::process::ExitCode;

use anyhow::{Result, bail};

use crate::args::Args;
use crate::workspace::Workspace;

const USAGE: &str = "\
Usage: cargo xtask COMMAND [OPTIONS]

Commands:
  test    Install what the tests need, then run every check and every test
            --quick          no set-up, no clippy, no rustdoc, no second run as an ordinary user
            --filter TEXT    run only the Rust tests whose name contains TEXT
  demo    Let a model use skills/xlsx to make a spreadsheet, and check the result
            --live           use the provider whose API key is set instead of the scripted model
            --model NAME     with --live: the model, as PROVIDER/NAME
            --out DIR        where the result goes [default: out/demo]
            --release        build with optimisation
  bench   Measure, and write a report to bench/results
            run              a run and its sandbox, beside bubblewrap
            sandbox          all that a session does with its sandbox, beside other sandboxes; bombs; many at once
            check            checks, beside the reference validator and beside reading the files
            audit            what an audit finds in collections of skills
            --samples N      run, sandbox: how often each command is measured [default: 60]
            --skills DIR     check: the skills [default: small ones of this repository]
            --benign DIR     audit: a collection that is honest; may be repeated
            --malicious DIR  audit: one that is not; may be repeated
            --labels FILE    audit: which of its skills are honest
            --out FILE       write the report to this file instead
  soak    Try for long, and write a report
            fuzz [TARGET]    feed the fuzz targets, and keep their corpus
            kill             kill the driver of a sandbox at random moments of its calls
            cycles           make, use and end sandboxes, with drivers that are killed
            store            kill a server's store at random moments; how fast it writes
            --seconds N      fuzz: how long each target is fed [default: 3600]
            --calls N        kill: how many calls [default: 1000]
            --cycles N       cycles: how many sandboxes [default: 1000]
            --kills N        kill, cycles, store: (at least) so many are killed [default: 500, 200, 200]
            --out FILE       write the report to this file instead
  setup   Install what the demo needs; a second run installs nothing
            --tests          what the tests need as well
  tidy    Check the rules of this workspace that no compiler checks
";

fn main() -> ExitCode {
    match dispatch() {
        Ok(code) => code,
        Err(error) => {
            // The alternate form prints the whole chain of causes.
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn dispatch() -> Result<ExitCode> {
    let mut args = Args::new(std::env::args().skip(1));
    let Some(command) = args.positional() else {
        eprint!("{USAGE}");
        return Ok(ExitCode::from(2));
    };
    let workspace = Workspace::locate()?;
    match command.as_str() {
        "test" => test::run(&workspace, args),
        "demo" => demo::run(&workspace, args),
        "bench" => bench::run(&workspace, args),
        "soak" => soak::run(&workspace, args),
        "setup" => setup::run(&workspace, args),
        "tidy" => tidy::run(&workspace, args),
        "help" | "--help" | "-h" => {
            print!("{USAGE}");
            Ok(ExitCode::SUCCESS)
        }
        other => bail!("there is no command `{other}`\n\n{USAGE}"),
    }
}

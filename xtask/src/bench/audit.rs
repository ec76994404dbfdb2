//! `cargo xtask bench audit`: what an audit finds in collections of skills that are not part of this repository.

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::{Result, bail};

use super::machine::Machine;
use crate::args::Args;
use crate::shell;
use crate::workspace::Workspace;

const RESULT: &str = "bench/results/audit.md";

pub(super) fn run(workspace: &Workspace, mut args: Args) -> Result<ExitCode> {
    let out = args.option("--out")?.map_or_else(|| workspace.path(RESULT), PathBuf::from);
    let mut command = shell::cargo(workspace.root());
    command.args([
        "run",
        "--locked",
        "--quiet",
        "--release",
        "--package=skilled-audit",
        "--example=measure",
        "--",
    ]);
    let mut collections = 0;
    for flag in ["--benign", "--malicious", "--labels"] {
        while let Some(value) = args.option(flag)? {
            command.arg(flag).arg(value);
            collections += usize::from(flag != "--labels");
        }
    }
    args.finish()?;
    if collections == 0 {
        bail!(
            "name collections: `cargo xtask bench audit --benign FOLDER… --malicious FOLDER… [--labels FILE]`"
        );
    }
    let machine = Machine::look("no peer")?;
    let measured = shell::read(&mut command)?;
    let text = format!(
        "# What an audit finds\n\nWritten by `cargo xtask bench audit`; [how it measures](../README.md). {machine}.\n\n\
         {measured}\n"
    );
    println!("{text}");
    super::write(&out, &text)?;
    println!("written to {}", out.display());
    Ok(ExitCode::SUCCESS)
}

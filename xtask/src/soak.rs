//! `cargo xtask soak NAME`: trials that take long. They run small in the tests, and in full here; what came out is
//! committed as Markdown.

mod fuzz;
mod sandbox;
mod store;

use std::process::ExitCode;

use anyhow::{Result, bail};

use crate::args::Args;
use crate::workspace::Workspace;

pub(crate) fn run(workspace: &Workspace, mut args: Args) -> Result<ExitCode> {
    match args.positional().as_deref() {
        Some("cycles") => sandbox::run(workspace, args, sandbox::Trial::Cycles),
        Some("fuzz") => fuzz::run(workspace, args),
        Some("kill") => sandbox::run(workspace, args, sandbox::Trial::Kill),
        Some("store") => store::run(workspace, args),
        Some(other) => bail!("there is no soak `{other}`; there are `cycles`, `fuzz`, `kill` and `store`"),
        None => bail!("which soak? `cargo xtask soak cycles`, `soak fuzz`, `soak kill` or `soak store`"),
    }
}

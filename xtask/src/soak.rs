//! `cargo xtask soak NAME`: trials that take long. They run small in the tests, and in full here; what came out is
//! committed as Markdown.

mod fuzz;

use std::process::ExitCode;

use anyhow::{Result, bail};

use crate::args::Args;
use crate::workspace::Workspace;

pub(crate) fn run(workspace: &Workspace, mut args: Args) -> Result<ExitCode> {
    match args.positional().as_deref() {
        Some("fuzz") => fuzz::run(workspace, args),
        Some(other) => bail!("there is no soak `{other}`; there is `fuzz`"),
        None => bail!("which soak? `cargo xtask soak fuzz`"),
    }
}

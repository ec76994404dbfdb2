//! Real clients against `skilled serve`: builds the server and hands it to `conformance/run.py`, which does the rest.

use std::process::Command;

use anyhow::{Context, Result};

use crate::setup::Ready;
use crate::shell;
use crate::workspace::Workspace;

const RUN: &str = "conformance/run.py";

pub(super) fn run(workspace: &Workspace, ready: &Ready) -> Result<()> {
    let clients = ready.clients.as_deref().context("the clients are not installed")?;
    shell::run(shell::cargo(workspace.root()).args(["build", "--package=skilled", "--locked"]))?;
    let server = workspace.metadata()?.target_directory.join("debug/skilled");
    let mut command = Command::new(&ready.python);
    command.current_dir(workspace.root()).arg("-B").arg(workspace.path(RUN));
    command.env("SKILLED_BIN", server).env("SKILLED_DATA", &ready.data).env("SKILLED_REQUIRE_ALL", "1");
    shell::run(command.arg("--clients").arg(clients))
}

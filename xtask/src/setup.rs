//! `cargo xtask setup`: installs what the demo and the tests need and is not there yet, and says why.
//!
//! Looks for what a need gives (a program, a library), not for a package's name, so that it also says the right
//! thing where there is no apt. A second run finds everything and installs nothing.

mod conformance;
mod packages;
mod python;

use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Instant;

use anyhow::{Context, Result, bail};

use crate::args::Args;
use crate::shell::SearchPath;
use crate::workspace::Workspace;

/// What the caller is going to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Purpose {
    /// Run `skilled` with the skills of this repository.
    Demo,
    /// That, and run all its tests.
    Tests,
    /// Build `skilled`, and compare it with other ways to run a command in a sandbox.
    Bench,
    /// Compare sandboxes with other ways to run a program apart.
    Peers,
}

/// What was found or made.
pub(crate) struct Ready {
    /// The data directory of `skilled`, which holds the managed Python environment.
    pub(crate) data: PathBuf,
    /// The Python of the managed environment, which skills use.
    pub(crate) python: PathBuf,
    /// The Python that has the official client libraries, which some tests compare with.
    pub(crate) sdk_python: Option<PathBuf>,
    /// The folder that holds the clients of the server, each in an environment of its own.
    pub(crate) clients: Option<PathBuf>,
}

pub(crate) fn run(workspace: &Workspace, mut args: Args) -> Result<ExitCode> {
    let purpose = if args.switch("--tests") { Purpose::Tests } else { Purpose::Demo };
    args.finish()?;
    prepare(workspace, purpose)?;
    Ok(ExitCode::SUCCESS)
}

/// Makes sure that everything for `purpose` is there.
pub(crate) fn prepare(workspace: &Workspace, purpose: Purpose) -> Result<Ready> {
    let started = Instant::now();
    prepare_packages(purpose)?;
    let data = data_directory()?;
    let python = python::Environment {
        title: "the managed Python environment",
        why: "skills run their scripts with its libraries; sandboxes mount it read-only",
        requirements: workspace.path("images/python/requirements.txt"),
        folder: data.join("python"),
        pins: python::Pins::Hashes,
    };
    let python = python.prepare().context("the managed Python environment cannot be made")?;
    let sdk = workspace.path("crates/skilled-model/tests/sdk/requirements.txt");
    let sdk_python = if purpose == Purpose::Tests && sdk.exists() {
        let environment = python::Environment {
            title: "the client libraries' Python environment",
            why: "tests check recorded streams against the types of the official client libraries",
            requirements: sdk,
            folder: workspace.metadata()?.target_directory.join("sdk-python"),
            pins: python::Pins::Versions,
        };
        Some(environment.prepare().context("the client libraries' Python environment cannot be made")?)
    } else {
        None
    };
    let clients = if purpose == Purpose::Tests { Some(conformance::prepare(workspace)?) } else { None };
    println!("  set-up: ready after {:.1} s", started.elapsed().as_secs_f64());
    Ok(Ready { data, python, sdk_python, clients })
}

/// Makes a Python environment with the reference validator, which `bench check` measures beside, and returns its Python.
pub(crate) fn prepare_reference(workspace: &Workspace) -> Result<PathBuf> {
    prepare_packages(Purpose::Demo)?;
    let environment = python::Environment {
        title: "the reference validator's Python environment",
        why: "the bench measures beside it",
        requirements: workspace.path("bench/reference/requirements.txt"),
        folder: workspace.metadata()?.target_directory.join("reference-python"),
        pins: python::Pins::Versions,
    };
    environment.prepare().context("the reference validator's Python environment cannot be made")
}

/// Makes a Python environment with the libraries of document skills, which `bench sandbox` measures with, and returns its
/// Python.
pub(crate) fn prepare_documents(workspace: &Workspace) -> Result<PathBuf> {
    let environment = python::Environment {
        title: "the document libraries' Python environment",
        why: "the bench measures with what scripts of document skills import",
        requirements: workspace.path("bench/reference/documents.txt"),
        folder: workspace.metadata()?.target_directory.join("documents-python"),
        pins: python::Pins::Versions,
    };
    environment.prepare().context("the document libraries' Python environment cannot be made")
}

/// Makes sure that the system packages for `purpose` are there, and nothing else.
pub(crate) fn prepare_packages(purpose: Purpose) -> Result<()> {
    packages::prepare(purpose, &packages::Host::this())
}

/// What an earlier [`prepare`] left, without looking whether it is still right.
pub(crate) fn assume(workspace: &Workspace) -> Result<Ready> {
    let data = data_directory()?;
    let python = data.join("python/current/bin/python");
    let sdk_python = workspace.metadata()?.target_directory.join("sdk-python/current/bin/python");
    let clients = conformance::folder()?;
    Ok(Ready {
        data,
        python,
        sdk_python: sdk_python.exists().then_some(sdk_python),
        clients: clients.exists().then_some(clients),
    })
}

/// Where `skilled` keeps its data: the same rule as the program's own.
fn data_directory() -> Result<PathBuf> {
    data_directory_from(|name| {
        std::env::var_os(name).map(PathBuf::from).filter(|path| !path.as_os_str().is_empty())
    })
}

fn data_directory_from(variable: impl Fn(&str) -> Option<PathBuf>) -> Result<PathBuf> {
    let data = variable("SKILLED_DATA")
        // Relative values are to be ignored, says the XDG base directory specification.
        .or_else(|| {
            variable("XDG_DATA_HOME").filter(|path| path.is_absolute()).map(|path| path.join("skilled"))
        })
        .or_else(|| variable("HOME").map(|home| home.join(".local/share/skilled")));
    let Some(data) = data else {
        bail!(
            "where to keep data is unknown: neither SKILLED_DATA nor XDG_DATA_HOME nor HOME is set; set SKILLED_DATA"
        );
    };
    std::path::absolute(&data).with_context(|| format!("{} cannot be made absolute", data.display()))
}

/// The programs of the caller; here so that the commands share one way to look for them.
pub(crate) fn find_program(name: &str) -> Option<PathBuf> {
    SearchPath::of_caller().find(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(variables: &[(&str, &str)], expected: Option<&str>) {
        let lookup =
            |name: &str| variables.iter().find(|(it, _)| *it == name).map(|(_, value)| PathBuf::from(value));
        assert_eq!(data_directory_from(lookup).ok(), expected.map(PathBuf::from));
    }

    #[test]
    fn the_data_directory_follows_the_environment() {
        check(&[("SKILLED_DATA", "/d"), ("XDG_DATA_HOME", "/x"), ("HOME", "/h")], Some("/d"));
        check(&[("XDG_DATA_HOME", "/x"), ("HOME", "/h")], Some("/x/skilled"));
        check(&[("XDG_DATA_HOME", "x"), ("HOME", "/h")], Some("/h/.local/share/skilled"));
        check(&[], None);
    }
}

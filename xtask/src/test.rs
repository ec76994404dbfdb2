//! `cargo xtask test`: every check and every test, in the order in which a fault is cheapest to find.
//!
//! A phase that fails does not stop the others, so that one run tells everything. A test that cannot run on this
//! machine fails instead of passing unseen: `SKILLED_REQUIRE_ALL=1` tells the tests so.

mod conformance;
mod ordinary_user;
mod report;

use std::fs;
use std::process::{Command, ExitCode};

use anyhow::{Context, Result, bail};

use crate::args::Args;
use crate::setup::{self, Purpose, Ready};
use crate::shell;
use crate::test::report::{Outcome, Report};
use crate::tidy;
use crate::workspace::Workspace;

/// Folders with tests of the skills, one folder for each skill.
const SKILL_TESTS: &str = "skills-tests";
/// This tool's own scripts, with their tests beside them.
const OWN_PYTHON: &str = "xtask/python";
const RUN_PYTHON_TESTS: &str = "xtask/python/run_tests.py";

struct Options {
    quick: bool,
    filter: Option<String>,
}

pub(crate) fn run(workspace: &Workspace, mut args: Args) -> Result<ExitCode> {
    let options = Options { quick: args.switch("--quick"), filter: args.option("--filter")? };
    args.finish()?;
    let mut report = Report::default();
    let ready = if options.quick {
        setup::assume(workspace)?
    } else {
        match report.phase("set-up", || setup::prepare(workspace, Purpose::Tests)) {
            Some(ready) => ready,
            // What needs it will fail and say so; the rest can still be checked.
            None => setup::assume(workspace)?,
        }
    };
    checks(workspace, &options, &mut report);
    tests(workspace, &options, &ready, &mut report);
    Ok(report.close())
}

fn checks(workspace: &Workspace, options: &Options, report: &mut Report) {
    report.run("format", || shell::run(&mut cargo(workspace, "fmt", &["--all", "--check"])));
    report.run("tidy", || tidy::check(workspace));
    if options.quick {
        return;
    }
    report.run("clippy", || {
        shell::run(&mut cargo(
            workspace,
            "clippy",
            &["--workspace", "--all-targets", "--locked", "--", "-Dwarnings"],
        ))
    });
    report.run("rustdoc", || {
        let arguments = ["--workspace", "--no-deps", "--document-private-items", "--locked"];
        shell::run(cargo(workspace, "doc", &arguments).env("RUSTDOCFLAGS", "-Dwarnings"))
    });
    report.step("dependencies", || {
        if setup::find_program("cargo-deny").is_none() {
            let remedy =
                "cargo-deny is not installed (cargo install --locked cargo-deny): deny.toml is NOT checked";
            return Ok(Outcome::NotRun(remedy.to_owned()));
        }
        // Advisories come from the network and change from day to day, so they are a job of their own.
        shell::run(&mut cargo(workspace, "deny", &["--locked", "check", "bans", "licenses", "sources"]))?;
        Ok(Outcome::Passed)
    });
}

fn tests(workspace: &Workspace, options: &Options, ready: &Ready, report: &mut Report) {
    let filter: Vec<&str> = options.filter.as_deref().into_iter().collect();
    let has_nextest = shell::succeeds(&mut cargo(workspace, "nextest", &["--version"]));
    report.run("tests", || {
        let run = if has_nextest { "nextest" } else { "test" };
        let mut arguments = if has_nextest {
            vec!["run", "--workspace", "--locked"]
        } else {
            vec!["--workspace", "--locked", "--no-fail-fast"]
        };
        if !has_nextest && !filter.is_empty() {
            arguments.push("--");
        }
        shell::run(for_tests(
            &mut cargo(workspace, run, &[arguments, filter.clone()].concat()),
            options,
            ready,
        ))
    });
    // nextest leaves the examples in the documentation out.
    if has_nextest && filter.is_empty() {
        report.run("doctests", || {
            shell::run(for_tests(
                &mut cargo(workspace, "test", &["--doc", "--workspace", "--locked"]),
                options,
                ready,
            ))
        });
    }
    if filter.is_empty() {
        report.run("python", || python(workspace, options, ready));
    }
    if !options.quick && filter.is_empty() {
        report.run("conformance", || conformance::run(workspace, ready));
    }
    if !options.quick {
        report.step("ordinary user", || ordinary_user::run(workspace, ready, &filter));
    }
}

/// Runs the tests of every skill, and of this tool's own scripts, with the Python that skills get.
fn python(workspace: &Workspace, options: &Options, ready: &Ready) -> Result<()> {
    let folder = workspace.path(SKILL_TESTS);
    let entries = fs::read_dir(&folder).with_context(|| format!("cannot list {}", folder.display()))?;
    let mut folders = vec![workspace.path(OWN_PYTHON)];
    for entry in entries {
        let path = entry.with_context(|| format!("cannot list {}", folder.display()))?.path();
        if path.is_dir() && path.file_name().is_some_and(|name| name != "__pycache__") {
            folders.push(path);
        }
    }
    folders.sort();
    if folders.len() == 1 {
        bail!("{} holds no folder with tests", folder.display());
    }
    let mut failed = Vec::new();
    for folder in folders {
        let mut command = Command::new(&ready.python);
        command.current_dir(workspace.root()).arg("-B").arg(workspace.path(RUN_PYTHON_TESTS)).arg(&folder);
        if let Err(error) = shell::run(for_tests(&mut command, options, ready)) {
            failed.push(format!("{error:#}"));
        }
    }
    if failed.is_empty() { Ok(()) } else { bail!("{}", failed.join("; ")) }
}

fn cargo(workspace: &Workspace, command: &str, arguments: &[&str]) -> Command {
    let mut cargo = shell::cargo(workspace.root());
    cargo.arg(command).args(arguments);
    cargo
}

/// What every test may rely on.
fn for_tests<'a>(command: &'a mut Command, options: &Options, ready: &Ready) -> &'a mut Command {
    command.env("SKILLED_DATA", &ready.data);
    if let Some(python) = &ready.sdk_python {
        command.env("SKILLED_SDK_PYTHON", python);
    }
    if !options.quick {
        command.env("SKILLED_REQUIRE_ALL", "1");
    }
    command
}

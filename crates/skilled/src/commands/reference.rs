//! `docs/cli.md`, generated from the code and compared with what is committed.
//!
//! After a change: `UPDATE_REFERENCE=1 cargo test -p skilled reference`.

use std::fmt::Write as _;
use std::path::Path;

use clap::{Command, CommandFactory};

use super::Cli;
use crate::env;

const HEAD: &str = "\
# Command line

Generated from the code: change that, then run `UPDATE_REFERENCE=1 cargo test -p skilled reference`.

## Exit codes

| code | meaning |
| --- | --- |
| 0 | done |
| 1 | the job failed or stopped short (rounds, budget, time, refusal); the reason is in the last event |
| 2 | usage or settings |
| 3 | the model's provider failed |
| 4 | the sandbox could not be made, or broke |
| 130 | interrupted |

## Settings

The strongest first: command line, environment, the project's `skilled.toml` (in the current directory or the nearest one
above it), the user's `skilled/skilled.toml` in the configuration directory, `/etc/skilled/skilled.toml`, built-in.
`skilled config show` names the origin of each. Unknown keys are errors.

| key | variable | meaning | built-in |
| --- | --- | --- | --- |
| `model` | `SKILLED_MODEL` | `provider/name` | the provider whose key is set |
| `sandbox` | `SKILLED_SANDBOX` | `linux` or `none` | `linux` |
| `data` | `SKILLED_DATA` | where runs, snapshots and the Python environment are kept | `skilled` in the data directory |
| `python` | `SKILLED_PYTHON` | the Python environment mounted into sandboxes | `python/current` in `data` |
| `max_rounds` | | answers of the model in one run | 50 |
| `max_output_tokens` | | tokens of one answer | what the model can write, up to 32,000 |
| `timeout` | | seconds of one run | none |
| `budget` | | tokens or dollars of one run | none |

Besides, `ANTHROPIC_API_KEY`, `ANTHROPIC_BASE_URL`, `OPENAI_API_KEY`, `OPENAI_BASE_URL`, the proxy variables of the system
and the XDG base directories are read.

";

fn section(out: &mut String, command: &mut Command, path: &str) {
    let help = command.clone().bin_name(path).term_width(100).render_long_help();
    // Writing to a string cannot fail.
    let help = help.to_string();
    let help: Vec<&str> = help.lines().map(str::trim_end).collect();
    let _ = write!(out, "## {path}\n\n```text\n{}\n```\n\n", help.join("\n").trim_end());
    for child in command.get_subcommands_mut().filter(|child| child.get_name() != "help") {
        let path = format!("{path} {}", child.get_name());
        section(out, child, &path);
    }
}

#[test]
fn the_reference_is_what_the_code_says() {
    let mut text = HEAD.to_owned();
    let mut command = Cli::command();
    section(&mut text, &mut command, "skilled");
    let text = format!("{}\n", text.trim_end());
    for name in [env::SKILLED_MODEL, env::SKILLED_SANDBOX, env::SKILLED_DATA, env::SKILLED_PYTHON] {
        assert!(text.contains(name), "{name} is not described");
    }
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/cli.md");
    if env::get("UPDATE_REFERENCE").is_some() {
        std::fs::write(&path, &text).unwrap();
    }
    let committed = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(
        committed == text,
        "docs/cli.md is not up to date: UPDATE_REFERENCE=1 cargo test -p skilled reference"
    );
}

//! `docs/cli.md` and `docs/rules/`, generated from the code and compared with what is committed.
//!
//! After a change: `UPDATE_REFERENCE=1 cargo test -p skilled reference`.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use clap::{Command, CommandFactory};

use super::{Cli, audit, check};
use crate::env;

const HEAD: &str = "\
# Command line

Generated from the code: change that, then run `UPDATE_REFERENCE=1 cargo test -p skilled reference`.

## Exit codes

| code | meaning |
| --- | --- |
| 0 | done |
| 1 | the job failed or stopped short (rounds, budget, time, refusal); the reason is in the last event; `check`: findings at error level; `audit`: something is blocked |
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
| `check.ignore` | | rules of `skilled check` that are turned off | none |
| `check.severity` | | `off`, `info`, `warning` or `error` by rule | that of the rule |
| `check.strict` | | warnings are errors | `false` |
| `check.body_lines` | | most lines of a body | 500 |
| `check.body_tokens` | | most tokens of a body, estimated | 5000 |
| `check.exclude` | | what is not searched for skills, as in a `.gitignore` | nothing |
| `audit.block` | | the least severity that blocks: `never`, `critical`, `high`, `medium`, `low` or `info` | `high` |
| `audit.allow` | | rules of `skilled audit` whose findings do not block | none |
| `server.listen` | | the address of `skilled serve` | `127.0.0.1:8787` |
| `server.certificate`, `server.certificate_key` | | PEM files; the interface is https then | none |
| `server.public_url` | | where clients reach the server | the request's `Host` |
| `server.trusted_proxies` | | addresses and ranges of proxies that are believed | none |
| `server.hosts` | | further names of the server while it has no keys | none |
| `server.builtin_skills` | | folder of the skills that come with the server | none |
| `server.default_model` | | the model for names that no model has | `model` |
| `server.log` | | `error`, `warn`, `info` or `debug` | `info` |
| `server.open_metrics` | | everybody may read `/metrics` | `false` |
| `server.limits.…` | | `file_mib`, `skill_mib`, `message_mib`, `batch_mib`, `storage_mib`, `requests`, `requests_per_key`, `connections`, `body_pause_seconds` | 500, 30, 32, 256, 512000, 1024, 512, 4096, 30 |
| `providers.NAME.…` | | `kind` (`anthropic`, `openai`), `base_url`, `key_env` | |
| `models.NAME.…` | | `model` (`provider/name`), `display_name`, `execution` (`local`, `upstream`) | |
| `api.base_url` | `SKILLED_BASE_URL`, `ANTHROPIC_BASE_URL` | the server that `skilled api` uses | `http://127.0.0.1:8787` |
| `api.key_env` | | the variable with its key | `SKILLED_API_KEY` |

`check.…` are keys of the table `[check]`, `audit.…` of `[audit]`; an audit takes none from a file inside of what it audits.
[checking.md](checking.md) describes both; [server.md](server.md) describes the server's.
`[api]` counts in the settings of the user and of the system only: a project does not say where keys are sent.

Besides, `NO_COLOR`, `CLICOLOR_FORCE`, `TERM`, `ANTHROPIC_API_KEY`, `ANTHROPIC_BASE_URL`, `OPENAI_API_KEY`, `OPENAI_BASE_URL`,
`SKILLED_API_KEY`, the proxy variables of the system and the XDG base directories are read.

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
        fs::write(&path, &text).unwrap();
    }
    let committed = fs::read_to_string(&path).unwrap_or_default();
    assert!(
        committed == text,
        "docs/cli.md is not up to date: UPDATE_REFERENCE=1 cargo test -p skilled reference"
    );
}

const RULES_HEAD: &str = "\
# Rules

Generated from the code: change that, then run `UPDATE_REFERENCE=1 cargo test -p skilled reference`. How rules are turned
off and policies written is in [checking](../checking.md).

";

/// Every page of `docs/rules/`, by name.
fn pages() -> BTreeMap<String, String> {
    let mut pages = BTreeMap::new();
    let mut index = RULES_HEAD.to_owned();
    let audited = || skilled_audit::rules().map(|info| &info.rule);
    for (command, rules) in [
        (check::COMMAND, check::rules().collect::<Vec<_>>()),
        (audit::catalogue().command, audited().collect()),
    ] {
        let _ = write!(index, "## `{command}`\n\n{}\n", skilled_report::index(rules.iter().copied()));
    }
    let checked = check::rules().map(|rule| (rule, check::catalogue(rule)));
    for (rule, catalogue) in checked.chain(audited().map(|rule| (rule, audit::catalogue()))) {
        let before = pages.insert(format!("{}.md", rule.code), skilled_report::page(rule, &catalogue));
        assert!(before.is_none(), "two rules are called {}", rule.code);
    }
    pages.insert("README.md".to_owned(), format!("{}\n", index.trim_end()));
    pages
}

#[test]
fn every_rule_has_its_page_and_every_page_its_rule() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/rules");
    let pages = pages();
    let committed = || -> BTreeMap<String, String> {
        let entries = fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap());
        let read = |entry: fs::DirEntry| {
            (entry.file_name().into_string().unwrap(), fs::read_to_string(entry.path()).unwrap())
        };
        entries.map(read).collect()
    };
    if env::get("UPDATE_REFERENCE").is_some() {
        fs::create_dir_all(&folder).unwrap();
        for name in committed().keys().filter(|name| !pages.contains_key(*name)) {
            fs::remove_file(folder.join(name)).unwrap();
        }
        for (name, text) in &pages {
            fs::write(folder.join(name), text).unwrap();
        }
    }
    let committed = committed();
    let differ = |name: &&String| committed.get(*name) != pages.get(*name);
    let stale: Vec<&String> = committed.keys().chain(pages.keys()).filter(differ).collect();
    assert!(
        stale.is_empty(),
        "docs/rules is not up to date: {stale:?}: UPDATE_REFERENCE=1 cargo test -p skilled reference"
    );
}

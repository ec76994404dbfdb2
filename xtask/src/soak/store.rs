//! `cargo xtask soak store`: the test of that name, with more kills, and how fast the store writes.
//!
//! It is `kills` of `crates/skilled-store/tests/it`: the same code, told by the environment how often to kill; and the bench
//! `writers` of that crate.

use std::path::PathBuf;
use std::process::{Command, ExitCode, Stdio};

use anyhow::{Context, Result};
use serde_json::Value;

use crate::args::Args;
use crate::bench::machine::Machine;
use crate::shell;
use crate::workspace::Workspace;

const RESULT: &str = "bench/results/soak-store.md";
const TEST: &str = "kills::killed_at_any_moment_nothing_acknowledged_is_lost";
const KILLS: usize = 200;

pub(super) fn run(workspace: &Workspace, mut args: Args) -> Result<ExitCode> {
    let kills: usize = match args.option("--kills")? {
        Some(text) => text.parse().with_context(|| format!("--kills takes a number: `{text}` is none"))?,
        None => KILLS,
    };
    let out = args.option("--out")?.map_or_else(|| workspace.path(RESULT), PathBuf::from);
    args.finish()?;

    println!("== building the bench and the tests of the store");
    shell::run(&mut cargo(workspace, &["bench", "--bench=writers", "--no-run"]))?;
    shell::run(&mut cargo(workspace, &["test", "--test=it", "--no-run"]))?;
    let machine = Machine::look("no peer")?;
    println!("== how fast it writes");
    let speed = shell::read(&mut cargo(workspace, &["bench", "--bench=writers"]))?;
    let speed = speed.lines().find(|line| line.starts_with('{')).context("the bench printed no outcome")?;
    let speed: Value = serde_json::from_str(speed).context("the outcome of the bench is no JSON")?;
    println!("== {kills} kills");
    let mut command = cargo(workspace, &["test", "--test=it", "--", "--exact", TEST, "--nocapture"]);
    command.env("SKILLED_SOAK_STORE", kills.to_string());
    let output = command.stdin(Stdio::null()).stderr(Stdio::inherit()).output();
    let output = output.with_context(|| format!("cannot start {}", shell::shown(&command)))?;
    let said = String::from_utf8_lossy(&output.stdout);
    let outcome = said.lines().find_map(|line| line.strip_prefix("soak: "));
    let outcome = outcome.with_context(|| format!("something was lost or torn:\n{said}"))?;
    let outcome = serde_json::from_str(outcome).context("the outcome is no JSON")?;
    let text = report(&machine, &outcome, &speed);
    println!("\n{text}");
    crate::bench::write(&out, &text)?;
    println!("written to {}", out.display());
    Ok(if output.status.success() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn cargo(workspace: &Workspace, words: &[&str]) -> Command {
    let mut command = shell::cargo(workspace.root());
    let (verb, rest) = words.split_at(1);
    command.args(verb).args(["--locked", "--quiet", "--package=skilled-store"]).args(rest);
    command
}

fn report(machine: &Machine, outcome: &Value, speed: &Value) -> String {
    let rows = |value: &Value, rows: &[(&str, &str)]| {
        let row = |(title, name): &(&str, &str)| format!("| {title} | {} |\n", value[name]);
        rows.iter().map(row).collect::<String>()
    };
    let kills = rows(
        outcome,
        &[
            ("processes killed", "kills"),
            ("changes acknowledged", "acknowledged"),
            ("… files", "files"),
            ("… versions of skills", "versions"),
            ("… batches", "batches"),
            ("… turns of threads", "threads"),
            ("changes that were kept though the kill came before their acknowledgement", "unacknowledged"),
            ("acknowledged changes lost", "lost"),
            ("things half visible", "torn"),
        ],
    );
    let seconds = outcome["milliseconds"].as_f64().unwrap_or(f64::NAN) / 1000.0;
    let speeds = rows(
        speed,
        &[
            ("records a second, one writer", "records_1"),
            ("records a second, 64 writers", "records_64"),
            ("uploads of 4 KiB with their record a second, one writer", "uploads_1"),
            ("uploads of 4 KiB with their record a second, 64 writers", "uploads_64"),
            ("megabytes a second of one upload of 500 MiB", "stream_megabytes"),
        ],
    );
    format!(
        "# A server's store whose process is killed\n\nWritten by `cargo xtask soak store`. A process uploads and deletes files, \
         makes skills, versions, threads and batches, and\nfinishes requests of batches, all at once, and says what was \
         acknowledged. It is killed (`kill -9`) up to 15 ms after\none of its first 120 acknowledgements, chosen at random. Then everything that was ever acknowledged \
         is looked for and compared, and everything that can be seen must be\nwhole: contents by their digest, batches by their \
         number of requests, skills by their versions, references by what they name.\n\n{machine}.\n\n| | |\n| --- | ---: |\n\
         {kills}| seconds | {seconds:.1} |\n\nA kill alone cannot show that something was synced: `trace` of \
         `crates/skilled-store/tests/it` watches the system calls.\n\n## How fast it writes\n\nEverything counted here was \
         acknowledged after it was on the disk. Optimised build.\n\n| | |\n| --- | ---: |\n{speeds}"
    )
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_report_shows_every_figure() {
        let machine = Machine::look("no peer").unwrap();
        let text = report(&machine, &json!({"kills": 12, "lost": 3}), &json!({"records_64": 456}));
        for row in [
            "| processes killed | 12 |",
            "| acknowledged changes lost | 3 |",
            "| records a second, 64 writers | 456 |",
        ] {
            assert!(text.contains(row), "{text}");
        }
    }
}

//! `skilled doctor`: what it finds, and that it leaves nothing.

use std::process::Command;

use serde_json::Value;

use crate::kit::{Bench, Ran, is_root, managed_python};

fn findings(report: &Value) -> Vec<(String, String)> {
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let findings = report["report"]["findings"].as_array().unwrap();
    findings.iter().map(|finding| (text(&finding["layer"]), text(&finding["state"]))).collect()
}

fn state<'a>(findings: &'a [(String, String)], layer: &str) -> &'a str {
    let found = findings.iter().find(|(name, _)| name == layer);
    found.map_or_else(|| panic!("{layer} is missing in {findings:?}"), |(_, state)| state)
}

#[test]
fn a_machine_that_can_make_the_sandbox_is_told_so_layer_by_layer() {
    let bench = Bench::new();
    let ran = bench.skilled(["doctor", "--json"]).exits(0);
    let report: Value = serde_json::from_str(&ran.stdout).unwrap();
    assert_eq!((&report["works"], &report["report"]["root"]), (&true.into(), &is_root().into()));
    let verdict = &report["report"]["verdict"];
    assert_eq!(verdict["default_sandbox"], "works");
    assert!(verdict["create_us"].as_u64() > Some(0) && verdict["run_us"].as_u64() > Some(0), "{verdict}");
    let findings = findings(&report);
    for layer in [
        "kernel",
        "user_namespaces",
        "mount_api",
        "proc",
        "overlay",
        "privileges",
        "seccomp",
        "network",
        "terminals",
        "limit_memory",
        "limit_processes",
        "limit_disk",
        "limit_entries",
        "limit_tmp",
        "limit_file_size",
        "limit_open_files",
        "tool_bash",
        "data",
    ] {
        assert_eq!(state(&findings, layer), "enforced", "{layer}");
    }
    for layer in ["landlock", "fuse", "tun", "kvm"] {
        assert_eq!(state(&findings, layer), "not_needed", "{layer}");
    }
    // There is none in this bench; and what is missing has a remedy.
    assert_eq!(state(&findings, "python"), "missing");
    let all = report["report"]["findings"].as_array().unwrap();
    let missing = all.iter().filter(|finding| finding["state"] == "missing");
    assert!(missing.into_iter().all(|finding| finding["remedy"].is_string()), "{report:#}");

    let text = bench.skilled(["doctor"]).exits(0).stdout;
    assert!(text.starts_with("The default sandbox works, as "), "{text}");
    assert!(findings.iter().all(|(layer, _)| text.contains(layer.as_str())), "{text}");
    assert!(text.lines().all(|line| line.chars().count() <= 100), "{text}");
    // Neither in the data folder, which is not there yet, nor where it would be.
    assert_eq!(bench.names("."), ["home"]);
}

#[test]
fn the_python_environment_is_tried_in_the_sandbox() {
    let Some(python) = managed_python() else { return };
    let bench = Bench::new();
    let mut command = bench.command(["doctor", "--json"]);
    let ran = Ran::of(command.env("SKILLED_PYTHON", python).output().unwrap()).exits(0);
    let report: Value = serde_json::from_str(&ran.stdout).unwrap();
    assert_eq!(state(&findings(&report), "python"), "enforced", "{report:#}");
}

/// Runs it where no further user namespace can be made.
fn without_namespaces(bench: &Bench, arguments: &str) -> Ran {
    let skilled = bench.command(["doctor"]);
    let script = format!(
        "echo 0 > /proc/sys/user/max_user_namespaces || exit 99; exec {} doctor {arguments}",
        skilled.get_program().display()
    );
    let mut command = Command::new("unshare");
    command.args(["--user", "--map-root-user", "sh", "-c", &script]).current_dir(bench.path(""));
    command.env("HOME", bench.path("home")).env("SKILLED_DATA", bench.path("data"));
    Ran::of(command.output().unwrap())
}

#[test]
fn a_machine_that_cannot_is_told_why_and_what_to_do() {
    let bench = Bench::new();
    let ran = without_namespaces(&bench, "--json").exits(4);
    let report: Value = serde_json::from_str(&ran.stdout).unwrap();
    assert_eq!(report["works"], false);
    let verdict = &report["report"]["verdict"];
    assert_eq!(verdict["default_sandbox"], "fails");
    let words = |value: &Value| value.as_str().unwrap().to_owned();
    assert!(words(&verdict["reason"]).contains("user namespaces are not allowed"), "{verdict}");
    assert!(words(&verdict["remedy"]).contains("user.max_user_namespaces"), "{verdict}");
    let findings = findings(&report);
    assert_eq!(state(&findings, "user_namespaces"), "missing");
    assert_eq!(state(&findings, "seccomp"), "unknown", "what was not tried is not claimed");
    assert_eq!(state(&findings, "limit_tmp"), "enforced");

    let text = without_namespaces(&bench, "").exits(4).stdout;
    let words = text.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(words.starts_with("The default sandbox does not work: "), "{text}");
    assert!(words.contains("hint: allow them"), "{text}");
    assert_eq!(bench.names("."), ["home"]);
}

#[test]
fn a_data_folder_that_cannot_be_written_is_named() {
    let bench = Bench::new();
    let ran = bench.skilled(["doctor", "--json", "--data=/proc/skilled"]).exits(0);
    let report: Value = serde_json::from_str(&ran.stdout).unwrap();
    assert_eq!(state(&findings(&report), "data"), "missing");
}

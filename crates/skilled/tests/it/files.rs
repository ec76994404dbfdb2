//! What reaches the user's output folder, and what never may.

use std::fs;
use std::os::unix::fs::symlink;

use serde_json::json;

use crate::kit::{Bench, OUTPUTS, bash, calls, of_type, present, results, text};

#[test]
fn uploads_go_in_and_only_presented_files_come_out() {
    let bench = Bench::new();
    bench.write("in/a b.csv", "1,2\n");
    let model = bench.script(&json!([
        bash("cp '/mnt/session/uploads/a b.csv' copy.csv; echo x > scratch.txt; ls -l /mnt/session/uploads"),
        present(&["copy.csv"]),
        text("Done."),
    ]));
    let ran = bench.skilled(["run", "copy", &model, "--file", "in/a b.csv", "--out=out/deep"]).exits(0);
    ran.says(&["◆ copy.csv (text/csv, 4 bytes)", "wrote out/deep/copy.csv"]);
    assert_eq!(bench.names("out/deep"), ["copy.csv"]);
    assert_eq!(bench.read("out/deep/copy.csv"), "1,2\n");
    assert_eq!(bench.read("in/a b.csv"), "1,2\n");
}

#[test]
fn without_an_output_folder_the_place_of_each_file_is_told() {
    let bench = Bench::new();
    let model = bench.script(&json!([bash("echo x > made.txt"), present(&["made.txt"]), text("Done.")]));
    let ran = bench.skilled(["run", "make", &model]).exits(0).says(&["presented: "]);
    let line = ran.stderr.lines().find_map(|line| line.strip_prefix("presented: ")).unwrap();
    assert_eq!(fs::read_to_string(line).unwrap(), "x\n");
}

#[test]
fn a_name_with_a_newline_is_delivered_and_shown_on_one_line() {
    let bench = Bench::new();
    let name = "two\nlines.txt";
    let model = bench.script(&json!([
        calls(&[("create_file", json!({ "path": name, "file_text": "x" }))]),
        present(&[name]),
        text("Done."),
    ]));
    let ran = bench.skilled(["run", "make", &model, "--out=out"]).exits(0);
    ran.says(&["◆ two⏎ lines.txt (", "wrote out/two⏎ lines.txt\n"]);
    assert_eq!(bench.names("out"), [name]);
}

#[test]
fn everything_in_the_outputs_folder_comes_out_when_asked() {
    let bench = Bench::new();
    let make = format!(
        "cd {OUTPUTS}; mkdir -p a/b; echo 1 > one.txt; echo 2 > a/b/two.txt; ln -s /etc/passwd link; mkfifo pipe"
    );
    let model = bench.script(&json!([bash(&make), text("Done.")]));
    let ran = bench.skilled(["run", "make", &model, "--out=out", "--all-outputs"]).exits(0);
    ran.says(&["warning: ", "link was not written: it is a symbolic link", "pipe was not written"]);
    assert_eq!(bench.names("out"), ["a", "one.txt"]);
    assert_eq!(bench.read("out/a/b/two.txt"), "2\n");
}

#[test]
fn a_file_changed_after_presenting_comes_out_as_it_is_with_a_warning() {
    let bench = Bench::new();
    let model = bench.script(&json!([
        bash("echo old > note.txt"),
        present(&["note.txt"]),
        bash(&format!("echo new > {OUTPUTS}/note.txt")),
        text("Done."),
    ]));
    let ran = bench.skilled(["run", "write", &model, "--out=out"]).exits(0);
    ran.says(&["warning: note.txt was changed after it was presented"]);
    assert_eq!(bench.read("out/note.txt"), "new\n");
}

#[test]
fn a_file_removed_after_presenting_fails_the_run_and_the_others_come_out() {
    let bench = Bench::new();
    let model = bench.script(&json!([
        bash("echo 1 > one.txt; echo 2 > two.txt"),
        present(&["one.txt", "two.txt"]),
        bash(&format!("rm {OUTPUTS}/one.txt")),
        text("Done."),
    ]));
    let ran = bench.skilled(["run", "write", &model, "--out=out"]).exits(1);
    ran.says(&["error: one.txt could not be written to out", "wrote out/two.txt"]);
    assert_eq!(bench.names("out"), ["two.txt"]);
}

#[test]
fn links_planted_by_the_workload_never_lead_to_the_hosts_files() {
    let bench = Bench::new();
    bench.write("secret.txt", "the host's secret");
    let secret = bench.path("secret.txt").display().to_string();
    let model = bench.script(&json!([
        bash("echo harmless > report.txt"),
        present(&["report.txt"]),
        bash(&format!("ln -sf {secret} {OUTPUTS}/report.txt; ln -s {secret} linked.txt; ls -l {OUTPUTS}")),
        present(&["linked.txt"]),
        text("Done."),
    ]));
    // The presented name now leads out of the sandbox: not delivered, and said so.
    bench
        .skilled(["run", "steal", &model, "--out=out"])
        .exits(1)
        .says(&["error: report.txt could not be written"]);
    assert_eq!(bench.names("out"), [""; 0]);
    let (result, is_error) = results(&bench.events()).remove(3);
    assert!(is_error && !result.contains("the host's secret"), "{result}");
}

#[test]
fn a_presented_file_that_has_become_a_link_is_not_delivered() {
    let bench = Bench::new();
    let model = bench.script(&json!([
        bash("echo harmless > report.txt"),
        present(&["report.txt"]),
        bash(&format!("ln -sf /etc/passwd {OUTPUTS}/report.txt")),
        text("Done."),
    ]));
    let ran = bench.skilled(["run", "swap", &model, "--out=out"]).exits(1);
    ran.says(&["error: report.txt could not be written", "symbolic link"]);
    assert_eq!(bench.names("out"), [""; 0]);
}

#[test]
fn a_pipe_is_neither_a_file_nor_a_script() {
    let bench = Bench::new();
    let made = std::process::Command::new("mkfifo").arg(bench.path("pipe")).status().unwrap();
    assert!(made.success());
    let model = bench.script(&json!([text("Done.")]));
    bench.skilled(["run", "wait", &model, "--file=pipe"]).refuses(2, &["pipe", "not a regular file"]);
    bench.skilled(["run", "wait", "--model=scripted/pipe"]).refuses(2, &["pipe", "not a regular file"]);
}

#[test]
fn nothing_is_presented_from_outside_or_under_a_name_that_leads_out() {
    let bench = Bench::new();
    let model = bench.script(&json!([
        bash("mkdir -p sub; echo x > sub/in.txt"),
        present(&["/etc/passwd"]),
        present(&["../../../etc/hostname"]),
        present(&["sub/../sub/in.txt"]),
        text("Done."),
    ]));
    bench.skilled(["run", "leave", &model, "--out=out"]).exits(0);
    let events = bench.events();
    let errors: Vec<bool> = results(&events).into_iter().map(|(_, is_error)| is_error).collect();
    assert_eq!(errors[..3], [false, true, true]);
    for file in of_type(&events, "file_presented") {
        assert!(!file["file"]["name"].as_str().unwrap().contains(".."), "{file}");
    }
    assert!(bench.names("out").iter().all(|name| name == "in.txt"), "{:?}", bench.names("out"));
}

#[test]
fn a_link_in_the_users_output_folder_is_replaced_not_followed() {
    let bench = Bench::new();
    bench.write("precious.txt", "kept");
    fs::create_dir(bench.path("out")).unwrap();
    symlink(bench.path("precious.txt"), bench.path("out/made.txt")).unwrap();
    let model = bench.script(&json!([bash("echo x > made.txt"), present(&["made.txt"]), text("Done.")]));
    bench.skilled(["run", "make", &model, "--out=out"]).exits(0);
    assert_eq!((bench.read("precious.txt").as_str(), bench.read("out/made.txt").as_str()), ("kept", "x\n"));
}
